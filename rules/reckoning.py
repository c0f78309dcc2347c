"""Trees of numbers and truth values, computed in numpy: what polars gives, bit for bit, without its detours.

Whole numbers have 64 bits and wrap around; with a fraction on either side both are float64. Missing values follow SQL's
three-valued logic. A tree that meets a column of another kind cannot be computed here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.arithmetic import Tree

Mask = NDArray[np.bool_]


class Unfit(Exception):
    """The tree meets a column or a mixture of types that is computed elsewhere."""


@dataclass(slots=True)
class Result:
    """Values of a tree on N rows.

    Attributes:
        data: (N,) int64, float64 or bool; a number where it is the same on every row. Anything where missing.
        valid: (N,) False where missing; None where nothing is.
        fresh: whether the array is nobody else's and may be written over.
        finite: whether no infinity can be in it: in columns there is none.
    """

    data: Any
    valid: Mask | None = None
    fresh: bool = False
    finite: bool = False


class Columns(Protocol):
    """The rows a tree is computed on."""

    def __len__(self) -> int:
        """How many."""

    def column(self, path: str) -> Result:
        """A column: whole numbers, float64 (of decimals too) or truth values.

        Raises:
            Unfit: it is of another kind.
        """

    def valid(self, path: str) -> Mask | None:
        """Where a column of any kind has a value; None where everywhere."""

    def equal(self, path: str, text: str, equal: bool) -> Result:
        """Where a column of categories is a text, or is not.

        Raises:
            Unfit: it is no such column.
        """


_ARITHMETIC = {"+": np.add, "-": np.subtract, "*": np.multiply}
_COMPARISONS = {
    "=": np.equal,
    "<>": np.not_equal,
    "<": np.less,
    "<=": np.less_equal,
    ">": np.greater,
    ">=": np.greater_equal,
}


def computed(tree: Tree, rows: Columns) -> Result:
    """Computes a tree on some rows.

    Raises:
        Unfit: it cannot be computed here.
    """
    kind = tree[0]
    match tree:
        case ("column", str(path)):
            return rows.column(path)
        case ("number", number):
            return Result(number)
        case ("text", _):
            raise Unfit
        case ("is null", ("column", str(path))):
            valid = rows.valid(path)
            return Result(np.zeros(len(rows), np.bool_) if valid is None else ~valid, None, fresh=True)
        case ("not", tuple(inner)):
            return _negated(computed(inner, rows))
        case ("=" | "<>", ("column", str(path)), ("text", str(text))):
            return rows.equal(path, text, kind == "=")
        case ("=" | "<>", ("text", str(text)), ("column", str(path))):
            return rows.equal(path, text, kind == "=")
    _, first, second = tree
    assert isinstance(first, tuple)
    assert isinstance(second, tuple)
    left, right = computed(first, rows), computed(second, rows)
    if kind in {"and", "or"}:
        return _logic(left, right, kind == "and")
    if kind in _COMPARISONS:
        return _compared(_COMPARISONS[str(kind)], left, right)
    return _quotient(left, right) if kind == "/" else _reckoned(_ARITHMETIC[str(kind)], left, right)


def _negated(inner: Result) -> Result:
    if not _is_truth(inner.data):
        raise Unfit
    return Result(np.logical_not(inner.data, out=inner.data if inner.fresh else None), inner.valid, fresh=True)


def _logic(left: Result, right: Result, both: bool) -> Result:
    if not (_is_truth(left.data) and _is_truth(right.data)):
        raise Unfit
    join = np.logical_and if both else np.logical_or
    data = join(left.data, right.data)
    if left.valid is None and right.valid is None:
        return Result(data, None, fresh=True)
    sides = []
    for side in (left, right):
        # One side alone decides where it is there, and false for 'and', true for 'or'.
        decides = ~side.data if both else side.data
        sides.append(decides if side.valid is None else decides & side.valid)
    valid = _both(left.valid, right.valid) | sides[0] | sides[1]
    known = [side.data if side.valid is None else (side.data & side.valid) for side in (left, right)]
    if both:
        return Result(data, valid, fresh=True)
    return Result(join(*known), valid, fresh=True)


def _reckoned(operator: Any, left: Result, right: Result) -> Result:
    _numbers(left, right)
    if operator is np.subtract and not isinstance(left.data, np.ndarray) and left.data == 0:
        return Result(np.negative(right.data), right.valid, fresh=True)  # as polars: of 0.0 it makes -0.0
    out = next((side.data for side in (left, right) if side.fresh and side.data.dtype == np.float64), None)
    with np.errstate(over="ignore", invalid="ignore"):
        return Result(operator(left.data, right.data, out=out), _both(left.valid, right.valid), fresh=True)


def _quotient(left: Result, right: Result) -> Result:
    _numbers(left, right)
    valid = _both(left.valid, right.valid)
    if not isinstance(right.data, np.ndarray):
        if right.data == 0:
            return Result(np.zeros(len(left.data)), np.zeros(len(left.data), np.bool_), fresh=True)
        # As polars does: one division, then products.
        with np.errstate(over="ignore", invalid="ignore"):
            return Result(left.data * (1.0 / right.data), valid, fresh=True)
    zero = right.data == 0
    if zero.any():
        valid = ~zero if valid is None else valid & ~zero
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        return Result(np.true_divide(left.data, np.where(zero, 1, right.data)), valid, fresh=True)


def _compared(operator: Any, left: Result, right: Result) -> Result:
    if _is_truth(left.data) != _is_truth(right.data):
        raise Unfit
    for side in (left, right):
        # Infinities and what comes of them are ordered differently elsewhere; only sums and products have any.
        if side.fresh and not side.finite and side.data.dtype == np.float64 and not np.isfinite(side.data).all():
            raise Unfit
    return Result(operator(left.data, right.data), _both(left.valid, right.valid), fresh=True)


def _numbers(left: Result, right: Result) -> None:
    if _is_truth(left.data) or _is_truth(right.data):
        raise Unfit


def _is_truth(data: Any) -> bool:
    return isinstance(data, np.ndarray) and data.dtype == np.bool_


def _both(left: Mask | None, right: Mask | None) -> NDArray[Any] | Any:
    if left is None or right is None:
        return right if left is None else left
    return left & right
