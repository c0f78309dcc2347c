"""Faults of whole rows: some come twice or late, some not at all, some should not be there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.faults.arrivals import Arrivals
from seedbed.generators.faults.selections import Picked, Selection
from seedbed.generators.picks import uniform
from seedbed.generators.values import Values, Words

Rows = NDArray[np.int64]
TEST_NUMBERS = (0, 1, 99, 123, 999)
"""What developers write where a number is asked for."""


@dataclass(frozen=True)
class Duplicates:
    """Rows that come again, right behind themselves, as they are by then.

    Attributes:
        number: of the fault in the book, from 1.
        selection: of rows.
        times: how often more.
    """

    number: int
    selection: Selection
    times: int

    def apply(self, arrivals: Arrivals) -> None:
        """Befalls the arrivals."""
        picked = self.selection.pick(arrivals.clean)
        rows, which = arrivals.befallen(picked.positions)
        for _ in range(self.times):
            arrivals.insert(rows, self.number, picked.episodes[which])


@dataclass(frozen=True)
class Removal:
    """Rows that do not come.

    Attributes:
        number: of the fault in the book, from 1.
        selection: of rows.
    """

    number: int
    selection: Selection

    def apply(self, arrivals: Arrivals) -> None:
        """Befalls the arrivals."""
        picked = self.selection.pick(arrivals.clean)
        rows, which = arrivals.befallen(picked.positions)
        arrivals.remove(rows, self.number, picked.episodes[which])


@dataclass(frozen=True)
class Lateness:
    """Rows that come behind others.

    Attributes:
        number: of the fault in the book, from 1.
        selection: of rows.
        key: of the delays.
        shortest: rows of the table that come before them meanwhile, at least.
        longest: at most.
    """

    number: int
    selection: Selection
    key: int
    shortest: int
    longest: int

    def delays(self, rows: Rows) -> Rows:
        """How far rows of the table fall behind, where they are late."""
        return self.shortest + uniform(keys.cells_at(self.key, rows), self.longest - self.shortest + 1)

    def apply(self, arrivals: Arrivals) -> None:
        """Befalls the arrivals."""
        picked = self.selection.pick(arrivals.clean)
        rows, which = arrivals.befallen(picked.positions)
        arrivals.delay(rows, self.delays(arrivals.clean.rows[picked.positions])[which], self.number)

    def places(self, clean: Block, places: Rows, last: int) -> Rows:
        """Where the rows of a block arrive.

        Args:
            clean: clean rows.
            places: (N,) where they would arrive without this fault.
            last: last row of the table.
        """
        positions = self.selection.pick(clean).positions
        late = places.copy()
        late[positions] = np.minimum(late[positions] + self.delays(clean.rows[positions]), last)
        return late


@dataclass(frozen=True)
class Insertion:
    """Rows made up and put behind others: signs of life, or what developers left.

    They bear the references, dates and truth values of the row before, and ids that the table does not have.

    Attributes:
        number: of the fault in the book, from 1.
        selection: of the rows they stand behind.
        key: of the draws.
        texts: what stands where text is asked for; None where neither text nor numbers have a value.
    """

    number: int
    selection: Selection
    key: int
    texts: Words | None

    def apply(self, arrivals: Arrivals) -> None:
        """Befalls the arrivals."""
        picked = self.selection.pick(arrivals.clean)
        rows, which = arrivals.befallen(picked.positions)
        first = np.unique(which, return_index=True)[1]  # behind a row that comes twice there is one, not two
        rows, picked = rows[first], picked.take(which[first])
        if len(rows):
            values = {name: self._column(name, arrivals, rows, picked) for name in arrivals.table.written}
            arrivals.insert(rows, self.number, picked.episodes, values)

    def _column(self, name: str, arrivals: Arrivals, rows: Rows, picked: Picked) -> Values:
        form, clean = arrivals.table.columns[name].form, arrivals.clean.rows[picked.positions]
        before = arrivals.get(name).take(rows)
        if form.type == "id":
            return Values(arrivals.table.rows * self.number + clean)
        if form.type in {"reference", "date", "datetime", "boolean"}:
            return before
        if self.texts is None:
            return before.masked(np.zeros(len(rows), np.bool_))
        cells = keys.cells_at(keys.key(self.key, name), clean)
        if before.words is not None:
            return Values(uniform(cells, len(self.texts)).astype(np.int32), None, self.texts)
        numbers = np.array(TEST_NUMBERS)[uniform(cells, len(TEST_NUMBERS))]
        if form.type == "number":
            return Values(numbers.astype(np.float64))
        return Values(numbers.astype(np.int64) * 10 ** (form.places if form.type == "decimal" else 0))
