"""How far a score may be from what more images would give."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from seedbed.core import keys
from seedbed.training.judging.evaluation import Record, scores

DRAWS = 200
"""Sets drawn anew: the ends of a 95 % interval then rest on five of them each."""


def score_interval(
    records: Sequence[Record], names: Sequence[str], seed: int, draws: int = DRAWS
) -> tuple[float, float]:
    """The 95 % interval of mAP50-95 over images, by the percentile bootstrap (Efron 1979).

    Images are drawn and not boxes: what stands in one image is found or missed together.

    Args:
        records: of one set, one or more.
        names: class names.
        seed: of the draws.
        draws: how many.

    Returns:
        Its ends.
    """
    draw = keys.generator(seed, "training", "score interval")
    found = [
        scores([records[place] for place in draw.integers(0, len(records), len(records))], names).map50_95
        for _ in range(draws)
    ]
    low, high = np.quantile(found, [0.025, 0.975])
    return float(low), float(high)


def interval_of(records: Sequence[Record], names: Sequence[str], seed: int) -> dict[str, Any]:
    """As in results.json: images, the score, and both ends of its interval."""
    low, high = score_interval(records, names, seed)
    score = scores(records, names).map50_95
    return {"images": len(records), "mAP50-95": round(score, 5), "low": round(low, 5), "high": round(high, 5)}
