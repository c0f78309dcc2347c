"""Runs in MLflow's SQLite file: recorded once, found again, held against each other, with what changed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("ultralytics")
pytest.importorskip("mlflow")

from seedbed.cli.runs import against_history, compare_lines
from seedbed.core.errors import DataError
from seedbed.training import train
from seedbed.training.history.alerts import Rules
from seedbed.training.history.inputs import changes
from seedbed.training.history.tracking import Run, record, runs

RULES = Rules()


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory, tiny_plan: Callable) -> Path:
    os.environ.pop("MLFLOW_TRACKING_URI", None)
    folder = tmp_path_factory.mktemp("history")
    for name, share in (("first", "{start: 0.9, end: 0.1}"), ("second", "{schedule: constant, start: 0.2}")):
        train(tiny_plan(share=share, epochs=2, images=12), folder / name)
        record(folder / name)
    return folder


def test_runs_are_recorded_once(recorded: Path) -> None:
    first, second = runs(recorded)
    assert first.name == "first, seed 0"
    assert first.family == second.family == "tiny small.yaml 64"
    assert first.test == second.test != ""
    assert 0 <= first.metrics["real/mAP50-95"] <= 1
    assert record(recorded / "second") == [second.id]
    assert len(runs(recorded)) == 2


def test_what_changed_is_told(recorded: Path) -> None:
    first, second = runs(recorded)
    found = changes(first.inputs, second.inputs)
    assert any("share" in each.words for each in found)
    assert [each.size for each in found] == sorted((each.size for each in found), reverse=True)
    assert changes(first.inputs, first.inputs) == []
    inputs = {**first.inputs, "real": {**first.inputs["real"], "images": 1200, "classes": {"cone": 900, "cube": 12}}}
    assert "cone" in changes(first.inputs, inputs)[0].words or "images" in changes(first.inputs, inputs)[0].words


def test_a_second_fall_is_an_alert() -> None:
    def run(number: int, score: float, images: int) -> Run:
        kind = {"digest": "d", "images": images, "classes": {"cone": images}, "features": {}}
        body = {"plan": {}, "test": "t", "real": kind}
        return Run(
            f"id{number}", f"r{number}", "f", "t", number, {"real/mAP50-95": score}, {}, f"/x/{number}", "0", body
        )

    steady = [run(i, 0.7 + 0.005 * (i % 3), 300) for i in range(10)]
    assert against_history(steady, steady[-1], RULES)["level"] == "fine"
    once = [*steady, run(10, 0.5, 80)]
    told = against_history(once, once[-1], RULES)
    assert told["level"] == "warn"
    assert "300 before, 80 now" in told["changes"][0]["words"]
    assert any("WARNING" in line for line in compare_lines(told))
    twice = [*once, run(11, 0.51, 80)]
    told = against_history(twice, twice[-1], RULES)
    assert told["level"] == "alert"
    assert told["since"] == "r9", "since the last good run"


def test_no_history_is_said(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no run history"):
        runs(tmp_path)
    with pytest.raises(DataError, match="no finished run"):
        record(tmp_path)
