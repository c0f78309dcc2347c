"""The truth about planted faults: exactly the cells and rows that differ from the clean table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seedbed.generators.faults.arrivals import Arrivals

if TYPE_CHECKING:
    import polars as pl

    from seedbed.generators.forms import Form
    from seedbed.generators.values import Values

Rows = NDArray[np.int64]

SCHEMA = pa.schema(
    [
        pa.field("fault", pa.int32()),
        pa.field("kind", pa.string()),
        pa.field("episode", pa.int32()),
        pa.field("table", pa.string()),
        pa.field("file", pa.string()),
        pa.field("row", pa.int64()),
        pa.field("faulty_row", pa.int64()),
        pa.field("column", pa.string()),
        pa.field("clean", pa.string()),
        pa.field("faulty", pa.string()),
    ],
    metadata={"seedbed": "synthetic"},
)
"""The columns of the truth.

`fault`: its number in the book, from 1. `episode`: which time it happened; missing where rows are befallen one by one.
`row`: of the clean table, from 1; missing for rows that are not in it. `faulty_row`: of `file`, from 1; missing for
rows that did not arrive. `column`: missing for whole rows. `clean`, `faulty`: the cell's values as text.
A renamed column is one entry without rows: the column, its old name and its new one, the first file that has it.
"""


@dataclass(frozen=True)
class Window:
    """A stretch of a table as it arrives.

    Attributes:
        arrivals: all rows, faults and all.
        first: first place.
        last: one past the last.
        order: (M,) the rows that arrive, in their order.
    """

    arrivals: Arrivals
    first: int
    last: int
    order: Rows


class TruthFile:
    """The truth of one shard, being written; leave its `with` block to complete it.

    Args:
        path: to write.
        table: name.
        kinds: of faults, by their number.
    """

    def __init__(self, path: Path, table: str, kinds: Mapping[int, str]) -> None:
        self._table, self._kinds = table, kinds
        self._writer = pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=1, store_schema=False)
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and not self._rows:
            self._writer.write_table(SCHEMA.empty_table())
        self._writer.close()

    def rename(self, file: str, fault: int, column: str, name: str) -> None:
        """Notes that from a file on a column has another name."""
        kind = self._kinds[fault]
        entry = {"fault": [fault], "kind": [kind], "table": [self._table], "file": [file], "column": [column]}
        self._write({**entry, "clean": [column], "faulty": [name]})

    def _write(self, columns: Mapping[str, object]) -> None:
        count = len(columns["fault"])  # type: ignore[arg-type]
        arrays = [
            pa.array(columns[item.name], type=item.type) if item.name in columns else pa.nulls(count, item.type)
            for item in SCHEMA
        ]
        self._writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
        self._rows += count

    def add(self, window: Window, file: str, arrived: int) -> Counter[int]:
        """Notes what differs in a window.

        Args:
            window: as it arrives.
            file: name of the faulty file.
            arrived: rows before it in that file.

        Returns:
            Entries by fault.
        """
        import polars as pl

        frames = [_rows(window), *(_cells(window, name, place) for place, name in enumerate(window.arrivals.touched))]
        found = pl.concat(frames).sort("at", "part", maintain_order=True)
        if not found.height:
            return Counter()
        kinds = pl.Series([self._kinds[fault] for fault in found["fault"].to_list()], dtype=pl.String)
        found = found.with_columns(
            kinds.alias("kind"),
            pl.lit(self._table).alias("table"),
            pl.lit(file).alias("file"),
            (pl.col("faulty_row") + arrived).alias("faulty_row"),
            pl.when(pl.col("episode") > 0).then(pl.col("episode")).alias("episode"),
        )
        table = found.select(SCHEMA.names).to_arrow().cast(SCHEMA)
        self._writer.write_table(table)
        self._rows += found.height
        return Counter(found["fault"].to_list())


def _frame(at: Rows, part: int, columns: Mapping[str, pl.Series]) -> pl.DataFrame:
    import polars as pl

    types = {"fault": pl.Int32, "episode": pl.Int32, "row": pl.Int64, "faulty_row": pl.Int64}
    texts = {"column": pl.String, "clean": pl.String, "faulty": pl.String}
    given = [
        columns[name].alias(name).cast(kind) if name in columns else pl.Series(name, [None] * len(at), dtype=kind)
        for name, kind in {**types, **texts}.items()
    ]
    return pl.DataFrame([pl.Series("at", at, dtype=pl.Int64), pl.Series("part", [part] * len(at), pl.Int32), *given])


def _rows(window: Window) -> pl.DataFrame:
    """Whole rows: inserted, late, or not there."""
    import polars as pl

    arrivals, order = window.arrivals, window.order
    numbers = arrivals.clean.rows[arrivals.origin]
    own = numbers[order]
    # A row is late where one that stands behind it in the table came before it; from an earlier window it always is.
    highest = np.maximum.accumulate(np.where(arrivals.inserted[order], -1, own)) if len(order) else own
    late = arrivals.moved[order] & ((highest > own) | (own < window.first))
    here = np.flatnonzero(arrivals.inserted[order] | late)
    gone = np.flatnonzero(
        arrivals.removed & ~arrivals.inserted & (arrivals.place >= window.first) & (arrivals.place < window.last)
    )
    inserted = arrivals.inserted[order[here]]
    rows = np.concatenate([order[here], gone])
    places = arrivals.place[order]
    at = np.concatenate([here, np.searchsorted(places, arrivals.place[gone], side="right")])
    there = np.concatenate([~inserted, np.ones(len(gone), np.bool_)])
    return _frame(
        at,
        -1,
        {
            "fault": pl.Series(arrivals.fault[rows]),
            "episode": pl.Series(arrivals.episode[rows]),
            "row": _some(numbers[rows] + 1, there),
            "faulty_row": _some(at + 1, np.arange(len(rows)) < len(here)),
        },
    )


def _some(numbers: Rows, there: NDArray[np.bool_]) -> pl.Series:
    import polars as pl

    return pl.Series(numbers, dtype=pl.Int64).set(pl.Series(~there), None)


def _cells(window: Window, name: str, part: int) -> pl.DataFrame:
    """The cells of a column that differ from the clean ones."""
    import polars as pl

    arrivals, order = window.arrivals, window.order
    marks = arrivals.marks(name)
    assert marks is not None
    faults, episodes = marks
    at = np.flatnonzero((faults[order] > 0) & ~arrivals.inserted[order])
    rows = order[at]
    form = arrivals.table.columns[name].form
    origin = arrivals.origin[rows]
    clean = as_text(form, arrivals.clean.get(name).take(origin))
    faulty = as_text(form, arrivals.get(name).take(rows))
    differs = clean.ne_missing(faulty).to_numpy()
    at, rows, origin = at[differs], rows[differs], origin[differs]
    mask = pl.Series(differs)
    return _frame(
        at,
        part,
        {
            "fault": pl.Series(faults[rows]),
            "episode": pl.Series(episodes[rows]),
            "row": pl.Series(arrivals.clean.rows[origin] + 1),
            "faulty_row": pl.Series(at + 1),
            "column": pl.Series([name] * len(at), dtype=pl.String),
            "clean": clean.filter(mask),
            "faulty": faulty.filter(mask),
        },
    )


def as_text(form: Form, values: Values) -> pl.Series:
    """Values as a CSV file would show them; missing ones stay missing."""
    import polars as pl

    array = form.array(values)
    if pa.types.is_dictionary(array.type) or pa.types.is_decimal(array.type):
        array = array.cast(form.read)
    series = pl.Series("", array)
    if form.type == "datetime":
        return series.dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
    return series.cast(pl.String)
