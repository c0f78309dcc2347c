"""Effects: what multiplies the typical value of a column, or the density of its dates."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.core.words import nearest_hint

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Names of the days as `weekday` spells them; the position is `date.weekday()`."""

Factor = Annotated[float, Field(ge=0, le=1000)]
Path = Annotated[str, Field(pattern=r"^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$")]
"""A column of the row, or of a parent through the reference column that leads to it (`order.placed_at`)."""


class Weekdays(Model):
    """A factor for each day of the week; days left out keep 1."""

    mon: Factor = Field(default=1.0, examples=[1.0])
    """Factor on Mondays."""
    tue: Factor = Field(default=1.0, examples=[1.0])
    """Factor on Tuesdays."""
    wed: Factor = Field(default=1.0, examples=[1.0])
    """Factor on Wednesdays."""
    thu: Factor = Field(default=1.0, examples=[1.05])
    """Factor on Thursdays."""
    fri: Factor = Field(default=1.0, examples=[1.2])
    """Factor on Fridays."""
    sat: Factor = Field(default=1.0, examples=[1.35])
    """Factor on Saturdays."""
    sun: Factor = Field(default=1.0, examples=[0.8])
    """Factor on Sundays."""

    @property
    def factors(self) -> tuple[float, ...]:
        """The seven factors, Monday first."""
        return (self.mon, self.tue, self.wed, self.thu, self.fri, self.sat, self.sun)

    @model_validator(mode="after")
    def _some_day(self) -> Weekdays:
        if not any(self.factors):
            raise PydanticCustomError("no_day", "every day has factor 0")
        return self


class Season(Model):
    """A yearly wave: the factor at day d is `1 + swing * cos(2 pi (d - peak) / year)`."""

    peak: str = Field(pattern=r"^(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$", examples=["12-20"])
    """The strongest day of the year, MM-DD."""
    swing: float = Field(ge=0, le=1, examples=[0.25])
    """How far the factor moves: 0.25 goes from 0.75, half a year away, to 1.25 at the peak."""

    @property
    def month_day(self) -> tuple[int, int]:
        """The peak as numbers."""
        month, day = self.peak.split("-")
        return int(month), int(day)

    @field_validator("peak", mode="before")
    @classmethod
    def _a_day(cls, peak: Any) -> Any:
        if isinstance(peak, str):
            try:
                dt.date.fromisoformat(f"2024-{peak}")  # a leap year, so that 02-29 is a day
            except ValueError:
                words = "not a day of the year"
                raise PydanticCustomError("no_such_day", words, {"allowed": "MM-DD, such as 12-20"}) from None
        return peak


class Condition(Model):
    """A factor for the rows where something holds."""

    if_: str = Field(alias="if", min_length=1, examples=["promo", "product.category = 'dairy' and promo"])
    """SQL condition over this row and its parents; where it is missing (null) it does not hold."""
    factor: Factor = Field(examples=[1.8])
    """What the typical value is multiplied by where the condition holds."""


class Per(Model):
    """A factor of its own for each entity: some stores simply sell more."""

    entity: str = Field(examples=["store"])
    """A reference column of this table."""
    spread: float = Field(gt=0, le=3, examples=[0.2])
    """Standard deviation of the factor's logarithm: with 0.2, two thirds of the entities lie within 0.82 .. 1.22."""


class WeekdayEffect(Model):
    """Days of the week differ."""

    weekday: Weekdays = Field(examples=[{"sat": 1.35, "sun": 1.2}])
    """Factor for each day of the week; days left out keep 1."""
    by: Path | None = Field(default=None, examples=["sold_at"])
    """The date or datetime column to look at; needed where the row has not exactly one. Not allowed on dates."""


class SeasonEffect(Model):
    """The year has a wave."""

    season: Season = Field(examples=[{"peak": "12-20", "swing": 0.25}])
    """Peak day and swing of the yearly wave."""
    by: Path | None = Field(default=None, examples=["sold_at"])
    """The date or datetime column to look at; needed where the row has not exactly one. Not allowed on dates."""


class WhenEffect(Model):
    """Rows where a condition holds differ."""

    when: Condition = Field(examples=[{"if": "promo", "factor": 1.8}])
    """The condition and its factor."""


class PerEffect(Model):
    """Entities differ."""

    per: Per = Field(examples=[{"entity": "store", "spread": 0.2}])
    """The entity and how much its members differ."""


_NUMBER_EFFECTS = ("weekday", "season", "when", "per")
_DATE_EFFECTS = ("weekday", "season")


def _kind(value: Any) -> str | None:
    for name in _NUMBER_EFFECTS:
        if name in value if isinstance(value, Mapping) else hasattr(value, name):
            return f"{name} effect"
    return None


def _one_of(kinds: tuple[str, ...]) -> BeforeValidator:
    words = ", ".join(kinds)

    def check(value: Any) -> Any:
        if isinstance(value, Model):
            return value
        if not isinstance(value, Mapping):
            raise PydanticCustomError(
                "effect", "an effect is a mapping such as {weekday: {sat: 1.3}}", {"allowed": f"one of {words}"}
            )
        found = [name for name in value if name != "by"]
        if len(found) != 1:
            raise PydanticCustomError(
                "effect", "an item of effects has exactly one kind; put each in an item of its own", {"allowed": words}
            )
        if found[0] not in kinds:
            other = found[0] in _NUMBER_EFFECTS
            raise PydanticCustomError(
                "effect",
                f"effect {found[0]!r} does not apply to dates" if other else f"unknown effect {found[0]!r}",
                {"allowed": words + nearest_hint(str(found[0]), kinds)},
            )
        return value

    return BeforeValidator(check)


DateEffect = Annotated[
    Annotated[WeekdayEffect, Tag("weekday effect")] | Annotated[SeasonEffect, Tag("season effect")],
    Discriminator(_kind),
    _one_of(_DATE_EFFECTS),
]
"""Shapes how dense the dates of a column are."""

NumberEffect = Annotated[
    Annotated[WeekdayEffect, Tag("weekday effect")]
    | Annotated[SeasonEffect, Tag("season effect")]
    | Annotated[WhenEffect, Tag("when effect")]
    | Annotated[PerEffect, Tag("per effect")],
    Discriminator(_kind),
    _one_of(_NUMBER_EFFECTS),
]
"""Multiplies the typical value of a number; all effects of a column multiply each other."""
