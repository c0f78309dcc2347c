"""Scores: the mixed set, and agreement with Ultralytics' own validation."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedbed.core.documents import Document
from seedbed.training import Plan, train
from seedbed.training.learning import offline

torch = pytest.importorskip("torch")
pytest.importorskip("ultralytics")
offline.prepare()

from seedbed.training.judging.evaluation import Record, mixed, scores  # noqa: E402

MakePlan = Callable[..., Document[Plan]]


def record(hits: list[bool], confidences: list[float], found: list[int], truth: list[int]) -> Record:
    """One image; a hit is one at every threshold."""
    return {
        "tp": np.repeat(np.array(hits, dtype=bool)[:, None], 10, axis=1),
        "conf": np.array(confidences),
        "pred_cls": np.array(found, dtype=float),
        "target_cls": np.array(truth, dtype=float),
        "target_img": np.unique(np.array(truth, dtype=float)),
    }


def test_known_scores() -> None:
    all_found = scores([record([True, True], [0.9, 0.8], [0, 1], [0, 1])] * 3, ["cone", "cube"])
    assert (all_found.images, all_found.objects) == (3, 6)
    assert all_found.map50 == pytest.approx(0.995, abs=0.001), "Ultralytics' curve ends just below 1"
    cubes_missed = scores([record([True], [0.9], [0], [0, 1])] * 3, ["cone", "cube"])
    assert cubes_missed.map50 == pytest.approx(all_found.map50 / 2)
    assert cubes_missed.classes["cube"] == (0.0, 0.0)
    nothing = scores([record([], [], [], [])], ["cone"])
    assert (nothing.map50, nothing.objects) == (0.0, 0)


@pytest.mark.parametrize(
    ("share", "expected"), [(0.0, (40, 0)), (1.0, (0, 10)), (0.5, (10, 10)), (0.2, (40, 10)), (0.1, (40, 4))]
)
def test_the_mixed_set_is_as_large_as_its_share_allows(share: float, expected: tuple[int, int]) -> None:
    real, synthetic = ([{"from": name, "number": i} for i in range(n)] for name, n in (("real", 40), ("synthetic", 10)))
    kept = mixed(real, synthetic, share, 0)
    counted = tuple(sum(each["from"] == name for each in kept) for name in ("real", "synthetic"))
    assert counted == expected


@pytest.mark.slow
def test_it_learns_and_scores_as_ultralytics_does(tmp_path: Path, tiny_plan: MakePlan, real_set: Path) -> None:
    from ultralytics import YOLO

    result = train(tiny_plan(epochs=20, images=160), tmp_path / "run")
    ours = result.seeds[0].test["real"]
    assert ours["mAP50"] > 0.3
    description = tmp_path / "data.yaml"
    text = (real_set / "data.yaml").read_text().replace("path: .", f"path: {tmp_path / 'copy'}")
    description.write_text(text)
    shutil.copytree(real_set, tmp_path / "copy")
    with offline.log_to(tmp_path / "val.log"):
        theirs = YOLO(result.seeds[0].best_weights).val(
            data=str(description),
            split="test",
            imgsz=64,
            rect=False,
            plots=False,
            workers=0,
            project=str(tmp_path / "val"),
        )
    assert ours["mAP50"] == pytest.approx(theirs.box.map50, abs=2e-5)
    assert ours["mAP50-95"] == pytest.approx(theirs.box.map, abs=2e-5)
