"""Effects: what multiplies the typical value of a column, or the density of its dates.

All effects of a column multiply each other. On a date or datetime column they say how dense its values lie over the
calendar, so there only those of the calendar make sense: weekday, month, season, holiday, trend, and hour for
datetimes. On a number they multiply the typical value; those of the calendar look at a date of the row then.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

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


class Months(Model):
    """A factor for each month; months left out keep 1."""

    jan: Factor = Field(default=1.0, examples=[1.0])
    """Factor in January."""
    feb: Factor = Field(default=1.0, examples=[1.0])
    """Factor in February."""
    mar: Factor = Field(default=1.0, examples=[1.0])
    """Factor in March."""
    apr: Factor = Field(default=1.0, examples=[1.0])
    """Factor in April."""
    may: Factor = Field(default=1.0, examples=[1.0])
    """Factor in May."""
    jun: Factor = Field(default=1.0, examples=[1.0])
    """Factor in June."""
    jul: Factor = Field(default=1.0, examples=[1.0])
    """Factor in July."""
    aug: Factor = Field(default=1.0, examples=[1.0])
    """Factor in August."""
    sep: Factor = Field(default=1.0, examples=[1.0])
    """Factor in September."""
    oct: Factor = Field(default=1.0, examples=[1.0])
    """Factor in October."""
    nov: Factor = Field(default=1.0, examples=[1.0])
    """Factor in November."""
    dec: Factor = Field(default=1.0, examples=[2.0])
    """Factor in December."""

    @property
    def factors(self) -> tuple[float, ...]:
        """The twelve factors, January first."""
        return tuple(getattr(self, name) for name in type(self).model_fields)

    @model_validator(mode="after")
    def _some_month(self) -> Months:
        if not any(self.factors):
            raise PydanticCustomError("no_month", "every month has factor 0")
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


CLOCK = r"^([01]?[0-9]|2[0-3])(:[0-5][0-9])?$"
Clock = Annotated[str, Field(pattern=CLOCK)]
"""A time of the day: an hour such as 8 or 17, or "HH:MM"."""


def minute_of(clock: str) -> int:
    """Minutes since midnight of a `Clock`."""
    hour, _, minute = clock.partition(":")
    return int(hour) * 60 + int(minute or 0)


class Around(Model):
    """Days beside a holiday, all with the same factor."""

    days: int = Field(ge=1, le=31, examples=[3])
    """How many days."""
    factor: Factor = Field(examples=[1.5])
    """The factor on each of them."""


class Holidays(Model):
    """Factors on public holidays and on the days beside them; other days keep 1.

    A holiday takes `day` alone. A day that lies before one holiday and after another takes both factors.
    """

    day: Factor = Field(default=1.0, examples=[0.1])
    """Factor on the holiday itself."""
    before: Around | None = Field(default=None, examples=[{"days": 3, "factor": 1.5}])
    """The days before a holiday: each of them has the factor."""
    after: Around | None = Field(default=None, examples=[{"days": 2, "factor": 0.8}])
    """The days after a holiday: each of them has the factor."""

    @model_validator(mode="after")
    def _says_something(self) -> Holidays:
        if not self.model_fields_set:
            words = {"allowed": "such as {day: 0.1, before: {days: 3, factor: 1.5}}"}
            raise PydanticCustomError("holiday", "a holiday effect says 'day', 'before' or 'after'", words)
        return self


class Growth(Model):
    """Growth from year to year, compounding."""

    per_year: float = Field(ge=-0.9, le=9, examples=[0.04, -0.1])
    """Growth in a year: 0.04 is 4 % more each year. The factor is 1 on the period's first day and (1 + per_year) to the
    power of the years since then, fractions of a year included; before that day it goes on backwards."""


class Spread(Model):
    """Chance differences between rows."""

    spread: float = Field(gt=0, le=3, examples=[0.1])
    """Standard deviation of the factor's logarithm: with 0.1, two thirds of the factors lie within 0.90 .. 1.11. Half
    of them are above 1, half below."""


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


class CalendarEffect(Model):
    """An effect that looks at a date: on dates the date itself, on numbers that of `by`."""

    kind: ClassVar[str]
    by: Path | None = Field(default=None, examples=["sold_at"])
    """The date or datetime column to look at; needed where the row has not exactly one. Not allowed on dates."""


class WeekdayEffect(CalendarEffect):
    """Days of the week differ."""

    kind: ClassVar[str] = "weekday"
    weekday: Weekdays = Field(examples=[{"sat": 1.35, "sun": 1.2}])
    """Factor for each day of the week; days left out keep 1."""


class MonthEffect(CalendarEffect):
    """Months differ."""

    kind: ClassVar[str] = "month"
    month: Months = Field(examples=[{"dec": 2, "jan": 0.8}])
    """Factor for each month; months left out keep 1."""


class SeasonEffect(CalendarEffect):
    """The year has a wave."""

    kind: ClassVar[str] = "season"
    season: Season = Field(examples=[{"peak": "12-20", "swing": 0.25}])
    """Peak day and swing of the yearly wave."""


class HolidayEffect(CalendarEffect):
    """Public holidays differ; which days those are says `holidays` of the period."""

    kind: ClassVar[str] = "holiday"
    holiday: Holidays = Field(examples=[{"day": 0.1, "before": {"days": 3, "factor": 1.5}}])
    """Factors on the holiday and on the days before and after it."""


class TrendEffect(CalendarEffect):
    """It grows, or shrinks, over the years."""

    kind: ClassVar[str] = "trend"
    trend: Growth = Field(examples=[{"per_year": 0.04}])
    """Growth in a year."""


class HourEffect(CalendarEffect):
    """The day has a curve."""

    kind: ClassVar[str] = "hour"
    hour: dict[Clock, Factor] = Field(examples=[{"8": 0.4, "12": 1.2, "17:30": 1.6, "21": 0.3}], min_length=2)
    """Factors at times of the day, local clock: an hour (0 to 23) or "HH:MM". Straight lines lead from one to the next,
    and from the last past midnight to the first. For datetimes."""

    @property
    def points(self) -> tuple[tuple[int, float], ...]:
        """(minute of the day, factor), rising in time."""
        return tuple(sorted((minute_of(clock), factor) for clock, factor in self.hour.items()))

    @field_validator("hour", mode="before")
    @classmethod
    def _clocks(cls, value: Any) -> Any:
        allowed = {"allowed": 'such as {8: 0.4, 12: 1.2, "17:30": 1.6}: hours from 0 to 23, or "HH:MM"'}
        if not isinstance(value, Mapping):
            raise PydanticCustomError("hour", "hour is a mapping of times of the day to factors", allowed)
        for clock in value:
            if not re.match(CLOCK, str(clock)):
                raise PydanticCustomError("hour", f"{str(clock)[:40]!r} is no time of the day", allowed)
        if len(value) < 2:
            words = "a curve over the day needs two points or more"
            raise PydanticCustomError("hour", words, allowed)
        return value

    @field_validator("hour")
    @classmethod
    def _once(cls, value: dict[str, float]) -> dict[str, float]:
        seen: dict[int, str] = {}
        for clock in value:
            other = seen.setdefault(minute_of(clock), clock)
            if other != clock:
                raise PydanticCustomError("hour", f"{other!r} and {clock!r} are the same time of the day")
        if not any(value.values()):
            raise PydanticCustomError("no_hour", "every hour has factor 0")
        return value


class WhenEffect(Model):
    """Rows where a condition holds differ."""

    when: Condition = Field(examples=[{"if": "promo", "factor": 1.8}])
    """The condition and its factor."""


class PerEffect(Model):
    """Entities differ."""

    per: Per = Field(examples=[{"entity": "store", "spread": 0.2}])
    """The entity and how much its members differ."""


class NoiseEffect(Model):
    """Rows differ by chance."""

    noise: Spread = Field(examples=[{"spread": 0.1}])
    """How much rows differ."""


_DATE_KINDS = ("weekday", "month", "season", "holiday", "trend")
_MOMENT_KINDS = ("weekday", "hour", "month", "season", "holiday", "trend")
_NUMBER_KINDS = (*_MOMENT_KINDS, "when", "per", "noise")
_OF_ROWS = "how dense dates lie over the calendar cannot depend on the row"
_NOT_ON_DATES = {"hour": "a date has no hours, a datetime does", "when": _OF_ROWS, "per": _OF_ROWS, "noise": _OF_ROWS}


def _kind(value: Any) -> str | None:
    for name in _NUMBER_KINDS:
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
        name = str(found[0])
        if name not in kinds:
            why = _NOT_ON_DATES.get(name)
            raise PydanticCustomError(
                "effect",
                f"effect {name!r} does not apply to dates: {why}" if why else f"unknown effect {name!r}",
                {"allowed": words + nearest_hint(name, kinds)},
            )
        return value

    return BeforeValidator(check)


DateEffect = Annotated[
    Annotated[WeekdayEffect, Tag("weekday effect")]
    | Annotated[MonthEffect, Tag("month effect")]
    | Annotated[SeasonEffect, Tag("season effect")]
    | Annotated[HolidayEffect, Tag("holiday effect")]
    | Annotated[TrendEffect, Tag("trend effect")],
    Discriminator(_kind),
    _one_of(_DATE_KINDS),
]
"""Shapes how dense the days of a column are."""

MomentEffect = Annotated[
    Annotated[WeekdayEffect, Tag("weekday effect")]
    | Annotated[HourEffect, Tag("hour effect")]
    | Annotated[MonthEffect, Tag("month effect")]
    | Annotated[SeasonEffect, Tag("season effect")]
    | Annotated[HolidayEffect, Tag("holiday effect")]
    | Annotated[TrendEffect, Tag("trend effect")],
    Discriminator(_kind),
    _one_of(_MOMENT_KINDS),
]
"""Shapes how dense the moments of a column are."""

NumberEffect = Annotated[
    Annotated[WeekdayEffect, Tag("weekday effect")]
    | Annotated[HourEffect, Tag("hour effect")]
    | Annotated[MonthEffect, Tag("month effect")]
    | Annotated[SeasonEffect, Tag("season effect")]
    | Annotated[HolidayEffect, Tag("holiday effect")]
    | Annotated[TrendEffect, Tag("trend effect")]
    | Annotated[WhenEffect, Tag("when effect")]
    | Annotated[PerEffect, Tag("per effect")]
    | Annotated[NoiseEffect, Tag("noise effect")],
    Discriminator(_kind),
    _one_of(_NUMBER_KINDS),
]
"""Multiplies the typical value of a number; all effects of a column multiply each other."""
