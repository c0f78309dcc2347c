"""Reads COCO: polygons, both kinds of run lengths, crowds, keypoints, and what Seedbed's own writer adds."""

from __future__ import annotations

import json
import math
import sqlite3
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Problem, Reason
from seedbed.scenes.formats.images import image_size, split_of
from seedbed.scenes.formats.json_stream import JsonError, members
from seedbed.scenes.formats.masks import from_runs
from seedbed.scenes.formats.model import Annotation, Box, Box3D, Camera, Format, Mask, Picture, Ring, Rle, Size
from seedbed.scenes.formats.numbers import has_area
from seedbed.scenes.formats.reader import Reader, checked_names


class CocoReader(Reader):
    """A COCO dataset: one JSON file per split.

    The files are read once, piece by piece, into a temporary database, so that a file of any size takes little memory.

    Args:
        root: the dataset's folder.
        files: its annotation files.

    Raises:
        DataError: a file is no COCO file, or two name different classes.
    """

    format = Format.COCO

    def __init__(self, root: Path, files: list[Path]) -> None:
        super().__init__(root)
        self._scratch = tempfile.TemporaryDirectory(prefix="seedbed-coco-", ignore_cleanup_errors=True)
        self._files = sorted(files, key=lambda file: (_order(_split(file)), file))
        self._bases: list[sqlite3.Connection] = []
        self._names: list[dict[str, str]] = []
        names: dict[str, None] = {}
        points: dict[str, list[str]] = {}
        for number, file in enumerate(self._files):
            base = sqlite3.connect(Path(self._scratch.name) / f"{number}.sqlite")
            base.execute("PRAGMA journal_mode=OFF")
            base.execute("PRAGMA synchronous=OFF")
            categories = _load(file, base)
            self._bases.append(base)
            own = {_key(category.get("id")): str(category.get("name", "")).strip() for category in categories}
            checked_names(own.values(), file)
            self._names.append(own)
            names.update(dict.fromkeys(own.values()))
            points.update({str(c["name"]): list(map(str, c["keypoints"])) for c in categories if c.get("keypoints")})
        self.classes = tuple(names)
        if points:
            self.facts["keypoints"] = points

    def close(self) -> None:
        """Takes the temporary database away."""
        for base in self._bases:
            base.close()
        self._scratch.cleanup()

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        for file, base, names in zip(self._files, self._bases, self._names, strict=True):
            lost = base.execute(
                "SELECT line, image FROM annotations WHERE image NOT IN (SELECT id FROM images) LIMIT 20"
            )
            problems += [
                Problem(
                    str(file), line, 1, "an annotation of an image that the file does not list", found=f"image_id {key}"
                )
                for line, key in lost
            ]
            for key, line, text in base.execute("SELECT id, line, body FROM images ORDER BY place"):
                picture = self._picture(file, base, names, key, line, json.loads(text), problems)
                if picture is not None:
                    yield picture

    def _picture(
        self,
        file: Path,
        base: sqlite3.Connection,
        names: dict[str, str],
        key: str,
        line: int,
        body: dict[str, Any],
        problems: list[Problem],
    ) -> Picture | None:
        name = body.get("file_name")
        if not isinstance(name, str) or not name:
            problems.append(Problem(str(file), line, 1, "an image without `file_name`", found=str(body)[:80]))
            return None
        path = self._image(file, name)
        if path is None:
            problems.append(
                Problem(
                    str(file),
                    line,
                    1,
                    "the image is not there",
                    Reason.NOT_FOUND,
                    found=name,
                    allowed=f"a file below {self.root}, its `images` or its split's folder",
                )
            )
            return None
        on_disk = image_size(path, problems)
        if on_disk is None:
            return None
        size = (body.get("width", on_disk[0]), body.get("height", on_disk[1]))
        if size not in (on_disk, on_disk[::-1]):
            problems.append(
                Problem(
                    str(file),
                    line,
                    1,
                    "another size than the image file has",
                    found=f"{size[0]}x{size[1]} for {name}",
                    allowed=f"{on_disk[0]}x{on_disk[1]}",
                )
            )
            return None
        found = []
        for number, text in base.execute("SELECT line, body FROM annotations WHERE image = ? ORDER BY place", (key,)):
            try:
                annotation = self._annotation(json.loads(text), names, size)
            except (ValueError, KeyError, TypeError, IndexError) as error:
                words = f"no {error}" if isinstance(error, KeyError) else str(error)
                problems.append(Problem(str(file), number, 1, words, found=text[:80]))
                continue
            if annotation is not None:
                found.append(annotation)
        extra = body.get("seedbed") or {}
        return Picture(
            path,
            _split(file) or "train",
            _below_images(name),
            size,
            tuple(found),
            sequence=extra.get("sequence"),
            number=extra.get("number"),
            camera=_camera(extra.get("camera")),
        )

    def _image(self, file: Path, name: str) -> Path | None:
        stem = file.stem.removeprefix("instances_")
        split = _split(file) or "train"
        folders = (file.parent, self.root / "images" / split, self.root / split, self.root / stem)
        more = (self.root / "images" / stem, self.root / "images", self.root)
        return next((path for folder in (*folders, *more) if (path := folder / name).is_file()), None)

    def _annotation(self, body: dict[str, Any], names: dict[str, str], size: Size) -> Annotation | None:
        key = _key(body["category_id"])
        if key not in names:
            raise ValueError(f"category_id {body['category_id']} is not in `categories`")
        box = _box(body["bbox"])
        if not has_area(box):
            self.notes.add("boxes without area are left out")
            return None
        polygons, mask = _shape(body.get("segmentation"), size)
        extra = body.get("attributes") or {}
        extra = extra if isinstance(extra, dict) else {}
        points = body.get("keypoints")
        ignore = bool(body.get("ignore"))
        return Annotation(
            names[key],
            box,
            amodal=_box(extra["amodal_bbox"]) if "amodal_bbox" in extra else None,
            polygons=polygons,
            mask=mask,
            oriented=_array(extra["oriented"], (4, 2)) if "oriented" in extra else None,
            truncated=_number(extra.get("truncated")),
            visible=_number(extra.get("visible")),
            occluded=_step(extra.get("occluded")),
            box3d=_box3d(extra["box3d"]) if "box3d" in extra else None,
            pose=_array(extra["pose"], (4, 4)) if "pose" in extra else None,
            depth=_number(extra.get("depth")),
            alpha=_number(extra.get("alpha")),
            track=int(extra["track_id"]) if extra.get("track_id") is not None else None,
            keypoints=_array(points, (-1, 3)) if points else None,
            ignore=ignore,
            crowd=bool(body.get("iscrowd")) and not ignore,
        )


