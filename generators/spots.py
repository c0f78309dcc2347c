"""Where a source stands in a book: what its random keys are named after, and what it may look at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from seedbed.core import keys
from seedbed.core.errors import DataError, Reason

if TYPE_CHECKING:
    from seedbed.generators.blocks import TableMaker
    from seedbed.generators.calendars import Zone
    from seedbed.rules.sources import Period


@dataclass(frozen=True)
class Spot:
    """One source of one column.

    Attributes:
        seed: the book's.
        tables: all tables, being filled.
        table: the one the column is in.
        column: its name.
        type: its type.
        places: of a decimal.
        zone: the book's time zone.
        period: the book's period.
        branch: which branch of `cases`, such as `case 0 `; empty for the column itself.
    """

    seed: int
    tables: Mapping[str, TableMaker]
    table: TableMaker
    column: str
    type: str
    places: int
    zone: Zone
    period: Period | None
    branch: str = ""

    def key(self, purpose: str) -> int:
        """The random key of a purpose; a table, column or branch added elsewhere does not change it."""
        return keys.key(self.seed, self.table.name, self.column, self.branch + purpose)

    def in_branch(self, number: int) -> Spot:
        """The spot of a branch of `cases`."""
        return replace(self, branch=f"case {number} ")

    def refuse(self, message: str, *, repair: str, found: object = None, allowed: str | None = None) -> DataError:
        """An error about this column that only its values could show."""
        where = f"{self.table.name}.{self.column}"
        return DataError(message, reason=Reason.INVALID, where=where, found=found, allowed=allowed, repair=repair)
