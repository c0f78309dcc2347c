"""From the book's `each` and `children` to layouts, and the exact count of their rows before anything is made."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace
from math import prod

from seedbed.core import keys
from seedbed.core.errors import DataError, Reason
from seedbed.generators import calendars
from seedbed.generators.blocks import STRETCH, Maker, TableMaker
from seedbed.generators.calendars import Zone
from seedbed.generators.compiler import Spot, compile_plan, source_maker
from seedbed.generators.layouts import (
    ChildrenLayout,
    EachLayout,
    Kept,
    Layout,
    Parents,
    Rows,
    Runs,
    Steps,
    counts_of,
)
from seedbed.generators.plans import Plan
from seedbed.generators.targets import Target
from seedbed.rules.layouts import is_step, step_minutes
from seedbed.rules.parts import leads

MOST_THINNED = 1 << 35
"""Combinations that `keep` may choose from: counting the rows looks at each, some 300 million a second."""

MOST_PARENTS = 1 << 33
"""Parents whose children can be counted."""


def layout_of(plan: Plan, tables: Mapping[str, TableMaker], name: str) -> Layout | None:
    """The layout of a table whose rows are counted.

    Args:
        plan: with the rows of the table and of all it is made from.
        tables: all tables of the plan, their columns compiled.
        name: of the table.
    """
    table = plan.book.tables[name]
    if table.children is not None:
        parent = tables[table.children.of]
        return ChildrenLayout(parent, _count(plan, tables, name), Runs.again(parent.rows, plan.before[name]))
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
    table = plan.book.tables[name]
    if table.children is not None:
        tables = compile_plan(_above(plan, name))
        parent, count = tables[table.children.of], _count(plan, tables, name)
        _few_enough(name, "parents to count the rows of", parent.rows, MOST_PARENTS)
        starts = range(0, parent.rows, STRETCH)
        pieces = (counts_of(parent, count, range(start, min(start + STRETCH, parent.rows))) for start in starts)
        runs = Runs.counted(parent.rows, pieces)
        return int(runs.before[-1]), runs.before
    parts = _parts(plan, {of: TableMaker(of, rows) for of, rows in plan.rows.items()}, table.each or ())
    total = prod(len(part) for part in parts)
    if table.keep is None:
        return total, None
    _few_enough(name, "combinations for 'keep' to choose from", total, MOST_THINNED)
    before = Kept.counted(_keep_key(plan, name), table.keep, total).before
    return int(before[-1]), before


def _few_enough(name: str, what: str, found: int, most: int) -> None:
    if found > most:
        raise DataError(
            f"too many {what}",
            reason=Reason.TOO_LARGE,
            where=name,
            found=f"{found:,}",
            allowed=f"{most:,}",
            repair="take fewer parents, a shorter period or a longer step of time",
        )


def _above(plan: Plan, name: str) -> Plan:
    """The plan of the tables alone that a table leads to, however far up."""
    graph, found, left = leads(plan.book), set[str](), [name]
    while left:
        more = [other for other in graph[left.pop()] if other not in found]
        found.update(more)
        left += more
    return replace(plan, rows={other: rows for other, rows in plan.rows.items() if other in found})


def _count(plan: Plan, tables: Mapping[str, TableMaker], name: str) -> Maker:
    """What makes the count of each parent, a column of the parents' table in all but name."""
    children = plan.book.tables[name].children
    assert children is not None
    zone = Zone(plan.book.period.timezone if plan.book.period else "UTC")
    return source_maker(Spot(plan, tables, Target(children.of, f"rows of {name}", "integer", 0, zone)), children.count)


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
