"""Which rows a fault befalls: one by one, in episodes, or whole days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import DAY, Zone
from seedbed.generators.blocks import Block
from seedbed.generators.formulas import Condition
from seedbed.generators.picks import below
from seedbed.generators.values import Mask

Rows = NDArray[np.int64]
Numbers = NDArray[np.int32]


class Picked(NamedTuple):
    """Rows of a block that a fault befalls.

    Attributes:
        positions: (K,) in the block, rising.
        episodes: (K,) from 1; 0 for rows befallen one by one.
        sources: (K,) row of the table whose values an episode repeats; the row itself where there are no episodes.
    """

    positions: Rows
    episodes: Numbers
    sources: Rows

    def take(self, which: Rows) -> Picked:
        """The same of some of them."""
        return Picked(self.positions[which], self.episodes[which], self.sources[which])


class Selection(Protocol):
    """Chooses rows."""

    def pick(self, clean: Block) -> Picked:
        """The befallen rows of a block of clean rows in rising order."""


@dataclass(frozen=True)
class Sieve:
    """Lets rows through where a condition holds and a date lies in a span.

    Attributes:
        condition: None for any row.
        date: path of a date or datetime, None where there is no span.
        low: first day or ms UTC, included.
        high: last, excluded.
    """

    condition: Condition | None = None
    date: str | None = None
    low: int = 0
    high: int = 0

    @property
    def open(self) -> bool:
        """Whether it lets every row through."""
        return self.condition is None and self.date is None

    def lets(self, block: Block) -> Mask:
        """(N,) which rows it lets through."""
        through = np.ones(len(block), np.bool_)
        if self.date is not None:
            dates = block.get(self.date)
            through &= (dates.data >= self.low) & (dates.data < self.high)
            if dates.valid is not None:
                through &= dates.valid
        if self.condition is not None:
            through &= self.condition.holds(block)
        return through

    def sifted(self, block: Block, positions: Rows) -> Rows:
        """Those of the positions that it lets through."""
        if self.open or not len(positions):
            return positions
        return positions[self.lets(block.part(positions))]


@dataclass(frozen=True)
class Scatter:
    """Rows one by one.

    Attributes:
        key: of the draws.
        share: of the rows.
        sieve: what it leaves.
    """

    key: int
    share: float
    sieve: Sieve

    def pick(self, clean: Block) -> Picked:
        """Each row by a cell of its own."""
        positions = np.flatnonzero(below(clean.cells(self.key), self.share))
        positions = self.sieve.sifted(clean, positions)
        return Picked(positions, np.zeros(len(positions), np.int32), clean.rows[positions])


@dataclass(frozen=True)
class Regular:
    """One row after every so many.

    Attributes:
        every: rows.
        sieve: what it leaves.
    """

    every: int
    sieve: Sieve

    def pick(self, clean: Block) -> Picked:
        """Every so-many-th row of the table."""
        rows = clean.rows
        positions = self.sieve.sifted(clean, np.flatnonzero(rows % self.every == self.every - 1))
        return Picked(positions, np.zeros(len(positions), np.int32), rows[positions])


@dataclass(frozen=True)
class Listed:
    """Rows chosen before anything was made.

    Attributes:
        rows: (K,) of the table, rising, each once.
        episodes: (K,) from 1.
        sources: (K,) first row of each episode.
    """

    rows: Rows
    episodes: Numbers
    sources: Rows

    def pick(self, clean: Block) -> Picked:
        """Those that are in the block."""
        rows = clean.rows
        if not len(rows):
            return Picked(rows, np.zeros(0, np.int32), rows)
        mine = slice(*np.searchsorted(self.rows, [rows[0], rows[-1] + 1]).tolist())
        found = np.searchsorted(rows, self.rows[mine])
        there = rows[found] == self.rows[mine]
        return Picked(found[there], self.episodes[mine][there], self.sources[mine][there])


@dataclass(frozen=True)
class Days:
    """All rows of some days, or of some days of some entities.

    Attributes:
        codes: (K,) from `day_codes`, rising.
        numbers: (K,) episode of each.
        date: path of the date.
        zone: of the date, None for one without a time.
        entity: reference column, or None.
        sieve: what is left of the rows.
    """

    codes: Rows
    numbers: Numbers
    date: str
    zone: Zone | None
    entity: str | None
    sieve: Sieve

    def pick(self, clean: Block) -> Picked:
        """The rows of those days."""
        codes, there = day_codes(clean, self.date, self.zone, self.entity)
        index = np.minimum(np.searchsorted(self.codes, codes), max(len(self.codes) - 1, 0))
        hit = there & (self.codes[index] == codes) if len(self.codes) else np.zeros(len(codes), np.bool_)
        positions = self.sieve.sifted(clean, np.flatnonzero(hit))
        return Picked(positions, self.numbers[index[positions]], clean.rows[positions])


_DAYS = 1 << 18
"""More than the days from 1700 to 2201, so that a day and an entity make one number."""


def day_codes(block: Block, date: str, zone: Zone | None, entity: str | None) -> tuple[Rows, Mask]:
    """(N,) one number for each row's local day, and entity where there is one; (N,) False where either is missing."""
    dates = block.get(date)
    days = dates.data if zone is None else zone.to_local(dates.data) // DAY
    codes = days.astype(np.int64) + _DAYS // 2
    there = np.ones(len(block), np.bool_) if dates.valid is None else dates.valid
    if entity is not None:
        entities = block.get(entity)
        codes = codes + entities.data.astype(np.int64) * _DAYS
        there = there if entities.valid is None else there & entities.valid
    return codes, there
