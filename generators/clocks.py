"""The hours of the day: curves of factors over the local clock, and moments that lie as dense as they say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.core.zones import Moments
from seedbed.generators import calendars
from seedbed.generators.blocks import Block
from seedbed.generators.calendars import DAY, Factors, Zone
from seedbed.generators.dates import placed
from seedbed.generators.draws import Draw
from seedbed.generators.picks import Cells, Picker
from seedbed.generators.quantiles import Floats, rising, rounded
from seedbed.generators.values import Values

DAY_SECONDS = 86_400
STEP = 300
"""Seconds within which the density of moments is constant: a straight line becomes steps of five minutes, each with
exactly the mass the line has there."""
MOST_FINE = 2048
"""Stretches (days, about) that are cut into such pieces where a mode bends the density; in longer ranges it bends so
little within a day that the day's own curve is enough."""
_SHARE_BITS = 12
_SHARES = 1 << _SHARE_BITS


class HourCurve:
    """Factors over the day: straight lines between points, across midnight too.

    Args:
        points: (minute of the day, factor), rising in time, two or more.
    """

    def __init__(self, points: Sequence[tuple[int, float]]) -> None:
        self.points = tuple(points)
        first, last = self.points[0], self.points[-1]
        around = [(last[0] - 1440, last[1]), *self.points, (first[0] + 1440, first[1])]
        self._at = np.array([60.0 * minute for minute, _ in around])
        self._factor = np.array([factor for _, factor in around])

    def __reduce__(self) -> tuple[Any, ...]:
        return (HourCurve, (self.points,))

    def at(self, seconds: Any) -> Floats:
        """(N,) factors at (N,) seconds of the local clock's day."""
        return rounded(np.interp(seconds, self._at, self._factor))

    @cached_property
    def minutes(self) -> Floats:
        """(1440,) factors at the start of each minute of the day."""
        return self.at(60.0 * np.arange(1440))

    def borders(self, start: float, stop: float) -> Floats:
        """Where the density changes in [start, stop] of the day: every five minutes, at points, at both ends."""
        grid = np.concatenate([np.arange(0, DAY_SECONDS + STEP, STEP), self._at])
        return rising(np.concatenate([[start], grid[(grid > start) & (grid < stop)], [stop]]))


def product(curves: Sequence[HourCurve]) -> HourCurve | None:
    """One curve with the factors of all multiplied, at every point of any of them; None of none."""
    if len(curves) < 2:
        return curves[0] if curves else None
    minutes = sorted({minute for curve in curves for minute, _ in curve.points})
    factors = np.prod([curve.minutes[minutes] for curve in curves], axis=0)
    return HourCurve(list(zip(minutes, factors.tolist(), strict=True)))


class DayClock:
    """Chooses a second of the day with the density of a curve, by inverting its distribution function.

    The function is a straight line within each five minutes, so its inverse is too. For speed the inverse is also kept
    as one line for each of 4096 equal shares of the day's mass, 20 seconds where the day is busy; where the density
    changes within one by more than a fifth, as beside an hour of factor 0, rows take the exact way.

    Args:
        curve: the density.
    """

    def __init__(self, curve: HourCurve) -> None:
        self.curve = curve
        self._at = curve.borders(0, DAY_SECONDS)
        # The mean of a line over a piece is its value in the middle.
        density = curve.at((self._at[1:] + self._at[:-1]) / 2)
        total = np.append(0.0, np.cumsum(density * np.diff(self._at)))
        self._share = rounded(total / total[-1])
        self._share[-1] = 1.0
        width = np.diff(self._share)
        self._slope = np.divide(np.diff(self._at), width, out=np.zeros_like(width), where=width > 0)
        self._quick()

    def _quick(self) -> None:
        marks = np.arange(_SHARES + 1) / _SHARES
        first = np.searchsorted(self._share, marks[:-1], side="right") - 1
        last = np.searchsorted(self._share, marks[1:], side="left") - 1
        start, stop = self._at_line(marks[:-1], first), self._at_line(marks[1:], last)
        # A little less than the whole length: rounding must not carry a moment over the end, into an hour of factor 0.
        scale = (stop - start) * (_SHARES * (1 - 2.0**-36))
        # Steepest and flattest line that each share touches, from first to last of them.
        slopes, ends = np.append(self._slope, 0.0), np.stack([first, last + 1], axis=1).ravel()
        steep, flat = np.maximum.reduceat(slopes, ends)[::2], np.minimum.reduceat(slopes, ends)[::2]
        uneven = steep > 1.2 * flat
        self._scale = np.where(uneven, np.nan, scale)
        self._origin = start - marks[:-1] * scale
        self._uneven = bool(uneven.any())

    def __reduce__(self) -> tuple[Any, ...]:
        return (DayClock, (self.curve,))

    def share(self, seconds: Any) -> Any:
        """Share of the day's mass before a second of the day."""
        return rounded(np.interp(seconds, self._at, self._share))

    def seconds(self, cells: Cells) -> Floats:
        """(N,) random cells to (N,) seconds of the day in [0, 86400), not yet whole."""
        line = (cells >> np.uint64(64 - _SHARE_BITS)).view(np.int64)
        shares = keys.to_unit(cells)
        # Every line is in the tables: nothing is clipped.
        seconds = self._scale.take(line, mode="clip")
        seconds *= shares
        seconds += self._origin.take(line, mode="clip")
        if self._uneven:
            rest = np.flatnonzero(np.isnan(seconds))
            seconds[rest] = self.exact(shares[rest])
        return seconds

    def exact(self, shares: Floats) -> Floats:
        """(N,) shares of the day's mass in [0, 1) to (N,) seconds of the day."""
        line = np.searchsorted(self._share, shares, side="right") - 1
        ends = np.nextafter(self._at[line + 1], 0)
        return np.asarray(np.minimum(self._at_line(shares, line), ends))

    def _at_line(self, shares: Floats, line: NDArray[np.int64]) -> Floats:
        return np.asarray(self._at[line] + (shares - self._share[line]) * self._slope[line])


