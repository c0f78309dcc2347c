"""A folder of labelled frames in YOLO layout, read without writing anything near it.

Ultralytics would put a cache beside the labels, keyed on names and sizes alone, so that an edited label is not seen;
it drops an image with a bad label line in silence and rewrites a damaged JPEG in place. Here labels are read anew each
time, every bad line is a problem with its file and line, and the folder may be read-only.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, DocumentError, Problem, Reason
from seedbed.core.shards import MANIFEST, read_manifest
from seedbed.core.words import listed
from seedbed.core.yaml_tree import parse
from seedbed.training.sets.labelled import SPLITS, Boxes, Frame, LabelledSet

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"})
MOST_PROBLEMS = 20
EDGE = 0.01
"""How far outside the image a label may reach: what rounding by other tools leaves. It is cut off."""


def read_set(path: Path | str) -> LabelledSet:
    """Reads a dataset.

    Args:
        path: its folder, or its `data.yaml`.

    Returns:
        The set.

    Raises:
        DataError: no dataset there, no images, or images without any label file.
        DocumentError: label files with problems, each with its line.
    """
    root, description = _description(Path(path))
    names = _names(description, root)
    committed = _committed(root)
    problems: list[Problem] = []
    unlabelled: list[str] = []
    splits: dict[str, tuple[Frame, ...]] = {}
    hasher = hashlib.blake2b(json.dumps(names).encode(), digest_size=16)
    for split in SPLITS:
        if description.get(split):
            images = list(_images(root, description, split, committed))
            splits[split] = tuple(_frames(images, root, len(names), problems, hasher, unlabelled))
    if problems:
        raise DocumentError(problems[:MOST_PROBLEMS])
    if not any(splits.values()):
        raise DataError(
            "no images", reason=Reason.NOT_A_DATASET, where=root, allowed="images/train with labels/train beside it"
        )
    return LabelledSet(root, names, splits, hasher.hexdigest(), tuple(unlabelled))


def _description(path: Path) -> tuple[Path, dict[str, Any]]:
    """The dataset folder and what its data.yaml says."""
    file = path
    if path.is_dir():
        candidates = [path / name for name in ("data.yaml", "data.yml", "dataset.yaml")]
        file = next((candidate for candidate in candidates if candidate.is_file()), candidates[0])
    if not file.is_file():
        raise DataError(
            "no dataset here" if path.exists() else "no such folder",
            reason=Reason.NOT_FOUND,
            where=path,
            allowed="a folder with data.yaml, images/train and labels/train",
            repair="correct the path (a plan's counts from the plan's folder), or make the frames with seedbed render",
        )
    try:
        tree, problems = parse(file.read_text(encoding="utf-8-sig"), str(file))
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(
            "cannot be read",
            reason=Reason.DAMAGED,
            where=file,
            found=error,
            repair="save it as UTF-8, readable for you",
        ) from None
    if tree is None or problems:
        raise DocumentError(problems)
    if not isinstance(tree.value, dict):
        raise DataError("not a dataset description", reason=Reason.NOT_A_DATASET, where=file, allowed="a mapping")
    # `path` is where the files are; other tools let it be relative to a folder of their own settings, which is
    # nowhere on this machine. Then the folder of the file itself is meant.
    root = file.parent
    stated = tree.value.get("path")
    if isinstance(stated, str) and (root / stated).is_dir():
        root = root / stated
    return root, tree.value


def _names(description: dict[str, Any], root: Path) -> tuple[str, ...]:
    given = description.get("names")
    if isinstance(given, dict):
        try:
            numbered = {int(key): str(value) for key, value in given.items()}
        except ValueError:
            numbered = {}
        given = [numbered[i] for i in range(len(numbered))] if set(numbered) == set(range(len(numbered))) else None
    if not isinstance(given, list | tuple) or not given:
        raise DataError(
            "no class names", reason=Reason.NOT_A_DATASET, where=root, allowed="`names:` a list, or 0: name, 1: name"
        )
    names = tuple(str(name) for name in given)
    if len(set(names)) < len(names):
        raise DataError(
            "a class is named twice",
            reason=Reason.NOT_A_DATASET,
            where=root,
            found=listed(names),
            repair="give each class in data.yaml a name of its own",
        )
    return names


def _committed(root: Path) -> frozenset[str] | None:
    """Files the manifest names, where there is a manifest: a killed render may have left others."""
    if not (root / MANIFEST).is_dir():
        return None
    return frozenset(name for record in read_manifest(root) for name in record.files)


def _images(root: Path, description: dict[str, Any], split: str, committed: frozenset[str] | None) -> Iterator[Path]:
    given = description[split]
    for part in (given,) if isinstance(given, str) else given:
        place = _place(root, str(part))
        if place is None:
            # Ultralytics' own description names splits that do not exist when there is nothing to put in them.
            if split == "train":
                raise DataError(
                    f"no {split} images", reason=Reason.NOT_FOUND, where=root, found=part, allowed="a folder below it"
                )
            continue
        if place.is_dir():
            found: Iterable[Path] = (p for p in sorted(place.rglob("*")) if p.suffix.lower() in SUFFIXES)
        else:
            lines = place.read_text(encoding="utf-8-sig").split("\n")
            found = ((place.parent / line.strip()) for line in lines if line.strip())
        for image in found:
            if committed is None or _below(image, root) in committed:
                yield image


def _place(root: Path, part: str) -> Path | None:
    """A split's folder. Some exporters write `../train/images` for what lies at `train/images`."""
    candidates = [root / part]
    if part.startswith("../"):
        candidates.append(root / part[3:])
    return next((candidate for candidate in candidates if candidate.exists()), None)


