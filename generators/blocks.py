"""Rows of a table, and the columns computed on them as they are asked for.

A block is any rows of a table, in any order: a stretch to be written, the parents a reference leads to, or the part
of a block where a condition holds. Every column is a function of the row's number, so a parent's column is computed at
the rows it is wanted at, never joined.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.values import Values, concatenated

if TYPE_CHECKING:
    import polars as pl

    from seedbed.generators.forms import Form
    from seedbed.generators.layouts import Layout
    from seedbed.generators.redraws import Redraws
    from seedbed.generators.scenarios import Played

MOST_KEPT = 1 << 21
"""Tables of up to so many rows keep a column once computed, where others look it up: reading is cheaper then."""
STRETCH = 1 << 17
"""Rows computed at a time: arrays of this length (1 MiB) stay near the core. The result does not depend on it."""


class Maker(Protocol):
    """What computes a column's values."""

    def make(self, block: Block) -> Values:
        """Values on the block's rows."""


@dataclass(frozen=True)
class ColumnMaker:
    """A column that can be computed at any rows.

    Attributes:
        maker: computes values.
        form: how they look outside.
        parent: the table a reference leads to.
        hidden: whether it only serves other columns and is not written.
    """

    maker: Maker
    form: Form
    parent: TableMaker | None = None
    hidden: bool = False


@dataclass
class TableMaker:
    """A table that can be computed at any rows.

    Attributes:
        name: of the table.
        rows: how many it has.
        columns: by name, in the book's order; filled when the plan is compiled.
        layout: what the rows are made from, None where they are only a number of rows.
        redraws: what holds on every row; None where there are no constraints.
        played: the scenarios that change cells of the table.
    """

    name: str
    rows: int
    columns: dict[str, ColumnMaker] = field(default_factory=dict)
    layout: Layout | None = None
    redraws: Redraws | None = None
    played: tuple[Played, ...] = field(default=(), repr=False)
    _kept: dict[str, Values] = field(default_factory=dict, repr=False)

    @property
    def written(self) -> dict[str, ColumnMaker]:
        """The columns that are written, in order: all but the hidden ones."""
        return {name: column for name, column in self.columns.items() if not column.hidden}

    def block(self, start: int, stop: int) -> Block:
        """Rows [start, stop)."""
        return Block(self, start=start, stop=stop)

    def at(self, name: str, rows: NDArray[np.int64]) -> Values:
        """A column at any rows.

        Args:
            name: of the column.
            rows: (N,) row numbers from 0, any order, repeats allowed.
        """
        if self.rows <= MOST_KEPT:
            return self.whole(name).take(rows)
        return Block(self, rows=rows).get(name)

    def whole(self, name: str) -> Values:
        """A column on all rows, kept for the next call."""
        if name not in self._kept:
            starts = range(0, max(self.rows, 1), STRETCH)
            parts = [self.block(start, min(start + STRETCH, self.rows)).get(name) for start in starts]
            self._kept[name] = concatenated(parts)
        return self._kept[name]

    def forget(self) -> None:
        """Drops what is kept, after a change of how columns are made."""
        self._kept.clear()

    def form(self, path: str) -> Form:
        """The form of a column or of a parent's (`product.price`)."""
        first, _, rest = path.partition(".")
        column = self.columns[first]
        return column.form if not rest or column.parent is None else column.parent.form(rest)


