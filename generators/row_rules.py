"""From the book's models to makers: how the values of a row depend on each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from seedbed.core import keys
from seedbed.generators.blocks import TableMaker
from seedbed.generators.checks import Check
from seedbed.generators.copulas import CopulaDraw
from seedbed.generators.correlating import Correlating
from seedbed.generators.redraws import Redraws
from seedbed.generators.targets import Target
from seedbed.generators.truncating import Truncated
from seedbed.rules.book import Book, Table
from seedbed.rules.bounds import Bound, bounded_columns
from seedbed.rules.correlations import partners_of
from seedbed.rules.dependence import decided, read_by, redrawable
from seedbed.rules.expressions import Expression
from seedbed.rules.row_checks import number_of
from seedbed.rules.scope import ancestors, first_steps, resolve
from seedbed.rules.switches import Switch


def redraws_of(book: Book, name: str) -> Redraws | None:
    """The constraints of a table, compiled; None where it has none.

    Args:
        book: the book.
        name: of the table.
    """
    table = book.tables[name]
    if not table.constraints:
        return None
    free, changing = redrawable(table), decided(table)
    wants = {name: frozenset(first_steps(table, name)) for name in sorted(changing)}
    bounded, gives = bounded_columns(book, name)
    checks = tuple(
        Check(one.name, Expression.parse(one.check), read_by(table, one.check) & free, gives.get(one.name, ()))
        for one in table.constraints
    )
    truncated = tuple(truncated_of(book, name, column, bounds, wants) for column, bounds in bounded.items())
    return Redraws(checks, changing, wants, truncated)


def truncated_of(
    book: Book, table: str, column: str, bounds: list[Bound], wants: Mapping[str, frozenset[str]]
) -> Truncated:
    """A column that gives way, compiled.

    Args:
        book: the book.
        table: the table.
        column: of the table.
        bounds: what bounds it.
        wants: for each column that constraints decide, the columns of the row it is computed from.
    """
    cases = range(len(getattr(book.tables[table].columns[column], "cases", None) or ()))
    branches = ("", *(f"case {number} " for number in cases))
    drawn = frozenset(
        keys.key(book.seed, table, column, branch + purpose) for branch in branches for purpose in ("value", "time")
    )
    follow = {column}
    while more := {name for name in wants.keys() - follow if wants[name] & follow}:
        follow |= more
    sides: dict[int, list[Check]] = {1: [], -1: []}
    for bound in bounds:
        expression = Expression.parse(bound.text)
        sides[bound.direction].append(Check(bound.constraint, expression, frozenset({column})))
    key = keys.key(book.seed, table, column, "within")
    return Truncated(column, key, drawn, frozenset(follow), tuple(sides[1]), tuple(sides[-1]))


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


def settle_rows(book: Book, made: TableMaker, copulas: list[tuple[Target, CopulaDraw]]) -> None:
    """Works out what needs values of a table: constraints and correlations.

    Args:
        book: the book.
        made: compiled; all parents are settled.
        copulas: columns and their cells, each after those it is computed from; those of other tables are left alone.

    Raises:
        DataError: a constraint cannot be met or a correlation not reached.
    """
    table = book.tables[made.name]
    made.redraws = redraws_of(book, made.name)
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
