"""Which columns a table's constraints bound, so that they can be drawn within their bounds."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.rules.book import Book, Table
from seedbed.rules.correlations import partners_of
from seedbed.rules.dependence import read_by, redrawable
from seedbed.rules.monotone import direction_of, parts_of
from seedbed.rules.scope import ancestors, order, sources_of
from seedbed.rules.sources import Chance, Choices, DateRange, DatetimeRange, Faked, Formatted, NumberRange, Patterned

_ORDERED = frozenset({"integer", "number", "decimal", "date", "datetime"})


@dataclass(frozen=True)
class Bound:
    """A condition that bounds a column.

    Attributes:
        constraint: the name of the one it is part of.
        text: the condition.
        direction: 1 where it stays true as the column grows, -1 where as it falls.
    """

    constraint: str
    text: str
    direction: int


def truncatable(book: Book, name: str) -> frozenset[str]:
    """The columns of a table whose values rise with the cells they are drawn from, row by row.

    Numbers, dates and datetimes with a range, a distribution or cases of them, with effects and `by` or without. Not
    what follows a partner. What a scenario changes counts as any other column, so that a scenario moves no row that it
    does not reach; where its change turns values round, the row is drawn again as a whole.

    Args:
        book: the book.
        name: of the table.
    """
    table = book.tables[name]
    return frozenset(
        column
        for column in redrawable(table)
        if table.columns[column].type in _ORDERED
        and not partners_of(table.columns[column])
        and any(
            isinstance(one, NumberRange | DateRange | DatetimeRange) for _, one in sources_of(table.columns[column])
        )
        and not any(
            isinstance(one, Choices | Chance | Faked | Patterned | Formatted)
            for _, one in sources_of(table.columns[column])
        )
    )


def bounded_columns(book: Book, name: str) -> tuple[dict[str, list[Bound]], dict[str, tuple[str, ...]]]:
    """The columns that give way to constraints.

    Of the columns a condition reads, the last one that can be drawn within bounds gives way, if the condition bounds
    it: it is last in the book, but for columns that are computed from later ones.

    Args:
        book: its rules checked.
        name: of the table.

    Returns:
        For each column what bounds it, columns in the order in which they give way; and for each constraint, by its
        name, the columns that give way to it, where all of its conditions bound one.
    """
    table = book.tables[name]
    able = truncatable(book, name)
    places = {column: place for place, column in enumerate(order(table))}
    found: dict[str, list[Bound]] = {}
    gives: dict[str, tuple[str, ...]] = {}
    for constraint in table.constraints:
        columns = []
        for text in parts_of(constraint.check):
            bound = _bound(table, constraint.name, text, able, places)
            columns.append("" if bound is None else bound[0])
            if bound is not None:
                found.setdefault(bound[0], []).append(bound[1])
        if all(columns):
            gives[constraint.name] = tuple(dict.fromkeys(columns))
    return {column: found[column] for column in sorted(found, key=places.__getitem__)}, gives


def _bound(
    table: Table, constraint: str, text: str, able: frozenset[str], places: dict[str, int]
) -> tuple[str, Bound] | None:
    last = max(read_by(table, text) & able, key=places.__getitem__, default=None)
    if last is None:
        return None
    tainted = {
        name: getattr(column, "formula", None)
        for name, column in table.columns.items()
        if name != last and last in ancestors(table, {name})
    }
    direction = direction_of(text, last, tainted)
    return (last, Bound(constraint, text, direction)) if direction else None
