"""Where cameras stand that do not circle the things, and whether a place is free."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.core.keys import generator
from seedbed.scenes.models.mounts import Mount, Path, Vehicle
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.surfaces.materials import Rng, between
from seedbed.scenes.worlds.arrangement import Arrangement

Array = NDArray[np.float64]

_CLEARANCE = 0.08  # metres to the nearest thing
_LOWEST = 0.06  # metres above the ground
_TRIES = 12
_LIFT = 0.1  # metres
_PROBES = 60


def look_at(eye: Array, target: Array, roll: float) -> Array:
    """The (4, 4) pose of a camera at `eye` that looks at `target`, rolled by `roll` radians.

    The camera looks along its own -z, x to the right, y up. Straight down, the picture's top is the world's +y.
    """
    back = (eye - target) / np.linalg.norm(eye - target)
    right = np.cross([0.0, 0.0, 1.0], back)
    if float(np.linalg.norm(right)) < 1e-6:
        right = np.array([1.0, 0.0, 0.0])
    right /= float(np.linalg.norm(right))
    up = np.cross(back, right)
    pose = np.eye(4)
    pose[:3, 0] = right * np.cos(roll) + up * np.sin(roll)
    pose[:3, 1] = up * np.cos(roll) - right * np.sin(roll)
    pose[:3, 2], pose[:3, 3] = back, eye
    return pose


def in_the_way(eye: Array, arrangement: Arrangement) -> str | None:
    """The form of a thing that a camera at `eye` stands in or right before; None where the place is free.

    A thing is the box around its hull in its own frame.
    """
    for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
        off = eye - pose[:3, 3]
        if np.linalg.norm(off) > piece.shape.radius + _CLEARANCE:
            continue
        own = pose[:3, :3].T @ off
        low, high = piece.shape.hull.min(0), piece.shape.hull.max(0)
        if np.linalg.norm(np.maximum(np.maximum(low - own, own - high), 0)) < _CLEARANCE:
            return piece.form
    return None


def fixed_pose(scene: Scene, arrangement: Arrangement, rng: Rng) -> Array | None:
    """The (4, 4) pose of a camera that is mounted, on a path or on a vehicle; None for one that circles the things.

    A place in a thing is drawn again; where all are, the camera is lifted until it is free.

    Args:
        scene: of the camera.
        arrangement: what may stand in the way.
        rng: of this frame.
    """
    pose: Array | None = None
    for _ in range(_TRIES):
        pose = _drawn(scene, rng)
        if pose is None or in_the_way(pose[:3, 3], arrangement) is None:
            return pose
    assert pose is not None
    while in_the_way(pose[:3, 3], arrangement) is not None:
        pose[2, 3] += _LIFT
    return pose


def check_places(scene: Scene, arrangement: Arrangement) -> None:
    """Says before the first frame that a camera has no free place.

    Args:
        scene: of the camera.
        arrangement: the first world.

    Raises:
        RenderError: naming what stands where the camera should.
    """
    rng = generator(scene.seed, "camera check")
    found: str | None = None
    for _ in range(_PROBES):
        pose = _drawn(scene, rng)
        if pose is None:
            return
        found = in_the_way(pose[:3, 3], arrangement)
        if found is None:
            return
    key = "mount" if scene.camera.mount else "path" if scene.camera.path else "vehicle"
    raise RenderError(
        f"the camera has no free place: a {found} stands there",
        reason=Reason.INVALID,
        where=f"camera.{key}",
        found=None if pose is None else "inside it at " + ", ".join(f"{value:.2f}" for value in pose[:3, 3]),
        repair="move the camera, or make the things fewer or smaller",
    )


def _drawn(scene: Scene, rng: Rng) -> Array | None:
    camera = scene.camera
    if camera.mount is not None:
        return mounted(camera.mount, rng)
    if camera.path is not None:
        return on_path(camera.path, rng.uniform(), rng)
    if camera.vehicle is not None:
        return on_vehicle(camera.vehicle, scene.world.size, rng)
    return None


def mounted(mount: Mount, rng: Rng) -> Array:
    """The pose of a fixed camera, a little off where it should be."""
    eye, target = (np.array(place) + rng.standard_normal(3) * mount.jitter for place in (mount.position, mount.look_at))
    eye[2] = max(eye[2], _LOWEST)
    return look_at(eye, target, np.radians(between(rng, mount.roll)))


def on_path(path: Path, share: float, rng: Rng) -> Array:
    """The pose of a camera on a path.

    Args:
        path: of the scene file.
        share: of the path's length behind it, in [0, 1]. Sequences go through it evenly.
        rng: for pitch, roll and how far off it is.
    """
    corners = np.array(path.points, float)
    lengths = np.linalg.norm(np.diff(corners, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(lengths)])
    here = share * along[-1]
    eye, target = (_at(corners, along, distance) for distance in (here, here + path.ahead))
    heading = target - eye
    if np.hypot(heading[0], heading[1]) < 1e-6:  # straight up, or a path that turns back on itself
        heading = corners[-1] - corners[0]
    if np.hypot(heading[0], heading[1]) < 1e-6:
        heading = np.array([1.0, 0.0, 0.0])
    return _heading(eye + rng.standard_normal(3) * path.jitter, heading, path.pitch, path.roll, rng)


def _at(corners: Array, along: Array, distance: float) -> Array:
    """A place on a path; beyond its end the last line goes on."""
    if distance > along[-1]:
        last = corners[-1] - corners[-2]
        return np.asarray(corners[-1] + last / np.linalg.norm(last) * (distance - along[-1]))
    return np.array([np.interp(distance, along, corners[:, axis]) for axis in range(3)])


def on_vehicle(vehicle: Vehicle, size: float, rng: Rng) -> Array:
    """The pose of a camera on a vehicle anywhere in the world, more often turned to its middle than away from it."""
    x, y = rng.uniform(-0.6, 0.6, 2) * size
    eye = np.array([x, y, between(rng, vehicle.height)])
    turn = np.arctan2(-y, -x) + rng.normal(0, 0.9)
    return _heading(eye, np.array([np.cos(turn), np.sin(turn), 0.0]), vehicle.pitch, vehicle.roll, rng)


def _heading(eye: Array, heading: Array, pitch: tuple[float, float], roll: tuple[float, float], rng: Rng) -> Array:
    rise = np.radians(np.clip(between(rng, pitch), -89.9, 89.9))
    level = heading[:2] / np.hypot(heading[0], heading[1])
    ahead = np.array([level[0] * np.cos(rise), level[1] * np.cos(rise), np.sin(rise)])
    eye = np.array([eye[0], eye[1], max(eye[2], _LOWEST)])
    return look_at(eye, eye + ahead, np.radians(between(rng, roll)))
