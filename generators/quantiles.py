"""Inverse distribution functions, as tables that are exact at their knots and quick to read.

A PERT distribution on [low, high] with the most likely value `mode` is a Beta distribution scaled to the range, with
alpha = 1 + 4 (mode - low) / (high - low) and beta = 6 - alpha (Malcolm, Roseboom, Clark, Fazar: Application of a
technique for research and development program evaluation, Operations Research 7, 1959). Its mean is
(low + 4 mode + high) / 6.

A cell (64 random bits) becomes a value by the inverse of that distribution. The inverse has no closed form, so it is
tabulated once per process and read by straight lines between knots. Both tails fall off like a power of the
probability, which evenly spaced knots would miss: knots are spaced evenly within each halving of the probability
instead, 64 to a halving, down to 2**-20 from either end. Addresses come straight from the bits of the floating-point
number, so a lookup costs the same as an evenly spaced one.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import lgamma
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

N = TypeVar("N", np.int64, np.float64)
Floats = NDArray[np.float64]
Cells = NDArray[np.uint64]


@dataclass(frozen=True)
class Knots:
    """Where a quantile table has its knots.

    Attributes:
        octaves: halvings of the tail probability below one half.
        step_bits: binary logarithm of the knots in each.
    """

    octaves: int
    step_bits: int

    @property
    def half(self) -> int:
        """Knots of one half of the table."""
        return (self.octaves << self.step_bits) + 1

    @property
    def width(self) -> int:
        """Knots of the table: the lower half, then the upper."""
        return 2 * self.half

    @property
    def tails(self) -> Floats:
        """(half,) tail probabilities of one half: 2**-(octaves + 1) first, one half last."""
        steps = 1 << self.step_bits
        octave = np.arange(self.octaves)[:, None] - (self.octaves + 1)
        inside = 1 + np.arange(steps)[None, :] / steps
        return np.append((2.0**octave * inside).ravel(), 0.5)


PERT = Knots(octaves=20, step_bits=6)
"""For distributions that end where the range ends."""
TAILED = Knots(octaves=40, step_bits=5)
"""For distributions whose tails go on: the last knot lies where no row ever falls."""
MODES = 65
"""Rows of the table for modes that change from row to row; between two of them quantiles are mixed linearly."""

_TERMS = 44


def rising(values: NDArray[N]) -> NDArray[N]:
    """Values in rising order, each once: `np.unique`, which loads numpy's masked arrays for it."""
    ordered = np.sort(values)
    first = np.ones(len(ordered), np.bool_)
    np.not_equal(ordered[1:], ordered[:-1], out=first[1:])
    return ordered[first]


def rounded(values: Floats, bits: int = 40) -> Floats:
    """Multiples of 2**-bits, so that the last bit of a machine's `pow` or `exp` does not reach the data."""
    return np.asarray(np.rint(values * 2.0**bits) * 2.0**-bits)


def beta_cdf(x: Floats, alpha: float, beta: float) -> Floats:
    """Distribution function of Beta(alpha, beta), the regularised incomplete beta function.

    Below one half it is summed as the series 26.5.4 of Abramowitz and Stegun in the form
    x^a / B(a, b) sum_n (1 - b)_n x^n / (n! (a + n)); above it by symmetry.

    Args:
        x: (N,) in [0, 1].
        alpha: 1 or more.
        beta: 1 or more.

    Returns:
        (N,) probabilities, absolute error under 1e-12 for alpha and beta in [1, 5].
    """
    upper = x > 0.5
    z = np.where(upper, 1 - x, x)
    a = np.where(upper, beta, alpha)
    b = np.where(upper, alpha, beta)
    total = 1 / a
    term = np.ones_like(z)
    for n in range(1, _TERMS):
        term *= 1 - b / n
        term *= z
        total += term / (a + n)
    value = np.exp(a * np.log(np.where(z > 0, z, 1.0)) - _log_beta(alpha, beta)) * total * (z > 0)
    return np.where(upper, 1 - value, value)


