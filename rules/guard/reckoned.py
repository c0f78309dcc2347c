"""Expressions of numbers and truth values on a batch, without polars.

A stretch of rows at a time, so that what lies between two steps stays in the processor's cache.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.arithmetic import tree_of
from seedbed.rules.expressions import Expression
from seedbed.rules.reckoning import Result, Unfit, computed

if TYPE_CHECKING:
    from seedbed.rules.guard.views import View

Mask = NDArray[np.bool_]

STRETCH = 1 << 15
"""Rows of a stretch: 256 KiB of each column."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows [start, stop) of a view."""

    view: View
    start: int
    stop: int

    def __len__(self) -> int:
        return self.stop - self.start

    def column(self, path: str) -> Result:
        """A column of the table or of a parent; a decimal as float64.

        Raises:
            Unfit: it holds neither numbers nor truth values.
        """
        first, _, rest = path.partition(".")
        if rest:
            data, there = self.view.kept(first, rest)
            positions = self.view.places(first, self.start, self.stop)
            valid = None if there is None else np.take(there, positions, mode="clip")
            if positions.min(initial=0) < 0:
                valid = positions >= 0 if valid is None else valid & (positions >= 0)
            return Result(np.take(data, positions, mode="clip"), valid, fresh=True, finite=True)
        numbers = self.view.numbers(first)[self.start : self.stop]
        kind, valid = self.view.column(first).dtype, self.valid(first)
        if kind.is_decimal():
            return Result(numbers / 10.0**kind.scale, valid, fresh=True, finite=True)  # type: ignore[attr-defined]
        if numbers.dtype not in (np.int64, np.float64, np.bool_) or kind.is_temporal():
            raise Unfit
        return Result(numbers, valid, finite=True)

    def valid(self, path: str) -> Mask | None:
        """Where a column of the table has a value.

        Raises:
            Unfit: the column is a parent's.
        """
        if "." in path:
            raise Unfit
        valid = self.view.valid(path)
        return None if valid is None else valid[self.start : self.stop]

    def equal(self, path: str, text: str, equal: bool) -> Result:
        """Texts are for polars.

        Raises:
            Unfit: always.
        """
        raise Unfit


def stretches(view: View, expression: Expression) -> Iterator[tuple[slice, Result]] | None:
    """What an expression gives, stretch by stretch; None where it is not of this kind.

    Args:
        view: of the batch, which has the expression's columns.
        expression: to compute.
    """
    tree = tree_of(expression.text)
    if tree is None or tree[0] == "number":
        return None
    try:
        computed(tree, Stretch(view, 0, 0))
    except Unfit:
        return None
    rows = (slice(start, min(start + STRETCH, view.rows)) for start in range(0, view.rows, STRETCH))
    return ((each, computed(tree, Stretch(view, each.start, each.stop))) for each in rows)


def truths(view: View, expression: Expression) -> tuple[Mask, Mask | None] | None:
    """A condition; None where it is not of this kind.

    Args:
        view: of the batch, which has the condition's columns.
        expression: the condition.

    Returns:
        (rows,) its truth values, anything where missing, and where it is there: None for everywhere.
    """
    parts = stretches(view, expression)
    if parts is None:
        return None
    data = np.empty(view.rows, np.bool_)
    valid: Mask | None = None
    try:
        for rows, found in parts:
            if found.data.dtype != np.bool_:
                return None
            data[rows] = found.data
            if found.valid is not None:
                valid = np.ones(view.rows, np.bool_) if valid is None else valid
                valid[rows] = found.valid
    except Unfit:
        # Of infinite numbers.
        return None
    return data, valid
