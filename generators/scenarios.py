"""Scenarios: cells that change in some rows, and the truth about each of them.

Every scenario has its own set of tables: those before it, and those with it. A changed column's maker wraps the maker
it had before; which rows change is decided on the tables without any scenario. The truth compares the two sets where
the scenario reaches, so it lists exactly the cells that the scenario changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray

from seedbed.generators.blocks import STRETCH, Block, Maker, TableMaker
from seedbed.generators.calendars import Zone
from seedbed.generators.faults.arrivals import differing
from seedbed.generators.faults.truth import as_text
from seedbed.generators.formulas import HALF, Condition, ConstantMaker
from seedbed.generators.redraws import patched
from seedbed.generators.values import Mask, Values

SCHEMA = pa.schema(
    [
        pa.field("scenario", pa.string()),
        pa.field("table", pa.string()),
        pa.field("row", pa.int64()),
        pa.field("column", pa.string()),
        pa.field("before", pa.string()),
        pa.field("after", pa.string()),
    ],
    metadata={"seedbed": "synthetic"},
)
"""The columns of the truth: the scenario by name; the row from 1; the cell's values before and after as text."""


@dataclass(frozen=True)
class Span:
    """The time a scenario lasts.

    Attributes:
        by: path of the date or datetime column it is looked up in.
        first: first day (since 1970-01-01), or first moment (ms UTC).
        last: one past the last.
    """

    by: str
    first: int
    last: int

    def holds(self, block: Block) -> Mask:
        """(N,) rows in it; those without a date are not."""
        values = block.get(self.by)
        inside = (values.data >= self.first) & (values.data < self.last)
        return inside if values.valid is None else inside & values.valid


@dataclass(frozen=True)
class Reach:
    """The rows of a scenario.

    Attributes:
        number: of the scenario in the book.
        condition: what holds on them, None for all.
        span: when, None for ever.
        plain: the table without scenarios, in which both are looked up; None where the block itself has the same.
    """

    number: int
    condition: Condition | None
    span: Span | None
    plain: TableMaker | None

    def holds(self, block: Block) -> Mask:
        """(N,) where the scenario changes the row; worked out once for a block."""
        key = f"scenario {self.number}"
        if key not in block.placed:
            block.placed[key] = self._holds(block)
        held: Mask = block.placed[key]
        return held

    def _holds(self, block: Block) -> Mask:
        seen = block if self.plain is None else Block(self.plain, rows=block.rows)
        held = np.ones(len(block), np.bool_)
        if self.span is not None:
            held &= self.span.holds(seen)
        if self.condition is not None and held.any():
            at = np.flatnonzero(held)
            held[at] = self.condition.holds(seen.part(at) if len(at) < len(block) else seen)
        return held


class Shift(Protocol):
    """Changes drawn values."""

    def of(self, data: NDArray[Any]) -> NDArray[Any]:
        """(N,) values in the form they are computed in."""


@dataclass(frozen=True)
class NumberShift:
    """Numbers are multiplied and added to, inside their range.

    Attributes:
        factor: what they are multiplied by.
        add: what is added, in steps of the column (units of a decimal's last place).
        low: smallest value, in steps.
        high: largest value, in steps.
        stepped: whether values are whole steps.
    """

    factor: float
    add: float
    low: float
    high: float
    stepped: bool

    def of(self, data: NDArray[Any]) -> NDArray[Any]:
        """(N,) changed; rounded half away from zero."""
        numbers = data * self.factor + self.add
        if not self.stepped:
            return np.clip(numbers, self.low, self.high)
        numbers = np.clip(numbers, self.low, self.high)
        return (numbers + np.copysign(HALF, numbers)).astype(np.int64)


@dataclass(frozen=True)
class DateShift:
    """Dates move, inside their range: days, or milliseconds of moments."""

    add: int
    low: int
    high: int

    def of(self, data: NDArray[Any]) -> NDArray[Any]:
        """(N,) changed."""
        return np.asarray(np.clip(data + self.add, self.low, self.high))


