"""Layouts of other tools are read, and damaged files are told with file, line and what is allowed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from labelled import picture, yolo_set
from PIL import Image

from seedbed.core.errors import DataError, DocumentError, SeedbedError
from seedbed.scenes.formats.convert import convert
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.masks import decode
from seedbed.scenes.formats.model import Format, Picture

pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

SIZE = (40, 30)
KITTI = "Car 0.00 0 -1.58 4 6 24 12 1.5 1.8 4.0 1.0 1.5 8.0 -1.57"


def write(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def read(root: Path) -> list[Picture]:
    return list(open_source(root).pictures())


def coco_body(**more: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "images": [{"id": 7, "file_name": "x.png", "width": 40, "height": 30}],
        "categories": [{"id": 3, "name": "cone"}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [4, 6, 20, 6]}],
    }
    for key, value in more.items():
        body[key] = value
    return body


def coco_set(root: Path, **more: Any) -> Path:
    picture(root / "train" / "x.png", SIZE)
    write(root / "annotations" / "instances_train2017.json", json.dumps(coco_body(**more), indent=1))
    return root


def voc_set(root: Path, body: str) -> Path:
    picture(root / "JPEGImages" / "x.png", SIZE)
    write(root / "Annotations" / "x.xml", body)
    return root


def kitti_set(root: Path, line: str = KITTI) -> Path:
    picture(root / "training" / "image_2" / "x.png", SIZE)
    write(root / "training" / "label_2" / "x.txt", line + "\n")
    return root


def mot_set(root: Path, line: str = "1,4,5,7,20,6,1,1,0.5") -> Path:
    picture(root / "train" / "A" / "img1" / "000001.png", SIZE)
    write(root / "train" / "A" / "gt" / "gt.txt", line + "\n")
    write(root / "train" / "A" / "gt" / "labels.txt", "car\n")
    return root


OBJECT = (
    "<annotation>\n<size><width>40</width><height>30</height></size>\n<object><name>car</name>\n<bndbox><xmin>4</xmin>"
    "<ymin>6</ymin><xmax>24</xmax><ymax>12</ymax></bndbox></object>\n</annotation>"
)


def test_layouts_are_told_apart(tmp_path: Path) -> None:
    sets = {
        Format.YOLO: yolo_set(tmp_path / "y", ["car"], {"x.png": (SIZE, [(0, 0.35, 0.3, 0.5, 0.2)])}),
        Format.COCO: coco_set(tmp_path / "c"),
        Format.VOC: voc_set(tmp_path / "v", OBJECT),
        Format.KITTI: kitti_set(tmp_path / "k"),
        Format.MOT: mot_set(tmp_path / "m"),
    }
    for format, root in sets.items():
        source = open_source(root)
        assert source.format is format
        (found,) = source.pictures()
        assert (found.split, found.size) == ("train", SIZE)
        assert np.allclose(found.annotations[0].box, (4, 6, 24, 12)), format
    assert open_source(sets[Format.YOLO] / "data.yaml").format is Format.YOLO
    assert open_source(sets[Format.COCO] / "annotations" / "instances_train2017.json").format is Format.COCO


def test_roboflow_yolo(tmp_path: Path) -> None:
    for split in ("train", "valid"):
        picture(tmp_path / split / "images" / "x.png", SIZE)
        write(tmp_path / split / "labels" / "x.txt", "1 0.1 0.1 0.9 0.1 0.5 0.8\n0 0 0 1 0 1 1 0 1\n")
    write(
        tmp_path / "data.yaml",
        "train: ../train/images\nval: ../valid/images\ntest: ../test/images\nnc: 2\nnames: ['a', 'b']\n",
    )
    assert open_source(tmp_path).format is Format.YOLO_SEGMENT
    one, two = read(tmp_path)
    assert (one.split, two.split, one.name) == ("train", "val", "x.png")
    assert np.allclose(one.annotations[0].polygons[0], [(4, 3), (36, 3), (20, 24)])
    assert one.annotations[0].box == pytest.approx((4, 3, 36, 24))
    assert one.annotations[1].box == (0, 0, 40, 30)


def test_oriented_and_pose_and_listed_yolo(tmp_path: Path) -> None:
    obb = yolo_set(tmp_path / "o", ["a"], {"x.png": (SIZE, [(0, 0.5, 0.1, 0.9, 0.5, 0.5, 0.9, 0.1, 0.5)])})
    (one,) = read(obb)
    assert open_source(obb).format is Format.YOLO_OBB
    assert one.annotations[0].oriented is not None
    assert np.allclose(one.annotations[0].oriented, [(20, 3), (36, 15), (20, 27), (4, 15)])
    pose = yolo_set(tmp_path / "p", ["a"], {"x.png": (SIZE, [(0, 0.5, 0.5, 0.5, 0.5, 0.25, 0.5, 2, 0, 0, 0)])})
    (pose / "data.yaml").write_text((pose / "data.yaml").read_text() + "kpt_shape: [2, 3]\n")
    assert read(pose)[0].annotations[0].keypoints.tolist() == [[10, 15, 2], [0, 0, 0]]  # type: ignore[union-attr]
    write(pose / "lists" / "t.txt", "../images/train/x.png\n")
    (pose / "data.yaml").write_text("train: lists/t.txt\nnames: {0: a}\nkpt_shape: [2, 3]\n")
    assert [found.name for found in read(pose)] == ["x.png"]


def test_roboflow_coco_and_both_kinds_of_runs(tmp_path: Path) -> None:
    picture(tmp_path / "valid" / "x.png", (4, 3))
    body = coco_body(images=[{"id": "a", "file_name": "x.png", "width": 4, "height": 3}])
    body["annotations"] = [
        {"id": 1, "image_id": "a", "category_id": 3, "bbox": [1, 0, 1, 3], "iscrowd": 1,
         "segmentation": {"size": [3, 4], "counts": [3, 3, 6]}},
        {"id": 2, "image_id": "a", "category_id": 3, "bbox": [0, 0, 0, 3]},
    ]  # fmt: skip
    write(tmp_path / "valid" / "_annotations.coco.json", json.dumps(body))
    source = open_source(tmp_path)
    (found,) = source.pictures()
    (crowd,) = found.annotations
    assert (found.split, crowd.crowd, crowd.ignore) == ("val", True, False)
    assert crowd.mask is not None
    assert decode(crowd.mask.rle()).tolist() == [[0, 1, 0, 0]] * 3
    assert source.notes.counts == {"boxes without area are left out": 1}


def test_voc_lists_and_flags(tmp_path: Path) -> None:
    body = OBJECT.replace("<bndbox>", "<difficult>1</difficult><truncated>1</truncated><bndbox>")
    root = voc_set(tmp_path, body)
    write(root / "ImageSets" / "Main" / "test.txt", "x\n")
    (found,) = read(root)
    (one,) = found.annotations
    assert (found.split, one.ignore, one.truncated, one.occluded) == ("test", True, 1.0, None)


def test_kitti_lists_and_calibration(tmp_path: Path) -> None:
    root = kitti_set(tmp_path, KITTI + "\nDontCare -1 -1 -10 1 1 5 5 -1 -1 -1 -1000 -1000 -1000 -10")
    write(root / "training" / "calib" / "x.txt", "P2: 70 0 20 4 0 70 15 0 0 0 1 0\n")
    write(root / "ImageSets" / "val.txt", "x\n")
    (found,) = read(root)
    car, aside = found.annotations
    assert found.split == "val"
    assert found.camera is not None
    assert found.camera.matrix.tolist() == [[70, 0, 20], [0, 70, 15], [0, 0, 1]]
    assert car.box3d is not None
    assert (car.occluded, car.truncated, car.box3d.center, car.box3d.size) == (0, 0.0, (1, 0.75, 8), (4, 1.5, 1.8))
    assert (aside.name, aside.ignore) == ("", True)


def test_a_turned_photograph_is_measured_as_it_is_seen(tmp_path: Path) -> None:
    root = yolo_set(tmp_path, ["a"], {"x.jpg": (SIZE, [(0, 0.5, 0.5, 1.0, 1.0)])})
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", SIZE).save(root / "images/train/x.jpg", exif=exif)
    assert read(root)[0].annotations[0].box == (0, 0, 30, 40)


YOLO_FAULTS = [
    ("0 0.5 0.5", "3 numbers"),
    ("0 0.5 0.5 0.2 nan", "not a finite number"),
    ("0 0.5 0.5 0.2 x", "could not convert"),
    ("2 0.5 0.5 0.2 0.2", "class 2 where the set names 1 (0 to 0)"),
    ("0.5 0.5 0.5 0.2 0.2", "class 0.5"),
    ("0 0.5 0.5 0.2 0", "a box without area"),
    ("0 320 240 64 64", "outside the image"),
]


@pytest.mark.parametrize(("line", "words"), YOLO_FAULTS)
def test_damaged_yolo_lines(tmp_path: Path, line: str, words: str) -> None:
    root = yolo_set(tmp_path / "s", ["a"], {"x.png": (SIZE, [(0, 0.5, 0.5, 0.2, 0.2)])})
    with open(root / "labels/train/x.txt", "a") as file:
        file.write(line + "\n")
    with pytest.raises(DocumentError) as caught:
        convert(root, tmp_path / "o", to="coco")
    (problem,) = caught.value.problems
    assert (Path(problem.file).name, problem.line) == ("x.txt", 2)
    assert words in problem.message
    assert problem.allowed is not None
    assert not (tmp_path / "o").exists()


ANNOTATION = {"id": 1, "image_id": 7, "category_id": 3, "bbox": [4, 6, 20, 6]}
COCO_FAULTS: list[tuple[dict[str, Any], str, int]] = [
    ({"annotations": [{**ANNOTATION, "category_id": 9}]}, "category_id 9 is not in `categories`", 17),
    ({"annotations": [{**ANNOTATION, "bbox": [1, 2, 3]}]}, "not a bbox", 17),
    ({"annotations": [{"id": 1, "image_id": 7, "category_id": 3}]}, "no 'bbox'", 17),
    ({"annotations": [{**ANNOTATION, "image_id": 8}]}, "that the file does not list", 17),
    ({"annotations": [{**ANNOTATION, "segmentation": [[1, 2, 3]]}]}, "three or more points", 17),
    ({"annotations": [{**ANNOTATION, "segmentation": {"size": [9, 9], "counts": "a"}}]}, "a mask of [9, 9]", 17),
    ({"annotations": [{**ANNOTATION, "segmentation": {"size": [30, 40], "counts": [7]}}]}, "the runs sum to 7", 17),
    ({"images": [{"id": 7, "file_name": "y.png", "width": 40, "height": 30}]}, "the image is not there", 3),
    ({"images": [{"id": 7, "file_name": "x.png", "width": 41, "height": 30}]}, "another size", 3),
    ({"images": [{"id": 7, "width": 40, "height": 30}]}, "without `file_name`", 3),
]


@pytest.mark.parametrize(("more", "words", "line"), COCO_FAULTS)
def test_damaged_coco(tmp_path: Path, more: dict[str, Any], words: str, line: int) -> None:
    with pytest.raises(DocumentError) as caught:
        read(coco_set(tmp_path, **more))
    problem = caught.value.problems[0]
    assert words in problem.message
    assert problem.line == line


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (OBJECT[:-20], "not XML"),
        (OBJECT.replace("<xmin>4</xmin>", "<xmin>four</xmin>"), "<xmin> is not a number: 'four'"),
        (OBJECT.replace("<xmin>4</xmin>", ""), "<bndbox> without <xmin>"),
        (OBJECT.replace("<xmin>4</xmin>", "<xmin>44</xmin>"), "a box without area"),
        (OBJECT.replace("<width>40", "<width>80"), "<size> says 80x30 where the image is 40x30"),
        (OBJECT.replace("annotation>", "other>"), "the top element is not <annotation>"),
        ("", "not XML"),
    ],
)
def test_damaged_voc(tmp_path: Path, body: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(voc_set(tmp_path, body))
    (problem,) = caught.value.problems
    assert words in problem.message
    assert problem.line >= 1


@pytest.mark.parametrize(
    ("make", "line", "words"),
    [
        (kitti_set, "Car 0 0 0 1 1 5 5", "8 fields, not 15"),
        (kitti_set, KITTI.replace("24", "2"), "a box without area"),
        (kitti_set, KITTI.replace("1.5 ", "tall ", 1), "could not convert"),
        (mot_set, "1,4,5,7", "4 fields"),
        (mot_set, "1,4,5,7,20,6,1,9,0.5", "class 9 where the set names 1 (from 1)"),
        (mot_set, "0,4,5,7,20,6,1,1,0.5", "a frame under 1"),
        (mot_set, "5,4,5,7,20,6,1,1,0.5", "frame 5 has tracks and no image"),
    ],
)
def test_damaged_kitti_and_mot(tmp_path: Path, make: Any, line: str, words: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(make(tmp_path, line))
    assert words in caught.value.problems[0].message


def test_damaged_images(tmp_path: Path) -> None:
    root = yolo_set(tmp_path, ["a"], {f"{n}.png": (SIZE, [(0, 0.5, 0.5, 0.2, 0.2)]) for n in "abc"})
    (root / "images/train/a.png").write_bytes(b"")
    (root / "images/train/b.png").write_bytes((root / "images/train/b.png").read_bytes()[:-20])
    (root / "images/train/c.png").write_bytes(b"no image at all IEND")
    with pytest.raises(DocumentError) as caught:
        read(root)
    assert [Path(problem.file).name for problem in caught.value.problems] == ["a.png", "b.png", "c.png"]


def test_what_is_no_dataset(tmp_path: Path) -> None:
    cases = {
        "no such folder": tmp_path / "gone",
        "no layout that is known": tmp_path,
        "not a dataset": write(tmp_path / "x.csv", "a,b"),
        "the file's top is not an object": write(tmp_path / "c" / "x.json", "[1]"),
        "no class names": write(tmp_path / "n" / "data.yaml", "train: images\n").parent,
        "the class names do not hold": write(tmp_path / "t" / "data.yaml", "names: [a, b, a]\n").parent,
        "no train images": write(tmp_path / "e" / "data.yaml", "train: images\nnames: [a]\n").parent,
    }
    both = kitti_set(yolo_set(tmp_path / "both", ["a"], {"x.png": (SIZE, [])}))
    cases["more than one layout in one folder"] = both
    for words, path in cases.items():
        with pytest.raises(SeedbedError) as caught:
            read(path)
        assert words in str(caught.value), path


def test_two_images_with_one_label_file(tmp_path: Path) -> None:
    root = yolo_set(tmp_path / "s", ["a"], {"x.png": (SIZE, []), "x.jpg": (SIZE, [])})
    with pytest.raises(DataError, match="two images would have one label file"):
        convert(root, tmp_path / "o", to="coco")


def test_stills_are_no_sequence(tmp_path: Path) -> None:
    root = yolo_set(tmp_path / "s", ["a"], {"x.png": (SIZE, [])})
    with pytest.raises(DataError, match="no image is of a sequence"):
        convert(root, tmp_path / "o", to="mot")


def test_not_into_itself(tmp_path: Path) -> None:
    root = yolo_set(tmp_path / "s", ["a"], {"x.png": (SIZE, [])})
    with pytest.raises(DataError, match="inside the one it is made from"):
        convert(root, root / "coco", to="coco")
