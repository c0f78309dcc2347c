"""Writing a shard of a table as it would arrive, and what is true about it.

A shard's files hold the rows that arrive at the places [start, stop) of the clean table: its own, those that come late
from before it, and those inserted behind them. Each shard is made on its own, whatever the others lose or gain; rows of
faulty files are therefore numbered within their file. Where a source's new version renames a column, a file of its own
begins: `part-00003b.parquet` follows `part-00003.parquet`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import Block, TableMaker
from seedbed.generators.faults.arrivals import Arrivals
from seedbed.generators.faults.rows import Lateness
from seedbed.generators.faults.truth import TruthFile, Window
from seedbed.generators.plans import GROUP, ShardPlan
from seedbed.generators.sinks import sink_for

if TYPE_CHECKING:
    from seedbed.generators.forms import Form

Rows = NDArray[np.int64]


class Fault(Protocol):
    """One fault of a table."""

    @property
    def number(self) -> int:
        """In the book, from 1."""

    def apply(self, arrivals: Arrivals) -> None:
        """Befalls the arrivals."""


@dataclass(frozen=True)
class Renaming:
    """A column's new name.

    Attributes:
        number: of the fault in the book, from 1.
        column: its name.
        to: its new name.
        start: first place of the table that has it.
    """

    number: int
    column: str
    to: str
    start: int


@dataclass(frozen=True)
class Planter:
    """The faults of one table.

    Attributes:
        table: its name.
        kinds: of the faults, by their number in the book.
        faults: in the order they are applied.
        renamings: of columns.
    """

    table: str
    kinds: dict[int, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    renamings: list[Renaming] = field(default_factory=list)

    def write(self, table: TableMaker, task: ShardPlan, file: Callable[[str], Path]) -> dict[int, int]:
        """Writes the faulty files of a shard and their truth.

        Args:
            table: compiled.
            task: the shard.
            file: gives the path to write for one below the dataset folder.

        Returns:
            Cells and rows planted, by number of the fault.
        """
        planted: Counter[int] = Counter()
        with TruthFile(file(f"truth/faults/{task.name}.parquet"), self.table, self.kinds) as truth:
            for letter, (start, stop) in zip(_letters(), self._versions(task), strict=False):
                name = f"part-{task.number:05d}{letter}{task.suffix}"
                forms = self._forms(table, start)
                with sink_for(file(f"faulty/{self.table}/{name}"), forms) as sink:
                    arrived = 0
                    for renaming in self.renamings:
                        if renaming.start == start:
                            truth.rename(name, renaming.number, renaming.column, renaming.to)
                            planted[renaming.number] += 1
                    for first in range(start, stop, GROUP):
                        window = self.window(table, first, min(first + GROUP, stop))
                        columns = {
                            name: window.arrivals.get(column).take(window.order)
                            for name, column in zip(forms, table.written, strict=True)
                        }
                        sink.write(columns)
                        planted.update(truth.add(window, name, arrived))
                        arrived += len(window.order)
        return dict(planted)

    def window(self, table: TableMaker, first: int, last: int) -> Window:
        """The rows that arrive at places [first, last), faults and all."""
        arrivals = Arrivals(table, self._clean(table, first, last))
        for fault in self.faults:
            fault.apply(arrivals)
        return Window(arrivals, first, last, arrivals.order(first, last))

    def _clean(self, table: TableMaker, first: int, last: int) -> Block:
        """The clean rows that may arrive in a window: its own, and late ones from before it."""
        late = [fault for fault in self.faults if isinstance(fault, Lateness)]
        farthest = sum(fault.longest for fault in late)
        own = np.arange(first, last, dtype=np.int64)
        before = []
        for start in range(max(first - farthest, 0), first, GROUP):
            block = table.block(start, min(start + GROUP, first))
            places = block.rows
            for fault in late:
                places = fault.places(block, places, table.rows - 1)
            before.append(block.rows[(places >= first) & (places < last)])
        if not any(len(rows) for rows in before):
            return table.block(first, last)
        return Block(table, rows=np.concatenate([*before, own]))

    def _versions(self, task: ShardPlan) -> list[tuple[int, int]]:
        """The stretches of a shard between which a column changes its name."""
        starts = sorted({task.start, *(r.start for r in self.renamings if task.start < r.start < task.stop)})
        return list(zip(starts, [*starts[1:], task.stop], strict=True))

    def _forms(self, table: TableMaker, start: int) -> Mapping[str, Form]:
        """The columns' forms under the names they have at a place."""
        names = {renaming.column: renaming.to for renaming in self.renamings if renaming.start <= start}
        return {names.get(name, name): column.form for name, column in table.written.items()}


def _letters() -> Iterator[str]:
    yield ""
    yield from "bcdefghijklmnopqrstuvwxyz"
