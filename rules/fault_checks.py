"""Checks of a book's faults: tables, columns and dates that exist and fit, conditions that can run."""

from __future__ import annotations

import datetime as dt
from typing import Any
from zoneinfo import ZoneInfo

from seedbed.core.documents import Document, Problems
from seedbed.core.errors import Reason
from seedbed.rules.book import Book, Table
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Unread
from seedbed.rules.drawn_columns import CategoryChoices
from seedbed.rules.faults import (
    CategoryDrift,
    DstError,
    MissingDays,
    Mojibake,
    RenamedColumn,
    SwappedColumns,
    TimezoneShift,
    TruncatedText,
    UnitChange,
)
from seedbed.rules.formulas import check_condition
from seedbed.rules.planting import DATES, NUMBERS, TEXTS, OnDate, Planted
from seedbed.rules.scope import UNREAD, date_columns, resolve, visible, written_columns
from seedbed.rules.units import known_units

Loc = tuple[str | int, ...]
MOST_RENAMED = 20
"""Columns of one table that may be renamed: each starts files of its own."""


def check_faults(document: Document[Book], problems: Problems) -> None:
    """Adds the problems of a book's faults.

    Args:
        document: the book, its types checked.
        problems: where they go.
    """
    book = document.value
    renamed: dict[str, set[str]] = {name: set() for name in book.tables}
    faults: tuple[Any, ...] = book.faults  # None stands for one that could not be read; it has its own problem
    for number, fault in enumerate(faults):
        if fault is None:
            continue
        here: Loc = ("faults", number)
        table = book.tables.get(fault.of)
        if table is None:
            _unknown((*here, "of"), "unknown table", fault.of, book.tables, problems)
            continue
        if UNREAD in table.columns:
            continue
        right = [_check_column(table, fault, name, place, problems) for name, place in _places(fault, here)]
        if all(right):
            _check_kind(book, table, fault, here, problems)
        if isinstance(fault, Planted):
            _check_rows(document, table, fault, here, problems)
        elif isinstance(fault, RenamedColumn):
            _check_renamed(table, fault, renamed[fault.of], here, problems)


def _unknown(loc: Loc, words: str, found: str, near: Any, problems: Problems) -> None:
    problems.add(loc, words, found=found, near=tuple(near), reason=Reason.UNKNOWN_NAME, at_value=True)


def _places(fault: Any, here: Loc) -> list[tuple[str, Loc]]:
    """The columns a fault names, with their places."""
    if getattr(fault, "columns", None):
        return [(name, (*here, "columns", index)) for index, name in enumerate(fault.columns)]
    return [(name, (*here, "column")) for name in fault.names]


def _check_column(table: Table, fault: Any, name: str, place: Loc, problems: Problems) -> bool:
    column = table.columns.get(name)
    fitting = [other for other, one in table.columns.items() if not fault.types or one.type in fault.types]
    if column is None:
        _unknown(place, f"unknown column of table {fault.of!r}", name, fitting or table.columns, problems)
        return False
    if isinstance(column, Unread):
        return False
    if fault.types and column.type not in fault.types:
        words = f"{fault.kind} changes columns of type {_either(fault.types)}; {name!r} is of type {column.type}"
        problems.add(place, words, allowed=", ".join(fitting) or "no column of this table", at_value=True)
        return False
    if getattr(column, "hidden", False):
        problems.add(
            place, f"the column {name!r} is hidden: it is not written, so nothing can befall it", at_value=True
        )
        return False
    return True


def _either(types: tuple[str, ...]) -> str:
    return types[0] if len(types) == 1 else ", ".join(types[:-1]) + " or " + types[-1]


def _check_rows(document: Document[Book], table: Table, fault: Any, here: Loc, problems: Problems) -> None:
    """Which rows it befalls: condition, dates, entity."""
    book = document.value
    if fault.where is not None:
        check_condition(document, fault.of, (*here, "where"), fault.where, problems)
    if fault.by is not None:
        seen = resolve(book, fault.of, fault.by)
        if seen is None:
            near = [path for path in visible(book, fault.of) if _is_date(book, fault.of, path)]
            _unknown((*here, "by"), "unknown column", fault.by, near or visible(book, fault.of), problems)
        elif seen.column.type not in (*DATES, ""):
            words = f"'by' looks at a date; {fault.by!r} is of type {seen.column.type}"
            problems.add((*here, "by"), words, at_value=True)
    elif (fault.between is not None or isinstance(fault, MissingDays)) and not date_columns(table):
        key = "between" if fault.between is not None else "kind"
        words = f"days need a date, and table {fault.of!r} has no date or datetime column"
        problems.add((*here, key), words, allowed="add one, or name a parent's with 'by'", at_value=True)
    if isinstance(fault, OnDate) and fault.column is None:
        _check_only_date(table, fault, here, problems)
    per = getattr(fault, "per", None)
    if per is not None and per not in table.references:
        column = table.columns.get(per)
        if column is None:
            _unknown((*here, "per"), "unknown reference column", per, table.references or table.columns, problems)
        elif not isinstance(column, Unread):
            words = f"'per' is a reference column of this table; {per!r} is of type {column.type}"
            allowed = ", ".join(table.references) or "this table has none"
            problems.add((*here, "per"), words, allowed=allowed, at_value=True)


def _is_date(book: Book, table: str, path: str) -> bool:
    seen = resolve(book, table, path)
    return seen is not None and seen.column.type in DATES


