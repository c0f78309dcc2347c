"""Checks of `unique`: whether a column's source can promise that no value comes twice."""

from __future__ import annotations

from typing import Any

from seedbed.core.documents import Problems
from seedbed.rules.book import Book
from seedbed.rules.columns import Column, IdColumn, ReferenceColumn
from seedbed.rules.formats import Slot, TextFormat
from seedbed.rules.parts import bindings
from seedbed.rules.scope import resolve
from seedbed.rules.sources import NumberRange

Loc = tuple[str | int, ...]

_NEVER = {
    "formula": "a formula cannot promise unique values",
    "cases": "branches of cases cannot promise unique values",
    "chance": "true and false are but two values",
    "series": "a series comes back to its values",
    "part": "parts of the row come again in other rows",
}


def check_unique(book: Book, table: str, name: str, column: Column, here: Loc, problems: Problems) -> None:
    """Adds what stands in the way of a column's unique values; that there are enough is told when a plan is made.

    Args:
        book: the book.
        table: the column's table.
        name: of the column.
        column: the column.
        here: where it stands in the file.
        problems: where they go.
    """
    if not getattr(column, "unique", False):
        return
    found = _hindrance(book, table, name, column)
    if found is not None:
        words, allowed = found
        problems.add((*here, "unique"), words, allowed=allowed)


def _hindrance(book: Book, table: str, name: str, column: Any) -> tuple[str, str] | None:
    without = "leave out 'unique'"
    if column.source in _NEVER:
        return _NEVER[column.source], f"{without}, or make the columns it comes from unique"
    if name in bindings(book.tables[table]):
        return "this column is a part of the row, which comes again in other rows", f"{without}; see 'key' of the table"
    if isinstance(column, ReferenceColumn):
        if column.to == table:
            return "a reference to an earlier row of the same table cannot be unique", without
        if column.weight is not None or column.skew is not None:
            return "where each row is referred to at most once, 'weight' and 'skew' mean nothing", "leave them out"
    if column.type == "number":
        return "numbers with any fraction cannot promise to differ", "type: integer, or decimal"
    for key in ("effects", "by", "correlate"):
        if getattr(column, key, None):
            return f"'unique' does not go with {key!r}", "leave out one of the two"
    if column.source == "format" and not _tells_rows_apart(book, table, TextFormat.parse(column.format)):
        words = "texts of this format may come twice"
        return words, "one unique column alone, or the id or a unique whole number at either end, such as '...-{id}'"
    return None


def _tells_rows_apart(book: Book, table: str, form: TextFormat) -> bool:
    """Whether two rows with different values of some unique column can never spell the same text.

    That holds where the column is the only one, and where it is a whole number at an end of the text with no digit next
    to it: the number can then be read back from the text.
    """
    parts = form.parts
    places = [place for place, part in enumerate(parts) if isinstance(part, Slot)]
    for place in places:
        slot = parts[place]
        assert isinstance(slot, Slot)
        edges = _edges(book, table, slot.path)
        if edges is None:
            continue
        if len(places) == 1:
            return True
        before, after, number = edges
        if not number:
            continue
        left = before or (parts[place - 1] if place and isinstance(parts[place - 1], str) else "")
        right = after or (parts[place + 1] if place + 1 < len(parts) and isinstance(parts[place + 1], str) else "")
        assert isinstance(left, str)
        assert isinstance(right, str)
        if place == places[-1] and left and not left[-1].isdigit():
            return True
        if place == places[0] and right and not right[0].isdigit():
            return True
    return False


def _edges(book: Book, table: str, path: str) -> tuple[str, str, bool] | None:
    """For a path whose values differ in all rows: what stands before and after its number, and whether it is one."""
    steps = path.split(".")
    for count in range(1, len(steps)):
        seen = resolve(book, table, ".".join(steps[:count]))
        if seen is None or not getattr(seen.column, "unique", False):
            return None
    seen = resolve(book, table, path)
    if seen is None:
        return None
    column = seen.column
    if isinstance(column, ReferenceColumn) and column.unique:
        target = book.tables.get(column.to)
        column = target.columns[target.id_column] if target is not None and target.id_column else column
    elif not isinstance(column, IdColumn) and not getattr(column, "unique", False):
        return None
    if isinstance(column, IdColumn):
        parts = column.parts
        return ("", "", True) if parts is None else (parts.prefix, parts.suffix, True)
    whole = isinstance(column, NumberRange) and column.type == "integer" and column.range[0] >= 0
    return "", "", whole
