"""Rows of every table of a book, made in memory: for a preview, and for what is measured before anything is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seedbed.generators.blocks import Block, TableMaker

if TYPE_CHECKING:
    import polars as pl

    from seedbed.core.documents import Document
    from seedbed.rules import Book, Measured

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


def measure_samples(book: Book, samples: Mapping[str, Sample]) -> tuple[Measured, ...]:
    """The book's expectations, measured on samples.

    A count or a sum over part of a table says nothing about all of it, nor does the share of one count in another.
    Whether a measure is of that kind shows when it is taken on half of a table's rows too: an average stays where it
    is, a sum halves.

    Args:
        book: checked.
        samples: of every table, from `sample_book`.

    Returns:
        One for each expectation; `met` is None where a sample cannot tell.
    """
    from seedbed.rules import measured

    whole = {name: sample.frame.to_arrow() for name, sample in samples.items()}
    found = measured(book, whole)
    parts = {name: sample for name, sample in samples.items() if not sample.whole}
    for name, sample in parts.items():
        halves = measured(book, whole | {name: sample.frame.gather_every(2).to_arrow()})
        found = tuple(
            one
            if one.met is None or _alike(one.value, half.value)
            else replace(one, met=None, trouble="it counts or adds up rows")
            for one, half in zip(found, halves, strict=True)
        )
    return found


def _alike(whole: float | None, half: float | None) -> bool:
    if whole is None or half is None or not whole:
        return whole == half
    return 0.75 < half / whole < 1.33
