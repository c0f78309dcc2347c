"""`correlate`: columns that rise and fall together."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.effects import Path


class Partner(Model):
    """A column to go with, and how closely."""

    with_: Path = Field(alias="with", examples=["income", "store.area_m2"])
    """A column of numbers, dates or moments of this row, or of a parent; a formula may be one."""
    r: float = Field(ge=-1, le=1, examples=[0.6])
    """Rank correlation (Spearman) of the finished values over all rows where both are there: 1 rises together in
    every row, 0 is no connection, -1 falls where the other rises."""


def _some(value: Any) -> Any:
    words = {"allowed": "such as {with: income, r: 0.6}, or a list of these"}
    if not isinstance(value, Mapping | Model | list | tuple) or not value:
        raise PydanticCustomError("correlate", "'correlate' is a mapping with 'with' and 'r'", words)
    return value


Partners = Annotated[
    Annotated[Partner, Tag("one")] | Annotated[tuple[Partner, ...], Tag("several")],
    Discriminator(lambda value: "several" if isinstance(value, list | tuple) else "one"),
    BeforeValidator(_some),
]


class Correlated(Model):
    """Values that follow another column's."""

    correlate: Partners | None = Field(default=None, examples=[{"with": "income", "r": 0.6}])
    """A column that this one rises or falls with, or a list of several. How the values of this column are spread stays
    as it is; only which row has which changes. It is worked out before anything is written, on a sample of rows, so
    that the finished columns have the correlation asked for; one that cannot be reached is refused."""


def partners_of(column: Any) -> tuple[tuple[tuple[str | int, ...], Partner], ...]:
    """The partners of a column, each with its place below the column."""
    found = getattr(column, "correlate", None)
    if found is None:
        return ()
    if isinstance(found, Partner):
        return ((("correlate",), found),)
    return tuple((("correlate", index), partner) for index, partner in enumerate(found))
