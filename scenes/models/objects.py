"""The list of things a scene may hold: every shape there is."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from seedbed.scenes.models.goods import Card, Die
from seedbed.scenes.models.meshes import MeshThing
from seedbed.scenes.models.solids import Ball, Box, Clutter, Cone, Lookalike, Pillow
from seedbed.scenes.models.stores import Barrel, Bottle, Can, Crate, Fruit, Helmet, Mug, Pallet, Shelf
from seedbed.scenes.models.street import Barrier, Car, Drum, House, Lamp, Person, Sign, Tree


def _shaped(value: Any) -> Any:
    """A thing with a mesh needs not say that its shape is one."""
    return {"shape": "mesh", **value} if isinstance(value, dict) and "mesh" in value else value


_Solid = Cone | Pillow | Box | Ball | Clutter | Lookalike
Goods = Die | Card | Bottle | Can | Mug | Fruit | Helmet | Crate | Pallet | Barrel | Shelf
_Street = House | Tree | Car | Person | Lamp | Sign | Barrier | Drum
Object = Annotated[
    _Solid | Goods | _Street | MeshThing,
    Field(discriminator="shape"),
    BeforeValidator(_shaped),
]
