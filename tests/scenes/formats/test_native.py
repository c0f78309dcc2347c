"""Seedbed's own records, read into the neutral model."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from seedbed.core.errors import DocumentError
from seedbed.core.shards import Lock, Store
from seedbed.scenes.formats.convert import convert
from seedbed.scenes.formats.kitti import KittiReader
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.masks import decode
from seedbed.scenes.formats.model import Annotation
from seedbed.scenes.labels.records import CameraRecord, Dropped, FrameRecord, Keypoint, Label, Seen, Solid

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

TURN = 0.6


def upright(turn: float) -> Any:
    """Mesh axes (forward, left, up) of a thing that stands upright before a level camera (right, down, ahead)."""
    forward = (float(np.cos(turn)), 0.0, float(-np.sin(turn)))
    up = (0.0, -1.0, 0.0)
    left = tuple(np.cross(up, forward).tolist())
    return tuple(zip(forward, left, up, strict=True))


CAR = Label(
    id=2, name="car", pixels=60, visible=0.4, box=(4, 5, 14, 11), truncated=0.2, silhouette=150,
    amodal=(-3.0, 5.0, 14.5, 12.0), track=9,
    solid=Solid(upright(TURN), (1.0, 0.9, 8.0), (1.0, 0.75, 8.0), (4.0, 1.8, 1.5)),
    keypoints=(Keypoint("lamp", 5.0, 6.0, 7.0, Seen.VISIBLE), Keypoint("plate", 0.0, 0.0, -1.0, Seen.OUTSIDE)),
)  # fmt: skip
AWAY = replace(CAR, id=3, box=None, dropped=Dropped.OUTSIDE, track=10)
SMALL = replace(CAR, id=4, box=(20, 2, 23, 4), pixels=6, ignored=Dropped.MIN_PIXELS, solid=None, keypoints=(), track=11)


def frames(root: Path, *, fps: float | None = None, camera_turn: float = 0.0) -> Path:
    """A dataset of two frames of one world."""
    cosine, sine = float(np.cos(camera_turn)), float(np.sin(camera_turn))
    camera = CameraRecord(
        ((50.0, 0.0, 20.0), (0.0, 50.0, 15.0), (0.0, 0.0, 1.0)),
        (-0.1, 0.0, 0.0, 0.0, 0.0),
        ((cosine, -sine, 0.0), (sine, cosine, 0.0), (0.0, 0.0, 1.0)),
        (1.0, 2.0, 3.0),
    )
    ids = np.zeros((30, 40), np.uint8)
    ids[5:11, 4:14], ids[2:4, 20:23] = 2, 4
    with Store.open(root, Lock("frames", "s.yaml", "d", 1)) as store, store.shard("world-0") as shard:
        lines = []
        for frame in (0, 1):
            image, mask = f"images/val/{frame:08d}.png", f"masks/val/{frame:08d}.png"
            cv2.imwrite(str(shard.file(image)), np.zeros((30, 40, 3), np.uint8))
            cv2.imwrite(str(shard.file(mask)), ids)
            bodies = (CAR, AWAY, SMALL) if frame else ()
            record = FrameRecord(
                frame, 0, frame, "val", image, (40, 30), 1, "gl", camera, bodies, mask=mask, depth="d.png", fps=fps
            )
            lines.append(json.dumps(record.to_json()) + "\n")
        shard.file("frames/val/world-0.jsonl").write_text("".join(lines))
    (root / "data.yaml").write_text("val: images/val\nnames: {0: bus, 1: car}\n")
    return root


def corners(annotation: Annotation) -> np.ndarray:
    box = annotation.box3d
    assert box is not None
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2
    return np.asarray((signs * box.size) @ box.rotation.T + box.center)


def test_a_record_is_read_in_full(tmp_path: Path) -> None:
    source = open_source(frames(tmp_path / "s", camera_turn=0.3))
    empty, full = source.pictures()
    assert (empty.annotations, empty.split, empty.sequence, source.classes) == ((), "val", None, ("bus", "car"))
    car, small = full.annotations
    assert (car.box, car.amodal, car.truncated, car.visible) == (CAR.box, CAR.amodal, 0.2, 0.4)
    assert (car.step(), car.depth, car.track, car.ignore) == (1, 8.0, None, False)
    assert car.keypoints is not None
    assert car.keypoints.tolist() == [[5, 6, 2], [0, 0, 0]]
    assert car.mask is not None
    assert decode(car.mask.rle()).sum() == 60
    assert (small.ignore, small.box3d) == (True, None)
    assert CAR.solid is not None
    assert {tuple(c) for c in corners(car).round(9)} == {tuple(c) for c in CAR.solid.corners().round(9)}
    assert np.isclose(np.linalg.det(car.box3d.rotation), 1)  # type: ignore[union-attr]
    assert full.camera is not None
    assert full.camera.pose is not None
    # The camera's own place in the world is seen at its origin.
    rotation = np.array([[np.cos(0.3), -np.sin(0.3), 0], [np.sin(0.3), np.cos(0.3), 0], [0, 0, 1]])
    assert np.allclose(rotation @ full.camera.pose[:3, 3] + [1, 2, 3], 0)
    assert (full.camera.distortion, full.maps) == ((-0.1, 0, 0, 0, 0), True)


def test_kitti_says_where_it_stands_and_turns(tmp_path: Path) -> None:
    out = convert(frames(tmp_path / "s"), tmp_path / "k", to="kitti")
    words = (out.root / "val/label_2/00000001.txt").read_text().splitlines()[0].split()
    assert words[:3] == ["car", "0.2", "1"]
    assert np.allclose(list(map(float, words[4:])), [4, 5, 14, 11, 1.5, 1.8, 4, 1, 1.5, 8, TURN])
    _, full = KittiReader(out.root).pictures()
    assert CAR.solid is not None
    assert {tuple(c) for c in corners(full.annotations[0]).round(6)} == {tuple(c) for c in CAR.solid.corners().round(6)}
    assert out.lost["lens distortions cannot be said in kitti"] == 2
    assert out.lost["depth or semantic maps cannot be said in kitti"] == 2


def test_a_film_becomes_a_mot_sequence(tmp_path: Path) -> None:
    out = convert(frames(tmp_path / "s", fps=15), tmp_path / "m", to="mot").root / "val" / "world-0000000"
    assert (out / "gt/gt.txt").read_text() == "2,10,5,6,10,6,1,2,0.4\n2,12,21,3,3,2,0,2,0.4\n"
    assert "frameRate=15\nseqLength=2" in (out / "seqinfo.ini").read_text()
    assert sorted(path.name for path in (out / "img1").iterdir()) == ["000001.png", "000002.png"]


def test_coco_keeps_the_record(tmp_path: Path) -> None:
    source = frames(tmp_path / "s", fps=15)
    out = convert(source, tmp_path / "c", to="coco")
    assert out.lost == {"depth or semantic maps cannot be said in coco": 2}
    body = json.loads((out.root / "annotations/instances_val.json").read_text())
    car, small = body["annotations"]
    assert (car["category_id"], car["area"], car["num_keypoints"], car["iscrowd"]) == (2, 60, 1, 0)
    assert (small["iscrowd"], small["ignore"], small["area"]) == (1, 1, 6)
    assert body["categories"][1]["keypoints"] == ["lamp", "plate"]
    assert body["images"][1]["seedbed"]["number"] == 2


def test_damaged_records(tmp_path: Path) -> None:
    root = frames(tmp_path / "s")
    path = root / "frames/val/world-0.jsonl"
    first, second = path.read_text().splitlines()
    path.write_text(f'{{"frame": 0}}\n{second[:-9]}\n{first.replace("images/val", "images/gone")}\n')
    with pytest.raises(DocumentError) as caught:
        list(open_source(root).pictures())
    found = [(Path(p.file).name, p.line) for p in caught.value.problems]
    assert found == [("world-0.jsonl", 1), ("world-0.jsonl", 2), ("00000000.png", 0)]
