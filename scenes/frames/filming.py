"""The frames of a sequence as views: one dressing for all, things and camera where they are at each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.frames.dressing import Dresser, Stage
from seedbed.scenes.frames.framing import camera_of
from seedbed.scenes.frames.motion import Motion, motion_between
from seedbed.scenes.frames.placing import in_the_way, on_path
from seedbed.scenes.frames.street_framing import drive_pose, standing
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.sequence import Drive, Pan, Still, Walk
from seedbed.scenes.surfaces.materials import Rng, between
from seedbed.scenes.view import Bytes, Camera, View
from seedbed.scenes.worlds.arrangement import Arrangement
from seedbed.scenes.worlds.footprints import Footprint
from seedbed.scenes.worlds.motion import Film

Array = NDArray[np.float64]

_TRIES = 12
_BODY = np.array([[-0.25, -0.25, -0.4, 0.25, 0.25, 0.3]])
"""Of who carries a camera, around it, metres."""


@dataclass(eq=False)
class Footage:
    """One sequence.

    Attributes:
        scene: the scene.
        folder: what its folders are relative to.
        film: the sequence's world over time.
        first: number of its first frame.
    """

    scene: Scene
    folder: Path
    film: Film
    first: int

    def view(self, number: int) -> View:
        """Frame `number` of the sequence, the first is 0: a pure function of scene, seed and the frame's number."""
        arrangement, (opening, behind) = self.film.at(number), self._opening
        bodies = tuple(
            replace(body, mesh=piece.shape.mesh, pose=pose, keypoints=piece.shape.keypoints)
            for body, piece, pose in zip(opening.bodies, arrangement.pieces, arrangement.poses, strict=True)
        )
        camera = self.cameras[number]
        backdrop = opening.backdrop
        if not np.array_equal(camera.pose, opening.camera.pose):
            backdrop = behind(camera)
        return replace(opening, bodies=bodies, camera=camera, backdrop=backdrop)

    def motion(self, number: int) -> Motion | None:
        """What moves while the shutter is open at a frame of the sequence; None where nothing does."""
        sequence = self.scene.sequence
        assert sequence is not None
        shutter = between(generator(self.scene.seed, "shutter", self.first), sequence.shutter)
        before, now = (number - 1, number) if number else (0, 1)
        if now >= sequence.frames or shutter == 0:
            return None
        moved = (self.film.poses[now, :, :3, 3] - self.film.poses[before, :, :3, 3]) * shutter
        bodies = {index: way for index, way in enumerate(moved, start=1) if way.any()}
        motion = motion_between(self.cameras[before].pose, self.cameras[now].pose, shutter)
        still = np.array_equal(self.cameras[before].pose, self.cameras[now].pose)
        return None if still and not bodies else replace(motion, bodies=bodies)

    @cached_property
    def cameras(self) -> tuple[Camera, ...]:
        """That of each frame: one lens on its way."""
        scene, film = self.scene, self.film
        sequence = scene.sequence
        assert sequence is not None
        rng = generator(scene.seed, "camera", self.first)
        ways = generator(scene.seed, "camera way", self.first)
        swept = self._swept
        camera = camera_of(_mounted(scene), swept, rng)
        times = np.arange(sequence.frames) / sequence.fps
        if isinstance(sequence.camera, Drive):
            if film.eyes is None:  # no lane had room
                return (camera,) * sequence.frames
            first = drive_pose(scene.world.street.mounts, film.eyes[0], film.heading, ways)
            return tuple(replace(camera, pose=_moved(first, eye - film.eyes[0])) for eye in film.eyes)
        if isinstance(sequence.camera, Pan):
            turn = np.radians(float(ways.uniform(*sequence.camera.turn)))
            return tuple(replace(camera, pose=_turned(camera.pose, camera.pose[:3, 3], turn * t)) for t in times)
        if isinstance(sequence.camera, Walk) and scene.camera.path is not None:
            corners = np.array(scene.camera.path.points)
            length = float(np.linalg.norm(np.diff(corners, axis=0), axis=1).sum())
            way = min(1.0, between(ways, sequence.camera.speed) * sequence.seconds / length)
            shares = ways.uniform(0, 1 - way) + way * np.arange(sequence.frames) / max(1, sequence.frames - 1)
            # The same numbers each time: a camera shakes less than it may be off.
            off = [generator(scene.seed, "camera off", self.first) for _ in times]
            poses = [on_path(scene.camera.path, float(at), rng) for at, rng in zip(shares, off, strict=True)]
            return tuple(replace(camera, pose=pose) for pose in poses)
        if isinstance(sequence.camera, Walk):
            return tuple(
                replace(camera, pose=pose) for pose in _walk(camera.pose, sequence.camera, swept, film, times, ways)
            )
        assert isinstance(sequence.camera, Still)
        return (camera,) * sequence.frames

    @cached_property
    def _opening(self) -> tuple[View, Callable[[Camera], Bytes]]:
        """The first frame, and what stands behind it for other cameras."""
        stage = Stage(self._swept, self.cameras)
        return Dresser(self.scene, self.folder).dressed(self.first, self.film.at(0), stage)

    @cached_property
    def _swept(self) -> Arrangement:
        return self.film.swept()


