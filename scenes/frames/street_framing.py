"""Where cameras of a street stand: behind a windscreen, on a pole, in a walker's hand."""

from __future__ import annotations

import numpy as np

from seedbed.scenes.models.street_layout import Mounts
from seedbed.scenes.surfaces.materials import Rng, between
from seedbed.scenes.worlds.arrangement import Arrangement, Array
from seedbed.scenes.worlds.footprints import Footprint, Ground, layers
from seedbed.scenes.worlds.street_plan import SIDES, Street

FAR = 260.0
"""Beyond the last house and the fields' end, metres."""
_TRIES = 60
Focus = tuple[float, float]


def street_pose(mounts: Mounts, arrangement: Arrangement, rng: Rng) -> Array:
    """The (4, 4) pose of a camera in a street, never inside a thing nor right before one.

    Args:
        mounts: of the scene file.
        arrangement: of a street.
        rng: of this frame.
    """
    street = arrangement.street
    assert street is not None
    ground = standing(arrangement)
    names = ("vehicle", "cctv", "pedestrian")
    weights = np.array([mounts.vehicle, mounts.cctv, mounts.pedestrian], float)
    kind = names[int(rng.choice(3, p=weights / weights.sum()))]
    pose = np.eye(4)
    works = street.works
    focus: Focus | None = None
    if works is not None and rng.uniform() < mounts.works:
        focus = (float(rng.uniform(works.low, works.high)), works.side * (works.inner + works.outer) / 2)
    for _ in range(_TRIES):
        pose, free = _PLACES[kind](street, mounts, focus, rng)
        x, y, z = pose[:3, 3]
        turn = float(np.arctan2(-pose[1, 2], -pose[0, 2]))
        # The camera itself, and an empty wedge before it: nobody mounts a camera that sees one thing only.
        near = [(-0.4, -0.4, -0.4, 1.0, 0.4, 0.4), (0.5, -free * 0.22, -0.25, free, free * 0.22, 0.3)]
        if ground.free(Footprint(np.array(near), x, y, z, turn)):
            return pose
    # Every try was blocked: over the middle of the road nothing stands.
    eye = (float(rng.uniform(-0.8, -0.5)) * street.half, 0.0, max(9.0, mounts.cctv_height[1] + 2))
    return _aimed(eye, 0.0, np.radians(-16), 0.0)


def standing(arrangement: Arrangement) -> Ground:
    """The things of a street as boxes."""
    ground = Ground()
    for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
        z = float(pose[2, 3] + piece.shape.mesh.vertices[:, 2].min())
        turn = float(np.arctan2(pose[1, 0], pose[0, 0]))
        ground.add(Footprint(layers(piece.shape), float(pose[0, 3]), float(pose[1, 3]), z, turn))
    return ground


def _aimed(eye: tuple[float, float, float], turn: float, rise: float, roll: float) -> Array:
    """A pose that looks along a heading and a rise, radians."""
    ahead = np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)])
    right = np.array([np.sin(turn), -np.cos(turn), 0.0])
    up = np.cross(right, ahead)
    pose = np.eye(4)
    pose[:3, 0] = right * np.cos(roll) + up * np.sin(roll)
    pose[:3, 1] = up * np.cos(roll) - right * np.sin(roll)
    pose[:3, 2], pose[:3, 3] = -ahead, eye
    return pose


def _toward(street: Street, focus: Focus, ahead: int, y: float, rng: Rng) -> tuple[float, float]:
    """Where along the street a camera stands that looks at a place, and its turn."""
    fx, fy = focus
    x = float(np.clip(fx - ahead * rng.uniform(7, 30), -street.half + 1, street.half - 1))
    return x, float(np.arctan2(fy - y, fx - x)) + float(rng.normal(0, 0.16))


def _vehicle(street: Street, mounts: Mounts, focus: Focus | None, rng: Rng) -> tuple[Array, float]:
    side = SIDES[int(rng.integers(2))]
    if not street.lanes_on(side):
        side = SIDES[1 - SIDES.index(side)]
    ahead = street.heading(side)
    y = street.lane(side, int(rng.integers(street.lanes_on(side)))) + float(rng.uniform(-0.35, 0.35))
    x = -ahead * street.half * float(rng.uniform(0.05, 0.98))
    turn = (0.0 if ahead > 0 else np.pi) + float(rng.normal(0, 0.06))
    if focus is not None:
        x, turn = _toward(street, focus, ahead, y, rng)
    elif rng.uniform() < 0.12:  # at a junction or a bend the car looks aside
        turn += float(rng.uniform(-0.5, 0.5))
    eye = (x, y, between(rng, mounts.vehicle_height))
    return _aimed(eye, turn, float(rng.normal(-0.02, 0.025)), float(rng.normal(0, 0.012))), 6.0


def _cctv(street: Street, mounts: Mounts, focus: Focus | None, rng: Rng) -> tuple[Array, float]:
    side = SIDES[int(rng.integers(2))]
    ahead = int(rng.choice([-1, 1]))
    height = between(rng, mounts.cctv_height)
    x = -ahead * street.half * float(rng.uniform(-0.1, 0.95))
    y = side * float(rng.uniform(street.edge(side) + 0.3, street.walk(side)[1] - 0.2))
    away = float(rng.uniform(8, 30))
    aim = np.array([x + ahead * away, -side * rng.uniform(-0.6, 0.8) * street.edge(side)])
    if focus is not None:
        x, _ = _toward(street, focus, ahead, y, rng)
        aim = np.array(focus) + rng.normal(0, 2.0, 2)
    turn = float(np.arctan2(aim[1] - y, aim[0] - x))
    rise = -float(np.arctan2(height, np.hypot(aim[0] - x, aim[1] - y)))
    return _aimed((x, y, height), turn, rise, float(rng.normal(0, 0.02))), 5.0


def _pedestrian(street: Street, mounts: Mounts, focus: Focus | None, rng: Rng) -> tuple[Array, float]:
    side = SIDES[int(rng.integers(2))]
    inner, outer = street.walk(side)
    ahead = int(rng.choice([-1, 1]))
    x = -ahead * street.half * float(rng.uniform(-0.3, 0.95))
    y = side * float(rng.uniform(inner + 0.2, outer - 0.2))
    turn = (0.0 if ahead > 0 else np.pi) - side * ahead * float(rng.normal(0.35, 0.4))
    if focus is not None:
        x, turn = _toward(street, focus, ahead, y, rng)
    eye = (x, y, street.kerb + between(rng, mounts.pedestrian_height))
    return _aimed(eye, turn, float(rng.normal(-0.03, 0.05)), float(rng.normal(0, 0.025))), 3.5


def drive_pose(mounts: Mounts, eye: Array, turn: float, rng: Rng) -> Array:
    """The (4, 4) pose of a camera behind the windscreen of a car that drives.

    Args:
        mounts: of the scene file.
        eye: (3,) metres, on the road under the camera.
        turn: heading of the car, radians.
        rng: of the sequence: a camera is never mounted quite straight.
    """
    height = between(rng, mounts.vehicle_height)
    aside, rise, roll = float(rng.normal(0, 0.04)), float(rng.normal(-0.02, 0.025)), float(rng.normal(0, 0.012))
    x, y, z = eye.tolist()
    return _aimed((x, y, z + height), turn + aside, rise, roll)


_PLACES = {"vehicle": _vehicle, "cctv": _cctv, "pedestrian": _pedestrian}
