"""Rules of columns that are computed from others: formulas, and texts put together."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.expressions import Expression
from seedbed.rules.formats import TextFormat
from seedbed.rules.guard.absences import mask_of
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.parsing import DIGITS
from seedbed.rules.guard.reckoned import stretches
from seedbed.rules.guard.rules import Finding, Mask, Outcome, both, where_any
from seedbed.rules.reckoning import Unfit

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.views import View

_TIE = 1e-6
"""Of a decimal's last place: what binary fractions miss at a tie."""
_RELATIVE = 1e-9


@dataclass(frozen=True)
class Compared(ABC):
    """Values that are computed from others: compared to half of a decimal's last place, or 1e-9 of a number.

    Attributes:
        type: of the column.
        places: of a decimal.
    """

    type: str
    places: int

    @property
    @abstractmethod
    def inputs(self) -> frozenset[str]:
        """Columns it is computed from."""

    @property
    @abstractmethod
    def shown(self) -> str:
        """How it is computed, in words."""

    @abstractmethod
    def expected(self, view: View) -> pl.Series:
        """What it gives, before it is rounded."""

    def surely(self, view: View, name: str) -> bool:
        """Whether every value is right, where a look without detail can tell."""
        return False

    def judge(self, view: View, name: str) -> Outcome:
        """Computes the formula once and compares; where an input is missing the value may be anything or nothing."""
        values = view.column(name)
        if not values.null_count() and self.surely(view, name):
            return Outcome()
        expected = self.expected(view)
        differs, nothing = self._compared(view, name, values, expected)
        found: tuple[Finding, ...] = ()
        unsure = view.spoiled(self.inputs)
        if differs is not None:
            found = where_any(
                Code.FORMULA, f"differs from {self.shown}", differs if unsure is None else differs & ~unsure
            )
        if nothing is None:
            return Outcome(found, False if unsure is None else unsure)
        nulls = view.nulls(self.inputs)
        defined = nothing if nulls is None else nothing & ~nulls
        present = values.is_not_null().to_numpy() & defined if defined.any() else defined
        if unsure is not None:
            present, nothing = present & ~unsure, nothing | unsure
        words = f"has a value where {self.shown} gives none"
        return Outcome((*found, *where_any(Code.FORMULA, words, present)), nothing)

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
                wrong = both(view.moments(name) != view.zone.to_utc(whole), view.valid(name))
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
        return both(differs, view.valid(name)), nothing


@dataclass(frozen=True)
class Computed(Compared):
    """What a formula gives.

    Attributes:
        expression: the formula.
    """

    expression: Expression

    @property
    def inputs(self) -> frozenset[str]:
        """Columns of the formula."""
        return self.expression.columns

    @property
    def shown(self) -> str:
        """The formula, shortened."""
        text = " ".join(self.expression.text.split())
        return text if len(text) <= 120 else text[:117] + "..."

    def expected(self, view: View) -> pl.Series:
        """What the formula gives."""
        return view.evaluate(self.expression)

    def surely(self, view: View, name: str) -> bool:
        """Whether every number is what the formula gives, in few passes: mostly so, and nothing more is asked then."""
        if self.type not in {"integer", "decimal"}:
            return False
        numbers, scale = view.numbers(name), 10.0**self.places
        parts = stretches(view, self.expression)
        if parts is None:
            wanted = view.computed(self.expression)
            return wanted is not None and _close(wanted, numbers, scale)
        try:
            return all(
                (found.valid is None or bool(found.valid.all())) and _close(found.data, numbers[rows], scale)
                for rows, found in parts
            )
        except Unfit:
            return False


@dataclass(frozen=True)
class Joined(Compared):
    """Text put together from columns.

    Attributes:
        format: of the text.
        decimals: places of its columns that are decimals, by path.
        times: paths of its columns that are dates with a time.
    """

    format: TextFormat
    decimals: Mapping[str, int]
    times: frozenset[str]

    @property
    def inputs(self) -> frozenset[str]:
        """Columns of the format."""
        return frozenset(self.format.paths)

    @property
    def shown(self) -> str:
        """The format."""
        return self.format.text

    def expected(self, view: View) -> pl.Series:
        """The text of each row."""
        return view.texts(self.format.paths).select(self.format.expression(self.decimals, self.times)).to_series()


def _close(wanted: NDArray[Any], numbers: NDArray[np.int64], scale: float) -> bool:
    """Whether all numbers are those wanted, rounded; infinite and undefined ones are never this close."""
    if wanted.dtype == np.bool_:
        return False
    if wanted.dtype == np.int64 and scale == 1:
        return bool((wanted == numbers).all())
    with np.errstate(over="ignore", invalid="ignore"):
        apart = wanted * scale
        apart -= numbers
        return bool(np.abs(apart, out=apart).max(initial=0.0) <= 0.5 + _TIE)


def _plain(series: pl.Series) -> NDArray[Any]:
    """Values as numpy, anything where missing."""
    return np.asarray((series.fill_null(0) if series.null_count() else series).to_numpy())


def _nulls(series: pl.Series) -> Mask | None:
    return np.asarray(series.is_null().to_numpy()) if series.null_count() else None


def _unequal(values: pl.Series, expected: pl.Series) -> Mask | None:
    """Where both are there and differ."""
    wrong = values != expected
    return mask_of(wrong) if wrong.any() else None
