"""Scenarios: what the client plays out, and how some cells of some rows change when it happens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.core.words import nearest_hint
from seedbed.rules.effects import Path
from seedbed.rules.names import Name
from seedbed.rules.periods import Moment

_KINDS = ("factor", "add", "value", "missing")


def _one_value(value: Any) -> Any:
    if isinstance(value, bool | int | float | str | dt.date):
        return value
    raise PydanticCustomError("value", "a single value is wanted; `missing: true` empties a cell")


class FactorChange(Model):
    """Numbers are multiplied."""

    factor: float = Field(ge=-1000, le=1000, examples=[0.1])
    """What the number is multiplied by; it is rounded as its column is and stays inside its range."""


class AddChange(Model):
    """Something is added to numbers; dates move by days."""

    add: float = Field(examples=[-2, 30])
    """What is added to the number, or days by which a date moves; it stays inside its range."""


class ValueChange(Model):
    """Every cell becomes one value."""

    value: Annotated[
        Any,
        BeforeValidator(_one_value),
        WithJsonSchema({"type": ["string", "number", "boolean"], "examples": ["voucher"]}),
    ] = Field(examples=["voucher", 0, False])
    """The value that the cell has instead, of the column's type and one that the column can have."""


class MissingChange(Model):
    """Cells are emptied."""

    missing: Literal[True] = Field(examples=[True])
    """The cell is empty. A real row without a value still breaks the rule of a column that has no `missing`."""


def _kind(value: Any) -> str | None:
    for name in _KINDS:
        if name in value if isinstance(value, Mapping) else hasattr(value, name):
            return f"{name} change"
    return None


def _one_kind(value: Any) -> Any:
    if isinstance(value, Model):
        return value
    if not isinstance(value, Mapping):
        words = "a change is a mapping such as {factor: 0.1}"
        raise PydanticCustomError("change", words, {"allowed": ", ".join(_KINDS)})
    if len(value) != 1:
        words = "a change has exactly one of factor, add, value, missing"
        raise PydanticCustomError("change", words)
    name = str(next(iter(value)))
    if name not in _KINDS:
        raise PydanticCustomError(
            "change", f"unknown change {name!r}", {"allowed": ", ".join(_KINDS) + nearest_hint(name, _KINDS)}
        )
    return value


Change = Annotated[
    Annotated[FactorChange, Tag("factor change")]
    | Annotated[AddChange, Tag("add change")]
    | Annotated[ValueChange, Tag("value change")]
    | Annotated[MissingChange, Tag("missing change")],
    Discriminator(_kind),
    BeforeValidator(_one_kind),
]
"""What happens to the cells of a column."""


class Scenario(Model):
    """Something that could happen, and the cells it changes. The truth lists each of them with its value before.

    Which rows are meant is decided on the values they would have without any scenario; formulas of the row see the
    changed values. Scenarios happen in the order in which they are written.
    """

    name: str = Field(min_length=1, max_length=200, examples=["strike in Laval"])
    """What happens, in words; the truth calls it by this."""
    about: str | None = Field(default=None, examples=["The warehouse workers threatened it for March"])
    """Why it is played out, in words."""
    of: Name = Field(examples=["sale"])
    """The table whose rows change."""
    between: tuple[Moment, Moment] | None = Field(default=None, examples=[["2025-03-01", "2025-03-10"]])
    """First and last day, both included, or moments; without it the scenario lasts for ever."""
    by: Path | None = Field(default=None, examples=["sold_at", "order.placed_at"])
    """The date or datetime column that `between` looks at; needed where the row has not exactly one."""
    where: str | None = Field(default=None, min_length=1, max_length=4000, examples=["store.city = 'Laval'"])
    """SQL condition over the row and its parents: only rows where it holds change."""
    change: dict[Name, Change] = Field(min_length=1, examples=[{"quantity": {"factor": 0.1}}])
    """What happens to which columns."""

    @field_validator("between", mode="before")
    @classmethod
    def _two(cls, value: Any) -> Any:
        if isinstance(value, tuple | list) and len(value) != 2:
            raise PydanticCustomError("range", "'between' has two values, the first and the last day")
        return value

    @field_validator("between")
    @classmethod
    def _order(cls, value: Any) -> Any:
        if value is not None and _start(value[1]) < _start(value[0]):
            words = "the scenario ends before it starts"
            raise PydanticCustomError("reversed", words, {"allowed": f"[{value[1]}, {value[0]}]"})
        return value

    @field_validator("by")
    @classmethod
    def _needs_between(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and "between" in info.data and info.data["between"] is None:
            raise PydanticCustomError("by", "'by' says what 'between' looks at, and there is no 'between'")
        return value


def _start(moment: dt.date) -> dt.datetime:
    return moment if isinstance(moment, dt.datetime) else dt.datetime.combine(moment, dt.time())