@dataclass(frozen=True)
class ShiftMaker:
    """Drawn values, some of them changed."""

    maker: Maker
    reach: Reach
    shift: Shift

    def make(self, block: Block) -> Values:
        """One value per row."""
        values = self.maker.make(block)
        held = self.reach.holds(block)
        if not held.any():
            return values
        return Values(np.where(held, self.shift.of(values.data), values.data), values.valid, values.words)


@dataclass(frozen=True)
class ReplaceMaker:
    """Values, some of them replaced by one value, or by none."""

    maker: Maker
    reach: Reach
    value: ConstantMaker | None

    def make(self, block: Block) -> Values:
        """One value per row."""
        values = self.maker.make(block)
        held = self.reach.holds(block)
        if not held.any():
            return values
        if self.value is None:
            return values.masked(~held)
        at = np.flatnonzero(held)
        return patched(values, at, self.value.make(block.part(at)))


@dataclass(frozen=True)
class Played:
    """A scenario on its table.

    Attributes:
        name: the client's.
        columns: those it changes, in the book's order.
        before: the table with the scenarios before it.
        after: the table with this one too.
        reach: its rows.
        everywhere: whether rows outside its reach may change with them, because rows depend on each other.
    """

    name: str
    columns: tuple[str, ...]
    before: TableMaker = field(repr=False)
    after: TableMaker = field(repr=False)
    reach: Reach
    everywhere: bool

    def cells(self, start: int, stop: int) -> Iterator[tuple[NDArray[np.int64], str, Any, Any]]:
        """Changed cells of rows [start, stop): rows from 0, column, values before and after as text."""
        block = Block(self.before, start=start, stop=stop)
        rows = np.arange(start, stop, dtype=np.int64)
        if not self.everywhere:
            rows = rows[self.reach.holds(block)]
        if not rows.size:
            return
        before, after = Block(self.before, rows=rows), Block(self.after, rows=rows)
        for name in self.columns:
            one, other = before.get(name), after.get(name)
            at = np.flatnonzero(differing(one, other))
            form = self.after.columns[name].form
            yield rows[at], name, as_text(form, one.take(at)), as_text(form, other.take(at))


def write_truth(path: Path, table: TableMaker, start: int, stop: int) -> dict[str, int]:
    """Writes the truth about the scenarios of a stretch of a table's rows.

    Args:
        path: Parquet file to write.
        table: with `played`.
        start: first row.
        stop: one past the last.

    Returns:
        How many cells each scenario changed.
    """
    counts = {played.name: 0 for played in table.played}
    with pq.ParquetWriter(path, SCHEMA, compression="zstd", compression_level=1, store_schema=False) as writer:
        for played in table.played:
            for first in range(start, stop, STRETCH):
                for rows, column, before, after in played.cells(first, min(first + STRETCH, stop)):
                    arrays = [
                        pa.repeat(pa.scalar(played.name), len(rows)),
                        pa.repeat(pa.scalar(table.name), len(rows)),
                        pa.array(rows + 1),
                        pa.repeat(pa.scalar(column), len(rows)),
                        before.to_arrow().cast(pa.string()),
                        after.to_arrow().cast(pa.string()),
                    ]
                    if len(rows):
                        writer.write_table(pa.Table.from_arrays(arrays, schema=SCHEMA))
                    counts[played.name] += len(rows)
        if not any(counts.values()):
            writer.write_table(SCHEMA.empty_table())
    return counts


def span_of(by: str, form_type: str, zone: Zone, between: tuple[Any, Any]) -> Span:
    """The time from one day or moment to another, in the form of the column that shows it.

    Args:
        by: path of the column.
        form_type: `date` or `datetime`.
        zone: of the book.
        between: dates stand for whole days; the last moment is excluded, the last day is not.
    """
    import datetime as dt

    from seedbed.generators.calendars import day_number

    low, high = between
    if form_type == "date":
        return Span(by, day_number(low), day_number(high) + 1)
    moments = [
        moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time()) for moment in between
    ]
    if not isinstance(high, dt.datetime):
        moments[1] += dt.timedelta(days=1)
    first, last = map(zone.moment, moments)
    return Span(by, first, last)
