"""Exports of CVAT and Label Studio: known answers, what `seedbed label` wrote, and damaged files."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled import picture, rows_of

from seedbed.core.errors import DataError, DocumentError
from seedbed.scenes.formats.convert import TARGETS, convert
from seedbed.scenes.formats.cvat import turned
from seedbed.scenes.formats.exports import plain
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.masks import decode
from seedbed.scenes.formats.model import Format, Picture

SIZE = (40, 30)
META = "<meta><task><labels><label><name>cone</name></label><label><name>cube</name></label></labels></task></meta>"


pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")


def cvat(root: Path, shapes: str, *, meta: str = META, more: str = "") -> Path:
    picture(root / "images" / "x.png", SIZE)
    body = f'<annotations>\n{meta}\n<image id="0" name="x.png" width="40" height="30" {more}>\n{shapes}\n</image>\n'
    (root / "annotations.xml").write_text(body + "</annotations>\n", encoding="utf-8")
    return root


def box(**given: object) -> str:
    values = {"label": "cone", "xtl": 4, "ytl": 6, "xbr": 24, "ybr": 12} | given
    return "<box " + " ".join(f'{key}="{value}"' for key, value in values.items()) + "/>"


def studio(root: Path, results: list[dict[str, Any]] | None, **more: Any) -> Path:
    picture(root / "images" / "x.png", SIZE)
    annotations = [] if results is None else [{"result": results, "updated_at": "2026-01-02"}]
    task = {"id": 3, "data": {"image": "/data/upload/1/3f2a9c01-x.png"}, "annotations": annotations, **more}
    (root / "project-1.json").write_text(json.dumps([task], indent=1), encoding="utf-8")
    return root


def value(**given: Any) -> dict[str, Any]:
    body = {"x": 10, "y": 20, "width": 50, "height": 20, "rotation": 0, "rectanglelabels": ["cone"]} | given
    return {"type": "rectanglelabels", "original_width": 40, "original_height": 30, "value": body}


def read(path: Path) -> list[Picture]:
    return list(open_source(path).pictures())


def test_cvat_boxes(tmp_path: Path) -> None:
    source = open_source(cvat(tmp_path, box() + box(label="cube", occluded=1), more='subset="Validation"'))
    assert (source.format, source.classes) == (Format.CVAT, ("cone", "cube"))
    (found,) = source.pictures()
    assert (found.split, found.name, found.size) == ("val", "x.png", SIZE)
    one, two = found.annotations
    assert (one.name, one.box, one.occluded) == ("cone", (4, 6, 24, 12), None)
    assert (two.name, two.occluded) == ("cube", 1)


def test_cvat_turned_boxes_outlines_and_masks(tmp_path: Path) -> None:
    shapes = box(rotation=90)
    shapes += '<polygon label="cube" points="1,2;11,2;11,12"/>'
    shapes += '<mask label="cone" left="2" top="3" width="3" height="2" rle="1,3,2"/>'
    shapes += '<polyline label="cone" points="1,2;3,4"/><tag label="cone"/>'
    source = open_source(cvat(tmp_path, shapes))
    (found,) = source.pictures()
    box_, outline, mask = found.annotations
    assert box_.box == pytest.approx((11, -1, 17, 19)), "20 x 6 around (14, 9), upright"
    assert outline.box == (1, 2, 11, 12)
    assert mask.mask is not None
    bits = decode(mask.mask.rle())
    assert np.argwhere(bits).tolist() == [[3, 3], [3, 4], [4, 2]]
    assert mask.box == (2, 3, 5, 5)
    assert source.notes.counts == {
        "polylines of CVAT are left out": 1,
        "tags of whole images of CVAT are left out": 1,
    }


def test_cvat_without_labels_in_its_head(tmp_path: Path) -> None:
    assert open_source(cvat(tmp_path, box(label="b") + box(label="a"), meta="")).classes == ("a", "b")


@pytest.mark.parametrize(
    ("shapes", "line", "said"),
    [
        (box(label="bus"), 4, "not among the task's labels"),
        (box(xbr=4), 4, "without area"),
        (box(xtl="nan"), 4, "not a number"),
        ("\n" + box(ytl=""), 5, "not a number"),
        ('<polygon label="cone" points="1,2;3"/>', 4, "points are not"),
        ('<mask label="cone" left="2" top="3" width="3" height="2" rle="1,3"/>', 4, "run lengths of 4 pixels"),
        ('<mask label="cone" left="39" top="3" width="3" height="2" rle="1,5"/>', 4, "at 39, 3"),
    ],
)
def test_cvat_problems_have_a_line(tmp_path: Path, shapes: str, line: int, said: str) -> None:
    with pytest.raises(DocumentError) as error:
        read(cvat(tmp_path, shapes))
    (problem,) = error.value.problems
    assert problem.line == line
    assert said in str(problem)


def test_cvat_films_and_other_xml_are_refused(tmp_path: Path) -> None:
    (tmp_path / "annotations.xml").write_text('<annotations>\n<track id="0" label="a"/>\n</annotations>')
    with pytest.raises(DataError, match="CVAT for images"):
        open_source(tmp_path)
    (tmp_path / "annotations.xml").write_text("<kml/>")
    with pytest.raises(DataError, match="top element is not"):
        open_source(tmp_path)
    (tmp_path / "annotations.xml").write_text("<annotations><image")
    with pytest.raises(DataError, match="not XML"):
        open_source(tmp_path)


def test_label_studio_boxes(tmp_path: Path) -> None:
    results = [value(), value(rotation=90, rectanglelabels=["cube"]), {"type": "brushlabels", "value": {"rle": [1]}}]
    results.append({"value": {"points": [[0, 0], [50, 0], [50, 100]], "polygonlabels": ["cube"]}})
    source = open_source(studio(tmp_path, results))
    assert (source.format, source.classes) == (Format.LABEL_STUDIO, ("cone", "cube"))
    (found,) = source.pictures()
    one, two, three = found.annotations
    assert one.box == (4, 6, 24, 12)
    assert two.box == pytest.approx((-2, 6, 4, 26)), "turned about its upper left corner"
    assert three.box == (0, 0, 20, 30)
    assert sum(source.notes.counts.values()) == 1


def test_a_prediction_is_no_label(tmp_path: Path) -> None:
    root = studio(tmp_path, [value()])
    tasks = json.loads((root / "project-1.json").read_text())
    picture(root / "images" / "y.png", SIZE)
    tasks += [{"data": {"image": "y.png"}, "annotations": [], "predictions": [{"result": [value()]}]}]
    tasks += [{"data": {"image": "y.png"}, "annotations": [{"was_cancelled": True, "result": [value()]}]}]
    (root / "project-1.json").write_text(json.dumps(tasks))
    source = open_source(root)
    assert len(list(source.pictures())) == 1
    assert source.notes.counts == {"tasks nobody has annotated are left out": 2}


def test_an_export_that_nobody_has_annotated_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no task in it has a labelled"):
        open_source(studio(tmp_path, None))


def test_the_annotation_changed_last_counts(tmp_path: Path) -> None:
    root = studio(tmp_path, [value()])
    tasks = json.loads((root / "project-1.json").read_text())
    tasks[0]["annotations"].append({"result": [value(x=20)], "updated_at": "2026-02-01"})
    (root / "project-1.json").write_text(json.dumps(tasks))
    assert [each.box for each in read(root)[0].annotations] == [(8, 6, 28, 12)]


def test_json_min(tmp_path: Path) -> None:
    picture(tmp_path / "x.png", SIZE)
    shape = {"x": 10, "y": 20, "width": 50, "height": 20, "rectanglelabels": ["cone"], "original_width": 40}
    body = [{"image": "s3://bucket/a/x.png", "id": 1, "label": [shape], "annotation_id": 1}]
    (tmp_path / "min.json").write_text(json.dumps(body))
    (found,) = read(tmp_path / "min.json")
    assert [each.box for each in found.annotations] == [(4, 6, 24, 12)]


@pytest.mark.parametrize(
    ("results", "said"),
    [([value(width=0)], "without area"), ([value(x=None)], "task 3"), ([value(height=float("nan"))], "without area")],
)
def test_label_studio_problems_name_the_task(tmp_path: Path, results: list[dict[str, Any]], said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        read(studio(tmp_path, results))


def test_an_image_that_is_not_there_is_told(tmp_path: Path) -> None:
    root = studio(tmp_path, [value()])
    (root / "images" / "x.png").unlink()
    with pytest.raises(DocumentError, match="not below"):
        read(root)


def test_addresses() -> None:
    assert plain("/data/local-files/?d=prelabels/images/train/a%20b.jpg") == "prelabels/images/train/a b.jpg"
    assert plain("s3://bucket/a/b.jpg") == "a/b.jpg"
    assert plain("C:\\pictures\\b.jpg").endswith("b.jpg")


def test_what_label_writes_comes_back(tmp_path: Path) -> None:
    """Both files, to YOLO, beside the YOLO labels that `seedbed label` itself writes."""
    pytest.importorskip("ultralytics")
    from seedbed.training.labelling import prelabels
    from seedbed.training.labelling.detector import Found

    boxes = np.array([[4.25, 6.5, 24, 12], [0, 0, 40, 30]], float)
    found = Found(boxes, np.array([1, 0]), np.array([0.9, 0.4]))
    one = prelabels._Picture("a b.png", *SIZE, found)
    picture(tmp_path / "in" / "images" / "train" / one.name, SIZE)
    (tmp_path / "in" / "cvat.xml").write_text(prelabels.cvat([one], ["cone", "cube"]))
    tasks = prelabels.label_studio([one], ["cone", "cube"], tmp_path / "in")
    for task in tasks:
        task["annotations"] = [{"result": task.pop("predictions")[0]["result"]}]
    (tmp_path / "in" / "label_studio.json").write_text(json.dumps(tasks))
    for name in ("cvat.xml", "label_studio.json"):
        convert(tmp_path / "in" / name, tmp_path / name, to="yolo")
        rows = rows_of(tmp_path / name)["a b"]
        assert np.allclose(rows, [(1, 0.353125, 0.30833333, 0.49375, 0.18333333), (0, 0.5, 0.5, 1, 1)], atol=1e-5)


@given(st.floats(-360, 360), st.floats(1, 50), st.floats(1, 50))
def test_turning_keeps_sides(degrees: float, width: float, height: float) -> None:
    ring = turned((0, 0, width, height), degrees, (width / 2, height / 2))
    assert np.hypot(*(ring[1] - ring[0])) == pytest.approx(width)
    assert np.hypot(*(ring[2] - ring[1])) == pytest.approx(height)
    assert ring.mean(0) == pytest.approx((width / 2, height / 2))


def test_tools_files_are_read_only() -> None:
    assert Format.CVAT not in TARGETS
    assert Format.LABEL_STUDIO not in TARGETS
