"""The list of things a scene may hold: every shape there is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from seedbed.scenes.models.goods import Card, Die
from seedbed.scenes.models.solids import Ball, Box, Clutter, Cone, Pillow
from seedbed.scenes.models.street import Barrier, Car, Drum, House, Lamp, Person, Sign, Tree

Object = Annotated[
    Cone | Pillow | Box | Ball | Die | Card | Clutter | House | Tree | Car | Person | Lamp | Sign | Barrier | Drum,
    Field(discriminator="shape"),
]
