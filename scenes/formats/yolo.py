"""The YOLO layout on disk: names, label lines and `data.yaml`."""

from __future__ import annotations

import json
from collections.abc import Sequence

from seedbed.core.errors import DataError, Reason
from seedbed.scenes.labels.records import Box, Label

Size = tuple[int, int]


def frame_name(frame: int) -> str:
    """Name of a frame's files, without suffix."""
    return f"{frame:08d}"


def label_text(labels: Sequence[Label], classes: Sequence[str], size: Size) -> str:
    """Lines of a label file: class number, middle x and y, width and height as shares of the picture.

    Eight decimals bring every pixel edge back exactly (`boxes_from_text`). A frame without labels gives "".

    Args:
        labels: those without a box, and those to be ignored, are left out.
        classes: names; a class's number is its place.
        size: width and height in pixels.
    """
    width, height = size
    lines = []
    for label in labels:
        if label.box is not None and label.counts:
            left, top, right, bottom = label.box
            shares = (
                (left + right) / 2 / width,
                (top + bottom) / 2 / height,
                (right - left) / width,
                (bottom - top) / height,
            )
            lines.append(" ".join([str(classes.index(label.name)), *(f"{share:.8f}" for share in shares)]) + "\n")
    return "".join(lines)


def boxes_from_text(text: str, size: Size) -> list[tuple[int, Box]]:
    """Class numbers and pixel boxes of a label file.

    Raises:
        DataError: a line is not five numbers.
    """
    width, height = size
    found = []
    for number, line in enumerate(text.splitlines(), start=1):
        parts = line.split()
        try:
            kind = int(parts[0])
            x, y, w, h = map(float, parts[1:])
        except (ValueError, IndexError):
            raise DataError(
                "not a YOLO label line", reason=Reason.DAMAGED, where=f"line {number}", found=line, allowed="5 numbers"
            ) from None
        edges = ((x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height)
        left, top, right, bottom = (round(edge) for edge in edges)
        found.append((kind, (left, top, right, bottom)))
    return found


def data_yaml(classes: Sequence[str], splits: Sequence[str]) -> str:
    """`data.yaml` of a dataset.

    There is no `path`: Ultralytics then takes the folder of the file itself, wherever it is moved or called from.

    Args:
        classes: names in order.
        splits: those that have frames.
    """
    lines = [f"{split}: images/{split}" for split in splits]
    if "val" not in splits:
        lines.append(f"val: images/{splits[0]}  # no frames in val yet" if splits else "val: images/val")
    lines.append(f"nc: {len(classes)}")
    lines.append("names:")
    lines += [f"  {index}: {json.dumps(name, ensure_ascii=False)}" for index, name in enumerate(classes)]
    return "\n".join(lines) + "\n"
