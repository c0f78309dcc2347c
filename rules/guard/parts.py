"""Where rows end: Parquet parts of accepted and quarantined rows, committed one by one."""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import polars.selectors as cs
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seedbed.core.shards import Store
from seedbed.rules.guard.batches import Batch, Breach, Judged
from seedbed.rules.guard.codes import Severity
from seedbed.rules.guard.records import Unread

PART = 1 << 20
"""Rows of a part."""
GROUP = 1 << 17
"""Rows are gathered to at least so many before they are encoded."""

SOURCE, LINE, REASONS, COLUMNS, WORDS, RAW = "_source", "_line", "_reasons", "_columns", "_words", "_raw"
MARKS = (SOURCE, LINE, REASONS, COLUMNS, WORDS, RAW)
"""Columns of the quarantine that are not the source's."""


class Parts:
    """The parts of one table in one folder. Leave the `with` block to commit the last.

    Args:
        store: of the result.
        folder: `accepted`, `quarantine` or `remarks`.
        table: name.
    """

    def __init__(self, store: Store, folder: str, table: str) -> None:
        self._store, self._folder, self._table = store, folder, table
        self._number = 0
        self._held: list[pl.DataFrame] = []
        self._rows = 0
        self._open = contextlib.ExitStack()
        self._writer: Any = None

    @property
    def files(self) -> list[Path]:
        """What was committed."""
        return [self._store.root / self._path(number) for number in range(self._number)]

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> None:
        if error is None:
            self.finish()
            return
        if self._writer is not None:
            with contextlib.suppress(OSError, pa.ArrowException):  # the first error is the one to hear of
                self._writer.close()
        self._open.__exit__(kind, error, trace)

    def add(self, frame: pl.DataFrame) -> None:
        """Appends rows; categories become text."""
        if not frame.height:
            return
        frame = frame.with_columns(cs.by_dtype(pl.Categorical, pl.Enum).cast(pl.String))
        self._held.append(frame)
        if sum(each.height for each in self._held) >= GROUP:
            self._encode()

    def copy(self, path: Path, rows: int) -> None:
        """Appends a whole Parquet file as it is.

        Args:
            path: of the file.
            rows: in it.
        """
        self.finish()
        with self._store.shard(self._name(self._number)) as shard:
            shutil.copyfile(path, shard.file(self._path(self._number)))
            shard.meta.update(table=self._table, rows=rows)
        self._number += 1

    def finish(self) -> None:
        """Commits what was added since the last part."""
        self._encode()
        if self._writer is not None:
            self._writer.close()
            self._shard.meta.update(table=self._table, rows=self._rows)
            self._writer, self._rows = None, 0
            self._open.close()
            self._number += 1

    def _encode(self) -> None:
        if not self._held:
            return
        table = pl.concat(self._held).to_arrow(compat_level=pl.CompatLevel.oldest())
        self._held.clear()
        table = table.cast(pa.schema([pa.field(each.name, _narrow(each.type)) for each in table.schema]))
        if self._writer is None:
            self._shard = self._open.enter_context(self._store.shard(self._name(self._number)))
            coded = [each.name for each in table.schema if not _encoding(each.type)]
            self._writer = pq.ParquetWriter(
                self._shard.file(self._path(self._number)),
                table.schema,
                compression="zstd",
                compression_level=1,
                store_decimal_as_integer=True,
                use_dictionary=coded,
                column_encoding={each.name: _encoding(each.type) for each in table.schema if each.name not in coded},
            )
        self._writer.write_table(table)
        self._rows += table.num_rows
        if self._rows >= PART:
            self.finish()

    def _name(self, number: int) -> str:
        return f"{self._folder}-{self._table}-{number:05d}"

    def _path(self, number: int) -> str:
        return f"{self._folder}/{self._table}/part-{number:05d}.parquet"


class Outlets(contextlib.ExitStack):
    """Where the rows of one table go. Leave the `with` block to commit the last of them.

    Args:
        store: of the result.
        table: name.

    Attributes:
        accepted: rows without a fault that rejects them.
        quarantine: the others.
        remarks: rows of either that have a remark, once more.
    """

    def __init__(self, store: Store, table: str) -> None:
        super().__init__()
        self.accepted, self.quarantine, self.remarks = (
            self.enter_context(Parts(store, folder, table)) for folder in ("accepted", "quarantine", "remarks")
        )

    def part(self, batch: Batch, judged: Judged, mask: NDArray[np.bool_], names: Sequence[str]) -> None:
        """Sends the rows of a batch where they belong.

        Args:
            batch: as read.
            judged: its types and faults.
            mask: (rows,) which go to quarantine.
            names: of the columns that any source of the table has.
        """
        if not mask.any():
            self.accepted.add(judged.frame)
            return
        self.accepted.add(judged.frame.filter(~mask))
        self.quarantine.add(marked(batch, judged.breaches, Severity.REJECT, names))

    def remark(self, batch: Batch, judged: Judged, names: Sequence[str]) -> None:
        """Notes down the rows that have a remark."""
        if any(breach.severity == Severity.WARN and len(breach.rows) for breach in judged.breaches):
            self.remarks.add(marked(batch, judged.breaches, Severity.WARN, names))


