"""A street's things in their places, without physics: what stands on the ground stands on it exactly.

A rule (`street_rules`) proposes places; the first where the thing meets nothing that stands already is taken, and a
thing that finds none is left out.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.models.street_layout import StreetModel
from seedbed.scenes.models.thing import Thing
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.worlds.footprints import Footprint, Ground, layers
from seedbed.scenes.worlds.street_plan import Street
from seedbed.scenes.worlds.street_rules import HEAP, RULES, Rules, Spot, heap

Array = NDArray[np.float64]

VARIANTS = {"house": 32, "tree": 32, "car": 24, "person": 64, "sign": 30}
"""Shapes of a kind that a scene has; a world picks from them, so that frames share meshes. Others have `_FEW`."""
_FEW = 12
_TRIES = 30


@lru_cache(maxsize=1024)
def variant(seed: int, index: int, thing: Thing, folder: Path, number: int) -> Shape:
    """One of the shapes a thing of a scene has, the same object each time it is asked for."""
    return shape_of(thing, generator(seed, "street shape", index, number), folder)


class Pool:
    """Gives one world its shapes, from those the scene has.

    Args:
        seed: of the scene.
        rng: of the world.
        folder: what paths in the scene are relative to.
    """

    def __init__(self, seed: int, rng: Rng, folder: Path) -> None:
        self._seed, self._rng, self._folder = seed, rng, folder
        self._lamps: dict[int, int] = {}
        self.picks: dict[Shape, int] = {}
        """By shape given, its number among those of its object."""

    def shape(self, index: int, thing: Thing) -> Shape:
        """The next shape of object number `index`. Lamps of a street are all alike."""
        pick = int(self._rng.integers(VARIANTS.get(thing.form, _FEW)))
        if thing.form == "lamp":
            pick = self._lamps.setdefault(index, pick)
        shape = variant(self._seed, index, thing, self._folder, pick)
        self.picks[shape] = pick
        return shape


def stand(
    street: Street, model: StreetModel, things: Sequence[tuple[Shape, str]], rng: Rng, *, driven: bool = False
) -> list[Array | None]:
    """Puts things in their places.

    Args:
        street: where.
        model: what the scene file says of it.
        things: shape and name of the shape.
        rng: of the world.
        driven: whether others drive on the lanes, so that no car and nobody stands there.

    Returns:
        The (4, 4) pose of each, or None where it found no place.
    """
    ground = Ground()
    if street.works is not None:
        x, y = heap(street)
        reach, high = HEAP
        ground.add(Footprint(np.array([[-reach, -reach, 0, reach, reach, high]]), x, y, 0.0, 0.0))
    poses: list[Array | None] = [None] * len(things)
    rules = Rules(street, model, rng, driven)
    for form, rule in RULES.items():
        chosen = [number for number, (_, name) in enumerate(things) if _form(name) == form]
        for number, spots in zip(chosen, rule(rules, [things[n][0] for n in chosen]), strict=True):
            shape = things[number][0]
            boxes = layers(shape)
            for spot in islice(spots, _TRIES):
                footprint = Footprint(boxes, spot.x, spot.y, spot.z, spot.turn)
                if ground.free(footprint.grown(spot.margin)):
                    ground.add(footprint)
                    poses[number] = _pose(shape, spot)
                    break
    return poses


def _form(name: str) -> str:
    return name if name in RULES else "other"


def _pose(shape: Shape, spot: Spot) -> Array:
    pose = np.eye(4)
    c, s = np.cos(spot.turn), np.sin(spot.turn)
    pose[:2, :2] = [[c, -s], [s, c]]
    pose[:3, 3] = spot.x, spot.y, spot.z - float(shape.mesh.vertices[:, 2].min())
    return pose
