"""Writes COCO: one JSON file per split, ids from 1, masks as run lengths, and the rest under `attributes`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from seedbed.core.files import TEMPORARY
from seedbed.scenes.formats.masks import area, from_rings, ring_area
from seedbed.scenes.formats.model import Annotation, Box, Camera, Format, Loss, Picture, Rle, Said


class CocoTarget:
    """`annotations/instances_SPLIT.json`. Lists grow in temporary files, so that memory does not.

    Args:
        classes: names in order; the first has id 1.
        facts: of the source: `keypoints` names them per class.
        loss: told of what cannot be kept.
        scratch: folder for the temporary files.
    """

    format = Format.COCO
    says = frozenset(Said) - {Said.MAPS}

    def __init__(self, classes: Sequence[str], facts: Mapping[str, Any], loss: Loss, scratch: Path) -> None:
        self._ids = {name: number for number, name in enumerate(classes, 1)}
        self._points: dict[str, list[str]] = dict(facts.get("keypoints", {}))
        self._loss, self._scratch = loss, scratch
        self._lists: dict[tuple[str, str], IO[str]] = {}
        self._pictures = self._objects = 0

    def image(self, picture: Picture) -> str:
        """`images/SPLIT/NAME`."""
        return f"images/{picture.split}/{picture.name}"

    def files(self, picture: Picture) -> dict[str, bytes]:
        """None of its own."""
        self._pictures += 1
        body: dict[str, Any] = {
            "id": self._pictures,
            "file_name": picture.name,
            "width": picture.size[0],
            "height": picture.size[1],
        }
        extra = {"sequence": picture.sequence, "number": picture.number, "camera": _camera(picture.camera)}
        if any(value is not None for value in extra.values()):
            body["seedbed"] = {key: value for key, value in extra.items() if value is not None}
        self._put(picture.split, "images", body)
        self._list(picture.split, "annotations")
        for annotation in picture.annotations:
            if not annotation.name:
                self._loss.add("regions to be ignored have no class and are left out")
                continue
            self._objects += 1
            self._put(picture.split, "annotations", self._body(annotation, picture))
        return {}

    def documents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """One file per split."""
        for split in dict.fromkeys(split for split, _ in self._lists):
            yield f"annotations/instances_{split}.json", self._document(split)

    def _document(self, split: str) -> Iterator[bytes]:
        info = {"description": "Converted by Seedbed", "version": "1.0"}
        yield f'{{"info": {json.dumps(info)},\n"licenses": [],\n"categories": [\n'.encode()
        yield ",\n".join(json.dumps(self._category(name), ensure_ascii=False) for name in self._ids).encode()
        for part in ("images", "annotations"):
            yield f'],\n"{part}": [\n'.encode()
            file = self._list(split, part)
            file.seek(0)
            for number, line in enumerate(file):
                yield ((",\n" if number else "") + line.rstrip("\n")).encode()
        yield b"]}\n"

    def _category(self, name: str) -> dict[str, Any]:
        category: dict[str, Any] = {"id": self._ids[name], "name": name, "supercategory": ""}
        if name in self._points:
            category |= {"keypoints": self._points[name], "skeleton": []}
        return category

    def _put(self, split: str, part: str, body: dict[str, Any]) -> None:
        self._list(split, part).write(json.dumps(body, ensure_ascii=False, allow_nan=False) + "\n")

    def _list(self, split: str, part: str) -> IO[str]:
        if (split, part) not in self._lists:
            path = self._scratch / f"{TEMPORARY}{split}-{part}"
            self._lists[split, part] = open(path, "w+", encoding="utf-8", newline="\n")  # noqa: SIM115
        return self._lists[split, part]

    def close(self) -> None:
        """Takes the temporary files away."""
        for file in self._lists.values():
            file.close()
            Path(file.name).unlink(missing_ok=True)

    def _body(self, annotation: Annotation, picture: Picture) -> dict[str, Any]:
        left, top, right, bottom = annotation.box
        aside = annotation.ignore or annotation.crowd
        shape, surface = _shape(annotation, picture, runs=aside)
        body: dict[str, Any] = {
            "id": self._objects,
            "image_id": self._pictures,
            "category_id": self._ids[annotation.name],
            "bbox": _rounded([left, top, right - left, bottom - top]),
            "area": surface if surface is not None else round((right - left) * (bottom - top), 6),
            "segmentation": shape,
            "iscrowd": int(aside),
        }
        if annotation.ignore:
            body["ignore"] = 1
        if annotation.keypoints is not None:
            points = annotation.keypoints
            body["keypoints"] = _rounded(points.ravel())
            body["num_keypoints"] = int((points[:, 2] > 0).sum())
            self._points.setdefault(annotation.name, [str(number) for number in range(1, len(points) + 1)])
        if attributes := _attributes(annotation):
            body["attributes"] = attributes
        return body


def _shape(annotation: Annotation, picture: Picture, *, runs: bool) -> tuple[Any, float | None]:
    """`segmentation` and `area`: outlines stay outlines, masks and whatever is a crowd are run lengths."""
    if annotation.mask is not None and area(rle := annotation.mask.rle()):
        return _rle(rle), area(rle)
    if not annotation.polygons:
        return [], None
    if runs:
        rle = from_rings(annotation.polygons, picture.size)
        return _rle(rle), area(rle)
    return [_rounded(ring.ravel()) for ring in annotation.polygons], round(sum(map(ring_area, annotation.polygons)), 6)


def _rle(rle: Rle) -> dict[str, Any]:
    return {"size": [rle.size[1], rle.size[0]], "counts": rle.counts.decode()}


def _attributes(annotation: Annotation) -> dict[str, Any]:
    """What COCO has no place for, under the key that CVAT and Datumaro use."""
    box = annotation.box3d
    known: dict[str, Any] = {
        "amodal_bbox": _extent(annotation.amodal),
        "oriented": None if annotation.oriented is None else _rounded(annotation.oriented.ravel()),
        "truncated": annotation.truncated,
        "visible": annotation.visible,
        "occluded": annotation.step(),
        "depth": annotation.depth,
        "alpha": annotation.alpha,
        "track_id": annotation.track,
        "pose": None if annotation.pose is None else _rounded(annotation.pose.ravel()),
        "box3d": None
        if box is None
        else {
            "center": _rounded(box.center),
            "size": _rounded(box.size),
            "rotation": _rounded(box.rotation.ravel()),
        },
    }
    return {key: value for key, value in known.items() if value is not None}


def _extent(box: Box | None) -> list[float] | None:
    return None if box is None else _rounded([box[0], box[1], box[2] - box[0], box[3] - box[1]])


def _camera(camera: Camera | None) -> dict[str, Any] | None:
    if camera is None:
        return None
    body: dict[str, Any] = {"matrix": _rounded(camera.matrix.ravel())}
    if camera.pose is not None:
        body["pose"] = _rounded(camera.pose.ravel())
    if camera.distortion is not None:
        body["distortion"] = list(camera.distortion)
    return body


def _rounded(values: Any) -> list[float]:
    return [round(float(value), 9) for value in np.asarray(values, np.float64)]
