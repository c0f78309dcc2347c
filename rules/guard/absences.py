"""Values that are not there: how real data writes them, and taking values away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Mask = NDArray[np.bool_]

_NOTHING = ("", "null", "none", "na", "n/a", "\\n")
"""Spellings of a value that is not there, in columns that are no text."""


def mask_of(series: pl.Series) -> Mask:
    """A boolean series as a mask; missing is not."""
    return np.asarray((series.fill_null(False) if series.null_count() else series).to_numpy())


def is_text(series: pl.Series) -> bool:
    """Whether a column is text, or categories of it."""
    import polars as pl

    return isinstance(series.dtype, pl.String | pl.Categorical | pl.Enum)


def stripped(series: pl.Series) -> pl.Series:
    """Text without blanks around it; spellings of nothing are missing."""
    import polars as pl

    text = series.cast(pl.String).str.strip_chars()
    least = text.str.len_bytes().min()
    # All of these spellings but the empty one have an n: looking for that is cheaper than for them.
    if least is not None and int(least) <= 4 and (not least or text.str.contains("[nN]").any()):  # type: ignore[arg-type]
        nothing = text.str.to_lowercase().is_in(_NOTHING)
        if nothing.any():
            text = text.zip_with(~nothing.fill_null(False), pl.Series([None], dtype=pl.String))
    return text


def without_words(series: pl.Series, nothing: tuple[str | float, ...]) -> pl.Series:
    """Missing where a value stands for none."""
    import polars as pl

    if is_text(series):
        wanted = [str(word).strip().lower() for word in nothing]
        return without(series, mask_of(series.cast(pl.String).str.strip_chars().str.to_lowercase().is_in(wanted)))
    if series.dtype.is_numeric():
        numbers = [word for word in map(_as_number, nothing) if word is not None]
        return without(series, mask_of(series.cast(pl.Float64).is_in(numbers)))
    return series


def _as_number(word: str | float) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def without(series: pl.Series, mask: Mask) -> pl.Series:
    """The same, missing where the mask holds."""
    import polars as pl

    return series.zip_with(pl.Series(~mask), pl.Series([None], dtype=series.dtype))


def spelled_out(series: pl.Series, values: pl.Series, known: tuple[str | float, ...]) -> Mask | None:
    """Where a column that is no text has a word for a missing value, such as `N/A`, that nobody has told of.

    Args:
        series: as read.
        values: the same with their type.
        known: what the book says stands for none.

    Returns:
        (N,); None where there is none.
    """
    import polars as pl

    if not is_text(series) or is_text(values) or values.null_count() == series.null_count():
        return None
    told = {str(word).strip().lower() for word in known}
    words = series.cast(pl.String).str.strip_chars().str.to_lowercase()
    found = words.is_in([word for word in _NOTHING if word and word not in told])
    return mask_of(found) if found.any() else None
