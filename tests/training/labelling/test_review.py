"""Suspicious labels: what each kind of error scores beside what is right."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seedbed.training.labelling.detector import Found
from seedbed.training.labelling.review import suspicions

HERE, THERE = [10.0, 10.0, 50.0, 50.0], [60.0, 60.0, 90.0, 90.0]


def found(*rows: tuple[list[float], int, float]) -> Found:
    return Found(
        np.array([row[0] for row in rows], float).reshape(-1, 4),
        np.array([row[1] for row in rows], np.int64),
        np.array([row[2] for row in rows], float),
    )


def test_a_label_the_detector_agrees_with_is_not_doubted() -> None:
    (only,) = suspicions(np.array([HERE]), [0], found((HERE, 0, 0.9)), 0.4)
    assert only.score < 0.1
    assert only.label == 0


def test_each_kind_of_error_is_named_and_comes_first() -> None:
    sure = found((HERE, 0, 0.9), (THERE, 1, 0.8))
    for labels, classes, kind in (
        ([HERE], [0], "missing"),
        ([HERE, THERE, [0.0, 70.0, 20.0, 95.0]], [0, 1, 1], "spurious"),
        ([HERE, THERE], [0, 0], "class"),
        ([[16.0, 16.0, 56.0, 56.0], THERE], [0, 1], "box"),
    ):
        told = suspicions(np.array(labels), classes, sure, 0.4)
        assert told[0].kind == kind, told
        assert told[0].score > 0.2
        assert all(each.score < told[0].score / 2 for each in told[1:]), told


def test_a_weak_detection_is_no_missing_label() -> None:
    told = suspicions(np.zeros((0, 4)), [], found((HERE, 0, 0.39)), 0.4)
    assert told == []
    told = suspicions(np.zeros((0, 4)), [], found((HERE, 0, 0.9), ([11.0, 10.0, 50.0, 50.0], 1, 0.8)), 0.4)
    assert len(told) == 1, "a thing seen twice is one thing"


boxes = st.lists(
    st.tuples(st.floats(0, 80), st.floats(0, 80), st.floats(2, 20), st.floats(2, 20)), min_size=0, max_size=5
)


@given(boxes, boxes, st.data())
def test_one_suspicion_per_label_and_scores_in_bounds(one: list, two: list, data: st.DataObject) -> None:
    def corners(rows: list) -> np.ndarray:
        return np.array([[x, y, x + w, y + h] for x, y, w, h in rows], float).reshape(-1, 4)

    scores = sorted(data.draw(st.lists(st.floats(0.01, 1), min_size=len(two), max_size=len(two))), reverse=True)
    kinds = data.draw(st.lists(st.integers(0, 2), min_size=len(two), max_size=len(two)))
    classes = data.draw(st.lists(st.integers(0, 2), min_size=len(one), max_size=len(one)))
    told = suspicions(corners(one), classes, Found(corners(two), np.array(kinds, np.int64), np.array(scores)), 0.3)
    assert sorted(each.label for each in told if each.label is not None) == list(range(len(one)))
    assert all(0 <= each.score <= 1 for each in told)
    assert [each.score for each in told] == sorted((each.score for each in told), reverse=True)
