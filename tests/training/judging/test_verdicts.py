"""Differences and verdicts: known answers, and what must hold for any scores."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("ultralytics")

from seedbed.training.learning import offline

offline.prepare()

from seedbed.training.judging.evaluation import scores  # noqa: E402
from seedbed.training.judging.records import load_records, save_records  # noqa: E402
from seedbed.training.judging.verdicts import (  # noqa: E402
    MIX,
    NEITHER,
    REAL,
    Difference,
    difference,
    drawn_scores,
    verdict,
)
from seedbed.training.sets.labelled import Frame  # noqa: E402


def records(images: int, seed: int, chance: float) -> list[dict[str, np.ndarray]]:
    """One object of two classes per image, found with a chance."""
    draw = np.random.default_rng(seed)
    made = []
    for _ in range(images):
        kind = float(draw.integers(2))
        hit = draw.uniform() < chance
        made.append(
            {
                "tp": np.full((1, 10), hit),
                "conf": np.array([draw.uniform(0.2, 1)]),
                "pred_cls": np.array([kind]),
                "target_cls": np.array([kind]),
                "target_img": np.array([kind]),
            }
        )
    return made


def test_draws_of_two_runs_hold_the_same_images() -> None:
    one = records(30, 0, 0.6)
    np.testing.assert_array_equal(drawn_scores(one, ("a", "b"), 20), drawn_scores(one, ("a", "b"), 20))
    assert drawn_scores(one, ("a", "b"), 20)[0] == scores(one, ("a", "b")).map50_95
    nothing = difference([drawn_scores(one, ("a", "b"), 20)], [drawn_scores(one, ("a", "b"), 20)])
    assert (nothing.mean, nothing.low, nothing.high) == (0, 0, 0)
    assert nothing.shown == 0


def test_a_clear_difference_is_shown_and_noise_is_not() -> None:
    good = [drawn_scores(records(80, seed, 0.95), ("a", "b"), 50) for seed in range(3)]
    bad = [drawn_scores(records(80, seed + 9, 0.4), ("a", "b"), 50) for seed in range(3)]
    assert difference(good, bad).shown == 1
    assert difference(bad, good).shown == -1
    assert verdict(difference(good, bad), 8)[0] == MIX
    assert verdict(difference(bad, good), 8)[0] == REAL
    assert "can go" in verdict(difference(good, good), 8)[1]
    torn = Difference(0.04, 0.011, 0.077, (0.002, -0.011, 0.129))
    outcome, words = verdict(torn, 24)
    assert outcome == NEITHER
    assert "do not agree (+0.2, -1.1, +12.9)" in words
    assert "add 4.0 points" in words
    assert "can go" not in words
    assert "cost 4.0 points" in verdict(Difference(-0.04, -0.077, -0.011, (0.011, -0.131)), 24)[1]


score = st.floats(-1, 1, allow_nan=False)


@given(st.lists(st.lists(score, min_size=5, max_size=5), min_size=1, max_size=4))
def test_verdicts_are_fair(rows: list[list[float]]) -> None:
    each = [np.array(row) for row in rows]
    zero = [np.zeros(5) for _ in rows]
    there, back = difference(each, zero), difference(zero, each)
    assert there.mean == pytest.approx(-back.mean)
    assert there.shown == -back.shown
    outcome = verdict(there, 4)[0]
    assert {1: MIX, -1: REAL, 0: NEITHER}[there.shown] == outcome


def test_one_seed_that_says_the_opposite_is_enough() -> None:
    assert Difference(0.05, 0.01, 0.09, (0.1, 0.1, -0.05)).shown == 0
    assert Difference(0.05, 0.01, 0.09, (0.1, 0.1, 0.05)).shown == 1


def test_records_come_back_from_disk(tmp_path: Path) -> None:
    path = tmp_path / "records.npz"
    given_records = records(7, 1, 0.5)
    nothing = (np.zeros(0, np.int64), np.zeros((0, 4), np.float32))
    frames = [Frame(tmp_path / f"{number}.jpg", f"images/test/{number}.jpg", *nothing) for number in range(7)]
    given_records[3]["conf"] = np.zeros(0)
    given_records[3]["tp"] = np.zeros((0, 10), bool)
    given_records[3]["pred_cls"] = np.zeros(0)
    save_records(path, given_records, frames)
    again = load_records(path)
    assert [each["name"] for each in again] == [frame.name for frame in frames]
    assert again[0]["path"] == str((tmp_path / "0.jpg").resolve())
    for one, two in zip(given_records, again, strict=True):
        for key in one:
            np.testing.assert_array_equal(one[key], two[key])
    assert scores(again, ("a", "b")) == scores(given_records, ("a", "b"))