def _narrow(kind: Any) -> Any:
    """Text as readers expect it: with 32-bit offsets, which a part never exceeds."""
    if pa.types.is_large_string(kind):
        return pa.string()
    if pa.types.is_large_list(kind):
        return pa.list_(_narrow(kind.value_type))
    return kind


def _encoding(kind: Any) -> str | None:
    """Differences for what is a whole number inside, which is smaller and twice as fast; else a dictionary."""
    small = pa.types.is_decimal(kind) and kind.precision <= 18
    if small or pa.types.is_integer(kind) or pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return "DELTA_BINARY_PACKED"
    return "BYTE_STREAM_SPLIT" if pa.types.is_floating(kind) else None


def rejected(rows: int, breaches: Sequence[Breach]) -> NDArray[np.bool_]:
    """Which rows of a batch go to quarantine."""
    mask = np.zeros(rows, np.bool_)
    for breach in breaches:
        if breach.severity == Severity.REJECT:
            mask[breach.rows] = True
    return mask


def marked(batch: Batch, breaches: Sequence[Breach], severity: Severity, names: Sequence[str]) -> pl.DataFrame:
    """Rows with a fault of some severity: what is wrong with each, then its values as text, as they were read.

    Args:
        batch: as read.
        breaches: of the batch.
        severity: of the faults that count: `reject` for the quarantine, `warn` for the remarks.
        names: of the columns that any source of the table has.

    Returns:
        Columns `MARKS`, then `names`.
    """
    faults = [_fault(breach) for breach in breaches if breach.severity == severity and len(breach.rows)]
    reasons = (
        pl.concat(faults)
        .group_by("row", maintain_order=True)
        .agg(pl.col(REASONS), pl.col(COLUMNS).drop_nulls().unique(maintain_order=True), pl.col(WORDS).str.join("; "))
        .sort("row")
    )
    rows = reasons.get_column("row").to_numpy()
    there = {each.name: _as_text(each) for each in batch.frame[rows].iter_columns()}
    marks = reasons.select(
        pl.lit(batch.source).alias(SOURCE),
        pl.Series(LINE, batch.lines[rows], dtype=pl.Int64),
        REASONS,
        COLUMNS,
        WORDS,
        pl.lit(None, dtype=pl.String).alias(RAW),
    )
    absent = pl.lit(None, dtype=pl.String)
    return marks.with_columns(
        there[name].alias(_free(name)) if name in there else absent.alias(_free(name)) for name in names
    )


def _fault(breach: Breach) -> pl.DataFrame:
    words = pl.lit(f"{breach.column}: {breach.words}" if breach.column else breach.words)
    frame = pl.DataFrame({"row": breach.rows})
    if breach.details is not None:
        frame = frame.with_columns(breach.details.alias("detail"))
        words = pl.concat_str(words, pl.lit(": "), pl.col("detail"))
    return frame.select(
        "row",
        pl.lit(str(breach.code)).alias(REASONS),
        pl.lit(breach.column, dtype=pl.String).alias(COLUMNS),
        words.alias(WORDS),
    )


def unreadable(source: str, records: Sequence[Unread], names: Sequence[str]) -> pl.DataFrame:
    """Records for the quarantine that never became rows: the same columns, with the raw text and no values."""
    return pl.DataFrame(
        {
            SOURCE: [source] * len(records),
            LINE: [each.line for each in records],
            REASONS: [[str(each.code)] for each in records],
            COLUMNS: [[] for _ in records],
            WORDS: [each.words for each in records],
            RAW: [each.raw or None for each in records],
        },
        schema={
            SOURCE: pl.String,
            LINE: pl.Int64,
            REASONS: pl.List(pl.String),
            COLUMNS: pl.List(pl.String),
            WORDS: pl.String,
            RAW: pl.String,
        },
    ).with_columns(pl.lit(None, dtype=pl.String).alias(_free(name)) for name in names)


def _free(name: str) -> str:
    """A source's column that has the name of one of ours."""
    return f"{name}_" if name in MARKS else name


def _as_text(series: pl.Series) -> pl.Series:
    """Values as text; what has no plain text (lists, records, bytes) as Python would show it."""
    if series.dtype.is_nested() or series.dtype in (pl.Binary, pl.Object):
        return pl.Series(series.name, [None if each is None else repr(each) for each in series], dtype=pl.String)
    return series.cast(pl.String)
