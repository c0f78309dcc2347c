"""The list of things a scene may hold: every shape there is."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from seedbed.scenes.models.solids import Ball, Box, Clutter, Cone, Pillow

Object = Annotated[Cone | Pillow | Box | Ball | Clutter, Field(discriminator="shape")]
