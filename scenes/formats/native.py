"""Reads what `seedbed render` wrote: its frames' records, with masks where another format wants them."""

from __future__ import annotations

import functools
import json
import math
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Problem, Reason
from seedbed.core.shards import read_manifest
from seedbed.scenes.formats.images import image_size
from seedbed.scenes.formats.masks import encode
from seedbed.scenes.formats.model import SPLITS, Annotation, Box, Box3D, Camera, Format, Mask, Picture, Rle
from seedbed.scenes.formats.reader import Reader
from seedbed.scenes.formats.yolo_reader import description_of

_FRAMES = "frames/"


class NativeReader(Reader):
    """A Seedbed dataset of frames; only what its manifest names counts.

    Args:
        root: its folder.

    Raises:
        DataError: nothing is committed, or it has no `data.yaml` yet.
    """

    format = Format.SEEDBED

    def __init__(self, root: Path) -> None:
        super().__init__(root)
        self.classes = description_of(root / "data.yaml")[0]

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        found = [name for record in read_manifest(self.root) for name in record.files if name.startswith(_FRAMES)]
        for split in SPLITS:
            for name in sorted(found):
                if name.startswith(f"{_FRAMES}{split}/"):
                    yield from self._pictures(self.root / name, split, problems)

    def _pictures(self, file: Path, split: str, problems: list[Problem]) -> Iterator[Picture]:
        try:
            lines = file.read_text(encoding="utf-8").split("\n")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(file), 0, 0, f"cannot be read: {error}", Reason.DAMAGED))
            return
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                picture = self._picture(json.loads(line), split, problems)
            except (ValueError, KeyError, TypeError, IndexError) as error:
                words = f"a record without {error}" if isinstance(error, KeyError) else f"a damaged record: {error}"
                problems.append(Problem(str(file), number, 1, words, Reason.DAMAGED, found=line[:80]))
                continue
            if picture is not None:
                yield picture

    def _picture(self, record: dict[str, Any], split: str, problems: list[Problem]) -> Picture | None:
        image = self.root / str(record["image"])
        size = image_size(image, problems)
        if size is None:
            return None
        mask = record["mask"]
        masks = _masks(self.root / mask) if mask and (self.root / mask).is_file() else None
        film = record.get("fps") is not None
        if film:
            self.facts["fps"] = float(record["fps"])
        found = []
        for body in record["bodies"]:
            if body["box"] is not None:
                found.append(self._annotation(body, masks, film))
        return Picture(
            image,
            split,
            image.name,
            size,
            tuple(found),
            sequence=f"world-{int(record['world']):07d}" if film else None,
            number=int(record["view"]) + 1 if film else None,
            camera=_camera(record["camera"]) if record.get("camera") else None,
            maps=bool(record.get("depth") or record.get("semantic")),
        )

    def _annotation(self, body: dict[str, Any], masks: Callable[[int], Rle] | None, film: bool) -> Annotation:
        name, solid = str(body["name"]), body.get("solid")
        if name not in self.classes:
            raise ValueError(f"class {name!r} is not in data.yaml")
        points = body.get("keypoints")
        if points:
            self.facts.setdefault("keypoints", {}).setdefault(name, [str(point["name"]) for point in points])
        return Annotation(
            name,
            _box(body["box"]),
            amodal=_box(body["amodal"]) if body.get("amodal") else None,
            mask=None if masks is None else Mask(functools.partial(masks, int(body["id"]))),
            truncated=float(body["truncated"]),
            visible=float(body["visible"]),
            box3d=_box3d(solid) if solid else None,
            pose=_pose(solid["rotation"], solid["translation"]) if solid else None,
            depth=float(solid["center"][2]) if solid else None,
            track=int(body["track"]) if film else None,
            keypoints=np.array([(p["x"], p["y"], p["seen"]) for p in points], np.float64) if points else None,
            ignore=body.get("ignored") is not None,
        )


def _masks(path: Path) -> Callable[[int], Rle]:
    """Masks of a frame by body; the file is read once, when the first is asked for."""

    @functools.cache
    def ids() -> NDArray[Any]:
        found = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
        if found is None:
            raise DataError("the mask cannot be read", reason=Reason.DAMAGED, where=path, allowed="a PNG")
        return np.asarray(found)

    return lambda body: encode(ids() == body)


def _box(values: list[float]) -> Box:
    left, top, right, bottom = map(float, values)
    if not all(map(math.isfinite, (left, top, right, bottom))):
        raise ValueError(f"a box that is not finite: {values}")
    return left, top, right, bottom


def _pose(rotation: Any, translation: Any) -> NDArray[np.float64]:
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation, translation
    return pose


def _box3d(solid: dict[str, Any]) -> Box3D:
    """Meshes face along +x and stand along +z; the box's axes are forward, down and what is square to both."""
    forward, left, up = np.array(solid["rotation"], np.float64).T
    length, width, height = map(float, solid["size"])
    x, y, z = map(float, solid["center"])
    return Box3D((x, y, z), (length, height, width), np.stack([forward, -up, left], axis=1))


def _camera(values: dict[str, Any]) -> Camera:
    world = np.asarray(np.linalg.inv(_pose(values["rotation"], values["translation"])), np.float64)
    distortion = tuple(map(float, values["distortion"]))
    return Camera(np.array(values["matrix"], np.float64), world, distortion if any(distortion) else None)
