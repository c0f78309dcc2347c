"""Furniture of a layout: what things lie in or stand on, and no label means."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.surfaces.materials import between

if TYPE_CHECKING:
    from seedbed.scenes.models.layouts import ShelfLayout, Tray

Array = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Fixture:
    """A box that does not move.

    Attributes:
        size: extents along x, y and z, metres.
        middle: its place, metres.
        surface: what it is made of; fixtures of one world with the same `surface` look alike.
        solid: whether things collide with it.
    """

    size: tuple[float, float, float]
    middle: tuple[float, float, float]
    surface: str
    solid: bool = True

    @property
    def corners(self) -> Array:
        """The (8, 3) corners around the middle."""
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2
        return np.asarray(signs * np.array(self.size))

    @property
    def top(self) -> float:
        """Height of its upper side."""
        return self.middle[2] + self.size[2] / 2


@dataclass(frozen=True, eq=False)
class TrayPlace:
    """A tray that was drawn.

    Attributes:
        fixtures: floor, if it has one, and walls.
        half: half length and width of the inside, metres.
        floor: height of what things lie on.
    """

    fixtures: tuple[Fixture, ...]
    half: tuple[float, float]
    floor: float


def tray(model: Tray, rng: Rng) -> TrayPlace:
    """A tray in the middle of the world, lying on the ground."""
    length = between(rng, model.size)
    width = length * between(rng, model.aspect)
    wall, thick = between(rng, model.wall), between(rng, model.thickness)
    lining = model.floor[int(rng.integers(len(model.floor)))]
    floor = 0.0 if lining == "ground" else float(rng.uniform(0.001, 0.004))
    pieces = []
    if floor:
        pieces.append(Fixture((length, width, floor), (0.0, 0.0, floor / 2), lining))
    for sign in (-1, 1):
        across = sign * (width + thick) / 2
        along = sign * (length + thick) / 2
        pieces.append(Fixture((length + 2 * thick, thick, wall), (0.0, across, wall / 2), "rim"))
        pieces.append(Fixture((thick, width, wall), (along, 0.0, wall / 2), "rim"))
    return TrayPlace(tuple(pieces), (length / 2, width / 2), floor)


@dataclass(frozen=True, eq=False)
class Board:
    """Where goods stand.

    Attributes:
        width: usable, along x.
        depth: usable, along y; the front edge is at y = -depth / 2.
        height: of its upper side.
        clear: height above it.
    """

    width: float
    depth: float
    height: float
    clear: float


def shelf(model: ShelfLayout, rng: Rng) -> tuple[tuple[Fixture, ...], tuple[Board, ...]]:
    """A shelf unit whose front looks along -y.

    Returns:
        Boards, sides and back as fixtures; and the places on the boards, from below.
    """
    width, depth = between(rng, model.width), between(rng, model.depth)
    count = int(rng.integers(model.boards[0], model.boards[1] + 1))
    material = model.material[int(rng.integers(len(model.material)))]
    thick, side = float(rng.uniform(0.018, 0.035)), float(rng.uniform(0.018, 0.04))
    fixtures, boards = [], []
    z = float(rng.uniform(0.06, 0.15))
    for _ in range(count):
        clear = between(rng, model.clear)
        fixtures.append(Fixture((width, depth, thick), (0.0, 0.0, z + thick / 2), material))
        boards.append(Board(width - 0.02, depth - 0.02, z + thick, clear))
        if rng.uniform() < 0.5:  # the strip that carries prices
            strip = (width, 0.004, 0.035)
            fixtures.append(Fixture(strip, (0.0, -depth / 2 - 0.002, z + thick / 2), "strip", solid=False))
        z += thick + clear
    fixtures.append(Fixture((width, depth, thick), (0.0, 0.0, z + thick / 2), material))
    high = z + thick
    for sign in (-1, 1):
        fixtures.append(Fixture((side, depth, high), (sign * (width + side) / 2, 0.0, high / 2), material))
    fixtures.append(Fixture((width, 0.01, high), (0.0, depth / 2 + 0.005, high / 2), "back"))
    return tuple(fixtures), tuple(boards)


def highest(fixtures: Sequence[Fixture]) -> float:
    """Of their upper sides; 0 where there are none."""
    return max((fixture.top for fixture in fixtures), default=0.0)
