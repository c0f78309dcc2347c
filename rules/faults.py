"""Faults: data that looks good and is bad, planted on purpose, with its truth kept.

The clean tables are never touched: a table with faults is written a second time, as it would arrive. Faults of one
table are applied in the order they are written: a later one changes what an earlier one left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.names import Name
from seedbed.rules.periods import known_zone
from seedbed.rules.planting import (
    DATES,
    NUMBERS,
    TEXTS,
    EitherWay,
    InEpisodes,
    OnColumns,
    OnDate,
    Planted,
    Scattered,
    Share,
    Span,
    rising,
)
from seedbed.rules.units import conversion, usual_other


class StuckValues(OnColumns, InEpisodes):
    """A sensor repeats its last value."""

    types: ClassVar[tuple[str, ...]] = (*NUMBERS, *TEXTS, *DATES, "boolean", "reference")
    kind: Literal["stuck_value"] = Field(examples=["stuck_value"])
    """A sensor repeats its last value."""


class FrozenClock(OnDate, InEpisodes):
    """A clock stops: rows that follow each other bear the same moment."""

    types: ClassVar[tuple[str, ...]] = DATES
    kind: Literal["frozen_clock"] = Field(examples=["frozen_clock"])
    """A clock stops: rows that follow each other bear the same moment."""
    length: Span = Field(default=(50, 400), examples=[[50, 400]])
    """Fewest and most rows that one time lasts."""


class TimezoneShift(OnDate, EitherWay):
    """Moments are off by whole hours, because a source writes them by another clock."""

    types: ClassVar[tuple[str, ...]] = ("datetime",)
    kind: Literal["timezone_shift"] = Field(examples=["timezone_shift"])
    """Moments are off, because a source writes them by another clock."""
    hours: float | None = Field(default=None, ge=-24, le=24, examples=[5])
    """How far off, forward or back."""
    to: str | None = Field(default=None, examples=["UTC", "America/Vancouver"])
    """Time zone of the source's clock, read as if it were the book's; without it and `hours`, UTC."""
    episodes: int = Field(default=3, ge=1, le=100_000, examples=[3])
    """How often it happens."""
    length: Span = Field(default=(200, 2000), examples=[[200, 2000]])
    """Fewest and most rows that one time lasts."""

    @field_validator("hours")
    @classmethod
    def _some(cls, hours: float | None) -> float | None:
        if hours == 0:
            raise PydanticCustomError("no_shift", "0 hours change nothing", {"allowed": "such as 5 or -6"})
        return hours

    @field_validator("to")
    @classmethod
    def _zone(cls, zone: str | None, info: ValidationInfo) -> str | None:
        if zone is not None and info.data.get("hours") is not None:
            raise PydanticCustomError("shift", "a shift has 'hours' or 'to', not both")
        return zone if zone is None else known_zone(zone)


class DstError(OnDate, Planted):
    """A source changes its clock too late, in spring and in autumn."""

    types: ClassVar[tuple[str, ...]] = ("datetime",)
    kind: Literal["dst_error"] = Field(examples=["dst_error"])
    """A source changes its clock too late, in spring and in autumn."""
    hours: float = Field(default=24, gt=0, le=8784, examples=[24])
    """How many hours after the change of the clock it still goes by the old one."""
    share: Share = Field(default=1.0, examples=[0.5])
    """Share of the rows in those hours that it befalls."""


class LateArrival(Scattered):
    """Rows come later than their place in the table."""

    kind: Literal["late_arrival"] = Field(examples=["late_arrival"])
    """Rows come later than their place in the table."""
    delay: Span = Field(default=(10, 2000), examples=[[10, 2000]])
    """Fewest and most rows that come before them meanwhile."""

    _delay_order = field_validator("delay")(rising)


class DuplicateRows(Scattered):
    """Rows come twice."""

    kind: Literal["duplicate_rows"] = Field(examples=["duplicate_rows"])
    """Rows come twice."""
    times: int = Field(default=1, ge=1, le=100, examples=[1])
    """How many more times each comes."""


class MissingDays(Planted):
    """Whole days are not there."""

    kind: Literal["missing_days"] = Field(examples=["missing_days"])
    """Whole days are not there."""
    days: int = Field(default=3, ge=1, le=10_000, examples=[3])
    """How many days; where `per` is given, days of an entity."""
    per: Name | None = Field(default=None, examples=["store"])
    """A reference column: each day is missing of one entity alone."""


class MissingBurst(InEpisodes):
    """Rows that follow each other are not there, or have no value in some columns."""

    types: ClassVar[tuple[str, ...]] = (*NUMBERS, *TEXTS, *DATES, "boolean", "reference")
    kind: Literal["missing_burst"] = Field(examples=["missing_burst"])
    """Rows that follow each other are not there, or have no value in some columns."""
    columns: tuple[Name, ...] | None = Field(default=None, min_length=1, examples=[["temperature", "humidity"]])
    """Columns that have no value meanwhile; without it the whole rows are not there."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns that lose their values."""
        return self.columns or ()