@dataclass(frozen=True)
class Stretches:
    """Stretches of time within one local day each, through which the zone's offset does not change.

    Attributes:
        start: (S,) ms UTC.
        stop: (S,) ms UTC, a second or more later.
        base: (S,) the moment at which the stretch's clock shows, or on a day of changing clocks would show, 0:00.
    """

    start: Moments
    stop: Moments
    base: Moments

    @property
    def whole(self) -> NDArray[np.bool_]:
        """(S,) which are a whole day, midnight to midnight."""
        return np.asarray((self.start == self.base) & (self.stop - self.base == DAY))

    @property
    def window(self) -> Factors:
        """(S, 2) start and end in seconds of the local clock's day."""
        return np.stack([self.start - self.base, self.stop - self.base], axis=1) / 1000


def stretches(zone: Zone, low: dt.datetime, high: dt.datetime) -> Stretches:
    """Cuts [low, high) at local midnights and where the zone's offset changes.

    Args:
        zone: of the local times.
        low: first moment, local.
        high: end, local, excluded.
    """
    begin, end = zone.moment(low), zone.moment(high)
    first, last = calendars.day_number(low), calendars.day_number(high - dt.timedelta(microseconds=1))
    midnights = zone.to_utc(np.arange(first, last + 2) * DAY)
    cuts = np.concatenate([[begin, end], midnights, zone.changes(begin, end)])
    cuts = rising(cuts[(cuts >= begin) & (cuts <= end)])
    start, stop = cuts[:-1], cuts[1:]
    long = stop - start >= 1000
    start, stop = start[long], stop[long]
    return Stretches(start, stop, start - zone.to_local(start) % DAY)


@dataclass(frozen=True)
class ClockMaker:
    """Whole seconds by stretches of a day's local clock and the density within the day.

    Attributes:
        draw: gives the random cells of the stretch.
        time_key: of the moment in it.
        picker: over the stretches.
        clock: density within a day.
        stretches: of the range.
        shares: (S, 2) shares of the day's mass before start and end of each stretch.
    """

    draw: Draw
    time_key: int
    picker: Picker
    clock: DayClock
    stretches: Stretches
    shares: Factors

    @cached_property
    def _cut(self) -> NDArray[np.bool_]:
        return ~self.stretches.whole

    def make(self, block: Block) -> Values:
        """One moment per row."""
        stretch, cells = placed(self.picker, self.draw, self.time_key, block)
        moments = self.clock.seconds(cells).astype(np.int64)
        cut = np.flatnonzero(self._cut.take(stretch, mode="clip"))
        if cut.size:
            start, stop = self.shares[stretch[cut]].T
            shares = np.minimum(start + keys.to_unit(cells[cut]) * (stop - start), 1 - 2.0**-53)
            first, end = np.ceil(self.stretches.window[stretch[cut]]).astype(np.int64).T
            moments[cut] = np.clip(self.clock.exact(shares).astype(np.int64), first, end - 1)
        moments *= 1000
        moments += self.stretches.base.take(stretch, mode="clip")
        return Values(moments)


def clock_weights(zone: Zone, spans: Stretches, clock: DayClock, first: int, days: Factors) -> tuple[Factors, Factors]:
    """How often each stretch occurs.

    Args:
        zone: of the local times.
        spans: the stretches.
        clock: density within a day.
        first: the first local day.
        days: (D,) weight of each day from it on, as if it were a whole one.

    Returns:
        (S,) weights, and (S, 2) shares of the day's mass before start and end.
    """
    shares = clock.share(spans.window)
    return days[zone.to_local(spans.start) // DAY - first] * rounded(shares[:, 1] - shares[:, 0]), shares


def fine_pieces(
    zone: Zone, spans: Stretches, mode: dt.datetime, factors: Factors | None, curve: HourCurve
) -> tuple[Moments, Moments, Factors]:
    """Cuts stretches into pieces of constant density, five minutes or less, under a mode that bends it.

    Args:
        zone: of the local times.
        spans: the stretches.
        mode: most likely moment, local.
        factors: table of day factors, or None.
        curve: density within a day.

    Returns:
        (P,) start in ms UTC, (P,) length in whole seconds, (P,) weight.
    """
    borders = [curve.borders(start, stop) for start, stop in spans.window]
    counts = [len(one) - 1 for one in borders]
    base = np.repeat(spans.base, counts)
    start = np.concatenate([one[:-1] for one in borders])
    stop = np.concatenate([one[1:] for one in borders])
    weights = curve.at((start + stop) / 2)
    if factors is not None:
        weights *= np.repeat(calendars.factor_of_days(factors, zone.to_local(spans.start) // DAY), counts)
    begin, end = int(spans.start[0]), int(spans.stop[-1])
    edges = np.append(base + (start * 1000).astype(np.int64), end)
    weights *= calendars.masses((edges - begin) / (end - begin), (zone.moment(mode) - begin) / (end - begin))
    seconds = (stop - start).astype(np.int64)
    long = seconds > 0
    return edges[:-1][long], seconds[long], weights[long]
