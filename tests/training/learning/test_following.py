"""Schedules inside a run: what was asked is what was loaded, with loading processes and after an interruption."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("ultralytics")

from seedbed.core.progress import Silent
from seedbed.training import read_history, train

TOLD = (
    "epoch",
    "asked_share",
    "share",
    "load_share",
    "synthetic_repeats_max",
    "real_repeats_max",
    "real/mAP50-95",
    "lr",
)
CUTS = "{schedule: adaptive, start: 0.8, patience: 1, gain: 1.0}"


def told(folder: Path) -> list[list[str]]:
    return [[row[key] for key in TOLD] for row in read_history(folder / "epochs.csv")]


@pytest.fixture(scope="module")
def adaptive(tmp_path_factory: pytest.TempPathFactory, tiny_plan: Callable) -> Path:
    """A score never rises by 1, so the share is halved at each plateau of an epoch."""
    out = tmp_path_factory.mktemp("adaptive") / "run"
    train(tiny_plan(share=CUTS, epochs=5, images=20), out)
    return out


def test_an_adaptive_share_is_kept(adaptive: Path) -> None:
    asked = [float(row["asked_share"]) for row in read_history(adaptive / "epochs.csv")]
    assert asked[:2] == [0.8, 0.8]
    assert asked[2] == 0.4
    assert min(asked) < 0.4
    for row in read_history(adaptive / "epochs.csv"):
        assert abs(float(row["share"]) - float(row["asked_share"])) <= 0.5 / 20
        assert int(row["real_repeats_max"]) - int(row["real_repeats_min"]) <= 1
    body = json.loads((adaptive / "schedule.json").read_text())
    assert [each["what"] for each in body["decisions"]][:2] == ["hold", "cut"]
    assert body["shares"] == pytest.approx(asked)


@pytest.mark.parametrize("workers", [2, pytest.param(4, marks=pytest.mark.slow)])
def test_loading_processes_follow_in_time(adaptive: Path, tmp_path: Path, tiny_plan: Callable, workers: int) -> None:
    train(tiny_plan(share=CUTS, epochs=5, images=20, workers=workers), tmp_path / "run")
    assert told(tmp_path / "run") == told(adaptive)


@pytest.mark.parametrize("after", [2, pytest.param(3, marks=pytest.mark.slow), pytest.param(4, marks=pytest.mark.slow)])
def test_a_resumed_run_decides_the_same(adaptive: Path, tmp_path: Path, tiny_plan: Callable, after: int) -> None:
    class Stop(Silent):
        def note(self, text: str) -> None:
            if f"epoch {after}/" in text:
                raise KeyboardInterrupt

    plan = tiny_plan(share=CUTS, epochs=5, images=20)
    with pytest.raises(KeyboardInterrupt):
        train(plan, tmp_path / "run", progress=Stop())
    train(plan, tmp_path / "run")
    assert told(tmp_path / "run") == told(adaptive)
    assert (tmp_path / "run/schedule.json").read_bytes() == (adaptive / "schedule.json").read_bytes()


def test_phases_have_their_rates(tmp_path: Path, tiny_plan: Callable) -> None:
    stages = "[{share: 1, part: 3}, {share: 0, part: 1, lr: 0.0004}]"
    out = tmp_path / "run"
    train(tiny_plan(share=f"{{schedule: staged, stages: {stages}}}", epochs=4), out)
    rows = read_history(out / "epochs.csv")
    assert [row["asked_share"] for row in rows] == ["1", "1", "1", "0"]
    assert float(rows[-1]["lr"]) == pytest.approx(0.0004, rel=0.01)
    assert float(rows[1]["lr"]) > 0.001
