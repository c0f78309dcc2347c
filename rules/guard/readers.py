"""Sources of real rows, read in constant memory: text files, Parquet files, tables of a DuckDB file."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seedbed.core.errors import DataError, Reason
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.databases import DuckdbSource, open_duckdb, quoted
from seedbed.rules.guard.dialects import Dialect, find_dialect
from seedbed.rules.guard.records import Piece, Unread, read_records
from seedbed.rules.guard.sources import ROWS, Source

GROUP = 1 << 20
"""Rows of a row group that is read at once, and then cut."""
_CODED_BYTES = 3

_TEXT = (".csv", ".tsv", ".txt", ".psv", ".csv.gz", ".tsv.gz", ".txt.gz")
_PARQUET = (".parquet", ".parq", ".pq")
_DUCKDB = (".duckdb", ".ddb", ".db")


def kind_of(path: Path) -> str | None:
    """`text`, `parquet` or `duckdb` by the file's name; None for anything else."""
    name = path.name.lower()
    for kind, endings in (("text", _TEXT), ("parquet", _PARQUET), ("duckdb", _DUCKDB)):
        if name.endswith(endings):
            return kind
    return None


@dataclass
class TextSource(Source):
    """A file of delimited text."""

    dialect: Dialect = field(default_factory=Dialect)
    kind = "text"
    raw = True

    @property
    def names(self) -> Sequence[str]:
        """From the header."""
        return self.dialect.names

    def pieces(self) -> Iterator[Piece]:
        """Chunk by chunk."""
        if self.dialect.names:
            yield from read_records(self.path, self.dialect)

    def facts(self) -> dict[str, Any]:
        """With the dialect."""
        how = self.dialect
        return {
            **super().facts(),
            "encoding": how.encoding,
            "byte_order_mark": how.bom > 0,
            "delimiter": how.delimiter,
            "quote": how.quote,
            "header": how.header,
        }


@dataclass
class ParquetSource(Source):
    """A Parquet file.

    Attributes:
        schema: its columns.
        groups: rows of each row group.
        coded: columns of text that repeats; they are read as codes (categories), each text once.
    """

    schema: pl.Schema = field(default_factory=pl.Schema)
    groups: tuple[int, ...] = ()
    coded: tuple[str, ...] = ()
    kind = "parquet"

    @property
    def names(self) -> Sequence[str]:
        """From the schema."""
        return self.schema.names()

    def types(self) -> dict[str, str]:
        """From the schema."""
        return {name: str(kind) for name, kind in self.schema.items()}

    @property
    def rows(self) -> int | None:
        """From the footer."""
        return sum(self.groups)

    def pieces(self) -> Iterator[Piece]:
        """Stretches of at most `ROWS` rows, none of which crosses a row group."""
        import pyarrow as pa

        first = 0
        with contextlib.closing(_Groups(self.path, self.coded)) as groups:
            for number, group in enumerate(self.groups):
                whole = bool(self.coded) and group <= GROUP
                for start in range(first, first + group, ROWS):
                    count = min(ROWS, first + group - start)
                    lines = np.arange(start + 1, start + count + 1)
                    try:
                        if whole:
                            frame = groups.read(number).slice(start - first, count)
                        else:
                            frame = pl.scan_parquet(self.path).slice(start, count).collect()
                    except (pl.exceptions.PolarsError, pa.ArrowException, OSError) as error:
                        words = f"the file is damaged: {str(error).splitlines()[0][:200]}"
                        unread = [Unread(int(line), Code.UNREADABLE, words, "") for line in lines]
                        yield Piece(pl.DataFrame(schema=self.schema), lines[:0], unread)
                    else:
                        yield Piece(frame, lines)
                first += group


class _Groups:
    """Row groups of a Parquet file, read one by one with some columns as codes; the file stays open in between."""

    def __init__(self, path: Path, coded: Sequence[str]) -> None:
        self._path, self._coded = path, list(coded)
        self._file: Any = None
        self._last: tuple[int, pl.DataFrame] | None = None

    def read(self, number: int) -> pl.DataFrame:
        """A row group; the last one is kept."""
        import pyarrow.parquet as pq

        if self._last is None or self._last[0] != number:
            self._last = None
            if self._file is None:
                self._file = pq.ParquetFile(self._path, read_dictionary=self._coded, pre_buffer=False)
            self._last = number, pl.DataFrame(pl.from_arrow(self._file.read_row_group(number, use_threads=False)))
        return self._last[1]

    def close(self) -> None:
        """Lets go of the file."""
        if self._file is not None:
            self._file.close()


def open_source(
    table: str,
    path: Path,
    shown: str,
    columns: Sequence[str],
    *,
    inner: str = "",
    given: dict[str, str] | None = None,
    encoding: str | None = None,
    delimiter: str | None = None,
) -> Source:
    """Looks at a file and makes its source.

    Args:
        table: name in the book.
        path: of the file.
        shown: as reports call it.
        columns: the book's columns of this table.
        inner: table inside a DuckDB file.
        given: name in the book -> name in the source, from the person.
        encoding: of text files, instead of the one found.
        delimiter: likewise.

    Returns:
        The source, its columns mapped.

    Raises:
        DataError: it cannot be read at all, or lacks a column that the person named.
    """
    source: Source
    try:
        match kind_of(path):
            case "text":
                sought = [*columns, *(given or {}).values()]
                dialect = find_dialect(path, sought, encoding=encoding, delimiter=delimiter)
                if not dialect.header:
                    dialect = find_dialect(path, columns, encoding=encoding, delimiter=delimiter)
                source = TextSource(table, path, shown, notes=list(dialect.notes), dialect=dialect)
            case "parquet":
                source = _parquet(table, path, shown)
            case _:
                with open_duckdb(path) as base:
                    described = base.execute(f"select * from {quoted(inner)} limit 0").description
                schema = {each[0]: str(each[1]) for each in described}
                source = DuckdbSource(table, path, shown, inner=inner, schema=schema)
    except OSError as error:
        raise DataError(
            "the file cannot be read",
            reason=Reason.NOT_FOUND,
            where=path,
            found=error.strerror or error,
            repair="check its name and that you may read it",
        ) from None
    source.map_columns(columns, given or {})
    return source


def _parquet(table: str, path: Path, shown: str) -> ParquetSource:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        meta = pq.read_metadata(path)
        groups = tuple(meta.row_group(number).num_rows for number in range(meta.num_row_groups))
        schema = pl.Schema(pl.read_parquet_schema(path))
        return ParquetSource(table, path, shown, schema=schema, groups=groups, coded=_coded(meta, schema))
    except (pa.ArrowException, pl.exceptions.PolarsError) as error:
        raise DataError(
            "this is no Parquet file, or a damaged one",
            reason=Reason.DAMAGED,
            where=path,
            found=str(error).splitlines()[0][:200],
            repair="export it again",
        ) from None


def _coded(meta: Any, schema: pl.Schema) -> tuple[str, ...]:
    """Columns of text that are stored as codes of few texts: a dictionary, and less than three bytes a row."""
    if not meta.num_row_groups:
        return ()
    group = meta.row_group(0)
    chunks = [group.column(number) for number in range(group.num_columns)]
    return tuple(
        chunk.path_in_schema
        for chunk in chunks
        if schema.get(chunk.path_in_schema) == pl.String
        and "RLE_DICTIONARY" in chunk.encodings
        and chunk.total_uncompressed_size < _CODED_BYTES * chunk.num_values
    )
