"""The gap panel measures what it says, and names what to change."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.training.sets.folders import read_set
from seedbed.training.sets.gap import balance, gaps, ks_distance, panel_of
from seedbed.training.sets.labelled import LabelledSet


def make(root: Path, value: int, box: str, images: int = 6, size: tuple[int, int] = (120, 160)) -> LabelledSet:
    """Images of one grey value with one box each."""
    (root / "images/train").mkdir(parents=True)
    (root / "labels/train").mkdir(parents=True)
    for number in range(images):
        cv2.imwrite(str(root / f"images/train/{number}.png"), np.full((*size, 3), value, np.uint8))
        (root / f"labels/train/{number}.txt").write_text(box)
    (root / "data.yaml").write_text("train: images/train\nval: images/train\nnc: 2\nnames: [cone, cube]\n")
    return read_set(root)


def test_known_answers(tmp_path: Path) -> None:
    panel = panel_of(make(tmp_path / "a", 51, "0 0.5 0.25 0.1 0.4\n"), ["train"])
    assert panel.images == 6
    assert panel.values["size"] == pytest.approx(np.full(6, 0.2))
    assert panel.values["aspect"] == pytest.approx(np.full(6, 0.1 * 160 / (0.4 * 120)))
    assert panel.values["height"] == pytest.approx(np.full(6, 0.25))
    assert panel.values["count"] == pytest.approx(np.ones(6))
    assert panel.values["brightness"] == pytest.approx(np.full(6, 0.2))
    assert panel.values["saturation"] == pytest.approx(np.zeros(6))
    assert panel.values["sharpness"] == pytest.approx(np.full(6, -3))
    assert panel.classes == {"cone": 6, "cube": 0}


def test_differences_come_largest_first_with_what_to_change(tmp_path: Path) -> None:
    dark = panel_of(make(tmp_path / "a", 40, "0 0.5 0.5 0.1 0.1\n"), ["train"])
    light = panel_of(make(tmp_path / "b", 200, "1 0.5 0.5 0.3 0.3\n"), ["train"])
    found = {gap.feature.key: gap for gap in gaps(dark, light)}
    assert found["brightness"].distance == found["size"].distance == 1
    assert "too dark" in found["brightness"].advice
    assert "too small" in found["size"].advice
    assert "too bright" in {gap.feature.key: gap for gap in gaps(light, dark)}["brightness"].advice
    assert found["aspect"].distance == 0
    assert not found["aspect"].clear
    distances = [gap.distance for gap in gaps(dark, light)]
    assert distances == sorted(distances, reverse=True)
    assert balance(dark, light) == [("cone", 1, 0), ("cube", 0, 1)]


def test_a_set_is_no_distance_from_itself(tmp_path: Path) -> None:
    panel = panel_of(make(tmp_path / "a", 90, "0 0.5 0.5 0.1 0.1\n1 0.2 0.2 0.1 0.2\n"), ["train"])
    assert all(gap.distance == 0 for gap in gaps(panel, panel))


def test_the_distance_is_that_of_kolmogorov_and_smirnov() -> None:
    assert ks_distance([1, 2, 3, 4], [3, 4, 5, 6]) == pytest.approx(0.5)
    assert ks_distance([1, 2], [5, 6]) == 1


def test_a_picture_that_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    given = make(tmp_path / "a", 90, "0 0.5 0.5 0.1 0.1\n")
    (tmp_path / "a/images/train/3.png").write_bytes(b"no picture")
    assert panel_of(given, ["train"]).images == 5


def test_equal_medians_are_told_apart_by_their_means() -> None:
    from seedbed.training.sets.gap import FEATURES, Panel

    one = {
        feature.key: np.array([2.0, 2.0, 2.0, 9.0, 9.0][: 5 if feature.key == "count" else 0]) for feature in FEATURES
    }
    two = {
        feature.key: np.array([1.0, 2.0, 2.0, 2.0, 3.0][: 5 if feature.key == "count" else 0]) for feature in FEATURES
    }
    (gap,) = gaps(Panel(5, one, {}), Panel(5, two, {}))
    assert (gap.ours, gap.theirs) == (4.8, 2.0)
    assert gap.advice == gap.feature.high
