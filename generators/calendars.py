"""Days, time zones and how dense moments lie in time.

Moments are milliseconds since 1970-01-01 UTC throughout; days are days since 1970-01-01 of the local calendar.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.quantiles import pert_cdf, rounded

Moments = NDArray[np.int64]
Days = NDArray[np.int64]
Factors = NDArray[np.float64]

DAY = 86_400_000
_EPOCH = dt.date(1970, 1, 1)
_FIRST = (dt.date(1700, 1, 1) - _EPOCH).days
_LAST = (dt.date(2201, 12, 31) - _EPOCH).days
_LEAST_PIECES = 2048


def day_number(day: dt.date) -> int:
    """Days since 1970-01-01; a datetime counts as its day."""
    return day.toordinal() - _EPOCH.toordinal()


class Zone:
    """A time zone as tables: local time and UTC, both ways, on arrays.

    Args:
        name: IANA name.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._zone = ZoneInfo(name)

    def __reduce__(self) -> tuple[Any, ...]:
        return (Zone, (self.name,))

    def moment(self, local: dt.datetime) -> int:
        """A local moment in milliseconds UTC; in the hour that occurs twice the first is meant."""
        aware = local.replace(tzinfo=self._zone)
        offset = aware.utcoffset() or dt.timedelta()
        since = local - dt.datetime(1970, 1, 1) - offset
        return since // dt.timedelta(milliseconds=1)

    def to_local(self, moments: Moments) -> Moments:
        """Milliseconds UTC to milliseconds of the local clock."""
        if moments.size == 0 or self.name == "UTC":
            return moments
        breaks, offsets = self._table(int(moments.min()), int(moments.max()))
        return moments + offsets[np.searchsorted(breaks, moments, side="right")]

    def to_utc(self, local: Moments) -> Moments:
        """Milliseconds of the local clock to UTC; the first of two, and past the gap where there is none."""
        if local.size == 0 or self.name == "UTC":
            return local
        breaks, offsets = self._table(int(local.min()) - DAY, int(local.max()) + DAY)
        # A local time belongs to the new offset once it is past the change on the later of both clocks.
        borders = breaks + np.maximum(offsets[:-1], offsets[1:])
        return local - offsets[np.searchsorted(borders, local, side="right")]

    def _table(self, first: int, last: int) -> tuple[Moments, Moments]:
        years = range(_year(first), _year(last) + 1)
        offsets = [_offset(self.name, _new_year(years[0]))]
        breaks: list[int] = []
        for year in years:
            for moment, offset in _changes(self.name, year):
                breaks.append(moment)
                offsets.append(offset)
        return np.array(breaks, dtype=np.int64), np.array(offsets, dtype=np.int64)


def _year(moment: int) -> int:
    day = min(max(moment // DAY, _FIRST), _LAST)
    return (_EPOCH + dt.timedelta(days=day)).year


def _new_year(year: int) -> int:
    return day_number(dt.date(year, 1, 1)) * DAY


@lru_cache(maxsize=64)
def _zone_info(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _offset(name: str, moment: int) -> int:
    aware = dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(milliseconds=moment)
    offset = aware.astimezone(_zone_info(name)).utcoffset() or dt.timedelta()
    return offset // dt.timedelta(milliseconds=1)


@lru_cache(maxsize=4096)
def _changes(name: str, year: int) -> tuple[tuple[int, int], ...]:
    """Moments of a year (UTC) at which the offset changes, with the new offset; to the second."""
    marks = [*range(_new_year(year), _new_year(year + 1), 7 * DAY), _new_year(year + 1)]
    found = []
    for left, right in pairwise(marks):
        before, after = _offset(name, left), _offset(name, right)
        if before == after:
            continue
        while right - left > 1000:
            middle = (left + right) // 2000 * 1000
            if _offset(name, middle) == before:
                left = middle
            else:
                right = middle
        found.append((right, after))
    return tuple(found)


def weekday_factors(factors: Sequence[float]) -> Factors:
    """Factor of every day from 1700 to 2201, from seven, Monday first."""
    days = np.arange(_FIRST, _LAST + 1)
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
    return factors[np.clip(days, _FIRST, _LAST) - _FIRST]


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
