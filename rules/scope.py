"""What a row can see: its own columns, and those of its parents through its reference columns."""

from __future__ import annotations

import contextlib
import graphlib
import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import pydantic

from seedbed.rules.book import Book, Table
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column, Unread
from seedbed.rules.correlations import partners_of
from seedbed.rules.effects import CalendarEffect, PerEffect, WhenEffect
from seedbed.rules.formats import TextFormat
from seedbed.rules.sources import Formatted, Formula, NumberRange
from seedbed.rules.switches import merged, overrides, path_of

if TYPE_CHECKING:
    import polars as pl

Kind = Literal["integer", "number", "text", "boolean", "date", "datetime"]
"""What the values of a column are to an expression."""

MOST_STEPS = 8
UNREAD = "?"
"""Column of a table whose columns could not be read; never in a checked book."""
_KINDS: dict[str, Kind] = {
    "integer": "integer",
    "number": "number",
    "decimal": "number",
    "boolean": "boolean",
    "category": "text",
    "text": "text",
    "date": "date",
    "datetime": "datetime",
}


def kind_of(book: Book, column: Column) -> Kind | None:
    """What a column's values are in expressions; a reference is what the id it leads to is.

    None only in a book with problems, where that cannot be said.
    """
    if isinstance(column, Unread):
        return _KINDS.get(column.type)
    if isinstance(column, ReferenceColumn):
        target = book.tables.get(column.to)
        name = target.id_column if target else None
        return kind_of(book, target.columns[name]) if target and name else None
    if isinstance(column, IdColumn):
        return "integer" if column.format is None else "text"
    return _KINDS[column.type]


def dtype_of(kind: Kind) -> pl.DataType:
    """The polars type in which expressions see a kind; decimals are 64-bit floats there."""
    import polars as pl

    types: dict[Kind, pl.DataType] = {
        "integer": pl.Int64(),
        "number": pl.Float64(),
        "text": pl.String(),
        "boolean": pl.Boolean(),
        "date": pl.Date(),
        "datetime": pl.Datetime("us"),
    }
    return types[kind]


@dataclass(frozen=True)
class Seen:
    """A column a path leads to: its table, its name there and the column itself."""

    table: str
    name: str
    column: Column


def resolve(book: Book, table: str, path: str) -> Seen | None:
    """Follows a path such as `quantity`, `product.price` or `store.region.name` from a row of `table`.

    Args:
        book: the book.
        table: where the path starts.
        path: reference columns, then a column, joined by dots.

    Returns:
        The column, or None where the path leads nowhere.
    """
    steps = path.split(".")
    here = book.tables.get(table)
    where = table
    for step in steps[:-1]:
        column = here.columns.get(step) if here else None
        if isinstance(column, Unread) or (here and UNREAD in here.columns):
            return Seen(where, step, Unread.model_construct(type=""))
        if not isinstance(column, ReferenceColumn):
            return None
        where, here = column.to, book.tables.get(column.to)
    if here and UNREAD in here.columns:
        return Seen(where, steps[-1], Unread.model_construct(type=""))
    last = here.columns.get(steps[-1]) if here else None
    return None if last is None else Seen(where, steps[-1], last)


def visible(book: Book, table: str, steps: int = 2) -> Iterator[str]:
    """Paths a row of `table` can name, nearest first: its columns, its parents', its grandparents'."""
    here = book.tables.get(table)
    if here is None:
        return
    yield from here.columns
    if steps > 0:
        for name, reference in here.references.items():
            yield from (f"{name}.{path}" for path in visible(book, reference.to, steps - 1))


def unread(table: Table) -> bool:
    """Whether some of the columns could not be read, so that an absent one may be among them."""
    return any(isinstance(column, Unread) for column in table.columns.values())


def date_columns(table: Table) -> list[str]:
    """Names of the date and datetime columns of a table."""
    return [name for name, column in table.columns.items() if column.type in {"date", "datetime"}]


def written_columns(table: Table, types: tuple[str, ...]) -> list[str]:
    """Names of the columns of given types that are not hidden."""
    columns = table.columns.items()
    return [name for name, column in columns if column.type in types and not getattr(column, "hidden", False)]


def sources_of(column: Column | NumberRange[Any]) -> Iterator[tuple[tuple[str | int, ...], object]]:
    """Every source of a column, or a number alone, with its place: itself, each branch of `cases`, each value of `by`.

    What a value of `by` makes no source of (a problem of its own) is left out; its effects are the column's.

    Yields:
        Path below the column, and the source or constant.
    """
    cases = getattr(column, "cases", None)
    if cases is None:
        yield (), column
        path = path_of(column) or ""
        for value, override in overrides(column):
            with contextlib.suppress(pydantic.ValidationError):
                source = merged(column, override)
                plain = {"effects": ()} if "effects" in type(source).model_fields else {}
                yield ("by", path, value), source.model_copy(update=plain)
        return
    for index, case in enumerate(cases):
        if hasattr(case, "otherwise"):
            yield ("cases", index, "otherwise"), case.otherwise
        else:
            yield ("cases", index), case


def expressions_of(column: Column | NumberRange[Any]) -> Iterator[tuple[tuple[str | int, ...], str, bool]]:
    """Every expression text of a column.

    Yields:
        Path below the column, the text, and whether it is a condition.
    """
    for place, source in sources_of(column):
        when = getattr(source, "when", None)
        if when is not None:
            yield (*place, "when"), when, True
        if isinstance(source, Formula):
            yield (*place, "formula"), source.formula, False
        for index, effect in enumerate(getattr(source, "effects", ())):
            if isinstance(effect, WhenEffect):
                yield (*place, "effects", index, "when", "if"), effect.when.if_, True


