"""A world over time: where its things are in each frame of a sequence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.sequence import Drive, SequenceModel
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.surfaces.materials import Rng, between
from seedbed.scenes.worlds.arrangement import Arrangement, Piece, arrange, falling_of, pieces_of
from seedbed.scenes.worlds.fixtures import Fixture, tray
from seedbed.scenes.worlds.footprints import Footprint, Ground, layers
from seedbed.scenes.worlds.physics import Drop, Fixed, Physics
from seedbed.scenes.worlds.placing import drops
from seedbed.scenes.worlds.street import Pool, stand
from seedbed.scenes.worlds.street_plan import Street, plan
from seedbed.scenes.worlds.street_rules import HEAP, heap
from seedbed.scenes.worlds.traffic import Course, Traffic, person_of, stride

Array = NDArray[np.float64]

_CAR = np.array([[-2.9, -0.9, 0.0, 1.7, 0.9, 1.5]])
"""A car around the camera behind its windscreen; the camera sees nothing of it."""
_BELT = 0.012  # thickness, metres


@dataclass(frozen=True, eq=False)
class Gait:
    """How a person walks.

    Attributes:
        phases: meshes of a walking cycle.
        cycles: (F,) walking cycles done by each frame.
    """

    phases: tuple[Shape, ...]
    cycles: Array

    def shape(self, frame: int) -> Shape:
        """The mesh of a frame."""
        return self.phases[int(self.cycles[frame] * len(self.phases)) % len(self.phases)]


@dataclass(frozen=True, eq=False)
class Film:
    """A world over time.

    Attributes:
        base: the world as the camera finds its place in it: everything where it stands, or comes to rest.
        poses: (F, N, 4, 4) of its pieces in each frame.
        gaits: of pieces that walk, by their place among the pieces.
        eyes: (F, 3) metres, of a camera that drives, and the heading of its lane; or None.
        heading: radians.
    """

    base: Arrangement
    poses: Array
    gaits: Mapping[int, Gait] = field(default_factory=dict)
    eyes: Array | None = None
    heading: float = 0.0

    def at(self, frame: int) -> Arrangement:
        """The world at a frame: the pieces are the same in all of them, by place."""
        pieces = list(self.base.pieces)
        poses = list(self.poses[frame])
        for index, gait in self.gaits.items():
            shape = gait.shape(frame)
            pieces[index] = replace(pieces[index], shape=shape)
            # The body rises and sinks as the legs open and close; the lower foot is on the ground.
            low = float(shape.mesh.vertices[:, 2].min())
            poses[index] = poses[index].copy()
            poses[index][2, 3] -= low
        return replace(self.base, pieces=tuple(pieces), poses=tuple(poses))

    def swept(self) -> Arrangement:
        """Everything at once, wherever it is in any frame: where a camera stands free of all of it."""
        pieces, poses = list(self.base.pieces), list(self.base.poses)
        frames, worlds = len(self.poses), dict[int, Arrangement]()
        for index, piece in enumerate(self.base.pieces):
            way = self.poses[:, index, :3, 3]
            length = float(np.linalg.norm(np.diff(way, axis=0), axis=1).sum())
            count = min(frames, int(np.ceil(length / max(0.2, piece.shape.radius))) + 1)
            for frame in sorted({round(place) for place in np.linspace(0, frames - 1, count)}) if length > 0 else ():
                now = worlds[frame] = worlds.get(frame) or self.at(frame)
                pieces.append(now.pieces[index])
                poses.append(now.poses[index])
        return replace(self.base, pieces=tuple(pieces), poses=tuple(poses))


def film_of(scene: Scene, world: int, physics: Physics, folder: Path = Path()) -> Film:
    """World number `world` of a scene with a sequence: a pure function of scene, seed and number.

    Args:
        scene: the scene.
        world: number.
        physics: lets things fall.
        folder: what paths in the scene are relative to.
    """
    sequence = scene.sequence
    if sequence is None:
        raise ValueError("the scene has no sequence")
    if scene.world.layout == "street":
        return _street(scene, sequence, world, folder)
    if sequence.start == "dropping":
        return _dropping(scene, sequence, world, physics, folder)
    if sequence.on("belt"):
        return _belt(scene, sequence, world, physics, folder)
    base = arrange(scene, world, physics, folder)
    return Film(base, _standing(base.poses, sequence.frames))


def _standing(poses: Sequence[Array], frames: int) -> Array:
    stacked = np.array(poses, float).reshape(-1, 4, 4)
    return np.repeat(stacked[None], frames, axis=0)


def _street(scene: Scene, sequence: SequenceModel, world: int, folder: Path) -> Film:
    rng, moves = generator(scene.seed, "world", world), generator(scene.seed, "motion", world)
    street = plan(scene.world.street, rng)
    pool = Pool(scene.seed, rng, folder)
    pieces = pieces_of(scene, rng, folder, pool.shape)
    gaits = {piece: _phases(scene, piece, pool) for piece in pieces}
    moving = [piece for piece in pieces if _moves(scene, sequence, piece, gaits[piece], street, moves)]
    still = [piece for piece in pieces if piece not in moving]
    driven = bool(sequence.on("lanes")) or isinstance(sequence.camera, Drive)
    stood = stand(street, scene.world.street, [(piece.shape, piece.form) for piece in still], rng, driven=driven)
    placed = {piece: pose for piece, pose in zip(still, stood, strict=True) if pose is not None}
    traffic = Traffic(street, _ground(street, placed), sequence.frames, sequence.fps, moves)
    camera = None
    if isinstance(sequence.camera, Drive):
        # Most of the street lies ahead of it: behind the last house there is little to see.
        camera = traffic.enter(_CAR, "lane", sequence.camera.speed, latest=0.4)
    courses: dict[Piece, Course] = {}
    for piece in moving:
        actor = sequence.actor(piece.name)
        assert actor is not None
        boxes = _around([layers(shape) for shape in gaits[piece] or (piece.shape,)])
        course = traffic.enter(boxes, "lane" if actor.on == "lanes" else "sidewalk", actor.speed)
        if course is not None:
            courses[piece] = course
    return _filmed(sequence, street, pieces, placed, courses, gaits, camera, moves)


def _filmed(
    sequence: SequenceModel,
    street: Street,
    pieces: Sequence[Piece],
    placed: Mapping[Piece, Array],
    courses: Mapping[Piece, Course],
    gaits: Mapping[Piece, tuple[Shape, ...]],
    camera: Course | None,
    rng: Rng,
) -> Film:
    times = np.arange(sequence.frames) / sequence.fps
    kept = [piece for piece in pieces if piece in placed or piece in courses]
    poses = _standing([placed.get(piece, np.eye(4)) for piece in kept], sequence.frames)
    walking: dict[int, Gait] = {}
    for index, piece in enumerate(kept):
        if piece not in courses:
            continue
        course, phases = courses[piece], gaits[piece]
        c, s = course.way[:2]
        poses[:, index, :2, :2] = [[c, -s], [s, c]]
        poses[:, index, :3, 3] = course.start + course.way * (course.speed * times)[:, None]
        if phases:
            walking[index] = Gait(phases, rng.uniform() + course.speed * times / stride(phases))
        else:
            poses[:, index, 2, 3] -= float(piece.shape.mesh.vertices[:, 2].min())
    named = tuple(replace(piece, name=piece.named(poses[0, index])) for index, piece in enumerate(kept))
    base = Film(Arrangement(named, tuple(poses[0]), street), poses, walking).at(0)
    eyes = None if camera is None else camera.start + camera.way * (camera.speed * times)[:, None]
    return Film(base, poses, walking, eyes, 0.0 if camera is None else camera.turn)


def _phases(scene: Scene, piece: Piece, pool: Pool) -> tuple[Shape, ...]:
    return person_of(scene.seed, piece.thing, scene.objects[piece.thing], pool.picks.get(piece.shape))


def _moves(
    scene: Scene, sequence: SequenceModel, piece: Piece, phases: tuple[Shape, ...], street: Street, rng: Rng
) -> bool:
    """Whether a thing is one that moves; parked cars and standing people are not."""
    actor, parks = sequence.actor(piece.name), rng.uniform() < scene.world.street.parked
    if actor is None:
        return False
    if actor.on == "lanes":
        return not (piece.form == "car" and parks and any(street.bays))
    return piece.form != "person" or bool(phases)


def _around(every: Sequence[Array]) -> Array:
    """Boxes that hold those of all phases of a walk, by layer."""
    if len(every) == 1:
        return every[0]
    stacked = np.concatenate(every)
    return np.array([[*stacked[:, :3].min(0), *stacked[:, 3:].max(0)]])


def _ground(street: Street, placed: Mapping[Piece, Array]) -> Ground:
    ground = Ground()
    if street.works is not None:
        reach, high = HEAP
        ground.add(Footprint(np.array([[-reach, -reach, 0, reach, reach, high]]), *heap(street), 0.0, 0.0))
    for piece, pose in placed.items():
        z = float(pose[2, 3] + piece.shape.mesh.vertices[:, 2].min())
        turn = float(np.arctan2(pose[1, 0], pose[0, 0]))
        ground.add(Footprint(layers(piece.shape), float(pose[0, 3]), float(pose[1, 3]), z, turn))
    return ground


def _dropping(scene: Scene, sequence: SequenceModel, world: int, physics: Physics, folder: Path) -> Film:
    """The fall itself. Everything is lifted by the same height: what would not touch does not touch."""
    rng = generator(scene.seed, "world", world)
    pieces = pieces_of(scene, rng, folder)
    half = scene.world.size / 2
    sides, floor, fixtures = (half, half), 0.0, tuple[Fixture, ...]()
    if scene.world.layout == "tray" and rng.uniform() < scene.world.tray.chance:
        place = tray(scene.world.tray, rng)
        sides, floor, fixtures = place.half, place.floor, place.fixtures
    fixed = [Fixed(each.corners, each.middle) for each in fixtures if each.solid]
    starts = drops(falling_of(scene, pieces, rng), scene.arrangement, rng, half=sides, floor=floor)
    height = between(generator(scene.seed, "motion", world), sequence.height)
    lifted = [drop if drop.static else _lifted(drop, height) for drop in starts]
    seen, rest = physics.fall(lifted, fixed, frames=sequence.frames, fps=sequence.fps)
    # A die is called by the side it comes to lie on, from the first frame on.
    named = tuple(replace(piece, name=piece.named(pose)) for piece, pose in zip(pieces, rest, strict=True))
    poses = np.array(seen, float).reshape(sequence.frames, -1, 4, 4)
    return Film(Arrangement(named, tuple(rest), fixtures=fixtures), poses)


def _lifted(drop: Drop, height: float) -> Drop:
    x, y, z = drop.position
    return replace(drop, position=(x, y, z + height))


def _belt(scene: Scene, sequence: SequenceModel, world: int, physics: Physics, folder: Path) -> Film:
    """Things on a belt along x, and the others beside it."""
    rng, moves = generator(scene.seed, "world", world), generator(scene.seed, "motion", world)
    pieces = pieces_of(scene, rng, folder)
    classes = {actor.of for actor in sequence.on("belt")}
    riding = [piece for piece in pieces if classes & set(scene.objects[piece.thing].class_names) and not piece.foreign]
    speed = float(moves.uniform(*sequence.on("belt")[0].speed))
    way, size = speed * sequence.seconds, scene.world.size
    half = max([0.1 * size, *(1.3 * piece.shape.radius for piece in riding)])
    long = size + 2 * way
    fixture = Fixture((long + size, 2 * half, _BELT), (0.0, 0.0, _BELT / 2), "belt")
    loads = drops(
        falling_of(scene, riding, rng), scene.arrangement, rng, half=((size + way) / 2, 0.8 * half), floor=_BELT
    )
    settled = physics.settle(loads, [Fixed(fixture.corners, fixture.middle)])
    poses: dict[Piece, Array] = {}
    for piece, pose in zip(riding, settled, strict=True):
        pose[0, 3] -= way / 2
        if abs(pose[1, 3]) < half and pose[2, 3] > _BELT:  # or it fell off
            poses[piece] = pose
    beside = [piece for piece in pieces if piece not in riding]
    sides = moves.integers(2, size=len(beside))
    deep = max(0.05 * size, (size / 2 - half) / 2)
    for number, sign in enumerate((-1, 1)):
        mine = [piece for piece, side in zip(beside, sides, strict=True) if side == number]
        starts = drops(falling_of(scene, mine, rng), scene.arrangement, rng, half=(size / 2, deep))
        for piece, pose in zip(mine, physics.settle(starts), strict=True):
            pose[1, 3] += sign * (half + deep + 0.02)
            if abs(pose[1, 3]) - piece.shape.radius > half and np.abs(pose[:2, 3]).max() < 1.5 * size:
                poses[piece] = pose
    kept = [piece for piece in pieces if piece in poses]
    every = _standing([poses[piece] for piece in kept], sequence.frames)
    ride = np.array([piece in riding for piece in kept], bool)
    every[:, ride, 0, 3] += (speed * np.arange(sequence.frames) / sequence.fps)[:, None]
    named = tuple(replace(piece, name=piece.named(poses[piece])) for piece in kept)
    # The camera looks at what lies where it is half way through.
    middle = tuple(every[sequence.frames // 2])
    return Film(Arrangement(named, middle, fixtures=(fixture,)), every)
