"""Reads YOLO folders: boxes, outlines, oriented boxes and keypoints, as Ultralytics and Roboflow lay them out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.core.errors import DataError, DocumentError, Problem, Reason
from seedbed.core.shards import read_lock
from seedbed.core.yaml_tree import parse
from seedbed.scenes.formats.images import image_size, images_below
from seedbed.scenes.formats.masks import ring_box
from seedbed.scenes.formats.model import SPLITS, Annotation, Box, Format, Picture, Size
from seedbed.scenes.formats.numbers import finite, has_area
from seedbed.scenes.formats.reader import Reader, checked_names, names_file, read_text

DESCRIPTIONS = ("data.yaml", "data.yml", "dataset.yaml")
EDGE = 0.01
"""How far outside the image middle and extent may reach, as in Ultralytics: what rounding leaves."""
_BOX, _ORIENTED = 5, 9


class YoloReader(Reader):
    """A YOLO dataset.

    Args:
        root: its folder, with `data.yaml`, or with `classes.txt`, `images` and `labels`.
        description: the YAML file, where it is not one of the usual names.

    Raises:
        DataError: no description, no class names.
        DocumentError: the description is no YAML.
    """

    def __init__(self, root: Path, description: Path | None = None) -> None:
        super().__init__(root)
        file = description or next((root / name for name in DESCRIPTIONS if (root / name).is_file()), None)
        self._base, self._splits = root, dict[str, list[str]]()
        self._points: tuple[int, int] | None = None
        if file is None:
            names = names_file(root / "classes.txt") or names_file(root / "labels" / "classes.txt")
            if names is None:
                raise DataError(
                    "no class names",
                    reason=Reason.NOT_A_DATASET,
                    where=root,
                    allowed="data.yaml with `names:`, or classes.txt with one a line",
                )
            self.classes = names
            self._splits = {split: [f"images/{split}"] for split in SPLITS if (root / "images" / split).is_dir()}
            self._splits = self._splits or {"train": ["images"]}
        else:
            self._describe(file)
        self.format = self._kind()

    def _describe(self, file: Path) -> None:
        self.classes, given = description_of(file)
        # Other tools let `path` be relative to a folder of their own settings; then the file's own folder is meant.
        stated = given.get("path")
        if isinstance(stated, str) and (self.root / stated).is_dir():
            self._base = self.root / stated
        for split in SPLITS:
            value = given.get(split) or (given.get("valid") if split == "val" else None)
            if value:
                self._splits[split] = [str(part) for part in ((value,) if isinstance(value, str) else value)]
        shape = given.get("kpt_shape")
        if isinstance(shape, tuple) and len(shape) == 2 and all(isinstance(n, int) for n in shape):
            self._points = (shape[0], shape[1])

    def _kind(self) -> Format:
        """Boxes, outlines or oriented boxes: nine numbers may be either of the latter, so all files are looked at."""
        told = ((read_lock(self.root) or {}).get("options") or {}).get("to")
        if told in (Format.YOLO, Format.YOLO_SEGMENT, Format.YOLO_OBB):
            return Format(told)  # written by `convert`
        lengths: set[int] = set()
        for split in self._splits:
            for image, _ in self._images(split):
                try:
                    text = label_file(image).read_text(encoding="utf-8-sig")
                except (OSError, UnicodeDecodeError):
                    continue  # told with its file's name when it is read
                lengths.update(len(line.split()) for line in text.split("\n"))
                if any(length > _ORIENTED or length == 7 for length in lengths) and not self._points:
                    return Format.YOLO_SEGMENT
        return Format.YOLO_OBB if _ORIENTED in lengths and not self._points else Format.YOLO

    def _images(self, split: str) -> Iterator[tuple[Path, str]]:
        """Image files and their names below the split's folder."""
        for part in self._splits[split]:
            place = self._place(part)
            if place is None:
                if split == "train":
                    raise DataError(
                        "no train images",
                        reason=Reason.NOT_FOUND,
                        where=self._base,
                        found=part,
                        allowed="a folder below it, or a text file that lists images",
                    )
                continue  # Ultralytics' own descriptions name splits that are not there
            if place.is_dir():
                yield from ((path, path.relative_to(place).as_posix()) for path in images_below(place))
                continue
            for line in place.read_text(encoding="utf-8-sig").split("\n"):
                if line.strip():
                    path = place.parent / line.strip()
                    yield path, _name_in_list(path, split)

    def _place(self, part: str) -> Path | None:
        """A split's folder. Some exporters write `../train/images` for what lies at `train/images`."""
        candidates = [self._base / part, *([self._base / part[3:]] if part.startswith("../") else [])]
        return next((candidate for candidate in candidates if candidate.exists()), None)

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        seen: set[str] = set()
        labelled = False
        for split in self._splits:
            places = ",".join(sorted(str(self._place(part)) for part in self._splits[split]))
            if places in seen:
                continue  # `val: images/train` of a set without validation images is no second copy
            seen.add(places)
            for path, name in self._images(split):
                label = label_file(path)
                text: str | None = ""
                if label.is_file():
                    labelled = True
                    text = read_text(label, problems)
                size = image_size(path, problems)
                if size is None or text is None:
                    continue
                found = tuple(self._annotations(text, label, size, problems))
                yield Picture(path, split, name, size, found)
        if not labelled and not problems:
            raise DataError(
                "images without any label file",
                reason=Reason.NOT_A_DATASET,
                where=self._base,
                allowed="a text file for each image in `labels`, beside `images`",
            )

    def _annotations(self, text: str, file: Path, size: Size, problems: list[Problem]) -> Iterator[Annotation]:
        known: set[str] = set()
        for number, line in enumerate(text.split("\n"), 1):
            words = line.split()
            if not words:
                continue
            key = " ".join(words)
            if key in known:  # the same line twice is one object, as in Ultralytics
                self.notes.add("label lines stand twice, which is one object in yolo")
                continue
            known.add(key)
            try:
                yield self._annotation([finite(word) for word in words], size)
            except ValueError as error:
                problems.append(
                    Problem(str(file), number, 1, str(error), found=line.strip()[:80], allowed=self._allowed())
                )

    def _allowed(self) -> str:
        if self._points:
            return f"class x y width height and {self._points[0]} keypoints of {self._points[1]} numbers"
        return "class x y width height, or class x1 y1 x2 y2 x3 y3 ..., shares of the image"

    def _annotation(self, values: list[float], size: Size) -> Annotation:
        count, scale = len(values), np.array(size, np.float64)
        if values[0] != int(values[0]) or not 0 <= values[0] < len(self.classes):
            raise ValueError(
                f"class {values[0]:g} where the set names {len(self.classes)} (0 to {len(self.classes) - 1})"
            )
        name = self.classes[int(values[0])]
        if self._points and count == _BOX + self._points[0] * self._points[1]:
            points = np.array(values[_BOX:]).reshape(self._points)
            seen = points[:, 2:] if self._points[1] == 3 else np.full((self._points[0], 1), 2.0)
            points = np.concatenate([points[:, :2] * scale, seen], 1)
            return Annotation(name, _pixels(values[1:_BOX], size), keypoints=points)
        if count == _BOX:
            return Annotation(name, _pixels(values[1:], size))
        if count < 7 or count % 2 == 0:
            raise ValueError(f"{count} numbers")
        shares = np.array(values[1:]).reshape(-1, 2)
        left, top, right, bottom = ring_box([shares])
        box = _pixels([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top], size)
        ring = shares * scale
        if self.format is Format.YOLO_OBB and count == _ORIENTED:
            return Annotation(name, box, oriented=ring)
        return Annotation(name, box, polygons=(ring,))


