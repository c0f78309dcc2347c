"""The place: layout, ground, what stands behind."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag

from seedbed.core.documents import Model
from seedbed.scenes.models.backdrops import BackdropItem
from seedbed.scenes.models.folders import Folder
from seedbed.scenes.models.ranges import Fraction, some
from seedbed.scenes.models.street_layout import StreetModel


def _named_or_folder(value: Any) -> str:
    """One problem per wrong item, not one per way it could have been meant."""
    return "named" if isinstance(value, str) else "pictures"


_Pictures = Annotated[Folder, Tag("pictures")]
GroundMaterial = Literal["tiles", "concrete", "noise", "wood", "asphalt", "plain", "carpet", "gym"]
GroundItem = Annotated[Annotated[GroundMaterial, Tag("named")] | _Pictures, Discriminator(_named_or_folder)]


class Ground(Model):
    """The floor."""

    material: Annotated[tuple[GroundItem, ...], AfterValidator(some)] = (
        *("tiles", "concrete", "noise", "wood"),
        *("asphalt", "plain", "carpet", "gym"),
    )
    """One is drawn per frame; list one twice to draw it twice as often."""


class WorldModel(Model):
    """The place and how things lie in it."""

    layout: Literal["scatter", "street"] = "scatter"
    """scatter: dropped from above and left to settle. street: things stand where they do along a road."""
    size: float = Field(default=4, ge=0.5, le=30)
    """Side of the square things are dropped into, metres."""
    clusters: Fraction = 0.35
    """Chance that a world's objects are dropped close together instead of apart."""
    empty: Fraction = 0.06
    """Chance that a world has distractors only: frames without any label."""
    ground: Ground = Ground()
    backdrop: Annotated[tuple[BackdropItem, ...], AfterValidator(some)] = ("procedural",)
    """What stands behind, one drawn per frame: `procedural` walls and patterns, a folder of photographs without the
    objects, or a place photographed all around, `{hdri: file}`. Over a street is sky, or the latter."""
    street: StreetModel = StreetModel()
    """The road and what lies beside it, for `layout: street`."""
