"""Days and moments written as text: ISO 8601 and the usual forms of CSV files.

A form is only read where it has one meaning: `03/04/2025` is in March for some and in April for others, so such a day
is refused, while `31/04/...`, `2025/04/03` and `03.04.2025` (the day comes first where dots stand) are clear.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.zones import Zone

if TYPE_CHECKING:
    import polars as pl

_DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%d.%m.%Y", "%Y%m%d", "%d-%b-%Y", "%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y")
_TIMES = ("%H:%M:%S%.f", "%H:%M", "%I:%M:%S %p", "%I:%M %p")
_OFFSET = r"(?i)(\d:\d{2}(?::\d{2}(?:\.\d+)?)?) ?(Z|UTC|[+-]\d{2}:?\d{2})$"
_SPACED = r"(?i) (Z|UTC|[+-]\d{2}:?\d{2})$"
_MIDNIGHT = r"[T ]00:00(:00(\.0+)?)?(Z|[+-]\d{2}:?\d{2})?$"


def days_of_text(text: pl.Series) -> tuple[pl.Series, NDArray[np.bool_] | None]:
    """Days.

    Args:
        text: without blanks around it.

    Returns:
        Date, missing where no form fits, and where a day can be read in two ways.
    """
    import polars as pl

    days = text.str.to_date(_DAYS[0], strict=False)
    if days.null_count() == text.null_count():
        return days, None
    days = _rest(text, days, lambda left: _whole_days(left))
    return _slashed(text, days, pl.Date(), lambda left, form: left.str.to_date(form, strict=False), "")


def _whole_days(text: pl.Series) -> pl.Series:
    day = text.str.replace(_MIDNIGHT, "")
    found = day.str.to_date(_DAYS[0], strict=False)
    for form in _DAYS[1:]:
        found = _rest(day, found, lambda left, form=form: left.str.to_date(form, strict=False))
    return found


def moments_of_text(text: pl.Series) -> tuple[pl.Series, pl.Series | None, NDArray[np.bool_] | None]:
    """Moments.

    Args:
        text: without blanks around it.

    Returns:
        Datetime("us") of the local clock where no offset is written; Datetime("us", "UTC") where one is, or None where
        none is; and where a day can be read in two ways.
    """
    import polars as pl

    offset = text.str.contains(_OFFSET)
    moments: pl.Series | None = None
    local_text = text
    if offset.any():
        aware = text.zip_with(offset, pl.Series([None], dtype=pl.String))
        local_text = text.zip_with(~offset, pl.Series([None], dtype=pl.String))
        if aware.str.contains(_SPACED).any():
            aware = aware.str.replace(_OFFSET, "$1$2")
        aware = aware.str.replace(r"(?i)(Z|UTC)$", "+00:00")
        moments = _iso(aware, "%z")
        if moments.null_count() == text.null_count():
            return pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, len(text)), moments, None
    local = _iso(local_text, "")
    if local.null_count() == local_text.null_count():
        return local, moments, None
    local = _rest(local_text, local, _other_moments)
    local, unsure = _slashed(local_text, local, pl.Datetime("us"), _slash_moment, r"( .*)?")
    return local, moments, unsure


def _moment(text: pl.Series, form: str) -> pl.Series:
    return text.str.to_datetime(form, strict=False, time_unit="us")


def _iso(text: pl.Series, offset: str) -> pl.Series:
    found = _moment(text, f"%Y-%m-%dT%H:%M:%S%.f{offset}")
    for form in ("%Y-%m-%d %H:%M:%S%.f", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"):
        found = _rest(text, found, lambda left, form=form: _moment(left, form + offset))
    return found


def _other_moments(text: pl.Series) -> pl.Series:
    import polars as pl

    found = pl.Series([None], dtype=pl.Datetime("us")).new_from_index(0, len(text))
    for day in _DAYS:
        for time in _TIMES:
            found = _rest(text, found, lambda left, form=f"{day} {time}": _moment(left, form))
        found = _rest(text, found, lambda left, form=day: left.str.to_date(form, strict=False).cast(pl.Datetime("us")))
    return found


def _slash_moment(text: pl.Series, form: str) -> pl.Series:
    import polars as pl

    found = text.str.to_date(form, strict=False).cast(pl.Datetime("us"))
    for time in _TIMES:
        found = _rest(text, found, lambda left, form=f"{form} {time}": _moment(left, form))
    return found


def _slashed(text: pl.Series, found: pl.Series, dtype: Any, read: Any, after: str) -> tuple[pl.Series, Any]:
    """Days with slashes and the year last: read where only one order of day and month is possible."""
    import polars as pl

    slashed = text.str.contains(rf"^\d{{1,2}}[/-]\d{{1,2}}[/-]\d{{4}}{after}$") & found.is_null()
    if not slashed.any():
        return found, None
    where = slashed.fill_null(False).arg_true()
    left = text.gather(where).str.replace_all("/", "-").str.replace(r"^(\d{1,2})-(\d{1,2})-", "${1}-${2}-")
    day_first, month_first = read(left, "%d-%m-%Y"), read(left, "%m-%d-%Y")
    both = day_first.is_not_null() & month_first.is_not_null() & (day_first != month_first)
    one = day_first.zip_with(day_first.is_not_null(), month_first)
    one = one.zip_with(~both, pl.Series([None], dtype=dtype))
    unsure = np.zeros(len(text), np.bool_)
    unsure[where.to_numpy()[both.to_numpy()]] = True
    return found.scatter(where, one), unsure if unsure.any() else None


def zoned(local: pl.Series, zone: Zone) -> tuple[pl.Series, NDArray[np.bool_] | None]:
    """Local times as moments of a time zone.

    Args:
        local: Datetime("us") without a time zone.
        zone: of the clock; of a time that occurs twice the first is meant.

    Returns:
        Datetime("us", zone), and where the clock never showed that time.
    """
    import polars as pl

    if zone.name == "UTC":
        return local.dt.replace_time_zone("UTC"), None
    whole = local.cast(pl.Int64)
    micros = (whole.fill_null(0) if local.null_count() else whole).to_numpy()
    # Floor to milliseconds for the table, and put the rest back: no offset changes within one.
    millis = micros // 1000
    moments = zone.to_utc(millis)
    skipped = zone.to_local(moments) != millis
    values = pl.Series(local.name, moments * 1000 + (micros - millis * 1000)).cast(pl.Datetime("us", "UTC"))
    values = values.dt.convert_time_zone(zone.name)
    if local.null_count():
        values = values.zip_with(local.is_not_null(), pl.Series([None], dtype=values.dtype))
    return values, skipped if skipped.any() else None


def _rest(text: pl.Series, found: pl.Series, read: Any) -> pl.Series:
    """Reads once more where nothing was found yet."""
    left = text.is_not_null() & found.is_null()
    if not left.any():
        return found
    where = left.arg_true()
    return found.clone().scatter(where, read(text.gather(where)))