def _log_beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def beta_quantile(tail: Floats, alpha: float, beta: float) -> Floats:
    """Inverse of `beta_cdf`: read from a log-log grid, polished by Newton steps.

    Args:
        tail: (N,) probabilities in (0, 0.5].
        alpha: 1 or more.
        beta: 1 or more.

    Returns:
        (N,) values in [0, 1], error under 1e-12.
    """
    # A Beta tail is a power of x, so straight lines between logarithms start Newton close to the root everywhere.
    grid = np.concatenate([np.geomspace(1e-9, 1e-3, 64), np.sin(np.linspace(0.032, np.pi / 2, 192)) ** 2])
    cdf = np.maximum.accumulate(beta_cdf(grid, alpha, beta))
    below = np.clip(np.searchsorted(cdf, tail) - 1, 0, len(grid) - 2)
    low, high = grid[below], grid[below + 1]
    x = np.exp(np.interp(np.log(tail), np.log(cdf), np.log(grid)))
    log_b = _log_beta(alpha, beta)
    for _ in range(2):
        density = np.exp((alpha - 1) * np.log(x) + (beta - 1) * np.log1p(-np.minimum(x, 1 - 1e-16)) - log_b)
        x = np.clip(x - (beta_cdf(x, alpha, beta) - tail) / np.maximum(density, 1e-300), low, high)
    return np.asarray(x)


@lru_cache(maxsize=512)
def _lower_half(mode: float) -> Floats:
    """Quantiles at the lower tail's knots; the upper half is that of the mirrored mode, from its own tail."""
    lower = rounded(beta_quantile(PERT.tails, 1 + 4 * mode, 5 - 4 * mode))
    lower[0] = 0.0
    return lower


@lru_cache(maxsize=512)
def pert_table(mode: float) -> Floats:
    """Knots of the unit PERT quantile function.

    Args:
        mode: most likely value as a share of the range, in [0, 1].

    Returns:
        (2 * 1281,) values in [0, 1]: lower half rising from the lower tail, then upper half falling from the upper.
    """
    table = np.concatenate([_lower_half(mode), 1 - _lower_half(1 - mode)])
    table.setflags(write=False)
    return table


@lru_cache(maxsize=1)
def pert_tables() -> Floats:
    """`pert_table` for modes 0, 1/64 … 1, one row each, flattened: (65 * 2562,)."""
    table = np.concatenate([pert_table(k / (MODES - 1)) for k in range(MODES)])
    table.setflags(write=False)
    return table


def address(cells: Cells, knots: Knots = PERT) -> tuple[NDArray[np.int64], Floats]:
    """Where cells lie in a quantile table.

    The top bit chooses the half, the other 63 the tail probability within it.

    Args:
        cells: (N,) uint64.
        knots: of the table.

    Returns:
        (N,) knot to the left, and (N,) how far on to the next knot in [0, 1).
    """
    fraction_bits = 52 - knots.step_bits
    tail = (cells & np.uint64((1 << 63) - 1)).view(np.int64).astype(np.float64)
    tail *= 2.0**-64
    bits = tail.view(np.int64)
    knot = bits >> np.int64(fraction_bits)
    # Bits of the smallest address: 2**-(octaves + 1), the lower end of the last halving below one half.
    knot -= np.int64((1023 - 1 - knots.octaves) << knots.step_bits)
    share = (bits & np.int64((1 << fraction_bits) - 1)).astype(np.float64)
    share *= 2.0**-fraction_bits
    if knot.size and knot.min() < 0:
        beyond = knot < 0
        # Below the last knot: one straight line to the table's end.
        share[beyond] = tail[beyond] * 2.0 ** (knots.octaves + 1)
        knot[beyond] = 0
    np.minimum(knot, knots.half - 2, out=knot)
    knot += (cells >> np.uint64(63)).view(np.int64) * np.int64(knots.half)
    return knot, share


def folded(cells: Cells) -> Cells:
    """Rising cells as `address` reads them: in the upper half it counts from the upper end."""
    low = np.uint64((1 << 63) - 1)
    return np.asarray(cells ^ ((np.uint64(0) - (cells >> np.uint64(63))) & low))


