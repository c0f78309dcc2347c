"""How a table gets its rows, other than by a number: for combinations of parents and times, or for each parent."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.names import Name
from seedbed.rules.sources import NumberRange

MOST_CHILDREN = 10**7
SPANS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400}
"""Units of how long something lasts, in seconds; a day is 24 hours."""
MOST_STEP = 1440
STEPS = ("day", "hour", "15 min")
"""Steps of time as a person writes them; any whole number of minutes up to a day can stand for the 15."""
_MINUTES = re.compile(r"([1-9][0-9]{0,3}) min")


def is_step(item: str) -> bool:
    """Whether an item of `each` is a step of time: `day`, `hour` or `N min`."""
    return item == "day" or step_minutes(item) is not None


def step_minutes(item: str) -> int | None:
    """Minutes of a step of real time; None for `day`, which is of the calendar, and for what is no step."""
    if item == "hour":
        return 60
    found = _MINUTES.fullmatch(item)
    minutes = int(found[1]) if found else 0
    return minutes if 1 <= minutes <= MOST_STEP else None


class Count(NumberRange[int]):
    """How many rows each parent has."""

    @field_validator("range")
    @classmethod
    def _countable(cls, value: tuple[Any, Any]) -> tuple[Any, Any]:
        if value[0] < 0 or value[1] > MOST_CHILDREN:
            allowed = f"0 to {MOST_CHILDREN:,}"
            raise PydanticCustomError("count", "no count of rows", {"allowed": allowed})
        return value


class Children(Model):
    """Some rows for each row of another table, such as the lines of an order; they follow their parents in order."""

    of: Name = Field(examples=["order"])
    """The parents' table. A plain reference column leads to it: the first one is the parent."""
    count: Count = Field(examples=[{"range": [1, 12], "typical": 3}])
    """How many rows each parent has; effects see the parent's columns."""


class Stay(NumberRange[float]):
    """How long an entity stays in a state."""

    unit: Literal["seconds", "minutes", "hours", "days"] = Field(default="minutes", examples=["hours"])
    """What the numbers count."""

    @field_validator("range")
    @classmethod
    def _forward(cls, value: tuple[Any, Any]) -> tuple[Any, Any]:
        if value[0] < 0:
            raise PydanticCustomError("stay", "a stay cannot be shorter than nothing", {"allowed": "0 or more"})
        return value

    @model_validator(mode="after")
    def _whole_seconds(self) -> Stay:
        low, high = (bound * SPANS[self.unit] for bound in self.range)
        if int(high) < low:
            words = "no whole second lies in the range"
            raise PydanticCustomError("stay", words, {"allowed": "a wider range, or larger numbers"})
        if high > 100 * 366 * SPANS["days"]:
            raise PydanticCustomError("stay", "the stay is too long", {"allowed": "up to 100 years"})
        return self


class State(Model):
    """A state that an entity can be in."""

    about: str | None = Field(default=None, examples=["Someone has looked at the ticket"])
    """What the state means, in words."""
    stay: Stay | None = Field(default=None, examples=[{"range": [1, 600], "typical": 20, "unit": "minutes"}])
    """How long an entity stays; effects see the entity's columns. Needed where `next` is given."""
    next: dict[str, Annotated[float, Field(ge=0, le=1e12)]] | None = Field(
        default=None, min_length=1, examples=[{"triaged": 95, "closed": 5}]
    )
    """States that may follow, each with its weight; a state without `next` ends the walk."""

    @model_validator(mode="after")
    def _goes_on(self) -> State:
        if self.next is not None and not any(self.next.values()):
            raise PydanticCustomError("no_weight", "the weights of 'next' add up to 0")
        if self.next is not None and self.stay is None:
            allowed = "stay: {range: [1, 60], typical: 10, unit: minutes}"
            raise PydanticCustomError(
                "stay", "what comes next comes after some time: give 'stay'", {"allowed": allowed}
            )
        return self


class Process(Model):
    """Each row of another table walks from state to state; one row for each state it comes to."""

    of: Name = Field(examples=["ticket"])
    """The entities' table. A plain reference column leads to it: the first one is the entity."""
    start: Name | None = Field(default=None, examples=["opened_at"])
    """Date or datetime column of the entities' table: when they come to the first state. Without it, the start of the
    book's period. Where it is missing, so are the times of the walk."""
    states: dict[str, State] = Field(
        min_length=1,
        max_length=1000,
        examples=[{"opened": {"stay": {"range": [1, 600], "typical": 20}, "next": {"closed": 1}}, "closed": {}}],
    )
    """The states; every entity begins in the first."""
    most: int = Field(default=50, ge=1, le=1000, examples=[20])
    """Rows of one entity at most: a longer walk is cut off."""
