"""Branches of `cases`: the first `when` that holds gives the source, `otherwise` ends the list."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.core.words import nearest_hint
from seedbed.rules.periods import Day, Moment
from seedbed.rules.sources import (
    Chance,
    Choices,
    DateRange,
    DatetimeRange,
    Faked,
    Formatted,
    Formula,
    NumberRange,
    Patterned,
    source_key,
)

V = TypeVar("V")
S = TypeVar("S")


class When(Model):
    """The condition of a branch."""

    when: str = Field(min_length=1, max_length=4000, examples=["promo", "store.city = 'Laval'"])
    """SQL condition over this row and its parents; where it is missing (null) it does not hold."""


class WhenRange(NumberRange[V], When, Generic[V]):
    """Numbers where the condition holds."""


class WhenDates(DateRange, When):
    """Dates where the condition holds."""


class WhenMoments(DatetimeRange, When):
    """Moments where the condition holds."""


class WhenChoices(Choices, When):
    """Weighted categories where the condition holds."""


class WhenChance(Chance, When):
    """True or false where the condition holds."""


class WhenFaked(Faked, When):
    """Text from Faker where the condition holds."""


class WhenPatterned(Patterned, When):
    """Text of a form where the condition holds."""


class WhenFormatted(Formatted, When):
    """Text put together from columns where the condition holds."""


class WhenFormula(Formula, When):
    """A formula where the condition holds."""


class WhenValue(When, Generic[V]):
    """One value where the condition holds."""

    value: V | None = Field(examples=[0, "low", None])
    """The value; null leaves the cell missing."""


class Otherwise(Model, Generic[V, S]):
    """The last branch."""

    otherwise: Annotated[
        Annotated[V | None, Tag("by value")] | Annotated[S, Tag("by source")],
        Discriminator(lambda value: "by source" if isinstance(value, Mapping | Model) else "by value"),
    ] = Field(examples=[0, {"range": [1, 5], "typical": 2}, None])
    """A value (null leaves the cell missing), or a mapping with a source, where no condition before holds."""


_SOURCES = ("range", "choices", "chance", "faker", "pattern", "format", "formula", "value")
_TEXTS = ("faker", "pattern", "format")


def _branch(*allowed: str) -> BeforeValidator:
    """Words for what pydantic would only call a missing tag."""
    words = ", ".join((*allowed, "formula", "value"))

    def check(value: Any) -> Any:
        if isinstance(value, Model):
            return value
        if not isinstance(value, Mapping):
            raise PydanticCustomError("case", "an item of cases is a mapping with 'when' or 'otherwise'")
        if "when" in value and "otherwise" in value:
            raise PydanticCustomError("case", "an item of cases has 'when' or 'otherwise', not both")
        if "otherwise" in value:
            return value
        if "when" not in value:
            hint = next((h for key in value if (h := nearest_hint(str(key), ("when", "otherwise")))), "")
            raise PydanticCustomError("case", f"an item of cases needs 'when' or 'otherwise'{hint}")
        found = [key for key in _SOURCES if key in value]
        if len(found) != 1:
            what = f"found {' and '.join(found)}" if found else "found none"
            raise PydanticCustomError("case", f"a branch has exactly one source: {what}", {"allowed": words})
        if found[0] not in (*allowed, "formula", "value"):
            raise PydanticCustomError("case", f"{found[0]!r} does not fit the column's type", {"allowed": words})
        return value

    return BeforeValidator(check)


def _tag(value: Any) -> str | None:
    has = value.__contains__ if isinstance(value, Mapping) else lambda key: hasattr(value, key)
    return "else branch" if has("otherwise") else _source_tag(value)


def _source_tag(value: Any) -> str | None:
    key = source_key(value, _SOURCES)
    return None if key is None else f"by {key}"


def _source(*allowed: str) -> BeforeValidator:
    words = ", ".join((*allowed, "formula"))

    def check(value: Any) -> Any:
        if isinstance(value, Mapping) and source_key(value, (*allowed, "formula")) is None:
            raise PydanticCustomError("case", "otherwise has exactly one source", {"allowed": words})
        return value

    return BeforeValidator(check)


class IntegerSource(NumberRange[int]):
    """Whole numbers within a range."""


class NumberSource(NumberRange[float]):
    """Numbers within a range."""


_F = Annotated[Formula, Tag("by formula")]
_WF = Annotated[WhenFormula, Tag("by formula")]

_IntegerElse = Annotated[Annotated[IntegerSource, Tag("by range")] | _F, Discriminator(_source_tag), _source("range")]
_NumberElse = Annotated[Annotated[NumberSource, Tag("by range")] | _F, Discriminator(_source_tag), _source("range")]
_BooleanElse = Annotated[Annotated[Chance, Tag("by chance")] | _F, Discriminator(_source_tag), _source("chance")]
_CategoryElse = Annotated[Annotated[Choices, Tag("by choices")] | _F, Discriminator(_source_tag), _source("choices")]
_TextElse = Annotated[
    Annotated[Faked, Tag("by faker")]
    | Annotated[Patterned, Tag("by pattern")]
    | Annotated[Formatted, Tag("by format")]
    | _F,
    Discriminator(_source_tag),
    _source(*_TEXTS),
]
_DateElse = Annotated[Annotated[DateRange, Tag("by range")] | _F, Discriminator(_source_tag), _source("range")]
_DatetimeElse = Annotated[Annotated[DatetimeRange, Tag("by range")] | _F, Discriminator(_source_tag), _source("range")]


class IntegerValue(WhenValue[int]):
    """One whole number where the condition holds."""


class IntegerOtherwise(Otherwise[int, _IntegerElse]):
    """The last branch: a whole number or a source of them."""


class NumberValue(WhenValue[float]):
    """One number where the condition holds."""


class NumberOtherwise(Otherwise[float, _NumberElse]):
    """The last branch: a number or a source of them."""


class BooleanValue(WhenValue[bool]):
    """One truth value where the condition holds."""


class BooleanOtherwise(Otherwise[bool, _BooleanElse]):
    """The last branch: a truth value or a source of them."""


class CategoryValue(WhenValue[str]):
    """One category where the condition holds."""


class CategoryOtherwise(Otherwise[str, _CategoryElse]):
    """The last branch: a category or a source of them."""


class TextValue(WhenValue[str]):
    """One text where the condition holds."""


class TextOtherwise(Otherwise[str, _TextElse]):
    """The last branch: a text or a source of them."""


class DateValue(WhenValue[Day]):
    """One day where the condition holds."""


class DateOtherwise(Otherwise[Day, _DateElse]):
    """The last branch: a day or a source of them."""


class DatetimeValue(WhenValue[Moment]):
    """One moment where the condition holds."""


class DatetimeOtherwise(Otherwise[Moment, _DatetimeElse]):
    """The last branch: a moment or a source of them."""


class IntegerWhen(WhenRange[int]):
    """Whole numbers where the condition holds."""


class NumberWhen(WhenRange[float]):
    """Numbers where the condition holds."""


IntegerCase = Annotated[
    Annotated[IntegerWhen, Tag("by range")]
    | _WF
    | Annotated[IntegerValue, Tag("by value")]
    | Annotated[IntegerOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch("range"),
]
NumberCase = Annotated[
    Annotated[NumberWhen, Tag("by range")]
    | _WF
    | Annotated[NumberValue, Tag("by value")]
    | Annotated[NumberOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch("range"),
]
BooleanCase = Annotated[
    Annotated[WhenChance, Tag("by chance")]
    | _WF
    | Annotated[BooleanValue, Tag("by value")]
    | Annotated[BooleanOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch("chance"),
]
CategoryCase = Annotated[
    Annotated[WhenChoices, Tag("by choices")]
    | _WF
    | Annotated[CategoryValue, Tag("by value")]
    | Annotated[CategoryOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch("choices"),
]
TextCase = Annotated[
    Annotated[WhenFaked, Tag("by faker")]
    | Annotated[WhenPatterned, Tag("by pattern")]
    | Annotated[WhenFormatted, Tag("by format")]
    | _WF
    | Annotated[TextValue, Tag("by value")]
    | Annotated[TextOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch(*_TEXTS),
]
DateCase = Annotated[
    Annotated[WhenDates, Tag("by range")]
    | _WF
    | Annotated[DateValue, Tag("by value")]
    | Annotated[DateOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch("range"),
]
DatetimeCase = Annotated[
    Annotated[WhenMoments, Tag("by range")]
    | _WF
    | Annotated[DatetimeValue, Tag("by value")]
    | Annotated[DatetimeOtherwise, Tag("else branch")],
    Discriminator(_tag),
    _branch("range"),
]

Scalar = int | float | bool | str | dt.date | dt.datetime
