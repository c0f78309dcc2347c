"""Types of columns: what any column may say about itself, ids, references, and what the other types stand for."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.constraints import Severity
from seedbed.rules.names import Name
from seedbed.rules.sources import IdFormat

ColumnType = Literal[
    "id", "integer", "number", "decimal", "boolean", "category", "text", "date", "datetime", "reference"
]


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
    missing_as: tuple[str | int | float, ...] = Field(default=(), max_length=50, examples=[["empty", "-", 9999]])
    """What real data writes where a value is missing, in capitals or not; an empty field, and in columns that are no
    text `null`, `none`, `na` and `n/a`, mean that anyway."""
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


class IntegerType(Value):
    """Type `integer`."""

    type: Literal["integer"] = Field(examples=["integer"])
    """Whole numbers."""


class NumberType(Value):
    """Type `number`."""

    type: Literal["number"] = Field(examples=["number"])
    """Numbers with a fraction (64-bit floating point)."""


class DecimalType(Value):
    """Type `decimal`."""

    type: Literal["decimal"] = Field(examples=["decimal"])
    """Numbers with a fixed count of decimal places, such as money."""
    places: int = Field(ge=0, le=9, examples=[2])
    """Digits after the point."""


class BooleanType(Value):
    """Type `boolean`."""

    type: Literal["boolean"] = Field(examples=["boolean"])
    """True or false."""


class CategoryType(Value):
    """Type `category`."""

    type: Literal["category"] = Field(examples=["category"])
    """One of few texts."""


class TextType(Value):
    """Type `text`."""

    type: Literal["text"] = Field(examples=["text"])
    """Free text."""
    typos: bool = Field(default=False, examples=[True])
    """Whether the same values come again and again, such as cities: real rows whose value is rare and but for a letter
    or two one of the frequent ones are told as a warning."""


class DateType(Value):
    """Type `date`."""

    type: Literal["date"] = Field(examples=["date"])
    """Days."""


class DatetimeType(Value):
    """Type `datetime`."""

    type: Literal["datetime"] = Field(examples=["datetime"])
    """Moments, local to the period's time zone, without an offset."""
