"""Columns that are drawn once for each combination of other columns: a ZIP code has one city."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block, Maker
from seedbed.generators.values import Values, Words

_PRIME = 0x100000001B3  # of FNV-1a; any odd factor with bits far apart


@dataclass(frozen=True)
class DependentMaker:
    """Draws as if the combination of the deciding columns' values were the number of the row.

    Attributes:
        maker: draws values, and looks at no other column.
        given: the deciding columns.
    """

    maker: Maker
    given: tuple[str, ...]

    def make(self, block: Block) -> Values:
        """Rows that agree on the deciding columns get the same value."""
        numbers = np.zeros(len(block), np.uint64)
        for name in self.given:
            numbers = keys.cells_at(0, numbers ^ _bits(block.get(name)))
        rows = (numbers >> np.uint64(1)).view(np.int64)
        return self.maker.make(Block(block.table, rows=rows))


def _bits(values: Values) -> NDArray[np.uint64]:
    """(N,) 64 bits of each value: the same for the same value on any rows; anything where it is missing."""
    if values.words is not None:
        return np.asarray(_of_texts(values.words)[values.data])
    if values.data.dtype == np.float64:
        # Minus zero is zero.
        return np.asarray(values.data + 0.0).view(np.uint64)
    return np.asarray(values.data.astype(np.int64)).view(np.uint64)


def _of_texts(words: Words) -> NDArray[np.uint64]:
    """(W,) 64 bits of each text: a polynomial of its bytes, modulo 2**64."""
    texts: Any = words.texts
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1].astype(np.int64)
    content = np.frombuffer(texts.buffers()[2] or b"", np.uint8)[offsets[0] : offsets[-1]]
    starts, lengths = offsets[:-1] - offsets[0], np.diff(offsets)
    places = np.arange(len(content)) - np.repeat(starts, lengths)
    powers = np.full(int(lengths.max(initial=0)) + 1, _PRIME, np.uint64)
    powers[0] = 1
    terms = (content.astype(np.uint64) + np.uint64(1)) * np.multiply.accumulate(powers)[places]
    total = np.concatenate(([np.uint64(0)], np.add.accumulate(terms)))
    return np.asarray(total[starts + lengths] - total[starts])
