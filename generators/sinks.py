"""Files that a table's values are written into: Parquet or CSV, one sink per file."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

import pyarrow as pa
import pyarrow.parquet as pq

from seedbed.generators.plans import GROUP
from seedbed.generators.values import Values

if TYPE_CHECKING:
    from seedbed.generators.forms import Form


class Sink(Protocol):
    """A file being written; leave its `with` block to complete it."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def write(self, columns: Mapping[str, Values]) -> None:
        """Appends rows, up to `GROUP` of them: every column, of one length."""


def sink_for(path: Path, forms: Mapping[str, Form]) -> Sink:
    """The sink of a file's ending.

    Args:
        path: to write, `.parquet` or `.csv`.
        forms: of the columns, in order.
    """
    return CsvSink(path, forms) if path.suffix == ".csv" else ParquetSink(path, forms)


def read_schema(forms: Mapping[str, Form]) -> Any:
    """The Arrow schema that readers see, with unit, about and sensitive as metadata of the fields."""
    return pa.schema(
        [pa.field(name, form.read, metadata=form.metadata or None) for name, form in forms.items()],
        metadata={"seedbed": "synthetic"},
    )


class ParquetSink:
    """Parquet with the encodings of `Form`, one row group per write."""

    def __init__(self, path: Path, forms: Mapping[str, Form]) -> None:
        self._forms = dict(forms)
        self._written = pa.schema([pa.field(name, form.written) for name, form in forms.items()])
        coded = [name for name, form in forms.items() if pa.types.is_dictionary(form.written)]
        self._writer = pq.ParquetWriter(
            path,
            self._written,
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
        self._rows = 0

    def __enter__(self) -> Self:
        return self

    def write(self, columns: Mapping[str, Values]) -> None:
        """Appends one row group."""
        arrays = [form.array(columns[name]) for name, form in self._forms.items()]
        table = pa.Table.from_arrays(arrays, schema=self._written)
        self._writer.write_table(table, row_group_size=GROUP)
        self._rows += table.num_rows

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            if not self._rows:
                self._writer.write_table(self._written.empty_table())
            schema = base64.b64encode(read_schema(self._forms).serialize().to_pybytes()).decode()
            self._writer.add_key_value_metadata({"ARROW:schema": schema, "seedbed": "synthetic"})
        self._writer.close()


class CsvSink:
    """CSV as RFC 4180 says, UTF-8, a head in every file.

    A missing value is nothing between the commas, an empty text `""`. Moments are local with their offset from UTC
    (`2025-03-09T08:30:00-04:00`), so the hour that occurs twice in autumn stays told apart.
    """

    def __init__(self, path: Path, forms: Mapping[str, Form]) -> None:
        self._forms = dict(forms)
        self._file = open(path, "wb")  # noqa: SIM115  closed by __exit__
        self._head = True

    def __enter__(self) -> Self:
        return self

    def write(self, columns: Mapping[str, Values]) -> None:
        """Appends rows."""
        import polars as pl

        arrays = [form.array(columns[name]) for name, form in self._forms.items()]
        table = pa.Table.from_arrays(arrays, names=list(self._forms))
        plain = table.cast(pa.schema([pa.field(name, form.read) for name, form in self._forms.items()]))
        frame = pl.from_arrow(plain)
        assert isinstance(frame, pl.DataFrame)
        frame.write_csv(
            self._file,
            include_header=self._head,
            quote_style="necessary",
            datetime_format="%Y-%m-%dT%H:%M:%S%.f%:z",
        )
        self._head = False

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None and self._head:
            self._file.write(",".join(self._forms).encode() + b"\n")
        self._file.close()
