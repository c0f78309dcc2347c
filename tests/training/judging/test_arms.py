"""Arms: the same budget, the same photographs, the same mean share; with real tiny runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("ultralytics")

from seedbed.core.errors import DataError, TrainingError
from seedbed.training import compare_arms
from seedbed.training.judging.arms import ARMS, arm_share


def test_mixes_have_the_same_mean_share(tiny_plan: Callable) -> None:
    for share in (
        "{start: 0.9, end: 0.1}",
        "{schedule: cosine, start: 0.6, end: 0, real_tail: 0.2}",
        "{schedule: auto}",
    ):
        plan = tiny_plan(share=share, epochs=20).value
        means = {arm: float(arm_share(arm, plan).settled(1).per_epoch(20).mean()) for arm in ARMS}
        assert means["real only"] == 0
        assert means["synthetic only"] == 1
        for arm in ("constant", "rising", "staged"):
            assert means[arm] == pytest.approx(means["falling"], abs=0.026), (share, arm)


def test_arms_end_to_end(tmp_path: Path, tiny_plan: Callable) -> None:
    from seedbed.cli.arms_page import arms_lines, write_arms

    plan = tiny_plan(epochs=2, images=12, seeds="[0, 1]")
    arms = ("real only", "synthetic only", "falling")
    done = compare_arms(plan, tmp_path / "out", real_labels=[3, "all"], arms=arms)
    assert {(row.arm, row.labels) for row in done.rows} == {(arm, n) for arm in arms for n in (3, 12)}
    for seed in (0, 1):
        few = [
            json.loads((tmp_path / f"out/{arm}-3/seed-{seed}/real_labels.json").read_text())
            for arm in ("real_only", "falling")
        ]
        assert few[0] == few[1], "the same photographs in every arm"
    assert [each.labels for each in done.verdicts] == [3, 12]
    before = (tmp_path / "out/falling-3/seed-0/results.json").stat().st_mtime_ns
    again = compare_arms(plan, tmp_path / "out", real_labels=[3, "all"], arms=arms)
    assert (tmp_path / "out/falling-3/seed-0/results.json").stat().st_mtime_ns == before, "finished runs stay"
    assert again.rows == done.rows
    rows = list(csv.DictReader((tmp_path / "out/arms.csv").open()))
    assert len(rows) == len(done.rows) == 12
    write_arms(done)
    page = (tmp_path / "out/arms.html").read_text()
    assert "Do simulated frames help?" in page
    assert all(text in "\n".join(arms_lines(done)) for text in ("real only", "falling"))


def test_what_cannot_be_compared_is_said(tmp_path: Path, tiny_plan: Callable, draw_shapes: Callable) -> None:
    with pytest.raises(TrainingError, match="no such arm"):
        compare_arms(tiny_plan(), tmp_path / "out", arms=("real",))
    bare = draw_shapes(tmp_path / "bare", "real", splits={"train": 4, "val": 2})
    with pytest.raises(DataError, match="real test images"):
        compare_arms(tiny_plan(real=bare), tmp_path / "out")
