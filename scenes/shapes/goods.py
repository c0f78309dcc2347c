"""Makers of goods: from what a scene says to a shape."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

from seedbed.scenes.models.folders import Folder, pictures
from seedbed.scenes.models.goods import Card, CardFaces, Die
from seedbed.scenes.models.solids import Box
from seedbed.scenes.models.stores import Barrel, Bottle, Can, Crate, Fruit, Helmet, Mug, Pallet, Shelf
from seedbed.scenes.shapes.cards import card
from seedbed.scenes.shapes.carriers import crate, pallet, shelf
from seedbed.scenes.shapes.dice import die
from seedbed.scenes.shapes.helmets import helmet
from seedbed.scenes.shapes.meshes import Rng, Shape, Slot
from seedbed.scenes.shapes.produce import SIZES, fruit
from seedbed.scenes.shapes.solids import box
from seedbed.scenes.shapes.street_furniture import drum
from seedbed.scenes.shapes.vessels import barrel, bottle, can, mug
from seedbed.scenes.surfaces.materials import between, picture_at

_PLAYING_CARD = 63 / 88


@lru_cache(maxsize=16)
def _listing(place: Path) -> tuple[Path, ...]:
    return tuple(pictures(place))


def picture_of(folder: Folder | None, place: Path, rng: Rng) -> Path | None:
    """One picture of a folder that the scene names, or None where it names none.

    Args:
        folder: in the scene.
        place: what paths in the scene are relative to.
        rng: of the world.
    """
    if folder is None:
        return None
    paths = _listing(place / folder.folder)
    return paths[int(rng.integers(len(paths)))]


def _die(thing: Die, rng: Rng, folder: Path) -> Shape:
    return die(between(rng, thing.size), between(rng, thing.roundness), thing.face_names, rng)


def _card(thing: Card, rng: Rng, folder: Path) -> Shape:
    length = between(rng, thing.length)
    face, back = _face_of(thing.faces, folder, rng), picture_of(thing.back, folder, rng)
    height, width = (1, 0) if face is None else picture_at(face).shape[:2]
    aspect = width / height if face is not None else _PLAYING_CARD
    level = aspect > 1
    short = length * (between(rng, thing.aspect) if thing.aspect is not None else min(aspect, 1 / aspect))
    name = thing.faces.class_of(face.stem) if thing.faces is not None and face is not None else None
    by_face = thing.faces is not None and thing.faces.classes is not None
    return card(
        (length, short) if level else (short, length),
        between(rng, thing.thickness),
        min(length * between(rng, thing.corners), short / 2.1),
        face=face,
        back=back,
        face_up=bool(rng.uniform() < thing.face_up),
        name=name,
        by_face=by_face,
    )


def _face_of(faces: CardFaces | None, place: Path, rng: Rng) -> Path | None:
    """The picture of a card's face, in the share that the scene asks for."""
    if faces is None or faces.others is None or faces.classes is None:
        return picture_of(faces, place, rng)
    paths = _listing(place / faces.folder)
    of_class: dict[str | None, list[Path]] = {}
    for path in paths:
        of_class.setdefault(faces.class_of(path.stem), []).append(path)
    plain = of_class.pop(None, [])
    if not of_class or (plain and rng.uniform() < faces.others):
        return plain[int(rng.integers(len(plain)))]
    fitting = list(of_class.values())[int(rng.integers(len(of_class)))]
    return fitting[int(rng.integers(len(fitting)))]


def _pick(names: tuple[str, ...], rng: Rng) -> str:
    return names[int(rng.integers(len(names)))]


def _box(thing: Box, rng: Rng, folder: Path) -> Shape:
    size = [between(rng, thing.size) for _ in range(3)]
    label = picture_of(thing.label, folder, rng)
    if label is None:
        return box(size)
    # The thinnest along y: the two largest sides stand, and the print on them is upright.
    size.sort()
    width, depth, height = (size[1], size[0], size[2]) if rng.uniform() < 0.7 else (size[2], size[0], size[1])
    plain = box((width, depth, height), prints=False)
    sides = len(plain.mesh.faces) // 6
    slots = tuple(Slot(side * sides, (side + 1) * sides, "label", label) for side in (2, 3))  # +y and -y
    return replace(plain, slots=slots)


def _bottle(thing: Bottle, rng: Rng, folder: Path) -> Shape:
    labelled = bool(rng.uniform() < thing.labelled)
    label = picture_of(thing.label, folder, rng) if labelled else None
    return bottle(_pick(thing.kinds, rng), between(rng, thing.height), rng, labelled=labelled, label=label)


def _can(thing: Can, rng: Rng, folder: Path) -> Shape:
    label = picture_of(thing.label, folder, rng)
    return can(_pick(thing.kinds, rng), between(rng, thing.height), rng, label=label)


def _mug(thing: Mug, rng: Rng, folder: Path) -> Shape:
    printed = bool(rng.uniform() < thing.printed)
    label = picture_of(thing.label, folder, rng) if printed else None
    return mug(between(rng, thing.height), rng, label=label, printed=printed)


def _fruit(thing: Fruit, rng: Rng, folder: Path) -> Shape:
    kind = _pick(thing.kinds, rng)
    return fruit(kind, between(rng, thing.size or SIZES[kind]), rng)


def _helmet(thing: Helmet, rng: Rng, folder: Path) -> Shape:
    return helmet(between(rng, thing.length), rng)


def _crate(thing: Crate, rng: Rng, folder: Path) -> Shape:
    length = between(rng, thing.length)
    size = (length, length * between(rng, thing.width), length * between(rng, thing.height))
    return crate(_pick(thing.kinds, rng), size, rng)


def _pallet(thing: Pallet, rng: Rng, folder: Path) -> Shape:
    return pallet(_pick(thing.kinds, rng), between(rng, thing.length))


def _barrel(thing: Barrel, rng: Rng, folder: Path) -> Shape:
    kind, height = _pick(thing.kinds, rng), between(rng, thing.height)
    if kind == "traffic":
        return replace(drum(height), surface="traffic orange")
    return barrel(kind, height, rng)


def _shelf(thing: Shelf, rng: Rng, folder: Path) -> Shape:
    size = (between(rng, thing.width), between(rng, thing.depth), between(rng, thing.height))
    boards = int(rng.integers(thing.boards[0], thing.boards[1] + 1))
    return shelf(_pick(thing.kinds, rng), size, boards, rng)


GOODS: dict[str, Callable[[Any, Rng, Path], Shape]] = {
    "box": _box,
    "die": _die,
    "card": _card,
    "bottle": _bottle,
    "can": _can,
    "mug": _mug,
    "fruit": _fruit,
    "helmet": _helmet,
    "crate": _crate,
    "pallet": _pallet,
    "barrel": _barrel,
    "shelf": _shelf,
}
"""By the name of `shape` in the scene file."""
