"""How the columns of a row depend on each other."""

from __future__ import annotations

from seedbed.rules.book import Table
from seedbed.rules.column_types import IdColumn
from seedbed.rules.deciders import deciders
from seedbed.rules.expressions import Expression, ExpressionError
from seedbed.rules.parts import bindings
from seedbed.rules.scope import ancestors, first_steps


def redrawable(table: Table) -> frozenset[str]:
    """The columns that are drawn row by row, so that a row can have them drawn again.

    Ids, parts of the row and unique columns are what a row is; formulas, series and what `depends` makes follow from
    other columns.
    """
    fixed = bindings(table).keys() | deciders(table).keys()
    return frozenset(
        name
        for name, column in table.columns.items()
        if name not in fixed
        and not isinstance(column, IdColumn)
        and column.source not in {"formula", "format", "part", "series"}
        and not getattr(column, "unique", False)
    )


def read_by(table: Table, check: str) -> frozenset[str]:
    """The columns of the row that a check depends on, however far; nothing where it cannot be parsed."""
    try:
        columns = Expression.parse(check).columns
    except ExpressionError:
        return frozenset()
    return frozenset(ancestors(table, {name for name in columns if name.partition(".")[0] in table.columns}))


def decided(table: Table) -> frozenset[str]:
    """The columns that a table's constraints decide on: what is drawn again, and what follows from it and is read."""
    read = frozenset(name for constraint in table.constraints for name in read_by(table, constraint.check))
    found = read & redrawable(table)
    while more := {name for name in read - found if found & first_steps(table, name).keys()}:
        found |= more
    return found
