"""Dates and moments within a range, with effects on how dense they lie."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.draws import Draw
from seedbed.generators.picks import Cells, Picker, uniform
from seedbed.generators.quantiles import pert_table, read_one
from seedbed.generators.values import Values


@dataclass(frozen=True)
class DayMaker:
    """Days by weight.

    Attributes:
        draw: gives the random cells.
        first: first day.
        picker: over the days from it.
    """

    draw: Draw
    first: int
    picker: Picker

    def make(self, block: Block) -> Values:
        """One day per row."""
        days = self.picker.pick(self.draw.cells(block)).astype(np.int64)
        days += self.first
        return Values(days)


@dataclass(frozen=True)
class SpanMaker:
    """Whole seconds of one stretch of time, uniform or PERT.

    Attributes:
        draw: gives the random cells.
        start: ms UTC.
        seconds: length.
        share: where the mode lies in it, None for uniform.
    """

    draw: Draw
    start: int
    seconds: int
    share: float | None

    def make(self, block: Block) -> Values:
        """One moment per row."""
        if self.share is None:
            offset = uniform(self.draw.cells(block), self.seconds)
        else:
            quantiles = read_one(pert_table(self.share), self.draw.tails(block))
            offset = np.minimum((quantiles * self.seconds).astype(np.int64), self.seconds - 1)
        offset *= 1000
        offset += self.start
        return Values(offset)


@dataclass(frozen=True)
class PieceMaker:
    """Whole seconds from pieces of constant density.

    Attributes:
        draw: gives the random cells of the piece.
        time_key: of the moment in it.
        picker: over the pieces.
        starts: (P,) ms UTC.
        seconds: (P,) lengths.
    """

    draw: Draw
    time_key: int
    picker: Picker
    starts: NDArray[np.int64]
    seconds: NDArray[np.int64]

    def make(self, block: Block) -> Values:
        """One moment per row."""
        piece, cells = placed(self.picker, self.draw, self.time_key, block)
        within = keys.to_unit(cells)
        within *= self.seconds[piece]
        moments = within.astype(np.int64)
        moments *= 1000
        moments += self.starts[piece]
        return Values(moments)


def placed(picker: Picker, draw: Draw, key: int, block: Block) -> tuple[NDArray[np.int64], Cells]:
    """Entries of a choice, and cells for what is drawn within them.

    Args:
        picker: of the choice.
        draw: gives its cells.
        key: of what is drawn within.
        block: the rows.

    Returns:
        (N,) entries, and (N,) uint64; where cells are given, both from the same one, so that moments rise with it.
    """
    cells = draw.cells(block)
    if block.forces(key):
        entries, cells = picker.parted(cells)
        return entries.astype(np.int64), cells
    return picker.pick(cells).astype(np.int64), block.cells(key)
