"""From a feed to frames, to labels of a detector, to labels that are looked at again: with a real tiny run."""

from __future__ import annotations

import csv
import json
import xml.etree.ElementTree as ElementTree
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("ultralytics")

from seedbed.core.errors import DataError
from seedbed.training import keyframes, label, review, train
from seedbed.training.sets.folders import read_set


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory, tiny_plan: Callable) -> Path:
    out = tmp_path_factory.mktemp("labelling") / "run"
    train(tiny_plan(epochs=6, images=120, lr=0.01), out)
    return out


def film(path: Path, blurred: range = range(0)) -> Path:
    """60 frames: three places, 20 frames each, nearly still."""
    video = cv2.VideoWriter(str(path), cv2.VideoWriter_fourcc(*"MJPG"), 10, (160, 120))
    for index in range(60):
        rng = np.random.default_rng(index // 20)
        picture = np.full((120, 160, 3), 60 + 60 * (index // 20), np.uint8)
        for _ in range(6):
            x, y = (int(v) for v in rng.integers(10, 100, 2))
            cv2.rectangle(picture, (x, y), (x + 24, y + 18), tuple(int(v) for v in rng.integers(0, 255, 3)), -1)
        if index in blurred:
            picture = cv2.GaussianBlur(picture, (0, 0), 5)
        video.write(picture)
    video.release()
    return path


def test_keyframes_are_of_different_places_and_sharp(tmp_path: Path) -> None:
    feed = film(tmp_path / "feed.avi", blurred=range(0, 60, 4))
    made = keyframes(feed, tmp_path / "out", count=3, every=0.1)
    assert sorted(each.index // 20 for each in made) == [0, 1, 2]
    assert all(each.index % 4 for each in made), "none of the blurred ones"
    again = keyframes(feed, tmp_path / "again", count=3, every=0.1)
    assert [each.index for each in again] == [each.index for each in made]
    for each in made:
        picture = cv2.imread(str(tmp_path / "out/images" / each.file))
        assert abs(float(picture[2, 2].mean()) - (60 + 60 * (each.index // 20))) < 8, "the very frame"
    rows = list(csv.DictReader((tmp_path / "out/keyframes.csv").open()))
    assert [row["file"] for row in rows] == [each.file for each in made]
    assert cv2.imread(str(tmp_path / "out/sheet.jpg")) is not None


def test_a_feed_of_nothing_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no such file"):
        keyframes(tmp_path / "none.mp4", tmp_path / "out", count=3)
    (tmp_path / "broken.mp4").write_bytes(b"no video")
    with pytest.raises(DataError, match="no frame could be read"):
        keyframes(tmp_path / "broken.mp4", tmp_path / "out", count=3)


def test_keyframes_ask_the_detector(tmp_path: Path, run: Path, real_set: Path) -> None:
    made = keyframes(real_set / "images/val", tmp_path / "out", count=4, run=run)
    assert made
    assert all(each.unsure is not None and 0 <= each.unsure <= 1 for each in made)


def test_labels_of_a_detector_are_a_data_set(tmp_path: Path, run: Path, real_set: Path) -> None:
    done = label(run, real_set / "images/val", tmp_path / "out", threshold=0.011)
    given = read_set(tmp_path / "out")
    assert done.images == len(given.split("train")) == 5
    boxes = sum(len(frame.classes) for frame in given.split("train"))
    assert sum(done.boxes.values()) == boxes > 0
    tree = ElementTree.parse(tmp_path / "out/cvat.xml").getroot()
    assert len(tree.findall("image")) == 5
    assert len(tree.findall("image/box")) == boxes
    for image in tree.findall("image"):
        for box in image.findall("box"):
            assert 0 <= float(box.get("xtl", "-1")) < float(box.get("xbr", "-1")) <= float(image.get("width", "0"))
    tasks = json.loads((tmp_path / "out/label_studio.json").read_text())
    assert sum(len(task["predictions"][0]["result"]) for task in tasks) == boxes


def test_review_ranks_every_label(tmp_path: Path, run: Path, real_set: Path) -> None:
    from seedbed.cli.labelling import write_review

    done = review(real_set, run, tmp_path / "out")
    labels = [each for each in done.doubts if each.suspicion.label is not None]
    assert done.images == 21
    assert len(labels) == done.labels == 42
    assert "has learnt from 12 of these 21 images" in done.notes[0]
    rows = list(csv.DictReader((tmp_path / "out/review.csv").open()))
    assert [float(row["score"]) for row in rows] == sorted((float(row["score"]) for row in rows), reverse=True)
    write_review(done, tmp_path / "out")
    assert (tmp_path / "out/review.html").read_text().count("<img") >= 20


def test_no_run_is_said(tmp_path: Path, real_set: Path) -> None:
    with pytest.raises(DataError, match="no finished run here"):
        label(tmp_path, real_set / "images/val", tmp_path / "out")
