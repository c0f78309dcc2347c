"""Writing a stretch of a table's rows as one Parquet file."""

from __future__ import annotations

import base64
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seedbed.generators.blocks import STRETCH, TableMaker
from seedbed.generators.plans import GROUP
from seedbed.generators.values import Values, concatenated


def read_schema(table: TableMaker) -> Any:
    """The Arrow schema that readers see, with unit, about and sensitive as metadata of the fields."""
    return pa.schema(
        [
            pa.field(name, column.form.read, metadata=column.form.metadata or None)
            for name, column in table.columns.items()
        ],
        metadata={"seedbed": "synthetic"},
    )


def write_file(path: Path, table: TableMaker, start: int, stop: int, *, stretch: int = STRETCH) -> Counter[str]:
    """Writes rows [start, stop) of a table.

    Args:
        path: to write.
        table: compiled.
        start: first row.
        stop: one past the last.
        stretch: rows computed at a time; changes memory and speed, never the bytes.

    Returns:
        By column, rows that a formula gave no value though all it reads was there.
    """
    forms = {name: column.form for name, column in table.columns.items()}
    written = pa.schema([pa.field(name, form.written) for name, form in forms.items()])
    schema = read_schema(table)
    undefined: Counter[str] = Counter()
    gatherer = _Gatherer(table, stretch)
    coded = [name for name, form in forms.items() if pa.types.is_dictionary(form.written)]
    writer = pq.ParquetWriter(
        path,
        written,
        # The stored schema is our own: readers get text and 128-bit decimals, whatever the writer was handed.
        store_schema=False,
        store_decimal_as_integer=True,
        use_dictionary=coded,
        # Least and greatest text of a random choice help no reader, and cost more than writing it.
        write_statistics=[name for name in forms if name not in coded],
        column_encoding={name: form.encoding for name, form in forms.items() if form.encoding},
        compression={name: form.compression for name, form in forms.items()},
        compression_level={name: 1 for name, form in forms.items() if form.compression == "ZSTD"},
    )
    with writer:
        for first in range(start, stop, GROUP):
            last = min(first + GROUP, stop)
            columns = gatherer.group(first, last, undefined)
            arrays = [forms[name].array(values) for name, values in columns.items()]
            writer.write_table(pa.Table.from_arrays(arrays, schema=written), row_group_size=GROUP)
        if start == stop:
            writer.write_table(written.empty_table())
        writer.add_key_value_metadata(
            {
                "ARROW:schema": base64.b64encode(schema.serialize().to_pybytes()).decode(),
                "seedbed": "synthetic",
            }
        )
    return undefined


class _Gatherer:
    """Puts the values of blocks together to a row group, in memory that is used again for the next.

    Fresh arrays of this size are given back to the system and taken anew each time, which costs more than the copy.
    """

    def __init__(self, table: TableMaker, stretch: int) -> None:
        self._table, self._stretch = table, stretch
        self._room: dict[str, NDArray[Any]] = {}

    def group(self, first: int, last: int, undefined: Counter[str]) -> dict[str, Values]:
        """Values of rows [first, last), good until the next call."""
        parts: dict[str, list[Values]] = {name: [] for name in self._table.columns}
        kept: dict[str, Values] = {}
        for start in range(first, last, self._stretch):
            block = self._table.block(start, min(start + self._stretch, last))
            for name in self._table.columns:
                values = block.get(name)
                if name in kept and self._fits(name, values, kept[name]):
                    self._room[name][start - first : start - first + len(values)] = values.data
                elif start == first and values.valid is None:
                    room = self._room.get(name)
                    if room is None or room.dtype != values.data.dtype:
                        room = self._room[name] = np.empty(GROUP, values.data.dtype)
                    room[: len(values)] = values.data
                    kept[name] = values
                else:
                    if name in kept:
                        before = self._room[name][: start - first].copy()
                        parts[name].append(Values(before, None, kept.pop(name).words))
                    parts[name].append(values)
            undefined.update(block.undefined)
        return {
            name: Values(self._room[name][: last - first], None, kept[name].words)
            if name in kept
            else concatenated(parts[name])
            for name in self._table.columns
        }

    def _fits(self, name: str, values: Values, kept: Values) -> bool:
        return values.valid is None and values.words is kept.words and values.data.dtype == self._room[name].dtype
