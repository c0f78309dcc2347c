"""Where a column's random cells come from: a key of its own, or other columns of the row as well.

Whatever is drawn by an inverse distribution function takes its cells from a `Draw`, so that values of a row can be
made to depend on each other without the maker of the values knowing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import Block
from seedbed.generators.quantiles import unbroken


class Draw(Protocol):
    """Uniform random cells of a column; the greater the cell, the greater the value it becomes."""

    def cells(self, block: Block) -> NDArray[np.uint64]:
        """(N,) uint64, uniform on the block's rows."""

    def tails(self, block: Block) -> NDArray[np.uint64]:
        """The same as quantile tables read them: the top bit says which half, the rest how far from its end."""


@dataclass(frozen=True)
class KeyDraw:
    """Cells of a key: independent of everything else.

    Attributes:
        key: from `core.keys`.
    """

    key: int

    def cells(self, block: Block) -> NDArray[np.uint64]:
        """(N,) uint64."""
        return block.cells(self.key)

    def tails(self, block: Block) -> NDArray[np.uint64]:
        """(N,) uint64: the very same, since a fair cell is fair in either reading; given cells are turned to rise."""
        cells = block.cells(self.key)
        return unbroken(cells) if block.forces(self.key) else cells
