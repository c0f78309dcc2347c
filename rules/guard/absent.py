"""Columns that show another table's, where the data has no such table: a flat export of several tables in one."""

from __future__ import annotations

from collections.abc import Container

from seedbed.rules.book import Book
from seedbed.rules.columns import Column
from seedbed.rules.scope import resolve
from seedbed.rules.sources import Formula


def stands_for(book: Book, table: str, name: str, present: Container[str]) -> tuple[str, Column]:
    """The column whose rules a column is judged by.

    Args:
        book: a checked book.
        table: of the column.
        name: of the column.
        present: the tables that the data has.

    Returns:
        Its table and itself; for a formula that is nothing but a path into a table that the data lacks
        (`city: {type: text, formula: hospital.city}`) the column that is shown there, for rows of that table cannot
        be looked at.
    """
    column = book.tables[table].columns[name]
    while isinstance(column, Formula) and "." in column.formula:
        path = column.formula.strip()
        seen, first = resolve(book, table, path), resolve(book, table, path.partition(".")[0])
        if seen is None or first is None or getattr(first.column, "to", table) in present or seen.table == table:
            break
        table, column = seen.table, seen.column
    return table, column
