"""Whether a count is too large to be chance."""

from __future__ import annotations

import math

_CHANCE = 1e-9
"""How often a book's own data may be called wrong, for one column of one table."""


def rarely(count: int, rows: int, share: float) -> bool:
    """Whether so many rows, or more, come by chance less than once in a billion times.

    Args:
        count: of rows where it happened.
        rows: all.
        share: the probability of each.
    """
    if not rows or count <= rows * share:
        return False
    # The upper tail of the binomial distribution, from its first term on: each next one is smaller by a known ratio.
    odds = share / (1 - share)
    logarithm = math.lgamma(rows + 1) - math.lgamma(count + 1) - math.lgamma(rows - count + 1)
    logarithm += count * math.log(share) + (rows - count) * math.log1p(-share)
    if logarithm >= math.log(_CHANCE):
        return False
    total = term = 1.0
    for more in range(count, rows):
        term *= (rows - more) / (more + 1) * odds
        total += term
        if term < 1e-12 * total:
            break
    return logarithm + math.log(total) < math.log(_CHANCE)
