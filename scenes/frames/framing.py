"""Where the camera stands in a settled world."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.frames.placing import fixed_pose, in_the_way, look_at
from seedbed.scenes.frames.street_framing import FAR, street_pose
from seedbed.scenes.models.camera import CameraModel
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.surfaces.materials import Rng, between
from seedbed.scenes.view import Camera
from seedbed.scenes.worlds.arrangement import Arrangement

Array = NDArray[np.float64]

_TRIES = 12
_ASIDE = np.radians(50)  # how far from the front of a shelf a camera stands
_LOWEST = 0.06  # metres above the ground


def camera_of(scene: Scene, arrangement: Arrangement, rng: Rng) -> Camera:
    """A camera where the scene file puts it, never inside a thing; on an orbit it usually looks near a labelled one.

    Args:
        scene: ranges of field of view and place.
        arrangement: what there is to look at.
        rng: of this frame.
    """
    model = scene.camera
    fov, stretch = between(rng, model.fov), between(rng, model.stretch)
    camera = model.pinhole(scene.image.size, fov, stretch)
    pose = np.eye(4)
    fixed = fixed_pose(scene, arrangement, rng)
    if fixed is not None:
        far = camera.far if arrangement.street is None else FAR
        return _through(model, replace(camera, pose=fixed, far=far), rng)
    if arrangement.street is not None:
        pose = street_pose(scene.world.street.mounts, arrangement, rng)
        return _through(model, replace(camera, pose=pose, near=0.15, far=FAR), rng)
    for _ in range(_TRIES):
        pose = _orbit(scene, arrangement, camera.fov, rng)
        if in_the_way(pose[:3, 3], arrangement) is None:
            break
    else:
        # Boxed in on every try: from above there is always room.
        pose = look_at(np.array([0.01, 0.0, scene.camera.orbit.distance[1] + 1.0]), np.zeros(3), 0.0)
    return _through(model, replace(camera, pose=pose), rng)


def _through(model: CameraModel, camera: Camera, rng: Rng) -> Camera:
    """The camera with its lens. Drawn last, so that a lens does not move the camera."""
    k1, k2, p1, p2, k3 = (between(rng, pair) for pair in model.coefficients())
    return replace(camera, lens=(k1, k2, p1, p2, k3))


def _orbit(scene: Scene, arrangement: Arrangement, fov: float, rng: Rng) -> Array:
    orbit = scene.camera.orbit
    far = rng.uniform()
    if arrangement.facing is None:
        turn = rng.uniform(*np.radians(orbit.azimuth))
    else:
        turn = arrangement.facing + rng.uniform(-_ASIDE, _ASIDE)
    rise = np.radians(between(rng, orbit.elevation))
    back = np.array([np.cos(turn) * np.cos(rise), np.sin(turn) * np.cos(rise), np.sin(rise)])
    target, radius = _target(scene, arrangement, rng)
    low, high = orbit.distance
    if orbit.pixels is not None and radius:
        # The pinhole's rule: what is 2 r long at a distance d is 2 r f / d pixels long.
        focal = scene.image.size[1] / 2 / np.tan(np.radians(fov) / 2)
        low, high = (float(2 * radius * focal / size) for size in reversed(orbit.pixels))
    distance = float(low * (high / low) ** far)
    eye = target + back * distance
    eye[2] = max(eye[2], min(_LOWEST, 0.2 * distance))
    pose = look_at(eye, target, np.radians(between(rng, orbit.roll)))
    # Off the middle of the picture, at times out of it: things are cut by the border as often as in real frames.
    reach = np.tan(np.radians(fov) / 2)
    across, along = rng.uniform(-1, 1, 2) * orbit.off_centre * reach
    if rng.uniform() < scene.arrangement.cut and radius:
        # The border runs through the thing looked at, between its middle and three quarters of its radius off it.
        edge = reach * scene.image.size[0] / scene.image.size[1] if rng.uniform() < 0.5 else -reach
        at = abs(edge) + float(rng.uniform(-0.75, 0.5)) * radius / distance
        side = 1.0 if rng.uniform() < 0.5 else -1.0
        across, along = (side * at, along) if edge > 0 else (across, side * at)
    aim = -pose[:3, 2] + across * pose[:3, 0] + along * pose[:3, 1]
    return look_at(eye, eye + aim, np.radians(between(rng, orbit.roll)))


def _target(scene: Scene, arrangement: Arrangement, rng: Rng) -> tuple[Array, float]:
    """What the camera looks at, and its radius; 0 for a place without a thing."""
    labelled = [i for i, piece in enumerate(arrangement.pieces) if piece.name is not None]
    if labelled and rng.uniform() < 0.9:
        index = labelled[rng.integers(len(labelled))]
        return np.array(arrangement.poses[index][:3, 3]), arrangement.pieces[index].shape.radius
    half = scene.world.size / 2
    x, y = rng.uniform(-half, half, 2)
    if arrangement.facing is not None:
        y = 0.0
    return np.array([x, y, rng.uniform(0, 0.2) * half]), 0.0
