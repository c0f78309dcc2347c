"""What the rows of a table are made from, and which columns show it.

The engine, the checks and whoever judges real data by the book ask here, so that all three mean the same: in a table
of `each` a row *is* its combination of parents and time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from seedbed.rules.book import Book, Table
from seedbed.rules.columns import IdColumn, ReferenceColumn
from seedbed.rules.layouts import is_step

Loc = tuple[str | int, ...]


@dataclass(frozen=True)
class Part:
    """Something a row is made from.

    Attributes:
        kind: `table` for a row of another table, `step` for a time.
        name: the table or step, as the book writes it.
        place: which item of `each`, from 0.
    """

    kind: Literal["table", "step"]
    name: str
    place: int = 0


def parts_of(table: Table) -> tuple[Part, ...]:
    """All the parts of a table's rows; none where it has `rows`."""
    return tuple(Part("step" if is_step(item) else "table", item, place) for place, item in enumerate(table.each or ()))


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
    """The parts that no column shows."""
    shown = set(bindings(table).values())
    return [part for part in parts_of(table) if part not in shown]


def identities(table: Table) -> list[frozenset[str]]:
    """Sets of columns of which each tells the rows of a table apart by construction.

    Args:
        table: of the book.

    Returns:
        The id column; and the columns that show the parts of the row, where all are shown.
    """
    found = [frozenset({name}) for name, column in table.columns.items() if isinstance(column, IdColumn)]
    if table.layout != "rows" and parts_of(table) and not unbound(table):
        first: dict[Part, str] = {}
        for name, part in bindings(table).items():
            first.setdefault(part, name)
        found.append(frozenset(first.values()))
    return found


def sources_of_rows(table: Table) -> Iterator[tuple[str, Loc]]:
    """The tables that the rows of a table are made from.

    Yields:
        Name as the book writes it (perhaps of no table), and its place below the table.
    """
    for part in parts_of(table):
        if part.kind == "table":
            yield part.name, ("each", part.place)


def leads(book: Book) -> dict[str, dict[str, Loc]]:
    """For every table the other tables its rows lead to or are made from, each with the first place that says so."""
    found: dict[str, dict[str, Loc]] = {}
    for name, table in book.tables.items():
        found[name] = {}
        for other, loc in sources_of_rows(table):
            if other != name:
                found[name].setdefault(other, loc)
        for column, reference in table.references.items():
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
    kept = "" if table.keep is None else f", {table.keep:g} kept"
    return "each " + " x ".join(table.each or ()) + kept
