"""Two ways of training held against each other on the same test images, and the answer in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.training.judging.evaluation import Record, scores

Array = NDArray[np.float64]
DRAWS = 200


@dataclass(frozen=True)
class Difference:
    """One arm's score minus another's, paired by seed and by test image.

    Attributes:
        mean: over seeds, on all test images.
        low: 2.5 % of the draws lie below it.
        high: 2.5 % of the draws lie above it.
        seeds: the difference of each seed.
    """

    mean: float
    low: float
    high: float
    seeds: tuple[float, ...]

    @property
    def shown(self) -> int:
        """1 where the first is shown to be better, -1 where worse, 0 where nothing is shown.

        Shown means: the interval over test images leaves zero out, and no seed says the opposite.
        """
        if self.low > 0 and min(self.seeds) > 0:
            return 1
        if self.high < 0 and max(self.seeds) < 0:
            return -1
        return 0


def drawn_scores(records: Sequence[Record], names: Sequence[str], draws: int = DRAWS) -> Array:
    """mAP50-95 of a set and of sets of as many of its images, drawn with replacement.

    The draws depend on the number of images alone: the n-th draw of one run holds the same images as that of another,
    so that differences are paired (Efron and Tibshirani 1993, "An Introduction to the Bootstrap", chapter 8).

    Args:
        records: of one run, one or more images.
        names: class names.
        draws: how many.

    Returns:
        (draws + 1,) scores, the first of all images.
    """
    draw = keys.generator(len(records), "training", "paired draws")
    whole = scores(records, names).map50_95
    drawn = [
        scores([records[place] for place in draw.integers(0, len(records), len(records))], names).map50_95
        for _ in range(draws)
    ]
    return np.array([whole, *drawn])


def difference(one: Sequence[Array], two: Sequence[Array]) -> Difference:
    """One arm minus another.

    Args:
        one: per seed, as from `drawn_scores`.
        two: likewise, the same seeds in the same order.
    """
    each = np.stack(one) - np.stack(two)
    low, high = np.quantile(each[:, 1:].mean(axis=0), [0.025, 0.975])
    return Difference(float(each[:, 0].mean()), float(low), float(high), tuple(float(value) for value in each[:, 0]))


MIX, REAL, NEITHER = "the mix wins", "real alone wins", "no difference shown"


def verdict(found: Difference, labels: int) -> tuple[str, str]:
    """What a difference (mix minus real alone) means.

    Args:
        found: the difference in mAP50-95.
        labels: real labelled images.

    Returns:
        One of `MIX`, `REAL`, `NEITHER`, and a sentence for a client.
    """
    between = f"(between {found.low * 100:+.1f} and {found.high * 100:+.1f})"
    points = f"{abs(found.mean) * 100:.1f} points of mAP50-95 {between}"
    if found.shown > 0:
        return MIX, f"With {labels} labelled photographs, simulated frames add {points}."
    if found.shown < 0:
        return REAL, (
            f"With {labels} labelled photographs, real ones alone are better by {points}: "
            "simulated frames cost more than they bring, leave them out."
        )
    if found.low > 0 or found.high < 0:
        each = ", ".join(f"{value * 100:+.1f}" for value in found.seeds)
        return NEITHER, (
            f"With {labels} labelled photographs, simulated frames {'add' if found.mean > 0 else 'cost'} {points} on "
            f"average, but the repetitions do not agree ({each}): more repetitions (seeds in the plan) would decide."
        )
    return NEITHER, (
        f"With {labels} labelled photographs, no difference is shown: {found.mean * 100:+.1f} points of mAP50-95 "
        f"{between}. If it stays so with more seeds, the synthetic data has done its job and can go."
    )
