"""Distributions follow scipy's cut to the range; no heap at an edge; effects move them."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
import scipy.stats

from seedbed.core import keys
from seedbed.generators.distributions import Bent, distribution_maker, grid_factor, grid_points, single_table
from seedbed.generators.draws import KeyDraw
from seedbed.generators.quantiles import TAILED, read_one
from seedbed.generators.ranges import Scale
from seedbed.rules import distributions as laws

CELLS = keys.cells(keys.key(1, "ks"), 0, 100_000)
INTEGER, CONTINUOUS = 0, None

SHAPES = [
    (laws.Triangular(mode=20), (0, 100), None),
    (laws.Pert(mode=20, shape=9), (0, 100), None),
    (laws.Normal(mean=30, sd=15), (0, 100), None),
    (laws.Normal(sd=15), (0, 100), -8.0),
    (laws.Normal(mean=0, sd=1), (7, 9), None),
    (laws.Normal(mean=0, sd=1), (-9, -7), None),
    (laws.Lognormal(median=40, sigma=0.7), (1, 500), None),
    (laws.Exponential(), (0, 100), 12.0),
    (laws.Exponential(mean=1), (5, 100), None),
    (laws.Gamma(shape=2, scale=10), (0, 100), None),
    (laws.Gamma(shape=0.3, scale=10), (0, 100), None),
    (laws.Beta(alpha=2, beta=5), (-3, 8), None),
    (laws.Beta(alpha=0.5, beta=0.5), (0, 1), None),
    (laws.Weibull(shape=1.5, scale=30), (0, 100), None),
    (laws.Pareto(shape=1.16, scale=1), (0, 1e6), None),
    (laws.StudentT(df=3, sd=2), (0, 100), 5.0),
    (laws.Logistic(mean=50, scale=5), (0, 100), None),
    (laws.Laplace(mean=50, scale=5), (0, 100), None),
    (laws.Gumbel(mode=30, scale=8), (0, 100), None),
    (laws.ChiSquared(df=4), (0, 30), None),
    (laws.Rayleigh(scale=8), (0, 30), None),
]
WHOLE = [
    (laws.Poisson(mean=3.5), (0, 40), None),
    (laws.Poisson(mean=3.5), (2, 6), None),
    (laws.Poisson(), (0, 10**9), 1000.0),
    (laws.Zipf(exponent=1.1), (1, 1000), None),
    (laws.Geometric(p=0.2), (0, 100), None),
    (laws.Geometric(p=1e-8), (1, 10**10), None),
    (laws.Binomial(n=20, p=0.3), (0, 20), None),
    (laws.NegativeBinomial(n=3, p=0.3), (0, 50), None),
]
NAMES = [f"{type(shape).__name__}-{ends[0]}-{ends[1]}" for shape, ends, _ in SHAPES]
WHOLE_NAMES = [f"{type(shape).__name__}-{ends[0]}-{ends[1]}" for shape, ends, _ in WHOLE]


def cut_cdf(law, low, high):
    """scipy's own distribution function, cut to a range by hand."""
    if law.cdf(low) < 0.5:
        return lambda x: (law.cdf(x) - law.cdf(low)) / (law.cdf(high) - law.cdf(low))
    return lambda x: 1 - (law.sf(x) - law.sf(high)) / (law.sf(low) - law.sf(high))


def distance(values, cdf) -> float:
    """Kolmogorov-Smirnov, for distributions with and without steps."""
    points, counts = np.unique(values, return_counts=True)
    share = np.cumsum(counts) / len(values)
    return float(np.max(np.abs(share - cdf(points))))


