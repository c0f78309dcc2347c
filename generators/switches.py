"""`by`: another source for each value of another column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import Block, Maker
from seedbed.generators.formulas import scattered
from seedbed.generators.values import Values, Words


@dataclass(frozen=True)
class Lookup:
    """Which of the listed values a column has.

    Attributes:
        path: the column.
        entries: number from 1 of each listed value: texts of a category, else the column's whole numbers (truth values
            as 0 and 1, references as the parent's row).
    """

    path: str
    entries: Mapping[Any, int]
    _tables: dict[str, tuple[Words, NDArray[np.int16]]] = field(default_factory=dict, repr=False)

    def numbers(self, block: Block) -> NDArray[np.int16]:
        """(N,) number of the row's value, 0 where it is not listed or missing."""
        values = block.get(self.path)
        if values.words is not None:
            numbers = self._of_words(values.words)[values.data]
        else:
            listed = np.array(sorted(self.entries), np.int64)
            order = np.array([self.entries[value] for value in listed.tolist()], np.int16)
            data = values.data.astype(np.int64)
            at = np.minimum(np.searchsorted(listed, data), len(listed) - 1)
            numbers = np.where(listed[at] == data, order[at], np.int16(0))
        return numbers if values.valid is None else np.where(values.valid, numbers, np.int16(0))

    def _of_words(self, words: Words) -> NDArray[np.int16]:
        known = self._tables.get("last")
        if known is None or known[0] is not words:
            table = np.array([self.entries.get(text, 0) for text in words.texts.to_pylist()], np.int16)
            known = self._tables["last"] = (words, table)
        return known[1]


@dataclass(frozen=True)
class SwitchMaker:
    """Values whose source depends on another column.

    All sources draw from the same cells, so a row that keeps the column's own source has the value it would have
    without `by`.

    Attributes:
        lookup: which source.
        makers: the column's own, then one for each listed value.
    """

    lookup: Lookup
    makers: tuple[Maker, ...]

    def make(self, block: Block) -> Values:
        """One value per row; each source is computed on its own rows alone."""
        where, parts = [], []
        for here, maker in self.split(block):
            parts.append(maker.make(block if len(here) == len(block) else block.part(here)))
            where.append(here)
        return scattered(len(block), where, parts) if parts else self.makers[0].make(block)

    def split(self, block: Block) -> Iterator[tuple[NDArray[np.int64], Maker]]:
        """Which source makes which rows.

        Yields:
            (K,) positions in the block, 1 or more, and the source's maker.
        """
        numbers = self.lookup.numbers(block)
        counts = np.bincount(numbers, minlength=len(self.makers))
        for number in np.flatnonzero(counts).tolist():
            yield np.flatnonzero(numbers == number), self.makers[number]
