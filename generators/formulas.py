"""Columns computed from the row and its parents: formulas, conditions, cases."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError
from seedbed.generators.arithmetic import Result, computed_by
from seedbed.generators.blocks import Block, Maker
from seedbed.generators.forms import MOST_UNITS
from seedbed.generators.targets import Target
from seedbed.generators.values import Mask, Values, Words, concatenated, texts
from seedbed.rules.expressions import Expression

if TYPE_CHECKING:
    import polars as pl

HALF = 0.5 + 1e-6
"""Half a step, and a millionth for ties that binary fractions missed: 3 * 4.05 * 0.7 is 8.505 and becomes 8.51."""


@dataclass(frozen=True)
class Evaluator:
    """An expression bound to a column.

    Attributes:
        target: the column.
        expression: parsed.
    """

    target: Target
    expression: Expression

    def numbers(self, block: Block) -> Result | None:
        """Numbers or truth values without polars, where the expression has nothing else in it."""
        return computed_by(self.expression, block)

    def of(self, block: Block) -> pl.Series:
        """One value per row."""
        import polars as pl

        names = sorted(self.expression.columns)
        frame = pl.DataFrame([block.series(name) for name in names] or [pl.Series("", np.zeros(len(block), np.int8))])
        try:
            return self.expression.evaluate(frame)
        except DataError as error:
            raise self.target.refuse(
                error.message,
                found=self.expression.text,
                repair="change the formula so that it fits its columns' types",
            ) from None


@dataclass(frozen=True)
class Condition:
    """A condition on rows; where it is missing it does not hold.

    Attributes:
        evaluator: of its expression.
        column: the name where the condition is one boolean column alone, which needs no evaluation.
    """

    evaluator: Evaluator
    column: str | None

    def holds(self, block: Block) -> Mask:
        """(N,) where it holds."""
        if self.column is not None:
            return block.get(self.column).holds()
        found = self.evaluator.numbers(block)
        if found is not None and found.data.dtype == np.bool_:
            return np.asarray(found.data if found.valid is None else found.data & found.valid)
        import polars as pl

        try:
            held = self.evaluator.of(block).cast(pl.Boolean).fill_null(False)
        except pl.exceptions.PolarsError as error:
            target = self.evaluator.target
            raise target.refuse(
                "the condition gives no truth value",
                found=f"{self.evaluator.expression.text}: {error}",
                repair="compare with something, such as `quantity > 3`",
            ) from None
        return np.asarray(held.to_numpy())


@dataclass(frozen=True)
class FormulaMaker:
    """Values of a formula, in the column's type.

    Division by zero and whatever else has no finite value is missing; so is a number beyond the type. Rows where that
    happens though nothing the formula reads is missing are counted in the block's `undefined`.
    """

    evaluator: Evaluator

    def make(self, block: Block) -> Values:
        """One value per row."""
        target = self.evaluator.target
        values = from_result(target, self.evaluator.numbers(block))
        if values is None:
            values = from_series(target, self.evaluator.of(block))
        if values.valid is not None:
            lost = ~values.valid
            for name in self.evaluator.expression.columns:
                inputs = block.get(name).valid
                if inputs is not None:
                    lost &= inputs
            count = int(np.count_nonzero(lost))
            if count:
                block.undefined[target.column] += count
        return values


def from_result(target: Target, result: Result | None) -> Values | None:
    """A formula's numbers as values of the column's type, as `from_series` makes them; None where that has to."""
    if result is None:
        return None
    data, valid, type = result.data, result.valid, target.type
    if valid is not None and valid.all():
        valid = None
    if type in {"boolean", "integer"} and data.dtype == (np.bool_ if type == "boolean" else np.int64):
        return Values(data if valid is None else np.where(valid, data, np.zeros(1, data.dtype)), valid)
    if type not in {"integer", "number", "decimal"} or data.dtype == np.bool_:
        return None
    if valid is not None:
        data = np.where(valid, data, 0.0)
    elif data.dtype != np.float64 or not result.fresh:
        data = data.astype(np.float64)
    if data.size and not (np.isfinite(data.min()) and np.isfinite(data.max())):
        finite = np.isfinite(data)
        data, valid = np.where(finite, data, 0.0), finite if valid is None else valid & finite
    if type == "number":
        return Values(data, valid)
    return _rounded(data, target.places if type == "decimal" else 0, valid)


def from_series(target: Target, series: pl.Series) -> Values:
    """A formula's result as values of the column's type.

    Numbers are rounded half away from zero, to whole numbers or to the decimal's places, by decimal arithmetic's
    rule: a product that is a tie on paper is a tie here.

    Args:
        target: the column.
        series: what the expression gave.

    Raises:
        DataError: the result is of another kind than the column.
    """
    import polars as pl

    kind = series.dtype
    if kind == pl.Null:
        return _missing(target, len(series))
    valid: Mask | None = None
    if series.null_count():
        valid = series.is_not_null().to_numpy()
    try:
        if target.type in {"category", "text"}:
            return texts(series.cast(pl.String).to_arrow())
        if target.type == "boolean":
            return Values(series.cast(pl.Boolean).fill_null(False).to_numpy(), valid)
        if target.type == "date":
            days = series.cast(pl.Date).cast(pl.Int64)
            return Values(_filled(days), valid)
        if target.type == "datetime":
            moments = _filled(series.cast(pl.Datetime("ms")).cast(pl.Int64))
            return Values(target.zone.to_utc(moments), valid)
        if not (kind.is_numeric() or kind == pl.Boolean):
            raise TypeError(f"{kind} is no number")
        if kind.is_integer() and target.type == "integer":
            return Values(_filled(series.cast(pl.Int64)), valid)
        numbers = np.array(series.cast(pl.Float64).fill_null(0.0).to_numpy())
        if target.type == "number":
            return Values(numbers, valid)
    except (pl.exceptions.PolarsError, TypeError) as error:
        raise target.refuse(
            f"the formula does not give a {target.type}",
            found=str(error).splitlines()[0],
            repair="change the formula or the column's type",
        ) from None
    return _rounded(numbers, target.places if target.type == "decimal" else 0, valid)


def _filled(series: pl.Series) -> Any:
    return np.array(series.fill_null(0).to_numpy()) if series.null_count() else series.to_numpy()


def _rounded(numbers: Any, places: int, valid: Mask | None) -> Values:
    if places:
        with np.errstate(over="ignore"):
            numbers *= 10.0**places
    least, most = (float(numbers.min()), float(numbers.max())) if len(numbers) else (0.0, 0.0)
    numbers += HALF if least >= 0 else np.copysign(HALF, numbers)
    if not -MOST_UNITS + 1 < least <= most < MOST_UNITS - 1:
        fits = np.abs(numbers) < float(MOST_UNITS)
        numbers[~fits] = 0
        valid = fits if valid is None else valid & fits
    return Values(numbers.astype(np.int64), valid)


def _missing(target: Target, count: int) -> Values:
    valid = np.zeros(count, np.bool_)
    match target.type:
        case "category" | "text":
            return Values(np.zeros(count, np.int32), valid, Words(Words.of([""]).texts, fixed=False))
        case "boolean":
            return Values(np.zeros(count, np.bool_), valid)
        case "number":
            return Values(np.zeros(count), valid)
        case _:
            return Values(np.zeros(count, np.int64), valid)


@dataclass(frozen=True)
class ConstantMaker:
    """One value on every row; missing on every row where it is None."""

    target: Target
    value: Any

    @cached_property
    def _one(self) -> Values:
        if self.value is None:
            return _missing(self.target, 1)
        match self.target.type:
            case "category" | "text":
                return Values(np.zeros(1, np.int16), None, Words.of([self.value]))
            case "boolean":
                return Values(np.array([self.value], np.bool_))
            case "number":
                return Values(np.array([self.value], np.float64))
            case "integer":
                return Values(np.array([self.value], np.int64))
            case "decimal":
                return _rounded(np.array([float(self.value)]), self.target.places, None)
            case "date":
                from seedbed.generators.calendars import day_number

                return Values(np.array([day_number(self.value)], np.int64))
            case _:
                import datetime as dt

                moment = self.value
                if not isinstance(moment, dt.datetime):
                    moment = dt.datetime.combine(moment, dt.time())
                return Values(np.array([self.target.zone.moment(moment)], np.int64))

    def make(self, block: Block) -> Values:
        """The value on the block's rows."""
        one, count = self._one, len(block)
        valid = None if one.valid is None else np.full(count, one.valid[0])
        return Values(np.full(count, one.data[0]), valid, one.words)


