"""The command: a dataset of `seedbed render` in every format, resumed, with its card."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from labelled import rows_of, yolo_set
from typer.testing import CliRunner

from seedbed.cli.app import app
from seedbed.core.datasets import read_card
from seedbed.core.shards import verify
from seedbed.scenes import render
from seedbed.scenes.formats import convert as module
from seedbed.scenes.formats.convert import convert
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.masks import decode
from seedbed.scenes.formats.model import Format, Picture

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


@pytest.fixture
def rendered(small: Path, tmp_path: Path) -> Path:
    return render(small, tmp_path / "frames", frames=9, renderer="tiny").root


def content(root: Path) -> dict[str, bytes]:
    paths = (path for path in root.rglob("*") if path.is_file())
    return {path.relative_to(root).as_posix(): path.read_bytes() for path in paths if ".busy" not in path.name}


def by_name(root: Path) -> dict[tuple[str, str], Picture]:
    return {(found.split, found.stem): found for found in open_source(root).pictures()}


def test_frames_keep_masks_and_boxes(rendered: Path, tmp_path: Path) -> None:
    assert open_source(rendered).format is Format.SEEDBED
    frames = by_name(rendered)
    assert sum(len(found.annotations) for found in frames.values()) > 5
    coco = by_name(convert(rendered, tmp_path / "coco", to="coco").root)
    assert coco.keys() == frames.keys()
    for key, found in frames.items():
        ids = cv2.imread(str(rendered / "masks" / key[0] / f"{key[1]}.png"), cv2.IMREAD_UNCHANGED)
        masks = []
        for one, other in zip(found.annotations, coco[key].annotations, strict=True):
            assert (one.name, one.box, one.visible) == (other.name, other.box, other.visible)
            assert other.mask is not None
            masks.append(decode(other.mask.rle()))
        # Every body of the id image is in one mask, and nothing else.
        assert np.array_equal(sum(masks, np.zeros(ids.shape)), ids != 0)
    yolo = convert(rendered, tmp_path / "yolo", to="yolo").root
    for split, rows in ((split, rows_of(yolo, split)) for split in ("train", "val", "test")):
        written = rows_of(rendered, split)
        assert rows.keys() == written.keys()
        for name in rows:
            assert np.allclose(rows[name], written[name], atol=1e-8)


def test_the_card_says_where_it_came_from(rendered: Path, tmp_path: Path) -> None:
    out = tmp_path / "voc"
    done = CliRunner().invoke(app, ["convert", str(rendered), "-o", str(out), "--to", "voc"])
    assert done.exit_code == 0, done.output
    assert "masks cannot be said in voc" in done.output
    card = read_card(out)
    parent = read_card(rendered)
    assert card["seedbed:lineage"]["parents"][0]["digest"] == parent["seedbed:content"]["digest"]
    assert card["seedbed:quality"]["level"] == "synthetic"
    assert card["seedbed:quality"]["lost"]["masks cannot be said in voc"] > 0
    assert card["seedbed:lineage"]["options"] == {"from": "seedbed", "to": "voc"}
    assert verify(out) == []


@pytest.mark.parametrize("to", ["yolo", "coco", "voc"])
def test_cut_off_and_run_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str) -> None:
    images = {f"{number}.png": ((20, 10), [(0, 0.5, 0.5, 0.2, 0.2)]) for number in range(7)}
    source = yolo_set(tmp_path / "s", ["a"], images)  # type: ignore[arg-type]
    monkeypatch.setattr(module, "_SHARD", 2)
    whole = content(convert(source, tmp_path / "whole", to=to).root)
    for fatal in range(1, 7):
        put, seen = module._put, 0

        def dies(*arguments: Any, put: Any = put, fatal: int = fatal) -> None:
            nonlocal seen
            seen += 1
            if seen == fatal:
                raise KeyboardInterrupt
            put(*arguments)

        out = tmp_path / f"cut-{fatal}"
        with monkeypatch.context() as patch:
            patch.setattr(module, "_put", dies)
            with pytest.raises(KeyboardInterrupt):
                convert(source, out, to=to)
        assert not (out / "card.json").exists()
        convert(source, out, to=to)
        assert content(out) == whole


def test_links_take_no_space(tmp_path: Path) -> None:
    source = yolo_set(tmp_path / "s", ["a"], {"x.png": ((20, 10), [])})
    linked = convert(source, tmp_path / "l", to="coco", images="link").root / "images/train/x.png"
    copied = convert(source, tmp_path / "c", to="coco").root / "images/train/x.png"
    assert linked.samefile(source / "images/train/x.png")
    assert not copied.samefile(source / "images/train/x.png")
    assert linked.read_bytes() == copied.read_bytes()


def test_another_source_is_another_dataset(tmp_path: Path) -> None:
    source = yolo_set(tmp_path / "s", ["a"], {"x.png": ((20, 10), [(0, 0.5, 0.5, 0.2, 0.2)])})
    convert(source, tmp_path / "o", to="voc")
    (source / "labels/train/x.txt").write_text("0 0.5 0.5 0.4 0.4\n")
    done = CliRunner().invoke(app, ["convert", str(source), "-o", str(tmp_path / "o"), "--to", "voc"])
    assert done.exit_code == 1
    assert "made from another file, seed or option" in done.output


def test_problems_are_told_before_anything_is_written(tmp_path: Path) -> None:
    source = yolo_set(tmp_path / "s", ["a"], {"x.png": ((20, 10), [(3, 0.5, 0.5, 0.2, 0.2)])})
    done = CliRunner().invoke(app, ["convert", str(source), "-o", str(tmp_path / "o"), "--to", "voc"])
    assert done.exit_code == 1
    assert "x.txt:1:1: class 3 where the set names 1 (0 to 0)" in done.output
    assert "nothing was written" in done.output
    assert not (tmp_path / "o").exists()


def test_a_film_goes_to_mot_and_back(tmp_path: Path) -> None:
    """Records as `seedbed render` writes them for a sequence."""
    source = tmp_path / "mot"
    for number in (1, 2, 3):
        path = source / "train" / "A" / "img1" / f"{number:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), np.zeros((30, 40, 3), np.uint8))
    (source / "train/A/gt").mkdir()
    table = "1,1,5,7,20,6,1,1,0.5\n2,1,6,7,20,6,1,1,1\n2,2,1,1,3,3,0,2,-1\n"
    (source / "train/A/gt/gt.txt").write_text(table)
    (source / "train/A/gt/labels.txt").write_text("car\nperson\n")
    coco = convert(source, tmp_path / "coco", to="coco")
    assert coco.lost == {}
    back = convert(coco.root, tmp_path / "back", to="mot")
    assert back.lost == {}
    assert (back.root / "train/A/gt/gt.txt").read_text() == table
    body = json.loads((coco.root / "annotations/instances_train.json").read_text())
    assert [image["seedbed"]["number"] for image in body["images"]] == [1, 2, 3]
