"""Columns drawn within what constraints leave them.

A check such as `ended > started` bounds `ended`: of the random cells from which `ended` is drawn, those that keep the
check are one stretch, since values rise with their cells. In a row that breaks it, a cell is drawn evenly from that
stretch. So the column has its own distribution on the row, its effects included, cut to what the rest of the row leaves
it: what drawing it again until it fits would give, however seldom it fits (L. Devroye: Non-Uniform Random Variate
Generation, 1986, II.2.1: restricted distributions by inversion). The ends of the stretch are found by bisection on the
values as they are written, rounded and all, so neither steps nor decimal places need bounds of their own.

The column that comes last gives way; those before it keep their own distributions, but for rows on which they leave it
nothing: these are drawn again in whole (`redraws`). Whether values are missing is not drawn again.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.checks import Check
from seedbed.generators.values import Mask

Cells = NDArray[np.uint64]
Rows = NDArray[np.int64]

_TRIES = 3
"""Cells tried before the stretch is looked for, which loose checks then seldom need; they do not change the
distribution."""
_LAST = np.uint64(2**64 - 1)
_NEAR = np.uint64(32)
"""The ends of a stretch are exact to its length divided by two to the power of this."""
_WAYS = np.uint64(8)
_STEPS = np.arange(1, 8, dtype=np.uint64)[:, None]


@dataclass(frozen=True)
class Truncated:
    """A column that gives way to the checks that bound it.

    Attributes:
        column: its name.
        key: of the cells that choose within the stretch.
        drawn: keys of the cells its value is drawn from.
        follow: the columns computed anew with it, itself included.
        lower: what stays true as the value grows.
        upper: what stays true as it falls.
    """

    column: str
    key: int
    drawn: frozenset[int]
    follow: frozenset[str]
    lower: tuple[Check, ...]
    upper: tuple[Check, ...]

    def make(self, block: Block) -> tuple[Rows, Block] | None:
        """Draws the column on the rows that break its checks.

        Args:
            block: rows as drawn so far.

        Returns:
            Positions of the rows on which it was drawn, and their block; None where there are none.
        """
        broken = ~_kept((*self.lower, *self.upper), block)
        if not broken.any():
            return None
        at = np.flatnonzero(broken)
        here = block.over(at)
        cells, room = self._cells(here)
        found = np.flatnonzero(room)
        return (at[found], self._with(here, found, cells[found])) if found.size else None

    def _with(self, here: Block, at: Rows, cells: Cells) -> Block:
        return here.over(at, anew=self.follow, forced=(self.drawn, cells))

    def _cells(self, here: Block) -> tuple[Cells, Mask]:
        """(N,) cells that keep the checks, and where there are any."""
        cells, open_ = np.zeros(len(here), np.uint64), np.arange(len(here), dtype=np.int64)
        for number in range(_TRIES):
            drawn = here.cells(keys.key(self.key, "try", number))[open_]
            kept = _kept((*self.lower, *self.upper), self._with(here, open_, drawn))
            cells[open_[kept]] = drawn[kept]
            open_ = open_[~kept]
            if not open_.size:
                return cells, np.ones(len(here), np.bool_)
        low, high, room = self._stretch(here, open_)
        length = np.where(room, high - low, np.uint64(0))
        share = keys.to_unit(here.cells(self.key))[open_]
        offset = (share * (length.astype(np.float64) + 1.0)).astype(np.uint64)
        cells[open_] = low + np.minimum(offset, length)
        found = np.ones(len(here), np.bool_)
        found[open_] = room
        return cells, found

    def _stretch(self, here: Block, at: Rows) -> tuple[Cells, Cells, Mask]:
        """(N,) the first and last cell of the stretch that keeps the checks, and (N,) where there is one."""

        def kept(checks: tuple[Check, ...], cells: Cells, rows: Rows) -> Mask:
            return _kept(checks, self._with(here, at[rows], cells)) if checks else np.ones(len(rows), np.bool_)

        every, first, last = np.arange(len(at), dtype=np.int64), np.zeros(len(at), np.uint64), np.full(len(at), _LAST)
        room = kept(self.lower, last, every) & kept(self.upper, first, every)
        # From `low` to `high` the checks are kept, as far as is known; from `below` down and `above` up they are not.
        low, below = np.where(kept(self.lower, first, every), first, last), first
        high, above = np.where(kept(self.upper, last, every), last, first), last
        open_ = np.flatnonzero(room)
        while open_.size:
            for checks, good, bad in ((self.lower, low, below), (self.upper, high, above)):
                rows = open_[_apart(good, bad)[open_] > 1]
                if rows.size:
                    # Seven cells between the two at once: calls are what takes time on few rows.
                    gap = _apart(good, bad)[rows]
                    steps = np.minimum(np.maximum(gap // _WAYS, np.uint64(1)) * _STEPS, gap - np.uint64(1))
                    between = np.where(good[rows] > bad[rows], bad[rows] + steps, bad[rows] - steps)
                    fits = kept(checks, between.ravel(), np.tile(rows, len(between))).reshape(between.shape)
                    some, first_kept, column = fits.any(axis=0), fits.argmax(axis=0), np.arange(len(rows))
                    last_broken = np.where(some, first_kept - 1, len(between) - 1)
                    good[rows[some]] = between[first_kept, column][some]
                    bad[rows] = np.where(last_broken >= 0, between[last_broken, column], bad[rows])
            start = np.where(low == below, low, below + np.uint64(1))
            stop = np.where(high == above, high, above - np.uint64(1))
            room &= start <= stop
            near = np.where(low <= high, _apart(low, high) >> _NEAR, np.uint64(0))
            wide = np.maximum(_apart(low, below), _apart(high, above)) > np.maximum(near, np.uint64(1))
            open_ = open_[(room & wide)[open_]]
        return low, high, room & (low <= high)


def _apart(one: Cells, other: Cells) -> Cells:
    return np.asarray(np.maximum(one, other) - np.minimum(one, other))


def _kept(checks: tuple[Check, ...], block: Block) -> Mask:
    kept = np.ones(len(block), np.bool_)
    for check in checks:
        broken = check.broken(block)
        if broken is not None:
            kept &= ~broken
    return kept
