"""Reading faulty tables beside their truth: which clean row each arrived row is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from seedbed.core.errors import DataError, Reason

if TYPE_CHECKING:
    import polars as pl


def planted(root: Path, table: str | None = None) -> pl.DataFrame:
    """The truth about a dataset's faults.

    Args:
        root: folder that `seedbed generate` wrote.
        table: of this one alone.

    Returns:
        One row for each planted cell or row; columns as `truth.SCHEMA` says.

    Raises:
        DataError: no faults were planted here.
    """
    import polars as pl

    files = sorted((root / "truth" / "faults").glob("*.parquet"))
    if not files:
        raise DataError(
            "no truth about faults here",
            reason=Reason.NOT_FOUND,
            where=root,
            repair="generate a book that has faults, as Parquet or CSV",
        )
    truth = pl.concat(pl.read_parquet(file) for file in files)
    return truth if table is None else truth.filter(pl.col("table") == table)


def arrived(root: Path, table: str) -> pl.DataFrame:
    """A faulty table under its clean column names, each row with the clean row it comes from.

    Args:
        root: folder that `seedbed generate` wrote as Parquet.
        table: its name.

    Returns:
        The rows in the order in which they arrive: `file`, `faulty_row` (within the file, from 1), `row` (of the clean
        table, from 1; missing for rows that are not in it), then the table's columns.

    Raises:
        DataError: the table has no faults, or files and truth do not fit each other.
    """
    import polars as pl

    truth = planted(root, table)
    frames, names = [], {}
    for path in sorted((root / "faulty" / table).glob("part-*.parquet")):
        renamed = truth.filter((pl.col("kind") == "renamed_column") & (pl.col("file") == path.name))
        names.update(dict(zip(renamed["faulty"], renamed["column"], strict=True)))
        frame = pl.read_parquet(path).rename(names)
        numbers = pl.Series("faulty_row", np.arange(1, frame.height + 1))
        frames.append(frame.select(pl.lit(path.name).alias("file"), numbers, pl.all()))
    clean = sum(
        pl.scan_parquet(file).select(pl.len()).collect().item()
        for file in sorted((root / "tables" / table).glob("part-*.parquet"))
    )
    if not frames or not clean:
        raise DataError(
            "no such faulty table",
            reason=Reason.NOT_FOUND,
            where=root / "faulty" / table,
            repair="name a table of a Parquet dataset that has faults",
        )
    rows = pl.concat(frames)
    whole = truth.filter(pl.col("column").is_null())
    known = whole.filter(pl.col("faulty_row").is_not_null()).select("file", "faulty_row", "row", inserted=pl.lit(True))
    rows = rows.join(known, on=["file", "faulty_row"], how="left", maintain_order="left")
    # Whoever is neither inserted nor late nor gone comes in the order of the clean table.
    named = whole["row"].drop_nulls().to_numpy()
    rest = np.setdiff1d(np.arange(1, clean + 1), named)
    plain = rows["inserted"].is_null().to_numpy()
    if int(plain.sum()) != len(rest):
        raise DataError(
            "faulty table and truth do not fit each other",
            reason=Reason.DAMAGED,
            where=root / "faulty" / table,
            found=f"{int(plain.sum())} rows that arrive as they are",
            allowed=str(len(rest)),
            repair="generate the dataset anew",
        )
    filled = rows["row"].fill_null(0).to_numpy().copy()
    filled[plain] = rest
    row = pl.Series("row", filled, dtype=pl.Int64).set(pl.Series(filled == 0), None)
    return rows.drop("row", "inserted").insert_column(2, row)
