"""`by`: what differs in a column for each value of another column."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BeforeValidator, Field, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules import sources
from seedbed.rules.distribution_names import Distribution
from seedbed.rules.effects import Path
from seedbed.rules.periods import Day, Moment
from seedbed.rules.sources import Chance, Choices, DateRange, DatetimeRange, DaySpan, MomentSpan

T = TypeVar("T")
S = TypeVar("S")


class NumberOverride(Model, Generic[T]):
    """What is different for one value; what is left out stays as in the column, and so do its effects."""

    range: tuple[T, T] | None = Field(default=None, examples=[[1, 60]])
    """Smallest and largest value that can occur, both included."""
    typical: T | None = Field(default=None, examples=[9])
    """The most likely value."""
    distribution: Distribution | None = Field(default=None, examples=["poisson"])
    """How the values spread inside the range."""

    _pair = field_validator("range", mode="before")(sources.two)


class DateOverride(Model):
    """What is different for one value; what is left out stays as in the column, and so do its effects."""

    range: DaySpan | None = Field(default=None, examples=[["2025-01-01", "2025-06-30"]])
    """First and last day, both included, or `period`."""
    typical: Day | None = Field(default=None, examples=["2025-06-01"])
    """The most likely day."""

    _pair = field_validator("range", mode="before")(sources.two)


class DatetimeOverride(Model):
    """What is different for one value; what is left out stays as in the column, and so do its effects."""

    range: MomentSpan | None = Field(default=None, examples=[["2025-01-01", "2025-06-30"]])
    """From and to, or `period`. A plain date stands for the whole day."""
    typical: Moment | None = Field(default=None, examples=["2025-06-01T12:00:00"])
    """The most likely moment."""

    _pair = field_validator("range", mode="before")(sources.two)


def _one_column(value: Any) -> Any:
    words, allowed = "", "such as {category: {produce: {typical: 3}}}"
    if not isinstance(value, Mapping) or not value:
        words = "'by' is a mapping of one column to its values"
    elif len(value) > 1:
        words, allowed = "'by' looks at one column", "exactly one; a column by formula can join several"
    elif not isinstance(next(iter(value.values())), Mapping) or not next(iter(value.values())):
        words = "'by' says for each value of the column what differs"
    if words:
        raise PydanticCustomError("by", words, {"allowed": allowed})
    return value


By = Annotated[dict[Path, dict[str, S]], BeforeValidator(_one_column)]
"""One column or path, and for each of its values what differs."""


class NumbersBy(Model, Generic[T]):
    """Numbers that another column decides on."""

    by: By[NumberOverride[T]] | None = Field(
        default=None, examples=[{"category": {"produce": {"typical": 3}, "household": {"typical": 9}}}]
    )
    """Another range, typical value or distribution for each value of a category, boolean, whole number or reference;
    values that are not listed, and rows where that column is missing, keep what the column says."""


class DatesBy(Model):
    """Days that another column decides on."""

    by: By[DateOverride] | None = Field(
        default=None, examples=[{"kind": {"summer": {"range": ["2025-06-01", "2025-08-31"]}}}]
    )
    """Another range or typical day for each value of another column; values that are not listed keep the column's."""


class DatetimesBy(Model):
    """Moments that another column decides on."""

    by: By[DatetimeOverride] | None = Field(
        default=None, examples=[{"kind": {"summer": {"range": ["2025-06-01", "2025-08-31"]}}}]
    )
    """Another range or typical moment for each value of another column; values not listed keep the column's."""


class ChoicesBy(Model):
    """Categories whose weights another column decides on."""

    by: By[Choices] | None = Field(default=None, examples=[{"city": {"Laval": {"choices": {"card": 90, "cash": 10}}}}])
    """Other choices for each value of another column; values that are not listed keep the column's."""


class ChanceBy(Model):
    """True or false with a chance that another column decides on."""

    by: By[Chance] | None = Field(default=None, examples=[{"category": {"produce": {"chance": 0.3}}}])
    """Another chance for each value of another column; values that are not listed keep the column's."""


@dataclass(frozen=True)
class Switch:
    """A column's `by`, worked out.

    Attributes:
        path: the column looked at.
        sources: for each listed value, as written, the whole source there: the column's with what differs put in.
    """

    path: str
    sources: Mapping[str, Any]


def path_of(column: Any) -> str | None:
    """The path that a column's `by` looks at, None where it has none."""
    by = getattr(column, "by", None)
    return None if by is None else str(next(iter(by)))


def overrides(column: Any) -> Iterator[tuple[str, Any]]:
    """Each listed value of a column's `by`, with what differs."""
    path = path_of(column)
    if path is not None:
        yield from column.by[path].items()


def merged(column: Any, override: Any) -> Any:
    """The source of a column with what differs put in.

    Raises:
        pydantic.ValidationError: the two together make no source, such as a typical value outside the new range.
    """
    bases: tuple[Any, ...] = (DateRange, DatetimeRange, Choices, Chance)
    kind = next((base for base in bases if isinstance(column, base)), None)
    if kind is None:
        kind = sources.NumberRange[int] if column.type == "integer" else sources.NumberRange[float]
    values = {name: getattr(column, name) for name in kind.model_fields}
    values |= {name: getattr(override, name) for name in override.model_fields_set}
    return kind.model_validate(values)


def switch_of(column: Any) -> Switch | None:
    """A column's `by`, worked out; None where it has none.

    Args:
        column: of a checked book.
    """
    path = path_of(column)
    if path is None:
        return None
    return Switch(path, {value: merged(column, override) for value, override in overrides(column)})
