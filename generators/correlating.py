"""The weights of correlated columns, worked out before anything is written.

A copula has a correlation of its own; effects, ties, `by`, missing values and constraints all change what comes of it.
So the finished columns are computed on a sample of rows, and the weights changed until the rank correlation there is
the one asked for.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.core.errors import DataError
from seedbed.generators.blocks import Block, TableMaker
from seedbed.generators.copulas import Blend, CopulaDraw, PartnerRanks, Ranks, both, spearman
from seedbed.generators.quantiles import Floats
from seedbed.generators.targets import Target
from seedbed.generators.values import Values

SAMPLE = 1 << 16
"""Rows of the sample."""
_CLOSE = 1e-3
_MOST_STEPS = 25
_MOST_SETTLED = 0.98
"""Greatest weight of a column that constraints draw again: at 1 it follows from its partner, and never changes."""
_PLACES = 2.0**24


@dataclass
class Correlating:
    """Works out one column's weights.

    Attributes:
        target: the column.
        table: it is in; all that the column is computed from is compiled, and its parents settled.
        draw: whose weights are set.
        wanted: path and rank correlation of each partner.
        placed: whether the row's place in the table matters to the values, so that the sample must be spread over it.
        key: of the partners' cells and the sample.
    """

    target: Target
    table: TableMaker
    draw: CopulaDraw
    wanted: tuple[tuple[str, float], ...]
    placed: bool
    key: int
    _kept: Block | None = field(default=None, repr=False)

    def prepare(self) -> None:
        """Learns the partners' ranks on rows as this column is first drawn; starts with weights for normal columns."""
        draft = Block(self.table, rows=self._rows(), draft=self._settles)
        partners = []
        for path, _ in self.wanted:
            values = draft.get(path)
            present = values.data if values.valid is None else values.data[values.valid]
            key = keys.key(self.key, "apart", path)
            partners.append(PartnerRanks(path, key, Ranks(present) if len(present) else None))
        self.draw.partners = tuple(partners)
        self._set(draft, np.array([2 * math.sin(math.pi * r / 6) for _, r in self.wanted]))

    def solve(self) -> None:
        """Sets the weights.

        Raises:
            DataError: a correlation cannot be reached; says which can.
        """
        weights = np.array([2 * math.sin(math.pi * r / 6) for _, r in self.wanted])
        if len(weights) == 1:
            self._solve_one(float(weights[0]))
        else:
            self._solve_many(weights)
        self.table.forget()

    def _solve_one(self, start: float) -> None:
        """Steps away from the first guess until the answer lies between, then straight lines (the Illinois method)."""
        [(_, wanted)] = self.wanted
        near, at_near = start, self._off(start)
        if abs(at_near) < _CLOSE / 4:
            return
        end = math.copysign(_MOST_SETTLED if self._settles else 1.0, -at_near)
        for share in (0.15, 0.4, 0.7, 1.0):
            far = start + (end - start) * share
            try:
                at_far = self._off(far)
            except DataError:  # a constraint cannot be met so far out
                raise self._refusal(0, *sorted((at_near + wanted, self._other_end(-end) + wanted))) from None
            if at_near * at_far <= 0:
                break
            near, at_near = far, at_far
        else:
            if abs(at_near) > _CLOSE:
                raise self._refusal(0, *sorted((at_near + wanted, self._other_end(-end) + wanted)))
            return
        side = 0
        for _ in range(_MOST_STEPS):
            weight = near - at_near * (far - near) / (at_far - at_near)
            off = self._off(weight)
            if abs(off) < _CLOSE / 4:
                break
            if off * at_near > 0:
                near, at_near = weight, off
                at_far *= 0.5 if side > 0 else 1.0
                side = 1
            else:
                far, at_far = weight, off
                at_near *= 0.5 if side < 0 else 1.0
                side = -1

    def _off(self, weight: float) -> float:
        """How far the correlation that comes of a weight is from the one wanted."""
        return float(self._measured(np.array([weight]))[0]) - self.wanted[0][1]

    def _other_end(self, end: float) -> float:
        """As `_off`, as far on the other side as constraints let it be."""
        for share in (1.0, 0.7, 0.4):
            with contextlib.suppress(DataError):
                return self._off(end * share)
        return self._off(0.0)

    def _solve_many(self, weights: Floats) -> None:
        """Broyden's method, from the slopes of jointly normal columns."""
        wanted = np.array([r for _, r in self.wanted])
        block = Block(self.table, rows=self._rows(), draft=self._settles)
        numbers = np.array([partner.scores(block) for partner in self.draw.partners])
        slopes = 3 / math.pi * np.corrcoef(numbers)
        weights = np.linalg.lstsq(slopes, wanted, rcond=1e-6)[0]
        best, least = weights, math.inf
        off = self._measured(weights) - wanted
        for _ in range(_MOST_STEPS):
            if np.max(np.abs(off)) < least:
                best, least = weights, float(np.max(np.abs(off)))
            if least < _CLOSE / 2:
                break
            step = np.linalg.lstsq(slopes, -off, rcond=1e-6)[0]
            after = self._measured(weights + step) - wanted
            slopes = slopes + np.outer(after - off - slopes @ step, step) / max(float(step @ step), 1e-12)
            weights, off = weights + step, after
        found = self._measured(best)
        if least > _CLOSE * 3:
            worst = int(np.argmax(np.abs(found - wanted)))
            raise self._refusal(worst, *([float(found[worst])] * 2))

    def _measured(self, weights: Floats) -> Floats:
        """The rank correlation with each partner that comes of weights, on the finished rows of the sample."""
        rows, total = self._rows(), np.zeros(len(weights))
        settles = self._settles
        base = self._base(rows)
        self._set(Block(self.table, rows=rows, draft=True) if settles else base, weights)
        for mirrored in (False, True):
            self.draw.mirrored = mirrored
            if settles:
                block = Block(self.table, rows=rows)
                own = block.get(self.target.column)
            else:
                block = base
                own = self.table.columns[self.target.column].maker.make(block)
            total += [_correlation(block.get(path), own) for path, _ in self.wanted]
        self.draw.mirrored = False
        return total / 2

    @property
    def _settles(self) -> bool:
        """Whether constraints draw the column again."""
        return self.table.redraws is not None and self.target.column in self.table.redraws.columns

    def _base(self, rows: NDArray[np.int64]) -> Block:
        """The sample's rows with what the column is computed from; kept between measurements."""
        if self._kept is None:
            self._kept = Block(self.table, rows=rows)
        return self._kept

    def _set(self, block: Block, weights: Floats) -> None:
        draw = self.draw
        weights = np.rint(weights * _PLACES) / _PLACES
        draw.weights = tuple(weights.tolist())
        if len(weights) == 1:
            draw.weights = (min(max(draw.weights[0], -1.0), 1.0),)
            draw.strength = abs(draw.weights[0])
            return
        sums = draw.sums(block)
        draw.blend = Blend.of(sums)
        draw.strength = round(min(float(np.std(sums)), 1.0) * _PLACES) / _PLACES

    def _rows(self) -> NDArray[np.int64]:
        """Rows of the sample.

        Where the place does not matter they are the first, also beyond the table's end: so more or fewer rows change
        no value.
        """
        if not self.placed:
            return np.arange(SAMPLE, dtype=np.int64)
        cells = keys.cells(keys.key(self.key, "sample"), 0, SAMPLE)
        return np.asarray((cells % np.uint64(max(self.table.rows, 1))).astype(np.int64))

    def _refusal(self, which: int, low: float, high: float) -> Any:
        path, wanted = self.wanted[which]
        low, high = math.ceil(low * 100) / 100, math.floor(high * 100) / 100
        several = len(self.wanted) > 1
        return self.target.refuse(
            f"a rank correlation of {wanted:g} with {path} cannot be reached",
            found=wanted,
            allowed=f"beside the others {high:.2f} at most" if several and low > wanted else f"{low:.2f} to {high:.2f}",
            repair="ask for less, or look at what else decides the values: equal values, effects, a narrow range",
        )


def _correlation(partner: Values, own: Values) -> float:
    valid = both(partner.valid, own.valid)
    if valid is None:
        return spearman(partner.data, own.data)
    return spearman(partner.data[valid], own.data[valid]) if valid.sum() > 1 else 0.0
