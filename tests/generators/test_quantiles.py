from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core import keys
from seedbed.generators import quantiles

MODES = st.floats(0, 1, allow_nan=False)
X = np.linspace(0, 1, 201)


@pytest.mark.parametrize(
    ("alpha", "beta", "known"),
    [
        (1, 1, lambda x: x),
        (1, 5, lambda x: 1 - (1 - x) ** 5),
        (5, 1, lambda x: x**5),
        (3, 3, lambda x: 10 * x**3 - 15 * x**4 + 6 * x**5),
        (2, 4, lambda x: 10 * x**2 - 20 * x**3 + 15 * x**4 - 4 * x**5),
    ],
)
def test_beta_cdf_of_whole_parameters(alpha, beta, known):
    assert quantiles.beta_cdf(X, alpha, beta) == pytest.approx(known(X), abs=1e-13)


@settings(deadline=None)
@given(MODES)
def test_beta_cdf_agrees_with_numeric_integration(mode):
    alpha, beta = 1 + 4 * mode, 5 - 4 * mode
    # Midpoints in a variable that smooths both ends.
    t = (np.arange(20000) + 0.5) / 20000
    x = t * t * (3 - 2 * t)
    density = x ** (alpha - 1) * (1 - x) ** (beta - 1) * 6 * t * (1 - t)
    share = density[:7000].sum() / density.sum()
    border = 0.35 * 0.35 * (3 - 2 * 0.35)
    assert quantiles.pert_cdf(np.array([border]), mode)[0] == pytest.approx(share, abs=1e-6)


@settings(deadline=None)
@given(MODES)
def test_quantile_inverts_the_distribution(mode):
    tails = np.geomspace(2.0**-21, 0.5, 300)
    x = quantiles.beta_quantile(tails, 1 + 4 * mode, 5 - 4 * mode)
    assert quantiles.pert_cdf(x, mode) == pytest.approx(tails, rel=1e-9)


def even_cells(count: int) -> np.ndarray:
    """Cells spread evenly over all 64 bits: averages over them are integrals."""
    return ((np.arange(count) + 0.5) * (2.0**64 / count)).astype(np.uint64)


@settings(deadline=None)
@given(MODES)
def test_pert_has_the_textbook_mean_and_variance(mode):
    values = quantiles.read_one(quantiles.pert_table(mode), even_cells(1 << 16))
    alpha = 1 + 4 * mode
    assert values.mean() == pytest.approx((1 + 4 * mode - 0) / 6, abs=2e-5)
    assert values.var() == pytest.approx(alpha * (6 - alpha) / (36 * 7), rel=1e-3)
    assert values.min() >= 0
    assert values.max() <= 1


@settings(deadline=None)
@given(MODES)
def test_modes_per_row_agree_with_one_mode(mode):
    cells = even_cells(1 << 14)
    one = quantiles.read_one(quantiles.pert_table(mode), cells)
    many = quantiles.read_modes(np.full(len(cells), mode), cells)
    assert np.abs(many - one).max() < 2e-3
    assert many.mean() == pytest.approx(one.mean(), abs=1e-5)


def test_quantiles_rise_with_the_probability():
    cells = even_cells(1 << 15)
    # The lower half's cells run up from the lower tail, the upper half's down from the upper.
    half = len(cells) // 2
    for mode in (0.0, 0.04, 0.5, 1.0):
        values = quantiles.read_one(quantiles.pert_table(mode), cells)
        assert (np.diff(values[:half]) >= 0).all()
        assert (np.diff(values[half:]) <= 0).all()


@pytest.mark.parametrize("cell", [0, 1, 2**42, 2**63 - 1, 2**63, 2**64 - 1])
def test_extreme_cells_stay_in_range(cell):
    for mode in (0.0, 0.3, 1.0):
        value = quantiles.read_one(quantiles.pert_table(mode), np.array([cell], np.uint64))
        assert 0 <= value[0] <= 1
        same = quantiles.read_modes(np.array([mode]), np.array([cell], np.uint64))
        assert same[0] == pytest.approx(value[0], abs=2e-3)


def test_normal_quantile():
    p = np.array([0.001, 0.02, 0.025, 0.16, 0.5, 0.975, 0.99999])
    known = [-3.090232306, -2.053748911, -1.959963985, -0.994457883, 0.0, 1.959963985, 4.264890794]
    assert quantiles.normal_quantile(p) == pytest.approx(known, abs=1e-8)
    drawn = quantiles.normal_quantile(keys.unit(5, 0, 200_000))
    assert drawn.mean() == pytest.approx(0, abs=0.01)
    assert drawn.std() == pytest.approx(1, abs=0.01)
    assert np.isfinite(quantiles.normal_quantile(np.array([0.0, 1 - 2.0**-53]))).all()


@given(st.lists(st.integers(-5, 5)), st.sampled_from([np.int64, np.float64]))
def test_rising_is_what_numpy_says(values, kind):
    given = np.array(values, kind)
    got, known = quantiles.rising(given), np.unique(given)
    assert got.dtype == known.dtype
    assert got.tolist() == known.tolist()
