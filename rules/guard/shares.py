"""Whether a count is too large to be chance."""

from __future__ import annotations

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
    # The upper tail of the binomial distribution as an incomplete beta function (Abramowitz and Stegun 26.5.24); this
    # part of scipy loads in a fraction of the time of scipy.stats.
    from scipy.special import betainc

    return bool(betainc(count, rows - count + 1, share) < _CHANCE)
