"""Writing a stretch of a table's rows as one file."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from seedbed.generators.blocks import TableMaker
from seedbed.generators.plans import GROUP
from seedbed.generators.sinks import sink_for
from seedbed.generators.values import Values, concatenated


def write_file(path: Path, table: TableMaker, start: int, stop: int, *, stretch: int = GROUP) -> Counter[str]:
    """Writes rows [start, stop) of a table.

    Args:
        path: to write; its ending says the format.
        table: compiled.
        start: first row.
        stop: one past the last.
        stretch: rows computed at a time; changes memory and speed, never the bytes. A whole row group at a time spares
            putting its parts together.

    Returns:
        By column, rows that a formula gave no value though all it reads was there.
    """
    undefined: Counter[str] = Counter()
    with sink_for(path, {name: column.form for name, column in table.written.items()}) as sink:
        for first in range(start, stop, GROUP):
            sink.write(_group(table, first, min(first + GROUP, stop), stretch, undefined))
    return undefined


def _group(table: TableMaker, first: int, last: int, stretch: int, undefined: Counter[str]) -> dict[str, Values]:
    """Values of rows [first, last)."""
    parts: dict[str, list[Values]] = {name: [] for name in table.written}
    for start in range(first, last, stretch):
        block = table.block(start, min(start + stretch, last))
        for name, made in parts.items():
            made.append(block.get(name))
        undefined.update(block.undefined)
    return {name: concatenated(made) for name, made in parts.items()}
