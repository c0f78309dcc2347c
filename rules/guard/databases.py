"""Tables of a DuckDB file as sources of real rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from seedbed.core.errors import DataError, Reason
from seedbed.rules.guard.records import Piece
from seedbed.rules.guard.sources import ROWS, Source


@dataclass
class DuckdbSource(Source):
    """A table of a DuckDB file."""

    inner: str = ""
    schema: dict[str, str] = field(default_factory=dict)
    kind = "duckdb"

    @property
    def names(self) -> Sequence[str]:
        """From the database."""
        return tuple(self.schema)

    def types(self) -> dict[str, str]:
        """From the database."""
        return dict(self.schema)

    @property
    def rows(self) -> int | None:
        """By counting them."""
        with open_duckdb(self.path) as base:
            found = base.execute(f"select count(*) from {quoted(self.inner)}").fetchone()
        return int(found[0]) if found else 0

    def pieces(self) -> Iterator[Piece]:
        """Arrow batches, in the order of the table."""
        with open_duckdb(self.path) as base:
            reader = base.sql(f"select * from {quoted(self.inner)}").to_arrow_reader(ROWS)
            first = 1
            for batch in reader:
                if batch.num_rows:
                    frame = pl.DataFrame(pl.from_arrow(batch))
                    yield Piece(frame, np.arange(first, first + frame.height))
                    first += frame.height


def open_duckdb(path: Path) -> Any:
    """A DuckDB file for reading, locked: it reaches no other file.

    Raises:
        DataError: it cannot be opened.
    """
    import duckdb

    try:
        return duckdb.connect(
            str(path), read_only=True, config={"enable_external_access": "false", "lock_configuration": "true"}
        )
    except duckdb.Error as error:
        raise DataError(
            "the DuckDB file cannot be opened",
            reason=Reason.DAMAGED,
            where=path,
            found=str(error).splitlines()[0],
            repair="close the program that is writing it, or export it again",
        ) from None


def duckdb_tables(path: Path) -> list[str]:
    """Names of the tables of a DuckDB file; views are left out, they could read anything."""
    with open_duckdb(path) as base:
        found = base.execute(
            "select table_name from information_schema.tables where table_type = 'BASE TABLE' "
            "and table_schema = 'main' order by 1"
        ).fetchall()
    return [name for (name,) in found]


def quoted(name: str) -> str:
    """A name for SQL."""
    return '"' + name.replace('"', '""') + '"'
