"""Dates and moments within a range, with effects on how dense they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.picks import Picker, uniform
from seedbed.generators.quantiles import pert_table, read_one
from seedbed.generators.values import Values


@dataclass(frozen=True)
class DayMaker:
    """Days by weight.

    Attributes:
        key: of the draws.
        first: first day.
        picker: over the days from it.
    """

    key: int
    first: int
    picker: Picker

    def make(self, block: Block) -> Values:
        """One day per row."""
        days = self.picker.pick(block.cells(self.key)).astype(np.int64)
        days += self.first
        return Values(days)


@dataclass(frozen=True)
class SpanMaker:
    """Whole seconds of one stretch of time, uniform or PERT.

    Attributes:
        key: of the draws.
        start: ms UTC.
        seconds: length.
        share: where the mode lies in it, None for uniform.
    """

    key: int
    start: int
    seconds: int
    share: float | None

    def make(self, block: Block) -> Values:
        """One moment per row."""
        if self.share is None:
            offset = uniform(block.cells(self.key), self.seconds)
        else:
            quantiles = read_one(pert_table(self.share), block.cells(self.key))
            offset = np.minimum((quantiles * self.seconds).astype(np.int64), self.seconds - 1)
        offset *= 1000
        offset += self.start
        return Values(offset)


@dataclass(frozen=True)
class PieceMaker:
    """Whole seconds from pieces of constant density.

    Attributes:
        key: of the piece.
        time_key: of the moment in it.
        picker: over the pieces.
        starts: (P,) ms UTC.
        seconds: (P,) lengths.
    """

    key: int
    time_key: int
    picker: Picker
    starts: NDArray[np.int64]
    seconds: NDArray[np.int64]

    def make(self, block: Block) -> Values:
        """One moment per row."""
        piece = self.picker.pick(block.cells(self.key)).astype(np.int64)
        within = keys.to_unit(block.cells(self.time_key))
        within *= self.seconds[piece]
        moments = within.astype(np.int64)
        moments *= 1000
        moments += self.starts[piece]
        return Values(moments)
