"""How the rows of a table follow from others: which combination of parents and time a row is.

A layout maps row numbers to parts by arithmetic and a short list of counts, so any row can be asked for on its own, in
any process; nothing of the size of the table is ever held.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.picks import below
from seedbed.generators.values import Values

if TYPE_CHECKING:
    from seedbed.generators.blocks import Block, Maker, TableMaker

Rows = NDArray[np.int64]

CHUNK = 1 << 16
"""Combinations between two of the counts that a thinned table keeps."""
MOST_CHUNKS = 1 << 16
"""Counts that a table of children keeps at most; between two of them lie as few parents as that allows."""
LEAST_BITS = 6
TOGETHER = 1 << 17
"""Parents looked at together to find any rows."""


class Layout(Protocol):
    """What the rows of a table are made from."""

    def part(self, place: int, block: Block) -> Values:
        """A part of each of the block's rows."""

    def places(self, block: Block) -> tuple[Rows, Rows]:
        """The entity of each of the block's rows, and which step of that entity it is, from 0."""


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
        stride = self.inner(place)
        if stride > 1:
            entries = entries // np.int64(stride)
        if place:
            entries = entries % np.int64(max(len(part), 1))
        return part.values(entries)

    @property
    def time(self) -> int | None:
        """Which part is the step of time."""
        return next((place for place, part in enumerate(self.parts) if isinstance(part, Steps)), None)

    def inner(self, place: int) -> int:
        """How many rows share one entry of the parts up to a place."""
        return prod(len(part) for part in self.parts[place + 1 :])

    def places(self, block: Block) -> tuple[Rows, Rows]:
        """The entity of each row, which is its combination without the time; and its step of time."""
        time = self.time
        assert time is not None
        rows, inner, count = self._combinations(block), np.int64(max(self.inner(time), 1)), len(self.parts[time])
        upper = rows // inner
        entities = upper // np.int64(max(count, 1))
        steps = upper - entities * count
        if inner > 1:
            entities = entities * inner + (rows - upper * inner)
        return entities, steps

    def _combinations(self, block: Block) -> Rows:
        if self.kept is None:
            return block.rows
        if "combinations" not in block.placed:
            block.placed["combinations"] = self.kept.combinations(block.rows)
        found: Rows = block.placed["combinations"]
        return found


@dataclass(frozen=True)
class Runs:
    """Rows that follow their owners in order, so many for each.

    Attributes:
        owners: how many there are.
        bits: of a chunk: 2**bits owners lie between two counts that are kept.
        before: (chunks + 1,) rows before each chunk of owners, and in all.
    """

    owners: int
    bits: int
    before: Rows

    @classmethod
    def counted(cls, owners: int, counts: Iterable[Rows]) -> Runs:
        """Adds counts up.

        Args:
            owners: how many there are.
            counts: of all owners in order, in pieces of a multiple of 2**16 but for the last.
        """
        bits = max((max(owners, 1) - 1).bit_length() - (MOST_CHUNKS.bit_length() - 1), LEAST_BITS)
        sums = [np.add.reduceat(piece, np.arange(0, len(piece), 1 << bits)) for piece in counts if len(piece)]
        before = np.concatenate([[0], *sums]).astype(np.int64)
        return cls(owners, bits, np.cumsum(before))

    @classmethod
    def again(cls, owners: int, before: Rows) -> Runs:
        """The runs whose counts have been added up."""
        bits = max((max(owners, 1) - 1).bit_length() - (MOST_CHUNKS.bit_length() - 1), LEAST_BITS)
        return cls(owners, bits, before)

    def chunks(self, rows: Rows) -> Rows:
        """(N,) the chunk of owners that each row is of."""
        return np.searchsorted(self.before, rows, side="right") - 1

    def members(self, first: int, last: int) -> tuple[int, int]:
        """First owner of chunk `first`, and one past the last of chunk `last`."""
        return first << self.bits, min((last + 1) << self.bits, self.owners)

    def locate(self, block: Block, counts: Callable[[Rows | range], Rows]) -> tuple[Rows, Rows]:
        """Whose each row is.

        Args:
            block: rows of the table.
            counts: gives how many rows owners have, for a range of them or for any.

        Returns:
            (N,) owners, and (N,) how many rows of the same owner come before.
        """
        if block.stretch is not None:
            return self._stretch(*block.stretch, counts)
        rows = block.rows
        owners, before = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        for chunks, positions in batched(self.chunks(rows), max(TOGETHER >> self.bits, 1)):
            members = ((chunks << self.bits)[:, None] + np.arange(1 << self.bits)).ravel()
            members = members[members < self.owners]
            sizes = counts(members)
            starts = np.cumsum(sizes) - sizes
            heads = np.flatnonzero(members & ((1 << self.bits) - 1) == 0)
            shifts = self.before[chunks] - starts[heads]
            starts += np.repeat(shifts, np.diff(np.append(heads, len(members))))
            here = np.searchsorted(starts, rows[positions], side="right") - 1
            owners[positions] = members[here]
            before[positions] = rows[positions] - starts[here]
        return owners, before

    def _stretch(self, start: int, stop: int, counts: Callable[[Rows | range], Rows]) -> tuple[Rows, Rows]:
        if start == stop:
            return np.zeros(0, np.int64), np.zeros(0, np.int64)
        first, last = self.chunks(np.array([start, stop - 1]))
        members = range(*self.members(int(first), int(last)))
        sizes = counts(members)
        ends = np.cumsum(sizes) + self.before[first]
        starts = ends - sizes
        inside = np.clip(ends, start, stop) - np.clip(starts, start, stop)
        owners = np.repeat(np.arange(members.start, members.stop, dtype=np.int64), inside)
        return owners, np.arange(start, stop, dtype=np.int64) - np.repeat(starts, inside)


def batched(chunks: Rows, together: int) -> Iterator[tuple[Rows, Rows | slice]]:
    """Distinct chunks, rising, some at a time.

    Args:
        chunks: (N,) of 0 or more.
        together: how many at a time.

    Yields:
        Distinct chunks, and the positions of `chunks` where they stand.
    """
    distinct, which = np.unique(chunks, return_inverse=True)
    for number, positions in grouped(which // together):
        yield distinct[number * together : (number + 1) * together], positions


@dataclass(frozen=True)
class ChildrenLayout:
    """Some rows for each row of another table, after one another.

    Attributes:
        parent: the other table.
        count: how many each has: a maker of its columns' table.
        runs: the counts added up.
    """

    parent: TableMaker
    count: Maker
    runs: Runs

    def part(self, place: int, block: Block) -> Values:
        """The parent (0), or the number within the parent from 1 (1)."""
        owners, before = self.places(block)
        return Values(before + 1 if place else owners)

    def places(self, block: Block) -> tuple[Rows, Rows]:
        """The parent of each row, and how many of the same parent come before."""
        if "located" not in block.placed:
            block.placed["located"] = self.runs.locate(block, lambda owners: counts_of(self.parent, self.count, owners))
        owners, before = block.placed["located"]
        return owners, before


def counts_of(parent: TableMaker, count: Maker, owners: Rows | range) -> Rows:
    """How many rows parents have: a stretch of them or any."""
    from seedbed.generators.blocks import Block

    if isinstance(owners, range):
        block = parent.block(owners.start, owners.stop)
    else:
        block = Block(parent, rows=owners)
    return np.asarray(count.make(block).data)
