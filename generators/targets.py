"""What a maker knows of the column it works for."""

from __future__ import annotations

from dataclasses import dataclass

from seedbed.core.errors import DataError, Reason
from seedbed.generators.calendars import Zone


@dataclass(frozen=True)
class Target:
    """A column as its values must fit it.

    Attributes:
        table: name of its table.
        column: its name.
        type: the rule book's type.
        places: of a decimal.
        zone: the book's time zone.
    """

    table: str
    column: str
    type: str
    places: int
    zone: Zone

    def refuse(self, message: str, *, repair: str, found: object = None, allowed: str | None = None) -> DataError:
        """An error about this column that only its values could show."""
        where = f"{self.table}.{self.column}"
        return DataError(message, reason=Reason.INVALID, where=where, found=found, allowed=allowed, repair=repair)