@dataclass(frozen=True)
class CasesMaker:
    """The first branch whose condition holds gives the row's value.

    Attributes:
        branches: condition (None for `otherwise`) and source.
    """

    branches: tuple[tuple[Condition | None, Maker], ...]

    def make(self, block: Block) -> Values:
        """One value per row; each branch is computed on its own rows alone."""
        where, parts = [], []
        for here, maker in self.split(block):
            whole = here.size == len(block)
            parts.append(maker.make(block if whole else block.part(here)))
            where.append(here)
        return scattered(len(block), where, parts)

    def split(self, block: Block) -> Iterator[tuple[NDArray[np.int64], Maker]]:
        """Which branch makes which rows.

        Yields:
            (K,) positions in the block, 1 or more, and the branch's maker.
        """
        rest: NDArray[np.int64] | None = None
        for condition, maker in self.branches:
            if condition is None:
                here = np.arange(len(block), dtype=np.int64) if rest is None else rest
            elif rest is None:
                holds = condition.holds(block)
                here, rest = np.flatnonzero(holds), np.flatnonzero(~holds)
            else:
                holds = condition.holds(block).take(rest)
                # Positions are taken by number: by a mask costs numpy three times as much.
                here, rest = rest.take(np.flatnonzero(holds)), rest.take(np.flatnonzero(~holds))
            if here.size:
                yield here, maker


def scattered(count: int, where: Sequence[Any], parts: Sequence[Values]) -> Values:
    """Values of parts put at their positions."""
    if len(parts) == 1:
        return parts[0]
    if all(part.words is parts[0].words and part.valid is None for part in parts):
        data = np.empty(count, np.result_type(*(part.data.dtype for part in parts)))
        for here, part in zip(where, parts, strict=True):
            data[here] = part.data
        return Values(data, None, parts[0].words)
    joined = concatenated(parts)
    positions = np.concatenate(where)
    data = np.empty(count, joined.data.dtype)
    data[positions] = joined.data
    valid = None
    if joined.valid is not None:
        valid = np.empty(count, np.bool_)
        valid[positions] = joined.valid
    return Values(data, valid, joined.words)
