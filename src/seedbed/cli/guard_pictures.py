"""Pictures of real values in the range a client expects."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts

if TYPE_CHECKING:
    import polars as pl

BINS = 36
MOST_BARS = 8
_TAIL = 0.005


def picture(told: Mapping[str, Any], sample: pl.Series | None) -> str | None:
    """Draws a column.

    Args:
        told: the column in report.json.
        sample: some of its typed values, bad rows included.

    Returns:
        An `<svg>` element; None for columns that have no picture.
    """
    import polars as pl

    if sample is None or not sample.len() - sample.null_count() or told["type"] == "id":
        return None
    values, expected = sample.drop_nulls(), told["expected"]
    if told["type"] in {"category", "boolean"}:
        return _bars(told, values)
    if isinstance(values.dtype, pl.Date | pl.Datetime):
        return _days(values, expected)
    return _numbers(values, expected) if values.dtype.is_numeric() else None


def _bars(told: Mapping[str, Any], values: pl.Series) -> str:
    """Shares of the values; those the book does not know come with a mark."""
    import polars as pl

    expected = told["expected"]
    asked: dict[str, float] = dict(expected.get("choices", {}))
    if "chance" in expected:
        asked = {"true": expected["chance"], "false": 1 - expected["chance"]}
    counts = dict(values.cast(pl.String).value_counts(sort=True, name="n").iter_rows())
    got = {name: count / len(values) for name, count in counts.items()}
    names = sorted({**asked, **got}, key=lambda name: (-max(asked.get(name, 0), got.get(name, 0)), name))
    strange = "? " if "choices" in expected else ""
    bars = [
        {
            "name": name if name in asked or not asked else f"{strange}{name}",
            "got": got.get(name, 0.0),
            "asked": asked.get(name),
        }
        for name in names[:MOST_BARS]
    ]
    rest = len(names) - len(bars)
    return charts.shares(bars, f"and {rest:,} more" if rest else None)


def _numbers(values: pl.Series, expected: Mapping[str, Any]) -> str:
    """Bars over the expected range and all but the last half percent of the values at either end."""
    import numpy as np

    numbers = values.cast(float).to_numpy()
    numbers = numbers[np.isfinite(numbers)]
    if not len(numbers):
        return charts.histogram([], expected=expected.get("range"))
    least, most = np.quantile(numbers, [_TAIL, 1 - _TAIL])
    span = expected.get("range")
    low, high = (min(least, span[0]), max(most, span[1])) if span else (least, most)
    if span and most - least < (high - low) / 8 and least >= span[0] and most <= span[1]:
        # A wide range, of which the data fills a corner: the picture goes a little beyond the data.
        low, high = max(span[0], least - (most - least)), min(span[1], most + 2 * (most - least))
    edges = _edges(float(low), float(high), len(numbers), values.dtype.is_integer())
    counts, _ = np.histogram(numbers, edges)
    bins = [
        {"from": float(a), "to": float(b), "share": float(n) / len(numbers)}
        for a, b, n in zip(edges, edges[1:], counts, strict=False)
    ]
    band = (max(span[0], bins[0]["from"]), min(span[1], bins[-1]["to"])) if span else None
    typical = expected.get("typical")
    typical = typical if typical is not None and edges[0] <= typical <= edges[-1] else None
    beyond = 1 - counts.sum() / len(numbers)
    words = [expected["unit"]] if expected.get("unit") else []
    words += [f"{beyond:.1%} lie outside the picture"] if beyond >= 0.0005 else []
    return charts.histogram(bins, expected=band, typical=typical, unit="; ".join(words) or None)


def _edges(low: float, high: float, rows: int, whole: bool) -> Any:
    import numpy as np

    bins = max(6, min(BINS, round(math.sqrt(rows))))
    if whole and high - low < 2 * BINS:
        return np.arange(math.floor(low), math.ceil(high) + 2) - 0.5
    if high <= low:
        return np.array([low - 0.5, low + 0.5])
    edges = np.linspace(low, high, bins + 1)
    # Two numbers next to each other have nothing in between.
    return edges if (np.diff(edges) > 0).all() else np.array([low, high])


def _days(values: pl.Series, expected: Mapping[str, Any]) -> str:
    import numpy as np
    import polars as pl

    days = values if values.dtype == pl.Date else values.dt.replace_time_zone(None).dt.date()
    numbers = days.cast(pl.Int32).to_numpy()
    low, high = (float(bound) for bound in np.quantile(numbers, [_TAIL, 1 - _TAIL]))
    span = None
    if "range" in expected:
        span = [dt.datetime.fromisoformat(bound).date() for bound in expected["range"]]
        first, last = ((day - dt.date(1970, 1, 1)).days for day in span)
        # At most as much again on either side of what was expected: a stray year must not squeeze the picture.
        low, high = max(min(low, first), first - (last - first)), min(max(high, last), last + (last - first))
    step = max(1, round((high - low + 1) / min(104, 3 * max(6, min(BINS, round(math.sqrt(len(numbers))))))))
    edges = np.arange(math.floor(low), high + step + 1, step)
    counts, _ = np.histogram(numbers, edges)
    bins = [
        {"from": _iso(a), "to": _iso(b), "share": float(n) / len(numbers)}
        for a, b, n in zip(edges, edges[1:], counts, strict=False)
    ]
    beyond = 1 - counts.sum() / len(numbers)
    unit = f"{beyond:.1%} lie outside the picture" if beyond >= 0.0005 else None
    band = (str(span[0]), str(span[1] + dt.timedelta(days=1))) if span else None
    return charts.histogram(bins, expected=band, temporal=True, unit=unit)


def _iso(day: float) -> str:
    return str(dt.date(1970, 1, 1) + dt.timedelta(days=int(day)))
