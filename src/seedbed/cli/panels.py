"""Pictures of columns: each column's distribution beside what the client said."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from seedbed.cli import charts
from seedbed.cli.page import text
from seedbed.rules import Book

if TYPE_CHECKING:
    import polars as pl

BINS = 36
MOST_BARS = 8
EXAMPLES = 4


@dataclass(frozen=True)
class Panel:
    """One column's picture.

    Attributes:
        table: its table.
        column: its name.
        said: what the client said, in words.
        picture: HTML or SVG.
    """

    table: str
    column: str
    said: str
    picture: str


def panels(book: Book, frames: Mapping[str, pl.DataFrame], *, texts: bool = False) -> Iterator[Panel]:
    """A panel for each column that has a distribution.

    Args:
        book: what was asked.
        frames: rows of each table.
        texts: also show columns of text, by a few of their values.

    Yields:
        Panels, in the book's order.
    """
    for table, frame in frames.items():
        for name, column in book.tables[table].columns.items():
            if name not in frame.columns:
                continue
            values = frame[name]
            drawn = _draw(column, values, book)
            if drawn is None and texts and column.source != "id":
                drawn = _words(column), _examples(values)
            if drawn is not None:
                said, picture = drawn
                yield Panel(table, name, said + _missing(column, values), picture)


def _missing(column: Any, values: pl.Series) -> str:
    asked = getattr(column, "missing", 0)
    if not asked and not values.null_count():
        return ""
    got = values.null_count() / max(len(values), 1)
    return f"; missing {got:.1%}" + (f" (said {asked:.1%})" if asked else "")


def _draw(column: Any, values: pl.Series, book: Book) -> tuple[str, str] | None:
    import polars as pl

    source, kind = column.source, values.dtype
    there = values.drop_nulls()
    if source == "id" or not len(there):
        return None
    if source == "choices":
        total = sum(column.choices.values())
        asked = {name: weight / total for name, weight in column.choices.items()}
        return f"{len(asked)} choices", _bars(values, asked)
    if source == "chance":
        return f"chance {column.chance:.0%}", _bars(values, {"true": column.chance, "false": 1 - column.chance})
    if source == "reference":
        return f"to {column.to}{_how(column)}", _bars(values, {})
    if kind.is_numeric():
        return _said(column), _numbers(there, *_expected(column), column.unit)
    if isinstance(kind, pl.Date | pl.Datetime):
        low, high = _span(column, there, book)
        return f"{_day(low)} to {_day(high)}", _days(there, low, high)
    if kind == pl.Boolean or there.n_unique() <= MOST_BARS:
        return _said(column), _bars(values, {})
    return None


def _how(column: Any) -> str:
    if column.weight:
        return f", weight {column.weight}"
    return f", skew {column.skew}" if column.skew else ""


def _expected(column: Any) -> tuple[tuple[float, float] | None, float | None]:
    """The client's range and typical value, where there are such for the whole column."""
    source = getattr(column, "series", None) or column
    span = getattr(source, "range", None)
    if not isinstance(span, tuple) or getattr(column, "by", None):
        return None, None
    return (float(span[0]), float(span[1])), None if source.typical is None else float(source.typical)


def _said(column: Any) -> str:
    span, typical = _expected(column)
    if span is not None:
        words = f"{span[0]:,g} to {span[1]:,g}" + (f", typically {typical:,g}" if typical is not None else "")
        return words + (f" {column.unit}" if column.unit else "") + _shape(column)
    return _words(column)


def _shape(column: Any) -> str:
    kind = getattr(column, "distribution", None)
    if kind is None:
        return ""
    name = kind if isinstance(kind, str) else next(iter(kind.model_fields_set))
    return f", {name.replace('_', ' ')}"


def _words(column: Any) -> str:
    """The column's source in words."""
    source = column.source
    if source in {"formula", "format", "pattern"}:
        return f"{source} {getattr(column, source)}"
    if source == "faker":
        return f"invented {column.faker.replace('_', ' ')}, {column.locale}"
    return f"by {source}"


def _span(column: Any, values: pl.Series, book: Book) -> tuple[Any, Any]:
    span = getattr(column, "range", None)
    if isinstance(span, tuple):
        return span
    if book.period is not None and (span == "period" or column.source == "part"):
        return book.period.start, book.period.end
    return values.min(), values.max()


def _day(moment: Any) -> str:
    return (
        str(_date(moment))
        if not isinstance(moment, dt.datetime) or moment.time() == dt.time()
        else f"{moment:%Y-%m-%d %H:%M}"
    )


def _examples(values: pl.Series) -> str:
    found = values.drop_nulls().unique(maintain_order=True).head(EXAMPLES).to_list()
    return '<ul class="examples">' + "".join(f"<li>{text(value)}</li>" for value in found) + "</ul>"


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
    import numpy as np
    import polars as pl

    days = values.dt.date() if values.dtype != pl.Date else values
    first, last = _date(low), _date(high)
    # What goes on after the period, such as the last steps of a process, is shown where it lies.
    begin, end = min(first, _least(days)), max(last, _most(days))
    span = (end - begin).days + 1
    bars = -(-span // max(1, round(span / min(104, 3 * _bins(len(days))))))
    edges = np.linspace(0, span, bars + 1).round()
    counts, _ = np.histogram((days.cast(pl.Int32) - (begin - dt.date(1970, 1, 1)).days).to_numpy(), edges)
    bins = [
        {
            "from": str(begin + dt.timedelta(days=int(edges[index]))),
            "to": str(begin + dt.timedelta(days=int(edges[index + 1]))),
            # Bars are about, not quite, as many days wide: each has the height of an average one at its own rate.
            "share": int(count) / max(len(days), 1) * span / bars / int(edges[index + 1] - edges[index]),
        }
        for index, count in enumerate(counts)
    ]
    return charts.histogram(bins, expected=(str(first), str(last)), temporal=True)


def _least(days: pl.Series) -> dt.date:
    return cast(dt.date, days.min())


def _most(days: pl.Series) -> dt.date:
    return cast(dt.date, days.max())


def _bins(rows: int) -> int:
    """Bars that so many rows can fill: by the square root, as few rows show noise in many bars."""
    return max(6, min(BINS, round(math.sqrt(rows))))


def _date(value: dt.date | dt.datetime) -> dt.date:
    return value.date() if isinstance(value, dt.datetime) else value


def _bars(values: pl.Series, asked: dict[str, float]) -> str:
    import polars as pl

    names_of = values.cast(pl.String)
    total = max(len(names_of) - names_of.null_count(), 1)
    counts = dict(names_of.drop_nulls().value_counts(sort=True, name="n").iter_rows())
    names = list(asked) if asked else list(counts)
    names = sorted(names, key=lambda name: -(asked.get(name) or counts.get(name, 0)))[:MOST_BARS]
    bars = [{"name": name, "got": counts.get(name, 0) / total, "asked": asked.get(name)} for name in names]
    rest = len(asked or counts) - len(names)
    return charts.shares(bars, f"and {rest:,} more" if rest else None)
