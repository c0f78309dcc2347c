"""Dependencies between columns: rows that agree on some columns agree on others, such as a ZIP code and its city."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.constraints import Severity
from seedbed.rules.names import Name

Columns = Annotated[tuple[Name, ...], Field(min_length=1, max_length=50)]


class Dependency(Model):
    """Rows with the same values in some columns have the same values in others (a functional dependency).

    Generated data holds it: what is drawn in `same` is drawn once for each combination of values in `given`. What is
    not drawn there (ids, formulas, unique columns) has to follow from `given` by itself, else the book is refused. Of
    real rows with the same `given`, those that differ from most of the others break it; where no value has the most
    rows, all of them do. Rows where a value is missing are left alone.
    """

    name: str = Field(min_length=1, max_length=200, examples=["a ZIP code has one city"])
    """What the rule says, in words; messages call it by them."""
    given: Columns = Field(examples=[["zip"]])
    """The columns that decide, together."""
    same: Columns = Field(examples=[["city", "state"]])
    """The columns that are then the same, each on its own."""
    severity: Severity = Field(default="reject", examples=["warn"])
    """What happens to a real row that differs from the others: `reject` sets it aside, `warn` lets it through and
    counts it."""

    @model_validator(mode="after")
    def _apart(self) -> Dependency:
        names = [*self.given, *self.same]
        twice = next((name for name in names if names.count(name) > 1), None)
        if twice is not None:
            words = f"{twice!r} stands twice in 'given' and 'same'"
            raise PydanticCustomError("dependency", "{words}", {"words": words})
        return self
