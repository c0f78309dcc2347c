"""Whole numbers: which images are looked at, which nodes stay in float, and what it costs on photographs."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("ultralytics")
pytest.importorskip("onnxruntime")
pytest.importorskip("onnx")

from seedbed.training import export, train
from seedbed.training.exporting.int8 import IMAGES, examples, kept_in_float
from seedbed.training.plan import loads_plan
from seedbed.training.sets.labelled import Frame


def frames(count: int, name: str = "real") -> tuple[Frame, ...]:
    nothing = np.zeros((0, 4), np.float32)
    return tuple(
        Frame(Path(f"{name}{number:04d}.png"), f"{name}{number:04d}.png", np.zeros(0, np.int64), nothing)
        for number in range(count)
    )


def test_images_are_of_the_whole_set() -> None:
    looked_at = examples(frames(1000), frames(1000, "synthetic"))
    assert len(looked_at) == IMAGES
    assert all(each.name.startswith("real") for each in looked_at)
    places = [int(each.name[4:8]) for each in looked_at]
    assert min(places) < 100
    assert max(places) > 900
    assert looked_at == examples(frames(1000), ())


def test_few_photographs_are_filled_up_with_simulated_frames() -> None:
    looked_at = examples(frames(5), frames(1000, "synthetic"))
    assert len(looked_at) == IMAGES
    assert [each.name for each in looked_at[:5]] == [each.name for each in frames(5)]


def node(kind: str, name: str, inputs: list[str], outputs: list[str]) -> object:
    import onnx

    return onnx.helper.make_node(kind, inputs, outputs, name)


def test_the_end_of_the_head_stays_in_float() -> None:
    nodes = [
        node("Conv", "/model.0/conv/Conv", ["images"], ["a"]),
        node("Sigmoid", "/model.0/act/Sigmoid", ["a"], ["b"]),
        node("Mul", "/model.0/act/Mul", ["a", "b"], ["c"]),
        node("Conv", "/model.1/cv2.0/cv2.0.0/conv/Conv", ["c"], ["d"]),
        node("Relu", "/model.1/cv2.0/cv2.0.0/act/Relu", ["d"], ["e"]),
        node("Conv", "/model.1/cv2.0/cv2.0.1/Conv", ["e"], ["f"]),
        node("Reshape", "/model.1/Reshape", ["f"], ["g"]),
        node("Conv", "/model.1/dfl/conv/Conv", ["g"], ["h"]),
        node("Concat", "/model.1/Concat", ["h"], ["output0"]),
    ]
    assert kept_in_float(nodes) == [
        "/model.1/cv2.0/cv2.0.0/act/Relu",
        "/model.1/cv2.0/cv2.0.1/Conv",
        "/model.1/Reshape",
        "/model.1/dfl/conv/Conv",
        "/model.1/Concat",
    ]


def test_without_names_of_modules_only_weighted_nodes_are_turned() -> None:
    nodes = [
        node("Conv", "first", ["images"], ["a"]),
        node("Sigmoid", "second", ["a"], ["b"]),
        node("Conv", "third", ["b"], ["output0"]),
    ]
    assert kept_in_float(nodes) == ["second"]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_less_than_a_point_is_lost_on_photographs(real_data: Path, tmp_path: Path) -> None:
    photographs = real_data / "frc_cone_cube"
    if not photographs.is_dir():
        pytest.skip("no frc_cone_cube among the real data")
    text = (
        f"seedbed: plan/1\nname: device\nmodel: small.yaml\nreal: {photographs}\nepochs: 10\n"
        "share: {schedule: constant, start: 0}\nimages_per_epoch: 300\nimage_size: 160\nlr: 0.005\n"
    )
    train(loads_plan(text), tmp_path / "run")
    done = export(tmp_path / "run", int8=True)
    assert done.before is not None
    assert done.after is not None
    assert done.before.map50 > 0.8
    assert done.within, f"{100 * done.lost:.2f} points"
    assert done.after.map50_95 > done.before.map50_95 - 0.01
    assert done.after.found > 0.98 * done.before.found
    assert done.after.megabytes < 0.5 * export(tmp_path / "run", check=False).model.stat().st_size / 1e6
