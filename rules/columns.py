"""Columns: one model for each type and source, chosen by `type` and by which source key is there.

`column.type` and `column.source` say which it is; `isinstance` on the bases of `sources` works too: an `IntegerRange`
is a `NumberRange`, every `…Formula` is a `Formula`, and so on. Names: type, then source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, field_validator
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules import sources
from seedbed.rules.cases import (
    BooleanCase,
    CategoryCase,
    DateCase,
    DatetimeCase,
    IntegerCase,
    NumberCase,
    Otherwise,
    TextCase,
)
from seedbed.rules.constraints import Severity
from seedbed.rules.correlations import Correlated
from seedbed.rules.layouts import STEPS, step_minutes
from seedbed.rules.names import Name
from seedbed.rules.series import Series
from seedbed.rules.sources import Chance, Choices, Faked, Formatted, Formula, IdFormat, NumberRange, Patterned
from seedbed.rules.switches import ChanceBy, ChoicesBy, DatesBy, DatetimesBy, NumbersBy

ColumnType = Literal[
    "id", "integer", "number", "decimal", "boolean", "category", "text", "date", "datetime", "reference"
]

SOURCES: dict[str, tuple[str, ...]] = {
    "id": (),
    "integer": ("range", "formula", "cases", "series", "part"),
    "number": ("range", "formula", "cases", "series", "part"),
    "decimal": ("range", "formula", "cases", "series"),
    "boolean": ("chance", "formula", "cases"),
    "category": ("choices", "formula", "cases", "part"),
    "text": ("faker", "pattern", "format", "formula", "cases"),
    "date": ("range", "formula", "cases", "part"),
    "datetime": ("range", "formula", "cases", "part"),
    "reference": ("to",),
}
"""The sources each type can have; an id needs none."""
SOURCE_KEYS = ("range", "choices", "chance", "to", "faker", "pattern", "format", "formula", "cases", "series", "part")


class Described(Model):
    """What any column may say about itself."""

    source: ClassVar[str]
    about: str | None = Field(default=None, examples=["What the customer paid, taxes included"])
    """What the column means, in words."""
    sensitive: bool = Field(default=False, examples=[True])
    """Whether real values would be personal or secret."""
    severity: Severity = Field(default="reject", examples=["warn"])
    """What happens to a real row whose value breaks a rule of this column: `reject` sets the row aside, `warn` lets it
    through and counts it."""
    hidden: bool = Field(default=False, examples=[True])
    """Whether the column only serves others: formulas and effects can use it, but it is not written."""


class Value(Described):
    """Modifiers of every column that is not an id."""

    missing: float = Field(default=0.0, ge=0, lt=1, examples=[0.01])
    """Share of rows where the value is missing."""
    unit: str | None = Field(default=None, examples=["m2", "CAD"])
    """Unit of the values."""
    unique: bool = Field(default=False, examples=[True])
    """Whether the values differ in all rows. Refused where there are fewer values than rows."""


class IdColumn(Described):
    """Numbers the rows: 1, 2, 3 ..., or text with the number in it."""

    source: ClassVar[str] = "id"
    type: Literal["id"] = Field(examples=["id"])
    """The row's own number."""
    format: str | None = Field(default=None, max_length=200, examples=["S{:03d}"])
    """Text around the number; `{:03d}` fills it with zeros to 3 digits. Without it the id is a whole number."""

    @property
    def parts(self) -> IdFormat | None:
        """The format's parts, None for plain numbers."""
        return None if self.format is None else IdFormat.parse(self.format)

    @field_validator("format")
    @classmethod
    def _readable(cls, text: str | None) -> str | None:
        if text is not None:
            try:
                IdFormat.parse(text)
            except ValueError as error:
                raise PydanticCustomError("format", "{words}", {"words": str(error)}) from None
        return text


class ReferenceColumn(Value):
    """Leads to a row of another table; its columns are then `this_column.column` in formulas."""

    source: ClassVar[str] = "reference"
    type: Literal["reference"] = Field(examples=["reference"])
    """A foreign key."""
    to: Name = Field(examples=["store"])
    """The table it leads to, which has an id column; or one with a `key`, where the reference is hidden. In a table's
    reference to itself each row leads to an earlier one, and the first to none."""
    weight: Name | None = Field(default=None, examples=["area_m2"])
    """Numeric column of that table: a row with twice the value is chosen twice as often."""
    skew: float | None = Field(default=None, gt=0, le=10, examples=[1.1])
    """Zipf exponent: the k-th most popular row is chosen as often as k to the power of minus this."""

    @field_validator("skew")
    @classmethod
    def _one_popularity(cls, value: float | None, info: ValidationInfo) -> float | None:
        if value is not None and info.data.get("weight") is not None:
            raise PydanticCustomError("popularity", "a reference has 'weight' or 'skew', not both")
        return value


