"""Days, time zones and how dense moments lie in time.

Moments are milliseconds since 1970-01-01 UTC throughout; days are days since 1970-01-01 of the local calendar.
"""

from __future__ import annotations

import datetime as dt
from calendar import isleap
from collections.abc import Collection, Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import DAY as DAY
from seedbed.core.zones import FIRST_DAY, LAST_DAY, Moments
from seedbed.core.zones import Zone as Zone
from seedbed.core.zones import day_number as day_number
from seedbed.generators.quantiles import pert_cdf, rising, rounded

Days = NDArray[np.int64]
Factors = NDArray[np.float64]

_LEAST_PIECES = 2048


def weekday_factors(factors: Sequence[float]) -> Factors:
    """Factor of every day from 1700 to 2201, from seven, Monday first."""
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    return np.asarray(factors, dtype=np.float64)[(days + 3) % 7]


def month_factors(factors: Sequence[float]) -> Factors:
    """Factor of every day from 1700 to 2201, from twelve, January first."""
    days = np.arange(FIRST_DAY, LAST_DAY + 1).astype("datetime64[D]")
    months = days.astype("datetime64[M]").astype(np.int64) % 12
    return np.asarray(factors, dtype=np.float64)[months]


@lru_cache(maxsize=16)
def season_factors(month: int, day: int, swing: float) -> Factors:
    """Factor of every day from 1700 to 2201: `1 + swing cos(2 pi (d - peak) / year)`.

    Years have their own length, 365 or 366 days; a peak on 29 February is the 60th day.
    """
    out = []
    for year in range(1700, 2202):
        length = dt.date(year + 1, 1, 1).toordinal() - dt.date(year, 1, 1).toordinal()
        peak = dt.date(2000 if length == 366 else 2001, month, min(day, 28 if (month, length) == (2, 365) else 31))
        phase = (np.arange(length) - (peak.timetuple().tm_yday - 1)) / length
        out.append(1 + swing * np.cos(2 * np.pi * phase))
    table = rounded(np.concatenate(out))
    table.setflags(write=False)
    return table


def holiday_factors(
    holidays: Collection[int], day: float, before: tuple[int, float] | None, after: tuple[int, float] | None
) -> Factors:
    """Factor of every day from 1700 to 2201: on holidays, on the days before and after one, 1 on others.

    Args:
        holidays: day numbers.
        day: factor on a holiday; nothing else counts there.
        before: how many days before a holiday have which factor.
        after: how many days after a holiday have which factor.

    Returns:
        (D,) factors; a day before one holiday and after another has the product.
    """
    known = np.array([number - FIRST_DAY for number in holidays if FIRST_DAY <= number <= LAST_DAY], dtype=np.int64)
    factors = np.ones(LAST_DAY - FIRST_DAY + 1)
    for sign, beside in ((-1, before), (1, after)):
        if beside is not None:
            near = (known[:, None] + sign * np.arange(1, beside[0] + 1)[None, :]).ravel()
            here = rising(near[(near >= 0) & (near < len(factors))])
            factors[here] *= beside[1]
    factors[known] = day
    return factors


def trend_factors(start: dt.date, per_year: float) -> Factors:
    """Factor of every day from 1700 to 2201: `(1 + per_year) ** years`, years counted from `start`.

    Exactly a power of 1 + per_year on each anniversary; between two of them the exponent rises by equal parts a day.
    Held within a billionth and a billion.
    """
    years = np.arange(1699, 2203)
    marks = [day_number(_anniversary(start, int(year))) for year in years]
    exponent = np.interp(np.arange(FIRST_DAY, LAST_DAY + 1), marks, years - start.year)
    return rounded(np.exp(np.clip(np.log1p(per_year) * exponent, np.log(1e-9), np.log(1e9))))


def _anniversary(start: dt.date, year: int) -> dt.date:
    leap = (start.month, start.day) == (2, 29)
    return dt.date(year, start.month, 28 if leap and not isleap(year) else start.day)


def factor_of_days(factors: Factors, days: Days) -> Factors:
    """Looks days up in a table of factors of every day, such as `weekday_factors`."""
    return factors[np.clip(days, FIRST_DAY, LAST_DAY) - FIRST_DAY]


def day_weights(first: int, last: int, mode: int | None, factors: Factors | None) -> Factors:
    """How often each day of [first, last] occurs, up to a constant.

    Args:
        first: day number.
        last: day number, included.
        mode: most likely day (PERT over the whole days), or None for equally likely days.
        factors: table of factors, or None.

    Returns:
        (last - first + 1,) weights.
    """
    count = last - first + 1
    weights = np.ones(count)
    if mode is not None:
        weights = masses(np.arange(count + 1) / count, (mode - first + 0.5) / count)
    if factors is not None:
        weights = weights * factor_of_days(factors, np.arange(first, last + 1))
    return weights


def masses(edges: Factors, mode: float) -> Factors:
    """Mass of a unit PERT distribution between (N + 1,) edges in [0, 1]: (N,), 0 or more."""
    return rounded(np.maximum(np.diff(pert_cdf(edges, mode)), 0.0), bits=50)


def pieces(
    zone: Zone, low: dt.datetime, high: dt.datetime, mode: dt.datetime | None, factors: Factors
) -> tuple[Moments, Moments, Factors]:
    """Cuts [low, high) into pieces of constant density: local days, and finer ones where a mode bends the density.

    Args:
        zone: of the local times.
        low: first moment, local.
        high: end, local, excluded.
        mode: most likely moment, or None.
        factors: table of day factors.

    Returns:
        (P,) start in ms UTC, (P,) length in whole seconds (1 or more), (P,) weight.
    """
    first, last = day_number(low), day_number(high - dt.timedelta(microseconds=1))
    days = np.arange(first, last + 1)
    begin, end = zone.moment(low), zone.moment(high)
    starts = np.clip(zone.to_utc(days * DAY), begin, end)
    stops = np.append(starts[1:], end)
    weights = factor_of_days(factors, days)
    parts = 1 if mode is None else -(-_LEAST_PIECES // len(days))
    if parts > 1:
        cuts = starts[:, None] + (stops - starts)[:, None] * np.arange(parts)[None, :] // parts // 1000 * 1000
        starts, weights = np.maximum(cuts, starts[:, None]).ravel(), np.repeat(weights, parts)
        stops = np.append(starts[1:], end)
    lengths = (stops - starts) // 1000
    if mode is None:
        weights = weights * lengths
    else:
        edges = (np.append(starts, end) - begin) / max(end - begin, 1)
        weights = weights * masses(edges, (zone.moment(mode) - begin) / max(end - begin, 1))
    real = lengths > 0
    if not real.any():
        return np.array([begin]), np.array([1]), np.array([1.0])
    return starts[real], lengths[real], weights[real]
