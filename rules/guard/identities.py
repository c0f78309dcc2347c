"""Columns that tell the rows of a table apart together."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.guard.batches import Breach
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.uniques import Seen, hashes

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.views import View

_MOST = 2**62
_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


class Key:
    """A composite key: no two rows have the same values in all its columns.

    Args:
        columns: of the key.
        severity: of a row whose key was there already.
    """

    def __init__(self, columns: Iterable[str], severity: Severity = Severity.REJECT) -> None:
        self.columns = tuple(sorted(columns))
        self._severity = severity
        self._seen = Seen(hashed=True)

    def repeats(self, view: View) -> NDArray[np.bool_] | None:
        """Where a key was there before; None where none was."""
        return self._seen.repeats(*combined(view, self.columns))

    def judge(self, view: View) -> list[Breach]:
        """Rows whose key was there before; rows where a part of it is missing have none."""
        again = self.repeats(view)
        if again is None:
            return []
        words = f"{', '.join(self.columns)}: this combination was there already in an earlier row"
        return [Breach(Code.NOT_UNIQUE, None, np.flatnonzero(again), words, None, self._severity)]


@dataclass(frozen=True)
class Digit:
    """One part of a row's number among all combinations.

    Attributes:
        column: that shows it.
        base: how many there are; of a reference 0: as many as its parent has rows.
        begin: the first, in the column's numbers (moments in milliseconds).
        step: from one to the next.
    """

    column: str
    base: int
    begin: int = 0
    step: int = 1


class Combinations(Key):
    """A key of the parts a row is made from: each combination has a number, and numbers in order cost next to nothing.

    Args:
        digits: the parts, the last changes fastest.
        severity: of a row whose key was there already.
    """

    def __init__(self, digits: Sequence[Digit], severity: Severity = Severity.REJECT) -> None:
        super().__init__([digit.column for digit in digits], severity)
        self._digits = tuple(digits)
        self._numbered = Seen()

    def repeats(self, view: View) -> NDArray[np.bool_] | None:
        """As of a key; rows of unknown parents, or beside the steps, are at fault already and have no number."""
        references = [digit.column for digit in self._digits if not digit.base]
        if not all(map(view.leads_somewhere, references)):
            return super().repeats(view)
        bases = (digit.base or view.parent_rows(digit.column) for digit in self._digits)
        if prod(bases) > _MOST:
            return super().repeats(view)
        numbers = np.zeros(view.rows, np.int64)
        valid: NDArray[np.bool_] | None = None
        for digit in self._digits:
            place, base, there = self._place(view, digit)
            numbers *= base
            numbers += place
            if there is None and place.size and (place.min() < 0 or place.max() >= base):
                there = np.ones(view.rows, np.bool_)
            if there is not None:
                there = there & (place >= 0) & (place < base)
                valid = there if valid is None else valid & there
        return self._numbered.repeats(numbers, valid)

    def _place(self, view: View, digit: Digit) -> tuple[NDArray[np.int64], int, NDArray[np.bool_] | None]:
        if not digit.base:
            return view.positions(digit.column), view.parent_rows(digit.column), None
        numbers = view.moments(digit.column) if view.is_moment(digit.column) else view.numbers(digit.column)
        there = view.valid(digit.column)
        place = numbers.astype(np.int64) - digit.begin
        if digit.step == 1:
            return place, digit.base, there
        whole = place // digit.step
        on = whole * digit.step == place
        if not on.all():
            there = on if there is None else there & on
        return whole, digit.base, there


def combined(view: View, columns: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """One key from several columns.

    Args:
        view: of the batch.
        columns: of the key, in its order.

    Returns:
        (N,) 64 bits for each combination, and where all of its parts are there; None for everywhere.
    """
    keys: NDArray[np.uint64] = np.zeros(view.rows, np.uint64)
    valid: NDArray[np.bool_] | None = None
    for name in columns:
        values = view.column(name)
        # A whole number may be text where another table shows it.
        parts = view.moments(name) if view.is_moment(name) else hashes(_as_text(values))
        keys = _mixed(keys ^ parts.view(np.uint64))
        there = view.valid(name)
        if there is not None:
            valid = there if valid is None else valid & there
    return keys.view(np.int64), valid


def _as_text(values: pl.Series) -> pl.Series:
    import polars as pl

    return values.cast(pl.String) if values.dtype.is_integer() else values


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Stirs 64 bits (the finalizer of splitmix64), so that a change of any bit changes half of them."""
    keys = (keys + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(_MIX[0])
    keys ^= keys >> np.uint64(31)
    keys *= np.uint64(_MIX[1])
    keys ^= keys >> np.uint64(29)
    return keys
