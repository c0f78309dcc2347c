"""Checks of how tables get their rows: parts that exist, columns that show them."""

from __future__ import annotations

from seedbed.core.documents import Problems
from seedbed.core.errors import Reason
from seedbed.rules.book import Book, Table
from seedbed.rules.columns import Unread
from seedbed.rules.layouts import SPANS, STEPS, Process, is_step
from seedbed.rules.parts import Loc, Part, bindings, identities, parts_of, sources_of_rows, tells_apart, unbound
from seedbed.rules.scope import date_columns


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
        if table.process is not None:
            _check_process(book, table.process, (*here, "process"), problems)
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


def _check_process(book: Book, process: Process, here: Loc, problems: Problems) -> None:
    """States that can be come to and lead to states; the column that says when a walk starts."""
    known, come = tuple(process.states), {next(iter(process.states))}
    for name, state in process.states.items():
        for following, weight in (state.next or {}).items():
            if following not in process.states:
                at = (*here, "states", name, "next", following)
                problems.add(at, "unknown state", found=following, near=known, reason=Reason.UNKNOWN_NAME)
            elif weight and following != name:
                come.add(following)
    for name in known:
        if name not in come:
            problems.add((*here, "states", name), f"no state leads to {name!r}, and it is not the first")
    entity = book.tables.get(process.of)
    if process.start is None:
        if book.period is None:
            allowed = "start: a date or datetime column of that table; or a period at the top of the book"
            problems.add(here, f"nothing says when {process.of} comes to its first state", allowed=allowed)
    elif entity is not None and not any(isinstance(column, Unread) for column in entity.columns.values()):
        dates = tuple(date_columns(entity))
        at = (*here, "start")
        if process.start not in entity.columns:
            words = f"unknown column of table {process.of!r}"
            near = dates or tuple(entity.columns)
            problems.add(at, words, found=process.start, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)
        elif process.start not in dates:
            words = f"a start is a date or datetime; {process.start!r} is of type {entity.columns[process.start].type}"
            problems.add(at, words, allowed=", ".join(dates) or "no date in that table", at_value=True)


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
        what = {"table": f"table {part.name!r}", "step": f"time {part.name!r}"}.get(part.kind, part.name)
        words = f"no column shows the {what} of the row"
        problems.add(loc, words, allowed=f"add a column such as '{_line(part)}'", at_value=True)
    for name, column in table.columns.items():
        at = (*here, "columns", name)
        if name in shown and getattr(column, "missing", False):
            words = f"{name!r} shows {shown[name].name!r}, which every row has: it cannot be missing"
            problems.add((*at, "missing"), words)
        if column.source == "part" and column.part == "stay" and column.unit not in {None, *SPANS}:  # type: ignore[union-attr]
            words = "a stay is in seconds, minutes, hours or days"
            problems.add((*at, "unit"), words, found=column.unit, near=tuple(SPANS), at_value=True)  # type: ignore[union-attr]
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
    if part.kind == "state":
        return "state: {type: category, part: state}"
    if part.name == "day":
        return "day: {type: date, part: day}"
    return f"at: {{type: datetime, part: {part.name}}}"


def _where(part: str) -> str:
    if part == "number":
        return "in a table of 'children' or 'process'"
    if part in {"state", "time", "stay"}:
        return "in a table of 'process'"
    return f"in a table of 'each' with {part!r}"
