"""Checks of how tables get their rows: parts that exist, columns that show them."""

from __future__ import annotations

from seedbed.core.documents import Problems
from seedbed.core.errors import Reason
from seedbed.rules.book import Book, Table
from seedbed.rules.columns import Unread
from seedbed.rules.layouts import STEPS, is_step
from seedbed.rules.parts import Loc, Part, bindings, identities, parts_of, sources_of_rows, tells_apart, unbound


def check_layouts(book: Book, problems: Problems) -> None:
    """Adds the problems of how the tables of a book get their rows.

    Args:
        book: the book, its types checked.
        problems: where they go.
    """
    for name, table in book.tables.items():
        here: Loc = ("tables", name)
        if table.layout is None:
            continue
        if table.each is not None:
            _check_each(book, name, table, (*here, "each"), problems)
        for of, loc in () if table.each is not None else sources_of_rows(table):
            _check_of(book, name, of, (*here, *loc), problems)
        _check_parts(book, name, here, problems)
        if table.key is not None:
            _check_key(book, name, table.key, (*here, "key"), problems)


def _check_each(book: Book, name: str, table: Table, here: Loc, problems: Problems) -> None:
    steps: list[str] = []
    for place, item in enumerate(table.each or ()):
        at = (*here, place)
        if is_step(item):
            if item in book.tables:
                words = f"{item!r} is a step of time and a table of this book"
                problems.add(at, words, allowed="another name for the table", at_value=True)
            elif steps:
                words = f"at most one step of time: {steps[0]!r} is one already"
                problems.add(at, words, found=item, at_value=True)
            elif book.period is None:
                allowed = "add 'period: {start: 2025-01-01, end: 2025-12-31}' at the top"
                problems.add(at, f"each: {item} runs over the book's period, and the book has none", allowed=allowed)
            steps.append(item)
        elif item == name:
            words = "a table cannot be made from its own rows"
            problems.add(at, words, found=item, allowed="other tables and a step of time", at_value=True)
        elif item not in book.tables:
            near = (*book.tables, *STEPS)
            words = "neither a table nor a step of time"
            problems.add(at, words, found=item, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)


def _check_of(book: Book, name: str, of: str, here: Loc, problems: Problems) -> None:
    """The table that another's rows are made for exists, and is another."""
    if of == name:
        words = "a table cannot be made from its own rows"
        problems.add(here, words, found=of, allowed="another table", at_value=True)
    elif of not in book.tables:
        near = tuple(other for other in book.tables if other != name)
        problems.add(here, "unknown table", found=of, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)


def _check_key(book: Book, name: str, key: tuple[str, ...], here: Loc, problems: Problems) -> None:
    table = book.tables[name]
    if any(isinstance(column, Unread) for column in table.columns.values()):
        return
    wrong = False
    for place, column in enumerate(key):
        at = (*here, place)
        if column not in table.columns:
            near = tuple(table.columns)
            problems.add(at, "unknown column", found=column, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)
        elif column in key[:place]:
            problems.add(at, "named twice", found=column, at_value=True)
        elif table.columns[column].hidden:
            problems.add(at, f"the key is what a reader sees, and {column!r} is hidden", at_value=True)
        else:
            continue
        wrong = True
    if not wrong and not tells_apart(book, name, key):
        known = [sorted(identity, key=list(table.columns).index) for identity in identities(table)]
        allowed = (
            "; or ".join("[" + ", ".join(names) + "]" for names in known) + ", or with more columns" if known else ""
        )
        words = f"two rows can have the same {' and '.join(key)}: nothing in the way the table is made tells them apart"
        problems.add(here, words, allowed=allowed or "an id column, or rows made by each or children", at_value=True)


def _check_parts(book: Book, table_name: str, here: Loc, problems: Problems) -> None:
    """Each part is shown by a column, which has no modifier of its own; no column shows what is not there."""
    table = book.tables[table_name]
    if any(isinstance(column, Unread) for column in table.columns.values()):
        return
    shown = bindings(table)
    for part in unbound(table):
        if part.kind == "table" and (part.name not in book.tables or part.name == table_name):
            continue  # told already
        loc = (*here, *part.loc)
        words = f"no column shows the {'table' if part.kind == 'table' else 'time'} {part.name!r} of the row"
        problems.add(loc, words, allowed=f"add a column such as '{_line(part)}'", at_value=True)
    for name, column in table.columns.items():
        at = (*here, "columns", name)
        if name in shown and getattr(column, "missing", False):
            words = f"{name!r} shows {shown[name].name!r}, which every row has: it cannot be missing"
            problems.add((*at, "missing"), words)
        if column.source == "part" and name not in shown:
            word: str = column.part  # type: ignore[union-attr]
            problems.add(
                (*at, "part"),
                f"the rows of this table have no part {word!r}",
                allowed=", ".join(p.name for p in parts_of(table) if p.kind != "table") or _where(word),
                at_value=True,
            )


def _line(part: Part) -> str:
    """The column that would show a part."""
    if part.kind == "table":
        return f"{part.name}: {{type: reference, to: {part.name}}}"
    if part.kind == "number":
        return "number: {type: integer, part: number}"
    if part.name == "day":
        return "day: {type: date, part: day}"
    return f"at: {{type: datetime, part: {part.name}}}"


def _where(part: str) -> str:
    if part == "number":
        return "in a table of 'children'"
    return f"in a table of 'each' with {part!r}"
