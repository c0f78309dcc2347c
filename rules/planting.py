"""What kinds of faults have in common: the rows they befall, and the columns they change."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.effects import Path
from seedbed.rules.names import Name
from seedbed.rules.periods import Day

MOST_PLANTED = 5_000_000
"""Rows that the episodes of one fault may cover: they are chosen before anything is made."""
NUMBERS = ("integer", "number", "decimal")
TEXTS = ("category", "text")
DATES = ("date", "datetime")

Share = Annotated[float, Field(gt=0, le=1)]
Rows = Annotated[int, Field(ge=1, le=1_000_000)]
Span = tuple[Rows, Rows]


def rising(value: Any) -> Any:
    """Refuses a pair that falls."""
    low, high = value
    if high < low:
        raise PydanticCustomError("reversed", "the range is reversed", {"allowed": f"[{high}, {low}]"})
    return value


class Planted(Model):
    """What every fault says: the table, and the rows it may befall."""

    types: ClassVar[tuple[str, ...]] = ()
    about: str | None = Field(default=None, examples=["The clock of the till stops now and then"])
    """What goes wrong, in words."""
    of: Name = Field(examples=["sale"])
    """The table."""
    where: str | None = Field(default=None, min_length=1, max_length=4000, examples=["store.city = 'Laval'"])
    """Only rows where this SQL condition holds; it sees the clean row and its parents."""
    between: tuple[Day, Day] | None = Field(default=None, examples=[["2025-03-01", "2025-03-10"]])
    """Only rows of these days, both included, by the table's date."""
    by: Path | None = Field(default=None, examples=["sold_at"])
    """The date or datetime column that `between`, whole days and the order in time look at; without it the first."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns it changes; none for faults of whole rows, or where the table's only date is meant."""
        return ()

    _order = field_validator("between")(lambda value: value if value is None else rising(value))


class Scattered(Planted):
    """Befalls rows one by one."""

    share: Share = Field(default=0.01, examples=[0.01])
    """Share of the rows it befalls."""


class InEpisodes(Planted):
    """Befalls stretches of rows that follow each other."""

    episodes: int = Field(default=5, ge=1, le=100_000, examples=[5])
    """How often it happens."""
    length: Span = Field(default=(20, 200), examples=[[50, 400]])
    """Fewest and most rows that one time lasts."""
    per: Name | None = Field(default=None, examples=["device"])
    """A reference column: each time befalls the rows of one entity alone, in the order of their date."""

    _length_order = field_validator("length")(rising)

    @model_validator(mode="after")
    def _not_too_many(self) -> InEpisodes:
        if self.episodes * self.length[1] > MOST_PLANTED:
            words = "the episodes cover too many rows"
            raise PydanticCustomError("large", words, {"allowed": f"episodes x length up to {MOST_PLANTED:,}"})
        return self


class EitherWay(InEpisodes):
    """Befalls stretches of rows, or rows one by one."""

    share: Share | None = Field(default=None, examples=[0.02])
    """Share of the rows it befalls one by one, instead of `episodes`; 1 for all that `where` and `between` leave."""

    @model_validator(mode="after")
    def _one_way(self) -> EitherWay:
        both = sorted(self.model_fields_set & {"episodes", "length", "per"})
        if self.share is not None and both:
            words = f"'share' befalls rows one by one, {both[0]!r} stretches of rows: give one of them"
            raise PydanticCustomError("ways", "{words}", {"words": words})
        return self


class OnColumns(Model):
    """Changes the cells of some columns."""

    column: Name | None = Field(default=None, examples=["quantity"])
    """The column it changes."""
    columns: tuple[Name, ...] | None = Field(default=None, min_length=1, examples=[["temperature", "humidity"]])
    """Several columns, instead of `column`."""

    @property
    def names(self) -> tuple[str, ...]:
        """The columns it changes."""
        return self.columns or ((self.column,) if self.column else ())

    @model_validator(mode="after")
    def _some_column(self) -> OnColumns:
        if (self.column is None) == (self.columns is None):
            found = "neither" if self.column is None else "both"
            words = f"say which column it changes, with 'column' or 'columns': found {found}"
            raise PydanticCustomError("columns", "{words}", {"words": words, "allowed": "such as column: quantity"})
        return self


class OnDate(Model):
    """Changes the cells of a date."""

    column: Name | None = Field(default=None, examples=["sold_at"])
    """The column it changes; needed where the table has not exactly one that fits."""

    @property
    def names(self) -> tuple[str, ...]:
        """The column it changes, where it is named."""
        return (self.column,) if self.column else ()
