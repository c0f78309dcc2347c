"""What lies where: the things of a world, how they are dropped, and how they lie when settled."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.solids import Clutter, Lookalike
from seedbed.scenes.models.thing import Thing
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.clutter import FORMS, clutter
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.worlds.fixtures import Fixture, shelf, tray
from seedbed.scenes.worlds.physics import Fixed, Physics
from seedbed.scenes.worlds.placing import Falling, drops
from seedbed.scenes.worlds.rows import on_boards, on_grid
from seedbed.scenes.worlds.street import Pool, stand
from seedbed.scenes.worlds.street_plan import Street, plan
from seedbed.scenes.worlds.turns import ANY

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
        foreign: whether it has the shape of its object but another colour: a distractor.
    """

    thing: int
    name: str | None
    shape: Shape
    form: str
    alike: int | None = None
    foreign: bool = False

    def named(self, pose: Array) -> str | None:
        """Its class, lying so."""
        return None if self.foreign else self.shape.name_of(pose, self.name)


@dataclass(frozen=True, eq=False)
class Arrangement:
    """A settled world.

    Attributes:
        pieces: its things; a thing's id in the frames is its place here plus 1.
        poses: (4, 4) each.
        street: what they stand along, or None.
        fixtures: what they lie in or stand on.
        facing: from where the camera looks if it may not stand all around, radians around z; else None.
    """

    pieces: tuple[Piece, ...]
    poses: tuple[Array, ...]
    street: Street | None = None
    fixtures: tuple[Fixture, ...] = ()
    facing: float | None = None


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
    pieces = pieces_of(scene, rng, folder)
    layout = _LAYOUTS[scene.world.layout](scene, pieces, rng, physics)
    # What rolled far away is of no use to any view, and the ground ends somewhere.
    kept = [
        (piece, pose)
        for piece, pose in zip(pieces, layout.poses, strict=True)
        if pose is not None and np.abs(pose[:2, 3]).max() < max(scene.world.size, layout.size) * 1.5
    ]
    named = [replace(piece, name=piece.named(pose)) for piece, pose in kept]
    return Arrangement(tuple(named), tuple(pose for _, pose in kept), fixtures=layout.fixtures, facing=layout.facing)


@dataclass(frozen=True, eq=False)
class _Layout:
    """Where the things of a world have come to be.

    Attributes:
        poses: (4, 4) of each, or None for what found no place.
        fixtures: what they lie in or stand on.
        facing: as in `Arrangement`.
        size: of the place, metres.
    """

    poses: Sequence[Array | None]
    fixtures: tuple[Fixture, ...] = ()
    facing: float | None = None
    size: float = 0.0


def _scatter(scene: Scene, pieces: Sequence[Piece], rng: Rng, physics: Physics) -> _Layout:
    half = scene.world.size / 2
    return _Layout(physics.settle(drops(falling_of(scene, pieces, rng), scene.arrangement, rng, half=(half, half))))


def _tray(scene: Scene, pieces: Sequence[Piece], rng: Rng, physics: Physics) -> _Layout:
    if rng.uniform() >= scene.world.tray.chance:
        return _scatter(scene, pieces, rng, physics)
    place = tray(scene.world.tray, rng)
    fixed = [Fixed(each.corners, each.middle) for each in place.fixtures if each.solid]
    starts = drops(falling_of(scene, pieces, rng), scene.arrangement, rng, half=place.half, floor=place.floor)
    return _Layout(physics.settle(starts, fixed), place.fixtures, size=2 * place.half[0])


def _grid(scene: Scene, pieces: Sequence[Piece], rng: Rng, physics: Physics) -> _Layout:
    stands = [_stands(scene, piece, rng) for piece in pieces]
    yaws = [_yaw(scene, piece) for piece in pieces]
    poses = on_grid([piece.shape for piece in pieces], stands, yaws, scene.world.grid, rng)
    return _Layout(poses, size=scene.world.size * 4)


def _shelf(scene: Scene, pieces: Sequence[Piece], rng: Rng, physics: Physics) -> _Layout:
    fixtures, boards = shelf(scene.world.shelf, rng)
    kinds = [piece.thing if piece.name is not None else -1 - number for number, piece in enumerate(pieces)]
    poses = on_boards([piece.shape for piece in pieces], kinds, boards, scene.world.shelf, rng)
    return _Layout(poses, fixtures, facing=-np.pi / 2, size=scene.world.shelf.width[1] * 2)


_LAYOUTS: dict[str, Callable[[Scene, Sequence[Piece], Rng, Physics], _Layout]] = {
    "scatter": _scatter,
    "tray": _tray,
    "grid": _grid,
    "shelf": _shelf,
}


def falling_of(scene: Scene, pieces: Sequence[Piece], rng: Rng) -> list[Falling]:
    """Things to let fall, each standing or tumbling by chance."""
    return [
        Falling(
            piece.shape,
            piece.shape.static or _stands(scene, piece, rng),
            bool(scene.objects[piece.thing].class_names),
            _yaw(scene, piece) or ANY,
        )
        for piece in pieces
    ]


def _street(scene: Scene, rng: Rng, folder: Path) -> Arrangement:
    street = plan(scene.world.street, rng)
    pieces = pieces_of(scene, rng, folder, Pool(scene.seed, rng, folder).shape)
    poses = stand(street, scene.world.street, [(piece.shape, piece.form) for piece in pieces], rng)
    kept = [(piece, pose) for piece, pose in zip(pieces, poses, strict=True) if pose is not None]
    named = [replace(piece, name=piece.named(pose)) for piece, pose in kept]
    return Arrangement(tuple(named), tuple(pose for _, pose in kept), street)


def pieces_of(scene: Scene, rng: Rng, folder: Path, shape: Callable[[int, Thing], Shape] | None = None) -> list[Piece]:
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
            if isinstance(thing, Lookalike):
                pieces.append(_lookalike(scene, thing, index, rng, folder))
                continue
            made = shape_of(thing, rng, folder) if shape is None else shape(index, thing)
            piece = Piece(index, thing.class_name, made, thing.form)
            if not (empty and thing.class_names):
                pieces.append(piece)
    return pieces


def _lookalike(scene: Scene, thing: Lookalike, index: int, rng: Rng, folder: Path) -> Piece:
    """A distractor that shares its shape, or its colour, with a labelled thing."""
    owners = [at for at, each in enumerate(scene.objects) if thing.of in each.class_names]
    at = owners[int(rng.integers(len(owners)))]
    model = scene.objects[at]
    assert not isinstance(model, Clutter | Lookalike)  # these name no class
    if thing.rule == "same shape, other colour":
        return Piece(at, None, shape_of(model, rng, folder), model.form, foreign=True)
    forms = [form for form in FORMS if form not in _TOO_ALIKE and form != model.form]
    form = forms[int(rng.integers(len(forms)))]
    size = model.extent * float(rng.uniform(0.5, 1.2))
    return Piece(index, None, clutter(form, size, rng), form, alike=at)


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


def _yaw(scene: Scene, piece: Piece) -> tuple[float, float] | None:
    """How a thing that stands may be turned, degrees; None where the scene does not say."""
    thing = scene.objects[piece.thing]
    return thing.yaw if isinstance(thing, Thing) else None


def _stands(scene: Scene, piece: Piece, rng: Rng) -> bool:
    thing = scene.objects[piece.thing]
    if isinstance(thing, Clutter):
        return piece.form in ("legs", "plant") or rng.uniform() < 0.5
    return bool(rng.uniform() < getattr(thing, "upright", 0.5))