class _Integer(Value):
    type: Literal["integer"] = Field(examples=["integer"])
    """Whole numbers."""


class _Number(Value):
    type: Literal["number"] = Field(examples=["number"])
    """Numbers with a fraction (64-bit floating point)."""


class _Decimal(Value):
    type: Literal["decimal"] = Field(examples=["decimal"])
    """Numbers with a fixed count of decimal places, such as money."""
    places: int = Field(ge=0, le=9, examples=[2])
    """Digits after the point."""


class _Boolean(Value):
    type: Literal["boolean"] = Field(examples=["boolean"])
    """True or false."""


class _Category(Value):
    type: Literal["category"] = Field(examples=["category"])
    """One of few texts."""


class _Text(Value):
    type: Literal["text"] = Field(examples=["text"])
    """Free text."""


class _Date(Value):
    type: Literal["date"] = Field(examples=["date"])
    """Days."""


class _Datetime(Value):
    type: Literal["datetime"] = Field(examples=["datetime"])
    """Moments, local to the period's time zone, without an offset."""


class IntegerRange(_Integer, NumberRange[int], NumbersBy[int], Correlated):
    """Whole numbers within a range."""

    source: ClassVar[str] = "range"


class NumberRangeColumn(_Number, NumberRange[float], NumbersBy[float], Correlated):
    """Numbers within a range."""

    source: ClassVar[str] = "range"


class DecimalRange(_Decimal, NumberRange[float], NumbersBy[float], Correlated):
    """Numbers of fixed places within a range."""

    source: ClassVar[str] = "range"


class DateRangeColumn(_Date, sources.DateRange, DatesBy, Correlated):
    """Days within a range."""

    source: ClassVar[str] = "range"


class DatetimeRangeColumn(_Datetime, sources.DatetimeRange, DatetimesBy, Correlated):
    """Moments within a range."""

    source: ClassVar[str] = "range"


class CategoryChoices(_Category, Choices, ChoicesBy):
    """Weighted categories."""

    source: ClassVar[str] = "choices"


class BooleanChance(_Boolean, Chance, ChanceBy):
    """True with a probability."""

    source: ClassVar[str] = "chance"


class TextFaker(_Text, Faked):
    """Names, addresses and the like."""

    source: ClassVar[str] = "faker"


class TextPattern(_Text, Patterned):
    """Text of a form."""

    source: ClassVar[str] = "pattern"


class TextFormatted(_Text, Formatted):
    """Text put together from columns."""

    source: ClassVar[str] = "format"


class IntegerFormula(_Integer, Formula):
    """Whole numbers by formula, rounded to the nearest."""

    source: ClassVar[str] = "formula"


class NumberFormula(_Number, Formula):
    """Numbers by formula."""

    source: ClassVar[str] = "formula"


class DecimalFormula(_Decimal, Formula):
    """Numbers by formula, rounded to their places."""

    source: ClassVar[str] = "formula"


class BooleanFormula(_Boolean, Formula):
    """True or false by formula."""

    source: ClassVar[str] = "formula"


class CategoryFormula(_Category, Formula):
    """Categories by formula."""

    source: ClassVar[str] = "formula"


class TextFormula(_Text, Formula):
    """Text by formula."""

    source: ClassVar[str] = "formula"


class DateFormula(_Date, Formula):
    """Days by formula."""

    source: ClassVar[str] = "formula"


class DatetimeFormula(_Datetime, Formula):
    """Moments by formula."""

    source: ClassVar[str] = "formula"


def _ends_otherwise(cases: tuple[Any, ...]) -> tuple[Any, ...]:
    last = [isinstance(case, Otherwise) for case in cases]
    if not last or not last[-1]:
        raise PydanticCustomError("otherwise", "the last item of cases must be 'otherwise'")
    if any(last[:-1]):
        raise PydanticCustomError("otherwise", "'otherwise' ends the list of cases: no item may follow it")
    return cases


_EXAMPLES: list[Any] = [[{"when": "promo", "range": [0.05, 0.4], "typical": 0.2}, {"otherwise": 0}]]


