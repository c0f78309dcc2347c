"""How a table gets its rows, other than by a number: for combinations of parents and times, or for each parent."""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.names import Name
from seedbed.rules.sources import NumberRange

MOST_CHILDREN = 10**7
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
