"""The proof of a frame's labels before it is committed, and what becomes of frames that fail.

Nothing of `reading` is used: boxes and counts are taken anew from the whole maps, and the list of bodies from the view.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.labels.maps import Map
from seedbed.scenes.labels.records import Box, Dropped, Label
from seedbed.scenes.labels.silhouettes import Outline, outlines_of
from seedbed.scenes.models.output import Labels
from seedbed.scenes.view import Body, View

Ids = NDArray[np.uint16]

_ROUNDING = 1.0
"""Pixels that a mask may reach beyond its body's projected hull."""
_ROWS = 32
ONE_IN = 10_000
"""Frames of which one may fail."""


@dataclass(frozen=True, eq=False)
class Claim:
    """What is about to be written of a frame.

    Attributes:
        frame: number.
        labels: what became of each body.
        mask: instance map.
        semantic: semantic map, or None.
        written: class and box of each line of the label file, as read back from its text.
    """

    frame: int
    labels: Sequence[Label]
    mask: Map
    written: Sequence[tuple[str, Box]]
    semantic: Map | None = None


def prove(
    claim: Claim,
    view: View,
    ids: Ids,
    rules: Labels,
    classes: Sequence[str],
    outlines: Mapping[int, Outline] | None = None,
) -> None:
    """Proves a frame's labels.

    Args:
        claim: what is said of the frame.
        view: the frame.
        ids: (H, W) what was drawn, the lens included.
        rules: what the person asked for.
        classes: names in order.
        outlines: `outlines_of(view)`, where they are at hand.

    Raises:
        RenderError: naming the frame and the body.
    """
    outlines = outlines_of(view) if outlines is None else outlines
    bodies = {body.id: body for body in view.bodies}
    seen = _counted(ids, max(bodies, default=0) + 1)
    _prove_bodies(claim, bodies, seen, rules, classes)
    _prove_mask(claim, view, outlines, ids)
    if claim.semantic is not None:
        _prove_semantic(claim, claim.semantic, classes)
    labelled = [label for label in claim.labels if label.counts]
    if len(claim.written) != len(labelled):
        raise _mismatch(claim, "the label file has another number of lines", len(claim.written), str(len(labelled)))
    for label, (name, box) in zip(labelled, claim.written, strict=True):
        if name != label.name or box != label.box:
            allowed = f"{label.name} {label.box}"
            raise _mismatch(claim, "the label file says something else", f"{name} {box}", allowed, label.id)


def _counted(ids: Map, least: int) -> NDArray[np.int64]:
    """How many pixels each id has, of `least` ids or as many as there are."""
    # Rows at a time, so that what `bincount` makes of them stays in the cache.
    most = max(least, int(ids.max(initial=0)) + 1)
    total = np.zeros(most, np.int64)
    for first in range(0, len(ids), _ROWS):
        total += np.bincount(ids[first : first + _ROWS].ravel(), minlength=most)
    return total


def _prove_bodies(
    claim: Claim, bodies: dict[int, Body], seen: NDArray[np.int64], rules: Labels, classes: Sequence[str]
) -> None:
    """Every body of a class is there once, with its name, its pixels, and a box or a reason for none."""
    expected = {body.id: body.name for body in bodies.values() if body.name is not None}
    if strange := sorted(set(np.flatnonzero(seen).tolist()) - bodies.keys() - {0}):
        raise _mismatch(claim, "ids are drawn that no body has", strange, "those of the bodies", strange[0])
    told = {label.id: label for label in claim.labels}
    if len(told) != len(claim.labels):
        raise _mismatch(claim, "a body is listed twice", sorted(label.id for label in claim.labels), "each once")
    if missing := sorted(expected.keys() ^ told.keys()):
        raise _mismatch(claim, "bodies of a class are not all accounted for", missing, "every one", missing[0])
    for label in claim.labels:
        pixels = int(seen[label.id])
        if label.name != expected[label.id] or label.name not in classes:
            raise _mismatch(claim, "wrong class", label.name, str(expected[label.id]), label.id)
        if label.pixels != pixels:
            raise _mismatch(claim, "wrong number of pixels", label.pixels, str(pixels), label.id)
        if (label.box is None) == (label.dropped is None) or (label.box is None and label.ignored is not None):
            raise _mismatch(claim, "neither labelled nor dropped with a reason", label, "one of both", label.id)
        if label.dropped in (Dropped.OUTSIDE, Dropped.HIDDEN) and pixels:
            raise _mismatch(claim, f"seen, but said to be {label.dropped}", pixels, "0 pixels", label.id)
        if label.box is not None and not pixels:
            raise _mismatch(claim, "a box around nothing", label.box, "at least one pixel", label.id)
        under = pixels < rules.min_pixels or label.visible < rules.min_visible
        if (label.counts and under) or (not label.counts and pixels and not under):
            found = f"{pixels} pixels, {label.visible} of the silhouette"
            allowed = f"a label from {rules.min_pixels} pixels and {rules.min_visible} of the silhouette on"
            raise _mismatch(claim, "the rules for what is labelled are broken", found, allowed, label.id)
        if not (0 <= label.visible <= 1 and 0 <= label.truncated <= 1 and label.pixels <= label.silhouette + 0.5):
            found = f"visible {label.visible}, truncated {label.truncated}, silhouette {label.silhouette}"
            raise _mismatch(claim, "shares that cannot be", found, "0 to 1", label.id)