class Heartbeat(Planted):
    """Rows that should not be there: a source says that it is alive."""

    kind: Literal["heartbeat"] = Field(examples=["heartbeat"])
    """Rows that should not be there: a source says that it is alive."""
    every: int = Field(default=1000, ge=2, le=10**9, examples=[1000])
    """One after every so many rows. It bears the references and dates of the row before, a new id, and no values."""


class TestRecords(Planted):
    """Rows that should not be there: developers tried the system and left their records."""

    __test__: ClassVar[bool] = False
    kind: Literal["test_records"] = Field(examples=["test_records"])
    """Rows that should not be there: developers tried the system and left their records."""
    share: Share = Field(default=0.001, examples=[0.001])
    """How many, as a share of the rows."""
    texts: tuple[str, ...] = Field(
        default=("test", "TEST", "asdf", "Test Test", "xxx", "do not use"), min_length=1, examples=[["test", "asdf"]]
    )
    """What developers write where text is asked for; numbers become 0, 1, 99, 123 or 999."""


class Mojibake(OnColumns, EitherWay):
    """Text read in the wrong encoding, so that é becomes Ã©."""

    types: ClassVar[tuple[str, ...]] = TEXTS
    kind: Literal["mojibake"] = Field(examples=["mojibake"])
    """Text read in the wrong encoding, so that é becomes Ã©. Text of plain letters is not changed by it."""
    as_: Literal["latin-1", "windows-1252", "ascii"] = Field(default="latin-1", alias="as", examples=["latin-1"])
    """The encoding it is read in; ascii puts a question mark for each letter it does not have."""
    episodes: int = Field(default=3, ge=1, le=100_000, examples=[3])
    """How often it happens."""
    length: Span = Field(default=(200, 2000), examples=[[200, 2000]])
    """Fewest and most rows that one time lasts."""


class UnitChange(OnColumns, EitherWay):
    """A source sends another unit, such as °F for °C."""

    types: ClassVar[tuple[str, ...]] = NUMBERS
    kind: Literal["unit_change"] = Field(examples=["unit_change"])
    """A source sends another unit, such as °F for °C."""
    from_: str | None = Field(default=None, alias="from", examples=["°C"])
    """The right unit; without it the column's `unit`."""
    to: str | None = Field(default=None, examples=["°F"])
    """The unit the source sends; known pairs such as °C and °F, kg and lb, m and ft need no factor."""
    factor: float | None = Field(default=None, examples=[0.45359237])
    """What the values are multiplied by, where the units are not known ones."""
    episodes: int = Field(default=3, ge=1, le=100_000, examples=[3])
    """How often it happens."""
    length: Span = Field(default=(200, 2000), examples=[[200, 2000]])
    """Fewest and most rows that one time lasts."""

    @field_validator("factor")
    @classmethod
    def _some(cls, factor: float | None) -> float | None:
        if factor is not None and (factor in {0, 1} or abs(factor) > 1e9):
            words = "a factor other than 0 and 1, up to 1e9"
            raise PydanticCustomError("factor", "no factor between two units", {"allowed": words})
        return factor

    def scale(self, unit: str | None) -> tuple[float, float] | None:
        """Factor and offset of the change.

        Args:
            unit: of the column.

        Returns:
            (factor, offset) with `faulty = clean * factor + offset`, or None where the units are not known.
        """
        if self.factor is not None:
            return self.factor, 0.0
        before = self.from_ or unit
        after = self.to or (None if before is None else usual_other(before))
        return None if before is None or after is None else conversion(before, after)


class SwappedColumns(InEpisodes):
    """Two columns have changed places."""

    kind: Literal["swapped_columns"] = Field(examples=["swapped_columns"])
    """Two columns have changed places."""
    columns: tuple[Name, Name] = Field(examples=[["first_name", "last_name"]])
    """The two columns; both numbers, both text, or of one type."""

    @property
    def names(self) -> tuple[str, ...]:
        """The two columns."""
        return self.columns


