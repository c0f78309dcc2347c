"""Reads what Label Studio exports as JSON or JSON-MIN: boxes, turned ones, and outlines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.core.errors import DataError, Problem, Reason
from seedbed.scenes.formats.cvat import turned
from seedbed.scenes.formats.exports import Pictures
from seedbed.scenes.formats.images import image_size
from seedbed.scenes.formats.json_stream import JsonError, elements
from seedbed.scenes.formats.masks import ring_box
from seedbed.scenes.formats.model import Annotation, Format, Picture, Size
from seedbed.scenes.formats.numbers import has_area
from seedbed.scenes.formats.reader import Reader, checked_names

_SHAPES = {"rectanglelabels": "rectanglelabels", "polygonlabels": "polygonlabels"}
_HEAD = 4096


class LabelStudioReader(Reader):
    """An export of Label Studio. Images are looked for below the file's folder, by name.

    Tasks without a submitted annotation are left out: nobody has said that a model's prediction is right.

    Args:
        path: of the JSON file.

    Raises:
        DataError: it is another JSON, or holds no class.
    """

    format = Format.LABEL_STUDIO

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self._path = path
        self._pictures = Pictures(path.parent)
        names: set[str] = set()
        try:
            for task, _ in elements(path):
                for value in _values(task) or []:
                    names.update(_labels(value))
        except (JsonError, OSError, UnicodeDecodeError) as error:
            where = f"{path}:{error.line}" if isinstance(error, JsonError) else path
            raise DataError(
                str(error), reason=Reason.NOT_A_DATASET, where=where, allowed="Label Studio's export JSON or JSON-MIN"
            ) from None
        if not names:
            raise DataError(
                "no task in it has a labelled box or outline",
                reason=Reason.NOT_A_DATASET,
                where=path,
                repair="submit the tasks in Label Studio before exporting: a prediction is no label",
            )
        # The export has no list of classes: those in use, by name.
        self.classes = checked_names(sorted(names), path)

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        try:
            for task, line in elements(self._path):
                values = _values(task)
                if values is None:
                    self.notes.add("tasks nobody has annotated are left out")
                    continue
                try:
                    picture = self._picture(task, values, problems)
                except (ValueError, KeyError, TypeError) as error:
                    words = f"no {error}" if isinstance(error, KeyError) else str(error)
                    problems.append(
                        Problem(str(self._path), line, 1, f"task {task.get('id')}: {words}", Reason.DAMAGED)
                    )
                    continue
                if picture is not None:
                    yield picture
        except JsonError as error:
            problems.append(Problem(str(self._path), error.line, 1, str(error), Reason.DAMAGED))

    def _picture(
        self, task: Mapping[str, Any], values: Sequence[Mapping[str, Any]], problems: list[Problem]
    ) -> Picture | None:
        address = _address(task)
        path = self._pictures.find(address)
        if path is None:
            raise ValueError(f"its image {address} is not below {self.root}, or there more than once")
        size = image_size(path, problems)
        if size is None:
            return None
        annotations = []
        for value in values:
            labels = _labels(value)
            if not labels:
                self.notes.add("shapes of Label Studio that are neither boxes nor outlines are left out")
                continue
            if len(labels) > 1:
                self.notes.add("further classes of one shape are left out")
            annotations.append(_annotation(value, labels[0], size))
        split, name = self._pictures.name_of(path)
        return Picture(path, split, name, size, tuple(annotations))


def looks_like_label_studio(path: Path) -> bool:
    """Whether a JSON file is an array of tasks, from its head; COCO's top is an object."""
    try:
        with open(path, encoding="utf-8-sig", errors="replace") as file:
            head = file.read(_HEAD).lstrip()
    except OSError:
        return False
    return head.startswith("[") and any(f'"{word}"' in head for word in ("data", "image", "annotations", "id"))


def _values(task: Any) -> list[Mapping[str, Any]] | None:
    """The shapes of a task; None where nobody has annotated it.

    Of several annotations the one changed last counts. Cancelled ones are skips.
    """
    if not isinstance(task, dict):
        return None
    if "annotations" in task or "data" in task:
        done = [each for each in task.get("annotations") or () if isinstance(each, dict)]
        done = [each for each in done if not each.get("was_cancelled")]
        if not done:
            return None
        latest = max(done, key=lambda each: str(each.get("updated_at") or each.get("created_at") or ""))
        return [
            {
                **each["value"],
                "original_width": each.get("original_width"),
                "original_height": each.get("original_height"),
            }
            for each in latest.get("result", ())
            if isinstance(each, dict) and isinstance(each.get("value"), dict)
        ]
    # JSON-MIN: one member, called as the set-up calls it, holds the shapes.
    found = [value for value in task.values() if isinstance(value, list) and value and isinstance(value[0], dict)]
    shapes = [each for value in found for each in value if "original_width" in each or _labels(each)]
    return shapes if shapes or "annotation_id" in task else None


def _labels(value: Mapping[str, Any]) -> list[str]:
    for key in _SHAPES:
        if isinstance(value.get(key), list):
            return [str(label) for label in value[key]]
    return []


def _address(task: Mapping[str, Any]) -> str:
    data = task.get("data", task)
    names = [value for value in data.values() if isinstance(value, str)]
    given = data.get("image") or next((value for value in names if "." in value.rpartition("/")[2]), None)
    if not isinstance(given, str):
        raise ValueError("no image in its data")
    return given


def _annotation(value: Mapping[str, Any], label: str, size: Size) -> Annotation:
    """Label Studio counts in per cent of the image, and turns a box about its upper left corner."""
    scale = np.array(size, float) / 100
    if "points" in value:
        ring = np.array(value["points"], dtype=float).reshape(-1, 2) * scale
        if len(ring) < 3 or not np.isfinite(ring).all() or not has_area(ring_box([ring])):
            raise ValueError("an outline without area")
        return Annotation(label, ring_box([ring]), polygons=(ring,))
    x, y, width, height = (float(value[key]) for key in ("x", "y", "width", "height"))
    left, top, right, bottom = (np.array([x, y, x + width, y + height]) * [*scale, *scale]).tolist()
    if not np.isfinite([left, top, right, bottom]).all() or right <= left or bottom <= top:
        raise ValueError("a box without area")
    turn = float(value.get("rotation") or 0)
    if not turn:
        return Annotation(label, (left, top, right, bottom))
    ring = turned((left, top, right, bottom), turn, (left, top))
    return Annotation(label, ring_box([ring]), oriented=ring)
