"""What an export leaves behind: in the history, in the exit code, in words where packages are absent."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

pytest.importorskip("ultralytics")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from seedbed.cli.app import app
from seedbed.core.errors import Reason, TrainingError
from seedbed.training import train
from seedbed.training.exporting import export as exporting
from seedbed.training.exporting.formats import FORMS, form_of


@pytest.fixture(scope="module")
def seeds(tmp_path_factory: pytest.TempPathFactory, tiny_plan: Callable) -> Path:
    """A run of two seeds."""
    out = tmp_path_factory.mktemp("told") / "run"
    train(tiny_plan(epochs=1, seeds="[3, 4]"), out)
    return out


@pytest.mark.parametrize("named", ["run", "seed"])
def test_the_history_has_both_models(seeds: Path, named: str) -> None:
    """Whether the run's folder is named or that of a seed."""
    from seedbed.training.history.tracking import record, runs

    record(seeds)
    done = CliRunner().invoke(app, ["export", str(seeds if named == "run" else seeds / "seed-3"), "-q"])
    assert done.exit_code in (0, 3), done.output
    from mlflow import MlflowClient

    client = MlflowClient(f"sqlite:///{seeds.parent / 'mlflow.db'}")
    first = next(run for run in runs(seeds.parent) if run.seed == "3")
    metrics = client.get_run(first.id).data.metrics
    told = json.loads((seeds / "seed-3/export/onnx/export.json").read_text())
    assert metrics["export/onnx/mAP50"] == told["after"]["mAP50"]
    assert metrics["export/onnx/before/mAP50"] == told["before"]["mAP50"]
    assert metrics["export/onnx/lost"] == told["lost"]
    assert {"megabytes", "milliseconds"} <= {name.rpartition("/")[2] for name in metrics}
    assert [each.path for each in client.list_artifacts(first.id, "export/onnx")] == ["export/onnx/export.json"]


def test_too_much_lost_is_said_and_the_files_stay(seeds: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_HISTORY", "off")
    monkeypatch.setattr(exporting, "MOST_LOST", -1.0)
    done = CliRunner().invoke(app, ["export", str(seeds), "-o", str(tmp_path / "out"), "-q"])
    assert done.exit_code == 3
    assert "points of mAP50 were lost" in done.output
    assert json.loads((tmp_path / "out/export.json").read_text())["within"] is False
    assert {path.name for path in (tmp_path / "out").iterdir()} == {
        "README.md", "detect.py", "export.json", "labels.txt", "model.json", "model.onnx",
    }  # fmt: skip


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without any package that a form needs."""
    needed = {package for form in FORMS.values() for package in form.packages} | {"nncf"}
    found = importlib.util.find_spec

    def find(name: str, *more: Any) -> Any:
        return None if name in needed else found(name, *more)

    monkeypatch.setattr(importlib.util, "find_spec", find)


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("form", "int8", "repair"),
    [
        ("onnx", False, "pip install 'seedbed[export]'"),
        ("openvino", False, "pip install openvino"),
        ("openvino", True, "pip install openvino nncf"),
        ("ncnn", False, "pip install ncnn pnnx"),
    ],
)
def test_absent_packages_are_named(form: str, int8: bool, repair: str) -> None:
    with pytest.raises(TrainingError) as caught:
        form_of(form, int8)
    assert caught.value.reason is Reason.MISSING_PACKAGE
    assert caught.value.repair == repair


@pytest.mark.usefixtures("bare")
def test_a_plan_that_cannot_be_exported_is_not_trained_first(tmp_path: Path, tiny_plan: Callable) -> None:
    plan = tmp_path / "tiny.yaml"
    plan.write_text(tiny_plan(epochs=1, export="[onnx]").text)
    done = CliRunner().invoke(app, ["train", str(plan), "-o", str(tmp_path / "run"), "-q"])
    assert done.exit_code == 1
    assert "seedbed[export]" in done.output
    assert not (tmp_path / "run").exists()


def test_a_training_ends_with_its_exports(tmp_path: Path, tiny_plan: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEEDBED_HISTORY", "off")
    monkeypatch.setattr(exporting, "MOST_LOST", 1.0)
    plan = tmp_path / "tiny.yaml"
    plan.write_text(tiny_plan(epochs=1, export="[onnx, onnx-int8]").text)
    done = CliRunner().invoke(app, ["train", str(plan), "-o", str(tmp_path / "run"), "-q"])
    assert done.exit_code == 0, done.output
    for name in ("onnx", "onnx-int8"):
        assert "after" in json.loads((tmp_path / "run/export" / name / "export.json").read_text())


def test_forms_that_install_or_tell_by_themselves_are_not_offered() -> None:
    """MNN's converter runs pip; OpenVINO's tools send what is done to others unless that module is absent."""
    assert "mnn" not in FORMS
    probe = (
        "import sys; from seedbed.training.exporting.formats import FORMS, silence; silence(FORMS['openvino'])\n"
        "try:\n    import openvino_telemetry\nexcept ImportError:\n    print('silent')"
    )
    told = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "silent"
