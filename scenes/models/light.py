"""Light."""

from __future__ import annotations

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Kelvins, Rises, Strengths


class Sun(Model):
    """The main light: sun, lamp or window."""

    elevation: Rises = (20, 80)
    temperature: Kelvins = (3000, 7500)
    """Colour temperature in kelvin: low is orange, high is blue."""
    strength: Strengths = (0.5, 1.3)
    """1 exposes a white wall facing the light to white."""


class LightModel(Model):
    """Light."""

    sun: Sun = Sun()
    ambient: Strengths = (0.25, 0.7)
    """Light from all around, on the same scale as the sun's strength."""
    shadows: bool = True
