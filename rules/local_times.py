"""SQL that turns moments into local times."""

from __future__ import annotations

import datetime as dt

import numpy as np

from seedbed.core.zones import DAY, Zone, day_number
from seedbed.rules.locked import text_literal
from seedbed.rules.periods import Period

_MOST_CHANGES = 24
"""Changes of a zone's offset within a period that are written out; more are left to DuckDB."""


def local_time(period: Period | None, moment: str) -> str:
    """SQL for the local time of a moment.

    The few offsets of the period's years are written out, which takes DuckDB a sixth of the work of its own function;
    that is left what lies outside.

    Args:
        period: of the book; its zone is UTC where there is none.
        moment: SQL that gives a TIMESTAMP WITH TIME ZONE.
    """
    zone = Zone(period.timezone if period else "UTC")
    slow = f"timezone({text_literal(zone.name)}, {moment})"
    if period is None:
        return slow
    # A day beyond both ends: the zone's years begin and end beside UTC's.
    first = (day_number(dt.date(period.start.year, 1, 1)) - 1) * DAY
    last = (day_number(dt.date(period.end.year, 12, 31)) + 2) * DAY
    changes = zone.changes(first, last)
    if len(changes) > _MOST_CHANGES:
        return slow
    starts = np.append(first, changes)
    *offsets, rest = (zone.to_local(starts) - starts).tolist()
    at = f"epoch_us({moment})"
    steps = [f"WHEN {at} < {change}000 THEN {offset}000" for change, offset in zip(changes, offsets, strict=True)]
    offset = f"CASE {' '.join(steps)} ELSE {rest}000 END" if steps else f"{rest}000"
    return f"CASE WHEN {at} BETWEEN {first}000 AND {last}000 THEN make_timestamp({at} + {offset}) ELSE {slow} END"
