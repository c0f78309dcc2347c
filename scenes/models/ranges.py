"""Numbers and ranges a scene file is made of, with their bounds and units."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError


def rising(pair: tuple[float, float]) -> tuple[float, float]:
    """A range that runs upward.

    Raises:
        PydanticCustomError: low lies above high.
    """
    if pair[0] > pair[1]:
        raise PydanticCustomError(
            "range", "the range runs backwards", {"allowed": f"low before high, such as [{pair[1]}, {pair[0]}]"}
        )
    return pair


def some(items: tuple[Any, ...]) -> tuple[Any, ...]:
    """A list with something in it.

    Raises:
        PydanticCustomError: it is empty.
    """
    if not items:
        raise PydanticCustomError("some", "the list is empty", {"allowed": "at least one item"})
    return items


Fraction = Annotated[float, Field(ge=0, le=1)]
Length = Annotated[float, Field(gt=0, le=20)]
Count = Annotated[int, Field(ge=0, le=60)]
Hue = Annotated[float, Field(ge=0, le=720)]
Fov = Annotated[float, Field(ge=5, le=120)]
Rise = Annotated[float, Field(ge=0, le=90)]
Roll = Annotated[float, Field(ge=-180, le=180)]
Turn = Annotated[float, Field(ge=-360, le=360)]
Ratio = Annotated[float, Field(ge=0.2, le=5)]
Kelvin = Annotated[float, Field(ge=1500, le=20000)]
Strength = Annotated[float, Field(ge=0, le=10)]
Pixels = Annotated[float, Field(ge=0, le=64)]
Stop = Annotated[float, Field(ge=-4, le=4)]
Quality = Annotated[int, Field(ge=5, le=100)]
Size = Annotated[int, Field(ge=32, le=4096)]

Lengths = Annotated[tuple[Length, Length], AfterValidator(rising)]
Counts = Annotated[tuple[Count, Count], AfterValidator(rising)]
Hues = Annotated[tuple[Hue, Hue], AfterValidator(rising)]
Fractions = Annotated[tuple[Fraction, Fraction], AfterValidator(rising)]
Fovs = Annotated[tuple[Fov, Fov], AfterValidator(rising)]
Rises = Annotated[tuple[Rise, Rise], AfterValidator(rising)]
Rolls = Annotated[tuple[Roll, Roll], AfterValidator(rising)]
Turns = Annotated[tuple[Turn, Turn], AfterValidator(rising)]
Ratios = Annotated[tuple[Ratio, Ratio], AfterValidator(rising)]
Kelvins = Annotated[tuple[Kelvin, Kelvin], AfterValidator(rising)]
Strengths = Annotated[tuple[Strength, Strength], AfterValidator(rising)]
PixelRange = Annotated[tuple[Pixels, Pixels], AfterValidator(rising)]
Stops = Annotated[tuple[Stop, Stop], AfterValidator(rising)]
Qualities = Annotated[tuple[Quality, Quality], AfterValidator(rising)]
Name = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[\w][\w .-]*$")]
