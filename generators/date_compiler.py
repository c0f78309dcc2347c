"""From the book's ranges of dates and moments to makers."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.generators import calendars
from seedbed.generators.clocks import MOST_FINE, ClockMaker, DayClock, clock_weights, fine_pieces, stretches
from seedbed.generators.dates import DayMaker, PieceMaker, SpanMaker
from seedbed.generators.effect_tables import EffectTables
from seedbed.generators.picks import Picker
from seedbed.generators.quantiles import Floats

if TYPE_CHECKING:
    from seedbed.generators.compiler import Spot


def day_maker(spot: Spot, source: Any) -> DayMaker:
    """Compiles a `DateRange`."""
    low, high = (calendars.day_number(day) for day in source.bounds(spot.plan.book.period))
    mode = None if source.typical is None else calendars.day_number(source.typical)
    factors, _ = EffectTables(spot.plan.book).density(source.effects, *source.bounds(spot.plan.book.period))
    weights = calendars.day_weights(low, high, mode, factors)
    return DayMaker(spot.draw("value"), low, Picker(_some(spot, weights)))


def moment_maker(spot: Spot, source: Any) -> SpanMaker | PieceMaker | ClockMaker:
    """Compiles a `DatetimeRange`."""
    zone, mode = spot.target.zone, source.mode
    low, high = source.bounds(spot.plan.book.period)
    factors, curve = EffectTables(spot.plan.book).density(source.effects, low, high)
    if factors is None and curve is None:
        begin, end = zone.moment(low), zone.moment(high)
        share = None
        if mode is not None:
            share = min(max((zone.moment(mode) - begin) / max(end - begin, 1), 0.0), 1.0)
        return SpanMaker(spot.draw("value"), begin, max((end - begin) // 1000, 1), share)
    if curve is None:
        assert factors is not None
        starts, seconds, weights = calendars.pieces(zone, low, high, mode, factors)
        return PieceMaker(spot.draw("value"), spot.key("time"), Picker(_some(spot, weights)), starts, seconds)
    spans = stretches(zone, low, high)
    if mode is not None and len(spans.start) <= MOST_FINE:
        starts, seconds, weights = fine_pieces(zone, spans, mode, factors, curve)
        return PieceMaker(spot.draw("value"), spot.key("time"), Picker(_some(spot, weights)), starts, seconds)
    first, last = calendars.day_number(low), calendars.day_number(high - dt.timedelta(microseconds=1))
    days = calendars.day_weights(first, last, None if mode is None else calendars.day_number(mode), factors)
    clock = DayClock(curve)
    weights, shares = clock_weights(zone, spans, clock, first, days)
    return ClockMaker(spot.draw("value"), spot.key("time"), Picker(_some(spot, weights)), clock, spans, shares)


def _some(spot: Spot, weights: Floats) -> Floats:
    if not np.any(weights > 0):
        raise spot.target.refuse(
            "the effects leave no day of the range", repair="give some day and hour in the range a factor over 0"
        )
    return weights
