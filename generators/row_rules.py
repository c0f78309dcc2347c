"""From the book's models to makers: how the values of a row depend on each other."""

from __future__ import annotations

from typing import Any

from seedbed.generators.blocks import TableMaker
from seedbed.generators.copulas import CopulaDraw
from seedbed.generators.correlating import Correlating
from seedbed.generators.redraws import Check, Redraws
from seedbed.generators.targets import Target
from seedbed.rules.book import Book, Table
from seedbed.rules.correlations import partners_of
from seedbed.rules.dependence import decided, read_by, redrawable
from seedbed.rules.expressions import Expression
from seedbed.rules.row_checks import number_of
from seedbed.rules.scope import ancestors, first_steps, resolve
from seedbed.rules.switches import Switch


def redraws_of(table: Table) -> Redraws | None:
    """The constraints of a table, compiled; None where it has none."""
    if not table.constraints:
        return None
    free, changing = redrawable(table), decided(table)
    checks = tuple(
        Check(constraint.name, Expression.parse(constraint.check), read_by(table, constraint.check) & free)
        for constraint in table.constraints
    )
    wants = {name: frozenset(first_steps(table, name)) for name in sorted(changing)}
    return Redraws(checks, changing, wants)


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


def correlating_of(table: Table, made: TableMaker, target: Target, draw: CopulaDraw) -> Correlating:
    """What works out the weights of a correlated column.

    Args:
        table: its table's model.
        made: the table.
        target: the column.
        draw: its cells.
    """
    column = table.columns[target.column]
    wanted = tuple((partner.with_, partner.r) for _, partner in partners_of(column))
    checked = {name for check in table.constraints for name in Expression.parse(check.check).columns}
    read = ancestors(table, {target.column, *checked})
    free = redrawable(table)
    placed = any(name not in free and table.columns[name].source not in {"formula", "format"} for name in read)
    selfish = any(name in table.references and table.references[name].to == target.table for name in read)
    return Correlating(target, made, draw, wanted, placed or selfish, draw.key)


def settle_rows(table: Table, made: TableMaker, copulas: list[tuple[Target, CopulaDraw]]) -> None:
    """Works out what needs values of a table: constraints and correlations.

    Args:
        table: its model.
        made: compiled; all parents are settled.
        copulas: columns and their cells, each after those it is computed from; those of other tables are left alone.

    Raises:
        DataError: a constraint cannot be met or a correlation not reached.
    """
    made.redraws = redraws_of(table)
    if not made.rows:
        return
    work = [correlating_of(table, made, target, draw) for target, draw in copulas if target.table == made.name]
    for one in work:
        one.prepare()
    if made.redraws is not None:
        made.redraws.try_out(made)
    # Where constraints draw several correlated columns again, each changes what comes of the others.
    for one in work * (2 if made.redraws is not None and len(work) > 1 else 1):
        one.solve()
