"""Every mistake has its name, every object is found or missed once, and the threshold is the best one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.training.judging.mistakes import Record, iou, mistakes, working_threshold


def record(found: list[tuple[float, int, list[float]]], truth: list[tuple[int, list[float]]]) -> Record:
    boxes = np.array([box for *_, box in found], float).reshape(-1, 4)
    kinds = np.array([kind for _, kind, _ in found], float)
    overlaps = iou(boxes, np.array([box for _, box in truth], float).reshape(-1, 4))
    hits = np.zeros((len(found), 10), bool)
    for i in range(len(found)):
        hits[i] = any(overlaps[i, j] >= 0.5 and kinds[i] == truth[j][0] for j in range(len(truth)))
    return {
        "tp": hits,
        "conf": np.array([score for score, *_ in found]),
        "pred_cls": kinds,
        "boxes": boxes,
        "truth": np.array([box for _, box in truth], float).reshape(-1, 4),
        "target_cls": np.array([kind for kind, _ in truth], float),
    }


def test_each_mistake_has_its_name() -> None:
    image = record(
        [
            (0.9, 0, [0, 0, 10, 10]),  # found
            (0.8, 0, [1, 0, 10, 10]),  # twice
            (0.7, 1, [20, 0, 30, 10]),  # another class lies there
            (0.6, 0, [44, 0, 54, 10]),  # beside its object
            (0.5, 0, [80, 80, 90, 90]),  # nothing there
            (0.1, 0, [70, 70, 75, 75]),  # under the threshold
        ],
        [(0, [0, 0, 10, 10]), (0, [20, 0, 30, 10]), (0, [40, 0, 50, 10])],
    )
    got = mistakes([image, record([], [(1, [0, 0, 5, 5])])], 0.4)
    assert (got.images, got.objects, got.found, got.missed) == (2, 4, 1, 3)
    assert (got.background, got.duplicates, got.wrong_class, got.misplaced) == (1, 1, 1, 1)
    assert got.precision == pytest.approx(0.2)
    assert got.recall == pytest.approx(0.25)


def test_an_object_is_found_by_one_detection_only() -> None:
    two = record([(0.9, 0, [0, 0, 10, 10]), (0.8, 0, [0, 0, 10, 10])], [(0, [0, 0, 10, 10]), (0, [0, 1, 10, 11])])
    assert mistakes([two], 0.1).found == 2


def test_the_threshold_is_the_best_one() -> None:
    right = [(0.9, 0, [0.0, 0, 10, 10]), (0.6, 0, [20.0, 0, 30, 10])]
    wrong = [(0.4, 0, [50.0, 50, 60, 60]), (0.3, 0, [70.0, 70, 80, 80])]
    image = record(right + wrong, [(0, [0, 0, 10, 10]), (0, [20, 0, 30, 10])])
    assert working_threshold([image]) == pytest.approx(0.5)
    assert working_threshold([record([], [(0, [0, 0, 1, 1])])]) == 0.25
    assert working_threshold([]) == 0.25


@given(
    st.lists(
        st.tuples(st.floats(0, 1), st.integers(0, 1), st.integers(0, 8), st.integers(0, 8)),
        max_size=12,
    ),
    st.lists(st.tuples(st.integers(0, 1), st.integers(0, 8), st.integers(0, 8)), max_size=6),
    st.floats(0, 1),
)
def test_everything_is_counted_once(
    found: list[tuple[float, int, int, int]], truth: list[tuple[int, int, int]], threshold: float
) -> None:
    image = record(
        [(score, kind, [x, y, x + 3, y + 3]) for score, kind, x, y in found],
        [(kind, [x, y, x + 3, y + 3]) for kind, x, y in truth],
    )
    got = mistakes([image], threshold)
    above = sum(score >= threshold for score, *_ in found)
    assert got.found + got.background + got.duplicates + got.wrong_class + got.misplaced == above
    assert got.found + got.missed == len(truth)