def _load(file: Path, base: sqlite3.Connection) -> list[dict[str, Any]]:
    """Fills a database with images and annotations; returns the categories."""
    base.execute("CREATE TABLE images (place INTEGER PRIMARY KEY, id TEXT UNIQUE, line INTEGER, body TEXT)")
    base.execute("CREATE TABLE annotations (place INTEGER PRIMARY KEY, image TEXT, line INTEGER, body TEXT)")
    categories: list[dict[str, Any]] = []
    line = 0
    try:
        for key, value, line in members(file):
            if key not in ("images", "annotations", "categories"):
                continue
            if not isinstance(value, dict):
                raise JsonError(f"`{key}` holds something that is no object", line)
            if key == "categories":
                categories.append(value)
            elif key == "images":
                base.execute(
                    "INSERT INTO images VALUES (NULL, ?, ?, ?)", (_key(value.get("id")), line, json.dumps(value))
                )
            else:
                row = (_key(value.get("image_id")), line, json.dumps(value))
                base.execute("INSERT INTO annotations VALUES (NULL, ?, ?, ?)", row)
    except sqlite3.IntegrityError:
        raise _damaged(file, line, "two images have the same id") from None
    except JsonError as error:
        raise _damaged(file, error.line, str(error)) from None
    except (OSError, UnicodeDecodeError) as error:
        raise _damaged(file, 0, f"cannot be read: {error}") from None
    base.execute("CREATE INDEX of_image ON annotations (image)")
    base.commit()
    return categories


def _damaged(file: Path, line: int, message: str) -> DataError:
    return DataError(
        message,
        reason=Reason.DAMAGED,
        where=f"{file}:{line}" if line else file,
        allowed="a COCO file: an object with `images`, `annotations` and `categories`",
    )


def _key(value: object) -> str:
    return json.dumps(value)


def _split(file: Path) -> str | None:
    """From the file's name (instances_train2017.json), else from its folder's (train/_annotations.coco.json)."""
    for word in file.stem.replace(".", "_").replace("-", "_").split("_"):
        if found := split_of(word):
            return found
    return split_of(file.parent.name)


def _order(split: str | None) -> int:
    return {"train": 0, "val": 1, "test": 2}.get(split or "train", 0)


def _below_images(name: str) -> str:
    """A name that stays below its folder: some tools write whole paths."""
    return "/".join(part for part in name.replace("\\", "/").split("/") if part not in ("", ".", ".."))


def _box(value: Any) -> Box:
    left, top, width, height = _numbers(value, 4, "a bbox of x, y, width, height")
    return left, top, left + width, top + height


def _numbers(value: Any, count: int, what: str) -> list[float]:
    numbers = [float(v) for v in value] if isinstance(value, list) and len(value) == count else []
    if len(numbers) != count or not all(map(math.isfinite, numbers)):
        raise ValueError(f"not {what}: {str(value)[:60]}")
    return numbers


def _number(value: Any) -> float | None:
    # CVAT and others write yes or no here.
    return None if value is None else float(value)


def _step(value: Any) -> int | None:
    return None if value is None else int(value)


def _array(value: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    array = np.array(value, np.float64)
    if not np.isfinite(array).all():
        raise ValueError("not finite")
    return array.reshape(shape)


def _box3d(value: dict[str, Any]) -> Box3D:
    center = _numbers(value["center"], 3, "a centre of x, y, z")
    size = _numbers(value["size"], 3, "a size of three lengths")
    return Box3D((center[0], center[1], center[2]), (size[0], size[1], size[2]), _array(value["rotation"], (3, 3)))


def _camera(value: dict[str, Any] | None) -> Camera | None:
    if not value:
        return None
    pose = _array(value["pose"], (4, 4)) if value.get("pose") else None
    distortion = tuple(map(float, value["distortion"])) if value.get("distortion") else None
    return Camera(_array(value["matrix"], (3, 3)), pose, distortion)


def _shape(value: Any, size: Size) -> tuple[tuple[Ring, ...], Mask | None]:
    """Outlines or a mask, whichever the file has."""
    if not value:
        return (), None
    if isinstance(value, dict):
        stated = value["size"]
        if list(stated) != [size[1], size[0]]:
            raise ValueError(f"a mask of {stated} (height, width) in an image of {[size[1], size[0]]}")
        counts = value["counts"]
        if isinstance(counts, str):
            packed = Rle(size, counts.encode())
            return (), Mask(lambda: packed)
        runs = from_runs(counts, size)
        return (), Mask(lambda: runs)
    rings = []
    for part in value:
        if not isinstance(part, list) or len(part) < 6 or len(part) % 2:
            raise ValueError("an outline needs three or more points x, y")
        rings.append(_array(part, (-1, 2)))
    return tuple(rings), None
