"""Rare spellings of frequent values: `birmingxam` once, `birmingham` three hundred times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.guard.batches import Breach, no_rows
from seedbed.rules.guard.codes import Code, Severity

if TYPE_CHECKING:
    from seedbed.rules.guard.views import View

MOST_VALUES = 20_000
"""Different values at most: a column with more is none of values that come again and again."""
TIMES = 10
"""A value is rare beside another that occurs so many times as often."""
_KINDS = 64
_FAR = 99


class Spelling:
    """The values of one column: counts all of them first, then tells those that look like slips of a frequent one.

    Args:
        column: its name.
        most: different values at most.
    """

    def __init__(self, column: str, most: int = MOST_VALUES) -> None:
        self.column = column
        self.columns = (column,)
        self._most = most
        self._counts: dict[str, int] = {}
        self._lost = False
        self._slips: Mapping[str, str] | None = None

    def survey(self, view: View) -> None:
        """Counts the values of a batch."""
        import polars as pl

        if self._lost or not view.has(self.column):
            return
        counts = view.column(self.column).cast(pl.String).drop_nulls().value_counts(name="count")
        for text, count in counts.iter_rows():
            self._counts[text] = self._counts.get(text, 0) + count
        if len(self._counts) > self._most:
            self._counts, self._lost = {}, True

    def judge(self, view: View) -> Iterator[Breach]:
        """Rows whose value is a rare spelling of a frequent one."""
        import polars as pl

        if self._slips is None:
            self._slips = slips(self._counts)
        if not self._slips or not view.has(self.column):
            return
        texts = view.column(self.column).cast(pl.String)
        meant = texts.replace_strict(self._slips, default=None, return_dtype=pl.String)
        rows = np.flatnonzero(meant.is_not_null().to_numpy())
        if rows.size:
            details = pl.select(pl.format('perhaps "{}"', meant.gather(rows)).alias("detail")).to_series()
            words = "looks like a slip in a frequent value"
            yield Breach(Code.TYPO, self.column, rows, words, texts.gather(rows), Severity.WARN, details)

    def finish(self) -> Iterator[Breach]:
        """What could not be told."""
        if self._lost:
            words = f"has more than {self._most:,} different values; typos were not looked for"
            yield Breach(Code.TYPO, self.column, no_rows(), words, severity=Severity.WARN)


def slips(counts: Mapping[str, int]) -> dict[str, str]:
    """Rare values that differ in few letters from one that occurs `TIMES` as often.

    Args:
        counts: of each value.

    Returns:
        The value that was meant, by the rare one; of several the nearest, then the most frequent.
    """
    folded = {text: _folded(text) for text in counts}
    common = sorted((text for text in counts if counts[text] >= TIMES), key=lambda text: (-counts[text], text))
    if not common:
        return {}
    amounts = np.array([counts[text] for text in common])
    bags = np.stack([_bag(folded[text]) for text in common])
    found = {}
    for text, count in counts.items():
        allowed = most_edits(folded[text])
        many = int(np.searchsorted(-amounts, -count * TIMES, side="right"))
        if not allowed or not many:
            continue
        apart = np.abs(bags[:many] - _bag(folded[text])).sum(axis=1)
        best, nearest = None, allowed + 1
        for place in np.flatnonzero(apart <= 2 * allowed).tolist():
            distance = edits(folded[text], folded[common[place]], nearest - 1)
            if distance < nearest:
                best, nearest = common[place], distance
        if best is not None:
            found[text] = best
    return found


def most_edits(text: str) -> int:
    """Letters in which a slip may differ: about one in ten, none in texts too short to tell."""
    return 0 if len(text) < 4 else 1 if len(text) < 12 else 2 if len(text) < 30 else 3


def edits(one: str, other: str, most: int) -> int:
    """Letters to replace, leave out, put in or swap with their neighbour (optimal string alignment).

    Digits count and are not spelled: a text with another digit is another value, however near.

    Args:
        one: a text.
        other: a text.
        most: beyond it the answer may be any larger number.

    Returns:
        How many; more than `most` where there are more.
    """
    if abs(len(one) - len(other)) > most or most < 0:
        return _FAR
    before: list[int] = []
    row = [0]
    for letter in other:
        row.append(row[-1] + _price(letter))
    for i, mine in enumerate(one, 1):
        above, row, older = row, [row[0] + _price(mine)], before
        before = above
        for j, theirs in enumerate(other, 1):
            if mine == theirs:
                cost = above[j - 1]
            else:
                both = _FAR if mine.isdigit() and theirs.isdigit() else 1
                cost = min(above[j - 1] + both, above[j] + _price(mine), row[j - 1] + _price(theirs))
                if i > 1 and j > 1 and mine == other[j - 2] and one[i - 2] == theirs and not theirs.isdigit():
                    cost = min(cost, older[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return _FAR
    return row[-1]


def _price(letter: str) -> int:
    return _FAR if letter.isdigit() else 1


def _folded(text: str) -> str:
    return " ".join(text.casefold().split())


def _bag(text: str) -> NDArray[np.int16]:
    """How often each kind of letter occurs; texts d edits apart differ in at most 2 d of them."""
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32) % _KINDS
    return np.bincount(codes, minlength=_KINDS).astype(np.int16)
