"""Effects on a number's typical value: factors per row."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators import calendars
from seedbed.generators.blocks import MOST_KEPT, Block
from seedbed.generators.formulas import Condition
from seedbed.generators.quantiles import Floats, normal_quantile, rounded
from seedbed.generators.values import Values


class Effect(Protocol):
    """What multiplies the typical value.

    Attributes:
        name: what the person calls it, such as `season` or `per store`.
    """

    @property
    def name(self) -> str:
        """What the person calls it."""

    def factors(self, block: Block) -> Any:
        """(N,) factors of the block's rows."""


@dataclass(frozen=True)
class DayEffect:
    """A factor for the day that a date or datetime column of the row shows; 1 where it is missing.

    Attributes:
        name: what the person calls it.
        by: the column's path.
        table: factor of every day, of `calendars`.
    """

    name: str
    by: str
    table: Floats

    def factors(self, block: Block) -> Floats:
        """(N,) factors."""
        values, form = block.get(self.by), block.table.form(self.by)
        days = values.data
        if form.type == "datetime":
            days = form.zone.to_local(days) // calendars.DAY
        return _where_valid(values, calendars.factor_of_days(self.table, days))


@dataclass(frozen=True)
class ClockEffect:
    """A factor for the time of the day, to the minute, that a datetime column shows; 1 where it is missing.

    Attributes:
        name: what the person calls it.
        by: the column's path.
        minutes: (1440,) factors of the local clock's minutes.
    """

    name: str
    by: str
    minutes: Floats

    def factors(self, block: Block) -> Floats:
        """(N,) factors."""
        values = block.get(self.by)
        local = block.table.form(self.by).zone.to_local(values.data)
        return _where_valid(values, self.minutes[local % calendars.DAY // 60_000])


def _where_valid(values: Values, factors: Floats) -> Floats:
    return factors if values.valid is None else np.where(values.valid, factors, 1.0)


@dataclass(frozen=True)
class RowEffect:
    """A factor of its own for each row: exp(spread z), z standard normal.

    Attributes:
        name: what the person calls it.
        key: of the draws.
        spread: standard deviation of the factor's logarithm.
    """

    name: str
    key: int
    spread: float

    def factors(self, block: Block) -> Floats:
        """(N,) factors."""
        return rounded(np.exp(self.spread * normal_quantile(block.units(self.key))))


@dataclass(frozen=True)
class CalibratedEffect:
    """The same factor on every row, so that an expectation is met.

    Attributes:
        name: for people.
        factor: what multiplies.
    """

    name: str
    factor: float

    def factors(self, block: Block) -> Floats:
        """(N,) factors."""
        return np.full(len(block), self.factor)


@dataclass(frozen=True)
class ConditionEffect:
    """A factor where a condition holds, 1 elsewhere.

    Attributes:
        name: what the person calls it.
        condition: decides.
        factor: where it holds.
    """

    name: str
    condition: Condition
    factor: float

    def factors(self, block: Block) -> Floats:
        """(N,) factors."""
        return np.where(self.condition.holds(block), self.factor, 1.0)


@dataclass
class EntityEffect:
    """A factor of its own for each entity: exp(spread z), z standard normal, keyed by the entity's row.

    Attributes:
        name: what the person calls it.
        key: of the entities' draws.
        reference: column that leads to the entity.
        spread: standard deviation of the factor's logarithm.
        entities: rows of the entity's table.
    """

    name: str
    key: int
    reference: str
    spread: float
    entities: int
    _kept: Floats | None = None

    def factors(self, block: Block) -> Floats:
        """(N,) factors; 1 where the entity is missing."""
        values = block.get(self.reference)
        if self.entities <= MOST_KEPT:
            if self._kept is None:
                self._kept = self._of(np.arange(self.entities, dtype=np.int64))
            factors = self._kept.take(values.data)
        else:
            factors = self._of(values.data)
        return _where_valid(values, factors)

    def _of(self, rows: NDArray[np.int64]) -> Floats:
        return rounded(np.exp(self.spread * normal_quantile(keys.unit_at(self.key, rows))))
