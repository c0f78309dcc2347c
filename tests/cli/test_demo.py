"""The demo: the whole story, made very small here, and what it refuses."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seedbed.cli import demo
from seedbed.cli.app import app
from seedbed.core.datasets import read_card
from seedbed.core.progress import Silent

SMALLER = {"epochs": 2, "images_per_epoch": 16, "image_size": 64, "val_images": 4, "batch": 8, "real_labels": 2}


def smaller(room: str, name: str) -> str:
    """A pack as it is, but a plan that ends within seconds."""
    text = demo_pack(room, name)
    if room == "seedbed.training":
        for key, value in SMALLER.items():
            text, found = re.subn(rf"^{key}: .*$", f"{key}: {value}", text, flags=re.M)
            if not found:
                text += f"{key}: {value}\n"
    return text


demo_pack = demo._pack


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(demo, "_pack", smaller)
    monkeypatch.setattr(demo, "ROWS", {"sale": 500})
    monkeypatch.setattr(demo, "FRAMES", 24)
    monkeypatch.setattr(demo, "CAMERA_FRAMES", 16)


@pytest.mark.usefixtures("small")
def test_the_whole_story_ends_with_a_page(tmp_path: Path) -> None:
    page = demo.run(tmp_path / "demo", real=None, workers=2, progress=Silent())
    text = page.read_text(encoding="utf-8")
    for words in (
        "stand-in camera",
        "say nothing about real photographs",
        "beside what the client said",
        "labelled as they were drawn",
        "The synthetic share falls",
        "What it sees on stand-in test frames",
        "Where everything came from",
    ):
        assert words in text, words
    assert text.count("<svg") >= 15
    assert text.count("data:image/jpeg;base64,") >= 4
    assert re.findall(r'(?:src|href)="(?!data:)', text) == []
    assert read_card(tmp_path / "demo/camera")["seedbed:quality"]["level"] == "stand_in"
    run = read_card(tmp_path / "demo/run")
    assert run["seedbed:quality"]["level"] == "stand_in"
    assert {parent["role"] for parent in run["seedbed:lineage"]["parents"]} == {"synthetic", "real"}
    # Run twice: everything is there already, and the page is the same.
    assert demo.run(tmp_path / "demo", real=None, workers=2, progress=Silent()).read_text(encoding="utf-8") == text


@pytest.mark.usefixtures("small")
@pytest.mark.slow
def test_with_real_photographs(tmp_path: Path, real_data: Path) -> None:
    page = demo.run(tmp_path / "demo", real=real_data / "frc_cone_cube", workers=2, progress=Silent())
    text = page.read_text(encoding="utf-8")
    assert "real test photographs" in text
    assert "stand-in" not in text
    assert not (tmp_path / "demo/camera").exists()


BOTH = """
import sys
from pathlib import Path
from seedbed import render, train
scene, plan, out = map(Path, sys.argv[1:])
render(scene, out / "frames", frames=20)
train(plan, out / "run", synthetic=out / "frames", real=out / "frames")
"""


def test_frames_and_training_share_a_process(tmp_path: Path, repository: Path) -> None:
    # Mesa's software GL and triton, which torch loads, each bring an LLVM: together they once ended the process.
    plan = tmp_path / "plan.yaml"
    plan.write_text(smaller("seedbed.training", "demo.yaml"))
    scene = repository / "scenes/packs/cones.yaml"
    command = [sys.executable, "-c", BOTH, str(scene), str(plan), str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "run/results.json").is_file()


def test_an_edited_file_is_never_overwritten(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text("mine")
    done = CliRunner().invoke(app, ["demo", "-o", str(tmp_path)])
    assert done.exit_code == 1
    assert "differs from what this demo writes" in done.output
    assert (tmp_path / "book.yaml").read_text() == "mine"


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("precious")
    done = CliRunner().invoke(app, ["demo", "-o", str(tmp_path)])
    assert done.exit_code == 1
    assert "holds no demo" in done.output
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.doc"]


def test_photographs_that_are_none(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["demo", "-o", str(tmp_path / "demo"), "--real", str(tmp_path)])
    assert done.exit_code == 1
    assert "data.yaml" in done.output
    assert not (tmp_path / "demo").exists()
