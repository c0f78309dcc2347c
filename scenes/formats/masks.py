"""Masks: run lengths, outlines along pixel edges, and outlines joined as Ultralytics joins them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.formats.model import Box, Ring, Rle, Size

Bits = NDArray[np.uint8]


def _coco() -> Any:
    # Light readers and writers of boxes need no pycocotools.
    from pycocotools import mask

    return mask


def encode(bits: NDArray[Any]) -> Rle:
    """Run lengths of a (H, W) mask; what is not 0 belongs to the object."""
    packed = _coco().encode(np.asfortranarray(bits != 0, dtype=np.uint8))
    return Rle((bits.shape[1], bits.shape[0]), bytes(packed["counts"]))


def decode(rle: Rle) -> Bits:
    """The (H, W) mask, 0 and 1."""
    return np.asarray(_coco().decode(_plain(rle)), dtype=np.uint8)


def from_runs(counts: Sequence[int], size: Size) -> Rle:
    """Uncompressed run lengths, as COCO's crowds have them.

    Raises:
        ValueError: they do not fill the image exactly.
    """
    width, height = size
    if any(run < 0 for run in counts) or sum(counts) != width * height:
        raise ValueError(f"the runs sum to {sum(counts)} where the image has {width * height} pixels")
    packed = _coco().frPyObjects({"size": [height, width], "counts": [int(run) for run in counts]}, height, width)
    return Rle(size, bytes(packed["counts"]))


def from_rings(rings: Sequence[Ring], size: Size) -> Rle:
    """Outlines filled the way pycocotools fills COCO's polygons, all parts in one mask."""
    width, height = size
    parts = _coco().frPyObjects([[float(v) for v in ring.ravel()] for ring in rings], height, width)
    return Rle(size, bytes(_coco().merge(parts)["counts"]))


def area(rle: Rle) -> int:
    """Pixels."""
    return int(_coco().area(_plain(rle)))


def bounds(rle: Rle) -> Box:
    """The tight box."""
    left, top, width, height = (float(v) for v in _coco().toBbox(_plain(rle)))
    return left, top, left + width, top + height


def _plain(rle: Rle) -> dict[str, Any]:
    return {"size": [rle.size[1], rle.size[0]], "counts": rle.counts}


def outlines(bits: NDArray[Any]) -> tuple[list[Ring], int]:
    """The outer outlines of a mask's parts along the edges of its pixels, and how many holes they leave out.

    OpenCV follows pixel centres, which loses half a pixel on each side. Each pixel is made four here: a border
    quarter touches exactly one corner of its pixel, so moving every point there gives the outline itself, exactly.

    Args:
        bits: (H, W), 0 is background.

    Returns:
        Rings in pixels, the largest first, without points on straight lines; and the number of holes.
    """
    x, y, width, height = cv2.boundingRect((bits != 0).astype(np.uint8))
    if not width:
        return [], 0
    crop = (bits[y : y + height, x : x + width] != 0).astype(np.uint8)
    double = crop.repeat(2, 0).repeat(2, 1)
    contours, tree = cv2.findContours(double, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    rings: list[Ring] = []
    holes = 0
    for contour, (_, _, _, parent) in zip(contours, tree[0], strict=True):
        if parent >= 0:
            holes += 1
            continue
        corners = (contour.reshape(-1, 2).astype(np.int64) + 1) // 2
        rings.append(np.asarray(_corners_only(corners) + np.array([x, y], np.float64)))
    return sorted(rings, key=ring_area, reverse=True), holes


def _corners_only(points: NDArray[np.int64]) -> NDArray[np.int64]:
    points = points[np.any(points != np.roll(points, 1, 0), axis=1)]
    before, after = points - np.roll(points, 1, 0), np.roll(points, -1, 0) - points
    straight = (before[:, 0] * after[:, 1] == before[:, 1] * after[:, 0]) & ((before * after).sum(1) > 0)
    return np.asarray(points[~straight])


def ring_area(ring: Ring) -> float:
    """Area an outline encloses (shoelace formula)."""
    x, y = ring[:, 0], ring[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)


def ring_box(rings: Sequence[Ring]) -> Box:
    """The box around outlines."""
    points = np.concatenate(list(rings))
    (left, top), (right, bottom) = points.min(0), points.max(0)
    return float(left), float(top), float(right), float(bottom)


def corners(box: Box) -> Ring:
    """A box as an outline, clockwise from its upper left."""
    left, top, right, bottom = box
    return np.array([(left, top), (right, top), (right, bottom), (left, bottom)], np.float64)


def smallest_rectangle(rings: Sequence[Ring]) -> Ring:
    """(4, 2) corners of the smallest rectangle, at any angle, around outlines."""
    points = np.concatenate(list(rings)).astype(np.float32)
    middle = points.mean(0)
    # OpenCV works in float32: near zero it is exact enough.
    turned = np.asarray(cv2.boxPoints(cv2.minAreaRect(points - middle)), np.float64)
    return np.asarray(turned + middle.astype(np.float64))


def joined(rings: Sequence[Ring]) -> Ring:
    """Parts of one object as a single outline, tied by thin lines where they are closest.

    The way of Ultralytics (`ultralytics.data.converter.merge_multi_segment`): from part to part and back again,
    so the ties enclose nothing.
    """
    parts = [np.asarray(ring, np.float64) for ring in rings]
    if len(parts) == 1:
        return parts[0]
    ties: list[list[int]] = [[] for _ in parts]
    for index in range(1, len(parts)):
        here, there = _closest(parts[index - 1], parts[index])
        ties[index - 1].append(here)
        ties[index].append(there)
    way: list[Ring] = []
    back: list[Ring] = []
    for index, (ring, tie) in enumerate(zip(parts, ties, strict=True)):
        if len(tie) == 2 and tie[0] > tie[1]:
            ring, tie = ring[::-1], [len(ring) - 1 - place for place in tie]
        ring = np.roll(ring, -tie[0], axis=0)
        ring = np.concatenate([ring, ring[:1]])
        if index in (0, len(parts) - 1):
            way.append(ring)
        else:
            leave = tie[1] - tie[0]
            way.append(ring[: leave + 1])
            back.append(ring[leave:])
    return np.concatenate([*way, *reversed(back)])


def _closest(first: Ring, second: Ring) -> tuple[int, int]:
    distances = ((first[:, None] - second[None]) ** 2).sum(-1)
    here, there = np.unravel_index(int(distances.argmin()), distances.shape)
    return int(here), int(there)
