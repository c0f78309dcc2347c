"""What the rows of a table are made from, and which columns show it.

The engine, the checks and whoever judges real data by the book ask here, so that all three mean the same: in a table
of `each` a row *is* its combination of parents and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

from seedbed.rules.book import Book, Table
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.layouts import is_step
from seedbed.rules.sources import Formula, NumberRange

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Part:
    """Something a row is made from.

    Attributes:
        kind: `table` for a row of another table, `step` for a time, `number` for 1, 2, 3 ... within the parent; of a
            process also `state`, `time` and `stay`.
        name: the table or step as the book writes it, or what a column calls it by `part`.
        place: which part of the table, from 0.
        loc: where the book names it, below the table; empty where it follows from others.
    """

    kind: Literal["table", "step", "number", "state", "time", "stay"]
    name: str
    place: int = 0
    loc: Loc = ()


def parts_of(table: Table) -> tuple[Part, ...]:
    """All the parts of a table's rows; none where it has `rows`."""
    if table.children is not None:
        return (Part("table", table.children.of, 0, ("children", "of")), Part("number", "number", 1))
    if table.process is not None:
        return (
            Part("table", table.process.of, 0, ("process", "of")),
            Part("number", "number", 1),
            Part("state", "state", 2, ("process", "states")),
            Part("time", "time", 3),
            Part("stay", "stay", 4),
        )
    return tuple(
        Part("step" if is_step(item) else "table", item, place, ("each", place))
        for place, item in enumerate(table.each or ())
    )


def bindings(table: Table) -> dict[str, Part]:
    """The columns that show a part, by name.

    A plain reference (without `weight` and `skew`) shows the first part of its table that no column before it shows;
    a column with `part` shows what it names.

    Args:
        table: of the book.

    Returns:
        Part of each such column. A column is never drawn, missing or redrawn where it shows a part.
    """
    left = list(parts_of(table))
    found: dict[str, Part] = {}
    for name, column in table.columns.items():
        if isinstance(column, ReferenceColumn) and column.weight is None and column.skew is None:
            part = next((part for part in left if part.kind == "table" and part.name == column.to), None)
            if part is not None:
                left.remove(part)
                found[name] = part
        elif column.source == "part":
            word: str = column.part  # type: ignore[union-attr]
            part = next((part for part in parts_of(table) if part.kind != "table" and part.name == word), None)
            if part is not None:
                found[name] = part
    return found


def unbound(table: Table) -> list[Part]:
    """The parts that no column shows though one has to: those that no other part follows from."""
    shown = set(bindings(table).values())
    return [part for part in parts_of(table) if part.loc and part not in shown]


def identities(table: Table) -> list[frozenset[str]]:
    """Sets of columns of which each tells the rows of a table apart by construction.

    Args:
        table: of the book.

    Returns:
        The id column; each column that is `unique`; and the columns that show the parts of the row, if all are shown.
    """
    single = (
        name
        for name, column in table.columns.items()
        if isinstance(column, IdColumn) or getattr(column, "unique", False)
    )
    found = [frozenset({name}) for name in single]
    first: dict[Part, str] = {}
    for name, part in bindings(table).items():
        first.setdefault(part, name)
    parts = [part for part in parts_of(table) if part.kind in {"table", "step", "number"}]
    if parts and all(part in first for part in parts):
        found.append(frozenset(first[part] for part in parts))
    return found


def tells_apart(book: Book, table_name: str, columns: Iterable[str]) -> bool:
    """Whether columns together tell the rows of a table apart by construction.

    They do where they hold one of its `identities`. A reference counts as held, too, where columns hold all that tells
    its table's rows apart: `store: {formula: slot.store}` and `shelf: {formula: slot.shelf}` stand for `slot`.

    Args:
        book: the book.
        table_name: of the table.
        columns: of the table.
    """
    table = book.tables[table_name]
    held = set(columns)
    held |= {
        column.formula.strip()
        for name, column in table.columns.items()
        if name in held and isinstance(column, Formula) and not getattr(column, "missing", False)
    }
    return any(all(_holds(book, table, held, "", name) for name in identity) for identity in identities(table))


def _holds(book: Book, table: Table, held: set[str], before: str, name: str) -> bool:
    path = before + name
    column = table.columns[name]
    if path in held:
        return not getattr(column, "missing", False)
    target = book.tables.get(column.to) if isinstance(column, ReferenceColumn) else None
    if target is None or target is table or path.count(".") > 8:
        return False
    found = identities(target)
    return any(all(_holds(book, target, held, f"{path}.", other) for other in identity) for identity in found)


def sources_of_rows(table: Table) -> Iterator[tuple[str, Loc]]:
    """The tables that the rows of a table are made from.

    Yields:
        Name as the book writes it (perhaps of no table), and its place below the table.
    """
    for part in parts_of(table):
        if part.kind == "table":
            yield part.name, part.loc


def row_sources(table: Table) -> Iterator[tuple[str, Loc, NumberRange[Any]]]:
    """The numbers that decide how many rows there are and when.

    Yields:
        The table whose columns their effects see, their place below the table, and the numbers.
    """
    if table.children is not None:
        yield table.children.of, ("children", "count"), table.children.count
    if table.process is not None:
        for name, state in table.process.states.items():
            if state.stay is not None:
                yield table.process.of, ("process", "states", name, "stay"), state.stay


def leads(book: Book) -> dict[str, dict[str, Loc]]:
    """For every table the other tables its rows lead to or are made from, each with the first place that says so."""
    found: dict[str, dict[str, Loc]] = {}
    for name, table in book.tables.items():
        found[name] = {}
        for other, loc in sources_of_rows(table):
            if other != name:
                found[name].setdefault(other, loc)
        for column, reference in table.references.items():
            if reference.to != name:
                found[name].setdefault(reference.to, ("columns", column, "to"))
    return found


def table_order(book: Book) -> tuple[str, ...]:
    """The tables of a checked book, each after those its rows lead to or are made from."""
    from graphlib import TopologicalSorter

    graph = {name: [to for to in others if to != name] for name, others in leads(book).items()}
    return tuple(TopologicalSorter(graph).static_order())


def size_words(table: Table) -> str:
    """How many rows a table has, as a person says it: `1,000` or `each device x 15 min`."""
    if table.rows is not None:
        return f"{table.rows:,}"
    if table.children is not None:
        return f"for each {table.children.of}"
    if table.process is not None:
        return f"states of each {table.process.of}"
    kept = "" if table.keep is None else f", {table.keep:g} kept"
    return "each " + " x ".join(table.each or ()) + kept
