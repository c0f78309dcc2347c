"""What commands say at their end."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from seedbed.cli.summary import human_bytes, train_lines
from seedbed.training import SeedResult, TrainResult


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_345_678, "12.3 MB"), (5e9, "5.0 GB"), (2e13, "20.0 TB")],
)
def test_bytes_have_a_unit(count: float, words: str) -> None:
    assert human_bytes(count) == words


def scores(value: float) -> dict[str, Any]:
    return {"images": 175, "objects": 400, "mAP50": value, "mAP50-95": value / 2, "classes": {}}


def test_a_training_ends_with_means_and_weights() -> None:
    seeds = tuple(SeedResult(n, Path(f"run/seed-{n}"), 3, {"real": scores(0.8 + n / 10)}) for n in (0, 1))
    summary = {
        "real/mAP50": {"mean": 0.85, "min": 0.8, "max": 0.9},
        "real/mAP50-95": {"mean": 0.425, "min": 0.4, "max": 0.45},
    }
    lines = list(train_lines(TrainResult(Path("run"), seeds, summary)))
    assert lines[1].split() == ["real", "175", "0.850", "0.425"]
    assert "means of 2 seeds; real mAP50-95 from 0.400 to 0.450" in lines
    assert lines[-1] == f"seed 1: best at epoch 3, {Path('run/seed-1/weights/best.pt')}"
