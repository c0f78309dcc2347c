"""A batch as its rules see it: typed columns, and the columns of the parents its rows lead to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import Zone
from seedbed.rules.expressions import Expression
from seedbed.rules.guard.known import Parents, Positions
from seedbed.rules.guard.parsing import mask_of

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
        self._units: dict[str, pl.Series] = {}
        self._limits: dict[str, tuple[Any, Any]] = {}

    def put(self, name: str, values: pl.Series) -> None:
        """Adds a typed column."""
        self._columns[name] = values

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
        if first not in self._columns:
            return False
        return not rest or (first in self._parents and self._parents[first].has(rest))

    def positions(self, reference: str) -> Positions:
        """Row of the parent that each row leads to, below 0 where there is none."""
        if reference not in self._positions:
            self._positions[reference] = self._parents[reference].index.locate(self._columns[reference])
        return self._positions[reference]

    def units(self, name: str) -> pl.Series:
        """A typed column's numbers: units of a decimal's last place, days, milliseconds or microseconds since 1970."""
        import polars as pl

        if name not in self._units:
            physical = self._columns[name].to_physical()
            if physical.dtype == pl.Int128:
                physical = physical.cast(pl.Int64)
            self._units[name] = physical
        return self._units[name]

    def limits(self, name: str) -> tuple[Any, Any]:
        """Least and greatest of `units`, None where no value is there."""
        if name not in self._limits:
            units = self.units(name)
            self._limits[name] = (units.min(), units.max())
        return self._limits[name]

    def scale(self, name: str) -> int:
        """How many `units` of a datetime column are a millisecond; 1 for others."""
        return _SCALES.get(getattr(self._columns[name].dtype, "time_unit", "ms"), 1)

    def moments(self, name: str) -> pl.Series:
        """Milliseconds since 1970 UTC of a datetime column."""
        scale = self.scale(name)
        return self.units(name) if scale == 1 else self.units(name) // scale

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
            return self.units(name) / 10.0**values.dtype.scale  # type: ignore[attr-defined]
        if isinstance(values.dtype, pl.Datetime):
            moments = self.moments(name)
            missing = moments.null_count() > 0
            whole = (moments.fill_null(0) if missing else moments).to_numpy()
            local = pl.Series(self.zone.to_local(whole)).cast(pl.Datetime("ms"))
            if missing:
                local = local.zip_with(moments.is_not_null(), pl.Series([None], dtype=local.dtype))
            return local
        return values

    def frame(self, paths: Iterable[str]) -> pl.DataFrame:
        """The columns of an expression; one without a name where it needs none, for the number of rows."""
        import polars as pl

        return pl.DataFrame([self.series(path) for path in paths] or [pl.Series("", np.zeros(self.rows, np.int8))])

    def evaluate(self, expression: Expression) -> pl.Series:
        """One value per row."""
        return expression.evaluate(self.frame(sorted(expression.columns)))

    def holds(self, expression: Expression) -> Mask:
        """(rows,) where a condition holds; where it is missing it does not."""
        import polars as pl

        name = expression.text.strip()
        if expression.columns == {name} and name in self._columns and self._columns[name].dtype == pl.Boolean:
            return mask_of(self._columns[name])
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
