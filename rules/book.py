"""The rule book: what a client expects of data that does not exist yet."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

import pydantic
from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import File, Model
from seedbed.core.recipients import Notify
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column
from seedbed.rules.constraints import Constraint
from seedbed.rules.dependencies import Dependency
from seedbed.rules.expectations import Expectation
from seedbed.rules.faults import Fault
from seedbed.rules.layouts import Children, Process
from seedbed.rules.names import Name
from seedbed.rules.periods import Period
from seedbed.rules.scenarios import Scenario

MOST_ROWS = 10**13
Count = Annotated[int, Field(ge=1, le=MOST_ROWS)]
"""How many rows, 1 or more."""
LAYOUTS = ("rows", "each", "children", "process")
"""The ways a table can say how many rows it has; exactly one of them."""


class Table(Model):
    """One table and what is expected of it."""

    model_config = pydantic.ConfigDict(json_schema_extra={"oneOf": [{"required": [key]} for key in LAYOUTS]})

    about: str | None = Field(default=None, examples=["One line of a till receipt"])
    """What a row is, in words."""
    rows: Count | None = Field(default=None, examples=[10_000_000])
    """How many rows to make. A table has exactly one of `rows`, `each`, `children` and `process`."""
    each: tuple[str, ...] | None = Field(
        default=None, min_length=1, max_length=8, examples=[["store", "product", "day"], ["device", "15 min"]]
    )
    """One row for each combination of the rows of these tables and, at most once, a step of time over the book's
    period: `day`, `hour` or `N min`. The last changes fastest. A plain reference column leads to each table, and a
    column with `part` shows the time."""
    keep: float | None = Field(default=None, gt=0, le=1, examples=[0.3])
    """Share of the combinations of `each` that are kept, each by its own chance."""
    children: Children | None = Field(
        default=None, examples=[{"of": "order", "count": {"range": [1, 12], "typical": 3}}]
    )
    """Some rows for each row of another table, such as the lines of an order."""
    process: Process | None = Field(
        default=None,
        examples=[
            {
                "of": "ticket",
                "start": "opened_at",
                "states": {"opened": {"stay": {"range": [1, 600]}, "next": {"closed": 1}}, "closed": {}},
            }
        ],
    )
    """Each row of another table walks from state to state; one row for each state it comes to."""
    key: tuple[Name, ...] | None = Field(default=None, min_length=1, max_length=16, examples=[["order", "line"]])
    """Columns that together tell the rows apart; refused unless they do so by the way the table is made."""
    columns: dict[Name, Column] = Field(min_length=1, examples=[{"sale_id": {"type": "id"}}])
    """The columns by name, in the order they are written."""
    constraints: tuple[Constraint, ...] = Field(
        default=(), max_length=60, examples=[[{"name": "a promo has a discount", "check": "not promo or discount > 0"}]]
    )
    """What holds on every row."""
    depends: tuple[Dependency, ...] = Field(
        default=(),
        max_length=60,
        examples=[[{"name": "a ZIP code has one city", "given": ["zip"], "same": ["city", "state"]}]],
    )
    """What is the same on all rows that agree on something else."""

    @property
    def id_column(self) -> str | None:
        """Name of the column that numbers the rows."""
        return next((name for name, column in self.columns.items() if isinstance(column, IdColumn)), None)

    @property
    def references(self) -> dict[str, ReferenceColumn]:
        """The columns that lead to other tables."""
        return {name: column for name, column in self.columns.items() if isinstance(column, ReferenceColumn)}

    @property
    def layout(self) -> str | None:
        """Which of `LAYOUTS` the table has; None only in a book with problems."""
        return next((key for key in LAYOUTS if getattr(self, key) is not None), None)

    @field_validator("columns")
    @classmethod
    def _distinct(cls, columns: dict[str, object]) -> dict[str, object]:
        _distinct_names(columns)
        if columns and all(getattr(column, "hidden", False) for column in columns.values()):
            raise PydanticCustomError("hidden", "every column is hidden: nothing would be written")
        return columns

    @model_validator(mode="after")
    def _one_layout(self) -> Table:
        found = [key for key in LAYOUTS if getattr(self, key) is not None]
        if len(found) != 1:
            words = "a table says how many rows it has in exactly one way: found "
            words += " and ".join(found) or "none"
            raise PydanticCustomError("layout", "{words}", {"words": words, "allowed": _LAYOUT_WORDS})
        if self.keep is not None and self.each is None:
            raise PydanticCustomError("keep", "'keep' thins the combinations of 'each', and the table has none")
        return self


_LAYOUT_WORDS = "rows: 1000, each: [store, day], children: {of: order, count: ...} or process: {of: ticket, ...}"


class Book(File):
    """A rule book: tables, their columns, and what is expected of the values."""

    kind: ClassVar[str] = "book/1"

    seedbed: Literal["book/1"] = Field(examples=["book/1"])
    """Says that this file is a rule book, and the version of its language."""
    name: Name = Field(examples=["grocery"])
    """Short name of the data."""
    about: str | None = Field(default=None, examples=["A grocery chain that starts recording sales today."])
    """What the data is about, in words."""
    seed: int = Field(default=0, ge=0, lt=2**63, examples=[7])
    """Chooses one of the possible data sets: the same book and seed always give the same bytes."""
    period: Period | None = Field(
        default=None, examples=[{"start": "2025-01-01", "end": "2026-12-31", "timezone": "America/Montreal"}]
    )
    """The time the data covers; `range: period` in a column means this."""
    tables: dict[Name, Table] = Field(
        min_length=1, examples=[{"store": {"rows": 87, "columns": {"store_id": {"type": "id"}}}}]
    )
    """The tables by name."""
    expect: tuple[Expectation, ...] = Field(
        default=(),
        max_length=200,
        examples=[[{"name": "average basket line", "of": "sale", "measure": "avg(total)", "range": [8, 30]}]],
    )
    """What the client would notice if it were wrong: numbers about the data as a whole."""
    scenarios: tuple[Scenario, ...] = Field(
        default=(),
        max_length=50,
        examples=[
            [
                {
                    "name": "strike in Laval",
                    "between": ["2025-03-01", "2025-03-10"],
                    "of": "sale",
                    "where": "store.city = 'Laval'",
                    "change": {"quantity": {"factor": 0.1}},
                }
            ]
        ],
    )
    """What the client plays out: cells of some rows change, and the truth lists each of them."""
    faults: tuple[Fault, ...] = Field(
        default=(), examples=[[{"kind": "frozen_clock", "of": "sale", "column": "sold_at", "episodes": 5}]]
    )
    """Data that looks good and is bad, planted with its truth; the clean tables stay as they are."""

    notify: tuple[Notify, ...] = Field(
        default=(), max_length=20, examples=[["${SLACK_URL}", {"url": "mailto://ops.example.com?to=data@example.com"}]]
    )
    """Who is told, once per run, when real data was validated: Apprise addresses, secrets in environment variables."""

    @field_validator("tables")
    @classmethod
    def _distinct(cls, tables: dict[str, Table]) -> dict[str, Table]:
        _distinct_names(tables)
        return tables


def _distinct_names(names: dict[str, object] | dict[str, Table]) -> None:
    """Refuses names that differ only in case: folders and many databases cannot hold both."""
    seen: dict[str, str] = {}
    for name in names:
        other = seen.setdefault(name.lower(), name)
        if other != name:
            raise PydanticCustomError("names", f"{other!r} and {name!r} differ only in upper and lower case")
