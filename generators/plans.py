"""From a checked rule book to a plan: which tables, how many rows, which shards, in what order columns depend."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from seedbed.core.errors import DataError, Reason

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from seedbed.core.documents import Document
    from seedbed.rules.book import Book

SHARD = 1 << 20
"""Rows of a shard, one Parquet file each: a second of work or less, so a kill loses little."""
GROUP = 1 << 18
"""Rows of a Parquet row group."""


@dataclass(frozen=True)
class ShardPlan:
    """One file to write.

    Attributes:
        table: its table.
        number: which of the table's shards, from 0.
        start: first row.
        stop: one past the last.
        suffix: ending of the file.
    """

    table: str
    number: int
    start: int
    stop: int
    suffix: str = ".parquet"

    @property
    def name(self) -> str:
        """Name in the manifest."""
        return f"{self.table}-{self.number:05d}"

    @property
    def file(self) -> str:
        """Path below the dataset folder."""
        return f"tables/{self.table}/part-{self.number:05d}{self.suffix}"


@dataclass(frozen=True)
class Plan:
    """What will be made.

    Attributes:
        book: the rule book.
        rows: of every table.
        given: tables whose rows differ from the book's, as asked for.
        order: columns as `table.column`, each after what it is computed from.
        written: tables to write, in the book's order; the others are computed where these look them up.
        suffix: ending of the tables' files.
        before: for tables whose rows are counted, how many rows there are before each stretch of what they are made
            from, and in all.
        factors: what the typical values of calibrated columns are multiplied by, as `table.column`.
    """

    book: Book
    rows: Mapping[str, int]
    given: Mapping[str, int]
    order: tuple[str, ...]
    written: tuple[str, ...]
    suffix: str = ".parquet"
    before: Mapping[str, NDArray[np.int64]] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)

    @property
    def total(self) -> int:
        """Rows of all tables to write."""
        return sum(self.rows[name] for name in self.written)

    @property
    def shards(self) -> tuple[ShardPlan, ...]:
        """All files, small tables first, so that trouble with a book shows early."""
        tables = sorted(self.written, key=lambda name: self.rows[name])
        return tuple(
            ShardPlan(name, number, start, min(start + SHARD, self.rows[name]), self.suffix)
            for name in tables
            for number, start in enumerate(range(0, max(self.rows[name], 1), SHARD))
        )


def resolve(
    document: Document[Book],
    rows: Mapping[str, int],
    *,
    scale: float = 1.0,
    only: Sequence[str] = (),
    suffix: str = ".parquet",
    factors: Mapping[str, float] | None = None,
) -> Plan:
    """Makes the plan of a checked book.

    Args:
        document: from `load_book`.
        rows: other row counts than the book's, by table.
        scale: what the row counts of fact tables are multiplied by; counts in `rows` are taken as they are.
        only: tables to write; all where empty.
        suffix: ending of the tables' files.
        factors: on the typical values of calibrated columns, where they are known; else they are worked out.

    Returns:
        The plan.

    Raises:
        DataError: a table that is not in the book, a count below 0, or rows that would refer to an empty table; an
            expectation that its calibrated column cannot meet.
    """
    from seedbed.rules.parts import table_order

    book = document.value
    for name in only:
        if name not in book.tables:
            raise _unknown(name, book.tables, document.path, "--only")
    for name, count in rows.items():
        _check_asked(book, name, count, document)
    written = tuple(name for name in book.tables if not only or name in only)
    if factors is None:
        from seedbed.generators.calibration import calibrated

        factors = calibrated(document)
    plan = Plan(book, {}, {}, _order(book), written, suffix, factors=factors)
    facts = fact_tables(book)
    for name in table_order(book):
        plan = _with_rows(plan, name, rows.get(name), scale if name in facts else 1)
    counts = {name: plan.rows[name] for name in book.tables}
    for name, table in book.tables.items():
        for column, reference in table.references.items():
            if counts[name] and not counts[reference.to]:
                raise DataError(
                    f"{name}.{column} refers to {reference.to}, which has no rows",
                    reason=Reason.INVALID,
                    where=f"--rows {reference.to}=0",
                    repair=f"give {reference.to} at least one row, or {name} none",
                )
    given = {
        name: counts[name]
        for name, table in book.tables.items()
        if table.rows is not None and counts[name] != table.rows
    }
    return replace(plan, rows=counts, given=given)


def fact_tables(book: Book) -> tuple[str, ...]:
    """Tables that hold what happens, such as sales, rather than what there is.

    They have `rows`, and no table refers to them but those whose rows are made for each of theirs.
    """
    referred = {
        reference.to
        for name, table in book.tables.items()
        for reference in table.references.values()
        if reference.to not in {name, table.children and table.children.of, table.process and table.process.of}
    }
    return tuple(name for name, table in book.tables.items() if table.rows is not None and name not in referred)


def _with_rows(plan: Plan, name: str, asked: int | None, scale: float) -> Plan:
    """The plan with one more table; those its rows are made from are in it already."""
    from seedbed.rules.book import MOST_ROWS

    table = plan.book.tables[name]
    if table.rows is not None:
        own = table.rows if scale == 1 else max(1, round(table.rows * scale))
        return replace(plan, rows={**plan.rows, name: own if asked is None else asked})
    from seedbed.generators.layout_compiler import counted

    count, before = counted(plan, name)
    if count > MOST_ROWS:
        raise DataError(
            f"{name} would have {count:,} rows",
            reason=Reason.TOO_LARGE,
            where=name,
            allowed=f"{MOST_ROWS:,}",
            repair="take fewer parents, a longer step of time or a shorter period",
        )
    more = plan.before if before is None else {**plan.before, name: before}
    return replace(plan, rows={**plan.rows, name: count}, before=more)


def _check_asked(book: Book, name: str, count: int, document: Document[Book]) -> None:
    """Rows asked for are of a table that has `rows`, and not fewer than none."""
    from seedbed.rules.parts import size_words, sources_of_rows

    if name not in book.tables:
        raise _unknown(name, book.tables, document.path, "--rows")
    table = book.tables[name]
    if table.rows is None:
        made = ", ".join(source for source, _ in sources_of_rows(table)) or "its step of time"
        raise DataError(
            f"the rows of {name} follow from {made}: no number can be asked for",
            reason=Reason.INVALID,
            where=f"--rows {name}={count}",
            found=size_words(table),
            repair=f"ask for other rows of {made}, or change '{table.layout}' of {name} in the book",
        )
    if count < 0:
        raise DataError(
            f"a table cannot have {count} rows",
            reason=Reason.INVALID,
            where=f"--rows {name}={count}",
            found=count,
            allowed="0 or more",
            repair="give a whole number, 0 or more",
        )


def _unknown(name: str, known: Iterable[str], path: object, option: str) -> DataError:
    from seedbed.core.words import nearest

    close = nearest(name, known)
    return DataError(
        f"the book has no table {name!r}" + (f"; did you mean {close!r}?" if close else ""),
        reason=Reason.UNKNOWN_NAME,
        where=path,
        found=name,
        allowed=", ".join(known),
        repair=f"name a table of the book in {option}",
    )


def _order(book: Book) -> tuple[str, ...]:
    """All columns as `table.column`, each after those it is compiled or computed from."""
    return tuple(TopologicalSorter(_graph(book)).static_order())


def looked_at(plan: Plan) -> frozenset[str]:
    """The columns that written tables have, and those that these are computed from, as `table.column`."""
    graph = _graph(plan.book)
    found = {f"{table}.{name}" for table in plan.written for name in plan.book.tables[table].columns}
    fresh = found
    while fresh:
        fresh = {step for path in fresh for step in graph[path]} - found
        found |= fresh
    return frozenset(found)


def _graph(book: Book) -> dict[str, set[str]]:
    """For each column those it is compiled or computed from."""
    from seedbed.rules.scope import needs

    graph: dict[str, set[str]] = {}
    for table, body in book.tables.items():
        for name in body.columns:
            node = f"{table}.{name}"
            graph[node] = {step for path in needs(body, name) for step in _steps(book, table, path)} - {node}
        for name, reference in body.references.items():
            if reference.weight is not None:
                graph[f"{table}.{name}"].add(f"{reference.to}.{reference.weight}")
    return graph


def _steps(book: Book, table: str, path: str) -> list[str]:
    """The columns a path passes through: `product.price` in sale is sale.product, then product.price."""
    steps, here = [], table
    for part in path.split("."):
        steps.append(f"{here}.{part}")
        column: Any = book.tables[here].columns[part]
        if column.source == "reference":
            here = column.to
    return steps
