"""What lies where: the things of a world, how they are dropped, and how they lie when settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.solids import Clutter
from seedbed.scenes.models.thing import Thing
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.clutter import FORMS, clutter
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.worlds.physics import Drop, Physics
from seedbed.scenes.worlds.street import Pool, stand
from seedbed.scenes.worlds.street_plan import Street, plan

Array = NDArray[np.float64]

# Forms that could be taken for a labelled one even by a person, were they of its colour.
_TOO_ALIKE = frozenset({"box", "rock", "wedge"})


@dataclass(frozen=True, eq=False)
class Piece:
    """One thing of a world.

    Attributes:
        thing: index in the scene's objects.
        name: class, or None; that of a thing with sides is known once it lies.
        shape: its mesh and hull.
        form: `cone`, `pillow`, ... or the form of clutter.
        alike: index of the object whose colour this distractor wears, or None.
    """

    thing: int
    name: str | None
    shape: Shape
    form: str
    alike: int | None = None

    def named(self, pose: Array) -> str | None:
        """Its class, lying so."""
        return self.shape.name_of(pose, self.name)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """A settled world.

    Attributes:
        pieces: its things; a thing's id in the frames is its place here plus 1.
        poses: (4, 4) each.
        street: what they stand along, or None.
    """

    pieces: tuple[Piece, ...]
    poses: tuple[Array, ...]
    street: Street | None = None


def arrange(scene: Scene, world: int, physics: Physics, folder: Path = Path()) -> Arrangement:
    """World number `world` of a scene, settled: a pure function of scene, seed and number.

    Args:
        scene: the scene.
        world: number.
        physics: lets things fall.
        folder: what paths in the scene are relative to.
    """
    rng = generator(scene.seed, "world", world)
    if scene.world.layout == "street":
        return _street(scene, rng, folder)
    pieces = _pieces(scene, rng, folder)
    drops = _drops(scene, pieces, rng)
    poses = physics.settle(drops) if drops else []
    # What rolled far away is of no use to any view, and the ground ends somewhere.
    kept = [index for index, pose in enumerate(poses) if np.abs(pose[:2, 3]).max() < scene.world.size * 1.5]
    named = [replace(pieces[index], name=pieces[index].named(poses[index])) for index in kept]
    return Arrangement(tuple(named), tuple(poses[index] for index in kept))


def _street(scene: Scene, rng: Rng, folder: Path) -> Arrangement:
    street = plan(scene.world.street, rng)
    pieces = _pieces(scene, rng, folder, Pool(scene.seed, rng, folder).shape)
    poses = stand(street, scene.world.street, [(piece.shape, piece.form) for piece in pieces], rng)
    kept = [(piece, pose) for piece, pose in zip(pieces, poses, strict=True) if pose is not None]
    named = [replace(piece, name=piece.named(pose)) for piece, pose in kept]
    return Arrangement(tuple(named), tuple(pose for _, pose in kept), street)


def _pieces(scene: Scene, rng: Rng, folder: Path, shape: Callable[[int, Thing], Shape] | None = None) -> list[Piece]:
    """The things of a world; `shape` gives the next shape of a thing, left out each is drawn anew."""
    empty = rng.uniform() < scene.world.empty
    pieces: list[Piece] = []
    classed = [i for i, thing in enumerate(scene.objects) if thing.class_names]
    for index, thing in enumerate(scene.objects):
        count = int(rng.integers(thing.count[0], thing.count[1] + 1))
        for _ in range(count):
            if isinstance(thing, Clutter):
                pieces.append(_clutter(thing, index, classed, rng))
                continue
            made = shape_of(thing, rng, folder) if shape is None else shape(index, thing)
            piece = Piece(index, thing.class_name, made, thing.form)
            if not (empty and thing.class_names):
                pieces.append(piece)
    return pieces


def _clutter(thing: Clutter, index: int, classed: Sequence[int], rng: Rng) -> Piece:
    forms: tuple[str, ...] = thing.forms or tuple(FORMS)
    alike = None
    if classed and rng.uniform() < thing.lookalike:
        alike = classed[int(rng.integers(len(classed)))]
        forms = tuple(form for form in forms if form not in _TOO_ALIKE) or forms
    form = forms[rng.integers(len(forms))]
    low, high = thing.size
    size = float(low * (high / low) ** rng.uniform())
    return Piece(index, None, clutter(form, size, rng), form, alike)


def _drops(scene: Scene, pieces: Sequence[Piece], rng: Rng) -> list[Drop]:
    """Starting poses: none touches another; what would overlap seen from above starts higher."""
    half = scene.world.size / 2
    middle = rng.uniform(-0.5, 0.5, 2) * half
    clustered = rng.uniform() < scene.world.clusters
    drops: list[Drop] = []
    placed: list[tuple[Array, float, float]] = []  # middle, radius, top
    for piece in pieces:
        shape, labelled = piece.shape, bool(scene.objects[piece.thing].class_names)
        radius = shape.radius
        if clustered and (labelled or rng.uniform() < 0.3):
            at = middle + rng.normal(0, 0.35, 2)
        else:
            at = rng.uniform(-1, 1, 2) * half
        quaternion = _turned(rng, shape.static or _stands(scene, piece, rng))
        extent = _rotation(quaternion) @ shape.hull.T
        low, high = float(extent[2].min()), float(extent[2].max())
        reach = float(np.hypot(extent[0], extent[1]).max())
        floor = 0.01
        for other, other_reach, top in placed:
            if np.hypot(*(other - at)) < reach + other_reach:
                floor = max(floor, top + 0.01)
        z = floor - low + (float(rng.uniform(0, 0.08)) if floor == 0.01 else 0.0)
        placed.append((at, reach, z + high))
        mass = max(0.05, 60 * radius**3)
        drops.append(Drop(shape.hull, (float(at[0]), float(at[1]), z), quaternion, mass, float(rng.uniform(0.4, 0.9))))
    return drops


def _stands(scene: Scene, piece: Piece, rng: Rng) -> bool:
    thing = scene.objects[piece.thing]
    if isinstance(thing, Clutter):
        return piece.form in ("legs", "plant") or rng.uniform() < 0.5
    return bool(rng.uniform() < thing.upright)


def _turned(rng: Rng, stands: bool) -> tuple[float, float, float, float]:
    """A quaternion: any turn around z for what stands, any rotation at all for what does not."""
    if stands:
        half = rng.uniform(0, np.pi)
        return 0.0, 0.0, float(np.sin(half)), float(np.cos(half))
    # Shoemake 1992: uniform over rotations.
    a, b, c = rng.uniform(0, 1, 3)
    one, two = np.sqrt(1 - a), np.sqrt(a)
    x, y = one * np.sin(2 * np.pi * b), one * np.cos(2 * np.pi * b)
    return float(x), float(y), float(two * np.sin(2 * np.pi * c)), float(two * np.cos(2 * np.pi * c))


def _rotation(quaternion: tuple[float, float, float, float]) -> Array:
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
