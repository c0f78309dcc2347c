"""A column's effects over the calendar as curves to draw: day by day, and over the hours of a day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.generators import calendars
from seedbed.generators.clocks import HourCurve
from seedbed.generators.effect_tables import EffectTables
from seedbed.generators.quantiles import Floats
from seedbed.rules.book import Book
from seedbed.rules.effects import CalendarEffect, HourEffect
from seedbed.rules.scope import sources_of, watched_date
from seedbed.rules.sources import DateRange, DatetimeRange

QUARTER = 15
"""Minutes between two points of the curve over a day."""


@dataclass(frozen=True)
class Curves:
    """Factors of one source of a column, all 1 where nothing differs.

    Attributes:
        when: condition of the branch of `cases` they belong to; empty for the column itself, `otherwise` for the rest.
        days: (D,) datetime64[D], every day of the span.
        by_day: (D,) factors of each effect of days, by its name: weekday, month, season, holiday, trend.
        minutes: (96,) minutes since midnight of the local clock, one each quarter of an hour.
        by_hour: (96,) factors of each `hour`; empty where the hours do not differ.
        holidays: names of the days in the span that a `holiday` counts as holidays.
    """

    when: str
    days: NDArray[np.datetime64]
    by_day: Mapping[str, Floats]
    minutes: NDArray[np.int64]
    by_hour: Mapping[str, Floats]
    holidays: Mapping[dt.date, str]

    @property
    def day(self) -> Floats:
        """(D,) all factors of days multiplied."""
        return np.asarray(np.prod([np.ones(len(self.days)), *self.by_day.values()], axis=0))

    @property
    def hour(self) -> Floats:
        """(96,) all factors of hours multiplied."""
        return np.asarray(np.prod([np.ones(len(self.minutes)), *self.by_hour.values()], axis=0))


def calendar_curves(book: Book, table: str, column: str) -> tuple[Curves, ...]:
    """What a column's effects make of the calendar.

    A date shows how dense its own values lie over its range; a number shows the factors of its typical value over
    the book's period, or, in a book without one, over the range of the date it looks at.

    Args:
        book: a checked book.
        table: of the column.
        column: its name.

    Returns:
        One for the column, or one for each branch of its `cases`; those without effects of the calendar are left out.
    """
    tables = EffectTables(book)
    model = book.tables[table].columns[column]
    found = []
    for _, source in sources_of(model):
        effects = [effect for effect in getattr(source, "effects", ()) if isinstance(effect, CalendarEffect)]
        if effects:
            low, high = _span(tables, table, source, effects[0])
            when = getattr(source, "when", None) or ("" if source is model else "otherwise")
            found.append(_curves(tables, when, effects, low, high))
    return tuple(found)


def _span(tables: EffectTables, table: str, source: Any, effect: CalendarEffect) -> tuple[dt.date, dt.date]:
    period = tables.book.period
    if isinstance(source, DateRange | DatetimeRange):
        low, high = source.bounds(period)
        last = high - dt.timedelta(microseconds=1) if isinstance(high, dt.datetime) else high
        return _day(low), _day(last)
    if period is not None:
        return period.start, period.end
    watched = watched_date(tables.book.tables[table], effect)
    assert watched is not None
    first, last_year = tables.years_of(table, watched)
    return dt.date(first, 1, 1), dt.date(last_year, 12, 31)


def _day(moment: dt.date) -> dt.date:
    return moment.date() if isinstance(moment, dt.datetime) else moment


def _curves(tables: EffectTables, when: str, effects: list[CalendarEffect], low: dt.date, high: dt.date) -> Curves:
    numbers = np.arange(calendars.day_number(low), calendars.day_number(high) + 1)
    years = (low.year, high.year)
    by_day, by_hour = {}, {}
    for name, effect in _named(effects):
        if isinstance(effect, HourEffect):
            by_hour[name] = HourCurve(effect.points).minutes[::QUARTER]
        else:
            by_day[name] = calendars.factor_of_days(tables.of_days(effect, years), numbers)
    holidays: dict[dt.date, str] = {}
    if any(effect.kind == "holiday" for effect in effects):
        known = {dt.date(1970, 1, 1) + dt.timedelta(days=day): name for day, name in tables.holidays(years).items()}
        holidays = {day: name for day, name in known.items() if low <= day <= high}
    minutes = np.arange(0, 1440, QUARTER)
    return Curves(when, numbers.astype("datetime64[D]"), by_day, minutes, by_hour, holidays)


def _named(effects: list[CalendarEffect]) -> Iterator[tuple[str, CalendarEffect]]:
    """Effects by their kind; a second one of a kind is `season 2`."""
    counts: dict[str, int] = {}
    for effect in effects:
        count = counts[effect.kind] = counts.get(effect.kind, 0) + 1
        yield (effect.kind if count == 1 else f"{effect.kind} {count}"), effect
