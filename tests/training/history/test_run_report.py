"""report.html of a training, and who is told of a fall: real runs of a tiny detector."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("ultralytics")
pytest.importorskip("mlflow")

from seedbed.cli.app import app
from seedbed.cli.runs import ALERT, remember
from seedbed.core.progress import Silent
from seedbed.training import train
from seedbed.training.history.alerts import Rules
from seedbed.training.history.tracking import SERVER, record, runs, store_of


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory, tiny_plan: Callable) -> Path:
    """Two trainings, the second on fewer simulated images."""
    folder = tmp_path_factory.mktemp("two")
    for name, share in (("first", "{start: 0.9, end: 0.1}"), ("second", "{schedule: constant, start: 0.2}")):
        train(tiny_plan(share=share, epochs=2, images=12), folder / name)
        record(folder / name)
    return folder


@pytest.fixture(autouse=True)
def _here(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SERVER, raising=False)
    monkeypatch.delenv("SEEDBED_HISTORY", raising=False)


def test_the_page_holds_both_models(two: Path) -> None:
    done = CliRunner().invoke(app, ["runs", "report", "second", "--in", str(two)])
    assert done.exit_code == 0, done.output
    page = (two / "second" / "report.html").read_text()
    assert "held against first" in page
    assert page.count("<figcaption>before</figcaption>") == page.count("<figcaption>now</figcaption>") == 4
    assert "what changed, largest first" in page
    assert "share" in page
    assert "Class by class" in page
    assert "http" not in page.replace("http://www.w3.org", ""), "nothing is loaded from elsewhere"
    assert "simulated frames" in page


def test_the_first_training_has_a_page_too(two: Path) -> None:
    done = CliRunner().invoke(app, ["runs", "report", "first", "--in", str(two)])
    assert done.exit_code == 0, done.output
    page = (two / "first" / "report.html").read_text()
    assert "The first training of its kind" in page
    assert "figcaption>before" not in page


def test_against_any_run(two: Path) -> None:
    done = CliRunner().invoke(app, ["runs", "report", "first", "--against", "second", "--in", str(two)])
    assert done.exit_code == 0, done.output
    assert "held against second" in (two / "first" / "report.html").read_text()
    done = CliRunner().invoke(app, ["runs", "report", "third", "--in", str(two)])
    assert done.exit_code == 1
    assert "no such run" in done.output
    done = CliRunner().invoke(app, ["runs", "report", "--metric", "real/mAP5", "--in", str(two)])
    assert done.exit_code == 2
    assert "is no score" in done.output


def test_an_old_folder_that_is_gone_is_said(two: Path) -> None:
    moved = two / "first" / "records.npz"
    moved.rename(two / "kept")
    try:
        done = CliRunner().invoke(app, ["runs", "report", "second", "--in", str(two)])
        assert done.exit_code == 0, done.output
        assert "no longer on this machine" in (two / "second" / "report.html").read_text()
    finally:
        (two / "kept").rename(moved)


def test_people_are_told_of_a_fall(two: Path, server: tuple[str, list[tuple[str, str]]]) -> None:
    """Ten runs before that scored .9: the tiny detector is an outlier, the second in a row an alert."""
    pytest.importorskip("apprise")
    from mlflow import MlflowClient

    address, received = server
    assert remember(two / "second", Silent(), Rules(), [address]) == 0
    assert received == [], "too few runs to say anything"
    client = MlflowClient(tracking_uri=store_of(two))
    real = runs(two)[0]
    experiment = client.get_run(real.id).info.experiment_id
    for number in range(10):
        tags = {"seedbed.key": f"k{number}", "seedbed.family": real.family, "seedbed.test": real.test}
        tags |= {"seedbed.folder": f"/gone/{number}", "seedbed.seed": "0"}
        made = client.create_run(experiment, start_time=1000 + number, tags=tags, run_name=f"r{number}")
        client.log_metric(made.info.run_id, "test/real/mAP50-95", 0.9 + 0.001 * (number % 3))
        client.set_terminated(made.info.run_id)
    assert remember(two / "second", Silent(), Rules(), [address]) == ALERT
    ((_, body),) = received
    message = json.loads(body)
    assert message["title"].startswith("ALERT, for the second time: second, seed 0")
    assert "what changed since" in message["message"] or "nothing in the inputs" in message["message"]


def test_without_photographs_synthetic_images_judge(tmp_path: Path, tiny_plan: Callable, synthetic_set: Path) -> None:
    """A first detector has seen no photograph: its page says what it can."""
    plan = tmp_path / "tiny.yaml"
    text = tiny_plan(share="{schedule: constant, start: 1}", epochs=1, images=12).text
    plan.write_text("".join(line + "\n" for line in text.splitlines() if not line.startswith("real:")))
    out = tmp_path / "out" / "run"
    train(plan, out)
    assert remember(out, Silent(), Rules()) == 0
    page = (out / "report.html").read_text()
    assert "It was judged by 4 test images" in page
