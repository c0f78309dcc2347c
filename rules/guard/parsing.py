"""From what a source holds to the types of the book: text or other types in, typed values and the rows that do not fit.

Types that are right already pass as they are, without a copy. A value that does not fit is missing in the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import Zone
from seedbed.rules.guard.absences import is_text, mask_of, stripped, without, without_words
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.dates import days_of_text, moments_of_text, zoned

if TYPE_CHECKING:
    import polars as pl

Mask = NDArray[np.bool_]

DIGITS = 18
"""Digits of a decimal column."""
_EXACT = float(2**52)
_TRUE = ("true", "t", "yes", "y", "1", "on", "vrai", "oui", "1.0")
_FALSE = ("false", "f", "no", "n", "0", "off", "faux", "non", "0.0")


@dataclass(frozen=True)
class Misfit:
    """Rows whose values do not fit the type.

    Attributes:
        code: kind of fault.
        words: what was expected.
        mask: (rows,) where.
    """

    code: Code
    words: str
    mask: Mask


@dataclass(frozen=True)
class Spec:
    """The type that a column's values have.

    Attributes:
        type: integer, number, decimal, boolean, text (also categories, and ids and references that are text), date or
            datetime.
        zone: the book's time zone.
        places: of a decimal.
        free: whether the text is free, so that blanks around it are part of it.
        nothing: what stands for a value that is missing, in any case of letters.
    """

    type: str
    zone: Zone
    places: int = 0
    free: bool = False
    nothing: tuple[str | float, ...] = ()

    def dtype(self) -> pl.DataType:
        """The polars type of an absent column."""
        import polars as pl

        types: dict[str, pl.DataType] = {
            "integer": pl.Int64(),
            "number": pl.Float64(),
            "decimal": pl.Decimal(DIGITS, self.places),
            "boolean": pl.Boolean(),
            "date": pl.Date(),
            "datetime": pl.Datetime("ms", self.zone.name),
        }
        return types.get(self.type, pl.String())


def typed(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    """Gives a column its type.

    Args:
        series: as read: text, or any type of a Parquet file.
        spec: what it should be.

    Returns:
        The values, and what did not fit.
    """
    import polars as pl

    if series.dtype == pl.Null:
        return pl.Series(series.name, [None], dtype=spec.dtype()).new_from_index(0, len(series)), []
    if spec.nothing:
        series = without_words(series, spec.nothing)
    parse = _PARSERS.get(spec.type, _text)
    values, misfits = parse(series, spec)
    if spec.type in _NUMBERS and misfits and is_text(series):
        misfits = [part for misfit in misfits for part in _with_units(series, misfit)]
    return values, misfits


def _with_units(series: pl.Series, misfit: Misfit) -> Iterator[Misfit]:
    """Tells texts such as `12.0 oz` or `5%` from those that hold no number at all."""
    import polars as pl

    if misfit.words not in (_NUMBER, _WHOLE):
        yield misfit
        return
    units = misfit.mask & mask_of(series.cast(pl.String).str.contains(_WITH_UNIT))
    for words, mask in ((_UNIT, units), (misfit.words, misfit.mask & ~units)):
        if mask.any():
            yield Misfit(misfit.code, words, mask)


def _lost(before: pl.Series, after: pl.Series) -> Mask | None:
    """Where a value was there and is no more."""
    if before.null_count() == after.null_count():
        return None
    return mask_of(before.is_not_null() & after.is_null())


def _all_wrong(series: pl.Series, spec: Spec, words: str) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    nothing = pl.Series(series.name, [None], dtype=spec.dtype()).new_from_index(0, len(series))
    wrong = mask_of(series.is_not_null())
    return nothing, [Misfit(Code.WRONG_TYPE, words, wrong)] if wrong.any() else []


def _checked(values: pl.Series, *found: tuple[Code, str, Mask | None]) -> tuple[pl.Series, list[Misfit]]:
    misfits = [Misfit(code, words, mask) for code, words, mask in found if mask is not None and mask.any()]
    for misfit in misfits:
        values = without(values, misfit.mask)
    return values, misfits


def _floats(series: pl.Series) -> tuple[pl.Series, Mask | None, Mask | None]:
    """Numbers as float64, where they are no numbers, and where they are infinite or NaN."""
    import polars as pl

    source = stripped(series) if is_text(series) else series
    values = source.cast(pl.Float64, strict=False)
    wrong = _lost(source, values)
    endless = None
    finite = values.is_finite()
    if not finite.all():
        endless = mask_of(~finite)
    return values, wrong, endless


_NUMBERS = frozenset({"integer", "number", "decimal"})
_WITH_UNIT = r"^\s*[+-]?\d+(\.\d+)?\s*(%|[^\d\s.,:/eE+-][^\d]*)$"
_UNIT = "is a number with a unit or sign behind it: the number alone is expected"
_NUMBER = "is no number"
_WHOLE = "is no whole number"
_ENDLESS = "is not finite"


def _integer(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    kind = series.dtype
    if kind == pl.Int64:
        return series, []
    if kind.is_integer():
        values = series.cast(pl.Int64, strict=False)
        return _checked(values, (Code.WRONG_TYPE, "is too large", _lost(series, values)))
    if is_text(series):
        source = stripped(series)
        values = source.cast(pl.Int64, strict=False)
        if _lost(source, values) is None:
            return values, []
        unread = values.is_null()
        floats, wrong, endless = _floats(source)
        values = values.zip_with(~unread, _whole(floats).cast(pl.Int64, strict=False))
        fraction = mask_of(floats.is_finite() & values.is_null())
    elif kind.is_float() or kind.is_decimal():
        floats, wrong, endless = _floats(series)
        values = _whole(floats).cast(pl.Int64, strict=False)
        fraction = mask_of(floats.is_finite() & values.is_null())
    else:
        return _all_wrong(series, spec, _WHOLE)
    return _checked(
        values,
        (Code.NOT_FINITE, _ENDLESS, endless),
        (Code.WRONG_TYPE, _WHOLE, fraction if wrong is None else fraction | wrong),
    )


def _whole(floats: pl.Series) -> pl.Series:
    """Missing where there is a fraction, or more than 64 bits."""
    return without(floats, mask_of((floats != floats.round()) | (floats.abs() >= 2.0**63)))


def _number(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    if not (is_text(series) or series.dtype.is_numeric()):
        return _all_wrong(series, spec, _NUMBER)
    if series.dtype.is_numeric() and not series.dtype.is_float():
        return series.cast(pl.Float64), []
    values, wrong, endless = _floats(series)
    return _checked(values, (Code.NOT_FINITE, _ENDLESS, endless), (Code.WRONG_TYPE, _NUMBER, wrong))


def _decimal(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    kind, target = series.dtype, pl.Decimal(DIGITS, spec.places)
    if kind == target:
        return series, []
    if not (is_text(series) or kind.is_numeric()):
        return _all_wrong(series, spec, _NUMBER)
    source = stripped(series) if is_text(series) else series
    floats, wrong, endless = _floats(source)
    scaled = floats * 10.0**spec.places
    units = scaled.round()
    # A millionth of the last place, and what binary fractions of that size cannot tell.
    slack = scaled.abs() * 1e-13 + 1e-6
    precise = mask_of(((scaled - units).abs() > slack) & floats.is_finite())
    large = mask_of((units.abs() >= 10.0**DIGITS) & floats.is_finite())
    values = _decimals(units, spec.places, ~(precise | large))
    exact = mask_of(units.abs() > _EXACT) & ~large & ~precise
    if exact.any():
        # Beyond 2^52 units a float64 skips some: read the digits themselves.
        values = values.zip_with(pl.Series(~exact), source.cast(target, strict=False))
    few = "whole numbers" if spec.places == 0 else f"at most {spec.places} decimal place{'s' * (spec.places != 1)}"
    return _checked(
        values.alias(series.name),
        (Code.NOT_FINITE, _ENDLESS, endless),
        (Code.WRONG_TYPE, _NUMBER, wrong),
        (Code.TOO_PRECISE, f"has more digits than expected: {few}", precise & ~large),
        (Code.WRONG_TYPE, "is too large", large),
    )


def _decimals(units: pl.Series, places: int, valid: Mask) -> pl.Series:
    """Decimals from their units, exactly: through whole numbers, never through a float's division."""
    import polars as pl

    usable = valid & mask_of(units.is_finite())
    whole = without(units, ~usable).cast(pl.Int64)
    return decimals(whole, places)