class _Cases(Model):
    source: ClassVar[str] = "cases"

    @field_validator("cases", check_fields=False)
    @classmethod
    def _last(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        return _ends_otherwise(value)


class IntegerCases(_Integer, _Cases):
    """Whole numbers by cases."""

    cases: tuple[IntegerCase, ...] = Field(examples=_EXAMPLES)
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class NumberCases(_Number, _Cases):
    """Numbers by cases."""

    cases: tuple[NumberCase, ...] = Field(examples=_EXAMPLES)
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class DecimalCases(_Decimal, _Cases):
    """Numbers of fixed places by cases."""

    cases: tuple[NumberCase, ...] = Field(examples=_EXAMPLES)
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class BooleanCases(_Boolean, _Cases):
    """True or false by cases."""

    cases: tuple[BooleanCase, ...] = Field(examples=[[{"when": "promo", "chance": 0.4}, {"otherwise": False}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class CategoryCases(_Category, _Cases):
    """Categories by cases."""

    cases: tuple[CategoryCase, ...] = Field(examples=[[{"when": "battery < 20", "value": "low"}, {"otherwise": "ok"}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class TextCases(_Text, _Cases):
    """Text by cases."""

    cases: tuple[TextCase, ...] = Field(examples=[[{"when": "is_company", "faker": "company"}, {"otherwise": None}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class DateCases(_Date, _Cases):
    """Days by cases."""

    cases: tuple[DateCase, ...] = Field(examples=[[{"when": "returned", "range": "period"}, {"otherwise": None}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class DatetimeCases(_Datetime, _Cases):
    """Moments by cases."""

    cases: tuple[DatetimeCase, ...] = Field(examples=[[{"when": "returned", "range": "period"}, {"otherwise": None}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


_SERIES: list[Any] = [{"range": [-5, 45], "typical": 18, "revert": {"half_life": "6 hours", "spread": 1.5}}]


class IntegerSeries(_Integer):
    """Whole numbers that remember: state over time of each entity."""

    source: ClassVar[str] = "series"
    series: Series = Field(examples=_SERIES)
    """What moves the value from step to step, in tables of `each` with a step of time, `children` or `process`."""


class NumberSeries(_Number):
    """Numbers that remember: state over time of each entity."""

    source: ClassVar[str] = "series"
    series: Series = Field(examples=_SERIES)
    """What moves the value from step to step, in tables of `each` with a step of time, `children` or `process`."""


class DecimalSeries(_Decimal):
    """Numbers of fixed places that remember: state over time of each entity."""

    source: ClassVar[str] = "series"
    series: Series = Field(examples=_SERIES)
    """What moves the value from step to step, in tables of `each` with a step of time, `children` or `process`."""


class IntegerPart(_Integer):
    """A whole number that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["number"] = Field(examples=["number"])
    """In a table of `children` or `process`: 1, 2, 3 ... within the parent."""


class NumberPart(_Number):
    """A number that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["stay"] = Field(examples=["stay"])
    """In a table of `process`: how long the entity stays in the state, in `unit`: minutes, or as it says seconds, hours
    or days. Missing where the state has no `stay`."""


class CategoryPart(_Category):
    """A category that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["state"] = Field(examples=["state"])
    """In a table of `process`: the state the entity comes to."""


class DatePart(_Date):
    """A day that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["day"] = Field(examples=["day"])
    """In a table of `each` with `day`: the row's day."""


def _step_or_time(value: Any) -> Any:
    if isinstance(value, str) and value != "time" and step_minutes(value) is None:
        near = ("hour", "time", STEPS[-1])
        allowed = "hour or N min, as in 'each', or time, in a process; a day is {type: date, part: day}"
        raise PydanticCustomError("part", "no part of a row", {"allowed": allowed, "near": near})
    return value


class DatetimePart(_Datetime):
    """A moment that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Annotated[str, BeforeValidator(_step_or_time)] = Field(
        pattern=r"^(hour|time|[1-9][0-9]{0,3} min)$", examples=["hour", "15 min", "time"]
    )
    """In a table of `each`: the step of time, written as there. In a table of `process`, `time`: when the entity comes
    to the state."""


class Unread(Value):
    """Stands for a column with problems while the rest of its book is checked; never in a checked book.

    In the union it puts an unknown or absent type at its place in the file.
    """

    source: ClassVar[str] = "unread"
    type: ColumnType


def _tag(value: Any) -> str:
    if isinstance(value, Described):
        return f"{value.type} {value.source}"  # type: ignore[attr-defined]
    kind = value.get("type") if isinstance(value, Mapping) else None
    if not isinstance(kind, str) or kind not in SOURCES:
        return "unknown"
    if kind in {"id", "reference"}:
        return f"{kind} {kind}"
    return f"{kind} {next(key for key in SOURCES[kind] if key in value)}"


def _one_source(value: Any) -> Any:
    """Words for what a union could only call a missing tag."""
    if isinstance(value, Model):
        return value
    if not isinstance(value, Mapping):
        raise PydanticCustomError("column", "a column is a mapping such as {type: integer, range: [1, 9]}")
    kind = value.get("type")
    if not isinstance(kind, str) or kind not in SOURCES:
        # `Unread` reports the type; other keys are not judged without one.
        return {"type": kind} if "type" in value else {}
    allowed = SOURCES[kind]
    # The format of an id stands around its number; it is no source.
    found = [key for key in SOURCE_KEYS if key in value and (kind, key) != ("id", "format")]
    if len(found) > 1:
        raise PydanticCustomError(
            "source",
            f"a column has exactly one source: found {' and '.join(found)}",
            {"allowed": f"for type {kind} one of {', '.join(allowed)}" if allowed else "none for type id"},
        )
    if not allowed:
        if found:
            raise PydanticCustomError("source", f"a column of type {kind} numbers its rows: it takes no {found[0]!r}")
        return value
    if kind != "reference":
        if not found:
            words = "a column has exactly one source: found none"
            raise PydanticCustomError("source", words, {"allowed": f"for type {kind} one of {', '.join(allowed)}"})
        if found[0] not in allowed:
            fits = ", ".join(other for other, keys in SOURCES.items() if found[0] in keys)
            words = f"{found[0]!r} is no source for type {kind} (it is for {fits})"
            raise PydanticCustomError("source", words, {"allowed": ", ".join(allowed)})
    return value


Column = Annotated[
    Annotated[IdColumn, Tag("id id")]
    | Annotated[ReferenceColumn, Tag("reference reference")]
    | Annotated[IntegerRange, Tag("integer range")]
    | Annotated[IntegerFormula, Tag("integer formula")]
    | Annotated[IntegerCases, Tag("integer cases")]
    | Annotated[IntegerSeries, Tag("integer series")]
    | Annotated[IntegerPart, Tag("integer part")]
    | Annotated[NumberRangeColumn, Tag("number range")]
    | Annotated[NumberFormula, Tag("number formula")]
    | Annotated[NumberCases, Tag("number cases")]
    | Annotated[NumberSeries, Tag("number series")]
    | Annotated[NumberPart, Tag("number part")]
    | Annotated[DecimalRange, Tag("decimal range")]
    | Annotated[DecimalFormula, Tag("decimal formula")]
    | Annotated[DecimalCases, Tag("decimal cases")]
    | Annotated[DecimalSeries, Tag("decimal series")]
    | Annotated[BooleanChance, Tag("boolean chance")]
    | Annotated[BooleanFormula, Tag("boolean formula")]
    | Annotated[BooleanCases, Tag("boolean cases")]
    | Annotated[CategoryChoices, Tag("category choices")]
    | Annotated[CategoryFormula, Tag("category formula")]
    | Annotated[CategoryCases, Tag("category cases")]
    | Annotated[CategoryPart, Tag("category part")]
    | Annotated[TextFaker, Tag("text faker")]
    | Annotated[TextPattern, Tag("text pattern")]
    | Annotated[TextFormatted, Tag("text format")]
    | Annotated[TextFormula, Tag("text formula")]
    | Annotated[TextCases, Tag("text cases")]
    | Annotated[DateRangeColumn, Tag("date range")]
    | Annotated[DateFormula, Tag("date formula")]
    | Annotated[DateCases, Tag("date cases")]
    | Annotated[DatePart, Tag("date part")]
    | Annotated[DatetimeRangeColumn, Tag("datetime range")]
    | Annotated[DatetimeFormula, Tag("datetime formula")]
    | Annotated[DatetimeCases, Tag("datetime cases")]
    | Annotated[DatetimePart, Tag("datetime part")]
    | SkipJsonSchema[Annotated[Unread, Tag("unknown")]],
    Discriminator(_tag),
    BeforeValidator(_one_source),
]
"""Any column. `type` and the one source key choose the model."""