def _prove_mask(claim: Claim, view: View, outlines: Mapping[int, Outline], ids: Ids) -> None:
    """The mask holds the pixels of the labelled bodies, no others; boxes fit it, and hulls contain it."""
    mask = claim.mask
    if mask.shape != ids.shape or ids.shape != (view.camera.height, view.camera.width):
        raise _mismatch(claim, "maps of different sizes", mask.shape, str((view.camera.height, view.camera.width)))
    if np.any(mask[mask != ids]):
        raise _mismatch(claim, "the mask is not what was drawn", "other ids", "the drawn ones, or 0")
    boxed = {label.id: label for label in claim.labels if label.box is not None}
    counts = _counted(mask, max(boxed, default=0) + 1)
    if strange := sorted({int(i) for i in np.flatnonzero(counts)} - {0} ^ boxed.keys()):
        raise _mismatch(claim, "mask and labels name different bodies", strange, "the same", strange[0])
    for label in boxed.values():
        if counts[label.id] != label.pixels:
            raise _mismatch(claim, "the mask lacks pixels", int(counts[label.id]), str(label.pixels), label.id)
        left, top, right, bottom = label.box or (0, 0, 0, 0)
        seen = mask[max(0, top) : bottom, max(0, left) : right] == label.id
        # Tight: it holds all pixels, and has some in its first and last row and column.
        whole = seen.shape == (bottom - top, right - left) and np.count_nonzero(seen) == label.pixels
        if not (whole and seen[0].any() and seen[-1].any() and seen[:, 0].any() and seen[:, -1].any()):
            raise _mismatch(claim, "the box is not tight around the mask", label.box, "the tight one", label.id)
        _prove_place(claim, label, outlines[label.id], seen, (left, top, right, bottom))


def _prove_place(claim: Claim, label: Label, outline: Outline, seen: NDArray[np.bool_], box: Box) -> None:
    """A body's pixels lie in its projected hull, give or take one: else the mask is another frame's."""
    hull = outline.hull.astype(np.float64)
    # In each row of the mask the first and last centre: if these lie in something convex, all do.
    rows = np.flatnonzero(seen.any(1))
    first = seen[rows].argmax(1)
    last = seen.shape[1] - 1 - seen[rows, ::-1].argmax(1)
    ends = np.stack([np.concatenate([first, last]), np.tile(rows, 2)], axis=1).astype(np.int32)
    points = cv2.convexHull(ends).reshape(-1, 2) + 0.5 + box[:2]
    if not len(hull) or _beyond(points, hull) > _ROUNDING:
        raise _mismatch(claim, "seen where the body is not", box, "inside its projection", label.id)


def _beyond(points: NDArray[np.float64], hull: NDArray[np.float64]) -> float:
    """How far the farthest of some points lies outside a convex outline, measured from its sides' lines."""
    if len(hull) < 3:
        return float(np.linalg.norm(points[:, None] - hull[None], axis=2).min(1).max())
    sides = np.roll(hull, -1, axis=0) - hull
    length = np.hypot(sides[:, 0], sides[:, 1])
    hull, sides, length = hull[length > 0], sides[length > 0], length[length > 0]
    middle = hull.mean(0)
    across = np.stack([sides[:, 1], -sides[:, 0]], axis=1) / length[:, None]
    across *= np.where(((hull - middle) * across).sum(1) < 0, -1, 1)[:, None]  # outward, whichever way the hull runs
    return float((points @ across.T - (hull * across).sum(1)).max())


def _prove_semantic(claim: Claim, semantic: Map, classes: Sequence[str]) -> None:
    """Each class covers as many pixels as its bodies together."""
    found = np.bincount(semantic.ravel(), minlength=len(classes) + 1)[1:]
    expected = [sum(label.pixels for label in claim.labels if label.name == name) for name in classes]
    if found.tolist() != expected:
        raise _mismatch(claim, "the semantic map does not fit the bodies", found.tolist(), str(expected))


def check_aside(aside: int, frames: int) -> None:
    """Whether so many failed frames may be kept aside.

    Args:
        aside: failed ones.
        frames: all of them.

    Raises:
        RenderError: more than one in ten thousand failed, or more than one of fewer.
    """
    if aside > max(1, frames // ONE_IN):
        raise RenderError(
            "too many frames fail the proof of their labels",
            reason=Reason.LABEL_MISMATCH,
            where="aside/",
            found=f"{aside} of {frames} frames",
            allowed=f"one in {ONE_IN:,}",
            repair="each has its picture, ids and reason there; please report them with the scene file",
        )


def _mismatch(claim: Claim, message: str, found: object, allowed: str, body: int | None = None) -> RenderError:
    where = f"frame {claim.frame}" + (f", body {body}" if body is not None else "")
    return RenderError(message, reason=Reason.LABEL_MISMATCH, where=where, found=found, allowed=allowed)
