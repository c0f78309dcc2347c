"""A contact sheet: frames of a dataset with their boxes drawn."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.scenes.models.scene import pictures

Bytes = NDArray[np.uint8]

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


def labelled(image: Path, labels: Path, cell: int) -> Bytes:
    """One frame with its boxes, (cell, cell, 3) uint8 sRGB; stretched to a square."""
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
