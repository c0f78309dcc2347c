"""Writing a stretch of a table's rows as one file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import STRETCH, TableMaker
from seedbed.generators.plans import GROUP
from seedbed.generators.sinks import sink_for
from seedbed.generators.values import Values, concatenated


def write_file(path: Path, table: TableMaker, start: int, stop: int, *, stretch: int = STRETCH) -> Counter[str]:
    """Writes rows [start, stop) of a table.

    Args:
        path: to write; its ending says the format.
        table: compiled.
        start: first row.
        stop: one past the last.
        stretch: rows computed at a time; changes memory and speed, never the bytes.

    Returns:
        By column, rows that a formula gave no value though all it reads was there.
    """
    undefined: Counter[str] = Counter()
    gatherer = _Gatherer(table, stretch)
    with sink_for(path, {name: column.form for name, column in table.written.items()}) as sink:
        for first in range(start, stop, GROUP):
            sink.write(gatherer.group(first, min(first + GROUP, stop), undefined))
    return undefined


class _Gatherer:
    """Puts the values of blocks together to a row group, in memory that is used again for the next.

    Fresh arrays of this size are given back to the system and taken anew each time, which costs more than the copy.
    """

    def __init__(self, table: TableMaker, stretch: int) -> None:
        self._table, self._stretch, self._names = table, stretch, tuple(table.written)
        self._room: dict[str, NDArray[Any]] = {}

    def group(self, first: int, last: int, undefined: Counter[str]) -> dict[str, Values]:
        """Values of rows [first, last), good until the next call."""
        parts: dict[str, list[Values]] = {name: [] for name in self._names}
        kept: dict[str, Values] = {}
        for start in range(first, last, self._stretch):
            block = self._table.block(start, min(start + self._stretch, last))
            for name in self._names:
                values = block.get(name)
                if name in kept and self._fits(name, values, kept[name]):
                    self._room[name][start - first : start - first + len(values)] = values.data
                elif start == first and values.valid is None:
                    room = self._room.get(name)
                    if room is None or room.dtype != values.data.dtype:
                        room = self._room[name] = np.empty(GROUP, values.data.dtype)
                    room[: len(values)] = values.data
                    kept[name] = values
                else:
                    if name in kept:
                        before = self._room[name][: start - first].copy()
                        parts[name].append(Values(before, None, kept.pop(name).words))
                    parts[name].append(values)
            undefined.update(block.undefined)
        return {
            name: Values(self._room[name][: last - first], None, kept[name].words)
            if name in kept
            else concatenated(parts[name])
            for name in self._names
        }

    def _fits(self, name: str, values: Values, kept: Values) -> bool:
        return values.valid is None and values.words is kept.words and values.data.dtype == self._room[name].dtype
