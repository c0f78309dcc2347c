"""Expectations: what the client would notice if the data as a whole were wrong."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.effects import Path
from seedbed.rules.names import Name


class Expectation(Model):
    """One number about the data, and the range it should lie in."""

    name: str = Field(min_length=1, max_length=200, examples=["average basket line"])
    """What is measured, in words."""
    about: str | None = Field(default=None, examples=["Head office looks at this every week"])
    """Why it matters, in words."""
    of: Name | None = Field(default=None, examples=["sale"])
    """The table that is measured; without it the measure names its tables in sub-queries."""
    where: str | None = Field(default=None, min_length=1, max_length=4000, examples=["store.city = 'Laval'"])
    """SQL condition: only rows of the table where it holds are measured."""
    measure: str = Field(
        min_length=1,
        max_length=4000,
        examples=["avg(total)", "(select count(*) from sale) * 1.0 / (select count(*) from store)"],
    )
    """SQL that gives one number: with `of` an aggregate over its rows and their parents' columns (`product.price`)."""
    range: tuple[float, float] = Field(examples=[[8, 30]])
    """Smallest and largest value that would not surprise, both included."""
    calibrate: Path | None = Field(default=None, examples=["quantity", "product.price"])
    """Column of numbers whose `typical` is multiplied so that generated data meets the middle of the range."""
    severity: Literal["reject", "warn"] = Field(default="reject", examples=["warn"])
    """What an unmet expectation means for real data: the data is refused, or only remarked on."""

    @field_validator("range", mode="before")
    @classmethod
    def _two(cls, value: Any) -> Any:
        if isinstance(value, tuple | list) and len(value) != 2:
            words = "a range has two values, the smallest and the largest"
            raise PydanticCustomError("range", words, {"allowed": "such as [8, 30]"})
        return value

    @field_validator("range")
    @classmethod
    def _order(cls, value: tuple[float, float]) -> tuple[float, float]:
        if value[1] < value[0]:
            raise PydanticCustomError("reversed", "the range is reversed", {"allowed": f"[{value[1]}, {value[0]}]"})
        return value

    @field_validator("where")
    @classmethod
    def _over_a_table(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and "of" in info.data and info.data["of"] is None:
            raise PydanticCustomError("no_table", "'where' needs 'of': the table whose rows are meant")
        return value

    @field_validator("calibrate")
    @classmethod
    def _of_a_table(cls, value: str | None, info: ValidationInfo) -> str | None:
        if value is not None and "of" in info.data and info.data["of"] is None:
            raise PydanticCustomError("no_table", "'calibrate' needs 'of': the table that is measured")
        return value
