"""What a column's source lets its values be: one small class for each kind of source, with its code and words.

A rule looks at a whole batch and gives masks over all of its rows, or nothing where every row is right. Missing values
break no rule here; where a source itself gives none is said by `Outcome.missing`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core.words import listed
from seedbed.rules.expressions import Expression
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.codings import CodeMap
from seedbed.rules.guard.parsing import DIGITS, mask_of

if TYPE_CHECKING:
    import polars as pl

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


def _and(mask: Mask, valid: Mask | None) -> Mask:
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
            found += where_any(Code.OUT_OF_RANGE, self.words[0], _and(numbers < low, valid))
        if most > high:
            found += where_any(Code.OUT_OF_RANGE, self.words[1], _and(numbers > high, valid))
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
        off = _and((numbers - self.begin * scale) % (self.step * scale) != 0, view.valid(name))
        return Outcome(where_any(Code.PATTERN, f"lies on no step of {self.shown}", off))


@dataclass(frozen=True)
class AllOf:
    """Several rules at once."""

    rules: tuple[Rule, ...]

    @property
    def inputs(self) -> frozenset[str]:
        """Those of all rules."""
        return frozenset().union(*(rule.inputs for rule in self.rules))

    def judge(self, view: View, name: str) -> Outcome:
        """What any of them finds."""
        return Outcome([finding for rule in self.rules for finding in rule.judge(view, name).findings])


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
            wrong = _and(self._map.map(column) == 0, column.valid)
        else:
            inside = values.is_in(self.choices)
            if inside.all():
                return Outcome(missing=empty)
            wrong = mask_of(~inside)
        return Outcome(where_any(Code.UNKNOWN_CHOICE, self.words, wrong), empty)


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
            return Outcome(where_any(Code.CASE, words, _and(view.numbers(name) != self.value, view.valid(name))))
        if not self.moments and view.limits(name) == (self.value, self.value):
            return Outcome()
        numbers = view.moments(name) if self.moments else view.numbers(name)
        return Outcome(where_any(Code.CASE, words, _and(numbers != self.value, view.valid(name))))


_TIE = 1e-6
"""Of a decimal's last place: what binary fractions miss at a tie."""
_RELATIVE = 1e-9


@dataclass(frozen=True)
class Computed:
    """What a formula gives, to half of a decimal's last place, or 1e-9 of a number.

    Attributes:
        type: of the column.
        places: of a decimal.
        expression: the formula.
    """

    type: str
    places: int
    expression: Expression

    @property
    def inputs(self) -> frozenset[str]:
        """Columns of the formula."""
        return self.expression.columns

    @cached_property
    def words(self) -> str:
        """What was expected."""
        text = " ".join(self.expression.text.split())
        return f"differs from {text if len(text) <= 120 else text[:117] + '...'}"

    def judge(self, view: View, name: str) -> Outcome:
        """Computes the formula once and compares; where an input is missing the value may be anything or nothing."""
        values = view.column(name)
        if not values.null_count() and self._surely(view, name):
            return Outcome()
        expected = view.evaluate(self.expression)
        differs, nothing = self._compared(view, name, values, expected)
        found: tuple[Finding, ...] = ()
        unsure = view.spoiled(self.inputs)
        if differs is not None:
            found = where_any(Code.FORMULA, self.words, differs if unsure is None else differs & ~unsure)
        if nothing is None:
            return Outcome(found, False if unsure is None else unsure)
        nulls = view.nulls(self.inputs)
        defined = nothing if nulls is None else nothing & ~nulls
        present = values.is_not_null().to_numpy() & defined if defined.any() else defined
        if unsure is not None:
            present, nothing = present & ~unsure, nothing | unsure
        words = f"has a value where {self.words.removeprefix('differs from ')} gives none"
        return Outcome((*found, *where_any(Code.FORMULA, words, present)), nothing)

    def _surely(self, view: View, name: str) -> bool:
        """Whether every number is what the formula gives, in few passes: mostly so, and nothing more is asked then."""
        if self.type not in {"integer", "decimal"}:
            return False
        wanted = view.computed(self.expression)
        if wanted is None:
            return False
        # Infinite and undefined results are never this close.
        wanted = wanted * 10.0**self.places
        wanted -= view.numbers(name)
        return bool(np.abs(wanted, out=wanted).max(initial=0.0) <= 0.5 + _TIE)

    def _compared(
        self, view: View, name: str, values: pl.Series, expected: pl.Series
    ) -> tuple[Mask | None, Mask | None]:
        """Where value and formula differ, and where the formula gives nothing."""
        import polars as pl

        if expected.dtype == pl.Null:
            return None, np.ones(view.rows, np.bool_)
        match self.type:
            case "category" | "text":
                texts = expected.cast(pl.String)
                if view.raw and texts.null_count() < len(texts):
                    # A CSV reader cannot always tell an empty text from none.
                    texts = texts.zip_with(texts != "", pl.Series([None], dtype=pl.String))
                return _unequal(values.cast(pl.String), texts), _nulls(texts)
            case "boolean":
                truth = expected.cast(pl.Boolean)
                return _unequal(values, truth), _nulls(truth)
            case "date":
                days = expected.cast(pl.Date)
                return _unequal(values, days), _nulls(days)
            case "datetime":
                local = expected.cast(pl.Datetime("ms")).cast(pl.Int64)
                missing = local.null_count() > 0
                whole = (local.fill_null(0) if missing else local).to_numpy()
                nothing = _nulls(local)
                wrong = _and(view.moments(name) != view.zone.to_utc(whole), view.valid(name))
                return (wrong if nothing is None else wrong & ~nothing), nothing
        if self.type == "integer" and expected.dtype.is_integer():
            return _unequal(values, expected.cast(pl.Int64)), _nulls(expected)
        return self._numbers(view, name, expected)

    def _numbers(self, view: View, name: str, expected: pl.Series) -> tuple[Mask | None, Mask | None]:
        import polars as pl

        nothing = _nulls(expected)
        wanted = _plain(expected if expected.dtype == pl.Float64 else expected.cast(pl.Float64))
        numbers = view.numbers(name).astype(np.float64)
        if self.type == "number":
            slack = np.maximum(np.abs(numbers), np.abs(wanted))
            slack *= _RELATIVE
            slack += 1e-12
        else:
            wanted = wanted * 10.0**self.places if self.places else wanted
            large = np.abs(wanted) >= 10.0**DIGITS - 1
            if large.any():
                # Beyond the type there is no value.
                nothing = large if nothing is None else nothing | large
            slack = np.abs(numbers)
            slack *= 1e-12
            slack += 0.5 + _TIE
        numbers -= wanted
        differs = ~(np.abs(numbers, out=numbers) <= slack)
        if not differs.any():
            return None, nothing
        if nothing is not None:
            differs &= ~nothing
        return _and(differs, view.valid(name)), nothing