@pytest.mark.parametrize(("shape", "ends", "typical"), SHAPES, ids=NAMES)
def test_continuous_distributions_are_scipys_cut_to_the_range(shape, ends, typical):
    scale = Scale(*map(float, ends), CONTINUOUS)
    values = distribution_maker(KeyDraw(1), scale, shape, typical, ()).at(CELLS).data
    cdf = cut_cdf(shape.law(typical, *ends), *ends)
    assert scipy.stats.kstest(values, cdf).statistic < 1.63 / np.sqrt(len(values))
    assert values.min() >= ends[0]
    assert values.max() <= ends[1]
    # No heap: no value comes twice but by the coarseness of floating-point numbers.
    assert len(np.unique(values)) > 0.99 * len(values)


@pytest.mark.parametrize(("shape", "ends", "typical"), SHAPES, ids=NAMES)
@pytest.mark.parametrize("places", [0, 2])
def test_rounding_to_steps_keeps_the_distribution(shape, ends, typical, places):
    unit = 10**places
    low, high = round(ends[0] * unit), round(ends[1] * unit)
    values = distribution_maker(KeyDraw(1), Scale(low, high, places), shape, typical, ()).at(CELLS).data
    first, last = (low - 0.5) / unit, (high + 0.5) / unit
    cdf = cut_cdf(shape.law(typical, first, last), first, last)
    assert distance(values, lambda x: cdf((x + 0.5) / unit)) < 1.63 / np.sqrt(len(values))
    assert values.min() >= low
    assert values.max() <= high


@pytest.mark.parametrize(("shape", "ends", "typical"), WHOLE, ids=WHOLE_NAMES)
def test_whole_number_distributions_are_scipys_cut_to_the_range(shape, ends, typical):
    values = distribution_maker(KeyDraw(1), Scale(*ends, INTEGER), shape, typical, ()).at(CELLS).data
    law = shape.law(typical, *ends)
    below = law.cdf(ends[0] - 1)
    assert distance(values, lambda x: (law.cdf(x) - below) / (law.cdf(ends[1]) - below)) < 1.63 / np.sqrt(len(values))
    assert values.min() >= ends[0]
    assert values.max() <= ends[1]


@pytest.mark.parametrize(("shape", "ends", "typical"), WHOLE[:4], ids=WHOLE_NAMES[:4])
def test_whole_numbers_from_tables_are_nearly_the_same(shape, ends, typical):
    """The tables that effects mix: not exact where a number's probability ends between two knots."""
    scale = Scale(*ends, INTEGER)
    table = single_table(Bent.of(shape, typical, scale))
    cells = ((np.arange(1 << 16) + 0.5) * 2.0**48).astype(np.uint64)
    values = scale.values(read_one(table, cells, TAILED))
    law = shape.law(typical, *ends)
    below = law.cdf(ends[0] - 1)
    assert distance(values, lambda x: (law.cdf(x) - below) / (law.cdf(ends[1]) - below)) < 3e-3


def test_tails_end_at_the_distributions_own_quantile():
    values = read_one(
        single_table(Bent.of(laws.Normal(mean=0, sd=1), None, Scale(-1000.0, 1000.0, None))),
        np.array([0, 1 << 63], np.uint64),
        TAILED,
    )
    assert values * 2000 - 1000 == pytest.approx([-8.77, 8.77], abs=0.01)


