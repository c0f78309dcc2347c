"""Frames labelled by a detector, for a person to correct: plain YOLO, and the files CVAT and Label Studio import."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.sax.saxutils import quoteattr

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.training.labelling.detector import Detector, Found
from seedbed.training.learning.loading import read_image
from seedbed.training.sets.folders import SUFFIXES

_BATCH = 16
CVAT = "cvat.xml"
LABEL_STUDIO = "label_studio.json"
LABEL_STUDIO_CONFIG = "label_studio.xml"


@dataclass(frozen=True)
class Labelled:
    """What was labelled.

    Attributes:
        root: the folder.
        images: how many.
        boxes: per class.
        empty: images in which nothing was found.
    """

    root: Path
    images: int
    boxes: dict[str, int]
    empty: int


@dataclass(frozen=True)
class _Picture:
    name: str
    width: int
    height: int
    found: Found


def label(
    run: Path | str,
    frames: Path | str,
    out: Path | str,
    *,
    threshold: float | None = None,
    progress: Progress | None = None,
) -> Labelled:
    """Labels frames with a run's detector.

    Writes a YOLO data set (images/train, labels/train, data.yaml), `cvat.xml` (CVAT for images 1.1) and
    `label_studio.json` with `label_studio.xml`, the labelling set-up it belongs to.

    Args:
        run: a finished run.
        frames: a folder of pictures, such as `seedbed keyframes` makes.
        out: folder to write.
        threshold: from which a detection becomes a box; without it, the run's working threshold.
        progress: told of images.

    Returns:
        Counts.

    Raises:
        DataError: no pictures, one that cannot be read, or no finished run.
        EngineError: `out` cannot be written.
    """
    progress, frames, out = progress or Silent(), Path(frames), Path(out)
    paths = _pictures(frames)
    detector = Detector(run)
    least = detector.threshold if threshold is None else threshold
    made: list[_Picture] = []
    progress.start(len(paths), "images", "labelling")
    try:
        with writing(out):
            for folder in ("images/train", "labels/train"):
                (out / folder).mkdir(parents=True, exist_ok=True)
            for start in range(0, len(paths), _BATCH):
                some = paths[start : start + _BATCH]
                pictures = [read_image(str(path)) for path in some]
                for path, picture, found in zip(some, pictures, detector.find(pictures), strict=True):
                    name = "_".join(path.relative_to(frames).parts)
                    one = _Picture(name, picture.shape[1], picture.shape[0], found.over(least))
                    _place(path, out / "images/train" / name)
                    write_atomic((out / "labels/train" / name).with_suffix(".txt"), _yolo(one).encode())
                    made.append(one)
                progress.advance(len(some))
            names = detector.names
            listing = "".join(f"  {i}: {json.dumps(name, ensure_ascii=False)}\n" for i, name in enumerate(names))
            write_atomic(
                out / "data.yaml", f"path: .\ntrain: images/train\nval: images/train\nnames:\n{listing}".encode()
            )
            write_atomic(out / CVAT, cvat(made, names).encode())
            write_atomic(out / LABEL_STUDIO, json.dumps(label_studio(made, names, out), indent=1).encode())
            write_atomic(out / LABEL_STUDIO_CONFIG, label_studio_config(names).encode())
    finally:
        progress.finish()
    boxes = {name: sum(int((one.found.classes == i).sum()) for one in made) for i, name in enumerate(names)}
    return Labelled(out, len(made), boxes, sum(not len(one.found.scores) for one in made))


def _pictures(frames: Path) -> list[Path]:
    root = frames / "images" if (frames / "images").is_dir() else frames
    found = sorted(path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES) if root.is_dir() else []
    if not found:
        raise DataError(
            "no pictures" if frames.exists() else "no such folder",
            reason=Reason.NOT_FOUND,
            where=frames,
            allowed="a folder of pictures, such as `seedbed keyframes` makes",
        )
    return found


def _place(source: Path, target: Path) -> None:
    """A hard link where the disk allows it: pictures are large."""
    target.unlink(missing_ok=True)
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _yolo(one: _Picture) -> str:
    lines = []
    for kind, (left, top, right, bottom) in zip(one.found.classes, one.found.boxes, strict=True):
        x, y = (left + right) / 2 / one.width, (top + bottom) / 2 / one.height
        w, h = (right - left) / one.width, (bottom - top) / one.height
        lines.append(f"{kind} {x:.6f} {y:.6f} {w:.6f} {h:.6f}\n")
    return "".join(lines)


def cvat(pictures: Sequence[_Picture], names: Sequence[str]) -> str:
    """The CVAT for images 1.1 document: upload it to a task that holds the same pictures."""
    lines = ['<?xml version="1.0" encoding="utf-8"?>', "<annotations>", "  <version>1.1</version>", "  <meta><task>"]
    labels = "".join(f"<label><name>{_text(name)}</name><attributes></attributes></label>" for name in names)
    lines += [f"    <size>{len(pictures)}</size><labels>{labels}</labels>", "  </task></meta>"]
    for number, one in enumerate(pictures):
        lines.append(f'  <image id="{number}" name={quoteattr(one.name)} width="{one.width}" height="{one.height}">')
        for kind, (left, top, right, bottom) in zip(one.found.classes, one.found.boxes, strict=True):
            lines.append(
                f'    <box label={quoteattr(names[int(kind)])} source="auto" occluded="0" xtl="{left:.2f}" '
                f'ytl="{top:.2f}" xbr="{right:.2f}" ybr="{bottom:.2f}" z_order="0"></box>'
            )
        lines.append("  </image>")
    return "\n".join([*lines, "</annotations>"]) + "\n"


def label_studio(pictures: Sequence[_Picture], names: Sequence[str], root: Path) -> list[dict[str, Any]]:
    """Label Studio's tasks with predictions; pictures are found through its local storage, below `root`."""
    tasks = []
    for one in pictures:
        results = [
            {
                "type": "rectanglelabels",
                "from_name": "label",
                "to_name": "image",
                "original_width": one.width,
                "original_height": one.height,
                "image_rotation": 0,
                "score": round(float(score), 4),
                "value": {
                    "rotation": 0,
                    "x": round(float(left) / one.width * 100, 4),
                    "y": round(float(top) / one.height * 100, 4),
                    "width": round(float(right - left) / one.width * 100, 4),
                    "height": round(float(bottom - top) / one.height * 100, 4),
                    "rectanglelabels": [names[int(kind)]],
                },
            }
            for kind, score, (left, top, right, bottom) in zip(
                one.found.classes, one.found.scores, one.found.boxes, strict=True
            )
        ]
        place = quote(f"{root.name}/images/train/{one.name}")
        tasks.append(
            {
                "data": {"image": f"/data/local-files/?d={place}"},
                "predictions": [{"model_version": "seedbed", "result": results}],
            }
        )
    return tasks


def label_studio_config(names: Sequence[str]) -> str:
    """The labelling set-up the tasks belong to."""
    labels = "".join(f"<Label value={quoteattr(name)}/>" for name in names)
    return (
        '<View><Image name="image" value="$image"/>'
        f'<RectangleLabels name="label" toName="image">{labels}</RectangleLabels></View>\n'
    )


def _text(value: str) -> str:
    from xml.sax.saxutils import escape

    return escape(value)
