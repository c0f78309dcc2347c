"""Rows of a table on their way: what each cell holds, where each row stands, and which fault touched it last."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seedbed.generators.blocks import Block, TableMaker
from seedbed.generators.values import Mask, Values, concatenated

Rows = NDArray[np.int64]
Numbers = NDArray[np.int32]


class Arrivals:
    """Clean rows and what faults make of them, one fault after the other.

    Args:
        table: compiled.
        clean: the clean rows that may arrive in this window, in order.

    Attributes:
        clean: the same.
        origin: (N,) position in `clean` that each row comes from; for a made row the row it stands behind.
        place: (N,) row number in the clean table behind which the row arrives.
        moved: (N,) it arrives later than its own place.
        inserted: (N,) it is not in the clean table: a second copy, or made.
        made: (N,) its values are made up.
        removed: (N,) it does not arrive.
        serial: (N,) order among rows inserted at one place, 0 for those of the table.
        fault: (N,) the fault that last inserted, removed or moved it; 0 for none.
        episode: (N,) of that fault; 0 for none.
    """

    def __init__(self, table: TableMaker, clean: Block) -> None:
        count = len(clean)
        self.table, self.clean = table, clean
        self.origin: Rows = np.arange(count, dtype=np.int64)
        self.place: Rows = clean.rows.astype(np.int64)
        self.moved: Mask = np.zeros(count, np.bool_)
        self.inserted: Mask = np.zeros(count, np.bool_)
        self.made: Mask = np.zeros(count, np.bool_)
        self.removed: Mask = np.zeros(count, np.bool_)
        self.serial: Numbers = np.zeros(count, np.int32)
        self.fault: Numbers = np.zeros(count, np.int32)
        self.episode: Numbers = np.zeros(count, np.int32)
        self._columns: dict[str, Values] = {}
        self._marks: dict[str, tuple[Numbers, Numbers]] = {}

    def __len__(self) -> int:
        return len(self.origin)

    def get(self, name: str) -> Values:
        """A column as it is now."""
        if name in self._columns:
            return self._columns[name]
        values = self.clean.get(name)
        return values if len(self) == len(self.clean) else values.take(self.origin)

    def marks(self, name: str) -> tuple[Numbers, Numbers] | None:
        """(N,) the fault that last touched each cell of a column (0 for none) and its episode; None where none did."""
        return self._marks.get(name)

    @property
    def touched(self) -> tuple[str, ...]:
        """Columns with touched cells."""
        return tuple(self._marks)

    def befallen(self, positions: Rows) -> tuple[Rows, Rows]:
        """The rows that now stand for clean rows, copies included.

        Args:
            positions: (K,) in `clean`.

        Returns:
            (M,) rows here that arrive and were not made up, and (M,) which of the K positions each is.
        """
        which = np.full(len(self.clean), -1, np.int64)
        which[positions] = np.arange(len(positions))
        found = which[self.origin]
        rows = np.flatnonzero((found >= 0) & ~self.made & ~self.removed)
        return rows, found[rows]

    def put(self, name: str, rows: Rows, values: Values, fault: int, episodes: Numbers) -> None:
        """Changes cells of a column. Those that keep their value are not touched.

        Args:
            name: of the column.
            rows: (M,) here.
            values: (M,) new ones.
            fault: that does it.
            episodes: (M,) of it.
        """
        before = self.get(name)
        changed = differing(before.take(rows), values)
        if not changed.any():
            return
        if name not in self._marks:
            self._marks[name] = (np.zeros(len(self), np.int32), np.zeros(len(self), np.int32))
        faults, numbers = self._marks[name]
        faults[rows[changed]], numbers[rows[changed]] = fault, episodes[changed]
        source = np.arange(len(before), dtype=np.int64)
        source[rows] = len(before) + np.arange(len(rows))
        self._columns[name] = concatenated([before, values]).take(source)

    def insert(self, behind: Rows, fault: int, episodes: Numbers, values: Mapping[str, Values] | None = None) -> None:
        """Adds rows.

        Args:
            behind: (M,) rows here that they follow.
            fault: that does it.
            episodes: (M,) of it.
            values: of every column, (M,) each; None for copies of the rows they follow.
        """
        count = len(self)
        new = {} if values is None else {name: concatenated([self.get(name), values[name]]) for name in values}
        source = np.concatenate([np.arange(count, dtype=np.int64), behind])
        old = {name: column.take(source) for name, column in self._columns.items() if name not in new}
        self.origin, self.place, self.moved = self.origin[source], self.place[source], self.moved[source]
        self.inserted, self.made, self.removed = self.inserted[source], self.made[source], self.removed[source]
        self.fault, self.episode = self.fault[source], self.episode[source]
        self.serial = np.concatenate([self.serial, np.full(len(behind), self.serial.max(initial=0) + 1, np.int32)])
        self.inserted[count:] = True
        self.made[count:] = values is not None
        self.fault[count:], self.episode[count:] = fault, episodes
        self._marks = {name: (faults[source], numbers[source]) for name, (faults, numbers) in self._marks.items()}
        self._columns = {**old, **new}

    def remove(self, rows: Rows, fault: int, episodes: Numbers) -> None:
        """Takes rows away."""
        self.removed[rows] = True
        self.fault[rows], self.episode[rows] = fault, episodes

    def delay(self, rows: Rows, by: Rows, fault: int) -> None:
        """Lets rows arrive later.

        Args:
            rows: (M,) here.
            by: (M,) rows of the clean table that come before them meanwhile, where there are so many.
            fault: that does it.
        """
        place = np.minimum(self.place[rows] + by, self.table.rows - 1)
        rows, place = rows[place > self.place[rows]], place[place > self.place[rows]]
        self.place[rows], self.moved[rows] = place, True
        own = rows[~self.inserted[rows]]
        self.fault[own], self.episode[own] = fault, 0

    def order(self, first: int, last: int) -> Rows:
        """The rows that arrive at places [first, last), in the order in which they do."""
        here = np.flatnonzero(~self.removed & (self.place >= first) & (self.place < last))
        keys = (self.serial[here], self.origin[here], self.moved[here], self.place[here])
        return here[np.lexsort(keys)]


def differing(one: Values, other: Values) -> Mask:
    """(N,) where two columns of one form hold different values, or only one of them holds one."""
    if one.words is not None and other.words is not None:
        texts = [values.words.texts.take(pa.array(values.data)) for values in (one, other) if values.words is not None]
        import pyarrow.compute as pc  # loads slowly, and few books have texts to compare

        differs = np.asarray(pc.not_equal(*texts).to_numpy(zero_copy_only=False), np.bool_)
    else:
        differs = np.asarray(one.data != other.data)
    if one.valid is None and other.valid is None:
        return differs
    there, also = (np.ones(len(one), np.bool_) if v.valid is None else v.valid for v in (one, other))
    return np.where(there & also, differs, there != also)