def decimals(units: pl.Series, places: int) -> pl.Series:
    """Decimals whose last places are given.

    Args:
        units: Int64.
        places: of the decimals.
    """
    import polars as pl
    import pyarrow as pa

    array = units.rechunk().to_arrow()
    made = pa.Array.from_buffers(pa.decimal64(DIGITS, places), len(array), array.buffers(), offset=array.offset)
    series = pl.from_arrow(made)
    assert isinstance(series, pl.Series)
    return series.alias(units.name)


def _boolean(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    if series.dtype == pl.Boolean:
        return series, []
    if not (is_text(series) or series.dtype.is_numeric()):
        return _all_wrong(series, spec, "is neither true nor false")
    source = stripped(series) if is_text(series) else series.cast(pl.String)
    words = source.str.to_lowercase()
    values = words.replace_strict(
        [*_TRUE, *_FALSE], [True] * len(_TRUE) + [False] * len(_FALSE), default=None, return_dtype=pl.Boolean
    )
    return _checked(values, (Code.WRONG_TYPE, "is neither true nor false", _lost(source, values)))


def _text(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    if isinstance(series.dtype, pl.Categorical | pl.Enum):
        return series, []
    if series.dtype == pl.String:
        return (series, []) if spec.free else (trimmed(series), [])
    if series.dtype.is_nested() or series.dtype == pl.Binary:
        return _all_wrong(series, spec, "is no text")
    return series.cast(pl.String), []


def trimmed(series: pl.Series) -> pl.Series:
    """Text without blanks around it, missing where nothing is left."""
    import polars as pl

    text = series.str.strip_chars()
    if text.null_count() < len(text) and text.str.len_bytes().min() == 0:
        text = text.zip_with(text != "", pl.Series([None], dtype=pl.String))
    return text


_DAY = "is no day: expected such as 2025-12-31"
_MOMENT = "is no moment: expected such as 2025-12-31 08:30:00"


def _date(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    if series.dtype == pl.Date:
        return series, []
    if isinstance(series.dtype, pl.Datetime):
        local = series.dt.convert_time_zone(spec.zone.name).dt.replace_time_zone(None) if _aware(series) else series
        days = local.cast(pl.Date)
        late = mask_of(local != days.cast(local.dtype))
        return _checked(days, (Code.TOO_PRECISE, "has a time: expected a day", late))
    if not is_text(series):
        return _all_wrong(series, spec, _DAY)
    source = stripped(series)
    days, unsure = days_of_text(source)
    return _checked(
        days,
        (Code.WRONG_TYPE, "may be two days: write the year first, such as 2025-12-31", unsure),
        (Code.WRONG_TYPE, _DAY, _but(_lost(source, days), unsure)),
    )


def _but(mask: Mask | None, other: Mask | None) -> Mask | None:
    return mask if mask is None or other is None else mask & ~other


def _aware(series: pl.Series) -> bool:
    return getattr(series.dtype, "time_zone", None) is not None


def _datetime(series: pl.Series, spec: Spec) -> tuple[pl.Series, list[Misfit]]:
    import polars as pl

    zone = spec.zone.name
    if isinstance(series.dtype, pl.Datetime) and _aware(series):
        return (series if series.dtype.time_zone == zone else series.dt.convert_time_zone(zone)), []
    if isinstance(series.dtype, pl.Datetime | pl.Date):
        values, skipped = zoned(series.cast(pl.Datetime("us")), spec.zone)
        return _checked(values, (Code.WRONG_TYPE, _SKIPPED, skipped))
    if not is_text(series):
        return _all_wrong(series, spec, _MOMENT)
    source = stripped(series)
    local, moments, unsure = moments_of_text(source)
    values, skipped = zoned(local, spec.zone)
    if moments is not None:
        values = values.zip_with(moments.is_null(), moments.dt.convert_time_zone(zone))
    lost = _but(_lost(source, values), unsure)
    return _checked(
        values,
        (Code.WRONG_TYPE, "may be two days: write the year first, such as 2025-12-31", unsure),
        (Code.WRONG_TYPE, _MOMENT, lost),
        (Code.WRONG_TYPE, _SKIPPED, skipped),
    )


_SKIPPED = "lies in the hour that the clock skips in spring"


_PARSERS: dict[str, Callable[[pl.Series, Spec], tuple[pl.Series, list[Misfit]]]] = {
    "integer": _integer,
    "number": _number,
    "decimal": _decimal,
    "boolean": _boolean,
    "date": _date,
    "datetime": _datetime,
}
