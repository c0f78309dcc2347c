"""Rows of every table of a book, made in memory: for a preview, and for what is measured before anything is written."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from seedbed.generators.blocks import Block, TableMaker

if TYPE_CHECKING:
    import polars as pl

    from seedbed.core.documents import Document
    from seedbed.rules import Book

MOST = 50_000
"""Rows of a table that a sample holds at most: enough for every picture, made in a blink."""

FIRST = 5


@dataclass(frozen=True)
class Sample:
    """Some rows of a table.

    Attributes:
        frame: columns as formulas see them: decimals as numbers, moments as local time without an offset.
        first: the first `FIRST` rows, one after the other, likewise.
        rows: how many the whole table has.
    """

    frame: pl.DataFrame
    first: pl.DataFrame
    rows: int

    @property
    def whole(self) -> bool:
        """Whether it holds all of them."""
        return self.frame.height == self.rows


def sample_table(table: TableMaker, most: int = MOST) -> Sample:
    """Rows of one table, evenly spread over it and in order.

    Args:
        table: compiled.
        most: rows at most.
    """
    if table.rows <= most:
        block = table.block(0, table.rows)
    else:
        # Rounded down from exact whole numbers, so that no row comes twice and the spread has no drift.
        rows = np.arange(most, dtype=np.int64) * table.rows // most
        block = Block(table, rows=rows)
    return Sample(_frame(block), _frame(table.block(0, min(FIRST, table.rows))), table.rows)


def _frame(block: Block) -> pl.DataFrame:
    import polars as pl

    return pl.DataFrame([block.series(name) for name in block.table.columns])


def sample_book(document: Document[Book], most: int = MOST) -> dict[str, Sample]:
    """`sample_table` of every table of a book, by name.

    Args:
        document: from `load_book`.
        most: rows of a table at most.

    Raises:
        DataError: the tables cannot be made as asked.
    """
    from seedbed.generators.compiler import compile_plan
    from seedbed.generators.plans import resolve

    return {name: sample_table(table, most) for name, table in compile_plan(resolve(document, {})).items()}