def _check_only_date(table: Table, fault: Any, here: Loc, problems: Problems) -> None:
    fitting = written_columns(table, fault.types)
    unread = any(isinstance(column, Unread) for column in table.columns.values())
    if len(fitting) != 1 and not unread:
        count = f"{len(fitting)} columns" if fitting else "no column"
        words = f"{fault.kind}: table {fault.of!r} has {count} of type {_either(fault.types)}: say which with 'column'"
        problems.add((*here, "kind"), words, allowed=", ".join(fitting) or f"add a {fault.types[-1]} column")


def _check_kind(book: Book, table: Table, fault: Any, here: Loc, problems: Problems) -> None:
    """What is asked of one kind alone; its columns are there and fit."""
    zone = book.period.timezone if book.period else "UTC"
    if isinstance(fault, TimezoneShift | DstError) and book.period is not None and not hasattr(book.period, "start"):
        return  # the period could not be read; it has its own problem
    match fault:
        case UnitChange():
            for name in fault.names:
                unit = getattr(table.columns[name], "unit", None)
                if fault.scale(unit) is None:
                    _check_unit(fault, name, unit, here, problems)
        case SwappedColumns():
            one, other = (table.columns[name] for name in fault.columns)
            if fault.columns[0] == fault.columns[1]:
                problems.add((*here, "columns", 1), "a column cannot change places with itself", at_value=True)
            elif isinstance(one, IdColumn) or not _exchangeable(one, other):
                words = f"{one.type} and {other.type} cannot change places: one would not fit the other's column"
                allowed = "two columns of numbers, of text, or of one type"
                problems.add((*here, "columns"), words, allowed=allowed, at_value=True)
        case TimezoneShift() if fault.hours is None and (fault.to or "UTC") == zone:
            words = f"the book's own time zone is {zone}: nothing would shift"
            problems.add(
                (*here, "to" if fault.to else "kind"), words, allowed="hours: 5, or another 'to'", at_value=True
            )
        case DstError() if not _changes_clock(book):
            words = f"in {zone} no clock changes in the book's period"
            allowed = "a period with a time zone such as Europe/Paris, over spring or autumn"
            problems.add((*here, "kind"), words, allowed=allowed, at_value=True)
        case CategoryDrift() if fault.rename is not None and (known := _choices(table, fault)):
            for value in [value for value in fault.rename if value not in known]:
                problems.add((*here, "rename", value), "none of the column's choices", found=value, near=known)
        case Mojibake() if (known := _choices(table, fault)) and all(value.isascii() for value in known):
            words = "none of the column's choices has a letter that another encoding changes"
            problems.add((*here, "kind"), words, allowed="a column of text with letters such as é", at_value=True)
        case TruncatedText() if (known := _choices(table, fault)) and max(map(len, known)) <= fault.length:
            words = f"no choice of the column has more than {fault.length} letters: nothing is cut off"
            place = "length" if "length" in fault.model_fields_set else "kind"
            problems.add((*here, place), words, allowed=f"length: {max(1, max(map(len, known)) // 2)}", at_value=True)


def _choices(table: Table, fault: Any) -> tuple[str, ...]:
    """The choices of a fault's columns; none where a column has other values than choices."""
    columns = [table.columns[name] for name in fault.names]
    if not all(isinstance(column, CategoryChoices) for column in columns):
        return ()
    return tuple(dict.fromkeys(value for column in columns for value in getattr(column, "choices", ())))


def _check_unit(fault: UnitChange, name: str, unit: str | None, here: Loc, problems: Problems) -> None:
    before = fault.from_ or unit
    words = f"how to change the unit of {name!r} is not known"
    if before is None:
        words += ": the column has no unit"
    elif fault.to:
        words += f": {before} and {fault.to} are no known pair"
    else:
        words += f": there is no usual other unit for {before}"
    place: Loc = (*here, "to") if fault.to else (*here, "kind")
    near = known_units() if fault.to else ()
    allowed = "give 'factor', or 'from' and 'to' of a known pair such as °C and °F"
    problems.add(place, words, found=fault.to, allowed=allowed, near=near, at_value=True)


def _exchangeable(one: Any, other: Any) -> bool:
    if isinstance(one, ReferenceColumn) and isinstance(other, ReferenceColumn):
        return one.to == other.to
    families = (NUMBERS, TEXTS)
    return one.type == other.type or any(one.type in family and other.type in family for family in families)


def _changes_clock(book: Book) -> bool:
    if book.period is None:
        return False
    zone, day = ZoneInfo(book.period.timezone), dt.timedelta(days=1)
    noon = dt.datetime.combine(book.period.start, dt.time(12)) - day
    offsets = {(noon + day * number).replace(tzinfo=zone).utcoffset() for number in range(400)}
    return len(offsets) > 1


def _check_renamed(table: Table, fault: RenamedColumn, renamed: set[str], here: Loc, problems: Problems) -> None:
    taken = {name.lower(): name for name in table.columns}
    if fault.to.lower() in taken:
        words = f"the table has a column {taken[fault.to.lower()]!r} already"
        problems.add((*here, "to"), words, allowed="a name of its own", at_value=True)
    if fault.column in renamed:
        problems.add((*here, "column"), f"{fault.column!r} is renamed already", at_value=True)
    renamed.add(fault.column)
    if len(renamed) > MOST_RENAMED:
        problems.add(here, "too many renamed columns of one table", allowed=f"at most {MOST_RENAMED}")
