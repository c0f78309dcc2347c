"""From effects of the calendar to factors: of every day, and over the hours of a day.

Read where a plan is compiled, as the compiler is: it knows the rule book's models.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from seedbed.generators import calendars
from seedbed.generators.clocks import HourCurve, product
from seedbed.generators.holiday_days import holiday_days
from seedbed.generators.quantiles import Floats
from seedbed.rules.book import Book
from seedbed.rules.effects import (
    CalendarEffect,
    HolidayEffect,
    HourEffect,
    MonthEffect,
    SeasonEffect,
    TrendEffect,
    WeekdayEffect,
)
from seedbed.rules.scope import resolve, sources_of
from seedbed.rules.sources import DateRange, DatetimeRange


@dataclass(frozen=True)
class EffectTables:
    """Tables of a book's calendar effects.

    Attributes:
        book: with the period they count from and whose holidays count.
    """

    book: Book

    def of_days(self, effect: CalendarEffect, years: tuple[int, int]) -> Floats:
        """Factor of every day for `calendars.factor_of_days`.

        Args:
            effect: weekday, month, season, holiday or trend.
            years: first and last in which holidays are looked up.
        """
        period = self.book.period
        match effect:
            case WeekdayEffect():
                return calendars.weekday_factors(effect.weekday.factors)
            case MonthEffect():
                return calendars.month_factors(effect.month.factors)
            case SeasonEffect():
                return calendars.season_factors(*effect.season.month_day, effect.season.swing)
            case TrendEffect():
                assert period is not None
                return calendars.trend_factors(period.start, effect.trend.per_year)
            case HolidayEffect():
                beside = [
                    (one.days, one.factor) if one else None for one in (effect.holiday.before, effect.holiday.after)
                ]
                return calendars.holiday_factors(self.holidays(years), effect.holiday.day, *beside)
        raise TypeError(f"no days in {type(effect).__name__}")

    def holidays(self, years: tuple[int, int]) -> Mapping[int, str]:
        """The book's public holidays by day number, from a year before to a year after."""
        period = self.book.period
        assert period is not None
        assert period.holidays is not None
        return holiday_days(period.holidays, years[0] - 1, years[1] + 1)

    def density(
        self, effects: Iterable[CalendarEffect], low: dt.date, high: dt.date
    ) -> tuple[Floats | None, HourCurve | None]:
        """What effects make of the days from low to high, and of the hours of a day; None where nothing."""
        days: Floats | None = None
        curves = []
        for effect in effects:
            if isinstance(effect, HourEffect):
                curves.append(HourCurve(effect.points))
            else:
                table = self.of_days(effect, (low.year, high.year))
                days = table if days is None else days * table
        return days, product(curves)

    def years_of(self, table: str, path: str) -> tuple[int, int]:
        """The years a date column that a number looks at may show: of its ranges, and of the period."""
        period = self.book.period
        found = [] if period is None else [period.start.year, period.end.year]
        seen = resolve(self.book, table, path)
        assert seen is not None
        for _, source in sources_of(seen.column):
            if isinstance(source, DateRange | DatetimeRange):
                found += [day.year for day in source.bounds(period)]
        return min(found), max(found)
