"""Layouts other than a floor or a street: a tray, a grid, a shelf."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fraction, Fractions, Lengths, rising
from seedbed.scenes.models.thing import Color

_Level = Annotated[int, Field(ge=1, le=12)]
_Levels = Annotated[tuple[_Level, _Level], AfterValidator(rising)]
Floors = Literal["felt", "wood", "plastic", "metal", "ground"]


class Tray(Model):
    """For `layout: tray`: things are dropped between four walls."""

    size: Lengths = (0.2, 0.35)
    """Length of the inside, metres."""
    aspect: Fractions = (0.65, 1)
    """Width over length."""
    wall: Lengths = (0.015, 0.05)
    """Height of the walls."""
    thickness: Lengths = (0.003, 0.012)
    floor: tuple[Floors, ...] = ("felt", "wood", "plastic", "ground")
    """What the inside is laid with, one per world; `ground` is the bare ground."""
    color: Color | None = None
    """Of walls and floor; left out: any."""
    chance: Fraction = 1
    """Chance of a world to have the tray at all; in the others things fall on the bare ground."""


class Grid(Model):
    """For `layout: grid`: things stand in rows, as on a stall or in a box."""

    columns: _Levels = (2, 6)
    rows: _Levels = (2, 5)
    gap: Fractions = (0.05, 0.4)
    """Between neighbours, in widths of the largest thing."""
    jitter: Fraction = 0.15
    """How far each is off its place, in gaps."""
    filled: Fractions = (0.6, 1)
    """Share of the places that have something."""


class ShelfLayout(Model):
    """For `layout: shelf`: things stand on boards, in groups of the same kind, faces to the front."""

    width: Lengths = (0.8, 1.6)
    depth: Lengths = (0.3, 0.5)
    boards: _Levels = (2, 5)
    clear: Lengths = (0.28, 0.45)
    """Height between two boards; what is taller finds no place."""
    facings: _Levels = (1, 4)
    """Things of one kind side by side."""
    deep: _Levels = (1, 3)
    """Things one behind another."""
    gaps: Fraction = 0.2
    """Chance of an empty place where a group could stand: sold out."""
    material: tuple[Literal["wood", "metal", "plastic"], ...] = ("metal", "wood", "plastic")
    """Of the boards, one per world."""
