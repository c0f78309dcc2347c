"""Checks of how the values of a row depend on each other: constraints, `by`, `correlate`."""

from __future__ import annotations

import contextlib
from typing import Any

import pydantic

from seedbed.core.documents import Problems
from seedbed.core.errors import Reason
from seedbed.rules.book import Book, Table
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column
from seedbed.rules.correlations import partners_of
from seedbed.rules.dependence import decided, read_by
from seedbed.rules.expressions import Expression, ExpressionError
from seedbed.rules.scope import Seen, needs, resolve, sources_of, unread, visible
from seedbed.rules.sources import Choices, Formula
from seedbed.rules.switches import merged, overrides, path_of

Loc = tuple[str | int, ...]
_ORDERED = ("integer", "number", "decimal", "date", "datetime")
_DECIDING = ("category", "boolean", "integer", "reference")


def check_row(book: Book, table_name: str, problems: Problems) -> None:
    """Adds what is wrong in how the columns of a table's rows depend on each other, expressions and circles aside.

    Args:
        book: its types checked.
        table_name: the table.
        problems: where they go.
    """
    table = book.tables[table_name]
    _check_constraints(table_name, table, problems)
    for name, column in table.columns.items():
        if path_of(column) is not None:
            _check_by(book, table_name, column, ("tables", table_name, "columns", name, "by"), problems)
        _check_correlate(book, table_name, column, ("tables", table_name, "columns", name), problems)


def _check_constraints(table_name: str, table: Table, problems: Problems) -> None:
    """Names tell constraints apart; their checks are checked with the formulas."""
    seen: dict[str, int] = {}
    for index, constraint in enumerate(table.constraints):
        if seen.setdefault(constraint.name, index) != index:
            loc: Loc = ("tables", table_name, "constraints", index, "name")
            problems.add(loc, "another constraint of the table has this name", found=constraint.name, at_value=True)
    changing = decided(table) if not unread(table) else frozenset()
    for index, constraint in enumerate(table.constraints):
        paths = {path for name in read_by(table, constraint.check) for path in needs(table, name)}
        with contextlib.suppress(ExpressionError):
            paths |= Expression.parse(constraint.check).columns
        for path in sorted(paths):
            first, _, rest = path.partition(".")
            own = first in table.references and table.references[first].to == table_name
            if own and rest.partition(".")[0] in changing:
                words = f"{path!r} is of another row of this table, and constraints decide it there"
                allowed = "a column that no constraint of this table reads"
                place: Loc = ("tables", table_name, "constraints", index, "check")
                problems.add(place, words, allowed=allowed, at_value=True)


def _check_by(book: Book, table_name: str, column: Column, here: Loc, problems: Problems) -> None:
    path = path_of(column) or ""
    here = (*here, path)
    seen = column_at(
        book,
        table_name,
        path,
        _DECIDING,
        here,
        "'by' looks at a category, boolean, whole number or reference",
        problems,
    )
    for value, override in overrides(column):
        if seen is not None:
            _check_listed(book, seen, value, (*here, value), problems)
        try:
            merged(column, override)
        except pydantic.ValidationError as error:
            for detail in error.errors(include_url=False):
                field = str(detail["loc"][0]) if detail["loc"] else ""
                problems.add(
                    (*here, value, field) if field in override.model_fields_set else (*here, value),
                    detail["msg"].removeprefix("Value error, ") + f" where {path} is {value}",
                    found=detail["input"],
                    allowed=(detail.get("ctx") or {}).get("allowed"),
                    at_value=field in override.model_fields_set,
                )


def _check_correlate(book: Book, table_name: str, column: Column, here: Loc, problems: Problems) -> None:
    seen: set[str] = set()
    partners = partners_of(column)
    for key in ("by", "correlate"):
        if getattr(column, key, None) is not None and getattr(column, "unique", False):
            words = "the values of a unique column are dealt out, not drawn: they follow no other column"
            problems.add((*here, key), words, allowed=f"leave out 'unique' or '{key}'")
    for place, partner in partners:
        at = (*here, *place, "with")
        words = "'correlate' looks at numbers or dates"
        column_at(book, table_name, partner.with_, _ORDERED, at, words, problems, at_value=True)
        if partner.with_ in seen:
            problems.add(at, "the list names this column twice", found=partner.with_, at_value=True)
        seen.add(partner.with_)


def column_at(
    book: Book,
    table_name: str,
    path: str,
    types: tuple[str, ...],
    here: Loc,
    words: str,
    problems: Problems,
    *,
    at_value: bool = False,
) -> Seen | None:
    """The column a path leads to, if it is of one of some types; else adds a problem and gives None."""
    seen = resolve(book, table_name, path)
    fits = [
        name
        for name in visible(book, table_name)
        if (end := resolve(book, table_name, name)) and end.column.type in types
    ]
    if seen is None:
        near = fits or list(visible(book, table_name))
        problems.add(here, "unknown column", found=path, near=near, reason=Reason.UNKNOWN_NAME, at_value=at_value)
    elif seen.column.type in types:
        return seen
    elif seen.column.type:
        allowed = ", ".join(fits) or "none in sight"
        problems.add(here, f"{words}; {path!r} is of type {seen.column.type}", allowed=allowed, at_value=at_value)
    return None


def _check_listed(book: Book, seen: Seen, value: str, here: Loc, problems: Problems) -> None:
    """A value that `by` lists is one that the column can have."""
    column = seen.column
    if column.type == "boolean" and value not in {"true", "false"}:
        problems.add(here, "a boolean is true or false", found=value, near=("true", "false"))
    elif column.type == "integer" and not _whole(value):
        problems.add(here, "the column holds whole numbers", found=value)
    elif isinstance(column, ReferenceColumn):
        parent = book.tables.get(column.to)
        own: Any = None if parent is None or parent.id_column is None else parent.columns[parent.id_column]
        if isinstance(own, IdColumn) and number_of(own, value) is None:
            last = "1" if own.parts is None else own.parts.render(1)
            problems.add(here, f"no id of table {column.to!r}", found=value, allowed=f"such as {last}")
    elif column.type == "category":
        known = _categories(column)
        if known is not None and value not in known:
            words = f"{seen.name!r} never has this value"
            problems.add(here, words, found=value, near=known, reason=Reason.UNKNOWN_NAME)


def _categories(column: Column) -> list[str] | None:
    """The values a category can have; None where a formula gives them."""
    found: dict[str, None] = {}
    for _, source in sources_of(column):
        if isinstance(source, Choices):
            found.update(dict.fromkeys(source.choices))
        elif isinstance(source, Formula):
            return None
        elif isinstance(value := getattr(source, "value", source), str):
            found[value] = None
    return list(found)


def number_of(column: IdColumn, text: str) -> int | None:
    """The number of an id as written, from 1; None where the text is none of the column's."""
    parts = column.parts
    if parts is None:
        return int(text) if _whole(text) and int(text) > 0 else None
    digits = text.removeprefix(parts.prefix).removesuffix(parts.suffix)
    number = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 19 else 0
    return number if number > 0 and parts.render(number) == text else None


def _whole(text: str) -> bool:
    return text.removeprefix("-").isascii() and text.removeprefix("-").isdigit() and len(text) < 19
