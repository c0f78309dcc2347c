"""Exported models: judged like the run's own, a folder that works by itself, refusals in words."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

pytest.importorskip("ultralytics")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from seedbed.cli.app import app
from seedbed.core.errors import DataError, DocumentError, TrainingError
from seedbed.training import export, train
from seedbed.training.labelling.detector import Detector


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
    assert told["lost"] == pytest.approx(done.lost, abs=1e-5)
    assert told["within"] is True
    assert told["judged_by"] == "real"
    assert told["after"]["objects"] == 8


def test_whole_numbers_are_smaller(run: Path) -> None:
    whole, plain = export(run, int8=True), export(run)
    assert whole.folder == run / "export" / "onnx-int8"
    assert whole.after is not None
    assert plain.after is not None
    assert whole.after.megabytes < 0.6 * plain.after.megabytes
    import onnx

    graph = onnx.load(str(whole.model)).graph
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in graph.node}
    made = {name: node.op_type for node in graph.node for name in node.output}
    ends = [node for node in graph.node if node.op_type == "Conv" and "dfl" in node.name]
    assert len(ends) == 1
    assert made.get(ends[0].input[1]) != "DequantizeLinear", "distances of edges are added up in float"
    assert made.get(graph.output[0].name) != "DequantizeLinear", "boxes and scores share no scale"


Rows = list[tuple[str, float, list[float]]]


def shown_by_example(folder: Path, picture: Path) -> Rows:
    """What detect.py prints, in a process of its own that cannot see Seedbed: class, score, box."""
    command = [sys.executable, "-I", str(folder / "detect.py"), str(picture)]
    told = subprocess.run(command, capture_output=True, text=True, check=True)
    rows = [line.split() for line in told.stdout.splitlines()]
    return [(name, float(score), [float(edge) for edge in box]) for name, score, *box in rows]


def assert_alike(mine: Rows, theirs: Rows) -> None:
    """The surest detections of one are among those of the other; rounding may tip one at the threshold."""
    assert theirs
    assert abs(len(mine) - len(theirs)) <= 1 + len(theirs) // 20
    for name, score, box in theirs[:10]:
        assert any(
            name == other and abs(score - sure) < 0.02 and np.abs(np.subtract(box, place)).max() < 1
            for other, sure, place in mine
        ), (name, score, box)


@pytest.fixture(scope="module")
def device(run: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for a device that shows what it is hardly sure of: a tiny model is never sure."""
    done = export(run, out=tmp_path_factory.mktemp("device"), check=False)
    facts = json.loads((done.folder / "model.json").read_text())
    assert facts["threshold"] == json.loads((run / "results.json").read_text())["threshold"]
    (done.folder / "model.json").write_text(json.dumps(facts | {"threshold": 0.02}))
    assert (done.folder / "labels.txt").read_text().split() == ["cube", "cone"]
    assert "threshold" in (done.folder / "README.md").read_text()
    return done.folder


def test_the_example_finds_what_the_detector_finds(run: Path, device: Path) -> None:
    detector = Detector(run)
    pictures = sorted(Path(plan_sets(run)[0]).glob("images/test/*.png"))
    assert len(pictures) == 4
    for picture in pictures:
        found = detector.find([cv2.imread(str(picture))])[0].over(0.02)
        names = [detector.names[int(kind)] for kind in found.classes]
        theirs = list(zip(names, found.scores.tolist(), found.boxes.tolist(), strict=True))
        assert_alike(shown_by_example(device, picture), theirs)


@pytest.mark.parametrize("wide", [True, False])
def test_the_example_pads_as_ultralytics_does(run: Path, device: Path, tmp_path: Path, wide: bool) -> None:
    """A picture that is not square, against Ultralytics' own reader of the exported file."""
    picture = cv2.imread(str(sorted(Path(plan_sets(run)[0]).glob("images/test/*.png"))[0]))
    picture = np.hstack([picture, picture[:, ::-1]]) if wide else np.vstack([picture, picture[::-1]])
    cv2.imwrite(str(tmp_path / "picture.png"), picture)
    from ultralytics import YOLO

    model = YOLO(str(device / "model.onnx"), task="detect")
    (found,) = model.predict(picture, imgsz=64, conf=0.02, iou=0.7, verbose=False)
    boxes = found.boxes
    names = [found.names[int(kind)] for kind in boxes.cls]
    theirs = list(zip(names, boxes.conf.tolist(), boxes.xyxy.tolist(), strict=True))
    assert_alike(shown_by_example(device, tmp_path / "picture.png"), theirs)


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
    with pytest.raises(DataError) as caught:
        export(other, int8=True, check=False)
    assert "--no-check" not in str(caught.value), "whole numbers need images in any case"
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
