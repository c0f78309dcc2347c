"""Writes YOLO folders that Ultralytics loads without a word: boxes, outlines or oriented boxes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.formats.masks import corners, decode, joined, outlines, ring_box, smallest_rectangle
from seedbed.scenes.formats.model import SPLITS, Annotation, Format, Loss, Picture, Ring, Said, Size
from seedbed.scenes.formats.numbers import clipped, cut, decimal, has_area
from seedbed.scenes.formats.yolo import data_yaml

_SAYS = {
    Format.YOLO: frozenset[Said](),
    Format.YOLO_SEGMENT: frozenset({Said.MASK, Said.POLYGON, Said.ORIENTED}),
    Format.YOLO_OBB: frozenset({Said.ORIENTED}),
}
_PLACES = 10


class YoloTarget:
    """Label files of one YOLO task.

    Args:
        format: `yolo`, `yolo-segment` or `yolo-obb`.
        classes: names in order.
        loss: told of what cannot be kept.
    """

    def __init__(self, format: Format, classes: Sequence[str], loss: Loss) -> None:
        self.format, self.says = format, _SAYS[format]
        self._numbers = {name: str(number) for number, name in enumerate(classes)}
        self._classes, self._loss = classes, loss
        self._splits: set[str] = set()

    def image(self, picture: Picture) -> str:
        """`images/SPLIT/NAME`."""
        return f"images/{picture.split}/{picture.name}"

    def files(self, picture: Picture) -> dict[str, bytes]:
        """One text file; empty for a background image."""
        self._splits.add(picture.split)
        lines: list[str] = []
        known: set[tuple[bytes, str]] = set()
        for annotation in picture.annotations:
            if annotation.ignore or annotation.crowd or not annotation.name:
                self._loss.add(f"objects marked to be ignored are left out: {self.format} has no mark for them")
                continue
            values = self._values(annotation, picture.size)
            if values is None:
                self._loss.add("objects have no area inside the image and are left out")
                continue
            number = self._numbers[annotation.name]
            # Ultralytics warns of two lines that are equal as float32.
            key = (values.astype(np.float32).tobytes(), number)
            if key in known:
                self._loss.add("objects are equal to another one of the image and are left out")
                continue
            known.add(key)
            lines.append(" ".join([number, *(decimal(value, _PLACES) for value in values)]) + "\n")
        return {f"labels/{picture.split}/{picture.stem}.txt": "".join(lines).encode()}

    def documents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """`data.yaml`."""
        yield "data.yaml", iter([data_yaml(self._classes, [s for s in SPLITS if s in self._splits]).encode()])

    def _values(self, annotation: Annotation, size: Size) -> NDArray[np.float64] | None:
        """The numbers after the class, as shares of the image; None without area."""
        if self.format is Format.YOLO:
            box = clipped(annotation.box, size)
            if not has_area(box):
                return None
            if cut(annotation.box, size):
                self._loss.add("boxes are cut at the image's border")
            left, top, right, bottom = box
            middle = np.array([(left + right) / 2, (top + bottom) / 2, right - left, bottom - top])
            return np.asarray(middle / np.array([*size, *size]))
        ring = self._outline(annotation, size) if self.format is Format.YOLO_SEGMENT else self._turned(annotation, size)
        if ring is None:
            return None
        left, top, right, bottom = clipped(ring_box([ring]), size)
        if not has_area((left, top, right, bottom)):
            return None
        return np.asarray((ring / size).ravel())

    def _outline(self, annotation: Annotation, size: Size) -> Ring | None:
        rings: Sequence[Ring] = annotation.polygons
        if annotation.mask is not None and not rings:
            rings, holes = outlines(decode(annotation.mask.rle()))
            self._loss.add("holes in masks are filled", holes)
        if annotation.oriented is not None and rings:
            self._loss.add(f"oriented boxes cannot be said in {self.format}")
        elif annotation.oriented is not None:
            self._loss.add("oriented boxes become outlines")
            rings = [annotation.oriented]
        elif not rings:
            self._loss.add("objects have no outline: their box is written as one")
            rings = [corners(annotation.box)]
        ring = np.clip(joined(rings), 0, size)
        if not np.allclose(ring, joined(rings), rtol=0, atol=1e-6 * max(size)):
            self._loss.add("outlines are cut at the image's border")
        return ring if has_area(ring_box([ring])) else None

    def _turned(self, annotation: Annotation, size: Size) -> Ring | None:
        if annotation.oriented is not None:
            ring = annotation.oriented
        elif annotation.polygons:
            ring = smallest_rectangle(annotation.polygons)
            self._loss.add("oriented boxes are taken from outlines")
        elif annotation.mask is not None:
            rings, _ = outlines(decode(annotation.mask.rle()))
            if not rings:
                return None
            ring = smallest_rectangle(rings)
            self._loss.add("oriented boxes are taken from masks")
        else:
            ring = corners(annotation.box)
            self._loss.add("objects are not oriented: their upright box is written")
        # Corners of a turned box may lie outside; its middle and extent may not, for Ultralytics.
        left, top, right, bottom = ring_box([ring])
        inside = 0 <= (left + right) / 2 <= size[0] and 0 <= (top + bottom) / 2 <= size[1]
        if inside and right - left <= size[0] and bottom - top <= size[1]:
            return ring
        self._loss.add("oriented boxes reach too far outside: their part in the image is written upright")
        box = clipped((left, top, right, bottom), size)
        return corners(box) if has_area(box) else None
