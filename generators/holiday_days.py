"""Public holidays as days, from the holidays package; looked up where a plan is compiled, never in workers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from types import MappingProxyType

from seedbed.generators.calendars import day_number


@lru_cache(maxsize=64)
def holiday_days(code: str, first_year: int, last_year: int) -> Mapping[int, str]:
    """The public holidays of a country or subdivision.

    Args:
        code: such as `CA` or `CA-QC`, known to the holidays package.
        first_year: of the days wanted.
        last_year: of the days wanted, included.

    Returns:
        Day number to the holiday's name, rising. Holidays moved to a working day count on the day they are kept as
        well as on their own, where the country does so.
    """
    import holidays

    from seedbed.rules.holiday_codes import load_country

    country, _, part = code.partition("-")
    load_country(country)
    years = range(max(first_year, dt.MINYEAR), min(last_year, dt.MAXYEAR) + 1)
    found = holidays.country_holidays(country, subdiv=part or None, years=years, expand=False)
    days = ((day_number(day), str(name)) for day, name in sorted(found.items()))
    return MappingProxyType(dict(days))
