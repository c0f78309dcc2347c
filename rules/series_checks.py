"""Checks of series: a table with steps, and with times where a series has waves."""

from __future__ import annotations

from seedbed.core.documents import Problems
from seedbed.rules.book import Book, Table
from seedbed.rules.computed_columns import DecimalSeries, IntegerSeries, NumberSeries
from seedbed.rules.layouts import is_step
from seedbed.rules.parts import Loc


def check_series(book: Book, problems: Problems) -> None:
    """Adds the problems of the series of a book.

    Args:
        book: the book, its types checked.
        problems: where they go.
    """
    for table_name, table in book.tables.items():
        for name, column in table.columns.items():
            if isinstance(column, IntegerSeries | NumberSeries | DecimalSeries) and table.layout is not None:
                _check(table, column, ("tables", table_name, "columns", name, "series"), problems)


def _check(table: Table, column: IntegerSeries | NumberSeries | DecimalSeries, here: Loc, problems: Problems) -> None:
    series = column.series
    step = next((item for item in table.each or () if is_step(item)), None)
    if step is None and table.children is None and table.process is None:
        words = "a series goes on from row to row of an entity, and this table has no steps"
        allowed = "a table of each with a step of time, such as each: [device, hour]; of children; or of a process"
        problems.add(here, words, allowed=allowed)
        return
    timed = {"daily": series.daily, "yearly": series.yearly, "shifts": series.shifts}
    for name, move in timed.items():
        if move is not None and step is None:
            words = f"{name!r} goes by the clock, and the rows of this table follow each other at no fixed distance"
            problems.add((*here, name), words, allowed="a table of each with a step of time")
    if series.daily is not None and step == "day":
        problems.add((*here, "daily"), "a wave over the day needs steps shorter than a day", allowed="hour or N min")
    if series.revert is not None and series.revert.in_time and step is None:
        words = "the rows of this table follow each other at no fixed distance: say the half-life in steps"
        problems.add((*here, "revert", "half_life"), words, allowed="such as 20 steps", at_value=True)
