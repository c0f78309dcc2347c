"""Makers of ids, categories, truth values and references, and of what is missing."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.generators.blocks import Block, Maker, TableMaker
from seedbed.generators.draws import Draw
from seedbed.generators.picks import Picker, below, not_below, shuffled, uniform, zipf_weights
from seedbed.generators.targets import Target
from seedbed.generators.values import Values, Words


@dataclass(frozen=True)
class RowMaker:
    """Ids: the row itself."""

    def make(self, block: Block) -> Values:
        """Row numbers from 0; the form adds 1 and the format."""
        return Values(block.rows)


@dataclass(frozen=True)
class ChoiceMaker:
    """Weighted categories."""

    draw: Draw
    picker: Picker
    words: Words

    def make(self, block: Block) -> Values:
        """One category per row."""
        return Values(self.picker.pick(self.draw.cells(block)), None, self.words)


@dataclass(frozen=True)
class ChanceMaker:
    """True with a probability."""

    draw: Draw
    chance: float

    def make(self, block: Block) -> Values:
        """One truth value per row."""
        return Values(below(self.draw.cells(block), self.chance))


@dataclass(frozen=True)
class UniformReferenceMaker:
    """Rows of another table, equally likely."""

    key: int
    parent: TableMaker

    def make(self, block: Block) -> Values:
        """One parent row per row."""
        return Values(uniform(block.cells(self.key), self.parent.rows))


@dataclass
class EarlierMaker:
    """Earlier rows of the same table, so that no row is above itself; the first row has none.

    Attributes:
        key: of the draws.
        rows: of the table.
        skew: Zipf exponent: row k, from 1, is chosen as often as k to the power of minus this; 0 for equally often.
    """

    key: int
    rows: int
    skew: float
    _total: Any = None

    def __getstate__(self) -> dict[str, Any]:
        return {"key": self.key, "rows": self.rows, "skew": self.skew, "_total": None}

    def make(self, block: Block) -> Values:
        """One earlier row per row."""
        rows, units = block.rows, block.units(self.key)
        last = np.maximum(rows - 1, 0)
        if self.skew:
            if self._total is None:
                self._total = np.cumsum(zipf_weights(self.rows, self.skew))
            # The whole of the weights up to the row before, cut where this row's number falls.
            found = np.searchsorted(self._total, units * self._total[last], side="right")
        else:
            found = (units * rows).astype(np.int64)
        first = rows == 0
        return Values(np.minimum(found, last), ~first if first.any() else None)


@dataclass
class WeightedReferenceMaker:
    """Rows of another table by weight.

    Attributes:
        key: of the draws.
        picker: makes the choice among `rows`, or among all rows of the parent; built when first used.
    """

    key: int
    picker: Callable[[], tuple[Picker, Any]]
    _built: tuple[Picker, Any] | None = None

    def make(self, block: Block) -> Values:
        """One parent row per row."""
        if self._built is None:
            self._built = self.picker()
        picker, rows = self._built
        entries = picker.pick(block.cells(self.key))
        entries = entries.astype(np.int64)
        return Values(entries if rows is None else rows.take(entries, mode="clip"))


@dataclass(frozen=True)
class MissingMaker:
    """Values of which a share is missing."""

    maker: Maker
    key: int
    share: float

    def make(self, block: Block) -> Values:
        """The values, some missing."""
        return self.maker.make(block).masked(not_below(block.cells(self.key), self.share))


@dataclass(frozen=True)
class Popularity:
    """Zipf over the parents, in an order decided by the key."""

    key: int
    parent: TableMaker
    skew: float

    def __call__(self) -> tuple[Picker, Any]:
        """The choice among ranks, and the row of each rank."""
        return Picker(zipf_weights(self.parent.rows, self.skew)), shuffled(self.key, self.parent.rows)


@dataclass(frozen=True)
class Weights:
    """The parent's own numbers as weights."""

    target: Target
    parent: TableMaker
    column: str

    def __call__(self) -> tuple[Picker, Any]:
        """The choice among all rows."""
        values = self.parent.whole(self.column)
        weights = self.parent.form(self.column).numbers(values)
        if values.valid is not None:
            weights = np.where(values.valid, weights, 0.0)
        if np.any(weights < 0):
            raise self.target.refuse(
                f"a weight is negative: {self.parent.name}.{self.column}",
                found=float(weights.min()),
                repair="refer to a column whose range starts at 0 or above",
            )
        if not np.any(weights > 0):
            raise self.target.refuse(
                f"all weights are 0: {self.parent.name}.{self.column}", repair="give some row a weight over 0"
            )
        return Picker(weights), None
