"""Leaks: copies are found, other images are not, on drawn and on real pictures."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedbed.core import keys
from seedbed.core.documents import Document
from seedbed.core.errors import DataError
from seedbed.training.plan import Plan
from seedbed.training.sets.folders import read_set
from seedbed.training.sets.inspection import inspect
from seedbed.training.sets.leaks import check_leaks, duplicates
from seedbed.training.sets.material import gather

cv2 = pytest.importorskip("cv2")

MakePlan = Callable[..., Document[Plan]]
DrawSet = Callable[..., Path]

SETS = ("frc_cone_cube", "playing_cards", "dice")


@pytest.fixture
def leaky(tmp_path: Path, draw_shapes: DrawSet) -> Path:
    """A real set whose train image 3 is also test image 1."""
    root = draw_shapes(tmp_path / "leaky", "real", ("cube", "cone"))
    shutil.copyfile(root / "images/test/001.png", root / "images/train/003.png")
    return root


def test_a_copy_is_refused_with_both_names_and_the_way_out(leaky: Path, tiny_plan: MakePlan) -> None:
    with pytest.raises(DataError) as caught:
        inspect(gather(tiny_plan(real=leaky)))
    words = str(caught.value)
    for part in ("train/003.png", "test/001.png", "real test", "allow_duplicates: true", "1 image to learn from"):
        assert part in words


def test_a_copy_is_said_where_it_is_allowed(leaky: Path, tiny_plan: MakePlan) -> None:
    found = inspect(gather(tiny_plan(real=leaky, allow_duplicates="true")))
    assert [pair.exact for pair in found.duplicates] == [True]
    assert any("as the plan allows" in note for note in found.notes)
    assert b"003.png" in found.leaks_json()


def test_a_synthetic_image_may_leak_too(
    tmp_path: Path, draw_shapes: DrawSet, real_set: Path, tiny_plan: MakePlan
) -> None:
    root = draw_shapes(tmp_path / "synthetic", "synthetic")
    shutil.copyfile(real_set / "images/val/002.png", root / "images/train/000.png")
    with pytest.raises(DataError, match="real val"):
        inspect(gather(tiny_plan(synthetic=root)))


@pytest.mark.parametrize("name", SETS)
def test_the_real_sets_leak_nothing(real_data: Path, name: str) -> None:
    given = read_set(real_data / name)
    assert duplicates(given.split("train"), {split: given.split(split) for split in ("val", "test")}) == ()


@pytest.mark.parametrize("name", SETS)
@pytest.mark.parametrize("way", ["half", "quality", "noise"])
def test_planted_copies_of_real_images_are_found(real_data: Path, tmp_path: Path, name: str, way: str) -> None:
    given = read_set(real_data / name)
    judged = given.split("test")[::4]
    draw = keys.generator(1, "test", "leak noise")
    learnt = []
    for number, frame in enumerate(judged):
        image = cv2.imread(str(frame.path))
        if way == "half":
            image = cv2.resize(image, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        elif way == "noise":
            image = np.clip(image + draw.normal(0, 8, image.shape), 0, 255).astype(np.uint8)
        path = tmp_path / f"{number}.jpg"
        cv2.imwrite(str(path), image, [cv2.IMWRITE_JPEG_QUALITY, 60 if way == "quality" else 90])
        learnt.append(type(frame)(path, path.name, frame.classes, frame.boxes))
    found = duplicates(learnt, {"test": judged})
    assert [pair.judged for pair in found] == [frame.path for frame in judged]
    assert not any(pair.exact for pair in found)
    (note,) = check_leaks(found, allowed=False)
    assert f"{len(judged)} images to learn from look nearly like" in note


def test_an_image_that_does_not_decode_is_named_before_training(
    tmp_path: Path, draw_shapes: DrawSet, tiny_plan: MakePlan
) -> None:
    root = draw_shapes(tmp_path / "real", "real", ("cube", "cone"))
    broken = root / "images/train/005.png"
    data = bytearray(broken.read_bytes())
    data[1:20] = bytes(19)
    broken.write_bytes(bytes(data))
    with pytest.raises(DataError, match=r"005\.png[\s\S]*cannot be decoded[\s\S]*replace it"):
        inspect(gather(tiny_plan(real=root)))
