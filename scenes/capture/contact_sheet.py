"""A contact sheet: frames of a dataset with their boxes drawn."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic
from seedbed.scenes.models.folders import pictures

Bytes = NDArray[np.uint8]

PREVIEW = "preview.jpg"
_LATEST, _CELL = 16, 320

# Colours that stay apart for most colour-blind people (Okabe and Ito 2008), sRGB.
_COLORS = ((213, 94, 0), (0, 158, 115), (86, 180, 233), (240, 228, 66), (204, 121, 167), (0, 114, 178), (230, 159, 0))


def sheet(
    dataset: Path, count: int = 16, *, split: str = "train", cell: int = 240, columns: int | None = None
) -> Bytes:
    """Frames spread evenly over a split of a YOLO dataset, boxes drawn in a colour per class.

    Args:
        dataset: folder with images/SPLIT and labels/SPLIT.
        count: of frames.
        split: which.
        cell: side of a frame on the sheet, pixels.
        columns: frames per row; about square when left out.

    Returns:
        (rows * cell, columns * cell, 3) uint8 sRGB.

    Raises:
        DataError: there are no images.
    """
    folder = dataset / "images" / split
    paths = pictures(folder) if folder.is_dir() else []
    if not paths:
        raise DataError(
            "no images here",
            reason=Reason.NOT_A_DATASET,
            where=folder,
            repair=f"name a dataset in YOLO layout with pictures in images/{split}",
        )
    picked = [paths[int(place)] for place in np.linspace(0, len(paths) - 1, min(count, len(paths)))]
    return laid_out([labelled(path, dataset / "labels" / split, cell) for path in picked], cell, columns)


class Latest:
    """Draws `preview.jpg` in a dataset folder from the latest frames, time and again while they are made.

    Args:
        root: the dataset folder.
        classes: names, in the order of the label files.
        every: frames between two drawings; None draws none.
    """

    def __init__(self, root: Path, classes: Sequence[str], every: int | None) -> None:
        self._root, self._classes, self._every = root, classes, every
        self._images: deque[str] = deque(maxlen=_LATEST)
        self._since = 0

    def add(self, images: Sequence[str]) -> None:
        """More frames have been committed: their images' paths in the folder."""
        if self._every is None:
            return
        self._images.extend(images)
        self._since += len(images)
        if self._since >= self._every:
            self._since = 0
            paths = [self._root / name for name in self._images]
            cells = [labelled(path, self._root / "labels" / path.parent.name, _CELL, self._classes) for path in paths]
            page = laid_out(cells, _CELL)
            done, data = cv2.imencode(".jpg", np.ascontiguousarray(page[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])
            if done:
                write_atomic(self._root / PREVIEW, data.tobytes())


def labelled(image: Path, labels: Path, cell: int, classes: Sequence[str] = ()) -> Bytes:
    """One frame with its boxes, and the names of their classes where given, (cell, cell, 3) uint8 sRGB, a square."""
    picture = cv2.imread(str(image), cv2.IMREAD_COLOR)
    if picture is None:
        raise DataError(
            "not a readable picture",
            reason=Reason.DAMAGED,
            where=image,
            repair="replace or remove it and its label file",
        )
    small = cv2.resize(picture[..., ::-1], (cell, cell), interpolation=cv2.INTER_AREA)
    path = labels / f"{image.stem}.txt"
    for line in path.read_text().splitlines() if path.is_file() else ():
        kind, x, y, w, h = (float(part) for part in line.split()[:5])
        corners = [round(edge * cell) for edge in (x - w / 2, y - h / 2, x + w / 2, y + h / 2)]
        color = _COLORS[int(kind) % len(_COLORS)]
        cv2.rectangle(small, corners[:2], corners[2:], color, max(1, cell // 160))
        if classes:
            at = (corners[0] + 1, corners[1] - 3 if corners[1] > 12 else corners[3] + 11)
            for ink, thick in (((0, 0, 0), 3), (color, 1)):
                cv2.putText(small, classes[int(kind)], at, cv2.FONT_HERSHEY_SIMPLEX, 0.38, ink, thick, cv2.LINE_AA)
    return np.asarray(small, np.uint8)


def laid_out(cells: Sequence[Bytes], cell: int, columns: int | None = None) -> Bytes:
    """Square cells in rows on white."""
    columns = columns or int(np.ceil(np.sqrt(len(cells))))
    rows = -(-len(cells) // columns)
    page = np.full((rows * cell, columns * cell, 3), 255, np.uint8)
    for place, picture in enumerate(cells):
        y, x = place // columns * cell, place % columns * cell
        page[y : y + cell, x : x + cell] = picture
    return page


def sheet_png(dataset: Path, count: int = 16, *, split: str = "train", cell: int = 240) -> bytes:
    """`sheet` as the bytes of a PNG file."""
    done, data = cv2.imencode(".png", np.ascontiguousarray(sheet(dataset, count, split=split, cell=cell)[..., ::-1]))
    if not done:
        raise DataError("the sheet could not be encoded", reason=Reason.INVALID, where=dataset)
    return bytes(data.tobytes())