class Fixed:
    """An effect with one factor."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def factors(self, block):
        return np.full(len(block), self.factor)


class Rows:
    """Stands for a block: so many rows with the cells of a key."""

    def __len__(self) -> int:
        return len(CELLS)

    def cells(self, key):
        return CELLS

    def forces(self, key):
        return False


@pytest.mark.parametrize("factor", [0.03, 0.4, 0.77, 1.0, 1.3, 2.9])
@pytest.mark.parametrize(
    ("shape", "stretches"),
    [
        (laws.Normal(mean=300, sd=20), False),
        (laws.Gumbel(mode=300, scale=20), False),
        (laws.Exponential(mean=30), True),
        (laws.Gamma(shape=2, scale=30), True),
        (laws.Lognormal(median=30, sigma=0.4), True),
        (laws.Weibull(shape=2, scale=30), True),
        (laws.Rayleigh(scale=30), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, laws.Shape) else None,
)
def test_effects_shift_or_stretch_exactly(shape, stretches, factor):
    scale = Scale(-5000.0, 5000.0, None)
    plain = distribution_maker(KeyDraw(1), scale, shape, None, ()).at(CELLS).data
    moved = distribution_maker(KeyDraw(1), scale, shape, None, (Fixed(factor),)).make(Rows()).data
    centre = shape.centre(None, -5000, 5000)
    wanted = plain * factor if stretches else plain + centre * (factor - 1)
    np.testing.assert_allclose(moved, wanted, rtol=1e-6, atol=1e-4)


@pytest.mark.parametrize("factor", [0.1, 0.5, 1.0, 1.7, 4.0])
@pytest.mark.parametrize(
    "shape",
    [
        laws.Poisson(mean=10),
        laws.NegativeBinomial(n=3, p=0.3),
        laws.Geometric(p=0.05),
        laws.Binomial(n=500, p=0.02),
    ],
    ids=lambda shape: type(shape).__name__,
)
def test_effects_move_the_mean(shape, factor):
    scale = Scale(0, 500, INTEGER)
    moved = distribution_maker(KeyDraw(1), scale, shape, None, (Fixed(factor),)).make(Rows()).data
    wanted = max(shape.centre(None, 0, 500) * factor, 1 if isinstance(shape, laws.Geometric) else 0)
    assert moved.mean() == pytest.approx(wanted, rel=0.03, abs=0.02)


def test_effects_beyond_the_range_stop_at_its_ends():
    scale = Scale(0, 50, INTEGER)
    for factor in (0.0, 1000.0):
        values = distribution_maker(KeyDraw(1), scale, laws.Poisson(mean=5), None, (Fixed(factor),)).make(Rows()).data
        assert values.min() >= 0
        assert values.max() <= 50
        assert values.mean() == pytest.approx(0 if factor == 0 else 45, abs=2)


def test_grid_points_invert_grid_factors():
    points = np.arange(60)
    factors = np.array([grid_factor(int(point)) for point in points])
    assert grid_points(factors) == pytest.approx(points)
    between = (factors[1:] + factors[:-1]) / 2
    assert grid_points(between) == pytest.approx(points[:-1] + 0.5)


def test_a_book_with_distributions(made):
    frame = made(
        "calls: {type: integer, range: [0, 100], typical: 4, distribution: poisson}\n"
        "size: {type: number, range: [0, 1000], distribution: {lognormal: {median: 40, sigma: 0.5}}}\n"
        "plain: {type: number, range: [0, 10], distribution: uniform}\n"
        "pert: {type: number, range: [0, 10], distribution: {pert: {mode: 2}}}\n"
        "same: {type: number, range: [0, 10], typical: 2}\n"
        "busy: {type: boolean, chance: 0.5}\n"
        "more:\n"
        "  type: integer\n"
        "  range: [0, 100]\n"
        "  distribution: {poisson: {mean: 4}}\n"
        "  effects: [{when: {if: busy, factor: 3}}]\n"
        "price: {type: decimal, places: 2, cases: [{when: busy, range: [1, 9], typical: 3, "
        "distribution: {normal: {sd: 1}}}, {otherwise: {range: [1, 5], distribution: triangular, typical: 2}}]}",
        rows=20_000,
    )
    assert frame["calls"].mean() == pytest.approx(4, abs=0.1)
    assert frame["size"].median() == pytest.approx(40, abs=1)
    assert frame["plain"].mean() == pytest.approx(5, abs=0.1)
    assert frame["pert"].mean() == pytest.approx(18 / 6, abs=0.1)
    means = dict(frame.group_by("busy").agg(pl.col("more").mean()).iter_rows())
    assert means == pytest.approx({False: 4, True: 12}, abs=0.2)
    assert frame.filter("busy")["price"].cast(pl.Float64).mean() == pytest.approx(3.05, abs=0.1)
