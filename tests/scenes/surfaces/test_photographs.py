"""Photographs behind a scene: what must be kept out of them is, and the tool says so where nobody cared."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.core.keys import generator
from seedbed.scenes import Scene, check_scene, remarks
from seedbed.scenes.models.backdrops import Photographs
from seedbed.scenes.surfaces.photographs import photograph

RED = (0, 0, 255)  # OpenCV's order


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A grey picture with a red thing right of the middle, and its mask."""
    (tmp_path / "frames").mkdir()
    (tmp_path / "masks").mkdir()
    picture = np.full((120, 160, 3), 100, np.uint8)
    cv2.rectangle(picture, (90, 40), (119, 79), RED, -1)
    cv2.imwrite(str(tmp_path / "frames" / "a.png"), picture)
    mask = np.zeros((120, 160), np.uint8)
    mask[40:80, 90:120] = 1
    cv2.imwrite(str(tmp_path / "masks" / "a.png"), mask)
    (tmp_path / "guesses").mkdir()
    (tmp_path / "guesses" / "a.txt").write_text("0 0.65 0.5 0.17 0.3 0.71\n\n")
    return tmp_path


def red(picture: np.ndarray) -> int:
    return int((picture[..., 0].astype(int) - picture[..., 1] > 40).sum())


@pytest.mark.parametrize(
    "keys",
    [
        {"keep_out": ((0.55, 0.3, 0.76, 0.68),)},
        {"masks": {"folder": "masks"}},
        {"guesses": "guesses"},
    ],
)
def test_what_is_kept_out_is_inpainted(folder: Path, keys: dict[str, object]) -> None:
    open_to = Photographs.model_validate({"folder": "frames"})
    assert red(photograph(open_to, folder, (160, 120), generator(1, "p"))) == 1200
    kept = Photographs.model_validate({"folder": "frames", **keys})
    out = photograph(kept, folder, (160, 120), generator(1, "p"))
    assert out.shape == (120, 160, 3)
    np.testing.assert_allclose(out, 100, atol=5)  # Telea's method is a weighted mean, give or take
    np.testing.assert_array_equal(out[:30], 100)


def test_or_covered_anew_in_each_frame(folder: Path) -> None:
    model = Photographs.model_validate({"folder": "frames", "masks": {"folder": "masks"}, "fill": "cover"})
    one, two = (photograph(model, folder, (160, 120), generator(seed, "p")) for seed in (1, 2))
    assert (one[45:75, 95:115] != two[45:75, 95:115]).any()
    np.testing.assert_array_equal(one[:30], 100)


def test_pictures_are_cut_to_the_frame_not_squeezed(folder: Path) -> None:
    model = Photographs.model_validate({"folder": "frames", "empty": True})
    shapes = {photograph(model, folder, (100, 100), generator(seed, "p")).shape for seed in range(4)}
    assert shapes == {(75, 75, 3)}
    counts = {red(photograph(model, folder, (60, 120), generator(seed, "p"))) for seed in range(20)}
    assert len(counts) > 3, "cut at different places"


def _document(folder: Path, backdrop: str, more: str = ""):  # type: ignore[no-untyped-def]
    text = (
        "seedbed: scene/1\nname: x\nobjects: [{class: cone, shape: cone, height: [0.3, 0.4]}]\n"
        f"world: {{backdrop: [procedural, {backdrop}]}}\n{more}"
    )
    return loads(text, Scene, folder / "s.yaml")


@pytest.mark.parametrize(
    ("backdrop", "warned"),
    [
        ("{folder: frames}", True),
        ("{folder: frames, empty: false}", True),
        ("{folder: frames, empty: true}", False),
        ("{folder: frames, keep_out: [[0, 0.5, 1, 1]]}", False),
        ("{folder: frames, masks: {folder: masks}}", False),
        ("{folder: frames, guesses: guesses}", False),
        ("procedural", False),
    ],
)
def test_a_folder_nobody_answers_for_is_warned_of(folder: Path, backdrop: str, warned: bool) -> None:
    document = _document(folder, backdrop)
    check_scene(document)
    said = [line for line in remarks(document) if line.startswith("WARNING world.backdrop.1")]
    assert bool(said) == warned
    assert not said or "`empty: true`" in said[0]


@pytest.mark.parametrize(("camera", "said"), [("{move: still}", False), ("{move: pan}", True)])
def test_a_photograph_behind_a_moving_camera_is_told_of(folder: Path, camera: str, said: bool) -> None:
    document = _document(folder, "{folder: frames, empty: true}", f"sequence: {{frames: 4, camera: {camera}}}\n")
    assert any("stays where it is in the picture" in line for line in remarks(document)) == said


@pytest.mark.parametrize(
    ("backdrop", "words"),
    [
        ("{folder: frames, keep_out: [[0.5, 0, 0.2, 1]]}", "the region is empty"),
        ("{folder: frames, keep_out: [[0, 0, 640, 1]]}", "at most 1"),
        ("{folder: frames, masks: {folder: nowhere}}", "no such folder"),
        ("{folder: frames, masks: {folder: others}}", "photographs without a mask.*a.png"),
        ("{folder: frames, mask: {folder: masks}}", "did you mean 'masks'"),
        ("{folder: frames, guesses: masks}", "no label file.*no .txt file"),
        ("{folder: frames, guesses: broken}", "not YOLO labels: a.txt: line 2"),
        ("{hdri: frames}", "no .hdr or .exr files"),
        ("{hdri: none.hdr}", "no such file"),
        ("{hdri: frames/a.png}", "neither a Radiance nor an OpenEXR"),
        ("{hdri: sky.exr}", "neither a Radiance nor an OpenEXR"),
    ],
)
def test_backdrops_that_cannot_be(folder: Path, backdrop: str, words: str) -> None:
    (folder / "others").mkdir()
    (folder / "broken").mkdir()
    (folder / "broken" / "a.txt").write_text("0 0.5 0.5 0.1 0.1\n0 320 200 40 40\n")
    cv2.imwrite(str(folder / "others" / "b.png"), np.zeros((8, 8), np.uint8))
    (folder / "sky.exr").write_bytes(b"MM\0*")
    with pytest.raises(DocumentError, match=words):
        check_scene(_document(folder, backdrop))
