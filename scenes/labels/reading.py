"""Labels of a frame from its id buffer, and the proof that they hold.

The id buffer says which body each pixel's centre sees. Boxes and masks are read from it; nothing else is asked, so
every renderer's labels mean the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.models.output import Labels
from seedbed.scenes.view import Body, Camera, View

Ids = NDArray[np.uint16]
Array = NDArray[np.float64]
Box = tuple[int, int, int, int]

_OUTLINE = 48  # points along each edge of an outline that a lens bends


class Dropped(StrEnum):
    """Why a body of a class has no label."""

    OUTSIDE = "outside"
    """Its silhouette does not meet the picture."""
    HIDDEN = "hidden"
    """No pixel of it is seen: something stands before it."""
    MIN_VISIBLE = "min_visible"
    """Less than `labels.min_visible` of its silhouette is seen."""
    MIN_PIXELS = "min_pixels"
    """Fewer than `labels.min_pixels` pixels are seen."""


@dataclass(frozen=True)
class Label:
    """What became of one body of a class in one frame.

    Attributes:
        id: in the id buffer.
        name: class.
        pixels: visible.
        share: visible pixels over the area of the projected convex hull, the part outside the picture included.
        box: left, top, right, bottom in pixel edges (right and bottom exclusive), tight around the visible pixels;
            None when dropped.
        dropped: why, or None.
    """

    id: int
    name: str
    pixels: int
    share: float
    box: Box | None
    dropped: Dropped | None = None

    def to_json(self) -> dict[str, Any]:
        """For the record of the frame."""
        return {**asdict(self), "share": round(self.share, 4)}


def silhouette(body: Body, camera: Camera) -> NDArray[np.float32]:
    """The convex hull of a body's projection.

    The part behind the near plane is cut off: between a vertex before and one behind it, the crossing counts. That is
    exact for the convex hull, since each of its cut edges joins two such vertices.

    Returns:
        (N, 2) pixels, also outside the picture; N is 0 when nothing lies before the camera.
    """
    points = body.mesh.vertices.astype(np.float64)
    matrix = camera.view() @ body.pose
    seen = points @ matrix[:3, :3].T + matrix[:3, 3]
    ahead = -seen[:, 2] >= camera.near
    if not ahead.any():
        return np.zeros((0, 2), np.float32)
    if not ahead.all():
        near, behind = seen[ahead], seen[~ahead]
        t = (-camera.near - near[:, None, 2]) / (behind[None, :, 2] - near[:, None, 2])
        crossing = near[:, None] + t[..., None] * (behind[None] - near[:, None])
        seen = np.concatenate([near, crossing.reshape(-1, 3)])
    return _hull(seen, camera)


def _hull(seen: Array, camera: Camera) -> NDArray[np.float32]:
    flat = camera.shown(np.stack([seen[:, 0] / -seen[:, 2], seen[:, 1] / seen[:, 2]], axis=1))
    hull = np.asarray(cv2.convexHull(np.clip(flat, -1e6, 1e6).astype(np.float32)), np.float32).reshape(-1, 2)
    if not any(camera.lens):
        return hull
    bent = camera.bend(_outline(hull.astype(np.float64), camera)).astype(np.float32)
    return np.asarray(cv2.convexHull(bent), np.float32).reshape(-1, 2)


def _outline(hull: Array, camera: Camera) -> Array:
    """Points along a closed outline: a lens bends straight edges, so corners alone do not tell where they go.

    Each edge's points lie in the part of it that is within a picture's width and height of the picture.
    """
    along = np.roll(hull, -1, axis=0) - hull
    size = np.array([camera.width, camera.height], float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(-size - hull) / along, (2 * size - hull) / along])
    first = np.clip(np.nan_to_num(ends.min(0), nan=0.0).max(1), 0, 1)
    last = np.maximum(np.clip(np.nan_to_num(ends.max(0), nan=1.0).min(1), 0, 1), first)
    t = np.concatenate([np.zeros((len(hull), 1)), np.linspace(first, last, _OUTLINE, axis=1)], axis=1)
    return np.asarray((hull[:, None] + along[:, None] * t[..., None]).reshape(-1, 2))


def read_labels(view: View, ids: Ids, rules: Labels) -> list[Label]:
    """What became of every body of a class, by id.

    Args:
        view: the frame.
        ids: (H, W) body id at each pixel's centre.
        rules: what is too small or too hidden.
    """
    height, width = ids.shape
    counts = np.bincount(ids.ravel(), minlength=len(view.bodies) + 1)
    labels = []
    for body in view.bodies:
        if body.name is None:
            continue
        hull = silhouette(body, view.camera)
        pixels = int(counts[body.id])
        left, top, right, bottom = _bounds(hull)
        if right <= 0 or bottom <= 0 or left >= width or top >= height:
            labels.append(Label(body.id, body.name, pixels, 0.0, None, Dropped.OUTSIDE))
            continue
        if pixels == 0:
            labels.append(Label(body.id, body.name, 0, 0.0, None, Dropped.HIDDEN))
            continue
        area = float(cv2.contourArea(hull)) if len(hull) > 2 else 0.0
        share = min(1.0, pixels / max(area, 1.0))
        if pixels < rules.min_pixels:
            labels.append(Label(body.id, body.name, pixels, share, None, Dropped.MIN_PIXELS))
        elif share < rules.min_visible:
            labels.append(Label(body.id, body.name, pixels, share, None, Dropped.MIN_VISIBLE))
        else:
            labels.append(Label(body.id, body.name, pixels, share, _tight(ids, body.id, hull)))
    return labels


def _bounds(hull: NDArray[np.float32]) -> tuple[float, float, float, float]:
    if not len(hull):
        return 0.0, 0.0, 0.0, 0.0
    (left, top), (right, bottom) = hull.min(0), hull.max(0)
    return float(left), float(top), float(right), float(bottom)


def _tight(ids: Ids, identity: int, hull: NDArray[np.float32]) -> Box:
    """The tight box of an id, looked for where its hull says it is."""
    height, width = ids.shape
    left, top, right, bottom = _bounds(hull)
    x, y = max(0, int(left) - 2), max(0, int(top) - 2)
    crop = ids[y : min(height, int(bottom) + 3), x : min(width, int(right) + 3)]
    inner_x, inner_y, wide, high = cv2.boundingRect((crop == identity).view(np.uint8))
    return x + inner_x, y + inner_y, x + inner_x + wide, y + inner_y + high


def mask_of(ids: Ids, labels: Sequence[Label]) -> NDArray[Any]:
    """The instance mask: ids of labelled bodies, 0 elsewhere; uint8 where the ids fit, else uint16."""
    written = [label.id for label in labels if label.box is not None]
    table = np.zeros(max(int(ids.max(initial=0)), max(written, default=0)) + 1, np.uint16)
    table[written] = written
    mask = table[ids]
    return mask.astype(np.uint8) if max(written, default=0) < 256 else mask


def check_frame(
    frame: int,
    view: View,
    ids: Ids,
    mask: NDArray[Any],
    labels: Sequence[Label],
    boxes: Sequence[Box],
    rules: Labels,
) -> None:
    """Proves a frame's labels before it is committed.

    Nothing of `read_labels` is used: boxes and counts are taken anew from the whole mask with numpy, and the list of
    bodies from the view.

    Args:
        frame: number, for the message.
        view: the frame.
        ids: the renderer's id buffer.
        mask: instance mask as it will be written.
        labels: what became of each body.
        boxes: pixel boxes as read back from the text of the label file, in order of the labels that have one.
        rules: what the person asked for.

    Raises:
        RenderError: naming the frame and the body.
    """
    expected = {body.id: body.name for body in view.bodies if body.name is not None}
    told = {label.id: label for label in labels}
    if len(told) != len(labels):
        raise _mismatch(frame, "a body is listed twice", sorted(label.id for label in labels), "each once")
    if missing := sorted(expected.keys() ^ told.keys()):
        raise _mismatch(frame, "bodies of a class are not all accounted for", missing, "every one", missing[0])
    written = [label for label in labels if label.box is not None]
    if len(boxes) != len(written):
        raise _mismatch(frame, "the label file has another number of lines", len(boxes), str(len(written)))
    present = {int(value) for value in np.unique(mask)} - {0}
    if strange := sorted(present ^ {label.id for label in written}):
        raise _mismatch(frame, "mask and labels name different bodies", strange, "the same", strange[0])
    seen = np.bincount(ids.ravel(), minlength=max(expected, default=0) + 1)
    for label in labels:
        if label.name != expected[label.id]:
            raise _mismatch(frame, "wrong class", label.name, str(expected[label.id]), label.id)
        if label.pixels != int(seen[label.id]):
            raise _mismatch(frame, "wrong number of pixels", label.pixels, str(int(seen[label.id])), label.id)
        if label.dropped is Dropped.OUTSIDE and label.pixels:
            raise _mismatch(frame, "seen, but said to be outside", label.pixels, "0 pixels", label.id)
        if (label.box is None) == (label.dropped is None):
            raise _mismatch(frame, "neither labelled nor dropped with a reason", label, "one of both", label.id)
    for label, box in zip(written, boxes, strict=True):
        found = _span(mask == label.id)
        if found != box or found != label.box:
            raise _mismatch(frame, "the box is not tight around the mask", box, str(found), label.id)
        if label.pixels < rules.min_pixels or label.share < rules.min_visible:
            raise _mismatch(frame, "too little is seen for a label", label.pixels, str(rules.min_pixels), label.id)
        _check_place(frame, view, label, found)


def _check_place(frame: int, view: View, label: Label, box: Box) -> None:
    """A body's pixels lie inside its projected hull, give or take one: else the mask is another frame's."""
    body = next(body for body in view.bodies if body.id == label.id)
    left, top, right, bottom = _bounds(silhouette(body, view.camera))
    if box[0] < left - 1 or box[1] < top - 1 or box[2] > right + 1 or box[3] > bottom + 1:
        around = f"inside {left:.1f}, {top:.1f}, {right:.1f}, {bottom:.1f}"
        raise _mismatch(frame, "seen where the body is not", box, around, label.id)


def _span(seen: NDArray[np.bool_]) -> Box:
    columns, rows = np.flatnonzero(seen.any(0)), np.flatnonzero(seen.any(1))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _mismatch(frame: int, message: str, found: object, allowed: str, body: int | None = None) -> RenderError:
    where = f"frame {frame}" + (f", body {body}" if body is not None else "")
    return RenderError(
        message,
        reason=Reason.LABEL_MISMATCH,
        where=where,
        found=found,
        allowed=allowed,
        repair="nothing of this frame was kept; please report it with the scene file",
    )
