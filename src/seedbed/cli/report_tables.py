"""The tables' part of a report: each column's distribution beside what the client said."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts
from seedbed.rules import Book

if TYPE_CHECKING:
    import polars as pl

SAMPLE = 200_000
BINS = 36
MOST_BARS = 8


@dataclass(frozen=True)
class Panel:
    """One column's picture.

    Attributes:
        table: its table.
        column: its name.
        said: what the client said, in words.
        svg: the picture.
    """

    table: str
    column: str
    said: str
    svg: str


def panels(book: Book, root: Path) -> Iterator[Panel]:
    """A panel for each column that has a distribution.

    Args:
        book: what was asked.
        root: the folder `generate` wrote.

    Yields:
        Panels, in the book's order.
    """
    import polars as pl

    for table, spec in book.tables.items():
        files = sorted((root / "tables" / table).glob("*.parquet"))
        frame = pl.scan_parquet(files).head(SAMPLE).collect()
        for name, column in spec.columns.items():
            drawn = _draw(column, frame[name], book)
            if drawn is not None:
                yield Panel(table, name, *drawn)


def _draw(column: Any, values: pl.Series, book: Book) -> tuple[str, str] | None:
    source = column.source
    if source == "range":
        return _range(column, values.drop_nulls(), book)
    if source == "choices":
        total = sum(column.choices.values())
        asked = {name: weight / total for name, weight in column.choices.items()}
        return f"{len(asked)} choices", _bars(values, asked)
    if source == "chance":
        return f"chance {column.chance:.0%}", _bars(values, {"true": column.chance, "false": 1 - column.chance})
    if source == "reference":
        how = f"weight {column.weight}" if column.weight else f"skew {column.skew}" if column.skew else "evenly"
        return f"to {column.to}, {how}", _bars(values, {})
    if source in {"formula", "cases"} and values.dtype.is_numeric():
        return (str(column.formula) if source == "formula" else "by cases"), _numbers(values, None, None, column.unit)
    return None


def _range(column: Any, values: pl.Series, book: Book) -> tuple[str, str]:
    if column.type in {"date", "datetime"}:
        low, high = (book.period.start, book.period.end) if column.range == "period" and book.period else column.range
        return f"{low} to {high}", _days(values, low, high)
    low, high = column.range
    said = f"{low:,} to {high:,}" + (f", typically {column.typical:,}" if column.typical is not None else "")
    return said + (f" {column.unit}" if column.unit else ""), _numbers(values, (low, high), column.typical, column.unit)


def _numbers(values: pl.Series, expected: tuple[float, float] | None, typical: float | None, unit: str | None) -> str:
    import numpy as np

    numbers = values.drop_nulls().cast(float).to_numpy()
    low, high = float(numbers.min()), float(numbers.max())
    # A long tail would press everything into one bar: the picture ends where 99.5 % of the rows have been.
    high = min(high, float(np.quantile(numbers, 0.995)) * 1.15) if low >= 0 else high
    whole = values.dtype.is_integer() and high - low < 60
    edges = (
        np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
        if whole
        else np.linspace(low, max(high, low + 1e-9), _bins(len(numbers)) + 1)
    )
    counts, _ = np.histogram(numbers, edges)
    bins = [
        {"from": float(a), "to": float(b), "share": float(n) / len(numbers)}
        for a, b, n in zip(edges, edges[1:], counts, strict=False)
    ]
    band = (max(expected[0], bins[0]["from"]), min(expected[1], bins[-1]["to"])) if expected else None
    return charts.histogram(bins, expected=band, typical=typical, unit=unit)


def _days(values: pl.Series, low: dt.date | dt.datetime, high: dt.date | dt.datetime) -> str:
    import polars as pl

    days = values.dt.date() if values.dtype != pl.Date else values
    first, last = _date(low), _date(high)
    span = (last - first).days + 1
    step = max(1, round(span / min(104, 3 * _bins(len(days)))))
    bucket = (days.cast(pl.Int32) - (first - dt.date(1970, 1, 1)).days) // step
    counts = dict(bucket.value_counts(name="n").iter_rows())
    bins = [
        {
            "from": str(first + dt.timedelta(days=index * step)),
            "to": str(first + dt.timedelta(days=(index + 1) * step)),
            # The last bucket may be shorter: its height is that of a full one at the same rate.
            "share": counts.get(index, 0) / max(len(days), 1) * step / min(step, span - index * step),
        }
        for index in range(-(-span // step))
    ]
    return charts.histogram(bins, expected=(str(first), str(last)), temporal=True)


def _bins(rows: int) -> int:
    """Bars that so many rows can fill: by the square root, as few rows show noise in many bars."""
    return max(6, min(BINS, round(math.sqrt(rows))))


def _date(value: dt.date | dt.datetime) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _bars(values: pl.Series, asked: dict[str, float]) -> str:
    import polars as pl

    text = values.cast(pl.String)
    total = max(len(text) - text.null_count(), 1)
    counts = dict(text.drop_nulls().value_counts(sort=True, name="n").iter_rows())
    names = list(asked) if asked else list(counts)
    names = sorted(names, key=lambda name: -(asked.get(name) or counts.get(name, 0)))[:MOST_BARS]
    bars = [{"name": name, "got": counts.get(name, 0) / total, "asked": asked.get(name)} for name in names]
    rest = len(asked or counts) - len(names)
    return charts.shares(bars, f"and {rest:,} more" if rest else None)
