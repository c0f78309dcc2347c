"""From a column or branch of the rule book to what computes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from seedbed.core.errors import DataError, Reason
from seedbed.generators.blocks import Block, Maker, TableMaker
from seedbed.generators.dates import day_maker, moment_maker
from seedbed.generators.effects import effect_makers
from seedbed.generators.formulas import CasesMaker, Condition, ConstantMaker, Evaluator, FormulaMaker
from seedbed.generators.numbers import range_maker
from seedbed.generators.picks import MOST_ENTRIES, Picker, below, shuffled, uniform, zipf_weights
from seedbed.generators.pools import pool_maker
from seedbed.generators.spots import Spot
from seedbed.generators.values import Values, Words
from seedbed.rules.expressions import Expression
from seedbed.rules.sources import Chance, Choices, DateRange, DatetimeRange, Faked, Formula, NumberRange


@dataclass(frozen=True)
class RowMaker:
    """Ids: the row itself."""

    def make(self, block: Block) -> Values:
        """Row numbers from 0; the form adds 1 and the format."""
        return Values(block.rows)


@dataclass(frozen=True)
class ChoiceMaker:
    """Weighted categories."""

    key: int
    picker: Picker
    words: Words

    def make(self, block: Block) -> Values:
        """One category per row."""
        return Values(self.picker.pick(block.cells(self.key)), None, self.words)


@dataclass(frozen=True)
class ChanceMaker:
    """True with a probability."""

    key: int
    chance: float

    def make(self, block: Block) -> Values:
        """One truth value per row."""
        return Values(below(block.cells(self.key), self.chance))


@dataclass(frozen=True)
class UniformReferenceMaker:
    """Rows of another table, equally likely."""

    key: int
    parent: TableMaker

    def make(self, block: Block) -> Values:
        """One parent row per row."""
        return Values(uniform(block.cells(self.key), self.parent.rows))


@dataclass
class WeightedReferenceMaker:
    """Rows of another table by weight.

    Attributes:
        key: of the draws.
        picker: makes the choice among `rows`, or among all rows of the parent; built when first used.
    """

    key: int
    picker: Callable[[], tuple[Picker, Any]]
    _built: tuple[Picker, Any] | None = None

    def make(self, block: Block) -> Values:
        """One parent row per row."""
        if self._built is None:
            self._built = self.picker()
        picker, rows = self._built
        entries = picker.pick(block.cells(self.key))
        return Values(entries.astype(np.int64) if rows is None else rows[entries])


@dataclass(frozen=True)
class MissingMaker:
    """Values of which a share is missing."""

    maker: Maker
    key: int
    share: float

    def make(self, block: Block) -> Values:
        """The values, some missing."""
        return self.maker.make(block).masked(~below(block.cells(self.key), self.share))


def column_maker(spot: Spot, column: Any, dates: tuple[str, ...]) -> Maker:
    """Compiles a column.

    Args:
        spot: where it stands; its table's earlier columns and parents are compiled.
        column: model of the rule book.
        dates: date and datetime columns of its table.
    """
    maker: Maker
    if column.source == "id":
        return RowMaker()
    if column.source == "reference":
        maker = reference_maker(spot, column)
    elif column.source == "cases":
        maker = cases_maker(spot, column.cases, dates)
    else:
        maker = source_maker(spot, column, dates)
    if column.missing:
        maker = MissingMaker(maker, spot.key("missing"), column.missing)
    return maker


def source_maker(spot: Spot, source: Any, dates: tuple[str, ...]) -> Maker:
    """Compiles a source of a column or branch."""
    match source:
        case NumberRange():
            return range_maker(spot, source, effect_makers(spot, source.effects, dates))
        case DatetimeRange():
            return moment_maker(spot, source)
        case DateRange():
            return day_maker(spot, source)
        case Choices():
            weights = np.array(list(source.choices.values()), dtype=np.float64)
            return ChoiceMaker(spot.key("value"), Picker(weights), Words.of(list(source.choices)))
        case Chance():
            return ChanceMaker(spot.key("value"), source.chance)
        case Faked():
            return pool_maker(spot, source)
        case Formula():
            return FormulaMaker(Evaluator(spot, Expression.parse(source.formula)))
    raise TypeError(f"no maker for {type(source).__name__}")


def cases_maker(spot: Spot, cases: tuple[Any, ...], dates: tuple[str, ...]) -> CasesMaker:
    """Compiles `cases`."""
    branches: list[tuple[Condition | None, Maker]] = []
    for number, case in enumerate(cases):
        here = spot.in_branch(number)
        if hasattr(case, "otherwise"):
            condition, source = None, case.otherwise
        else:
            condition, source = Condition.of(spot, case.when), case
        if hasattr(source, "value"):
            source = source.value
        known = isinstance(source, NumberRange | DateRange | DatetimeRange | Choices | Chance | Faked | Formula)
        branches.append((condition, source_maker(here, source, dates) if known else ConstantMaker(here, source)))
    return CasesMaker(tuple(branches))


def reference_maker(spot: Spot, column: Any) -> Maker:
    """Compiles a reference."""
    parent = spot.tables[column.to]
    key = spot.key("value")
    if column.weight is None and column.skew is None:
        return UniformReferenceMaker(key, parent)
    if parent.rows > MOST_ENTRIES:
        raise DataError(
            "too many parents for 'weight' or 'skew'",
            reason=Reason.TOO_LARGE,
            where=f"{spot.table.name}.{spot.column}",
            found=f"{parent.rows:,} rows of {parent.name}",
            allowed=f"{MOST_ENTRIES:,}",
            repair=f"leave 'weight' and 'skew' out, or give {parent.name} fewer rows",
        )
    if column.skew is not None:
        return WeightedReferenceMaker(key, _Popularity(spot.key("popularity"), parent, column.skew))
    return WeightedReferenceMaker(key, _Weights(spot, parent, column.weight))


@dataclass(frozen=True)
class _Popularity:
    """Zipf over the parents, in an order decided by the key."""

    key: int
    parent: TableMaker
    skew: float

    def __call__(self) -> tuple[Picker, Any]:
        return Picker(zipf_weights(self.parent.rows, self.skew)), shuffled(self.key, self.parent.rows)


@dataclass(frozen=True)
class _Weights:
    """The parent's own numbers as weights."""

    spot: Spot
    parent: TableMaker
    column: str

    def __call__(self) -> tuple[Picker, Any]:
        values = self.parent.whole(self.column)
        weights = self.parent.form(self.column).numbers(values)
        if values.valid is not None:
            weights = np.where(values.valid, weights, 0.0)
        if np.any(weights < 0):
            raise self.spot.refuse(
                f"a weight is negative: {self.parent.name}.{self.column}",
                found=float(weights.min()),
                repair="refer to a column whose range starts at 0 or above",
            )
        if not np.any(weights > 0):
            raise self.spot.refuse(
                f"all weights are 0: {self.parent.name}.{self.column}", repair="give some row a weight over 0"
            )
        return Picker(weights), None
