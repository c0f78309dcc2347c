"""Alert rules on simulated histories: few false alarms, most real falls found."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from seedbed.training.history.alerts import Rules, judge, level, mann_kendall

SIGMA = 0.02
RUNS = 21


def shares(histories: int) -> dict[str, float]:
    """How often each rule speaks: over a still history, after a 5-sigma drop, on a slide of .3 sigma a run."""
    draw = np.random.default_rng(7)
    still = [judge(0.7 + SIGMA * draw.standard_normal(RUNS)) for _ in range(histories)]
    drops, slides = [], []
    for _ in range(histories):
        values = 0.7 + SIGMA * draw.standard_normal(RUNS)
        values[-1] -= 5 * SIGMA
        drops.append(judge(values).outlier)
        slides.append(
            judge(0.7 + SIGMA * draw.standard_normal(RUNS) - 0.3 * SIGMA * np.maximum(np.arange(RUNS) - 10, 0)).fallen
        )
    return {
        "false outliers": float(np.mean([each.outlier for each in still])),
        "false trends": float(np.mean([each.trend for each in still])),
        "drops": float(np.mean(drops)),
        "slides": float(np.mean(slides)),
    }


@pytest.mark.slow
def test_few_false_alarms_and_most_falls_found() -> None:
    found = shares(10_000)
    assert found["false outliers"] <= 0.01
    assert found["false trends"] <= 0.04
    assert found["drops"] >= 0.95
    assert found["slides"] >= 0.65


def test_mann_kendall_is_that_of_the_books() -> None:
    values = np.array([0.5, 0.48, 0.49, 0.45, 0.46, 0.41, 0.40])
    tau = stats.kendalltau(np.arange(7), values, method="asymptotic")
    s = tau.statistic * 21
    assert mann_kendall(values) == pytest.approx((s + 1) / np.sqrt(7 * 6 * 19 / 18))
    assert mann_kendall([1.0, 1.0, 1.0]) == 0
    assert mann_kendall([1, 2, 3, 4]) == -mann_kendall([4, 3, 2, 1])


def test_one_bad_run_warns_and_a_second_alerts() -> None:
    steady = [0.70, 0.71, 0.69, 0.70, 0.705, 0.695, 0.70, 0.71]
    assert level([*steady, 0.70]) == "fine"
    assert level([*steady, 0.55]) == "warn"
    assert level([*steady, 0.55, 0.54]) == "alert"
    assert level([*steady, 0.55, 0.70]) == "fine"
    assert not judge([*steady, *[0.55, 0.552, 0.548] * 5, 0.55]).outlier, "a new level is one some day"
    assert level([0.7, 0.2]) == "fine", "two runs are no history"
    assert level([0.70] * 6 + [0.695]) == "fine", "half a point is not worth a word"
    assert level([0.70] * 6 + [0.66]) == "warn"


def test_thresholds_are_the_plans() -> None:
    scores = [0.70, 0.71, 0.69, 0.70, 0.705, 0.695, 0.67]
    assert judge(scores, Rules(drop=0.01)).outlier
    assert not judge(scores, Rules(drop=0.05)).outlier