class Outlier(OnColumns, Scattered):
    """Numbers that are far too large."""

    types: ClassVar[tuple[str, ...]] = NUMBERS
    kind: Literal["outlier"] = Field(examples=["outlier"])
    """Numbers that are far too large."""
    share: Share = Field(default=0.001, examples=[0.001])
    """Share of the rows it befalls."""
    factor: tuple[float, float] = Field(default=(5.0, 50.0), examples=[[5, 50]])
    """Least and largest factor of the right value; 0 stays 0."""

    _factor_order = field_validator("factor")(rising)


class Typo(OnColumns, Scattered):
    """Letters or digits typed wrong."""

    types: ClassVar[tuple[str, ...]] = (*TEXTS, "integer", "decimal")
    kind: Literal["typo"] = Field(examples=["typo"])
    """Letters typed wrong, left out, doubled or in the wrong order; in numbers two digits in the wrong order."""


class TruncatedText(OnColumns, Scattered):
    """Text cut off."""

    types: ClassVar[tuple[str, ...]] = TEXTS
    kind: Literal["truncated_text"] = Field(examples=["truncated_text"])
    """Text cut off, as by a field that is too short."""
    share: Share = Field(default=1.0, examples=[0.2])
    """Share of the rows it befalls."""
    length: int = Field(default=10, ge=1, le=10_000, examples=[10])
    """Letters that are left."""


class CategoryDrift(OnColumns, EitherWay):
    """Categories are spelt in a new way."""

    types: ClassVar[tuple[str, ...]] = TEXTS
    kind: Literal["category_drift"] = Field(examples=["category_drift"])
    """Categories are spelt in a new way."""
    rename: dict[str, str] | None = Field(default=None, min_length=1, examples=[{"card": "CARD", "cash": "cash "}])
    """New spelling of each value that changes; without it every value turns to capitals, or to small letters."""
    episodes: int = Field(default=3, ge=1, le=100_000, examples=[3])
    """How often it happens."""
    length: Span = Field(default=(200, 2000), examples=[[200, 2000]])
    """Fewest and most rows that one time lasts."""


class RenamedColumn(Model):
    """A source's new version calls a column by another name."""

    kind: Literal["renamed_column"] = Field(examples=["renamed_column"])
    """A source's new version calls a column by another name."""
    about: str | None = Field(default=None, examples=["The till software is updated in July"])
    """What goes wrong, in words."""
    of: Name = Field(examples=["sale"])
    """The table."""
    column: Name = Field(examples=["quantity"])
    """The column."""
    to: Name = Field(examples=["qty"])
    """Its new name."""
    after: float = Field(default=0.5, ge=0, lt=1, examples=[0.5])
    """From which share of the table on; the rows that follow are in files of their own."""

    types: ClassVar[tuple[str, ...]] = ()

    @property
    def names(self) -> tuple[str, ...]:
        """The column."""
        return (self.column,)


def _has_kind(value: Any) -> Any:
    """Words for what a union could only call a missing tag."""
    if isinstance(value, Model):
        return value
    if not isinstance(value, Mapping):
        words = "a fault is a mapping such as {kind: outlier, of: sale, column: quantity}"
        raise PydanticCustomError("fault", "{words}", {"words": words})
    if "kind" not in value:
        raise PydanticCustomError("fault", "a fault says its kind", {"allowed": ", ".join(KINDS)})
    return value


Fault = Annotated[
    StuckValues
    | FrozenClock
    | Heartbeat
    | TimezoneShift
    | DstError
    | LateArrival
    | DuplicateRows
    | MissingDays
    | MissingBurst
    | TestRecords
    | Mojibake
    | UnitChange
    | SwappedColumns
    | Outlier
    | Typo
    | TruncatedText
    | CategoryDrift
    | RenamedColumn,
    Field(discriminator="kind"),
    BeforeValidator(_has_kind),
]
"""Any fault; `kind` chooses the model."""
KINDS: tuple[str, ...] = (
    "stuck_value",
    "frozen_clock",
    "heartbeat",
    "timezone_shift",
    "dst_error",
    "late_arrival",
    "duplicate_rows",
    "missing_days",
    "missing_burst",
    "test_records",
    "mojibake",
    "unit_change",
    "swapped_columns",
    "outlier",
    "typo",
    "truncated_text",
    "category_drift",
    "renamed_column",
)
"""Every kind, as a book spells it."""
