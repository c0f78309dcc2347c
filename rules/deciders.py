"""Which columns follow from others by `depends`, and what is sure to depend on what by the way a table is made."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from seedbed.rules.column_types import ReferenceColumn
from seedbed.rules.columns import Column
from seedbed.rules.parts import bindings, identities
from seedbed.rules.sources import Formatted, Formula

if TYPE_CHECKING:
    from seedbed.rules.book import Book, Table

DRAWN = frozenset({"range", "choices", "chance", "faker", "pattern", "reference"})
"""Sources that draw a value, which can be drawn once for all rows that agree on something."""
_MOST_STEPS = 4

Fact = tuple[frozenset[str], str]
"""Paths that decide a path."""


def deciders(table: Table) -> dict[str, tuple[str, ...]]:
    """The columns that are drawn once for each combination of other columns, with those columns.

    Of several dependencies that name a column the first makes it; one that would close a circle does not.

    Args:
        table: of the book.

    Returns:
        `given` of each such column.
    """
    if not table.depends:
        return {}
    from seedbed.rules.scope import written_steps

    placed, found = bindings(table), dict[str, tuple[str, ...]]()
    wanted = {name: set(written_steps(table, name)) for name in table.columns}
    told_apart = identities(table)
    for dependency in table.depends:
        if any(identity <= set(dependency.given) for identity in told_apart):
            continue  # no two rows agree
        for name in dependency.same:
            column = table.columns.get(name)
            if column is None or name in found or name in placed or not _is_drawn(column):
                continue
            if name not in _needed(wanted, dependency.given):
                found[name] = dependency.given
                wanted[name] |= set(dependency.given)
    return found


def _is_drawn(column: Column) -> bool:
    return column.source in DRAWN and not getattr(column, "unique", False)


def _needed(wanted: dict[str, set[str]], names: Iterable[str]) -> set[str]:
    found: set[str] = set()
    left = list(names)
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += wanted.get(name, ())
    return found


def follows(book: Book, table: str, given: Iterable[str]) -> frozenset[str]:
    """The paths that are sure to be the same on all rows of a table that agree on some columns.

    Args:
        book: the book.
        table: name of the table.
        given: columns of it.

    Returns:
        Columns and paths; `given` is among them. A column that is missing at random leads to no others.
    """
    start = frozenset(given)
    facts = list(_facts(book, table, "", 0))
    unsure = {path for path, missing in _paths(book, table, "", 0) if missing} - start
    found = set(start)
    grown = True
    while grown:
        more = {path for causes, path in facts if path not in found and causes <= found and not causes & unsure}
        found |= more
        grown = bool(more)
    return frozenset(found)


def _paths(book: Book, table_name: str, before: str, depth: int) -> Iterator[tuple[str, bool]]:
    table = book.tables[table_name]
    for name, column in table.columns.items():
        yield before + name, bool(getattr(column, "missing", 0.0))
        if isinstance(column, ReferenceColumn) and _leads_on(book, table_name, column, depth):
            yield from _paths(book, column.to, f"{before}{name}.", depth + 1)


def _facts(book: Book, table_name: str, before: str, depth: int) -> Iterator[Fact]:
    """What decides what, by the way the rows of a table are made."""
    from seedbed.rules.scope import needs

    table = book.tables[table_name]
    names = list(table.columns)
    for name, given in deciders(table).items():
        yield frozenset(before + each for each in given), before + name
    told = identities(table) + ([frozenset(table.key)] if table.key else [])
    for identity in told:
        for name in names:
            yield frozenset(before + each for each in identity), before + name
        if before:
            yield frozenset(before + each for each in identity), before[:-1]
    for name, column in table.columns.items():
        path = before + name
        if isinstance(column, Formula | Formatted):
            yield frozenset(before + each for each in needs(table, name)), path
        if isinstance(column, Formula) and _shows(book, table_name, column):
            # It says what the other is.
            yield frozenset({path}), before + column.formula.strip()
        if isinstance(column, ReferenceColumn) and _leads_on(book, table_name, column, depth):
            for other in book.tables[column.to].columns:
                yield frozenset({path}), f"{path}.{other}"
            yield from _facts(book, column.to, f"{path}.", depth + 1)


def _leads_on(book: Book, table: str, column: ReferenceColumn, depth: int) -> bool:
    return column.to in book.tables and column.to != table and depth < _MOST_STEPS


def _shows(book: Book, table: str, column: Formula) -> bool:
    """Whether a column is another one as it is."""
    from seedbed.rules.scope import resolve

    seen = resolve(book, table, column.formula.strip())
    if seen is None or bool(getattr(column, "missing", False)):
        return False
    mine: Any = column
    kinds = [(each.type, getattr(each, "places", 0)) for each in (mine, seen.column)]
    texts = {"category", "text", "id", "reference"}
    return kinds[0] == kinds[1] or {kind for kind, _ in kinds} <= texts