def _plain(series: pl.Series) -> NDArray[Any]:
    """Values as numpy, anything where missing."""
    return np.asarray((series.fill_null(0) if series.null_count() else series).to_numpy())


def _nulls(series: pl.Series) -> Mask | None:
    return np.asarray(series.is_null().to_numpy()) if series.null_count() else None


def _unequal(values: pl.Series, expected: pl.Series) -> Mask | None:
    """Where both are there and differ."""
    wrong = values != expected
    return mask_of(wrong) if wrong.any() else None


@dataclass(frozen=True)
class Switched:
    """Another rule for each value of another column.

    Attributes:
        path: the column.
        rules: by its values, as text.
        plain: for all others, and where there is none.
    """

    path: str
    rules: Mapping[str, Rule]
    plain: Rule

    @property
    def inputs(self) -> frozenset[str]:
        """The column looked at, and those of all rules."""
        return frozenset({self.path}).union(*(rule.inputs for rule in (self.plain, *self.rules.values())))

    @cached_property
    def _map(self) -> CodeMap:
        return CodeMap(self._numbers)

    def _numbers(self, texts: pl.Series) -> NDArray[np.int64]:
        import polars as pl

        values = list(self.rules)
        numbers = texts.replace_strict(values, range(1, len(values) + 1), default=0, return_dtype=pl.Int64)
        return np.array(numbers.fill_null(0).to_numpy())

    def judge(self, view: View, name: str) -> Outcome:
        """Each rule judges all rows, and counts on its own."""
        import polars as pl

        switch = view.series(self.path)
        if "." not in self.path and view.coded(self.path):
            column = view.codes(self.path)
            numbers = self._map.map(column)
            if column.valid is not None:
                numbers[~column.valid] = 0
        else:
            numbers = self._numbers(switch.cast(pl.String))
        unsure = view.spoiled([self.path])
        found: list[Finding] = []
        missing: Mask | None = unsure
        for number, (value, rule) in enumerate([("", self.plain), *self.rules.items()]):
            outcome = rule.judge(view, name)
            if not outcome.findings and outcome.missing is False:
                continue
            here = numbers == number
            for finding in outcome.findings:
                mask = finding.mask & here if unsure is None else finding.mask & here & ~unsure
                if mask.any():
                    place = f" ({self.path} is {value})" if number else ""
                    found.append(Finding(finding.code, finding.words + place, mask))
            if outcome.missing is not False:
                none = here if outcome.missing is True else here & outcome.missing
                missing = none if missing is None else missing | none
        return Outcome(found, False if missing is None else missing)


@dataclass(frozen=True)
class Branch:
    """A branch of `cases`.

    Attributes:
        when: its condition, None for `otherwise`.
        rule: of its source.
    """

    when: Expression | None
    rule: Rule

    @property
    def place(self) -> str:
        """In words, where the branch applies."""
        return "otherwise" if self.when is None else f"where {' '.join(self.when.text.split())}"


@dataclass(frozen=True)
class Cases:
    """The first branch whose condition holds says what the value may be."""

    branches: tuple[Branch, ...]
    inputs: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = [branch.rule.inputs | (branch.when.columns if branch.when else frozenset()) for branch in self.branches]
        object.__setattr__(self, "inputs", frozenset().union(*names))

    def judge(self, view: View, name: str) -> Outcome:
        """Each branch judges all rows, and counts on its own; rows whose condition cannot be told are left alone."""
        rest: Mask | None = None
        unsure: Mask | None = None
        found: list[Finding] = []
        missing: Mask | None = None
        for branch in self.branches:
            if branch.when is None:
                here = rest
            else:
                holds = view.holds(branch.when)
                here = holds if rest is None else holds & rest
                rest = ~holds if rest is None else rest & ~holds
                spoiled = view.spoiled(branch.when.columns)
                if spoiled is not None:
                    unsure = spoiled if unsure is None else unsure | spoiled
                if not here.any():
                    continue
            outcome = branch.rule.judge(view, name)
            for finding in outcome.findings:
                mask = finding.mask if here is None else finding.mask & here
                if unsure is not None:
                    mask = mask & ~unsure
                if mask.any():
                    found.append(Finding(finding.code, f"{finding.words} ({branch.place})", mask))
            if outcome.missing is not False:
                everywhere = np.ones(view.rows, np.bool_) if here is None else here
                none = everywhere if outcome.missing is True else everywhere & outcome.missing
                missing = none if missing is None else missing | none
        if unsure is not None:
            missing = unsure if missing is None else missing | unsure
        return Outcome(found, False if missing is None else missing)
