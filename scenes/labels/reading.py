"""Labels of a frame from its id buffer and its bodies.

The id buffer says which body each pixel's centre sees. Boxes and masks are read from it; what is hidden or outside is
computed from the bodies themselves, through the same camera and lens.
"""

from __future__ import annotations

from collections.abc import Mapping

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.labels.records import Box, Dropped, Label, Span
from seedbed.scenes.labels.silhouettes import Area, Outline, areas, outline, outlines_of
from seedbed.scenes.labels.solids import keypoints_of, solid_of
from seedbed.scenes.models.output import Labels
from seedbed.scenes.view import Body, Camera, Drawing, View

Ids = NDArray[np.uint16]


def silhouette(body: Body, camera: Camera) -> NDArray[np.float32]:
    """The convex hull of a body's projection, the lens included.

    Returns:
        (N, 2) pixels, also outside the picture; N is 0 when nothing lies before the camera.
    """
    return outline(body, camera).hull


def read_labels(
    view: View, drawing: Drawing, rules: Labels, outlines: Mapping[int, Outline] | None = None
) -> list[Label]:
    """What became of every body of a class, by id.

    Args:
        view: the frame.
        drawing: what was drawn of it, the lens included.
        rules: what is too small or too hidden.
        outlines: `outlines_of(view)`, where they are at hand.
    """
    outlines = outlines_of(view) if outlines is None else outlines
    camera, ids = view.camera, drawing.ids
    to_camera = camera.view()
    bodies = [body for body in view.bodies if body.name is not None]
    pixels = counts_of(ids, max((body.id for body in view.bodies), default=0) + 1)
    near = [one for one, seen in outlines.items() if seen.meets(camera.width, camera.height)]
    counted = dict(zip(near, areas([outlines[one] for one in near], camera), strict=True))
    labels = []
    for body in bodies:
        seen = outlines[body.id]
        count = int(pixels[body.id])
        area = _at_least(counted.get(body.id, _NOWHERE), count)
        visible = round(count / area.whole, 4) if area.whole else 0.0
        truncated = round(1 - area.inside / area.whole, 4) if area.whole else 1.0
        box, dropped, ignored = _judged(seen, area, count, visible, ids, body.id, rules)
        labels.append(
            Label(
                id=body.id,
                name=str(body.name),
                pixels=count,
                visible=visible,
                box=box,
                dropped=dropped,
                ignored=ignored,
                truncated=truncated,
                silhouette=round(area.whole),
                amodal=_rounded(seen.span),
                solid=solid_of(body, to_camera),
                keypoints=keypoints_of(body, camera, to_camera, drawing),
                track=body.id,
            )
        )
    return labels


def counts_of(ids: NDArray[np.uint16] | NDArray[np.uint8], most: int) -> NDArray[np.int64]:
    """How many pixels each id below `most` has; pictures of up to 2^24 pixels are counted exactly."""
    counts = cv2.calcHist([np.ascontiguousarray(ids)], [0], None, [most], [0, most])
    return np.asarray(counts.ravel().astype(np.int64))


_NOWHERE = Area(0, 0.0)


def _at_least(area: Area, seen: int) -> Area:
    """A pixel that a card rounds into the silhouette must not make more than everything visible."""
    more = max(0, seen - area.inside)
    return Area(area.inside + more, area.whole + more)


def _judged(
    seen: Outline, area: Area, pixels: int, visible: float, ids: Ids, identity: int, rules: Labels
) -> tuple[Box | None, Dropped | None, Dropped | None]:
    """The box of a body, why it has none, and why it is to be ignored."""
    height, width = ids.shape
    if pixels == 0:
        hidden = area.inside > 0 or (seen.meets(width, height) and not area.whole)
        return None, Dropped.HIDDEN if hidden else Dropped.OUTSIDE, None
    reason = None
    if pixels < rules.min_pixels:
        reason = Dropped.MIN_PIXELS
    elif visible < rules.min_visible:
        reason = Dropped.MIN_VISIBLE
    if reason is not None and rules.under == "drop":
        return None, reason, None
    return _tight(ids, identity, seen.span if seen.meets(width, height) else None), None, reason


def _rounded(span: Span | None) -> Span | None:
    if span is None:
        return None
    left, top, right, bottom = (round(edge, 3) for edge in span)
    return left, top, right, bottom


def _tight(ids: Ids, identity: int, span: Span | None) -> Box:
    """The tight box of an id, looked for where its body's outline says it is."""
    height, width = ids.shape
    left, top, right, bottom = span or (0, 0, width, height)
    x, y = max(0, int(left) - 2), max(0, int(top) - 2)
    crop = ids[y : min(height, int(bottom) + 3), x : min(width, int(right) + 3)]
    inner_x, inner_y, wide, high = cv2.boundingRect((crop == identity).view(np.uint8))
    return x + inner_x, y + inner_y, x + inner_x + wide, y + inner_y + high
