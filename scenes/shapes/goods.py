"""Makers of goods: from what a scene says to a shape."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from seedbed.scenes.models.folders import Folder, pictures
from seedbed.scenes.models.goods import Card, Die
from seedbed.scenes.shapes.cards import card
from seedbed.scenes.shapes.dice import die
from seedbed.scenes.shapes.meshes import Rng, Shape
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
    face, back = picture_of(thing.faces, folder, rng), picture_of(thing.back, folder, rng)
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


GOODS: dict[str, Callable[[Any, Rng, Path], Shape]] = {"die": _die, "card": _card}
"""By the name of `shape` in the scene file."""