class Block:
    """Some rows of a table. Columns are computed once per block.

    Args:
        table: the table.
        start: first row, for a stretch of rows.
        stop: one past its last row.
        rows: (N,) row numbers, for any rows.
        base: a block of the same table and the positions in it, from which computed columns are taken.
        attempt: which drawing of these rows this is; 0 is the first, each has random cells of its own. Or (N,) one
            for each row, 1 or more.
        anew: columns that are computed in this attempt instead of being taken from `base`.
        draft: whether columns are as first drawn, before the table's constraints are looked at.
        forced: keys, and (N,) the cells that stand for theirs.
    """

    def __init__(
        self,
        table: TableMaker,
        *,
        start: int = 0,
        stop: int = 0,
        rows: NDArray[np.int64] | None = None,
        base: tuple[Block, NDArray[np.int64]] | None = None,
        attempt: int | NDArray[np.int64] = 0,
        anew: frozenset[str] = frozenset(),
        draft: bool = False,
        forced: tuple[frozenset[int], NDArray[np.uint64]] | None = None,
    ) -> None:
        self.table = table
        self._start, self._stop, self._rows, self._base = start, stop, rows, base
        self._attempt, self._anew, self._draft, self._forced = attempt, anew, draft, forced
        self._columns: dict[str, Values] = {}
        self._series: dict[str, pl.Series] = {}
        self.placed: dict[str, Any] = {}  # what the table's layout works out once for all parts of these rows
        self.undefined: Counter[str] = Counter() if base is None else base[0].undefined

    def __len__(self) -> int:
        return self._stop - self._start if self._rows is None else len(self._rows)

    @property
    def stretch(self) -> tuple[int, int] | None:
        """First row and one past the last, where the rows follow each other; None for any rows."""
        return (self._start, self._stop) if self._rows is None else None

    @property
    def rows(self) -> NDArray[np.int64]:
        """(N,) row numbers."""
        return np.arange(self._start, self._stop, dtype=np.int64) if self._rows is None else self._rows

    def cells(self, key: int) -> NDArray[np.uint64]:
        """The random cells of a key on these rows, in this attempt to draw them; not to be written over."""
        if self._forced is not None and key in self._forced[0]:
            return self._forced[1]
        if isinstance(self._attempt, np.ndarray):
            return keys.cells_again(key, self.rows, self._attempt)
        key = keys.key(key, "attempt", self._attempt) if self._attempt else key
        return keys.cells(key, self._start, self._stop) if self._rows is None else keys.cells_at(key, self._rows)

    def forces(self, key: int) -> bool:
        """Whether a key's cells are given. Then values rise with them, those drawn from several keys too."""
        return self._forced is not None and key in self._forced[0]

    def units(self, key: int) -> NDArray[np.float64]:
        """Uniform numbers of a key on these rows."""
        return keys.to_unit(self.cells(key))

    def get(self, path: str) -> Values:
        """A column of these rows, or of their parents (`product.price`)."""
        if path in self._columns:
            return self._columns[path]
        if self._base is not None and path.partition(".")[0] not in self._anew:
            block, positions = self._base
            values = block.get(path).take(positions)
        else:
            values = self._made(path)
        self._columns[path] = values
        return values

    def _made(self, path: str) -> Values:
        first, _, rest = path.partition(".")
        column = self.table.columns[first]
        redraws = self.table.redraws
        if not rest and redraws is not None and not self._draft and first in redraws.columns:
            self._settle(redraws)
            return self._columns[first]
        if not rest:
            return column.maker.make(self)
        assert column.parent is not None
        reference = self.get(first)
        # Where the reference is missing its row still stands for one, so the parent can be read and then masked.
        if "." in rest or column.parent.rows > MOST_KEPT:
            return self._parent(first, column.parent).get(rest).masked(reference.valid)
        return column.parent.at(rest, reference.data).masked(reference.valid)

    def _settle(self, redraws: Redraws) -> None:
        """Gives this block the columns that constraints decide, all of them at once, and what they were read from."""
        if self._rows is None:
            draft = Block(self.table, start=self._start, stop=self._stop, draft=True)
        else:
            draft = Block(self.table, rows=self._rows, draft=True)
        draft.placed = self.placed
        changed = redraws.settled(draft)
        kept = not changed
        for name in redraws.columns:
            self._columns[name] = changed[name] if changed else draft.get(name)
        for path, values in draft._columns.items():
            if kept or path.partition(".")[0] not in redraws.columns:
                self._columns[path] = values
        for path, series in draft._series.items():
            if kept or path.partition(".")[0] not in redraws.columns:
                self._series[path] = series
        for name, count in draft.undefined.items():
            if kept or name not in redraws.columns:
                self.undefined[name] += count
            else:
                # What the first drawing counted may have been drawn again: counted once more, on the values that stay.
                self.table.columns[name].maker.make(self)

    def _parent(self, name: str, table: TableMaker) -> Block:
        return Block(table, rows=self.get(name).data)

    def values_at(self, names: Iterable[str], positions: NDArray[np.int64]) -> dict[str, Values]:
        """Columns at positions of this block."""
        return {name: self.get(name).picked(positions) for name in names}

    def fill(self, columns: Mapping[str, Values]) -> None:
        """Gives the block columns that are computed already."""
        self._columns.update(columns)

    def part(self, positions: NDArray[np.int64]) -> Block:
        """The rows at positions of this block."""
        return Block(
            self.table,
            rows=self._at(positions),
            base=(self, positions),
            attempt=self._attempts(positions),
            forced=None if self._forced is None else (self._forced[0], self._forced[1][positions]),
        )

    def over(
        self,
        positions: NDArray[np.int64],
        *,
        anew: frozenset[str] = frozenset(),
        forced: tuple[frozenset[int], NDArray[np.uint64]] | None = None,
    ) -> Block:
        """The rows at positions of this block as they are drawn so far, with some columns computed again.

        Args:
            positions: (N,) in this block.
            anew: the columns.
            forced: keys, and (N,) the cells that stand for theirs.
        """
        base, attempt = (self, positions), self._attempts(positions)
        return Block(
            self.table, rows=self._at(positions), base=base, attempt=attempt, anew=anew, draft=True, forced=forced
        )

    def _at(self, positions: NDArray[np.int64]) -> NDArray[np.int64]:
        return positions + self._start if self._rows is None else self._rows.take(positions)

    def _attempts(self, positions: NDArray[np.int64]) -> int | NDArray[np.int64]:
        return self._attempt[positions] if isinstance(self._attempt, np.ndarray) else self._attempt

    def series(self, path: str) -> pl.Series:
        """A column as formulas see it, named by its path."""
        if path not in self._series:
            self._series[path] = self.table.form(path).series(path, self.get(path))
        return self._series[path]
