"""What the columns of a table hold: counts, range, mean, and a sample of rows for quantiles and frequent values."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.views import View

SAMPLE = 1 << 13
"""Least rows of the sample of a long table, at most twice as many: a percentile is then right within about one."""
_KEY = keys.key(0, "guard", "profile", "sample")
_MOST = 2**62
_QUANTILES = (0.01, 0.05, 0.25, 0.5, 0.75, 0.95, 0.99)


@dataclass
class ColumnProfile:
    """One column.

    Attributes:
        rows: seen.
        missing: of them without a value.
        total: of numbers, or how many are true, exact but for fractions.
        least: smallest, in units of a decimal's last place, days, or moments' own units since 1970.
        most: largest, in the same.
        dtype: type of the values.
    """

    rows: int = 0
    missing: int = 0
    total: Any = None
    least: Any = None
    most: Any = None
    dtype: Any = None

    @property
    def mean(self) -> float | None:
        """Of numbers; of truth values the share that is true."""
        present = self.rows - self.missing
        if self.total is None or not present:
            return None
        return float(self.total / present / 10.0 ** (getattr(self.dtype, "scale", 0) or 0))

    @property
    def bounds(self) -> tuple[Any, Any]:
        """Smallest and largest as a person reads them."""
        return self._read(self.least), self._read(self.most)

    def _read(self, units: Any) -> Any:
        import polars as pl

        if units is None or self.dtype.is_integer() or self.dtype.is_float():
            return units
        if self.dtype.is_decimal():
            return f"{Decimal(units).scaleb(-self.dtype.scale):f}"
        return str(pl.Series([units], dtype=pl.Int64).cast(self.dtype)[0])

    def add(self, other: ColumnProfile) -> None:
        """Takes in further rows."""
        self.rows += other.rows
        self.missing += other.missing
        self.dtype = other.dtype if self.dtype is None else self.dtype
        if other.total is not None:
            self.total = other.total if self.total is None else self.total + other.total
        if other.least is not None:
            self.least = other.least if self.least is None else min(self.least, other.least)
            self.most = other.most if self.most is None else max(self.most, other.most)


class Profile:
    """A table's columns, batch by batch; those of several parts of a table can be merged.

    The sample holds one row of every 2, 4, 8 ... neighbours, chosen by chance from their row numbers alone, so it does
    not depend on how rows are cut into batches.
    """

    def __init__(self) -> None:
        self.rows = 0
        self.columns: dict[str, ColumnProfile] = {}
        self._level = 0
        self._numbers: NDArray[np.int64] = np.empty(0, np.int64)
        self._parts: list[pl.DataFrame] = []

    def add(self, frame: pl.DataFrame, view: View) -> None:
        """Takes in a batch.

        Args:
            frame: its typed columns.
            view: of the same, which knows the bounds of some of them.
        """
        for name in frame.columns:
            self.columns.setdefault(name, ColumnProfile()).add(_profile(frame.get_column(name), view))
        self._to(max(self._level, _level(self.rows + frame.height)))
        chosen = _chosen(self._level, self.rows, self.rows + frame.height)
        if chosen.size or not self._parts:
            self._numbers = np.concatenate((self._numbers, chosen))
            self._parts.append(_own_texts(frame[chosen - self.rows]))
        self.rows += frame.height

    def merge(self, other: Profile) -> None:
        """Takes in another part of the same table."""
        for name, column in other.columns.items():
            self.columns.setdefault(name, ColumnProfile()).add(column)
        level = max(self._level, other._level)
        self._to(level)
        other._to(level)
        self._parts += other._parts
        self._numbers = np.concatenate((self._numbers, other._numbers + self.rows))
        self.rows += other.rows

    def sample(self, name: str) -> pl.Series:
        """Values of a column in the sample, missing ones too."""
        import polars as pl

        rows = self._joined()
        return pl.Series(name, [], dtype=pl.Null) if rows is None else rows.get_column(name)

    def _joined(self) -> pl.DataFrame | None:
        import polars as pl

        if len(self._parts) > 1:
            self._parts = [pl.concat(self._parts, how="vertical_relaxed")]
        return self._parts[0] if self._parts else None

    def quantiles(self, name: str) -> dict[float, float]:
        """Quantiles of a column of numbers, from the sample; none for other columns."""
        import polars as pl

        values = self.sample(name).drop_nulls()
        if not values.len() or not values.dtype.is_numeric():
            return {}
        numbers = values.cast(pl.Float64)
        return {share: float(numbers.quantile(share, "linear") or 0.0) for share in _QUANTILES}

    def histogram(self, name: str, bins: int = 32) -> tuple[list[float], list[int]]:
        """Edges and counts over the sample; days and moments count in days since 1970; empty for other columns."""
        values = _as_numbers(self.sample(name).drop_nulls())
        if values is None or not values.size:
            return [], []
        low, high = float(values.min()), float(values.max())
        first, last = (low, high) if low < high else (low - 0.5, high + 0.5)
        with np.errstate(over="ignore", invalid="ignore"):
            edges = np.linspace(first, last, bins + 1)
            if not (np.isfinite(last - first) and (np.diff(edges) > 0).all()):
                # So many bins do not fit between the two: next to each other, or at both ends of all numbers.
                return [low, high], [len(values)]
        counts, _ = np.histogram(values, edges)
        return edges.tolist(), counts.tolist()

    def frequent(self, name: str, most: int = 20) -> list[tuple[str, float]]:
        """The most frequent values of texts and truth values in the sample, with their shares of the values there."""
        import polars as pl

        values = self.sample(name).drop_nulls()
        if not values.len() or not (values.dtype == pl.Boolean or _is_text(values)):
            return []
        counts = values.cast(pl.String).alias("value").value_counts().sort(["count", "value"], descending=[True, False])
        return [(str(value), count / values.len()) for value, count in counts.head(most).iter_rows()]

    def _to(self, level: int) -> None:
        while self._level < level:
            self._level += 1
            if not self._numbers.size:
                continue
            kept = np.isin(self._numbers, _chosen(self._level, 0, int(self._numbers[-1]) + 1), assume_unique=True)
            self._numbers = self._numbers[kept]
            rows = self._joined()
            if rows is not None:
                self._parts = [rows[np.flatnonzero(kept)]]


def _level(rows: int) -> int:
    """The least level that leaves a sample of at most twice `SAMPLE` rows."""
    return max(rows // (2 * SAMPLE), 0).bit_length()


def _chosen(level: int, start: int, stop: int) -> NDArray[np.int64]:
    """The rows of [start, stop) in the sample: of 2^level neighbours one, always one of those of the level below."""
    rows = np.arange(start >> level, ((stop - 1) >> level) + 1, dtype=np.int64) if stop > start else _none()
    for step in range(level, 0, -1):
        bits = keys.cells_at(_KEY + step, rows) >> np.uint64(63)
        rows = rows * 2 + bits.astype(np.int64)
    return rows[(rows >= start) & (rows < stop)]


def _none() -> NDArray[np.int64]:
    return np.empty(0, np.int64)


def _profile(values: pl.Series, view: View) -> ColumnProfile:
    import polars as pl

    kind = values.dtype
    profile = ColumnProfile(len(values), values.null_count(), dtype=kind)
    if profile.missing == profile.rows:
        return profile
    if kind == pl.Boolean:
        profile.total = int(values.sum())
    if not (kind.is_numeric() or kind.is_temporal()):
        return profile
    profile.least, profile.most = view.limits(values.name)
    if kind.is_numeric():
        large = max(-profile.least, profile.most) * profile.rows > _MOST
        if kind.is_integer() and not large:
            profile.total = int(values.sum())
            return profile
        numbers, valid = view.numbers(values.name), view.valid(values.name)
        if valid is not None:
            numbers = numbers[valid]
        profile.total = numbers.sum(dtype=np.float64).item() if large else numbers.sum().item()
    return profile


def _as_numbers(values: pl.Series) -> NDArray[np.float64] | None:
    import polars as pl

    if values.dtype.is_numeric():
        return values.cast(pl.Float64).to_numpy()
    if values.dtype.is_temporal():
        days = values.dt.epoch("d") if values.dtype == pl.Date else values.dt.epoch("ms") / 86_400_000
        return days.cast(pl.Float64).to_numpy()
    return None


def _is_text(values: pl.Series) -> bool:
    import polars as pl

    return isinstance(values.dtype, pl.String | pl.Categorical | pl.Enum)


def _own_texts(rows: pl.DataFrame) -> pl.DataFrame:
    """Texts copied out: a few rows would otherwise keep the whole batch's text in memory."""
    import polars as pl

    texts = [column for column in rows.iter_columns() if column.dtype == pl.String]
    if not texts:
        return rows
    return rows.with_columns(pl.Series(column.name, column.to_list(), dtype=pl.String) for column in texts)


def summaries(profile: Profile, names: Iterable[str]) -> dict[str, dict[str, Any]]:
    """The columns for a report in JSON: count, missing, min, mean, max, quantiles, histogram, frequent values."""
    found: dict[str, dict[str, Any]] = {}
    for name in names:
        column = profile.columns.get(name)
        if column is None:
            continue
        edges, counts = profile.histogram(name)
        found[name] = {
            "count": column.rows,
            "missing": column.missing,
            "min": column.bounds[0],
            "mean": column.mean,
            "max": column.bounds[1],
            "quantiles": {f"{share:g}": value for share, value in profile.quantiles(name).items()},
            "histogram": {"edges": edges, "counts": counts},
            "frequent": profile.frequent(name),
        }
    return found
