"""How the rows of a table follow from others: which combination of parents and time a row is.

A layout maps row numbers to parts by arithmetic and a short list of counts, so any row can be asked for on its own, in
any process; nothing of the size of the table is ever held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.picks import below
from seedbed.generators.values import Values

if TYPE_CHECKING:
    from seedbed.generators.blocks import Block, TableMaker

Rows = NDArray[np.int64]

CHUNK = 1 << 16
"""Combinations between two of the counts that a thinned table keeps."""


class Layout(Protocol):
    """What the rows of a table are made from."""

    def part(self, place: int, block: Block) -> Values:
        """A part of each of the block's rows."""


@dataclass(frozen=True)
class PartMaker:
    """Values of a column that shows a part of the row; never drawn, missing or redrawn.

    Attributes:
        place: which part of the table's layout.
    """

    place: int

    def make(self, block: Block) -> Values:
        """One value per row."""
        assert block.table.layout is not None
        return block.table.layout.part(self.place, block)


@dataclass(frozen=True)
class Parents:
    """A part of `each`: the rows of another table."""

    table: TableMaker

    def __len__(self) -> int:
        return self.table.rows

    def values(self, entries: Rows) -> Values:
        """Parent rows."""
        return Values(entries)


@dataclass(frozen=True)
class Steps:
    """A part of `each`: times at even distances.

    Attributes:
        first: a day number, or ms UTC.
        step: 1 day, or ms of real time. An hour step therefore skips no hour and doubles none where clocks change.
        count: how many.
    """

    first: int
    step: int
    count: int

    def __len__(self) -> int:
        return self.count

    def values(self, entries: Rows) -> Values:
        """Days or moments."""
        return Values(entries * self.step + self.first)


@dataclass(frozen=True)
class Kept:
    """The combinations that `keep` leaves, each by a cell of its own.

    Attributes:
        key: of the cells.
        share: chance of each.
        total: combinations in all.
        before: (chunks + 1,) how many are kept before each stretch of `CHUNK` combinations, and in all.
    """

    key: int
    share: float
    total: int
    before: Rows

    @classmethod
    def counted(cls, key: int, share: float, total: int) -> Kept:
        """Counts what is kept, stretch by stretch."""
        counts = [np.count_nonzero(_kept(key, share, start, total)) for start in range(0, total, CHUNK)]
        return cls(key, share, total, np.concatenate([[0], np.cumsum(counts, dtype=np.int64)]).astype(np.int64))

    def combinations(self, rows: Rows) -> Rows:
        """(N,) rows in any order to the combinations they are."""
        found = np.empty(len(rows), np.int64)
        for chunk, positions in grouped(np.searchsorted(self.before, rows, side="right") - 1):
            start = chunk * CHUNK
            places = np.flatnonzero(_kept(self.key, self.share, start, self.total))
            found[positions] = places[rows[positions] - self.before[chunk]] + start
        return found


def _kept(key: int, share: float, start: int, total: int) -> NDArray[np.bool_]:
    return below(keys.cells(key, start, min(start + CHUNK, total)), share)


def grouped(chunks: Rows) -> Iterator[tuple[int, Rows | slice]]:
    """The positions of each value, rising; a slice where the values are in order already.

    Args:
        chunks: (N,) of 0 or more.
    """
    if not len(chunks):
        return
    order = None if np.all(chunks[1:] >= chunks[:-1]) else np.argsort(chunks, kind="stable")
    ordered = chunks if order is None else chunks[order]
    borders = [0, *(np.flatnonzero(ordered[1:] != ordered[:-1]) + 1).tolist(), len(chunks)]
    for start, stop in pairwise(borders):
        yield int(ordered[start]), slice(start, stop) if order is None else order[start:stop]


@dataclass(frozen=True)
class EachLayout:
    """One row for each combination of parts; the last part changes fastest.

    Attributes:
        parts: in the book's order.
        kept: which combinations there are, None for all.
    """

    parts: tuple[Parents | Steps, ...]
    kept: Kept | None = None

    def part(self, place: int, block: Block) -> Values:
        """A part of each of the block's rows."""
        part = self.parts[place]
        entries = self._combinations(block)
        stride = 1
        for later in self.parts[place + 1 :]:
            stride *= len(later)
        if stride > 1:
            entries = entries // np.int64(stride)
        if place:
            entries = entries % np.int64(max(len(part), 1))
        return part.values(entries)

    def _combinations(self, block: Block) -> Rows:
        if self.kept is None:
            return block.rows
        if "combinations" not in block.placed:
            block.placed["combinations"] = self.kept.combinations(block.rows)
        found: Rows = block.placed["combinations"]
        return found