def description_of(file: Path) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Class names and everything else of a `data.yaml`.

    Raises:
        DataError: it is not there, cannot be read, is no mapping, or its names do not hold.
        DocumentError: it is no YAML.
    """
    try:
        tree, problems = parse(file.read_text(encoding="utf-8-sig"), str(file))
    except FileNotFoundError:
        raise DataError(
            "no such file", reason=Reason.NOT_FOUND, where=file, allowed="a description with `names:`"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("cannot be read", reason=Reason.DAMAGED, where=file, found=error) from None
    if tree is None or problems:
        raise DocumentError(problems)
    if not isinstance(tree.value, dict):
        raise DataError("not a dataset description", reason=Reason.NOT_A_DATASET, where=file, allowed="a mapping")
    return checked_names(_listed_names(tree.value.get("names")), file), tree.value


def _pixels(values: Iterable[float], size: Size) -> Box:
    x, y, width, height = values
    if not all(-EDGE <= value <= 1 + EDGE for value in (x, y, width, height)):
        raise ValueError("outside the image (coordinates are shares of it, 0 to 1)")
    wide, high = size
    box = ((x - width / 2) * wide, (y - height / 2) * high, (x + width / 2) * wide, (y + height / 2) * high)
    if not has_area(box):
        raise ValueError("a box without area")
    return box


def label_file(image: Path) -> Path:
    """images/.../a.jpg -> labels/.../a.txt, at the last folder named `images`."""
    parts = list(image.parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def _name_in_list(path: Path, split: str) -> str:
    """What lies below `images`, without the split's own folder."""
    parts = path.parts
    for before, part in pairwise(range(len(parts) - 1, -1, -1)):
        if parts[part] == "images":
            rest = parts[before:]
            return "/".join(rest[1:] if len(rest) > 1 and rest[0] == split else rest)
    return path.name


def _listed_names(given: object) -> list[object]:
    if isinstance(given, dict):
        try:
            numbered = {int(key): value for key, value in given.items()}
        except ValueError:
            return []
        return [numbered[i] for i in range(len(numbered))] if set(numbered) == set(range(len(numbered))) else []
    return list(given) if isinstance(given, list | tuple) else []
