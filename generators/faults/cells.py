"""Faults of cells: each gives new values for cells of the rows it befalls."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.core.zones import Zone
from seedbed.generators.blocks import Block
from seedbed.generators.faults.arrivals import Arrivals
from seedbed.generators.faults.selections import Picked, Selection
from seedbed.generators.forms import MOST_UNITS
from seedbed.generators.values import Values

if TYPE_CHECKING:
    from seedbed.generators.forms import Form

Rows = NDArray[np.int64]


class Change(Protocol):
    """What becomes of cells."""

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column.

        Args:
            arrivals: as they are.
            rows: (M,) in them.
            picked: (M,) the clean rows they come from.
        """


@dataclass(frozen=True)
class CellFault:
    """A fault that changes cells.

    Attributes:
        number: in the book, from 1.
        selection: of rows.
        change: of their cells.
    """

    number: int
    selection: Selection
    change: Change

    def apply(self, arrivals: Arrivals) -> None:
        """Befalls the arrivals."""
        picked = self.selection.pick(arrivals.clean)
        rows, which = arrivals.befallen(picked.positions)
        if not len(rows):
            return
        picked = picked.take(which)
        # All columns are read before any is changed: two that swap look at each other.
        for name, values in self.change.values(arrivals, rows, picked).items():
            arrivals.put(name, rows, values, self.number, picked.episodes)


@dataclass(frozen=True)
class Repeat:
    """The clean values of the row an episode begins with.

    Attributes:
        columns: that stick.
    """

    columns: tuple[str, ...]

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        sources, which = np.unique(picked.sources, return_inverse=True)
        block = Block(arrivals.table, rows=sources)
        return {name: block.get(name).take(which) for name in self.columns}


@dataclass(frozen=True)
class Lose:
    """No values.

    Attributes:
        columns: that have none.
    """

    columns: tuple[str, ...]

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        none = np.zeros(len(rows), np.bool_)
        return {name: arrivals.get(name).take(rows).masked(none) for name in self.columns}


@dataclass(frozen=True)
class Swap:
    """The values of two columns change places.

    Attributes:
        columns: the two.
    """

    columns: tuple[str, str]

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        found = {}
        for name, other in (self.columns, self.columns[::-1]):
            form, source = arrivals.table.columns[name].form, arrivals.table.columns[other].form
            values = arrivals.get(other).take(rows)
            if form.type in {"integer", "number", "decimal"}:
                values = numeric(form, source.numbers(values), values, arrivals.get(name).take(rows))
            found[name] = values
        return found


@dataclass(frozen=True)
class Scaling:
    """Numbers times a factor that lies between two, plus an offset.

    Attributes:
        columns: by name, least factor, largest factor, offset.
        key: of the draws.
    """

    columns: Mapping[str, tuple[float, float, float]]
    key: int

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        found = {}
        clean = arrivals.clean.rows[picked.positions]
        for name, (least, largest, offset) in self.columns.items():
            form, values = arrivals.table.columns[name].form, arrivals.get(name).take(rows)
            factors = least + (largest - least) * keys.unit_at(keys.key(self.key, name), clean)
            found[name] = numeric(form, form.numbers(values) * factors + offset, values, values)
        return found


def numeric(form: Form, numbers: NDArray[np.float64], source: Values, before: Values) -> Values:
    """Numbers in a column's form, rounded half away from zero to its places.

    Args:
        form: of the column.
        numbers: (N,) what its cells become.
        source: (N,) where they come from: what is missing there is missing.
        before: (N,) the cells, kept where a number has more digits than the column can hold.
    """
    if form.type == "number":
        return Values(numbers + 0.0, source.valid)  # turns -0.0 into 0.0
    numbers = numbers * 10.0**form.places if form.type == "decimal" else numbers
    fits = np.abs(numbers) < float(MOST_UNITS)
    rounded = np.trunc(np.where(fits, numbers, 0.0) + np.copysign(0.5 + 1e-9, numbers)).astype(np.int64)
    valid: Any = source.valid
    if not fits.all() and (source.valid is not None or before.valid is not None):
        mine = np.ones(len(fits), np.bool_) if source.valid is None else source.valid
        theirs = np.ones(len(fits), np.bool_) if before.valid is None else before.valid
        valid = np.where(fits, mine, theirs)
    return Values(np.where(fits, rounded, before.data), valid)


@dataclass(frozen=True)
class Shift:
    """Moments by another clock: so many hours off, or that of another zone.

    Attributes:
        column: of moments.
        hours: off.
        zone: the book's.
        other: the source's, instead of hours.
    """

    column: str
    hours: float
    zone: Zone
    other: Zone | None

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        values = arrivals.get(self.column).take(rows)
        if self.other is None:
            moved = values.data + round(self.hours * 3_600_000)
        else:
            moved = self.zone.to_utc(self.other.to_local(values.data))
        return {self.column: Values(moved, values.valid)}


@dataclass(frozen=True)
class OldClock:
    """Moments by the clock as it was before its last change, where that is not long ago.

    Attributes:
        column: of moments.
        hours: how long ago.
        zone: the book's.
    """

    column: str
    hours: float
    zone: Zone

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        values = arrivals.get(self.column).take(rows)
        right = self.zone.to_local(values.data)
        old = self.zone.to_local_by_old_clock(values.data, round(self.hours * 3_600_000))
        # Elsewhere the moment itself stays: the hour that occurs twice would become the first of the two.
        return {self.column: Values(np.where(old == right, values.data, self.zone.to_utc(old)), values.valid)}
