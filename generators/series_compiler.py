"""From the book's `series` to makers."""

from __future__ import annotations

from math import prod

import numpy as np

from seedbed.core.errors import DataError, Reason
from seedbed.generators.compiler import Spot
from seedbed.generators.layout_compiler import steps_of
from seedbed.generators.quantiles import rounded
from seedbed.generators.ranges import scale_of
from seedbed.generators.series import MOST_STEPS, MOST_TOGETHER, Motion, SeriesMaker, Waves
from seedbed.rules.layouts import is_step
from seedbed.rules.series import Series, seconds_of

_YEAR = 365.25 * 86_400


def series_maker(spot: Spot, series: Series) -> SeriesMaker:
    """Compiles a series.

    Raises:
        DataError: more steps, or more series to be computed together, than can be held.
    """
    plan, each = spot.plan, spot.plan.book.tables[spot.target.table].each
    length, inner, step, waves = None, 1, 1.0, None
    if each is not None:
        place = next(place for place, item in enumerate(each) if is_step(item))
        steps = steps_of(plan, each[place])
        length, inner = len(steps), max(prod(plan.rows[item] for item in each[place + 1 :]), 1)
        step = steps.step / 1000 if steps.step > 1 else 86_400.0
        _few_enough(spot, length, inner)
        daily = None if series.daily is None else (series.daily.minutes, float(series.daily.swing))
        yearly = None if series.yearly is None else (*series.yearly.month_day, float(series.yearly.swing))
        if daily or yearly:
            waves = Waves(steps.first, steps.step, length, spot.target.zone, daily, yearly)
    low, high = series.range
    pull = 0.0
    if series.revert is not None:
        pull = float(rounded(np.exp2(np.array(-step / seconds_of(series.revert.half_life, step))), bits=50))
    motion = Motion(
        typical=None if series.typical is None else float(series.typical),
        bounds=(float(low), float(high)),
        walk=float(series.walk or 0),
        pull=pull,
        spread=0.0 if series.revert is None else float(series.revert.spread),
        chance=0.0 if series.shifts is None else min(series.shifts.per_year * step / _YEAR, 1.0),
        jump=0.0 if series.shifts is None else float(series.shifts.size),
        noise=float(series.noise or 0),
        waves=waves,
    )
    return SeriesMaker(spot.key("series"), scale_of(spot.target, low, high), motion, length, inner)


def _few_enough(spot: Spot, length: int, inner: int) -> None:
    where = f"{spot.target.table}.{spot.target.column}"
    if length > MOST_STEPS:
        raise DataError(
            "the series has too many steps",
            reason=Reason.TOO_LARGE,
            where=where,
            found=f"{length:,} steps",
            allowed=f"{MOST_STEPS:,}",
            repair="take a longer step of time or a shorter period",
        )
    if inner > 1 and inner * length > MOST_TOGETHER:
        raise DataError(
            "too many series go on side by side, because the time does not stand last in 'each'",
            reason=Reason.TOO_LARGE,
            where=where,
            found=f"{inner:,} entities of {length:,} steps",
            allowed=f"{MOST_TOGETHER:,} values",
            repair="put the time step last in each",
        )
