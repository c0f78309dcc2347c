"""How a table gets its rows, other than by a number: one for each combination of parents and times."""

from __future__ import annotations

import re

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
