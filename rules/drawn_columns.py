"""Columns whose values are drawn: from ranges, choices, chances, Faker and patterns, and texts put together."""

from __future__ import annotations

from typing import ClassVar

from seedbed.rules import sources
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
from seedbed.rules.correlations import Correlated
from seedbed.rules.sources import Chance, Choices, Faked, Formatted, NumberRange, Patterned
from seedbed.rules.switches import ChanceBy, ChoicesBy, DatesBy, DatetimesBy, NumbersBy


class IntegerRange(IntegerType, NumberRange[int], NumbersBy[int], Correlated):
    """Whole numbers within a range."""

    source: ClassVar[str] = "range"


class NumberRangeColumn(NumberType, NumberRange[float], NumbersBy[float], Correlated):
    """Numbers within a range."""

    source: ClassVar[str] = "range"


class DecimalRange(DecimalType, NumberRange[float], NumbersBy[float], Correlated):
    """Numbers of fixed places within a range."""

    source: ClassVar[str] = "range"


class DateRangeColumn(DateType, sources.DateRange, DatesBy, Correlated):
    """Days within a range."""

    source: ClassVar[str] = "range"


class DatetimeRangeColumn(DatetimeType, sources.DatetimeRange, DatetimesBy, Correlated):
    """Moments within a range."""

    source: ClassVar[str] = "range"


class CategoryChoices(CategoryType, Choices, ChoicesBy):
    """Weighted categories."""

    source: ClassVar[str] = "choices"


class BooleanChance(BooleanType, Chance, ChanceBy):
    """True with a probability."""

    source: ClassVar[str] = "chance"


class TextFaker(TextType, Faked):
    """Names, addresses and the like."""

    source: ClassVar[str] = "faker"


class TextPattern(TextType, Patterned):
    """Text of a form."""

    source: ClassVar[str] = "pattern"


class TextFormatted(TextType, Formatted):
    """Text put together from columns."""

    source: ClassVar[str] = "format"
