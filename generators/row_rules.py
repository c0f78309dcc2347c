"""From the book's models to makers: how the values of a row depend on each other."""

from __future__ import annotations

from typing import Any

from seedbed.generators.redraws import Check, Redraws
from seedbed.rules.book import Book, Table
from seedbed.rules.dependence import redrawable
from seedbed.rules.expressions import Expression
from seedbed.rules.row_checks import number_of
from seedbed.rules.scope import ancestors, first_steps, resolve
from seedbed.rules.switches import Switch


def redraws_of(table: Table) -> Redraws | None:
    """The constraints of a table, compiled; None where it has none."""
    if not table.constraints:
        return None
    checks: list[Check] = []
    read: set[str] = set()
    free = redrawable(table)
    for constraint in table.constraints:
        expression = Expression.parse(constraint.check)
        columns = frozenset(ancestors(table, expression.columns))
        read |= columns
        checks.append(Check(constraint.name, expression, columns & free))
    wants = {name: frozenset(first_steps(table, name)) for name in sorted(read)}
    changing = read & free
    grown = True
    while grown:
        more = {name for name in read - changing if wants[name] & changing}
        changing |= more
        grown = bool(more)
    return Redraws(tuple(checks), frozenset(changing), wants)


def entries_of(book: Book, table: str, switch: Switch) -> dict[Any, int]:
    """The values that `by` lists, numbered from 1, as the column looked at holds them."""
    seen = resolve(book, table, switch.path)
    assert seen is not None
    column: Any = seen.column
    values: list[Any] = list(switch.sources)
    match column.type:
        case "boolean":
            values = [int(value == "true") for value in values]
        case "integer":
            values = [int(value) for value in values]
        case "reference":
            parent = book.tables[column.to]
            assert parent.id_column is not None
            own: Any = parent.columns[parent.id_column]
            values = [(number_of(own, value) or 0) - 1 for value in values]
    return {value: number for number, value in enumerate(values, 1)}
