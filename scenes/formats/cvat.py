"""Reads `CVAT for images 1.1`, the XML that CVAT exports: boxes, turned ones, outlines and masks."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from seedbed.core.errors import DataError, Problem, Reason
from seedbed.scenes.formats.exports import Pictures
from seedbed.scenes.formats.images import image_size, split_of
from seedbed.scenes.formats.masks import bounds, encode, ring_box
from seedbed.scenes.formats.model import Annotation, Box, Format, Mask, Picture, Ring, Size
from seedbed.scenes.formats.numbers import finite, has_area
from seedbed.scenes.formats.reader import Reader, checked_names
from seedbed.scenes.formats.xml_tree import Node, Wrong, streamed

_TOP = "annotations"
_OTHER = {
    "points": "points",
    "polyline": "polylines",
    "ellipse": "ellipses",
    "cuboid": "cuboids",
    "skeleton": "skeletons",
    "tag": "tags of whole images",
}


class CvatReader(Reader):
    """An export of CVAT. Images are looked for below the file's folder, by name.

    Args:
        path: of the XML file.

    Raises:
        DataError: it is another XML, or names no class.
    """

    format = Format.CVAT

    def __init__(self, path: Path) -> None:
        super().__init__(path.parent)
        self._path = path
        self._pictures = Pictures(path.parent)
        self.classes = self._names()

    def _names(self) -> tuple[str, ...]:
        """Those of the task or project in order; where they are not told, those that are used."""
        used: dict[str, None] = {}
        try:
            for node in streamed(self._path, _TOP, frozenset({"meta", "image", "track"})):
                if node.name == "track":
                    raise Wrong("tracks of a film: export the task as `CVAT for images 1.1`", node.line)
                if node.name == "meta":
                    told = [each.text.strip() for label in _below(node, "label") for each in label.children[:1]]
                    if told:
                        return checked_names(told, self._path)
                used |= dict.fromkeys(shape.attributes.get("label", "") for shape in node.children)
        except Wrong as error:
            raise DataError(
                str(error),
                reason=Reason.NOT_A_DATASET,
                where=f"{self._path}:{error.line}",
                allowed="what CVAT exports as `CVAT for images 1.1`",
            ) from None
        return checked_names(sorted(name for name in used if name), self._path)

    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        known = set(self.classes)
        try:
            for node in streamed(self._path, _TOP, frozenset({"meta", "image"})):
                if node.name != "image":
                    continue
                try:
                    picture = self._picture(node, known, problems)
                except Wrong as error:
                    problems.append(Problem(str(self._path), error.line, 1, str(error), Reason.DAMAGED))
                    continue
                if picture is not None:
                    yield picture
        except Wrong as error:
            problems.append(Problem(str(self._path), error.line, 1, str(error), Reason.DAMAGED))

    def _picture(self, node: Node, known: set[str], problems: list[Problem]) -> Picture | None:
        name = node.attribute("name")
        path = self._pictures.find(name)
        if path is None:
            raise Wrong(f"its image {name} is not below {self.root}, or there more than once", node.line)
        size = image_size(path, problems)
        if size is None:
            return None
        told = (int(node.measure("width")), int(node.measure("height")))
        if told not in (size, size[::-1]):
            raise Wrong(f"{told[0]}x{told[1]} where the image {name} has {size[0]}x{size[1]}", node.line)
        annotations = []
        for shape in node.children:
            if shape.name in _OTHER:
                self.notes.add(f"{_OTHER[shape.name]} of CVAT are left out")
                continue
            label = shape.attribute("label")
            if label not in known:
                raise Wrong(f"class {label!r} is not among the task's labels", shape.line)
            annotations.append(_annotation(shape, label, told))
        split, short = self._pictures.name_of(path)
        return Picture(path, split_of(node.attributes.get("subset", "")) or split, short, told, tuple(annotations))


def _annotation(shape: Node, label: str, size: Size) -> Annotation:
    occluded = 1 if shape.attributes.get("occluded") == "1" else None
    if shape.name == "box":
        box: Box = tuple(shape.measure(edge) for edge in ("xtl", "ytl", "xbr", "ybr"))  # type: ignore[assignment]
        if not has_area(box):
            raise Wrong("a box without area", shape.line)
        turn = shape.measure("rotation") if "rotation" in shape.attributes else 0.0
        if not turn:
            return Annotation(label, box, occluded=occluded)
        ring = turned(box, turn, ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2))
        return Annotation(label, ring_box([ring]), oriented=ring, occluded=occluded)
    if shape.name == "polygon":
        ring = _ring(shape)
        return Annotation(label, ring_box([ring]), polygons=(ring,), occluded=occluded)
    if shape.name == "mask":
        mask = encode(_bits(shape, size))
        box = bounds(mask)
        if not has_area(box):
            raise Wrong("a mask without a pixel", shape.line)
        return Annotation(label, box, mask=Mask(lambda: mask), occluded=occluded)
    raise Wrong(f"a shape that is not known: <{shape.name}>", shape.line)


def turned(box: Box, degrees: float, about: tuple[float, float]) -> Ring:
    """(4, 2) corners of a box turned clockwise about a point."""
    left, top, right, bottom = box
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)]) - about
    angle = math.radians(degrees)
    rotation = np.array([[math.cos(angle), math.sin(angle)], [-math.sin(angle), math.cos(angle)]])
    return np.asarray(corners @ rotation + about)


def _ring(shape: Node) -> Ring:
    try:
        points = [[finite(value) for value in pair.split(",")] for pair in shape.attribute("points").split(";")]
        ring = np.array(points, dtype=float)
    except ValueError:
        raise Wrong("points are not x,y;x,y", shape.line) from None
    if ring.ndim != 2 or ring.shape[1] != 2 or len(ring) < 3 or not has_area(ring_box([ring])):
        raise Wrong("an outline without area", shape.line)
    return ring


def _bits(shape: Node, size: Size) -> np.ndarray:
    """The mask of the whole image: CVAT gives run lengths, row by row, of the part in its box."""
    left, top, width, height = (int(shape.measure(key)) for key in ("left", "top", "width", "height"))
    try:
        runs = [int(run) for run in shape.attribute("rle").split(",")]
    except ValueError:
        raise Wrong("rle is not a list of numbers", shape.line) from None
    inside = min(left, top) >= 0 and left + width <= size[0] and top + height <= size[1]
    if min(runs) < 0 or sum(runs) != width * height or not inside:
        raise Wrong(f"run lengths of {sum(runs)} pixels for a part of {width}x{height} at {left}, {top}", shape.line)
    bits = np.zeros((size[1], size[0]), np.uint8)
    flat = np.repeat(np.arange(len(runs)) % 2, runs).astype(np.uint8)
    bits[top : top + height, left : left + width] = flat.reshape(height, width)
    return bits


def _below(node: Node, name: str) -> Iterator[Node]:
    """Elements of a name at any depth that have a `name` as their first child."""
    for child in node.children:
        if child.name == name and child.children and child.children[0].name == "name":
            yield child
        else:
            yield from _below(child, name)
