"""Checks of scenarios: rows that can be told, columns that can change, values they can have."""

from __future__ import annotations

import datetime as dt
from typing import Any

from seedbed.core.documents import Document, Problems
from seedbed.core.errors import Reason
from seedbed.core.words import listed
from seedbed.rules.book import Book, Table
from seedbed.rules.columns import Column, Unread
from seedbed.rules.deciders import deciders
from seedbed.rules.dependence import redrawable
from seedbed.rules.formulas import check_condition
from seedbed.rules.places import Loc
from seedbed.rules.scenarios import AddChange, FactorChange, Scenario, ValueChange
from seedbed.rules.scope import UNREAD, date_columns, resolve, sources_of, visible
from seedbed.rules.sources import Choices, DateRange, DatetimeRange, NumberRange

_TYPES: dict[str, tuple[type, ...]] = {
    "integer": (int,),
    "number": (int, float),
    "decimal": (int, float),
    "boolean": (bool,),
    "category": (str,),
    "text": (str,),
    "date": (dt.date,),
    "datetime": (dt.date,),
}


def check_scenarios(document: Document[Book], problems: Problems) -> None:
    """Adds the problems of every scenario of a book.

    Args:
        document: the book, its types checked.
        problems: where they go.
    """
    scenarios: tuple[Scenario | None, ...] = document.value.scenarios
    seen: set[str] = set()
    for index, scenario in enumerate(scenarios):
        if scenario is None:  # it could not be read and has its own problem
            continue
        if scenario.name in seen:
            problems.add(("scenarios", index, "name"), "two scenarios have this name", at_value=True)
        seen.add(scenario.name)
        _Check(document, problems, ("scenarios", index)).run(scenario)


def date_of(table: Table, scenario: Scenario) -> str | None:
    """The column that `between` looks at: `by`, else the only date or datetime column of the row, else None."""
    if scenario.by is not None:
        return scenario.by
    names = date_columns(table)
    return names[0] if len(names) == 1 else None


