"""Checks of effects that look at the calendar: the period says what they need, and the row has a date to look at."""

from __future__ import annotations

from collections.abc import Set

from seedbed.core.documents import Problems
from seedbed.core.errors import Reason
from seedbed.rules.book import Book
from seedbed.rules.columns import Column
from seedbed.rules.effects import CalendarEffect, HolidayEffect, HourEffect, TrendEffect
from seedbed.rules.scope import date_columns, resolve, unread, visible

Loc = tuple[str | int, ...]
_DATES = frozenset({"date", "datetime"})


def check_calendar(
    book: Book, table: str, column: Column, effect: CalendarEffect, here: Loc, problems: Problems
) -> None:
    """Checks one effect of one column.

    Args:
        book: the book.
        table: of the column.
        column: that has the effect.
        effect: what looks at the calendar.
        here: its place in the file.
        problems: where to add what is wrong.
    """
    _check_period(book, effect, here, problems)
    if column.type not in _DATES:
        _check_watched(book, table, effect, here, problems)


def _check_period(book: Book, effect: CalendarEffect, here: Loc, problems: Problems) -> None:
    period = book.period
    here = (*here, effect.kind)
    if isinstance(effect, TrendEffect) and period is None:
        words = "trend counts the years from the start of the period, and the book has no period"
        allowed = "add 'period: {start: 2025-01-01, end: 2025-12-31}' at the top"
        problems.add(here, words, allowed=allowed)
    elif isinstance(effect, HolidayEffect) and (period is None or ("start" in vars(period) and not period.holidays)):
        words = "whose holidays? The period does not say"
        allowed = "add holidays to the period, a country or a country and its subdivision, such as 'holidays: CA-QC'"
        problems.add(here, words, allowed=allowed)


def _check_watched(book: Book, table: str, effect: CalendarEffect, here: Loc, problems: Problems) -> None:
    """The date a number's effect looks at exists and is of a fitting type."""
    kind, columns = effect.kind, book.tables[table].columns
    types, what = (frozenset({"datetime"}), "datetime") if isinstance(effect, HourEffect) else (_DATES, "date")
    if effect.by is not None:
        seen = resolve(book, table, effect.by)
        here = (*here, "by")
        if seen is None:
            near = _paths(book, table, types) or tuple(visible(book, table))
            problems.add(here, "unknown column", found=effect.by, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)
        elif seen.column.type not in {*types, ""}:
            words = f"{kind} looks at a {what}; {effect.by!r} is of type {seen.column.type}"
            allowed = ", ".join(_paths(book, table, types)) or f"no {what} in sight"
            problems.add(here, words, allowed=allowed, at_value=True)
        return
    own = date_columns(book.tables[table])
    allowed = ", ".join(_paths(book, table, types)[:6]) or f"add a {what} column"
    if len(own) == 1 and columns[own[0]].type not in types:
        words = f"{kind} looks at a {what}, and {own[0]!r} is of type {columns[own[0]].type}: say which with 'by'"
        problems.add((*here, kind), words, allowed=allowed)
    elif len(own) != 1 and not unread(book.tables[table]):
        how_many = f"{len(own)} dates" if own else "no date of its own"
        words = f"{kind} on a number looks at a date of the row, and this table has {how_many}: say which with 'by'"
        problems.add((*here, kind), words, allowed=allowed)


def _paths(book: Book, table: str, types: Set[str]) -> list[str]:
    """What a row can name that is of one of the types."""
    seen = ((path, resolve(book, table, path)) for path in visible(book, table))
    return [path for path, end in seen if end is not None and end.column.type in types]
