"""The place: layout, ground, what stands behind."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from seedbed.core.documents import Model
from seedbed.scenes.models.backdrops import BackdropItem
from seedbed.scenes.models.layouts import Grid, ShelfLayout, Tray
from seedbed.scenes.models.ranges import Fraction, some
from seedbed.scenes.models.street_layout import StreetModel
from seedbed.scenes.models.surfaces import TextureItems


class Ground(Model):
    """The floor."""

    material: TextureItems = (
        *("tiles", "concrete", "noise", "wood"),
        *("asphalt", "plain", "carpet", "gym"),
    )
    """One is drawn per frame; list one twice to draw it twice as often."""


class WorldModel(Model):
    """The place and how things lie in it."""

    layout: Literal["scatter", "tray", "grid", "shelf", "street"] = "scatter"
    """scatter: dropped from above and left to settle. tray: the same, between four walls. grid: in rows on the ground.
    shelf: in groups on boards. street: things stand where they do along a road."""
    size: float = Field(default=4, ge=0.1, le=30)
    """Side of the square things are dropped into, metres."""
    empty: Fraction = 0.06
    """Chance that a world has distractors only: frames without any label."""
    tray: Tray = Tray()
    """For `layout: tray`."""
    grid: Grid = Grid()
    """For `layout: grid`."""
    shelf: ShelfLayout = ShelfLayout()
    """For `layout: shelf`."""
    ground: Ground = Ground()
    backdrop: Annotated[tuple[BackdropItem, ...], AfterValidator(some)] = ("procedural",)
    """What stands behind, one drawn per frame: `procedural` walls and patterns, a folder of photographs without the
    objects, or a place photographed all around, `{hdri: file}`. Over a street is sky, or the latter."""
    street: StreetModel = StreetModel()
    """The road and what lies beside it, for `layout: street`."""
