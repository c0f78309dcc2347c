"""Light: the sun or main light, light from all around, lamps."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.scenes.models.ranges import Kelvins, Lengths, Strengths, rising

_Elevation = Annotated[float, Field(ge=-18, le=90)]
_Turn = Annotated[float, Field(ge=-360, le=720)]
_Hour = Annotated[float, Field(ge=0, le=24)]
_Day = Annotated[float, Field(ge=1, le=365)]
_LampCount = Annotated[int, Field(ge=0, le=16)]
Elevations = Annotated[tuple[_Elevation, _Elevation], AfterValidator(rising)]
Azimuths = Annotated[tuple[_Turn, _Turn], AfterValidator(rising)]
Hours = Annotated[tuple[_Hour, _Hour], AfterValidator(rising)]
LampCounts = Annotated[tuple[_LampCount, _LampCount], AfterValidator(rising)]
Days = Annotated[tuple[_Day, _Day], AfterValidator(rising)]


class Sun(Model):
    """The main light: sun, lamp or window. Its place is told by `elevation` and `azimuth`, or by `time`."""

    elevation: Elevations = (20, 80)
    """Degrees above the horizon; from 0 down to -18 dusk goes over into night."""
    azimuth: Azimuths = (0, 360)
    """Compass direction the light comes from, degrees: 0 north (+y), 90 east (+x). Above 360 wraps."""
    time: Hours | None = None
    """Solar time instead of elevation and azimuth, hours: 12 is noon. A low sun is then weaker and more orange."""
    latitude: float = Field(default=48, ge=-90, le=90)
    """Degrees north, for `time`."""
    day: Days = (1, 365)
    """Day of the year, for `time`: 172 is the longest one in the north."""
    temperature: Kelvins = (3000, 7500)
    """Colour temperature in kelvin: low is orange, high is blue."""
    strength: Strengths = (0.5, 1.3)
    """1 exposes a white wall facing the light to white."""

    @model_validator(mode="after")
    def _one_way(self) -> Sun:
        both = sorted({"elevation", "azimuth"} & self.model_fields_set)
        if self.time is not None and both:
            words = f"'time' says where the sun stands, and so does '{both[0]}'"
            raise PydanticCustomError("sun", "{words}", {"words": words, "allowed": "time, or elevation and azimuth"})
        alone = sorted({"latitude", "day"} & self.model_fields_set)
        if self.time is None and alone:
            raise PydanticCustomError("sun", "'{key}' is of use with 'time' only", {"key": alone[0]})
        return self


class Lamps(Model):
    """Small lights over the things, at other places in every frame. They throw no shadows."""

    count: LampCounts = (1, 4)
    """How many."""
    height: Lengths = (2.2, 4)
    """Metres above the ground."""
    temperature: Kelvins = (2700, 6000)
    """Colour temperature in kelvin; all lamps of a frame have nearly the same."""
    strength: Strengths = (0.3, 1)
    """Light on the ground right beneath one of them, on the scale of the sun's strength."""
    when: Literal["always", "dark"] = "always"
    """dark: only lit where the sun has set or is about to."""


class LightModel(Model):
    """Light."""

    sun: Sun = Sun()
    ambient: Strengths = (0.25, 0.7)
    """Light from all around by day, on the same scale as the sun's strength."""
    shadows: bool = True
    lamps: Lamps | None = None
    """Left out: none but those that things of the scene bring with them."""
