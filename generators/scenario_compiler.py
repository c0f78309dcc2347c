"""From the book's scenarios to changed makers: which tables each touches, which columns it wraps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from seedbed.generators import calendars
from seedbed.generators.blocks import Maker, TableMaker
from seedbed.generators.formulas import Condition, ConstantMaker
from seedbed.generators.ranges import scale_of
from seedbed.generators.scenarios import DateShift, NumberShift, Played, Reach, ReplaceMaker, Shift, ShiftMaker, span_of
from seedbed.rules.parts import leads
from seedbed.rules.scenario_checks import date_of
from seedbed.rules.scenarios import AddChange, FactorChange, MissingChange, Scenario, ValueChange
from seedbed.rules.scope import ancestors
from seedbed.rules.sources import DateRange, DatetimeRange, NumberRange

if TYPE_CHECKING:
    from seedbed.generators.compiler import Spot
    from seedbed.rules.book import Book

Changes = tuple[tuple[Reach, Any], ...]


@dataclass(frozen=True)
class Stage:
    """The scenarios that have happened so far.

    Attributes:
        changes: what each did to which column, `table.column`, in the order of the book.
        kept: tables that the latest does not touch, as they were.
        plain: all tables without scenarios; empty before the first one.
    """

    changes: Mapping[str, Changes] = field(default_factory=dict)
    kept: Mapping[str, TableMaker] = field(default_factory=dict)
    plain: Mapping[str, TableMaker] = field(default_factory=dict)

    def after(self, book: Book, scenario: Scenario, reach: Reach, tables: Mapping[str, TableMaker]) -> Stage:
        """The stage with one more scenario."""
        touched = touched_by(book, scenario.of)
        changes = dict(self.changes)
        for column, change in scenario.change.items():
            path = f"{scenario.of}.{column}"
            changes[path] = (*changes.get(path, ()), (reach, change))
        kept = {name: table for name, table in tables.items() if name not in touched}
        return Stage(changes, kept, self.plain or tables)


def touched_by(book: Book, table: str) -> frozenset[str]:
    """A table, and all whose rows lead to it or are made from it, at any distance."""
    graph = leads(book)
    found = {table}
    grown = True
    while grown:
        more = {name for name, others in graph.items() if name not in found and found & others.keys()}
        found |= more
        grown = bool(more)
    return frozenset(found)


def reach_of(spot: Spot, number: int, condition: Condition | None, scenario: Scenario, stage: Stage) -> Reach:
    """The rows of a scenario.

    Args:
        spot: in its table, without scenarios.
        number: of the scenario.
        condition: its `where`, compiled.
        scenario: model of the rule book.
        stage: what happened before it.
    """
    book, table = spot.plan.book, spot.table
    paths = set() if condition is None else set(condition.evaluator.expression.columns)
    span = None
    if scenario.between is not None:
        by = date_of(book.tables[scenario.of], scenario)
        assert by is not None
        paths.add(by)
        span = span_of(by, table.form(by).type, spot.target.zone, scenario.between)
    same = _unchanged(book, scenario, paths, stage)
    return Reach(number, condition, span, None if same else table)


def _unchanged(book: Book, scenario: Scenario, paths: set[str], stage: Stage) -> bool:
    """Whether the columns that tell the rows have the same values with and without scenarios."""
    table = book.tables[scenario.of]
    if table.constraints:
        return False
    changed = {path.partition(".")[2] for path in stage.changes if path.startswith(f"{scenario.of}.")}
    changed |= set(scenario.change)
    read = ancestors(table, paths)
    others = {path.partition(".")[0] for path in stage.changes} - {scenario.of}
    touched = frozenset().union(*(touched_by(book, other) for other in others))
    # Whatever this table leads to could be read; only a table beside all changes is safe.
    far = leads(book)[scenario.of].keys() & (touched | touched_by(book, scenario.of))
    return not (read & changed) and not far and scenario.of not in touched


def played(scenario: Scenario, book: Book, reach: Reach, before: TableMaker, after: TableMaker) -> Played:
    """A scenario on its table, for the truth."""
    table = book.tables[scenario.of]
    columns = tuple(
        name for name in table.columns if name in scenario.change and not getattr(table.columns[name], "hidden", False)
    )
    dependent = bool(table.constraints) or any(one.to == scenario.of for one in table.references.values())
    return Played(scenario.name, columns, before, after, reach, dependent)


def replaced(spot: Spot, maker: Maker, changes: Changes) -> Maker:
    """A column's maker with the scenarios that give its cells other values, or none."""
    for reach, change in changes:
        match change:
            case ValueChange():
                maker = ReplaceMaker(maker, reach, ConstantMaker(spot.target, change.value))
            case MissingChange():
                maker = ReplaceMaker(maker, reach, None)
    return maker


def shifted(spot: Spot, source: Any, maker: Maker, changes: Changes) -> Maker:
    """A source's maker with the scenarios that multiply what it draws or add to it."""
    for reach, change in changes:
        if isinstance(change, FactorChange | AddChange):
            shift = _shift(spot, source, change)
            if shift is not None:
                maker = ShiftMaker(maker, reach, shift)
    return maker


def _shift(spot: Spot, source: Any, change: FactorChange | AddChange) -> Shift | None:
    factor = change.factor if isinstance(change, FactorChange) else 1.0
    add = change.add if isinstance(change, AddChange) else 0.0
    match source:
        case NumberRange():
            scale = scale_of(spot.target, *source.range)
            unit = 1.0 if scale.step is None else 10.0**scale.step
            return NumberShift(factor, add * unit, scale.low, scale.high, scale.step is not None)
        case DatetimeRange():
            low, high = map(spot.target.zone.moment, source.bounds(spot.plan.book.period))
            return DateShift(round(add * 86_400) * 1000, low, max(high - 1000, low))
        case DateRange():
            low, high = map(calendars.day_number, source.bounds(spot.plan.book.period))
            return DateShift(round(add), low, high)
    return None