def _mounted(scene: Scene) -> Scene:
    """The scene with cameras only where one may stay: on a lane it would stand in the way of the cars."""
    mounts, sequence = scene.world.street.mounts, scene.sequence
    assert sequence is not None
    if isinstance(sequence.camera, Walk):
        mounts = mounts.model_copy(update={"vehicle": 0, "cctv": 0, "pedestrian": 1})
    elif sequence.on("lanes") and mounts.cctv + mounts.pedestrian > 0:
        mounts = mounts.model_copy(update={"vehicle": 0})
    street = scene.world.street.model_copy(update={"mounts": mounts})
    return scene.model_copy(update={"world": scene.world.model_copy(update={"street": street})})


def _moved(pose: Array, by: Array) -> Array:
    moved = pose.copy()
    moved[:3, 3] += by
    return moved


def _turned(pose: Array, around: Array, angle: float) -> Array:
    """A pose turned about the vertical through a point, radians."""
    c, s = np.cos(angle), np.sin(angle)
    turn = np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])
    turned = pose.copy()
    turned[:3, :3] = turn @ pose[:3, :3]
    turned[:3, 3] = turn @ (pose[:3, 3] - around) + around
    return turned


def _walk(pose: Array, model: Walk, swept: Arrangement, film: Film, times: Array, rng: Rng) -> list[Array]:
    """Poses of a carried camera that meets nothing; it goes slower, and in the end stands, where there is no room."""
    speed = float(rng.uniform(*model.speed))
    side = 1.0 if rng.uniform() < 0.5 else -1.0
    for attempt in range(_TRIES):
        rate = side * speed * 0.8 ** (attempt // 2) * (1 if attempt % 2 == 0 else -1)
        poses = _straight(pose, rate, times) if film.base.street is not None else _around(pose, rate, times)
        if _free(poses, swept):
            return poses
    return [pose] * len(times)


def _straight(pose: Array, rate: float, times: Array) -> list[Array]:
    return [_moved(pose, np.array([rate * t, 0.0, 0.0])) for t in times]


def _around(pose: Array, rate: float, times: Array) -> list[Array]:
    """Around where the camera looks at the ground, or at most 5 m ahead."""
    eye, ahead = pose[:3, 3], -pose[:3, 2]
    level = float(np.hypot(ahead[0], ahead[1]))
    away = eye[2] / max(-ahead[2], 1e-6)
    reach = min(5.0, away * level) if level > 1e-6 else 0.0
    around = eye + np.array([ahead[0], ahead[1], 0.0]) / max(level, 1e-6) * reach
    return [_turned(pose, around, rate * t / max(reach, 0.1)) for t in times]


def _free(poses: list[Array], swept: Arrangement) -> bool:
    if swept.street is None:
        return all(in_the_way(pose[:3, 3], swept) is None for pose in poses)
    ground, half = standing(swept), swept.street.half
    first, last = poses[0][:3, 3], poses[-1][:3, 3]
    if max(abs(first[0]), abs(last[0])) > half:
        return False
    low, high = min(first[0], last[0]), max(first[0], last[0])
    boxes = _BODY + np.array([low - first[0], 0, 0, high - first[0], 0, 0])
    x, y, z = first.tolist()
    return ground.free(Footprint(boxes, x, y, z, 0.0))
