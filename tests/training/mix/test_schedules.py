"""Schedules: known answers, and what holds for any scores."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.training.mix.schedules import Adaptive, by_labels, cosine, parted, steps
from seedbed.training.mix.share import Share, Stage, Step

score = st.floats(0, 1, allow_nan=False)


def shares(epochs: int, **keys: object) -> np.ndarray:
    return Share.model_validate(keys).settled(0).per_epoch(epochs)


def test_known_schedules() -> None:
    falling = shares(10, start=0.8, end=0.0, real_tail=0.2)
    np.testing.assert_allclose(falling, [*np.linspace(0.8, 0, 8), 0, 0])
    np.testing.assert_allclose(shares(3, start=0.0, end=1.0), [0, 0.5, 1])
    np.testing.assert_allclose(shares(4, schedule="constant", start=0.4, real_tail=0.5), [0.4, 0.4, 0, 0])
    np.testing.assert_allclose(shares(1, start=0.7, end=0.1), [0.7])
    np.testing.assert_allclose(cosine(1, 0, 5), [1, 0.8535534, 0.5, 0.1464466, 0], atol=1e-6)
    np.testing.assert_allclose(steps(0.9, [(0.5, 0.4), (0.8, 0.0)], 10), [0.9] * 5 + [0.4] * 3 + [0.0] * 2)


def test_phases_have_a_rate_of_their_own() -> None:
    stages = (Stage(share=1.0, part=3), Stage(share=0.2, part=1, lr=0.0005))
    settled = Share(schedule="staged", stages=stages).settled(0)
    np.testing.assert_allclose(settled.per_epoch(8), [1] * 6 + [0.2] * 2)
    rates = settled.rates(0.002, 8)
    assert rates[0] == 1
    assert rates[6] == pytest.approx(0.25)
    assert (np.diff(rates[:6]) < 0).all()
    assert rates[7] < rates[6]
    plain = Share(schedule="staged").settled(0)
    np.testing.assert_allclose(plain.per_epoch(4), [1, 1, 0, 0])
    assert plain.rates(0.002, 4)[2] == pytest.approx(0.25), "a quarter of the rate after pretraining"
    np.testing.assert_allclose(Share(start=1, end=0).settled(0).rates(0.01, 4, 0.01), 1 - np.arange(4) / 4 * 0.99)


@given(st.lists(st.floats(0.01, 100), min_size=1, max_size=6), st.integers(1, 50))
def test_parts_add_up(parts: list[float], epochs: int) -> None:
    counts = parted(parts, epochs)
    assert sum(counts) == epochs
    assert len(counts) == len(parts)
    if epochs >= len(parts):
        assert min(counts) >= 1


def test_adaptive_holds_cuts_and_goes_back_once() -> None:
    rule = Adaptive(start=0.8, end=0.0, cut=0.5, patience=2, gain=0.01)
    better, _ = rule.follow([0.1, 0.2, 0.3, 0.4])
    np.testing.assert_allclose(better, [0.8] * 5)
    flat, told = rule.follow([0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4])
    assert [each.what for each in told][:3] == ["hold", "hold", "cut"]
    assert flat[3] == pytest.approx(0.4)
    worse, told = rule.follow([0.4, 0.4, 0.4, 0.2, 0.2])
    assert [each.what for each in told] == ["hold", "hold", "cut", "hold", "back"]
    np.testing.assert_allclose(worse, [0.8, 0.8, 0.8, 0.4, 0.4, 0.8])
    _, told = rule.follow([0.4, 0.4, 0.4, 0.2, 0.2] + [0.1] * 20)
    assert sum(each.what == "back" for each in told) == 1


@given(st.lists(score, max_size=30), score, st.integers(1, 5), st.floats(0.1, 0.9))
def test_adaptive_only_looks_back(scores: list[float], start: float, patience: int, cut: float) -> None:
    rule = Adaptive(start, 0.0, cut, patience, 0.002)
    shares, decisions = rule.follow(scores)
    assert len(shares) == len(scores) + 1 == len(decisions) + 1
    assert ((shares >= 0) & (shares <= start)).all()
    assert sum(each.what == "back" for each in decisions) <= 1
    for stop in range(len(scores)):
        np.testing.assert_array_equal(rule.follow(scores[:stop])[0], shares[: stop + 1])


def test_more_labels_start_lower() -> None:
    curve = [(0.0, 1.0), (10.0, 0.8), (100.0, 0.2)]
    assert by_labels(curve, 0) == 1
    assert by_labels(curve, 10) == pytest.approx(0.8)
    assert by_labels(curve, 5000) == pytest.approx(0.2)
    starts = [Share(schedule="by_real_labels").settled(n).share.start for n in (0, 3, 8, 60, 700, 9000)]
    assert starts == sorted(starts, reverse=True)
    assert starts[0] == 1
    assert starts[2] == 0.9


@pytest.mark.parametrize(
    ("rarest", "synthetic", "schedule", "words"),
    [
        (0, True, "constant", "synthetic images alone"),
        (1, True, "constant", "stays at 0.4"),
        (9, True, "constant", "stays at 0.4"),
        (10, True, "cosine", "along a cosine"),
        (200, True, "cosine", "along a cosine"),
        (5000, True, "cosine", "falls from 0.10"),
        (5, False, "constant", "no synthetic images"),
    ],
)
def test_auto_says_what_and_why(rarest: int, synthetic: bool, schedule: str, words: str) -> None:
    settled = Share(schedule="auto").settled(rarest, synthetic)
    assert settled.share.schedule == schedule
    assert settled.why is not None
    assert words in settled.why
    assert not synthetic or settled.per_epoch(10).max() > 0


def test_auto_keeps_the_tail_of_the_plan() -> None:
    settled = Share(schedule="auto", real_tail=0.3).settled(8)
    assert settled.per_epoch(10).tolist() == [0.45] * 7 + [0.0] * 3
    assert settled.why is not None
    assert "the last 30% is real alone as the plan says" in settled.why


def test_a_step_needs_order() -> None:
    from seedbed.core.errors import DocumentError
    from seedbed.training.plan import loads_plan

    head = "seedbed: plan/1\nname: x\nshare: "
    for text, words in (
        ("{schedule: step, start: 0.9, steps: [{at: 0.5, share: 0.4}, {at: 0.5, share: 0.1}]}", "not after"),
        ("{schedule: step, start: 0.9}", "needs steps"),
        ("{schedule: cosine, start: 0.9}", "needs an end"),
        ("{schedule: adaptive}", "needs a start"),
        ("{schedule: adaptive, start: 0.2, end: 0.4}", "above the start"),
        ("{start: 0.9, end: 0, patience: 3}", "has no patience"),
        ("{schedule: auto, start: 0.4}", "has no start"),
    ):
        with pytest.raises(DocumentError, match=words):
            loads_plan(head + text + "\n")
    assert Step(at=0.5, share=0.4).share == 0.4