def unbroken(cells: Cells) -> Cells:
    """As `folded`, so that what is read rises without exception.

    The first stretch of a table starts at the very end, and so do tails just above its first knot (one in 2**27 at
    most): there alone quantiles start anew. Those cells are moved to the stretch's other end.
    """
    found = folded(cells)
    for knots in (PERT, TAILED):
        first = 1 << (63 - knots.octaves)
        tail = found & np.uint64((1 << 63) - 1)
        again = (tail >= np.uint64(first)) & (tail < np.uint64(first + (first >> knots.step_bits)))
        found[again] += np.uint64(first + (first >> knots.step_bits)) - tail[again]
    return found


def read_one(table: Floats, cells: Cells, knots: Knots = PERT) -> Floats:
    """Quantiles at cells from one table: (N,) float64 in [0, 1]."""
    knot, share = address(cells, knots)
    return _line(table, knot, share)


def read_rows(tables: Floats, rows: Floats, cells: Cells, knots: Knots = PERT) -> Floats:
    """Quantiles from tables that change from row to row; between two tables they are mixed linearly.

    Args:
        tables: (T * knots.width,) tables one after the other, T at least 2.
        rows: (N,) which table, in [0, T - 1], fractions between two; used up.
        cells: (N,) uint64.
        knots: of each table.

    Returns:
        (N,) float64 in [0, 1].
    """
    knot, share = address(cells, knots)
    row = np.minimum(rows.astype(np.int64), len(tables) // knots.width - 2)
    rows -= row
    row *= knots.width
    knot += row
    low = _line(tables, knot, share)
    knot += knots.width
    high = _line(tables, knot, share)
    high -= low
    high *= rows
    high += low
    return high


def read_modes(modes: Floats, cells: Cells) -> Floats:
    """Quantiles of unit PERT distributions whose mode differs from row to row.

    Args:
        modes: (N,) in [0, 1].
        cells: (N,) uint64.

    Returns:
        (N,) float64 in [0, 1]. The mean over cells is exact in the mode, because it is linear in it.
    """
    return read_rows(pert_tables(), modes * (MODES - 1), cells)


def _line(table: Floats, knot: NDArray[np.int64], share: Floats) -> Floats:
    # No address lies outside: nothing is clipped.
    left = table.take(knot, mode="clip")
    right = table[1:].take(knot, mode="clip")
    right -= left
    right *= share
    right += left
    return right


def pert_cdf(x: Floats, mode: float) -> Floats:
    """Distribution function of the unit PERT distribution at (N,) points in [0, 1]."""
    return beta_cdf(np.asarray(x, dtype=np.float64), 1 + 4 * mode, 5 - 4 * mode)


# Acklam's rational approximation, relative error 1.15e-9.
_A = (-3.969683028665376e1, 2.209460984245205e2, -2.759285104469687e2, 1.383577518672690e2, -3.066479806614716e1)
_B = (-5.447609879822406e1, 1.615858368580409e2, -1.556989798598866e2, 6.680131188771972e1, -1.328068155288572e1)
_C = (-7.784894002430293e-3, -3.223964580411365e-1, -2.400758277161838, -2.549732539343734, 4.374664141464968)
_D = (7.784695709041462e-3, 3.224671290700398e-1, 2.445134137142996, 3.754408661907416)


def normal_quantile(u: Any) -> Floats:
    """Inverse of the standard normal distribution (P. Acklam's rational approximation, error under 1.2e-9).

    Args:
        u: (N,) probabilities in [0, 1).

    Returns:
        (N,) float64, finite also at 0.
    """
    p = np.clip(np.asarray(u, dtype=np.float64), 2.0**-54, 1 - 2.0**-53)
    tail = np.minimum(p, 1 - p)
    q = p - 0.5
    r = q * q
    middle = (
        (((((_A[0] * r + _A[1]) * r + _A[2]) * r + _A[3]) * r + _A[4]) * r + 2.506628277459239)
        * q
        / (((((_B[0] * r + _B[1]) * r + _B[2]) * r + _B[3]) * r + _B[4]) * r + 1)
    )
    s = np.sqrt(-2 * np.log(tail))
    outer = (((((_C[0] * s + _C[1]) * s + _C[2]) * s + _C[3]) * s + _C[4]) * s + 2.938163982698783) / (
        (((_D[0] * s + _D[1]) * s + _D[2]) * s + _D[3]) * s + 1
    )
    return rounded(np.where(tail < 0.02425, np.where(q < 0, outer, -outer), middle))
