"""Whether a score has fallen out of its own history: one outlier rule, one trend rule."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from pydantic import Field

from seedbed.core.documents import Model

LEAST = 4
"""Earlier runs without which nothing is judged: fewer say nothing about how much a score varies."""
TREND = 6
"""Runs, the newest among them, without which no trend is looked for."""


class Rules(Model):
    """How a run is held against those before it."""

    last: Annotated[int, Field(ge=4, le=100)] = 10
    """Earlier comparable runs that are looked at: the same plan's name, model, image size and test images."""
    metric: Annotated[str, Field(pattern=r"^(real|synthetic|mixed)/mAP50(-95)?$")] = "real/mAP50-95"
    """Score that is compared."""
    drop: Annotated[float, Field(ge=0, le=1)] = 0.01
    """Fall below the mean of those runs that is worth a word: 0.01 is a point."""
    outlier: Annotated[float, Field(gt=0, lt=0.5)] = 0.007
    """Chance of a score so low, foretold from the runs before it, under which a run is an outlier."""
    trend: Annotated[float, Field(lt=0)] = -1.645
    """Mann-Kendall z below which the score is falling for a while."""
    slide: Annotated[float, Field(ge=0, le=1)] = 0.02
    """Fall over those runs, by the Theil-Sen slope, that is worth a word."""


@dataclass(frozen=True)
class Finding:
    """What the rules say of a run.

    Attributes:
        outlier: it lies far below what the runs before it foretell.
        trend: the score has been falling for a while.
        t: of the outlier rule; NaN where there are too few runs.
        z: of the trend rule; NaN likewise.
        slope: Theil-Sen, score per run; NaN likewise.
    """

    outlier: bool
    trend: bool
    t: float
    z: float
    slope: float

    @property
    def fallen(self) -> bool:
        """Whether either rule speaks."""
        return self.outlier or self.trend


def judge(scores: Sequence[float], rules: Rules | None = None) -> Finding:
    """Judges the newest score by those before it.

    The outlier rule is the t value of a new observation under the earlier ones: (x - mean) / (s sqrt(1 + 1 / n)), the
    mean of the last n runs, the spread s of up to twice as many: ten runs alone tell too little of a spread. The
    trend rule is Mann-Kendall's z over the window and the newest run, with a Theil-Sen slope that is worth a word
    (Mann 1945; Sen 1968).

    Args:
        scores: oldest first, the newest last.
        rules: thresholds.

    Returns:
        The finding; nothing is found with too few runs.
    """
    from scipy import stats

    rules = rules or Rules()
    values = np.asarray(scores, dtype=float)
    before = _usual(values[:-1], rules)
    t, outlier = _prediction(before, float(values[-1]), rules)
    z = slope = float("nan")
    window = values[-rules.last :]
    if len(window) >= TREND:
        z = mann_kendall(window)
        slope = float(stats.theilslopes(window)[0])
    trend = bool(z < rules.trend and slope * (len(window) - 1) < -rules.slide) if len(window) >= TREND else False
    return Finding(outlier, trend, t, z, slope)


def _prediction(earlier: np.ndarray, new: float, rules: Rules) -> tuple[float, bool]:
    """T of a new score under earlier ones, and whether it is an outlier."""
    from scipy import stats

    before, wide = earlier[-rules.last :], earlier[-2 * rules.last :]
    if len(before) < LEAST:
        return float("nan"), False
    fall = new - float(before.mean())
    # A history without any spread foretells its own value exactly.
    t = fall / max(float(wide.std(ddof=1)) * np.sqrt(1 + 1 / len(before)), 1e-9)
    return float(t), bool(t < stats.t.ppf(rules.outlier, len(wide) - 1) and fall < -rules.drop)


def _usual(values: np.ndarray, rules: Rules) -> np.ndarray:
    """Earlier scores without one or two outliers at their end: a bad run must not hide that the next is as bad.

    Three in a row are no outliers any more but a new level, and count.
    """
    for dropped in (2, 1):
        kept, end = values[: len(values) - dropped], values[len(values) - dropped :]
        if len(kept) >= LEAST and all(_prediction(kept, float(each), rules)[1] for each in end):
            return kept
    return values


def mann_kendall(values: Sequence[float] | np.ndarray) -> float:
    """Z of Mann and Kendall's test for a trend, with the correction for continuity and for ties.

    Args:
        values: in order, two or more.

    Returns:
        Below zero where they fall.
    """
    x = np.asarray(values, dtype=float)
    n = len(x)
    s = float(np.sign(x[None, :] - x[:, None])[np.triu_indices(n, 1)].sum())
    ties = np.unique(x, return_counts=True)[1]
    variance = (n * (n - 1) * (2 * n + 5) - float((ties * (ties - 1) * (2 * ties + 5)).sum())) / 18
    return 0.0 if variance <= 0 else (s - np.sign(s)) / float(np.sqrt(variance))


def level(scores: Sequence[float], rules: Rules | None = None) -> str:
    """`fine`, `warn` where a rule speaks for the first time, `alert` where it spoke of the run before as well.

    Args:
        scores: oldest first, the newest last.
        rules: thresholds.
    """
    if not judge(scores, rules).fallen:
        return "fine"
    # The run before is judged by the same window of runs before itself.
    repeated = len(scores) > LEAST + 1 and judge(scores[:-1], rules).fallen
    return "alert" if repeated else "warn"
