"""Weighted choice among many, and the shuffle that decides who is popular.

A cell is compared as a whole number with cumulative weights scaled to 2**64, so weights hold to 2**-53 of the total.
A guide table read from the cell's top bits leads straight to the answer in nearly all cases (Chen and Asau: On
generating random variates from an empirical distribution, AIIE Transactions 6, 1974).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys

Cells = NDArray[np.uint64]
Rows = NDArray[np.int64]

MOST_ENTRIES = 1 << 24
"""Most entries a weighted choice can hold; beyond it the table alone would take a quarter of a gigabyte."""


class Picker:
    """Chooses entry k with probability weights[k] / sum(weights).

    Args:
        weights: (N,) finite, 0 or more, not all 0, N at most `MOST_ENTRIES`.
    """

    def __init__(self, weights: NDArray[np.float64]) -> None:
        total = np.cumsum(weights, dtype=np.float64)
        count = len(weights)
        last = int(np.flatnonzero(weights > 0)[-1])
        # The last entry that can occur owns everything up to the very top, whatever rounding did.
        share = total[:last] / total[-1]
        self._bounds = np.minimum(share * 2.0**64, 2.0**64 - 2048).astype(np.uint64)
        self._bits = int(np.clip(int(last).bit_length() + 5, 12, 20))
        starts = np.arange(1 << self._bits, dtype=np.uint64) << np.uint64(64 - self._bits)
        small = np.int16 if count < 2**15 else np.int32
        first = np.searchsorted(self._bounds, starts, side="right")
        self._guide = first.astype(small)
        ends = starts + ((np.uint64(1) << np.uint64(64 - self._bits)) - np.uint64(1))
        same = np.searchsorted(self._bounds, ends, side="right") == first
        # Cells of the guide that hold a border are marked; only rows that fall there are searched.
        self._guide[~same] = -1
        self._borders = not bool(same.all())

    def pick(self, cells: Cells) -> NDArray[Any]:
        """(N,) uint64 cells to (N,) entries, int16 where they fit, else int32; rising with the cell."""
        # Every address is in the table, so nothing is clipped; numpy is only quicker where it need not look.
        entry: Any = self._guide.take((cells >> np.uint64(64 - self._bits)).view(np.int64), mode="clip")
        if self._borders:
            open_ = np.flatnonzero(entry < 0)
            if open_.size:
                entry[open_] = np.searchsorted(self._bounds, cells[open_], side="right")
        return np.asarray(entry)

    def parted(self, cells: Cells) -> tuple[NDArray[Any], Cells]:
        """As `pick`, and (N,) cells for what is drawn within the entry: rising with the cell in an entry."""
        entry = self.pick(cells)
        start = np.append(np.uint64(0), self._bounds)[entry]
        stop = np.append(self._bounds, np.uint64(2**64 - 1))[entry]
        share = (cells - start).astype(np.float64) / np.maximum((stop - start).astype(np.float64), 1.0)
        # The greatest float64 below 1: no share of an entry reaches into the next.
        return entry, (np.minimum(share, 1 - 2.0**-53) * 2.0**64).astype(np.uint64)


def zipf_weights(count: int, exponent: float) -> NDArray[np.float64]:
    """Weights of ranks 1 … count: rank**-exponent (Zipf's law on finitely many entries)."""
    from seedbed.generators.quantiles import rounded

    ranks = np.arange(1, count + 1, dtype=np.float64)
    logs = np.log(ranks)
    logs *= -exponent
    return rounded(np.exp(logs), bits=60)


def shuffled(key: int, count: int) -> Rows:
    """The entries 0 … count - 1 in an order decided by the key."""
    return np.argsort(keys.cells(key, 0, count), kind="stable").astype(np.int64)


def uniform(cells: Cells, count: int) -> Rows:
    """Whole numbers in [0, count), equally likely to within count / 2**53."""
    units = keys.to_unit(cells)
    # The largest of them, 1 - 2**-53, times a number is still below it once rounded.
    units *= count
    return units.astype(np.int64)


def not_below(cells: Cells, chance: float) -> NDArray[np.bool_]:
    """The opposite of `below`."""
    if chance >= 1:
        return np.zeros(cells.shape, dtype=np.bool_)
    result: Any = cells >= np.uint64(int(chance * 2.0**64))
    return np.asarray(result)


def below(cells: Cells, chance: float) -> NDArray[np.bool_]:
    """True with the given probability, resolution 2**-64 or the float's own."""
    if chance >= 1:
        return np.ones(cells.shape, dtype=np.bool_)
    result: Any = cells < np.uint64(int(chance * 2.0**64))
    return np.asarray(result)
