from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.core.errors import DataError
from seedbed.scenes.formats.yolo import boxes_from_text, data_yaml, frame_name, label_text
from seedbed.scenes.labels.records import Dropped, Label


@given(st.data())
def test_text_brings_every_pixel_edge_back(data: st.DataObject) -> None:
    width, height = data.draw(st.tuples(st.integers(32, 4096), st.integers(32, 4096)))
    edges = st.tuples(
        st.integers(0, width - 1), st.integers(0, height - 1), st.integers(1, width), st.integers(1, height)
    ).filter(lambda box: box[0] < box[2] and box[1] < box[3])
    boxes = data.draw(st.lists(edges, max_size=5))
    labels = [Label(i + 1, "b" if i % 2 else "a", 9, 1.0, box) for i, box in enumerate(boxes)]
    text = label_text(labels, ("a", "b"), (width, height))
    assert boxes_from_text(text, (width, height)) == [(i % 2, box) for i, box in enumerate(boxes)]


def test_known_line() -> None:
    label = Label(1, "cube", 50, 1.0, (10, 20, 30, 60))
    gone = Label(2, "cube", 0, 0.0, None, Dropped.HIDDEN)
    text = label_text([gone, label], ("cone", "cube"), (100, 200))
    assert text == "1 0.20000000 0.20000000 0.20000000 0.20000000\n"
    assert label_text([gone], ("cone", "cube"), (100, 200)) == ""


@pytest.mark.parametrize("line", ["1 2 3", "a 0 0 0 0", "1 x 0 0 0", "1 0 0 0 0 0"])
def test_other_lines_are_refused(line: str) -> None:
    with pytest.raises(DataError, match="line 1"):
        boxes_from_text(line, (10, 10))


def test_names_sort_as_numbers_do() -> None:
    names = [frame_name(frame) for frame in (0, 9, 10, 99_999, 100_000)]
    assert names == sorted(names)


@pytest.mark.slow
def test_ultralytics_finds_the_dataset_from_anywhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    utils = pytest.importorskip("ultralytics.data.utils", reason="the train extra is not installed")
    for split in ("train", "val"):
        (tmp_path / "set" / "images" / split).mkdir(parents=True)
    (tmp_path / "set" / "data.yaml").write_text(data_yaml(("yes", "a: b"), ["train", "val"]))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    found = utils.check_det_dataset(str(tmp_path / "set" / "data.yaml"), autodownload=False)
    assert found["train"] == str(tmp_path / "set" / "images" / "train")
    assert found["names"] == {0: "yes", 1: "a: b"}
