"""From the book's `each`, `children` and `process` to layouts, and the exact count of their rows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from math import ceil, floor, prod

import numpy as np

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
from seedbed.generators.picks import Picker
from seedbed.generators.plans import Plan
from seedbed.generators.processes import Process, ProcessLayout, State, Stay
from seedbed.generators.targets import Target
from seedbed.generators.values import Words
from seedbed.rules.layouts import SPANS, is_step, step_minutes
from seedbed.rules.parts import bindings, leads

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
    if table.process is not None:
        return _process_layout(plan, tables, name)
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
    of = table.children or table.process
    if of is not None:
        tables = compile_plan(_above(plan, name))
        parent = tables[of.of]
        _few_enough(name, "parents to count the rows of", parent.rows, MOST_PARENTS)
        starts = range(0, parent.rows, STRETCH)
        stretches = (range(start, min(start + STRETCH, parent.rows)) for start in starts)
        if table.children is not None:
            lengths: Callable[[range], Rows] = partial(counts_of, parent, _count(plan, tables, name))
        else:
            lengths = _process(plan, tables, name).lengths
        runs = Runs.counted(parent.rows, map(lengths, stretches))
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
    # No scenario changes how many rows there are.
    plain = plan.book.model_copy(update={"scenarios": ()})
    return replace(plan, book=plain, rows={other: rows for other, rows in plan.rows.items() if other in found})


def _count(plan: Plan, tables: Mapping[str, TableMaker], name: str) -> Maker:
    """What makes the count of each parent, a column of the parents' table in all but name."""
    children = plan.book.tables[name].children
    assert children is not None
    return source_maker(_spot(plan, tables, children.of, f"rows of {name}", "integer"), children.count)


def _spot(plan: Plan, tables: Mapping[str, TableMaker], table: str, what: str, type: str) -> Spot:
    """A place in a table that no column stands at: `what` has blanks, so it is no column's name."""
    zone = Zone(plan.book.period.timezone if plan.book.period else "UTC")
    return Spot(plan, tables, Target(table, what, type, 0, zone))


def _process(plan: Plan, tables: Mapping[str, TableMaker], name: str) -> Process:
    process = plan.book.tables[name].process
    assert process is not None
    numbers = {state: number for number, state in enumerate(process.states)}
    states = []
    for state, body in process.states.items():
        stay = None
        if body.stay is not None:
            unit = SPANS[body.stay.unit]
            spot = _spot(plan, tables, process.of, f"stay in {state} of {name}", "number")
            low, high = (bound * unit for bound in body.stay.range)
            stay = Stay(source_maker(spot, body.stay), unit, ceil(low), floor(high))
        following = body.next or {}
        picker = Picker(np.array(list(following.values()), np.float64)) if following else None
        states.append(State(stay, picker, np.array([numbers[one] for one in following], np.int16)))
    return Process(tables[process.of], keys.key(plan.book.seed, name, "", "walk"), tuple(states), process.most)


def _process_layout(plan: Plan, tables: Mapping[str, TableMaker], name: str) -> ProcessLayout:
    table, made = plan.book.tables[name], _process(plan, tables, name)
    process, period = table.process, plan.book.period
    assert process is not None
    first = 0
    if process.start is None and period is not None:
        first = Zone(period.timezone).moment(_midnight(period.start))
    shown = {part.kind: table.columns[column] for column, part in bindings(table).items()}
    return ProcessLayout(
        process=made,
        runs=Runs.again(made.entities.rows, plan.before[name]),
        words=Words.of(list(process.states)),
        start=process.start,
        first=first,
        timed="time" in shown or "stay" in shown,
        unit=SPANS[getattr(shown.get("stay"), "unit", None) or "minutes"],
    )


def _keep_key(plan: Plan, name: str) -> int:
    # No column has an empty name, so no column's draws are ever the table's own.
    return keys.key(plan.book.seed, name, "", "keep")


def _parts(plan: Plan, tables: Mapping[str, TableMaker], each: tuple[str, ...]) -> tuple[Parents | Steps, ...]:
    return tuple(steps_of(plan, item) if is_step(item) else Parents(tables[item]) for item in each)


def steps_of(plan: Plan, item: str) -> Steps:
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
