"""What a column's source lets its values be: one small class for each kind of source, with its code and words.

A rule looks at a whole batch and gives masks over all of its rows, or nothing where every row is right. Missing values
break no rule here; where a source itself gives none is said by `Outcome.missing`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core.words import listed
from seedbed.rules.guard.absences import mask_of
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.codings import CodeMap

if TYPE_CHECKING:
    from seedbed.rules.guard.views import View

Mask = NDArray[np.bool_]


@dataclass(frozen=True)
class Finding:
    """Rows that break a rule.

    Attributes:
        code: kind of fault.
        words: what was expected.
        mask: (rows,) where.
    """

    code: Code
    words: str
    mask: Mask


@dataclass(frozen=True)
class Outcome:
    """What a rule says of a batch.

    Attributes:
        findings: rows that break it.
        missing: where the source itself gives no value: nowhere, everywhere, or a mask.
    """

    findings: Sequence[Finding] = ()
    missing: Mask | bool = False


class Rule(Protocol):
    """What a source lets the values of a column be."""

    @property
    def inputs(self) -> frozenset[str]:
        """Columns it looks at, beside its own."""

    def judge(self, view: View, name: str) -> Outcome:
        """Judges a column of a batch."""


def both(mask: Mask, valid: Mask | None) -> Mask:
    """Rows of a mask that have a value."""
    return mask if valid is None else mask & valid


def where_any(code: Code, words: str, mask: Mask) -> tuple[Finding, ...]:
    """A finding, unless no row is in it."""
    return (Finding(code, words, mask),) if mask.any() else ()


@dataclass(frozen=True)
class Anything:
    """Every value of the type is right."""

    inputs: frozenset[str] = frozenset()

    def judge(self, view: View, name: str) -> Outcome:
        """Nothing to find."""
        return Outcome()


@dataclass(frozen=True)
class Within:
    """Numbers, days or moments within bounds.

    Attributes:
        low: smallest, in the column's units (of a decimal's last place, days, milliseconds).
        high: largest, in the same, included.
        words: for a value below, and for one above.
        moments: whether they are moments, whose columns may count finer than milliseconds.
    """

    low: float
    high: float
    words: tuple[str, str]
    moments: bool = False
    inputs: frozenset[str] = frozenset()

    def judge(self, view: View, name: str) -> Outcome:
        """Least and greatest value first: mostly they are right, and so are all between."""
        least, most = view.limits(name)
        if least is None:
            return Outcome()
        low, high = self.low, self.high
        if self.moments and (scale := view.scale(name)) > 1:
            low, high = low * scale, (high + 1) * scale - 1
        found: tuple[Finding, ...] = ()
        numbers, valid = view.numbers(name), view.valid(name)
        if least < low:
            found += where_any(Code.OUT_OF_RANGE, self.words[0], both(numbers < low, valid))
        if most > high:
            found += where_any(Code.OUT_OF_RANGE, self.words[1], both(numbers > high, valid))
        return Outcome(found)


@dataclass(frozen=True)
class OnStep:
    """Moments on the steps of a clock that starts with the period.

    Attributes:
        begin: first moment, ms UTC.
        step: ms from one to the next.
        shown: the step in words, such as `15 min`.
    """

    begin: int
    step: int
    shown: str
    inputs: frozenset[str] = frozenset()

    def judge(self, view: View, name: str) -> Outcome:
        """Real time since the start is a whole number of steps, whatever the clock did in between."""
        numbers, scale = view.numbers(name), view.scale(name)
        off = both((numbers - self.begin * scale) % (self.step * scale) != 0, view.valid(name))
        return Outcome(where_any(Code.PATTERN, f"lies on no step of {self.shown}", off))


@dataclass(frozen=True)
class OneOf:
    """One of some texts."""

    choices: tuple[str, ...]
    inputs: frozenset[str] = frozenset()

    @cached_property
    def words(self) -> str:
        """What was expected."""
        return f"is none of the choices {listed(self.choices)}"

    @cached_property
    def _map(self) -> CodeMap:
        return CodeMap(lambda texts: texts.is_in(self.choices).to_numpy().astype(np.int64))

    def judge(self, view: View, name: str) -> Outcome:
        """Codes are looked up where there are some."""
        values = view.column(name)
        # A CSV reader cannot always tell an empty text from none.
        empty = view.raw and "" in self.choices
        if view.coded(name):
            column = view.codes(name)
            if self._map.least(column) > 0:
                return Outcome(missing=empty)
            wrong = both(self._map.map(column) == 0, column.valid)
        else:
            inside = values.is_in(self.choices)
            if inside.all():
                return Outcome(missing=empty)
            wrong = mask_of(~inside)
        return Outcome(where_any(Code.UNKNOWN_CHOICE, self.words, wrong), empty)


@dataclass(frozen=True)
class Matches:
    """Text of a form.

    Attributes:
        regex: of the whole text.
        shown: the pattern as written.
    """

    regex: str
    shown: str
    inputs: frozenset[str] = frozenset()

    @cached_property
    def _empty(self) -> bool:
        import polars as pl

        return bool(pl.Series([""]).str.contains(self.regex)[0])

    def judge(self, view: View, name: str) -> Outcome:
        """Compares the text from its start to its end."""
        import polars as pl

        # A CSV reader cannot always tell an empty text from none.
        empty = view.raw and self._empty
        values = view.column(name)
        right = (values if values.dtype == pl.String else values.cast(pl.String)).str.contains(self.regex)
        if right.all():
            return Outcome(missing=empty)
        return Outcome(where_any(Code.PATTERN, f"has not the form {self.shown}", mask_of(~right)), empty)


@dataclass(frozen=True)
class Exactly:
    """One value, or none.

    Attributes:
        value: in the column's units; a text; None where the cell is missing.
        shown: the value in words.
        moments: whether it is a moment.
    """

    value: Any
    shown: str
    moments: bool = False
    inputs: frozenset[str] = frozenset()

    def judge(self, view: View, name: str) -> Outcome:
        """Compares."""
        if self.value is None:
            values = view.column(name)
            if values.null_count() == len(values):
                return Outcome(missing=True)
            return Outcome(
                where_any(Code.CASE, "has a value where none is expected", mask_of(values.is_not_null())), True
            )
        words = f"is not {self.shown}"
        if isinstance(self.value, str):
            outcome = OneOf((self.value,)).judge(view, name)
            return Outcome([Finding(Code.CASE, words, found.mask) for found in outcome.findings], outcome.missing)
        if isinstance(self.value, bool):
            return Outcome(where_any(Code.CASE, words, both(view.numbers(name) != self.value, view.valid(name))))
        if not self.moments and view.limits(name) == (self.value, self.value):
            return Outcome()
        numbers = view.moments(name) if self.moments else view.numbers(name)
        return Outcome(where_any(Code.CASE, words, both(numbers != self.value, view.valid(name))))
