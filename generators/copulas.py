"""Correlated columns: random cells that follow other columns of the row.

A Gaussian copula (R. Nelsen: An Introduction to Copulas, 2006, 2.3; used to give columns a rank correlation by R. Iman
and W. Conover: A distribution-free approach to inducing rank correlation among input variables, Communications in
Statistics 11, 1982). The partner's value becomes its rank among a fixed sample of its values, the rank a standard
normal number; that number is mixed with one of the row's own, and the mix, standard normal again, becomes a uniform
cell. So the column keeps its own distribution, and its maker needs to know nothing.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import Block
from seedbed.generators.normals import cells_of_scores, cells_of_units, scores
from seedbed.generators.quantiles import Floats, folded
from seedbed.generators.values import Mask

_DIRECT = 1 << 16


class Ranks:
    """Values of a column to the share of a sample that lies below them.

    Args:
        sample: (S,) values, at least one.
    """

    def __init__(self, sample: NDArray[Any]) -> None:
        self._values, counts = np.unique(sample, return_counts=True)
        self._below = np.concatenate([[0], np.cumsum(counts)]).astype(np.float64)
        first, last = self._values[0], self._values[-1]
        self._first = 0
        self._direct: NDArray[np.int32] | None = None
        if self._values.dtype.kind in "iu" and int(last) - int(first) < _DIRECT:
            # Whole numbers in a narrow range are looked up, which is many times faster than searched.
            self._first = int(first)
            every = np.arange(self._first, int(last) + 2)
            self._direct = np.searchsorted(self._values, every).astype(np.int32)

    def units(self, values: NDArray[Any], apart: Floats) -> Floats:
        """(N,) values to uniform numbers in (0, 1), as uniform as the sample is like the values.

        Args:
            values: (N,).
            apart: (N,) uniform numbers that spread equal values.
        """
        if self._direct is not None:
            at = self._direct[np.clip(values - self._first, 0, len(self._direct) - 1)]
            at = np.where(values > self._values[-1], np.int32(len(self._values)), at)
        else:
            at = np.searchsorted(self._values, values).astype(np.int32)
        low = self._below[at]
        here = np.minimum(at, len(self._values) - 1)
        high = np.where(self._values[here] == values, self._below[here + 1], low)
        # A further value among S takes each of the S + 1 places between and beside those not equal to it equally often.
        return np.asarray((low + apart * (high - low + 1)) / (self._below[-1] + 1))


@dataclass(frozen=True)
class PartnerRanks:
    """A column that a correlated one follows.

    Attributes:
        path: the column.
        key: of the cells that spread equal values, and that stand for missing ones.
        ranks: of its values; None where it is missing in all of the sample.
    """

    path: str
    key: int
    ranks: Ranks | None

    def scores(self, block: Block) -> Floats:
        """(N,) standard normal numbers that rise with the column's values; independent where it is missing."""
        apart = block.cells(self.key)
        if self.ranks is None:
            return scores(apart)
        values, units = block.get(self.path), None
        spread = apart >> np.uint64(11)
        units = self.ranks.units(values.data, spread.astype(np.float64) * 2.0**-53)
        found = scores(cells_of_units(units))
        return found if values.valid is None else np.where(values.valid, found, scores(apart))


@dataclass(frozen=True)
class Blend:
    """A weighted sum of normal numbers that are not jointly normal, made normal again through its own ranks.

    Attributes:
        sums: (K,) sums at which the normal numbers are known.
        scores: (K,) these numbers.
    """

    sums: Floats
    scores: Floats

    @classmethod
    def of(cls, sample: Floats) -> Blend:
        """Learns the ranks of a sample of sums."""
        from seedbed.generators.quantiles import normal_quantile

        most = min(4.0, -float(normal_quantile(np.array([2 / len(sample)]))[0]))
        grid = np.linspace(-most, most, 513)
        shares = (cells_of_scores(grid) >> np.uint64(11)).astype(np.float64) * 2.0**-53
        ordered = np.sort(sample)
        sums = np.interp(shares * len(ordered) - 0.5, np.arange(len(ordered)), ordered)
        return cls(np.maximum.accumulate(sums), grid)

    def read(self, sums: Floats) -> Floats:
        """(N,) sums to standard normal numbers."""
        return np.asarray(np.interp(sums, self.sums, self.scores))


@dataclass
class CopulaDraw:
    """Cells that follow other columns.

    Attributes:
        key: of the row's own cells.
        partners: the columns followed.
        weights: of each; their squares add up to 1 or less for independent partners.
        blend: for several partners, what makes their sum normal.
        mirrored: whether the own cells are upside down; used while the weights are worked out, to halve the noise.
    """

    key: int
    partners: tuple[PartnerRanks, ...] = ()
    weights: tuple[float, ...] = ()
    blend: Blend | None = None
    strength: float = 0.0
    mirrored: bool = field(default=False, repr=False)

    def cells(self, block: Block) -> NDArray[np.uint64]:
        """(N,) uint64, uniform."""
        own = block.cells(self.key)
        if not any(self.weights):
            return own
        numbers = scores(~own if self.mirrored else own)
        numbers *= (1 - self.strength**2) ** 0.5
        if self.blend is None:
            numbers += self.partners[0].scores(block) * self.weights[0]
        else:
            numbers += self.blend.read(self.sums(block)) * self.strength
        return cells_of_scores(numbers)

    def tails(self, block: Block) -> NDArray[np.uint64]:
        """(N,) uint64, as quantile tables read them."""
        return folded(self.cells(block)) if any(self.weights) else block.cells(self.key)

    def sums(self, block: Block) -> Floats:
        """(N,) weighted sums of the partners' normal numbers."""
        total = np.zeros(len(block))
        for partner, weight in zip(self.partners, self.weights, strict=True):
            total += partner.scores(block) * weight
        return total


def spearman(left: NDArray[Any], right: NDArray[Any]) -> float:
    """Rank correlation, equal values sharing their mean rank; 0 where one side is constant."""
    a, b = mean_ranks(left), mean_ranks(right)
    a -= a.mean()
    b -= b.mean()
    spread = float(np.sqrt(np.sum(a * a) * np.sum(b * b)))
    return float(np.sum(a * b)) / spread if spread else 0.0


def mean_ranks(values: NDArray[Any]) -> Floats:
    """(N,) ranks from 0, equal values sharing their mean."""
    _, inverse, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    return np.asarray((ends - (counts + 1) / 2)[inverse], dtype=np.float64)


def both(left: Mask | None, right: Mask | None) -> Mask | None:
    """Where neither is missing."""
    if left is None or right is None:
        return right if left is None else left
    return np.asarray(left & right)
