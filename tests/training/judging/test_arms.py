"""Arms: the same budget, the same photographs, the same mean share; with real tiny runs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

pytest.importorskip("ultralytics")

from seedbed.core.errors import DataError, TrainingError
from seedbed.training import compare_arms
from seedbed.training.judging.arms import ARMS, MIXES, Row, arm_share, preferred


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
    arms = ("real only", "synthetic only", "constant", "falling")
    done = compare_arms(plan, tmp_path / "out", real_labels=[3, "all"], arms=arms)
    assert {(row.arm, row.labels) for row in done.rows} == {(arm, n) for arm in arms for n in (3, 12)}
    for seed in (0, 1):
        few = [
            json.loads((tmp_path / f"out/{arm}-3/seed-{seed}/real_labels.json").read_text())
            for arm in ("real_only", "falling")
        ]
        assert few[0] == few[1], "the same photographs in every arm"
    assert [each.labels for each in done.verdicts] == [3, 12]
    for each in done.verdicts:
        mixes = {arm: _mean_validation(done.rows, arm, each.labels) for arm in ("constant", "falling")}
        assert mixes[each.mix] == max(mixes.values()), "chosen by validation, not by the test set"
        assert each.found == done.differences[each.labels, each.mix]
    assert set(done.orders) == {(3, "constant"), (12, "constant")}
    before = (tmp_path / "out/falling-3/seed-0/results.json").stat().st_mtime_ns
    again = compare_arms(plan, tmp_path / "out", real_labels=[3, "all"], arms=arms)
    assert (tmp_path / "out/falling-3/seed-0/results.json").stat().st_mtime_ns == before, "finished runs stay"
    assert again.rows == done.rows
    rows = list(csv.DictReader((tmp_path / "out/arms.csv").open()))
    assert len(rows) == len(done.rows) == 16
    write_arms(done)
    page = (tmp_path / "out/arms.html").read_text()
    assert "Do simulated frames help?" in page
    assert "Does the order of the same images matter?" in page
    assert all(text in "\n".join(arms_lines(done)) for text in ("real only", "falling"))


def _mean_validation(rows: Sequence[Row], arm: str, labels: int) -> float:
    found = [row.validation for row in rows if (row.arm, row.labels) == (arm, labels)]
    return sum(found) / len(found)


def test_validation_prefers_a_mix(tmp_path: Path) -> None:
    def run(arm: str, validation: float, test: float) -> Row:
        return Row(arm, 4, 0, tmp_path, test, test, validation)

    rows = [run("falling", 0.5, 0.9), run("constant", 0.6, 0.1), run("constant", 0.5, 0.1), run("staged", 0.52, 0.99)]
    assert preferred(rows) == "constant"
    assert preferred(rows[::-1]) == "constant"
    assert preferred([run(arm, 0.5, 0.5) for arm in reversed(MIXES)]) == "falling"


def test_what_cannot_be_compared_is_said(tmp_path: Path, tiny_plan: Callable, draw_shapes: Callable) -> None:
    with pytest.raises(TrainingError, match="no such arm"):
        compare_arms(tiny_plan(), tmp_path / "out", arms=("real",))
    bare = draw_shapes(tmp_path / "bare", "real", splits={"train": 4, "val": 2})
    with pytest.raises(DataError, match="real test images"):
        compare_arms(tiny_plan(real=bare), tmp_path / "out")
