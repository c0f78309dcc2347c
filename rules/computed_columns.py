"""Columns whose values follow from something: a formula, the case that holds, the value before, the row's place."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
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
from seedbed.rules.column_types import (
    BooleanType,
    CategoryType,
    DatetimeType,
    DateType,
    DecimalType,
    IntegerType,
    NumberType,
    TextType,
)
from seedbed.rules.layouts import STEPS, step_minutes
from seedbed.rules.series import Series
from seedbed.rules.sources import Formula


class IntegerFormula(IntegerType, Formula):
    """Whole numbers by formula, rounded to the nearest."""

    source: ClassVar[str] = "formula"


class NumberFormula(NumberType, Formula):
    """Numbers by formula."""

    source: ClassVar[str] = "formula"


class DecimalFormula(DecimalType, Formula):
    """Numbers by formula, rounded to their places."""

    source: ClassVar[str] = "formula"


class BooleanFormula(BooleanType, Formula):
    """True or false by formula."""

    source: ClassVar[str] = "formula"


class CategoryFormula(CategoryType, Formula):
    """Categories by formula."""

    source: ClassVar[str] = "formula"


class TextFormula(TextType, Formula):
    """Text by formula."""

    source: ClassVar[str] = "formula"


class DateFormula(DateType, Formula):
    """Days by formula."""

    source: ClassVar[str] = "formula"


class DatetimeFormula(DatetimeType, Formula):
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


class IntegerCases(IntegerType, _Cases):
    """Whole numbers by cases."""

    cases: tuple[IntegerCase, ...] = Field(examples=_EXAMPLES)
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class NumberCases(NumberType, _Cases):
    """Numbers by cases."""

    cases: tuple[NumberCase, ...] = Field(examples=_EXAMPLES)
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class DecimalCases(DecimalType, _Cases):
    """Numbers of fixed places by cases."""

    cases: tuple[NumberCase, ...] = Field(examples=_EXAMPLES)
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class BooleanCases(BooleanType, _Cases):
    """True or false by cases."""

    cases: tuple[BooleanCase, ...] = Field(examples=[[{"when": "promo", "chance": 0.4}, {"otherwise": False}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class CategoryCases(CategoryType, _Cases):
    """Categories by cases."""

    cases: tuple[CategoryCase, ...] = Field(examples=[[{"when": "battery < 20", "value": "low"}, {"otherwise": "ok"}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class TextCases(TextType, _Cases):
    """Text by cases."""

    cases: tuple[TextCase, ...] = Field(examples=[[{"when": "is_company", "faker": "company"}, {"otherwise": None}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class DateCases(DateType, _Cases):
    """Days by cases."""

    cases: tuple[DateCase, ...] = Field(examples=[[{"when": "returned", "range": "period"}, {"otherwise": None}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


class DatetimeCases(DatetimeType, _Cases):
    """Moments by cases."""

    cases: tuple[DatetimeCase, ...] = Field(examples=[[{"when": "returned", "range": "period"}, {"otherwise": None}]])
    """Branches; the first `when` that holds gives the source, the last is `otherwise`."""


_SERIES: list[Any] = [{"range": [-5, 45], "typical": 18, "revert": {"half_life": "6 hours", "spread": 1.5}}]


class IntegerSeries(IntegerType):
    """Whole numbers that remember: state over time of each entity."""

    source: ClassVar[str] = "series"
    series: Series = Field(examples=_SERIES)
    """What moves the value from step to step, in tables of `each` with a step of time, `children` or `process`."""


class NumberSeries(NumberType):
    """Numbers that remember: state over time of each entity."""

    source: ClassVar[str] = "series"
    series: Series = Field(examples=_SERIES)
    """What moves the value from step to step, in tables of `each` with a step of time, `children` or `process`."""


class DecimalSeries(DecimalType):
    """Numbers of fixed places that remember: state over time of each entity."""

    source: ClassVar[str] = "series"
    series: Series = Field(examples=_SERIES)
    """What moves the value from step to step, in tables of `each` with a step of time, `children` or `process`."""


class IntegerPart(IntegerType):
    """A whole number that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["number"] = Field(examples=["number"])
    """In a table of `children` or `process`: 1, 2, 3 ... within the parent."""


class NumberPart(NumberType):
    """A number that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["stay"] = Field(examples=["stay"])
    """In a table of `process`: how long the entity stays in the state, in `unit`: minutes, or as it says seconds, hours
    or days. Missing where the state has no `stay`."""


class CategoryPart(CategoryType):
    """A category that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Literal["state"] = Field(examples=["state"])
    """In a table of `process`: the state the entity comes to."""


class DatePart(DateType):
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


class DatetimePart(DatetimeType):
    """A moment that the table's rows are made from."""

    source: ClassVar[str] = "part"
    part: Annotated[str, BeforeValidator(_step_or_time)] = Field(
        pattern=r"^(hour|time|[1-9][0-9]{0,3} min)$", examples=["hour", "15 min", "time"]
    )
    """In a table of `each`: the step of time, written as there. In a table of `process`, `time`: when the entity comes
    to the state."""
