"""Time zones as tables: local time and UTC, both ways, on arrays.

Moments are milliseconds since 1970-01-01 UTC throughout; days are days since 1970-01-01 of the local calendar.
"""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

Moments = NDArray[np.int64]

DAY = 86_400_000
_EPOCH = dt.date(1970, 1, 1)
FIRST_DAY = (dt.date(1700, 1, 1) - _EPOCH).days
LAST_DAY = (dt.date(2201, 12, 31) - _EPOCH).days


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

    def changes(self, first: int, last: int) -> Moments:
        """Moments (ms UTC) in [first, last] at which the zone's offset changes."""
        if self.name == "UTC":
            return np.zeros(0, np.int64)
        breaks, _ = self._table(first, last)
        return breaks[(breaks >= first) & (breaks <= last)]

    def to_local_by_old_clock(self, moments: Moments, late: int) -> Moments:
        """As `to_local` of a clock that is changed late, in spring and in autumn.

        Args:
            moments: (N,) ms UTC.
            late: ms after each change for which the clock still goes as before it.
        """
        if moments.size == 0 or self.name == "UTC":
            return moments
        breaks, offsets = self._table(int(moments.min()) - late, int(moments.max()))
        index = np.searchsorted(breaks, moments, side="right")
        if breaks.size:
            index -= (index > 0) & (moments - breaks[np.maximum(index - 1, 0)] < late)
        return moments + offsets[index]

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
    day = min(max(moment // DAY, FIRST_DAY), LAST_DAY)
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
