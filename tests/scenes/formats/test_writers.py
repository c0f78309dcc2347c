"""What is written is what the formats' own tools read."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelled import picture, rows_of

from seedbed.scenes.formats.coco_writer import CocoTarget
from seedbed.scenes.formats.convert import convert
from seedbed.scenes.formats.kitti import KittiReader, KittiTarget
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.masks import decode, encode
from seedbed.scenes.formats.model import Annotation, Box3D, Camera, Loss, Mask, Picture
from seedbed.scenes.formats.mot import MotTarget
from seedbed.scenes.formats.voc import VocTarget
from seedbed.scenes.formats.yolo_writer import YoloTarget

CLASSES = ("cone", "traffic light")
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def bits() -> np.ndarray:
    """Two parts and a hole in an image of 40 by 30."""
    found = np.zeros((30, 40), np.uint8)
    found[5:15, 4:14], found[9, 9], found[6:10, 20:26] = 1, 0, 1
    return found


def split_object(**more: Any) -> Annotation:
    return Annotation("cone", (4, 5, 26, 15), mask=Mask(lambda: encode(bits())), **more)


def frame(*annotations: Annotation, **more: Any) -> Picture:
    return Picture(Path("x.png"), "train", "x.png", (40, 30), annotations, **more)


def whole(target: Any) -> dict[str, str]:
    return {path: b"".join(pieces).decode() for path, pieces in target.documents()}


@pytest.fixture
def coco(tmp_path: Path) -> Iterator[CocoTarget]:
    target = CocoTarget(CLASSES, {}, Loss(), tmp_path)
    yield target
    target.close()


def test_coco_keeps_all_parts_of_a_split_object(coco: CocoTarget, tmp_path: Path) -> None:
    tools = pytest.importorskip("pycocotools.coco")
    square = np.array([(1.0, 1.0), (4.0, 1.0), (4.0, 5.0), (1.0, 5.0)])
    coco.files(
        frame(
            split_object(visible=0.7, truncated=0.25, amodal=(2.0, 5.0, 28.0, 16.5), track=3),
            Annotation("traffic light", (1, 1, 4, 5), polygons=(square,), ignore=True),
            Annotation("traffic light", (1, 1, 4, 5), polygons=(square,)),
            Annotation("", (0, 0, 2, 2), ignore=True),
        )
    )
    path = tmp_path / "instances_train.json"
    path.write_text(whole(coco)["annotations/instances_train.json"])
    with contextlib.redirect_stdout(io.StringIO()):
        loaded = tools.COCO(path)
    one, two, three = loaded.loadAnns(sorted(loaded.getAnnIds()))
    assert [a["id"] for a in (one, two, three)] == [1, 2, 3]
    assert [c["id"] for c in loaded.loadCats(loaded.getCatIds())] == [1, 2]
    assert np.array_equal(loaded.annToMask(one), bits())
    assert (one["area"], one["bbox"], one["iscrowd"]) == (int(bits().sum()), [4, 5, 22, 10], 0)
    assert one["attributes"] == {
        "amodal_bbox": [2, 5, 26, 11.5],
        "truncated": 0.25,
        "visible": 0.7,
        "occluded": 1,
        "track_id": 3,
    }
    assert (two["iscrowd"], two["ignore"], two["area"]) == (1, 1, 12)
    assert isinstance(two["segmentation"], dict)
    assert three["segmentation"] == [[1, 1, 4, 1, 4, 5, 1, 5]]
    assert loaded.annToMask(three).sum() == 12


def test_coco_evaluation_of_the_labels_themselves_is_perfect(coco: CocoTarget, tmp_path: Path) -> None:
    tools = pytest.importorskip("pycocotools.coco")
    evaluation = pytest.importorskip("pycocotools.cocoeval")
    coco.files(frame(split_object(), Annotation("traffic light", (1, 16, 39, 29))))
    path = tmp_path / "labels.json"
    path.write_text(whole(coco)["annotations/instances_train.json"])
    with contextlib.redirect_stdout(io.StringIO()):
        truth = tools.COCO(path)
        found = truth.loadRes([{**a, "score": 0.9} for a in truth.dataset["annotations"]])
        run = evaluation.COCOeval(truth, found, "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    assert run.stats[0] == pytest.approx(1)


def test_yolo_lines() -> None:
    loss = Loss()
    target = open_target("yolo", loss)
    files = target.files(
        frame(
            Annotation("cone", (4, 6, 24, 12)),
            Annotation("cone", (4, 6, 24, 12)),
            Annotation("traffic light", (-10, 0, 10, 15)),
            Annotation("cone", (-10, 0, -1, 15)),
            Annotation("cone", (1, 1, 2, 2), crowd=True),
        )
    )
    assert files["labels/train/x.txt"] == b"0 0.35 0.3 0.5 0.2\n1 0.125 0.25 0.25 0.5\n"
    assert loss.counts == {
        "objects are equal to another one of the image and are left out": 1,
        "boxes are cut at the image's border": 1,
        "objects have no area inside the image and are left out": 1,
        "objects marked to be ignored are left out: yolo has no mark for them": 1,
    }
    assert "train: images/train" in whole(target)["data.yaml"]


def test_yolo_outlines_join_all_parts() -> None:
    loss = Loss()
    target = open_target("yolo-segment", loss)
    text = target.files(frame(split_object(), Annotation("cone", (0, 0, 4, 3))))["labels/train/x.txt"].decode()
    joined, box = ([float(v) for v in line.split()[1:]] for line in text.splitlines())
    xs, ys = np.array(joined[::2]) * 40, np.array(joined[1::2]) * 30
    assert np.allclose([xs.min(), ys.min(), xs.max(), ys.max()], [4, 5, 26, 15])
    surface = abs(np.dot(xs, np.roll(ys, -1)) - np.dot(ys, np.roll(xs, -1))) / 2
    assert surface == pytest.approx(100 + 24)
    assert box == [0, 0, 0.1, 0, 0.1, 0.1, 0, 0.1]
    assert loss.counts == {
        "holes in masks are filled": 1,
        "objects have no outline: their box is written as one": 1,
    }


def open_target(format: str, loss: Loss) -> YoloTarget:
    from seedbed.scenes.formats.model import Format

    return YoloTarget(Format(format), CLASSES, loss)


def test_oriented_boxes() -> None:
    loss = Loss()
    diamond = np.array([(20.0, 5.0), (30.0, 15.0), (20.0, 25.0), (10.0, 15.0)])
    outside = np.array([(-30.0, 5.0), (-10.0, 0.0), (5.0, 12.0), (-16.0, 20.0)])
    text = open_target("yolo-obb", loss).files(
        frame(
            Annotation("cone", (10, 5, 30, 25), oriented=diamond),
            Annotation("cone", (10, 5, 30, 25), polygons=(np.concatenate([diamond, diamond[:1]]),)),
            Annotation("cone", (0, 0, 4, 3)),
            Annotation("cone", (0, 0, 4, 3), oriented=outside),
        )
    )["labels/train/x.txt"]
    rows = [np.array(line.split()[1:], float).reshape(4, 2) * (40, 30) for line in text.decode().splitlines()]
    assert np.allclose(rows[0], diamond)
    assert np.allclose(sorted(map(tuple, rows[1].round(3))), sorted(map(tuple, diamond)), atol=1e-3)
    assert np.allclose(rows[2], [(0, 0), (4, 0), (4, 3), (0, 3)])
    assert np.allclose(rows[3], [(0, 0), (5, 0), (5, 20), (0, 20)])
    assert sum(loss.counts.values()) == 3


def test_voc_xml() -> None:
    loss = Loss()
    target = VocTarget(CLASSES, loss)
    more = {"truncated": 0.3, "visible": 0.4}
    text = target.files(frame(split_object(**more), Annotation("traffic light", (0.5, 1, 9.25, 30), crowd=True)))
    top = ET.fromstring(text["Annotations/train/x.xml"])
    first, second = top.findall("object")
    assert [top.findtext("size/" + part) for part in ("width", "height")] == ["40", "30"]
    assert [first.findtext(key) for key in ("name", "truncated", "occluded", "difficult")] == ["cone", "1", "1", "0"]
    assert [child.text for child in second.find("bndbox") or []] == ["0.5", "1", "9.25", "30"]
    assert [second.findtext(key) for key in ("truncated", "occluded", "difficult")] == ["0", "0", "1"]
    assert whole(target) == {"ImageSets/Main/train.txt": "train/x\n", "classes.txt": "cone\ntraffic light\n"}
    assert len(loss.counts) == 3


def test_kitti_line_of_a_known_cube() -> None:
    # 2 m long, 1.5 m high, 1 m wide, 10 m ahead and 3 m to the right, its front to the right of the image.
    box = Box3D((3.0, 0.25, 10.0), (2.0, 1.5, 1.0), np.eye(3))
    target = KittiTarget(CLASSES, loss := Loss())
    camera = Camera(np.array([[100.0, 0, 20], [0, 100, 15], [0, 0, 1]]))
    files = target.files(
        frame(
            Annotation("traffic light", (1, 2, 3, 4), truncated=0.2, visible=0.6, box3d=box),
            Annotation("cone", (1, 2, 3, 4)),
            Annotation("cone", (1, 2, 3, 4), ignore=True),
            camera=camera,
        )
    )
    lines = files["train/label_2/x.txt"].decode().splitlines()
    alpha = -np.arctan2(3, 10)
    assert lines == [
        f"traffic_light 0.2 1 {alpha:.9f} 1 2 3 4 1.5 1 2 3 1 10 0",
        "cone -1 3 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10",
        "DontCare -1 -1 -10 1 2 3 4 -1 -1 -1 -1000 -1000 -1000 -10",
    ]
    rows = dict(line.split(": ") for line in files["train/calib/x.txt"].decode().splitlines())
    assert np.allclose(np.array(rows["P2"].split(), float).reshape(3, 4)[:, :3], camera.matrix)
    assert loss.counts == {
        "visible shares become one of three steps (from 95 %, from 50 %)": 1,
        "objects marked to be ignored become DontCare, which has no class": 1,
    }


@pytest.mark.parametrize("turn", [-3.0, -1.2, 0.0, 0.7, 2.5])
def test_kitti_brings_a_level_box_back(tmp_path: Path, turn: float) -> None:
    cosine, sine = np.cos(turn), np.sin(turn)
    rotation = np.array([[cosine, 0, sine], [0, 1, 0], [-sine, 0, cosine]])
    given = Box3D((1.0, 0.5, 8.0), (4.0, 1.5, 1.8), rotation)
    picture(tmp_path / "train" / "image_2" / "x.png", (40, 30))
    for path, content in (
        KittiTarget(CLASSES, Loss()).files(frame(Annotation("cone", (1, 2, 3, 4), box3d=given))).items()
    ):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (read,) = next(KittiReader(tmp_path).pictures()).annotations
    assert read.box3d is not None
    assert np.allclose(read.box3d.center, given.center)
    assert np.allclose(read.box3d.size, given.size)
    assert np.allclose(read.box3d.rotation, rotation)


def test_mot_table(tmp_path: Path) -> None:
    target = MotTarget(CLASSES, {"fps": 15}, loss := Loss(), tmp_path)
    film = {"sequence": "road", "number": 2}
    seen = frame(Annotation("cone", (4, 6, 24, 12.5), track=0, visible=0.5), Annotation("cone", (1, 1, 2, 2)), **film)
    aside = Annotation("traffic light", (0, 0, 5, 5), track=7, ignore=True)
    assert target.image(seen) == "train/road/img1/000002.png"
    assert target.image(frame()) is None
    target.files(seen)
    target.files(frame(aside, sequence="road", number=3))
    target.files(frame())
    documents = whole(target)
    assert documents["train/road/gt/gt.txt"] == "2,1,5,7,20,6.5,1,1,0.5\n3,8,1,1,5,5,0,2,-1\n"
    assert documents["train/road/gt/labels.txt"] == "cone\ntraffic light\n"
    assert "frameRate=15\nseqLength=3\nimWidth=40\nimHeight=30\nimExt=.png\n" in documents["train/road/seqinfo.ini"]
    assert loss.counts == {
        "objects have no track number and are left out": 1,
        "images are of no sequence and are left out": 1,
    }
    target.close()
    assert list(tmp_path.iterdir()) == []


def all_in_coco(root: Path) -> Path:
    """A COCO set with everything the model can hold, through the writer."""
    root.mkdir()
    target = CocoTarget(CLASSES, {"keypoints": {"cone": ["tip"]}}, Loss(), root)
    more = {
        "amodal": (2.0, 4.0, 30.0, 16.0), "truncated": 0.1, "visible": 0.6, "depth": 4.5, "track": 2, "alpha": 0.3,
        "oriented": np.array([(4.0, 5.0), (26.0, 5.0), (26.0, 15.0), (4.0, 15.0)]),
        "box3d": Box3D((0.1, 0.2, 4.5), (0.3, 0.4, 0.5), np.eye(3)), "pose": np.eye(4),
        "keypoints": np.array([(9.0, 5.5, 2.0)]),
    }  # fmt: skip
    camera = Camera(np.diag([80.0, 80.0, 1.0]), np.eye(4), (-0.1, 0.0, 0.0, 0.0, 0.0))
    film = {"sequence": "s", "number": 1, "camera": camera}
    target.files(frame(split_object(**more), Annotation("cone", (0, 16, 9, 20), ignore=True), **film))
    picture(root / "images" / "train" / "x.png", (40, 30))
    for path, pieces in target.documents():
        (root / path).parent.mkdir(exist_ok=True)
        (root / path).write_bytes(b"".join(pieces))
    target.close()
    return root


def test_coco_holds_everything(tmp_path: Path) -> None:
    root = all_in_coco(tmp_path / "a")
    again = convert(root, tmp_path / "b", to="coco")
    assert again.lost == {}
    one, two = (json.loads((base / "annotations/instances_train.json").read_text()) for base in (root, again.root))
    assert one == two
    (read, aside) = next(open_source(root).pictures()).annotations
    assert read.mask is not None
    assert np.array_equal(decode(read.mask.rle()), bits())
    assert (aside.ignore, aside.crowd) == (True, False)


@pytest.mark.parametrize(
    ("to", "count"),
    [("yolo", 14), ("yolo-segment", 14), ("yolo-obb", 13), ("voc", 13), ("kitti", 11), ("mot", 11)],
)
def test_every_loss_is_told(tmp_path: Path, to: str, count: int) -> None:
    lost = convert(all_in_coco(tmp_path / "a"), tmp_path / "b", to=to).lost
    assert len(lost) == count, lost


@pytest.mark.slow
@pytest.mark.parametrize(("to", "task"), [("yolo", "detect"), ("yolo-segment", "segment"), ("yolo-obb", "obb")])
def test_ultralytics_loads_it_without_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, to: str, task: str
) -> None:
    data = pytest.importorskip("ultralytics.data", reason="the train extra is not installed")
    utils = pytest.importorskip("ultralytics.data.utils")
    from ultralytics.utils import LOGGER

    root = convert(all_in_coco(tmp_path / "a"), tmp_path / "b", to=to).root
    LOGGER.addHandler(caplog.handler)
    try:
        described = utils.check_det_dataset(str(root / "data.yaml"), autodownload=False)
        loaded = data.YOLODataset(img_path=described["train"], data=described, task=task, augment=False)
    finally:
        LOGGER.removeHandler(caplog.handler)
    assert [r.message for r in caplog.records if r.levelno >= logging.WARNING] == []
    assert [label["cls"].ravel().tolist() for label in loaded.labels] == [[0.0]]
    assert len(rows_of(root)["x"]) == 1
