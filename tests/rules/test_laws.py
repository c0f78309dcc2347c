"""Laws worked out here are scipy's, far out in the tails as well."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.special
import scipy.stats

from seedbed.rules.laws import ExponentialLaw, LognormalLaw, NormalLaw, PoissonLaw, normal_ppf

CONTINUOUS = [
    (NormalLaw(3, 15), scipy.stats.norm(3, 15)),
    (LognormalLaw(40, 0.7), scipy.stats.lognorm(0.7, scale=40)),
    (ExponentialLaw(12), scipy.stats.expon(scale=12)),
]
SHARES = np.concatenate([[0, 0.5, 1], np.geomspace(1e-300, 0.5, 2000), 1 - np.geomspace(1e-15, 0.5, 2000)])


def test_normal_quantiles_to_the_last_bits() -> None:
    np.testing.assert_allclose(normal_ppf(SHARES), scipy.special.ndtri(SHARES), rtol=1e-15)


@pytest.mark.parametrize(("ours", "law"), CONTINUOUS, ids=["normal", "lognormal", "exponential"])
def test_continuous_laws(ours: Any, law: Any) -> None:
    numbers = np.concatenate([np.linspace(-100, 500, 5001), np.geomspace(1e-9, 1e9, 99)])
    np.testing.assert_allclose(ours.ppf(SHARES), law.ppf(SHARES), rtol=2e-14)
    np.testing.assert_allclose(ours.isf(SHARES), law.isf(SHARES), rtol=2e-14)
    np.testing.assert_allclose(ours.cdf(numbers), law.cdf(numbers), rtol=1e-10, atol=1e-300)
    np.testing.assert_allclose(ours.sf(numbers), law.sf(numbers), rtol=1e-10, atol=1e-300)
    assert ours.median() == pytest.approx(law.median())


@pytest.mark.parametrize("mean", [2.0**-30, 0.3, 1.0, 3.5, 60.0, 250.0])
def test_poisson(mean: float) -> None:
    ours, law = PoissonLaw(mean), scipy.stats.poisson(mean)
    numbers = np.arange(-3, int(mean + 12 * mean**0.5) + 30)
    np.testing.assert_allclose(ours.pmf(numbers), law.pmf(numbers), rtol=1e-12, atol=1e-100)
    for places in (numbers, numbers + 0.5):
        np.testing.assert_allclose(ours.cdf(places), law.cdf(places), rtol=1e-12, atol=1e-100)
        np.testing.assert_allclose(ours.sf(places), law.sf(places), rtol=1e-12, atol=1e-100)
    assert ours.cdf(10**12) == 1
    assert ours.pmf(10**12) == 0
    assert ours.median() == law.median()
