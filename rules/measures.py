"""Measures: one number about tables, computed by DuckDB in which nothing else can be done.

Two walls stand around client text. `statements` lets only a tree of known nodes through, written anew; and it runs in a
database without files, settings, extensions or Python objects, in bounded memory and time. Tables are Parquet files or
Arrow data, read as a stream: a hundred million rows take no more memory than one.
"""

from __future__ import annotations

import contextlib
import math
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.errors import DataError, Reason
from seedbed.core.words import listed
from seedbed.rules.local_times import local_time
from seedbed.rules.locked import DATA, locked, text_literal
from seedbed.rules.statements import ROWS, Piece, compose, parse_piece
from seedbed.rules.tokens import ExpressionError

if TYPE_CHECKING:
    from seedbed.rules.book import Book
    from seedbed.rules.expectations import Expectation

MEMORY_MB = 300
SECONDS = 600.0

_CSV = "header=true, all_varchar=true, delim=',', quote='\"', escape='\"', nullstr='', allow_quoted_nulls=false"
_SQL_TYPES = {
    "integer": "BIGINT",
    "number": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
Source = Any
"""A table's rows: a list of Parquet or CSV files as Seedbed writes them; a path of a DuckDB file, the same for every
table; or what DuckDB scans: an Arrow table or dataset."""


class MeasureError(DataError):
    """A measure could not be computed on this data."""


@dataclass(frozen=True)
class Measure:
    """A checked measure.

    Attributes:
        text: as the client wrote it.
        of: the table whose rows are measured, None where the measure names its tables.
        measure: what is computed.
        where: which rows count.
        sql: what runs.
    """

    text: str
    of: str | None
    measure: Piece = field(repr=False)
    where: Piece | None = field(repr=False)
    sql: str = field(repr=False)

    @classmethod
    def parse(cls, text: str, *, of: str | None = None, where: str | None = None) -> Measure:
        """Checks the texts; names are checked by `measure_checks`.

        Raises:
            ExpressionError: one is not allowed; says where. `WhereError` if it is the condition.
        """
        piece = parse_piece(text)
        if of is not None and not piece.aggregates:
            allowed = "such as avg(total), sum(total), count(*), median(total)"
            raise ExpressionError("a measure makes one number of many rows: it needs an aggregate", allowed=allowed)
        if of is not None and piece.tables:
            first = min(piece.tables.values())
            raise ExpressionError("with 'of' there are no sub-queries: leave 'of' out to name tables", first)
        condition = None
        if where is not None:
            try:
                condition = parse_piece(where)
                if condition.aggregates or condition.tables:
                    raise ExpressionError("'where' looks at one row: no aggregates, no sub-queries")
            except ExpressionError as error:
                raise WhereError(error.message, error.offset, error.found, error.allowed, error.near) from None
        return cls(text, of, piece, condition, compose(piece, condition, over_rows=of is not None))

    @property
    def paths(self) -> tuple[str, ...]:
        """With `of`: the paths of columns it reads, such as `total` and `product.price`."""
        return tuple(sorted({*self.measure.columns, *(self.where.columns if self.where else ())}))

    @property
    def tables(self) -> tuple[str, ...]:
        """Without `of`: the tables it names."""
        return tuple(sorted(self.measure.tables))


class WhereError(ExpressionError):
    """The condition of a measure cannot be used."""


@dataclass(frozen=True)
class Measured:
    """What came of one expectation.

    Attributes:
        name: of the expectation.
        value: the number; None where there was none, such as the average of no rows.
        range: as expected.
        met: whether the value lies in it; None where it could not be measured.
        severity: as the book says.
        trouble: why it could not be measured.
    """

    name: str
    value: float | None
    range: tuple[float, float]
    met: bool | None
    severity: str = "reject"
    trouble: str | None = None

    @property
    def words(self) -> str:
        """One line for people."""
        low, high = (shown_number(bound) for bound in self.range)
        if self.met is None:
            return f"{self.name}: not measured, {self.trouble}"
        if self.value is None:
            return f"{self.name}: no value, expected {low} to {high}"
        return f"{self.name}: {shown_number(self.value)}, {'as' if self.met else 'NOT as'} expected ({low} to {high})"

    def to_json(self) -> dict[str, Any]:
        """For cards and reports."""
        facts = {"name": self.name, "value": self.value, "range": list(self.range), "met": self.met}
        return facts | ({"trouble": self.trouble} if self.trouble else {})


def shown_number(value: float) -> str:
    """A number for people: six digits, no zeros at the end."""
    return f"{value:,.0f}" if value == int(value) and abs(value) < 1e15 else f"{value:,.6g}"


def measured(
    book: Book, sources: Mapping[str, Source], *, memory_mb: int = MEMORY_MB, threads: int = 2, seconds: float = SECONDS
) -> tuple[Measured, ...]:
    """Measures every expectation of a book.

    Args:
        book: checked.
        sources: rows by table; tables that are not there cannot be measured.
        memory_mb: what it may use.
        threads: what it may use.
        seconds: for each measure.

    Returns:
        One result for each expectation, in the book's order; a measure that fails is one that was not measured.
    """
    if not book.expect:
        return ()
    with Measurer(book, sources, memory_mb=memory_mb, threads=threads, seconds=seconds) as measurer:
        return tuple(measure_one(measurer, expectation) for expectation in book.expect)


def measure_one(measurer: Measurer, expectation: Expectation) -> Measured:
    """Measures one expectation."""
    low, high = expectation.range
    try:
        measure = Measure.parse(expectation.measure, of=expectation.of, where=expectation.where)
        value = measurer.value(measure)
    except (MeasureError, ExpressionError) as error:
        return Measured(expectation.name, None, (low, high), None, expectation.severity, str(error.args[0]))
    # Nine digits: the order in which threads add up must not show.
    value = None if value is None else float(f"{value:.9g}")
    return Measured(
        expectation.name, value, (low, high), value is not None and low <= value <= high, expectation.severity
    )


class Measurer:
    """Computes measures over tables. Use in a `with` block.

    Args:
        book: checked; says how tables refer to each other.
        sources: rows by table.
        memory_mb: what DuckDB may use.
        threads: what it may use.
        seconds: for one measure.
    """

    def __init__(
        self,
        book: Book,
        sources: Mapping[str, Source],
        *,
        memory_mb: int = MEMORY_MB,
        threads: int = 2,
        seconds: float = SECONDS,
    ) -> None:
        self._book = book
        self._seconds, self._memory_mb = seconds, memory_mb
        files = {name: tuple(map(str, source)) for name, source in sources.items() if isinstance(source, list | tuple)}
        every = tuple(name for names in files.values() for name in names)
        database = next((str(source) for source in sources.values() if isinstance(source, Path)), None)
        self._connection = locked(memory_mb=memory_mb, threads=threads, files=every, database=database)
        self._columns: dict[str, list[str]] = {}
        for name, source in sources.items():
            if isinstance(source, Path):
                self._add(name, f"{_name(DATA)}.main.{_name(name)}")
            elif name not in files:
                self._connection.register(f"data of {name}", source)
                self._add(name, _name(f"data of {name}"))
            elif files[name]:
                names = f"[{', '.join(map(text_literal, files[name]))}]"
                csv = files[name][0].endswith(".csv")
                self._add(name, f"read_csv({names}, {_CSV})" if csv else f"read_parquet({names})", texts=csv)

    @classmethod
    def of_nothing(cls, book: Book, seconds: float = 1.0) -> Measurer:
        """Over empty tables of the book's columns: whether a measure can run at all."""
        from seedbed.rules.scope import kind_of

        measurer = cls(book, {}, memory_mb=64, threads=1, seconds=seconds)
        for name, table in book.tables.items():
            kinds = {column: kind_of(book, model) for column, model in table.columns.items()}
            columns = {column: _SQL_TYPES[kind] for column, kind in kinds.items() if kind is not None}
            if columns:
                body = ", ".join(f"{_name(column)} {kind}" for column, kind in columns.items())
                measurer._connection.execute(f"CREATE TABLE {_name(name)} ({body})")
                measurer._columns[name] = list(columns)
        return measurer

    def __enter__(self) -> Measurer:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def value(self, measure: Measure) -> float | None:
        """The number a measure gives; None where it gives none.

        Raises:
            MeasureError: a table or column is not there; it needs too much memory or time; no finite number.
        """
        if measure.of is not None:
            self._join_rows(measure.of, measure.paths)
        absent = [name for name in measure.tables if name not in self._columns]
        if absent:
            raise MeasureError(f"table {absent[0]} is not there", where=measure.text, reason=Reason.UNKNOWN_NAME)
        return self._number(self._run(measure, measure.sql), measure)

    def kind(self, measure: Measure) -> str:
        """The SQL type of what a measure gives, known without reading rows; call `value` first."""
        return str(self._run(measure, f"DESCRIBE {measure.sql}")[0][1])

    def over(self, rows: Any, measure: Measure) -> float | None:
        """As `value` of a measure with `of`, over rows that are given.

        Args:
            rows: Arrow table whose columns are named by the measure's paths.
            measure: with `of`.
        """
        self._connection.execute(f"DROP VIEW IF EXISTS {_name(ROWS)}")
        self._connection.register(ROWS, rows)
        try:
            return self._number(self._run(measure, measure.sql), measure)
        finally:
            self._connection.unregister(ROWS)

    def _add(self, table: str, rows: str, *, texts: bool = False) -> None:
        """Makes a table of the book from what DuckDB scans; `texts` is where every value is text."""
        from seedbed.rules.scope import kind_of

        described = self._connection.execute(f"DESCRIBE SELECT * FROM {rows}").fetchall()
        columns = []
        for name, kind, *_ in described:
            column = value = _name(name)
            model = self._book.tables[table].columns.get(name) if texts else None
            wanted = None if model is None else kind_of(self._book, model)
            if wanted is not None:
                kind = "TIMESTAMP WITH TIME ZONE" if wanted == "datetime" else _SQL_TYPES[wanted]
                value = f"CAST({value} AS {kind})"
            if kind == "TIMESTAMP WITH TIME ZONE":
                value = local_time(self._book.period, value)  # as formulas see it
            elif kind.startswith("DECIMAL"):
                value = f"CAST({value} AS DOUBLE)"
            columns.append(f"{value} AS {column}")
        self._columns[table] = [name for name, *_ in described]
        self._connection.execute(f"CREATE VIEW {_name(table)} AS SELECT {', '.join(columns)} FROM {rows}")

    def _join_rows(self, of: str, paths: Sequence[str]) -> None:
        """The relation of a table's rows with the parents' columns that the paths name."""
        tables, aliases, joins = {"": of}, {"": "t0"}, [f"{_name(of)} AS t0"]

        def alias(prefix: str) -> str:
            if prefix in aliases:
                return aliases[prefix]
            before, _, step = prefix.rpartition(".")
            child = alias(before)
            reference = self._column(tables[before], step)
            parent = self._book.tables[tables[before]].references[step].to
            key = self._book.tables[parent].id_column
            if key is None:
                raise MeasureError(f"{tables[before]}.{step} leads to a table without an id", where=prefix)
            tables[prefix], aliases[prefix] = parent, f"t{len(aliases)}"
            key = self._column(parent, key)
            joins.append(
                f"LEFT JOIN {_name(parent)} AS {aliases[prefix]} ON {child}.{reference} = {aliases[prefix]}.{key}"
            )
            return aliases[prefix]

        chosen = []
        for path in paths:
            prefix, _, last = path.rpartition(".")
            where = alias(prefix)
            chosen.append(f"{where}.{self._column(tables[prefix], last)} AS {_name(path)}")
        if not paths:
            self._column(of, None)
        self._connection.execute(
            f"CREATE OR REPLACE VIEW {_name(ROWS)} AS SELECT {', '.join(chosen) or '1'} FROM {' '.join(joins)}"
        )

    def _column(self, table: str, name: str | None) -> str:
        """A column's quoted name, if it is there."""
        if table not in self._columns:
            raise MeasureError(f"table {table} is not there", where=table, reason=Reason.UNKNOWN_NAME)
        if name is not None and name not in self._columns[table]:
            raise MeasureError(
                f"column {table}.{name} is not there",
                where=table,
                allowed=listed(self._columns[table]),
                reason=Reason.UNKNOWN_NAME,
            )
        return _name(name or "")

    def _run(self, measure: Measure, sql: str) -> list[tuple[Any, ...]]:
        """Runs our SQL or a measure's, within the bounds."""
        import duckdb

        try:
            with self._clock() as late:
                rows: list[tuple[Any, ...]] = self._connection.execute(sql).fetchall()
                return rows
        except duckdb.Error as error:
            words = str(error).partition("\n")[0].partition(": ")[2] or str(error)
            if late.is_set():
                words = f"it takes more than {self._seconds:g} seconds"
            elif isinstance(error, duckdb.OutOfMemoryException):
                words = f"it needs more than {self._memory_mb} MB of memory; approx_quantile needs less than median"
            raise MeasureError(words, where=measure.text) from None

    def _number(self, rows: list[tuple[Any, ...]], measure: Measure) -> float | None:
        value = rows[0][0] if rows else None
        if value is None:
            return None
        try:
            number = float(value)
        except (TypeError, ValueError, OverflowError):
            raise MeasureError("it does not give a number", where=measure.text, found=type(value).__name__) from None
        return number if math.isfinite(number) else None

    @contextlib.contextmanager
    def _clock(self) -> Iterator[threading.Event]:
        """Stops what runs when its time is over; says so by the event."""
        late = threading.Event()

        def stop() -> None:
            late.set()
            self._connection.interrupt()

        timer = threading.Timer(self._seconds, stop)
        timer.daemon = True
        timer.start()
        try:
            yield late
        finally:
            timer.cancel()


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
