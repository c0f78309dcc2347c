"""Scores per size: sums are those of the whole set, known answers are exact."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core import keys

pytest.importorskip("ultralytics")

from seedbed.training.judging.mistakes import mistakes
from seedbed.training.judging.parts import SIZES, by_place, by_size, partners

NAMES = ("cone", "cube")


def record(truth: list[list[float]], kinds: list[int], boxes: list[list[float]], found: list[int]) -> dict[str, Any]:
    """What a judge would keep: hits at IoU 0.5 alone where the pair is that of `partners`."""
    made: dict[str, Any] = {
        "truth": np.array(truth, float).reshape(-1, 4),
        "target_cls": np.array(kinds, float),
        "target_img": np.unique(kinds),
        "boxes": np.array(boxes, float).reshape(-1, 4),
        "pred_cls": np.array(found, float),
        "conf": np.linspace(0.9, 0.5, len(boxes)),
        "shape": (200, 320),
    }
    owners, hit, seen = partners(made), [], set()
    for owner in owners:
        hit.append(owner >= 0 and owner not in seen)
        seen.add(owner)
    made["tp"] = np.repeat(np.array(hit, bool)[:, None], 10, axis=1).reshape(-1, 10)
    return made


def square(x: float, y: float, side: float) -> list[float]:
    return [x, y, x + side, y + side]


def test_known_answer() -> None:
    """Two sizes; the small one is found, of the large two one; a small false box counts for the small alone."""
    one = record(
        [square(0, 0, 20), square(100, 0, 120), square(200, 70, 120)],
        [0, 0, 0],
        [square(0, 0, 20), square(101, 0, 120), square(50, 150, 20)],
        [0, 0, 0],
    )
    found = by_size([one], NAMES, 0.25, 320)
    assert list(found) == ["small", "large"]
    assert [found["small"][key] for key in ("objects", "found", "missed", "background")] == [1, 1, 0, 1]
    assert [found["large"][key] for key in ("objects", "found", "missed", "background")] == [2, 1, 1, 0]
    assert found["small"]["mAP50"] == pytest.approx(0.995)
    assert found["large"]["mAP50"] == pytest.approx(0.5, abs=0.01)


def test_size_is_that_seen_by_the_model() -> None:
    one = record([square(0, 0, 60)], [0], [], [])
    assert list(by_size([one], NAMES, 0.25, 320)) == ["medium"]
    assert list(by_size([one], NAMES, 0.25, 64)) == ["tiny"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 12), st.integers(0, 12))
def test_sums_are_those_of_the_whole(seed: int, objects: int, wrong: int) -> None:
    draw = keys.generator(seed, "test", "parts")
    sides = draw.uniform(4, 140, objects)
    truth = np.column_stack([draw.uniform(0, 180, (objects, 2)), np.zeros((objects, 2))])
    truth[:, 2:] = truth[:, :2] + sides[:, None]
    near = truth + draw.normal(0, 3, truth.shape)
    false = np.column_stack([draw.uniform(0, 100, (wrong, 2)), draw.uniform(101, 200, (wrong, 2))])
    kinds = draw.integers(0, 2, objects)
    one = record(truth.tolist(), kinds.tolist(), [*near.tolist(), *false.tolist()], [*kinds.tolist(), *[0] * wrong])
    found, whole = by_size([one], NAMES, 0.0, 320), mistakes([one], 0.0)
    assert set(found) <= set(SIZES)
    assert sum(each["objects"] for each in found.values()) == objects
    assert sum(each["found"] for each in found.values()) == whole.found
    assert all(each["found"] + each["missed"] == each["objects"] for each in found.values())


def test_by_place() -> None:
    good = record([square(0, 0, 50)], [0], [square(0, 0, 50)], [0])
    bad = record([square(0, 0, 50)], [0], [], [])
    found = by_place([good, bad, bad], ["hall", "yard", ""], NAMES, 0.25)
    assert list(found) == ["hall", "yard"]
    assert (found["hall"]["found"], found["yard"]["found"], found["yard"]["images"]) == (1, 0, 1)
    assert by_place([good, bad], ["hall", "hall"], NAMES, 0.25) == {}
