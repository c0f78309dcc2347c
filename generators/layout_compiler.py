"""From the book's `each` to layouts, and the exact count of their rows before anything is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from math import prod
from typing import Any

from seedbed.core import keys
from seedbed.core.errors import DataError, Reason
from seedbed.generators import calendars
from seedbed.generators.blocks import TableMaker
from seedbed.generators.calendars import Zone
from seedbed.generators.layouts import EachLayout, Kept, Layout, Parents, Rows, Steps
from seedbed.generators.plans import Plan
from seedbed.rules.layouts import is_step, step_minutes

MOST_THINNED = 1 << 35
"""Combinations that `keep` may choose from: counting the rows looks at each, some 300 million a second."""


def layout_of(plan: Plan, tables: Mapping[str, TableMaker], name: str) -> Layout | None:
    """The layout of a table whose rows are counted.

    Args:
        plan: with the rows of the table and of all it is made from.
        tables: all tables of the plan, compiled.
        name: of the table.
    """
    table = plan.book.tables[name]
    if table.each is None:
        return None
    parts = _parts(plan, tables, table.each)
    if table.keep is None:
        return EachLayout(parts)
    total = prod(len(part) for part in parts)
    return EachLayout(parts, Kept(_keep_key(plan, name), table.keep, total, plan.before[name]))


def counted(plan: Plan, name: str) -> tuple[int, Rows | None]:
    """How many rows a table has.

    Args:
        plan: of all tables it is made from.
        name: of the table.

    Returns:
        The count, and for tables whose rows are found by counting, how many lie before each stretch.
    """
    table: Any = plan.book.tables[name]
    parts = _parts(plan, {of: TableMaker(of, rows) for of, rows in plan.rows.items()}, table.each)
    total = prod(len(part) for part in parts)
    if table.keep is None:
        return total, None
    if total > MOST_THINNED:
        raise DataError(
            "'keep' has too many combinations to choose from",
            reason=Reason.TOO_LARGE,
            where=name,
            found=f"{total:,}",
            allowed=f"{MOST_THINNED:,}",
            repair="take fewer parents or a longer step of time, or leave 'keep' out",
        )
    before = Kept.counted(_keep_key(plan, name), table.keep, total).before
    return int(before[-1]), before


def _keep_key(plan: Plan, name: str) -> int:
    # No column has an empty name, so no column's draws are ever the table's own.
    return keys.key(plan.book.seed, name, "", "keep")


def _parts(plan: Plan, tables: Mapping[str, TableMaker], each: tuple[str, ...]) -> tuple[Parents | Steps, ...]:
    return tuple(_steps(plan, item) if is_step(item) else Parents(tables[item]) for item in each)


def _steps(plan: Plan, item: str) -> Steps:
    """The steps of a period: its days, or moments from its first midnight on, real time apart."""
    period = plan.book.period
    assert period is not None
    first, last = calendars.day_number(period.start), calendars.day_number(period.end)
    minutes = step_minutes(item)
    if minutes is None:
        return Steps(first, 1, last - first + 1)
    zone, step = Zone(period.timezone), minutes * 60_000
    begin = zone.moment(_midnight(period.start))
    end = zone.moment(_midnight(period.end) + dt.timedelta(days=1))
    return Steps(begin, step, -(-(end - begin) // step))


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day)
