"""The interval of a score: known ends, and how it narrows."""

from __future__ import annotations

import numpy as np
import pytest

from seedbed.training.learning import offline

pytest.importorskip("ultralytics")
offline.prepare()

from seedbed.training.judging.evaluation import Record  # noqa: E402
from seedbed.training.judging.uncertainty import interval_of, score_interval  # noqa: E402


def image(found: bool) -> Record:
    """One image with one cone."""
    hits = np.full((int(found), 10), True)
    return {
        "tp": hits,
        "conf": np.full(int(found), 0.9),
        "pred_cls": np.zeros(int(found)),
        "target_cls": np.zeros(1),
        "target_img": np.zeros(1),
    }


def test_what_is_always_found_is_certain() -> None:
    low, high = score_interval([image(True)] * 6, ["cone"], 0)
    assert low == high == pytest.approx(0.995, abs=0.001)


def test_half_found_lies_between_the_ends_of_the_binomial() -> None:
    few = interval_of([image(True), image(False)] * 5, ["cone"], 0)
    # Of ten drawn images 2 to 8 hold the cone that is found, in 95 % of draws.
    assert 0.1 <= few["low"] <= 0.3
    assert 0.7 <= few["high"] <= 0.9
    assert few["low"] < few["mAP50-95"] < few["high"]
    many = interval_of([image(True), image(False)] * 50, ["cone"], 0)
    assert many["high"] - many["low"] < (few["high"] - few["low"]) / 2
    assert (few["images"], many["images"]) == (10, 100)


def test_the_same_seed_gives_the_same_ends() -> None:
    records = [image(number % 3 > 0) for number in range(12)]
    assert score_interval(records, ["cone"], 4) == score_interval(records, ["cone"], 4)
