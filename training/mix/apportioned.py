"""Which of several sources an image comes from: each by its weight, and as evenly as whole numbers allow."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.int64]


@lru_cache(maxsize=16)
def turns(weights: tuple[int, ...]) -> tuple[Counts, Counts]:
    """One period of the order of sources; it repeats for ever.

    R. Tijdeman (1980), "The chairman assignment problem", Discrete Mathematics 32: after any k entries source i was
    taken k weights[i] / sum times, less than one off; at most 1 - 1 / (2n - 2) for n sources.

    Args:
        weights: whole numbers, 1 or more, one for each source.

    Returns:
        (sum of weights,) the source of each entry, and (sum of weights + 1, n) entries of each source before it.
    """
    total, sources = sum(weights), len(weights)
    if sources == 1:
        order = np.zeros(total, dtype=np.int64)
    else:
        # All times total * (2n - 2), so that every comparison is one of whole numbers.
        unit = 2 * sources - 2
        order = np.empty(total, dtype=np.int64)
        taken = [0] * sources
        for k in range(1, total + 1):
            best, least = -1, (0, 1)
            for i, weight in enumerate(weights):
                owed = unit * (weight * k - taken[i] * total)
                if owed < total:
                    continue
                due = ((unit - 1) * total - owed, weight)
                if best < 0 or due[0] * least[1] < least[0] * due[1]:
                    best, least = i, due
            order[k - 1] = best
            taken[best] += 1
    before = np.zeros((total + 1, sources), dtype=np.int64)
    before[1:] = np.cumsum(order[:, None] == np.arange(sources), axis=0)
    return order, before


def apportioned(weights: tuple[int, ...], start: int, stop: int) -> tuple[Counts, Counts]:
    """Entries [start, stop) of the order of sources.

    Args:
        weights: as for `turns`.
        start: first entry.
        stop: one past the last.

    Returns:
        (stop - start,) the source of each entry, and (n,) entries of each source before `start`.
    """
    order, before = turns(weights)
    period = len(order)
    return order[np.arange(start, stop) % period], before[-1] * (start // period) + before[start % period]
