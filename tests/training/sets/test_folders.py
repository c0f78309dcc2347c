"""Labelled sets on disk: layouts, class names, bad labels."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, DocumentError, SeedbedError, TrainingError
from seedbed.training.plan import Plan, loads_plan
from seedbed.training.sets.folders import read_set
from seedbed.training.sets.material import chosen, gather

DrawSet = Callable[..., Path]
MakePlan = Callable[..., Document[Plan]]


def test_a_set_is_read_as_it_is(real_set: Path) -> None:
    read = read_set(real_set)
    assert read.names == ("cube", "cone")
    assert {split: len(frames) for split, frames in read.splits.items()} == {"train": 12, "val": 5, "test": 4}
    frame = read.split("train")[0]
    assert frame.name == "images/train/000.png"
    assert sorted(frame.classes) == [0, 1]
    assert frame.boxes.shape == (2, 4)
    assert read == read_set(real_set / "data.yaml")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("0 0.5 0.5 0.2", "4 numbers"),
        ("0 0.5 0.5 0.2 0.2 0.9", "6 numbers"),
        ("7 0.5 0.5 0.2 0.2", "class 7"),
        ("0.5 0.5 0.5 0.2 0.2", "class 0.5"),
        ("0 120 80 40 40", "outside the image"),
        ("0 0.5 0.5 0 0.2", "without area"),
        ("0 0.5 0.5 -0.1 0.2", "without area"),
        ("cone 0.5 0.5 0.2 0.2", "not a line of numbers"),
        ("0 nan 0.5 0.2 0.2", "not a line of numbers"),
    ],
)
def test_bad_label_lines_are_named(tmp_path: Path, draw_shapes: DrawSet, line: str, words: str) -> None:
    root = draw_shapes(tmp_path / "set", "real")
    file = root / "labels" / "train" / "004.txt"
    file.write_text(f"0 0.5 0.5 0.2 0.2\n{line}\n")
    with pytest.raises(DocumentError) as caught:
        read_set(root)
    (problem,) = caught.value.problems
    assert (problem.file, problem.line) == (str(file), 2)
    assert words in problem.message


def test_outlines_edges_and_repeats(tmp_path: Path, draw_shapes: DrawSet) -> None:
    root = draw_shapes(tmp_path / "set", "real")
    file = root / "labels" / "train" / "000.txt"
    file.write_text("\ufeff1 0.1 0.2 0.5 0.2 0.5 0.6 0.3 0.7\r\n\n0 0.001 0.5 0.01 0.5\n0 0.001 0.5 0.01 0.5\n")
    frame = read_set(root).split("train")[0]
    assert list(frame.classes) == [1, 0]
    np.testing.assert_allclose(frame.boxes, [[0.3, 0.45, 0.4, 0.5], [0.003, 0.5, 0.006, 0.5]], atol=1e-6)
    file.unlink()
    assert len(read_set(root).split("train")[0].classes) == 0, "no label file: nothing in the image"


def test_other_layouts(tmp_path: Path, draw_shapes: DrawSet) -> None:
    root = draw_shapes(tmp_path / "set", "real")
    (root / "images").rename(root / "was")
    for split in ("train", "val", "test"):
        (root / split).mkdir()
        (root / "was" / split).rename(root / split / "images")
        (root / "labels" / split).rename(root / split / "labels")
    text = "train: ../train/images\nval: ../val/images\ntest: ../test/images\nnc: 2\nnames: ['cone', 'cube']\n"
    (root / "data.yaml").write_text(text)
    read = read_set(root)
    assert len(read.split("val")) == 5
    assert len(read.split("val")[0].classes) == 2
    (root / "list.txt").write_text("train/images/000.png\n./train/images/001.png\n")
    (root / "data.yaml").write_text("path: .\ntrain: list.txt\nval: val/images\nnames: {0: cone, 1: cube}\n")
    assert [len(read_set(root).split(split)) for split in ("train", "val", "test")] == [2, 5, 0]


def test_only_committed_frames_count(tmp_path: Path, draw_shapes: DrawSet) -> None:
    root = draw_shapes(tmp_path / "set", "synthetic")
    (root / "manifest").mkdir()
    files = {f"images/{split}/000.png": {"size": 1, "blake2b": "0"} for split in ("train", "val", "test")}
    (root / "manifest" / "a.json").write_text(json.dumps({"name": "a", "files": files, "meta": {}}))
    assert [len(frames) for frames in read_set(root).splits.values()] == [1, 1, 1]


def test_an_edited_label_is_seen(tmp_path: Path, draw_shapes: DrawSet) -> None:
    root = draw_shapes(tmp_path / "set", "real")
    before = read_set(root)
    file = root / "labels" / "train" / "000.txt"
    text = file.read_text()
    size = len(text)
    file.write_text(text[: size - 3] + ("1" if text[size - 3] != "1" else "2") + text[size - 2 :])
    assert file.stat().st_size == size
    assert read_set(root).digest != before.digest


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda root: (root / "data.yaml").unlink(), "no dataset here"),
        (lambda root: (root / "data.yaml").write_text("names: [a, a]\ntrain: images/train\n"), "named twice"),
        (lambda root: (root / "data.yaml").write_text("train: images/train\n"), "no class names"),
        (lambda root: (root / "data.yaml").write_text("names: [a, b]\ntrain: nowhere\n"), "no train images"),
        (lambda root: (root / "labels").rename(root / "lost"), "without any label file"),
        (lambda root: (root / "images" / "train" / "002.png").write_bytes(b""), "empty or cut off"),
        (lambda root: (root / "data.yaml").write_text("names: [a\n"), "data.yaml"),
    ],
)
def test_spoilt_sets(tmp_path: Path, draw_shapes: DrawSet, spoil: Callable[[Path], object], words: str) -> None:
    root = draw_shapes(tmp_path / "set", "real")
    spoil(root)
    with pytest.raises(SeedbedError, match=words):
        try:
            read_set(root)
        except DocumentError as error:
            raise SeedbedError(str(error)) from None


def test_what_a_plan_lacks_is_named_before_training(
    tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan, real_set: Path
) -> None:
    with pytest.raises(DataError, match="no such folder"):
        gather(tiny_plan(synthetic=tmp_path / "nowhere"))
    head = "seedbed: plan/1\nname: x\nshare: {start: 1, end: 0}\n"
    with pytest.raises(TrainingError, match="no synthetic set"):
        gather(loads_plan(head + f"real: {real_set}\n"))
    with pytest.raises(TrainingError, match="no real set"):
        gather(loads_plan(head + f"synthetic: {real_set}\n"))
    with pytest.raises(DataError, match="fewer real images"):
        gather(tiny_plan(real_labels=13))
    no_val = draw_shapes(tmp_path / "no_val", "real", splits={"train": 3})
    with pytest.raises(DataError, match="no validation images"):
        gather(tiny_plan(real=no_val))
    with pytest.raises(DataError, match="nothing to judge"):
        gather(tiny_plan(synthetic=draw_shapes(tmp_path / "s", "synthetic", splits={"train": 3}), test="[mixed]"))


def test_few_real_labels_are_nested_and_drawn_by_seed(tiny_plan: MakePlan) -> None:
    frames = gather(tiny_plan()).material(0).real
    four, eight = (set(chosen(frames, count, 5, "real labels")) for count in (4, 8))
    assert four < eight
    assert four != set(chosen(frames, 4, 6, "real labels"))
    assert len(gather(tiny_plan(real_labels=4)).material(5).real) == 4
    assert set(gather(tiny_plan(real_labels=4)).material(5).real) == four


def test_without_a_real_set_it_is_said_what_chooses(synthetic_set: Path) -> None:
    text = f"seedbed: plan/1\nname: x\nshare: {{schedule: constant, start: 1}}\nsynthetic: {synthetic_set}\n"
    sources = gather(loads_plan(text))
    assert sources.judged == ("synthetic",)
    assert any("synthetic validation" in note for note in sources.notes)


def test_the_real_sets_are_read(real_data: Path) -> None:
    read = read_set(real_data / "frc_cone_cube")
    assert [len(read.split(split)) for split in ("train", "val", "test")] == [306, 141, 175]
    objects = sum(len(frame.classes) for frame in read.split("test"))
    assert objects == 312 + 160
