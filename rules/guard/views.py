"""A batch as its rules see it: typed columns, and the columns of the parents its rows lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import Zone
from seedbed.rules.expressions import Expression
from seedbed.rules.guard.absences import mask_of
from seedbed.rules.guard.codings import Codes
from seedbed.rules.guard.known import Parents, Positions
from seedbed.rules.guard.reckoned import truths

if TYPE_CHECKING:
    import polars as pl

Mask = NDArray[np.bool_]

_SCALES = {"ms": 1, "us": 1000, "ns": 1_000_000}


class View:
    """Columns of a batch, each computed once.

    Args:
        rows: of the batch.
        zone: of the book.
        parents: for each reference column the judged table it leads to; those that the data lacks are left out.
        raw: whether the values were text, where an empty text and a missing one are the same.
    """

    def __init__(self, rows: int, zone: Zone, parents: Mapping[str, Parents], raw: bool) -> None:
        self.rows = rows
        self.zone = zone
        self.raw = raw
        self._parents = parents
        self._columns: dict[str, pl.Series] = {}
        self._series: dict[str, pl.Series] = {}
        self._spoiled: dict[str, Mask] = {}
        self._positions: dict[str, Positions] = {}
        self._physical: dict[str, pl.Series] = {}
        self._numbers: dict[str, NDArray[Any]] = {}
        self._valid: dict[str, Mask | None] = {}
        self._limits: dict[str, tuple[Any, Any]] = {}

    def put(self, name: str, values: pl.Series) -> None:
        """Adds a typed column."""
        self._columns[name] = values.alias(name)

    def column(self, name: str) -> pl.Series:
        """A typed column."""
        return self._columns[name]

    def spoil(self, name: str, mask: Mask) -> None:
        """Marks rows where a column has no value though it should: rules that look at it there say nothing."""
        self._spoiled[name] = self._spoiled[name] | mask if name in self._spoiled else mask

    def spoiled(self, paths: Iterable[str]) -> Mask | None:
        """Where any of some columns is spoiled."""
        found: Mask | None = None
        for path in paths:
            first, _, rest = path.partition(".")
            masks = [self._spoiled.get(first)]
            if rest and first in self._parents:
                masks.append(self._parents[first].spoiled(rest, self.positions(first)))
            for mask in masks:
                if mask is not None:
                    found = mask if found is None else found | mask
        return found

    def has(self, path: str) -> bool:
        """Whether the data has a column."""
        first, _, rest = path.partition(".")
        if first not in self._columns and not (rest and first in self._positions):
            return False
        return not rest or (first in self._parents and self._parents[first].has(rest))

    def positions(self, reference: str) -> Positions:
        """Row of the parent that each row leads to, below 0 where there is none."""
        if reference not in self._positions:
            index = self._parents[reference].index
            if self.coded(reference):
                found = index.locate_codes(self.codes(reference))
            else:
                found = index.locate(self._columns[reference])
            self._positions[reference] = found
        return self._positions[reference]

    def places(self, reference: str, start: int, stop: int) -> Positions:
        """As `positions`, of rows [start, stop) alone; -1 or anything where there is no reference."""
        if reference not in self._positions and self.coded(reference):
            column = self.codes(reference)
            if column.valid is None and self._parents[reference].index.knows_codes(column):
                return self._parents[reference].index.locate_known(column.codes[start:stop])
        return self.positions(reference)[start:stop]

    def kept(self, reference: str, path: str) -> tuple[NDArray[Any], Mask | None]:
        """Numbers or truth values of all rows of a parent, and where they are there; None for everywhere.

        Raises:
            Unfit: the column holds others.
        """
        return self._parents[reference].numbers(path)

    def place(self, reference: str, positions: Positions) -> None:
        """Says where a reference leads that the data does not show."""
        self._positions[reference] = positions

    def is_moment(self, name: str) -> bool:
        """Whether a typed column holds moments."""
        import polars as pl

        return isinstance(self._columns[name].dtype, pl.Datetime)

    def has_reference(self, name: str) -> bool:
        """Whether a reference is in the data, or was found in another way."""
        return name in self._columns or name in self._positions

    def leads_somewhere(self, reference: str) -> bool:
        """Whether the data has the table a reference leads to."""
        return reference in self._parents

    def parent_rows(self, reference: str) -> int:
        """Rows of the table a reference leads to."""
        return self._parents[reference].rows

    def leads(self, reference: str) -> bool:
        """Whether every reference that is there surely leads to a row, told without looking at each."""
        index = self._parents[reference].index
        if self.coded(reference):
            return index.knows_codes(self.codes(reference))
        return self._columns[reference].dtype.is_integer() and index.knows(*self.limits(reference))

    def coded(self, name: str) -> bool:
        """Whether a column holds categories as codes."""
        import polars as pl

        return isinstance(self._columns[name].dtype, pl.Categorical | pl.Enum)

    def codes(self, name: str) -> Codes:
        """A column of categories."""
        return _Codes(self, name)

    def valid(self, name: str) -> Mask | None:
        """Where a typed column has a value; None where it always has."""
        if name not in self._valid:
            values = self._columns[name]
            self._valid[name] = values.is_not_null().to_numpy() if values.null_count() else None
        return self._valid[name]

    def numbers(self, name: str) -> NDArray[Any]:
        """A typed column as numbers, anything where it is missing.

        Units of a decimal's last place, days, milliseconds or microseconds since 1970, codes, truth values.
        """
        if name not in self._numbers:
            values = self._columns[name]
            if values.dtype.is_decimal():
                self._numbers[name] = _low_words(values)
            else:
                physical = self._physical.get(name)
                if physical is None:
                    physical = values.to_physical() if _counts(values) else values
                if physical.null_count():
                    physical = physical.fill_null(0 if physical.dtype.is_numeric() else False)
                self._numbers[name] = physical.to_numpy()
        return self._numbers[name]

    def settle(self) -> None:
        """Finds what lies under all columns at once: each call to polars has its price."""
        import polars as pl

        plain = [values for values in self._columns.values() if not values.dtype.is_decimal() and _counts(values)]
        if not plain:
            return
        for values in pl.DataFrame(plain).select(pl.all().to_physical()).iter_columns():
            self._physical[values.name] = values
            self._limits[values.name] = (values.min(), values.max())

    def limits(self, name: str) -> tuple[Any, Any]:
        """Least and greatest of `numbers`, None where no value is there."""
        if name not in self._limits:
            numbers, valid = self.numbers(name), self.valid(name)
            if valid is not None:
                numbers = numbers[valid]
            self._limits[name] = (numbers.min().item(), numbers.max().item()) if numbers.size else (None, None)
        return self._limits[name]

    def scale(self, name: str) -> int:
        """How many `numbers` of a datetime column are a millisecond; 1 for others."""
        return _SCALES.get(getattr(self._columns[name].dtype, "time_unit", "ms"), 1)

    def moments(self, name: str) -> NDArray[np.int64]:
        """Milliseconds since 1970 UTC of a datetime column, anything where it is missing."""
        scale = self.scale(name)
        return self.numbers(name) if scale == 1 else self.numbers(name) // scale

    def series(self, path: str) -> pl.Series:
        """A column as formulas see it, named by its path: decimals as float64, moments as local milliseconds."""
        if path not in self._series:
            first, _, rest = path.partition(".")
            if rest:
                values = self._parents[first].take(rest, self.positions(first))
            else:
                values = self._seen(first)
            self._series[path] = values.alias(path)
        return self._series[path]

    def _seen(self, name: str) -> pl.Series:
        import polars as pl

        values = self._columns[name]
        if values.dtype.is_decimal():
            places: int = values.dtype.scale  # type: ignore[attr-defined]
            seen = pl.Series(self.numbers(name) / 10.0**places)
        elif isinstance(values.dtype, pl.Datetime):
            seen = pl.Series(self.zone.to_local(self.moments(name))).cast(pl.Datetime("ms"))
        else:
            return values
        valid = self.valid(name)
        return seen if valid is None else seen.zip_with(pl.Series(valid), pl.Series([None], dtype=seen.dtype))

    def frame(self, paths: Iterable[str]) -> pl.DataFrame:
        """The columns of an expression; one without a name where it needs none, for the number of rows."""
        import polars as pl

        return pl.DataFrame([self.series(path) for path in paths] or [pl.Series("", np.zeros(self.rows, np.int8))])

    def texts(self, paths: Iterable[str]) -> pl.DataFrame:
        """As `frame`, with categories as text."""
        import polars as pl

        return self.frame(paths).with_columns(pl.col(pl.Categorical, pl.Enum).cast(pl.String))

    def evaluate(self, expression: Expression) -> pl.Series:
        """One value per row."""
        return expression.evaluate(self.frame(sorted(expression.columns)))

    def computed(self, expression: Expression) -> NDArray[np.float64] | None:
        """An expression over numbers alone as float64, without its rules for what is not finite; None for others.

        One pass less than `evaluate`: who compares the result with something finite needs no look for infinity.
        """
        import polars as pl

        frame = self.frame(sorted(expression.columns))
        if not all(kind in (pl.Float64, pl.Int64) for kind in frame.dtypes):
            return None
        if any(column.null_count() for column in frame.iter_columns()):
            return None
        try:
            values = frame.select(expression.polars.alias("")).get_column("")
        except pl.exceptions.PolarsError:
            # `evaluate` says in words what does not fit.
            return None
        if values.dtype != pl.Float64 or values.null_count() or len(values) != self.rows:
            return None
        return np.asarray(values.to_numpy())

    def holds(self, expression: Expression) -> Mask:
        """(rows,) where a condition holds; where it is missing it does not."""
        import polars as pl

        name = expression.text.strip()
        if expression.columns == {name} and name in self._columns and self._columns[name].dtype == pl.Boolean:
            valid = self.valid(name)
            return self.numbers(name) if valid is None else self.numbers(name) & valid
        found = truths(self, expression)
        if found is not None:
            return found[0] if found[1] is None else found[0] & found[1]
        return mask_of(self.evaluate(expression).cast(pl.Boolean))

    def nulls(self, paths: Iterable[str]) -> Mask | None:
        """Where any of some columns is missing."""
        found: Mask | None = None
        for path in paths:
            series = self.series(path)
            if series.null_count():
                mask = series.is_null().to_numpy()
                found = mask if found is None else found | mask
        return found


class _Codes:
    """A column of a view as `Codes`."""

    def __init__(self, view: View, name: str) -> None:
        self._view, self._name = view, name

    @property
    def values(self) -> pl.Series:
        return self._view.column(self._name)

    @property
    def codes(self) -> NDArray[Any]:
        return self._view.numbers(self._name)

    @property
    def valid(self) -> Mask | None:
        return self._view.valid(self._name)

    @property
    def limits(self) -> tuple[int | None, int | None]:
        return self._view.limits(self._name)


def _counts(values: pl.Series) -> bool:
    """Whether a column is numbers underneath, as they lie in memory."""
    import polars as pl

    return not isinstance(values.dtype, pl.Boolean | pl.String)


def _low_words(values: pl.Series) -> NDArray[np.int64]:
    """Units of decimals of up to 18 digits: the lower half of their 128 bits."""
    if not len(values):
        return np.empty(0, np.int64)
    array = values.rechunk().to_arrow()
    words = np.frombuffer(array.buffers()[1], np.int64)
    return np.ascontiguousarray(words[2 * array.offset : 2 * (array.offset + len(array)) : 2])
