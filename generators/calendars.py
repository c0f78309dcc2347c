"""Days, time zones and how dense moments lie in time.

Moments are milliseconds since 1970-01-01 UTC throughout; days are days since 1970-01-01 of the local calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import DAY as DAY
from seedbed.core.zones import FIRST_DAY, LAST_DAY, Moments
from seedbed.core.zones import Zone as Zone
from seedbed.core.zones import day_number as day_number
from seedbed.generators.quantiles import pert_cdf, rounded

Days = NDArray[np.int64]
Factors = NDArray[np.float64]

_LEAST_PIECES = 2048


def weekday_factors(factors: Sequence[float]) -> Factors:
    """Factor of every day from 1700 to 2201, from seven, Monday first."""
    days = np.arange(FIRST_DAY, LAST_DAY + 1)
    return np.asarray(factors, dtype=np.float64)[(days + 3) % 7]


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
    return rounded(np.concatenate(out))


def factor_of_days(factors: Factors, days: Days) -> Factors:
    """Looks days up in a table of `weekday_factors` or `season_factors`."""
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
        weights = _masses(np.arange(count + 1) / count, (mode - first + 0.5) / count)
    if factors is not None:
        weights = weights * factor_of_days(factors, np.arange(first, last + 1))
    return weights


def _masses(edges: Factors, mode: float) -> Factors:
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
        weights = weights * _masses(edges, (zone.moment(mode) - begin) / max(end - begin, 1))
    real = lengths > 0
    if not real.any():
        return np.array([begin]), np.array([1]), np.array([1.0])
    return starts[real], lengths[real], weights[real]
