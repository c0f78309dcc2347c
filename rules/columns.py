"""Columns: one model for each type and source, chosen by `type` and by which source key is there.

`column.type` and `column.source` say which it is; `isinstance` on the bases of `sources` works too: an `IntegerRange`
is a `NumberRange`, every `…Formula` is a `Formula`, and so on. Names: type, then source.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import BeforeValidator, Discriminator, Tag
from pydantic.json_schema import SkipJsonSchema
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.column_types import ColumnType, Described, IdColumn, ReferenceColumn, Value
from seedbed.rules.computed_columns import (
    BooleanCases,
    BooleanFormula,
    CategoryCases,
    CategoryFormula,
    CategoryPart,
    DateCases,
    DateFormula,
    DatePart,
    DatetimeCases,
    DatetimeFormula,
    DatetimePart,
    DecimalCases,
    DecimalFormula,
    DecimalSeries,
    IntegerCases,
    IntegerFormula,
    IntegerPart,
    IntegerSeries,
    NumberCases,
    NumberFormula,
    NumberPart,
    NumberSeries,
    TextCases,
    TextFormula,
)
from seedbed.rules.drawn_columns import (
    BooleanChance,
    CategoryChoices,
    DateRangeColumn,
    DatetimeRangeColumn,
    DecimalRange,
    IntegerRange,
    NumberRangeColumn,
    TextFaker,
    TextFormatted,
    TextPattern,
)

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
