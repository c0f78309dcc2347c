"""Where the camera stands in a settled world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.frames.street_framing import FAR, street_pose
from seedbed.scenes.models.camera import CameraModel
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.surfaces.materials import Rng, between
from seedbed.scenes.view import Camera
from seedbed.scenes.worlds.arrangement import Arrangement

Array = NDArray[np.float64]

_TRIES = 12
_LOWEST = 0.06  # metres above the ground
_CLEARANCE = 0.08  # metres to the nearest thing


def camera_of(scene: Scene, arrangement: Arrangement, rng: Rng) -> Camera:
    """A camera on the orbit of the scene file, usually looking near a labelled thing, never inside one.

    Args:
        scene: ranges of field of view and orbit.
        arrangement: what there is to look at.
        rng: of this frame.
    """
    model = scene.camera
    fov, stretch = between(rng, model.fov), between(rng, model.stretch)
    camera = model.pinhole(scene.image.size, fov, stretch)
    pose = np.eye(4)
    if arrangement.street is not None:
        pose = street_pose(scene.world.street.mounts, arrangement, rng)
        return _through(model, replace(camera, pose=pose, near=0.15, far=FAR), rng)
    for _ in range(_TRIES):
        pose = _orbit(scene, arrangement, camera.fov, rng)
        if _clear(pose[:3, 3], arrangement):
            break
    else:
        # Boxed in on every try: from above there is always room.
        pose = look_at(np.array([0.01, 0.0, scene.camera.orbit.distance[1] + 1.0]), np.zeros(3), 0.0)
    return _through(model, replace(camera, pose=pose), rng)


def _through(model: CameraModel, camera: Camera, rng: Rng) -> Camera:
    """The camera with its lens. Drawn last, so that a lens does not move the camera."""
    k1, k2, p1, p2, k3 = (between(rng, pair) for pair in model.coefficients())
    return replace(camera, lens=(k1, k2, p1, p2, k3))


def look_at(eye: Array, target: Array, roll: float) -> Array:
    """The (4, 4) pose of a camera at `eye` that looks at `target`, rolled by `roll` radians.

    The camera looks along its own -z, x to the right, y up.
    """
    back = (eye - target) / np.linalg.norm(eye - target)
    right = np.cross([0.0, 0.0, 1.0], back)
    right /= max(float(np.linalg.norm(right)), 1e-9)
    up = np.cross(back, right)
    pose = np.eye(4)
    pose[:3, 0] = right * np.cos(roll) + up * np.sin(roll)
    pose[:3, 1] = up * np.cos(roll) - right * np.sin(roll)
    pose[:3, 2], pose[:3, 3] = back, eye
    return pose


def _orbit(scene: Scene, arrangement: Arrangement, fov: float, rng: Rng) -> Array:
    orbit = scene.camera.orbit
    low, high = orbit.distance
    distance = float(low * (high / low) ** rng.uniform())
    turn = rng.uniform(0, 2 * np.pi)
    rise = np.radians(between(rng, orbit.elevation))
    back = np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)])
    target = _target(scene, arrangement, rng)
    eye = target + back * distance
    eye[2] = max(eye[2], _LOWEST)
    pose = look_at(eye, target, np.radians(between(rng, orbit.roll)))
    # Off the middle of the picture, at times out of it: things are cut by the border as often as in real frames.
    reach = np.tan(np.radians(fov) / 2)
    across, along = rng.uniform(-0.8, 0.8, 2) * reach
    aim = -pose[:3, 2] + across * pose[:3, 0] + along * pose[:3, 1]
    return look_at(eye, eye + aim, np.radians(between(rng, orbit.roll)))


def _target(scene: Scene, arrangement: Arrangement, rng: Rng) -> Array:
    labelled = [i for i, piece in enumerate(arrangement.pieces) if piece.name is not None]
    if labelled and rng.uniform() < 0.9:
        return np.array(arrangement.poses[labelled[rng.integers(len(labelled))]][:3, 3])
    half = scene.world.size / 2
    x, y = rng.uniform(-half, half, 2)
    return np.array([x, y, rng.uniform(0, 0.4)])


def _clear(eye: Array, arrangement: Arrangement) -> bool:
    for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
        if np.linalg.norm(pose[:3, 3] - eye) < piece.shape.radius + _CLEARANCE:
            return False
    return True
