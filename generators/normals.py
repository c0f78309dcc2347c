"""The standard normal distribution as tables, both ways."""

from __future__ import annotations

import math
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.quantiles import Cells, Floats, Knots, folded, normal_quantile, read_one, rounded

_KNOTS = Knots(octaves=40, step_bits=6)
_MOST = 8.5
_STEP = 2.0**-9


@lru_cache(maxsize=1)
def _quantiles() -> Floats:
    lower = normal_quantile(_KNOTS.tails)
    table = np.concatenate([lower, -lower])
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def _distribution() -> Floats:
    count = round(2 * _MOST / _STEP) + 2
    table = rounded(np.array([math.erfc((_MOST - k * _STEP) / math.sqrt(2)) / 2 for k in range(count)]))
    table.setflags(write=False)
    return table


def scores(cells: Cells) -> Floats:
    """Uniform cells to standard normal numbers, rising with the cell; error under 2e-5."""
    return read_one(_quantiles(), folded(cells), _KNOTS)


def cells_of_units(units: Floats) -> NDArray[np.uint64]:
    """Numbers in [0, 1) to cells."""
    return np.asarray((np.minimum(units, 1 - 2.0**-53) * 2.0**64).astype(np.uint64))


def cells_of_scores(numbers: Floats) -> NDArray[np.uint64]:
    """Standard normal numbers to uniform cells, rising with the number; error of the probability under 2e-7."""
    place = (np.clip(numbers, -_MOST, _MOST) + _MOST) * (1 / _STEP)
    knot = place.astype(np.int64)
    place -= knot
    table = _distribution()
    low = table[knot]
    return cells_of_units(low + (table[knot + 1] - low) * place)
