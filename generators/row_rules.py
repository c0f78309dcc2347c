"""From the book's models to makers: how the values of a row depend on each other."""

from __future__ import annotations

from seedbed.generators.redraws import Check, Redraws
from seedbed.rules.book import Table
from seedbed.rules.dependence import redrawable
from seedbed.rules.expressions import Expression
from seedbed.rules.scope import ancestors, first_steps


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