def watched_date(table: Table, effect: CalendarEffect) -> str | None:
    """The date column a number's effect looks at: `by`, else the only one of the row, else None."""
    if effect.by is not None:
        return effect.by
    names = date_columns(table)
    return names[0] if len(names) == 1 else None


def needs(table: Table, name: str) -> dict[str, tuple[str | int, ...]]:
    """The paths a column's values are computed from, each with the place below the column that names it.

    Expressions that cannot be parsed count as needing nothing. What `depends` says of the column counts, too.
    """
    from seedbed.rules.deciders import deciders

    found = _written_needs(table, name)
    for path in deciders(table).get(name, ()):
        found.setdefault(path, ())
    return found


def written_steps(table: Table, name: str) -> set[str]:
    """The columns of the row that a column itself names, without those that `depends` adds."""
    return {path.partition(".")[0] for path in _written_needs(table, name)}


def _written_needs(table: Table, name: str) -> dict[str, tuple[str | int, ...]]:
    from seedbed.rules.expressions import Expression, ExpressionError

    column = table.columns[name]
    found: dict[str, tuple[str | int, ...]] = {}
    for place, text, _ in expressions_of(column):
        try:
            for path in Expression.parse(text).columns:
                found.setdefault(path, place)
        except ExpressionError:
            continue
    switch = path_of(column)
    if switch is not None:
        found.setdefault(switch, ("by", switch))
    for place, partner in partners_of(column):
        found.setdefault(partner.with_, (*place, "with"))
    dated = column.type in {"date", "datetime"}
    for place, source in sources_of(column):
        if isinstance(source, Formatted):
            for path in TextFormat.parse(source.format).paths:
                found.setdefault(path, (*place, "format"))
        for index, effect in enumerate(getattr(source, "effects", ())):
            if isinstance(effect, PerEffect):
                found.setdefault(effect.per.entity, (*place, "effects", index, "per", "entity"))
            elif isinstance(effect, CalendarEffect) and not dated:
                watched = watched_date(table, effect)
                if watched is not None:
                    found.setdefault(watched, (*place, "effects", index))
    return found


def first_steps(table: Table, name: str, own: str | None = None) -> dict[str, tuple[str | int, ...]]:
    """As `needs`, but the columns of the row itself: the reference column where a path leads to a parent.

    Args:
        table: the table of the column.
        name: the column.
        own: name of the table. Where given, the columns of earlier rows that a reference to the same table leads to
            count too: `manager.level` needs `manager` and `level`.
    """
    found: dict[str, tuple[str | int, ...]] = {}
    for path, place in needs(table, name).items():
        for step in path.split("."):
            found.setdefault(step, place)
            column = table.columns.get(step)
            if own is None or not isinstance(column, ReferenceColumn) or column.to != own:
                break
    return found


def ancestors(table: Table, names: Iterable[str]) -> set[str]:
    """The columns of the row that some columns are computed from, themselves included.

    Args:
        table: a table of a checked book.
        names: its columns to start from, or paths that start with them.
    """
    found: set[str] = set()
    open_ = {name.partition(".")[0] for name in names}
    while open_:
        name = open_.pop()
        found.add(name)
        open_ |= first_steps(table, name).keys() - found
    return found


def order(table: Table) -> tuple[str, ...]:
    """The columns of a table in an order in which each follows all columns of the row it needs.

    Args:
        table: a table of a checked book.

    Returns:
        Every column's name once; of those that may come next, the one the client wrote first.

    Raises:
        ValueError: the columns need each other in a circle.
    """
    places = {name: place for place, name in enumerate(table.columns)}
    wanted = {name: {step for step in first_steps(table, name) if step in places} for name in places}
    followers: dict[str, list[str]] = {name: [] for name in places}
    for name, steps in wanted.items():
        for step in steps:
            followers[step].append(name)
    ready = [place for name, place in places.items() if not wanted[name]]
    names = tuple(places)
    done: list[str] = []
    while ready:
        done.append(names[heapq.heappop(ready)])
        for name in followers[done[-1]]:
            wanted[name].discard(done[-1])
            if not wanted[name]:
                heapq.heappush(ready, places[name])
    if len(done) < len(names):
        raise ValueError("columns need each other: " + ", ".join(name for name in names if name not in done))
    return tuple(done)


def circles(needs: Mapping[str, Iterable[str]], most: int = 20) -> list[list[str]]:
    """Circles in a graph, without recursion: a person's file may be deep.

    Args:
        needs: for each node those it needs.
        most: circles to find at most.

    Returns:
        For each circle its nodes, each needing the next and the last the first; starts with the node that comes
        first in `needs`.
    """
    graph = {node: set(others) & set(needs) for node, others in needs.items()}
    places = {node: place for place, node in enumerate(needs)}
    found: list[list[str]] = []
    while len(found) < most:
        sorter = graphlib.TopologicalSorter({node: sorted(graph[node], key=places.__getitem__) for node in needs})
        try:
            sorter.prepare()
        except graphlib.CycleError as error:
            # Each node of the error's list is needed by the one after it; the first stands at the end again.
            circle = list(reversed(error.args[1][1:]))
            start = circle.index(min(circle, key=places.__getitem__))
            circle = circle[start:] + circle[:start]
            found.append(circle)
            graph[circle[0]].discard(circle[1] if len(circle) > 1 else circle[0])
        else:
            break
    return found
