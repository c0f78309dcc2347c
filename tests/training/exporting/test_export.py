"""Exported models: judged like the run's own, a folder that works by itself, refusals in words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("ultralytics")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from seedbed.cli.app import app
from seedbed.core.errors import DataError, DocumentError, TrainingError
from seedbed.training import export, train


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_plan: Callable) -> Path:
    """A detector that has learnt a little: enough for boxes to be compared."""
    out = tmp_path_factory.mktemp("exported") / "run"
    train(tiny_plan(share="{start: 0.5, end: 0.0}", epochs=8, images=48, lr=0.01), out)
    return out


def test_onnx_is_the_same_model(run: Path) -> None:
    done = export(run)
    assert done.folder == run / "export" / "onnx"
    assert done.before is not None
    assert done.after is not None
    assert done.after.map50_95 == pytest.approx(done.before.map50_95, abs=1e-3)
    assert done.after.images == 4
    told = json.loads((done.folder / "export.json").read_text())
    assert told["after"]["mAP50"] == round(done.after.map50, 5)
    assert told["after"]["megabytes"] > 0.1
    assert told["after"]["milliseconds"] > 0


def test_whole_numbers_are_smaller(run: Path) -> None:
    whole, plain = export(run, int8=True), export(run)
    assert whole.folder == run / "export" / "onnx-int8"
    assert whole.after is not None
    assert plain.after is not None
    assert whole.after.megabytes < 0.6 * plain.after.megabytes
    import onnx

    kinds = {node.op_type for node in onnx.load(str(whole.model)).graph.node}
    assert {"QuantizeLinear", "DequantizeLinear"} <= kinds


def test_the_folder_works_by_itself(run: Path, tmp_path: Path) -> None:
    """Its example, in a process of its own that cannot see Seedbed, against Ultralytics' own reader of the file."""
    from ultralytics import YOLO

    done = export(run, out=tmp_path / "device", check=False)
    assert (done.folder / "labels.txt").read_text().split() == ["cube", "cone"]
    assert "threshold" in (done.folder / "README.md").read_text()
    facts = json.loads((done.folder / "model.json").read_text())
    facts["threshold"] = 0.02  # a tiny model is never sure
    (done.folder / "model.json").write_text(json.dumps(facts))
    found = 0
    model = YOLO(str(done.model), task="detect")
    pictures = sorted(Path(next(iter(plan_sets(run)))).glob("images/test/*.png"))
    for picture in pictures:
        told = subprocess.run(
            [sys.executable, "-I", str(done.folder / "detect.py"), str(picture)],
            capture_output=True,
            text=True,
            check=True,
        )
        rows = [line.split() for line in told.stdout.splitlines()]
        (other,) = model.predict(str(picture), imgsz=64, conf=0.02, iou=0.7, max_det=10_000, verbose=False)
        boxes = other.boxes.xyxy.numpy()
        assert abs(len(rows) - len(boxes)) <= 1 + len(boxes) // 50, "rounding may tip one at the threshold"
        mine = np.array([[float(value) for value in row[2:]] for row in rows]).reshape(-1, 4)
        names = [other.names[int(kind)] for kind in other.boxes.cls]
        for box, name in zip(boxes[:20], names[:20], strict=True):
            near = np.abs(mine - box).max(1) < 1.0
            assert any(row[0] == name for row, close in zip(rows, near, strict=True) if close), (box, name)
            found += 1
    assert found > 5


def plan_sets(run: Path) -> list[str]:
    from ruamel.yaml import YAML

    plan = YAML(typ="safe", pure=True).load((run / "plan.yaml").read_text())
    return [each["data"] for each in plan["real"]]


def test_torchscript(run: Path) -> None:
    done = export(run, "torchscript")
    assert done.before is not None
    assert done.after is not None
    assert done.after.map50_95 == pytest.approx(done.before.map50_95, abs=1e-3)
    assert not (done.folder / "detect.py").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--format", "onx"], "did you mean"),
        (["--format", "torchscript", "--int8"], "not made with int8"),
        (["--format", "ncnn"], "pip install ncnn"),
    ],
)
def test_refusals(run: Path, words: list[str], said: str) -> None:
    done = CliRunner().invoke(app, ["export", str(run), *words])
    assert done.exit_code == 1
    assert said in done.output


def test_images_that_moved_are_said(run: Path, tmp_path: Path) -> None:
    import shutil

    other = shutil.copytree(run, tmp_path / "run")
    plan = other / "plan.yaml"
    plan.write_text(plan.read_text().replace("real", "gone", 0).replace(plan_sets(run)[0], "/nowhere"))
    with pytest.raises(DataError, match="not where they were"):
        export(other)
    done = CliRunner().invoke(app, ["export", str(other), "--no-check", "-q"])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["export", str(other), "--real", plan_sets(run)[0]])
    assert done.exit_code == 0, done.output
    assert "mAP50" in done.output


def test_no_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no finished run"):
        export(tmp_path)
    with pytest.raises(TrainingError, match="no such format"):
        export(tmp_path, "tensorrt")


def test_a_plan_names_what_to_export(tiny_plan: Callable, tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="export"):
        tiny_plan(export="[tensorflow]")
    with pytest.raises(DocumentError, match="named twice"):
        tiny_plan(export="[onnx, onnx]")
    assert tiny_plan(export="[onnx, onnx-int8]").value.export == ("onnx", "onnx-int8")
