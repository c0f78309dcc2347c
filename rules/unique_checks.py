"""Checks of `unique`: whether a column's source can promise that no value comes twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from seedbed.core.documents import Problems
from seedbed.rules.book import Book
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column
from seedbed.rules.formats import Slot, TextFormat
from seedbed.rules.parts import bindings
from seedbed.rules.patterns import Pattern
from seedbed.rules.scope import resolve
from seedbed.rules.sources import Choices, NumberRange, Patterned

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
        return words, "one unique column alone, or the id or a unique whole number at an end, such as '...-{id}'"
    return None


def _tells_rows_apart(book: Book, table: str, form: TextFormat) -> bool:
    """Whether two rows with different values of some unique column can never spell the same text.

    That holds where the column is the only one, and where it is a whole number that can be read back from the text:
    what stands on one side of it can be taken off, and no digit stands next to it on the other.
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
        left = _Side([before[::-1], *reversed([_mirrored(part) for part in parts[:place]])])
        right = _Side([after, *parts[place + 1 :]])
        if (left.removable(book, table) and right.ends_digits) or (right.removable(book, table) and left.ends_digits):
            return True
    return False


def _mirrored(part: str | Slot) -> str | Slot:
    return part[::-1] if isinstance(part, str) else part


class _Side:
    """What stands on one side of a number, the nearest first."""

    def __init__(self, parts: Sequence[str | Slot]) -> None:
        self._parts = [part for part in parts if part != ""]

    @property
    def ends_digits(self) -> bool:
        """Whether the number's digits end here for sure: nothing follows, or a literal that starts with no digit."""
        first = self._parts[0] if self._parts else " "
        return isinstance(first, str) and not first[0].isdigit()

    def removable(self, book: Book, table: str) -> bool:
        """Whether it can be taken off a text: it is the same in all rows, or starts with a sign it has only once."""
        if all(isinstance(part, str) for part in self._parts):
            return True
        first = self._parts[0]
        if not isinstance(first, str) or first[0].isdigit():
            return False
        for part in (first[1:], *self._parts[1:]):
            characters = set(part) if isinstance(part, str) else _characters(book, table, part.path)
            if characters is None or first[0] in characters:
                return False
        return True


def _characters(book: Book, table: str, path: str) -> set[str] | None:
    """The characters that a column's texts can hold; None where nobody knows."""
    seen = resolve(book, table, path)
    column: Any = seen and seen.column
    if isinstance(column, ReferenceColumn):
        target = book.tables.get(column.to)
        column = target.columns[target.id_column] if target is not None and target.id_column else None
    if isinstance(column, IdColumn):
        parts = column.parts
        return set("0123456789") | (set(parts.prefix + parts.suffix) if parts else set())
    if isinstance(column, Patterned):
        return Pattern.parse(column.pattern).characters
    if isinstance(column, Choices):
        return set("".join(column.choices))
    signs = {"integer": "-", "decimal": "-.", "date": "-", "datetime": "-: "}
    return set("0123456789" + signs[column.type]) if column is not None and column.type in signs else None


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