def _below(path: Path, root: Path) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _label_file(image: Path) -> Path:
    """images/…/a.jpg -> labels/…/a.txt, at the last folder named `images`."""
    parts = list(image.parts)
    for index in range(len(parts) - 2, -1, -1):
        if parts[index] == "images":
            parts[index] = "labels"
            break
    return Path(*parts).with_suffix(".txt")


def _frames(
    images: list[Path], root: Path, classes: int, problems: list[Problem], hasher: Any, unlabelled: list[str]
) -> Iterator[Frame]:
    labelled = 0
    for image in images:
        label = _label_file(image)
        try:
            text = label.read_text(encoding="utf-8-sig")
            labelled += 1
        except FileNotFoundError:
            text = ""
            unlabelled.append(_below(image, root))
        except (OSError, UnicodeDecodeError) as error:
            problems.append(Problem(str(label), 0, 0, f"cannot be read: {error}", Reason.DAMAGED))
            continue
        _check_image(image, problems)
        ids, boxes, outlines = _labels(text, str(label), classes, problems)
        name = _below(image, root)
        size = image.stat().st_size if image.exists() else 0
        hasher.update(f"{name}\0{size}\0{text}\0".encode())
        yield Frame(image, name, ids, boxes, outlines)
    if images and not labelled:
        raise DataError(
            "images without any label file",
            reason=Reason.NOT_A_DATASET,
            where=images[0].parent,
            found=f"{len(images)} images",
            allowed=f"one text file each in {_label_file(images[0]).parent}",
        )


def _check_image(image: Path, problems: list[Problem]) -> None:
    """Beginning and end only; whether the middle decodes is seen when it is loaded."""
    try:
        with open(image, "rb") as file:
            head = file.read(4)
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - 2048))
            tail = file.read()
    except OSError as error:
        problems.append(Problem(str(image), 0, 0, f"cannot be read: {error.strerror}", Reason.NOT_FOUND))
        return
    ends = {b"\xff\xd8": b"\xff\xd9", b"\x89P": b"IEND"}.get(head[:2])
    if not head or (ends is not None and ends not in tail):
        problems.append(
            Problem(str(image), 0, 0, "the image is empty or cut off", Reason.DAMAGED, found=f"{size} bytes")
        )


def _labels(
    text: str, file: str, classes: int, problems: list[Problem]
) -> tuple[NDArray[np.int64], Boxes, tuple[Boxes | None, ...]]:
    """Lines `class x y w h`, or `class x1 y1 x2 y2 x3 y3 …` for an outline, whose box is taken."""
    rows: dict[tuple[float, ...], Boxes | None] = {}
    for number, line in enumerate(text.split("\n"), 1):
        words = line.split()
        if not words:
            continue
        try:
            values = [float(word) for word in words]
        except ValueError:
            values = []
        fault = _fault(values, classes)
        if fault:
            problems.append(Problem(file, number, 1, fault, found=line.strip()[:80], allowed="class x y width height"))
            continue
        left, top, right, bottom = _corners(values[1:])
        left, right = (min(max(value, 0.0), 1.0) for value in (left, right))
        top, bottom = (min(max(value, 0.0), 1.0) for value in (top, bottom))
        # The same line twice is one object, as in Ultralytics.
        row = (values[0], (left + right) / 2, (top + bottom) / 2, right - left, bottom - top)
        rows[row] = None if len(values) == 5 else np.clip(values[1:], 0, 1).astype(np.float32).reshape(-1, 2)
    table = np.array(list(rows), dtype=np.float64).reshape(-1, 5)
    return table[:, 0].astype(np.int64), table[:, 1:].astype(np.float32), tuple(rows.values())


def _corners(values: list[float]) -> tuple[float, float, float, float]:
    if len(values) == 4:
        x, y, w, h = values
        return x - w / 2, y - h / 2, x + w / 2, y + h / 2
    return min(values[::2]), min(values[1::2]), max(values[::2]), max(values[1::2])


def _fault(values: list[float], classes: int) -> str | None:
    if not values or not all(map(math.isfinite, values)):
        return "not a line of numbers"
    if len(values) != 5 and (len(values) < 7 or len(values) % 2 == 0):
        return f"{len(values)} numbers"
    if values[0] != int(values[0]) or not 0 <= values[0] < classes:
        return f"class {values[0]:g} where the set names {classes} (0 to {classes - 1})"
    left, top, right, bottom = _corners(values[1:])
    if not (left < right and top < bottom):
        return "a box without area"
    if min(left, top) < -EDGE or max(right, bottom) > 1 + EDGE:
        return "outside the image (coordinates are fractions, 0 to 1)"
    return None
