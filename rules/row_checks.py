"""Checks of how the values of a row depend on each other: constraints, `by`, `correlate`."""

from __future__ import annotations

from seedbed.core.documents import Problems
from seedbed.rules.book import Table

Loc = tuple[str | int, ...]


def check_constraints(table_name: str, table: Table, problems: Problems) -> None:
    """Adds a problem for each constraint whose name another has; their checks are checked with the formulas."""
    seen: dict[str, int] = {}
    for index, constraint in enumerate(table.constraints):
        if seen.setdefault(constraint.name, index) != index:
            loc: Loc = ("tables", table_name, "constraints", index, "name")
            problems.add(loc, "another constraint of the table has this name", found=constraint.name, at_value=True)
