"""How the columns of a row depend on each other."""

from __future__ import annotations

from seedbed.rules.book import Table
from seedbed.rules.columns import IdColumn
from seedbed.rules.parts import bindings


def redrawable(table: Table) -> frozenset[str]:
    """The columns that are drawn row by row, so that a row can have them drawn again.

    Ids, parts of the row and unique columns are what a row is; formulas and series follow from other columns.
    """
    fixed = bindings(table)
    return frozenset(
        name
        for name, column in table.columns.items()
        if name not in fixed
        and not isinstance(column, IdColumn)
        and column.source not in {"formula", "format", "part", "series"}
        and not getattr(column, "unique", False)
    )
