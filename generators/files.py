"""Writing a stretch of a table's rows as one Parquet file."""

from __future__ import annotations

import base64
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

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
            columns = _group(table, first, last, stretch, undefined)
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


def _group(table: TableMaker, first: int, last: int, stretch: int, undefined: Counter[str]) -> dict[str, Values]:
    parts: dict[str, list[Values]] = {name: [] for name in table.columns}
    for start in range(first, last, stretch):
        block = table.block(start, min(start + stretch, last))
        for name in table.columns:
            parts[name].append(block.get(name))
        undefined.update(block.undefined)
    return {name: concatenated(values) for name, values in parts.items()}
