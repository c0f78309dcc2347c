"""Checks of `depends`: columns that are there, and a promise that the way the table is made can keep."""

from __future__ import annotations

from seedbed.core.documents import Problems
from seedbed.core.errors import Reason
from seedbed.core.words import listed
from seedbed.rules.book import Book, Table
from seedbed.rules.column_types import ReferenceColumn
from seedbed.rules.deciders import deciders, follows
from seedbed.rules.dependencies import Dependency
from seedbed.rules.parts import Loc
from seedbed.rules.scope import unread
from seedbed.rules.switches import path_of


def check_depends(book: Book, table_name: str, problems: Problems) -> None:
    """Adds the problems of a table's dependencies.

    Args:
        book: its types checked.
        table_name: the table.
        problems: where they go.
    """
    table = book.tables[table_name]
    seen: set[str] = set()
    for index, dependency in enumerate(table.depends):
        here: Loc = ("tables", table_name, "depends", index)
        if dependency.name in seen:
            words = "another dependency of the table has this name"
            problems.add((*here, "name"), words, found=dependency.name, at_value=True)
        seen.add(dependency.name)
        if not unread(table) and _known(table, dependency, here, problems):
            _check_promise(book, table_name, dependency, here, problems)


def _known(table: Table, dependency: Dependency, here: Loc, problems: Problems) -> bool:
    """Whether all columns are there."""
    known = True
    for key, names in (("given", dependency.given), ("same", dependency.same)):
        for place, name in enumerate(names):
            if name not in table.columns:
                known = False
                near = tuple(table.columns)
                reason = Reason.UNKNOWN_NAME
                problems.add((*here, key, place), "unknown column", found=name, near=near, reason=reason, at_value=True)
    return known


def _check_promise(book: Book, table_name: str, dependency: Dependency, here: Loc, problems: Problems) -> None:
    """Generated data holds a dependency where its columns are drawn for it, or follow anyway."""
    table = book.tables[table_name]
    made = deciders(table)
    sure = follows(book, table_name, dependency.given)
    given = listed(dependency.given)
    for place, name in enumerate(dependency.same):
        loc = (*here, "same", place)
        if name not in sure:
            words = f"nothing makes {name!r} the same on all rows of one {given}: {_reason(table, name, made)}"
            allowed = (
                f"a table of its own for what belongs together, {given} unique in it, and here a reference to it "
                f"with {name}: {{formula: reference.{name}}}"
            )
            problems.add(loc, words, allowed=allowed, at_value=True)
        elif made.get(name) == dependency.given:
            _check_simple(table_name, table, name, given, loc, problems)


def _reason(table: Table, name: str, made: dict[str, tuple[str, ...]]) -> str:
    column = table.columns[name]
    if name in made:
        return f"it is drawn for each {listed(made[name])}"
    if getattr(column, "unique", False) or column.type == "id":
        return "it differs in all rows"
    if column.source in {"formula", "format"}:
        return "it is computed from other columns"
    if column.source in {"cases", "series", "part"}:
        return f"it comes from {column.source!r}"
    return "they would decide each other"


def _check_simple(table_name: str, table: Table, name: str, given: str, loc: Loc, problems: Problems) -> None:
    """What is drawn once for many rows cannot look at one of them."""
    column = table.columns[name]
    used = [key for key in ("effects", "correlate") if getattr(column, key, None)]
    used += ["by"] if path_of(column) is not None else []
    if used:
        words = f"{name!r} is drawn once for each {given}, so it cannot have {used[0]!r}, which looks at each row"
        problems.add(loc, words, allowed=f"leave out {used[0]!r}", at_value=True)
    if isinstance(column, ReferenceColumn) and column.to == table_name:
        words = f"{name!r} leads to an earlier row of the same table, another one for each row"
        problems.add(loc, words, allowed="a reference to another table", at_value=True)