class _Check:
    """One scenario."""

    def __init__(self, document: Document[Book], problems: Problems, loc: Loc) -> None:
        self._document, self._problems = document, problems
        self._book = document.value
        self._loc = loc

    def run(self, scenario: Scenario) -> None:
        table = self._book.tables.get(scenario.of)
        if table is None:
            self._unknown(("of",), "unknown table", scenario.of, tuple(self._book.tables))
            return
        if scenario.where is not None:
            check_condition(self._document, scenario.of, (*self._loc, "where"), scenario.where, self._problems)
        if UNREAD in table.columns:
            return
        if scenario.between is not None:
            self._check_date(table, scenario)
        for name in scenario.change:
            self._check_change(table, name, scenario)

    def _add(self, place: Loc, words: str, **more: Any) -> None:
        self._problems.add((*self._loc, *place), words, at_value=True, **more)

    def _unknown(self, place: Loc, words: str, found: str, near: tuple[str, ...]) -> None:
        self._add(place, words, found=found, near=near, reason=Reason.UNKNOWN_NAME)

    def _check_date(self, table: Table, scenario: Scenario) -> None:
        by = date_of(table, scenario)
        paths = [path for path in visible(self._book, scenario.of) if self._is_date(scenario.of, path)]
        if by is None:
            count = len(date_columns(table))
            words = f"'between' looks at a date of the row, and this table has {f'{count} dates' if count else 'none'}"
            self._add(("between",), words, allowed=f"by: {listed(paths, 6)}" if paths else "add a date column")
        elif resolve(self._book, scenario.of, by) is None:
            self._unknown(("by",), "unknown column", by, tuple(paths) or tuple(visible(self._book, scenario.of)))
        elif not self._is_date(scenario.of, by):
            self._add(("by",), "'between' looks at a date or datetime column", found=by, allowed=listed(paths, 6))

    def _is_date(self, table: str, path: str) -> bool:
        found = resolve(self._book, table, path)
        return found is not None and found.column.type in {"date", "datetime", ""}

    def _check_change(self, table: Table, name: str, scenario: Scenario) -> None:
        place: Loc = ("change", name)
        free = redrawable(table) - set(table.key or ())
        column: Any = table.columns.get(name)
        if column is None:
            near = tuple(one for one in table.columns if one in free)
            words = f"unknown column of table {scenario.of!r}"
            self._problems.add((*self._loc, *place), words, found=name, near=near, reason=Reason.UNKNOWN_NAME)
            return
        if isinstance(column, Unread):
            return
        if name not in free or column.type == "reference":
            reason = "a formula follows the columns it reads: change those"
            if name in (made := deciders(table)):
                reason = f"it follows from {listed(made[name])}: change that"
            elif column.source != "formula":
                reason = "ids, keys, references, parts of the row, series and unique columns are what a row is"
            allowed = listed(one for one in table.columns if one in free and table.columns[one].type != "reference")
            self._problems.add(
                (*self._loc, *place), f"this column cannot change: {reason}", allowed=allowed or "no column"
            )
            return
        started = [
            other
            for other, made in self._book.tables.items()
            if made.process is not None and made.process.of == scenario.of and made.process.start == name
        ]
        if started:
            words = f"this column cannot change: the rows of {started[0]!r} start at it"
            self._problems.add((*self._loc, *place), words)
            return
        change = scenario.change[name]
        if isinstance(change, ValueChange):
            self._check_value(column, change.value, (*place, "value"))
        elif isinstance(change, FactorChange | AddChange):
            key = "factor" if isinstance(change, FactorChange) else "add"
            self._check_shift(column, key, (*place, key))

    def _check_shift(self, column: Column, key: str, place: Loc) -> None:
        numbers = column.type in {"integer", "number", "decimal"}
        if not numbers and not (key == "add" and column.type in {"date", "datetime"}):
            self._add(place, f"{key!r} changes numbers; this column is of type {column.type}", allowed="value, missing")
        elif not any(isinstance(source, NumberRange | DateRange | DatetimeRange) for _, source in sources_of(column)):
            self._add(
                place, f"{key!r} changes values drawn from a range; this column has none", allowed="value, missing"
            )

    def _check_value(self, column: Column, value: Any, place: Loc) -> None:
        kinds = _TYPES[column.type]
        fits = isinstance(value, kinds) and (column.type == "boolean" or not isinstance(value, bool))
        if column.type == "date" and isinstance(value, dt.datetime):
            fits = False
        if not fits:
            self._add(place, f"the column is of type {column.type}", found=value)
            return
        sources = [source for _, source in sources_of(column)]
        choices = [text for source in sources if isinstance(source, Choices) for text in source.choices]
        if choices and value not in [*choices, *_constants(column)]:
            self._unknown(place, "not one of the column's choices", value, tuple(choices))
            return
        spans = [span for source in sources if (span := self._span(source)) is not None]
        inside = any(low <= _comparable(value) <= high for low, high in spans)
        if spans and not inside and value not in _constants(column):
            low, high = min(low for low, _ in spans), max(high for _, high in spans)
            self._add(place, "the value lies outside the column's range", found=value, allowed=f"{low} to {high}")

    def _span(self, source: object) -> tuple[Any, Any] | None:
        if isinstance(source, NumberRange):
            return source.range
        if isinstance(source, DateRange | DatetimeRange):
            if source.range == "period" and not hasattr(self._book.period, "start"):
                return None
            low, high = source.bounds(self._book.period)
            return _comparable(low), _comparable(high)
        return None


def _constants(column: Column) -> list[Any]:
    """The values that branches of `cases` give."""
    found = [getattr(source, "value", source) for _, source in sources_of(column) if source is not column]
    return [value for value in found if isinstance(value, bool | int | float | str | dt.date)]


def _comparable(value: Any) -> Any:
    """Dates and moments on one scale."""
    if isinstance(value, dt.date) and not isinstance(value, dt.datetime):
        return dt.datetime.combine(value, dt.time())
    return value
