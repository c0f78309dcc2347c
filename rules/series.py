"""Series: numbers that remember, such as what a sensor reports or what stands on a shelf."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.core.words import nearest_hint
from seedbed.rules.effects import Season

_SPANS = {"minute": 60, "hour": 3600, "day": 86_400, "week": 604_800}
_LASTING = re.compile(r"(\d+(?:\.\d+)?) +(minute|hour|day|week|step)s?")
_TIME = r"([01][0-9]|2[0-3]):[0-5][0-9]"
MOVES = ("walk", "revert", "daily", "yearly", "shifts", "noise")
"""What can move a series; at least one of them."""


def seconds_of(text: str, step: float) -> float:
    """How long a text such as `6 hours` or `20 steps` is.

    Args:
        text: as `Revert.half_life` allows it.
        step: seconds of a step.
    """
    found = _LASTING.fullmatch(text)
    assert found is not None
    return float(found[1]) * _SPANS.get(found[2], step)


class Revert(Model):
    """A pull back to the typical value: what went away comes back by half in each half-life."""

    half_life: str = Field(examples=["6 hours", "20 steps"])
    """How long until half of a difference is gone: a number of minutes, hours, days, weeks, or steps (rows)."""
    spread: float = Field(gt=0, examples=[1.5])
    """Standard deviation around the typical value, in the column's unit."""

    @field_validator("half_life", mode="before")
    @classmethod
    def _lasting(cls, value: Any) -> Any:
        found = _LASTING.fullmatch(value) if isinstance(value, str) else None
        if found is None or not float(found[1]):
            word = value.split()[-1] if isinstance(value, str) and value.split() else ""
            hint = nearest_hint(word, [f"{name}s" for name in (*_SPANS, "step")])
            allowed = f"such as 6 hours, 30 minutes, 2 days or 20 steps{hint}"
            raise PydanticCustomError("half_life", "not how long something lasts", {"allowed": allowed})
        return value

    @property
    def in_time(self) -> bool:
        """Whether the half-life is of time, not of steps."""
        return "step" not in self.half_life


class Daily(Model):
    """A wave that comes every day, by the local clock."""

    peak: str = Field(pattern=f"^{_TIME}$", examples=["15:00"])
    """Time of the highest point, HH:MM."""
    swing: float = Field(gt=0, examples=[4])
    """How far the wave goes up, and down twelve hours away, in the column's unit."""

    @field_validator("peak", mode="before")
    @classmethod
    def _of_a_day(cls, value: Any) -> Any:
        if not (isinstance(value, str) and re.fullmatch(_TIME, value)):
            raise PydanticCustomError("time", "not a time of day", {"allowed": 'HH:MM in quotes, such as "15:00"'})
        return value

    @property
    def minutes(self) -> int:
        """The peak in minutes since midnight."""
        hour, minute = self.peak.split(":")
        return int(hour) * 60 + int(minute)


class Yearly(Season):
    """A wave that comes every year."""

    swing: float = Field(gt=0, examples=[8])
    """How far the wave goes up, and down half a year away, in the column's unit."""


class Shifts(Model):
    """Now and then the level jumps and stays there: a device is moved, a wall is built."""

    per_year: float = Field(gt=0, le=1000, examples=[2])
    """How often, on average."""
    size: float = Field(gt=0, examples=[5])
    """Standard deviation of the new level around the typical value, in the column's unit."""


class Series(Model):
    """State over time of each entity: all that moves it is added up, and turned back at the ends of the range."""

    range: tuple[float, float] = Field(examples=[[-5, 45]])
    """Smallest and largest value that can occur; what would go beyond is mirrored back."""
    typical: float | None = Field(default=None, examples=[18])
    """The value that all moves around; without it each entity has one of its own, anywhere in the range."""
    walk: float | None = Field(default=None, gt=0, examples=[0.02])
    """Random walk: standard deviation of the change from one step to the next. It never comes back by itself."""
    revert: Revert | None = Field(default=None, examples=[{"half_life": "6 hours", "spread": 1.5}])
    """Differences from the typical value that come back with time."""
    daily: Daily | None = Field(default=None, examples=[{"peak": "15:00", "swing": 4}])
    """A wave over the day."""
    yearly: Yearly | None = Field(default=None, examples=[{"peak": "07-25", "swing": 8}])
    """A wave over the year."""
    shifts: Shifts | None = Field(default=None, examples=[{"per_year": 2, "size": 5}])
    """Jumps of the level."""
    noise: float | None = Field(default=None, gt=0, examples=[0.1])
    """Standard deviation of what each value has of its own, such as an error of measurement."""

    @field_validator("range", mode="before")
    @classmethod
    def _pair(cls, value: Any) -> Any:
        if isinstance(value, tuple | list) and len(value) != 2:
            words = "a range has two values, the smallest and the largest"
            raise PydanticCustomError("range", words, {"allowed": "such as [1, 50]"})
        return value

    @field_validator("range")
    @classmethod
    def _order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[0] >= value[1]:
            words = "the range is empty" if value[0] == value[1] else "the range is reversed"
            raise PydanticCustomError("range", words, {"allowed": "the smaller value first"})
        return value

    @model_validator(mode="after")
    def _moves(self) -> Series:
        if self.typical is not None and not self.range[0] <= self.typical <= self.range[1]:
            allowed = f"{self.range[0]} to {self.range[1]}"
            raise PydanticCustomError("outside", "typical lies outside the range", {"allowed": allowed})
        if all(getattr(self, move) is None for move in MOVES):
            allowed = f"at least one of {', '.join(MOVES)}"
            raise PydanticCustomError("still", "nothing moves this series", {"allowed": allowed})
        return self
