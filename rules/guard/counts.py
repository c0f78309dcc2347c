"""How many rows a table has, beside what it is made from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from seedbed.core.zones import Zone, day_number
from seedbed.rules.book import Book
from seedbed.rules.guard.batches import Breach, no_rows
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.identities import Combinations, Digit, Key
from seedbed.rules.guard.walks import owner_of, shown_by
from seedbed.rules.layouts import is_step, step_minutes
from seedbed.rules.parts import Part, bindings, parts_of

if TYPE_CHECKING:
    from seedbed.rules.guard.known import Parents
    from seedbed.rules.guard.views import View


class Counts:
    """Rows of a table of `each`, and those of each parent in a table of `children`.

    Args:
        book: a checked book.
        table: name of the table.
    """

    def __init__(self, book: Book, table: str) -> None:
        self._book, self._table = book, book.tables[table]
        self._rows = 0
        self._owner = owner_of(self._table) if self._table.children is not None else None
        self._number = shown_by(self._table, "number") if self._owner else None
        self._each = np.empty(0, np.int64)
        self._most = np.empty(0, np.int64)

    def add(self, view: View) -> None:
        """Counts a batch."""
        self._rows += view.rows
        if self._owner is None or not view.leads_somewhere(self._owner) or not view.has_reference(self._owner):
            return
        owners = view.positions(self._owner)
        there = owners >= 0
        if not there.any():
            return
        more = int(owners.max()) + 1 - len(self._each)
        if more > 0:
            self._each = np.concatenate((self._each, np.zeros(more + len(self._each), np.int64)))
            self._most = np.concatenate((self._most, np.zeros(len(self._each) - len(self._most), np.int64)))
        self._each += np.bincount(owners[there], minlength=len(self._each))
        if self._number is not None and view.has(self._number):
            np.maximum.at(self._most, owners[there], view.numbers(self._number)[there])

    def finish(self, parents: Mapping[str, Parents]) -> list[Breach]:
        """Remarks on the counts; those of parents the data lacks cannot be told."""
        if self._table.each is not None and self._table.keep is None:
            return self._combinations(parents)
        if self._owner is not None and self._table.children is not None:
            return self._children(parents)
        return []

    def _combinations(self, parents: Mapping[str, Parents]) -> list[Breach]:
        wanted = 1
        for item in self._table.each or ():
            if is_step(item):
                wanted *= _steps(self._book, item)
            elif item in parents:
                wanted *= parents[item].rows
            else:
                return []
        if wanted == self._rows:
            return []
        each = " x ".join(self._table.each or ())
        return [_remark(f"{self._rows:,} rows; one for each {each} makes {wanted:,}")]

    def _children(self, parents: Mapping[str, Parents]) -> list[Breach]:
        assert self._table.children is not None
        of, (low, high) = self._table.children.of, self._table.children.count.range
        if of not in parents or not self._rows:
            return []
        counts = np.zeros(parents[of].rows, np.int64)
        counts[: len(self._each)] = self._each[: len(counts)]
        found = []
        wrong = int(np.count_nonzero((counts < low) | (counts > high)))
        if wrong:
            found.append(_remark(f"{wrong:,} of {len(counts):,} rows of {of} have not {low} to {high} rows each"))
        gaps = int(np.count_nonzero(self._most[: len(self._each)] > self._each))
        if gaps and self._number is not None:
            found.append(_remark(f"in {gaps:,} rows of {of} some {self._number} is left out", self._number))
        return found


def _remark(words: str, column: str | None = None) -> Breach:
    return Breach(Code.COUNT, column, no_rows(), words, severity=Severity.WARN)


def combinations(book: Book, table: str, columns: frozenset[str]) -> Key:
    """The key of some columns; of the parts that the rows are made from, each combination by its number."""
    shown: dict[Part, str] = {}
    for name, part in bindings(book.tables[table]).items():
        shown.setdefault(part, name)
    parts = [part for part in parts_of(book.tables[table]) if shown.get(part) in columns]
    digits = [digit for part in parts if (digit := _digit(book, table, shown[part], part)) is not None]
    return Combinations(digits) if {digit.column for digit in digits} == columns else Key(columns)


def _digit(book: Book, table: str, column: str, part: Part) -> Digit | None:
    period, made = book.period, book.tables[table]
    if part.kind == "table":
        return Digit(column, 0)
    if part.kind == "number":
        most = made.process.most if made.process else made.children.count.range[1] if made.children else 0
        return Digit(column, most, begin=1) if most else None
    if part.kind != "step" or period is None:
        return None
    steps, minutes = _steps(book, part.name), step_minutes(part.name)
    if minutes is None:
        return Digit(column, steps, day_number(period.start))
    begin = Zone(period.timezone).moment(dt.datetime.combine(period.start, dt.time()))
    return Digit(column, steps, begin, minutes * 60_000)


def _steps(book: Book, item: str) -> int:
    """Steps of a clock or calendar in the book's period."""
    period = book.period
    if period is None:
        return 0
    minutes = step_minutes(item)
    if minutes is None:
        return (period.end - period.start).days + 1
    zone = Zone(period.timezone)
    begin, end = (
        zone.moment(dt.datetime.combine(day, dt.time())) for day in (period.start, period.end + dt.timedelta(days=1))
    )
    return -(-(end - begin) // (minutes * 60_000))
