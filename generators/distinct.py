"""Values that differ in all rows of a column.

A row's number goes through a permutation of all values there are, so any row can be made on its own and none of two
rows are alike. Where values are not equally likely, as many of them as there are rows are chosen beforehand: the
quantiles at even steps of probability, moved apart where they coincide.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import Block
from seedbed.generators.permutations import Permutation
from seedbed.generators.quantiles import Cells
from seedbed.generators.values import Values, Words

Steps = NDArray[np.int64]

MOST_CHOSEN = 1 << 24
"""Most rows whose values are chosen beforehand: the list takes 128 MiB then."""
_CHUNK = 1 << 17


@dataclass(frozen=True)
class DistinctMaker:
    """Equally likely whole numbers, days, moments or parent rows.

    Attributes:
        permutation: of all values.
        first: the least value.
        step: from one value to the next.
    """

    permutation: Permutation
    first: int = 0
    step: int = 1

    def make(self, block: Block) -> Values:
        """One value per row."""
        values = self.permutation.at(block.rows)
        values = values * self.step + self.first
        return Values(values)


@dataclass(frozen=True)
class DistinctTableMaker:
    """Values chosen beforehand.

    Attributes:
        permutation: of their places.
        chosen: (rows,) the values, rising, less `first` and divided by `step`.
        first: the least value possible.
        step: from one value to the next.
    """

    permutation: Permutation
    chosen: NDArray[Any]
    first: int = 0
    step: int = 1

    def make(self, block: Block) -> Values:
        """One value per row."""
        values = self.chosen[self.permutation.at(block.rows)].astype(np.int64)
        values *= self.step
        values += self.first
        return Values(values)


@dataclass(frozen=True)
class DistinctWordsMaker:
    """Texts of a list, each once.

    Attributes:
        words: the texts, at least as many as rows.
        permutation: of the texts; None where their order is random already.
    """

    words: Words
    permutation: Permutation | None = None

    def make(self, block: Block) -> Values:
        """One text per row."""
        rows = block.rows
        places = rows if self.permutation is None else self.permutation.at(rows)
        return Values(places.astype(np.int32), None, self.words)


class Given:
    """A draw that hands over cells as they are."""

    def cells(self, block: Any) -> Cells:
        """The cells given in place of a block."""
        return np.asarray(block)

    def tails(self, block: Any) -> Cells:
        """The same: even steps are even in either reading."""
        return np.asarray(block)


def chosen_values(of_cells: Callable[[Cells], Steps], rows: int, count: int) -> NDArray[Any]:
    """So many different values that follow a distribution.

    Quantiles at even steps of probability are put in order; where they lie closer than one apart, they are moved by
    the least sum of squares that makes them differ (isotonic regression of the value less its rank).

    Args:
        of_cells: values at cells, from 0 to count - 1.
        rows: how many are wanted, at most `count`.
        count: how many values there are.

    Returns:
        (rows,) rising, each in [0, count), of the smallest type that holds them.
    """
    from scipy.optimize import isotonic_regression

    ranks = np.arange(rows, dtype=np.int64)
    width = min((1 << 64) // rows, (1 << 64) - 1)
    values = np.empty(rows, np.float64)
    for start in range(0, rows, _CHUNK):
        part = ranks[start : start + _CHUNK].astype(np.uint64)
        values[start : start + _CHUNK] = of_cells(part * np.uint64(width) + np.uint64(width // 2))
    values.sort()
    values -= ranks
    apart = np.rint(isotonic_regression(values).x)
    chosen = np.clip(apart, 0, count - rows).astype(np.int64) + ranks
    return np.asarray(chosen, np.min_scalar_type(count - 1) if count < 2**32 else np.int64)
