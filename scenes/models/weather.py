"""Weather."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Fraction, Fractions, rising

_Density = Annotated[float, Field(ge=0, le=5)]
Densities = Annotated[tuple[_Density, _Density], AfterValidator(rising)]


class WeatherModel(Model):
    """Weather. Left out: clear and dry."""

    clear: Fraction = 0
    """Chance of a frame without any weather."""
    fog: Densities | None = None
    """Share of the light lost per metre, as a density: things fade out of sight after about 4 / density metres, so 0.01
    is haze down a street and 0.2 smoke in a hall. Thin fog is drawn more often than thick."""
    rain: Fractions | None = None
    """Drops in the air: 0 none, 1 a downpour. Rain brings clouds, and wets the ground."""
    wet: Fractions | None = None
    """How wet the ground is: 0 dry, 0.5 dark and damp, 1 puddles. Left out: as the rain makes it."""
    overcast: Fractions | None = None
    """Clouds: 0 a clear sky, 1 no sun and no shadows. Left out: as the rain makes it."""
