"""The silhouette of a body alone, as the renderers would draw it with nothing else there and no border.

Its area is what the visible share is a share of. It is counted at pixel centres from the projected mesh, since
things have holes and hollows: a convex hull is too large by a third for a chair or a ring.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.frames.lens import bend_of
from seedbed.scenes.labels.contours import topology
from seedbed.scenes.labels.records import Span
from seedbed.scenes.optics import straight
from seedbed.scenes.view import Body, Camera, View

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

_FINEST = 256.0
"""Steps a pixel that graphics cards, and Mesa, round corners to before they fill a triangle."""
_FARTHEST = 2**20
"""Pixels from the picture's corner beyond which a projection is cut off."""
_MOST_ROWS = 1e5
"""Rows of edges counted one by one; a car passed at arm's length has a million. The share within the picture is told
to a millionth all the same."""
_SHORT = 8.0
"""Pixels: what is shorter stays straight through any lens."""
_POINTS = 48
"""Points along each longer edge."""
_SMALL = 2**14
"""Pixels of a lens's picture that are looked up one by one."""
_CELLS = 256
"""Cells along a silhouette that reaches out of the picture of a lens."""


@dataclass(frozen=True, eq=False)
class Outline:
    """A body as its camera projects it, cut off at the near and far plane.

    Attributes:
        edges: (E, 2, 2) pixels, without the lens: where what is seen from its front ends. A place is covered as often
            as the edges run around it, so edges within the front may be there too, in both directions.
        hull: (N, 2) float32 pixels, the convex hull, the lens included; N is 0 when nothing lies before the camera.
        span: left, top, right, bottom, the lens included; None when nothing lies before the camera.
    """

    edges: Array
    hull: NDArray[np.float32]
    span: Span | None

    def meets(self, width: int, height: int) -> bool:
        """Whether its box meets a picture of this size."""
        if self.span is None:
            return False
        left, top, right, bottom = self.span
        return right > 0 and bottom > 0 and left < width and top < height


@dataclass(frozen=True)
class Area:
    """Pixels of a silhouette.

    Attributes:
        inside: those within the picture.
        whole: all of them.
    """

    inside: int
    whole: float


def outline(body: Body, camera: Camera, view: Array | None = None) -> Outline:
    """Projects a body.

    Args:
        body: what.
        camera: through which.
        view: the camera's own `view()`, where it is at hand.
    """
    shape = topology(body.mesh)
    matrix = (camera.view() if view is None else view) @ body.pose
    points = matrix[:3, :3] @ shape.points + matrix[:3, 3:]
    faces, away = shape.faces, -points[2]
    whole = float(away.min()) >= camera.near and float(away.max()) <= camera.far
    if not whole:
        corners = _cut(_cut(points.T[faces], camera.near, 1.0), camera.far, -1.0)
        points, faces = np.ascontiguousarray(corners.reshape(-1, 3).T), np.arange(3 * corners.shape[1]).reshape(3, -1)
        away = -points[2]
    if not points.size:
        return Outline(np.zeros((0, 2, 2)), np.zeros((0, 2), np.float32), None)
    to_pixels = camera.matrix()
    x = np.clip(to_pixels[0, 0] * (points[0] / away) + to_pixels[0, 2], -_FARTHEST, _FARTHEST)
    y = np.clip(to_pixels[1, 2] - to_pixels[1, 1] * (points[1] / away), -_FARTHEST, _FARTHEST)
    near_x, near_y = (np.rint(values * _FINEST) / _FINEST for values in (x, y))
    (ax, bx, cx), (ay, by, cy) = near_x[faces], near_y[faces]
    # Counter-clockwise seen from the front; pixels run down, so the sign turns round.
    front = (bx - ax) * (cy - ay) < (by - ay) * (cx - ax)
    ends = shape.contour(front) if whole else faces.T[front][:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    edges = np.stack([near_x[ends], near_y[ends]], axis=2)
    # A thing cut open, and what is too small to have a front, reach as far as all of their corners.
    rim = ends.ravel() if whole and len(ends) else np.arange(len(x))
    flat = np.stack([x[rim], y[rim]], axis=1)
    if any(camera.lens):
        flat = np.clip(camera.bend(np.concatenate([flat, _along(edges, camera)])), -_FARTHEST, _FARTHEST)
    hull = np.asarray(cv2.convexHull(flat.astype(np.float32)), np.float32).reshape(-1, 2)
    (left, top), (right, bottom) = flat.min(0).tolist(), flat.max(0).tolist()
    return Outline(edges, hull, (left, top, right, bottom))


def outlines_of(view: View) -> dict[int, Outline]:
    """Every body of a class, projected, by id."""
    to_camera = view.camera.view()
    return {body.id: outline(body, view.camera, to_camera) for body in view.bodies if body.name is not None}


def _along(edges: Array, camera: Camera) -> Array:
    """Points along long edges: a lens bends straight ones, so their ends alone do not tell where they go.

    Each edge's points lie in the part of it that is within a picture's width and height of the picture.

    Returns:
        (N, 2) pixels.
    """
    long = edges[np.abs(edges[:, 1] - edges[:, 0]).max(1) > _SHORT]
    start, along = long[:, 0], long[:, 1] - long[:, 0]
    size = np.array([camera.width, camera.height], float)
    with np.errstate(divide="ignore", invalid="ignore"):
        ends = np.stack([(-size - start) / along, (2 * size - start) / along])
    first = np.clip(np.nan_to_num(ends.min(0), nan=0.0).max(1), 0, 1)
    last = np.maximum(np.clip(np.nan_to_num(ends.max(0), nan=1.0).min(1), 0, 1), first)
    t = np.linspace(first, last, _POINTS, axis=1)
    return np.asarray((start[:, None] + along[:, None] * t[..., None]).reshape(-1, 2))


def _cut(corners: Array, plane: float, sign: float) -> Array:
    """The part of triangles that lies beyond a plane across the axis (before it with sign -1).

    Args:
        corners: (3, F, 3) first, second and third corners.
        plane: metres ahead.
        sign: 1 or -1.

    Returns:
        (3, G, 3).
    """
    over = sign * (-corners[..., 2] - plane)
    inside = over >= 0
    count = inside.sum(0)
    pieces = [corners[:, count == 3]]
    for kept in (1, 2):
        chosen = count == kept
        # The odd one out comes first: the only corner kept, or the only one cut off.
        odd = np.argmax(inside[:, chosen] == (kept == 1), axis=0)
        order = (odd + np.arange(3)[:, None]) % 3
        a, b, c = np.take_along_axis(corners[:, chosen], order[..., None], axis=0)
        at = np.take_along_axis(over[:, chosen], order, axis=0)
        ab = a + (at[0] / (at[0] - at[1]))[:, None] * (b - a)
        ac = a + (at[0] / (at[0] - at[2]))[:, None] * (c - a)
        if kept == 1:
            pieces.append(np.stack([a, ab, ac]))
        else:
            pieces += [np.stack([ab, b, c]), np.stack([ab, c, ac])]
    return np.concatenate(pieces, axis=1)


def areas(seen: Sequence[Outline], camera: Camera) -> list[Area]:
    """How many pixel centres each silhouette covers: those that are drawn of the body alone.

    A silhouette of which many rows lie outside the picture is counted in coarser pixels there; so is, through
    a lens, every part outside.
    """
    if any(camera.lens):
        return [_bent_area(one, camera) for one in seen]
    inside = _counts([one.edges for one in seen], camera.width, camera.height)
    whole = inside.astype(float)
    cut = [place for place, one in enumerate(seen) if _is_cut(one, camera)]
    scales = [max(1.0, float(np.abs(np.diff(seen[place].edges[..., 1])).sum()) / _MOST_ROWS) for place in cut]
    counts = _counts([seen[place].edges / scale for place, scale in zip(cut, scales, strict=True)])
    for place, scale, count in zip(cut, scales, counts, strict=True):
        whole[place] = max(whole[place], count * scale * scale)
    return [Area(int(within), float(total)) for within, total in zip(inside, whole, strict=True)]


def _bent_area(seen: Outline, camera: Camera) -> Area:
    """The area of one silhouette through a lens."""
    if seen.span is None or not len(seen.edges):
        return Area(0, 0.0)
    inside = _bent_inside(seen, camera)
    if not _is_cut(seen, camera):
        return Area(inside, float(inside))
    left, top, right, bottom = (int(np.floor(edge)) for edge in (seen.span))
    size = np.ptp(seen.edges, axis=(0, 1)) + 1
    if (right - left + 1) * (bottom - top + 1) <= _SMALL and size.prod() <= 16 * _SMALL:
        return Area(inside, float(inside + _bent_outside(seen, camera, (left, top, right + 1, bottom + 1))))
    # Outside, cells of the pinhole's picture count as large as the lens shows them.
    low, high = seen.edges.min((0, 1)), seen.edges.max((0, 1))
    scale = max(1.0, float((high - low).max()) / _CELLS)
    columns, rows = np.ceil((high - low) / scale).astype(int) + 1
    shrunk = Outline((seen.edges - low) / scale, seen.hull, seen.span)
    cover = covered(shrunk, (0, 0, int(columns), int(rows)))
    x, y = np.meshgrid(np.arange(columns + 1) * scale + low[0], np.arange(rows + 1) * scale + low[1])
    corners = camera.bend(np.stack([x.ravel(), y.ravel()], axis=1)).reshape(rows + 1, columns + 1, 2)
    one, two = corners[1:, 1:] - corners[:-1, :-1], corners[1:, :-1] - corners[:-1, 1:]
    shown = np.abs(one[..., 0] * two[..., 1] - one[..., 1] * two[..., 0]) / 2
    middle = (corners[1:, 1:] + corners[:-1, :-1] + corners[1:, :-1] + corners[:-1, 1:]) / 4
    outside = (middle < 0).any(2) | (middle[..., 0] >= camera.width) | (middle[..., 1] >= camera.height)
    return Area(inside, inside + float(shown[cover & outside].sum()))


def _bent_outside(seen: Outline, camera: Camera, box: tuple[int, int, int, int]) -> int:
    """The pixels of a box outside the picture that would be covered, were the picture larger."""
    left, top, right, bottom = box
    x, y = (grid.ravel() for grid in np.meshgrid(np.arange(left, right), np.arange(top, bottom)))
    outside = (x < 0) | (y < 0) | (x >= camera.width) | (y >= camera.height)
    if not outside.any():
        return 0
    centers = np.stack([x[outside] + 0.5, y[outside] + 0.5], axis=1)
    places = camera.shown(straight(camera.plane(centers), camera.lens))
    columns, rows = np.clip(np.floor(places), -_FARTHEST, _FARTHEST).astype(np.intp).T
    # Where the lens turns round, places lie anywhere: only those near the silhouette are looked at.
    low, high = (np.floor(edge).astype(int) for edge in (seen.edges.min((0, 1)), seen.edges.max((0, 1))))
    near = (columns >= low[0]) & (columns <= high[0]) & (rows >= low[1]) & (rows <= high[1])
    cover = covered(seen, (int(low[0]), int(low[1]), int(high[0]) + 1, int(high[1]) + 1))
    return int(np.count_nonzero(cover[rows[near] - low[1], columns[near] - low[0]]))


def _bent_inside(seen: Outline, camera: Camera) -> int:
    """The pixels of the picture whose nearest one of the pinhole's picture is covered, as `lens.draw` takes them."""
    if seen.span is None or not seen.meets(camera.width, camera.height):
        return 0
    bend = bend_of(camera)
    left, top = (max(0, int(edge) - 1) for edge in seen.span[:2])
    right, bottom = (int(edge) + 2 for edge in seen.span[2:])
    columns = np.rint(bend.x[top:bottom, left:right]).astype(np.intp) - bend.left
    rows = np.rint(bend.y[top:bottom, left:right]).astype(np.intp) - bend.top
    if not columns.size:
        return 0
    x, y = int(columns.min()), int(rows.min())
    cover = covered(seen, (x, y, int(columns.max()) + 1, int(rows.max()) + 1))
    return int(np.count_nonzero(cover[rows - y, columns - x]))


def _is_cut(seen: Outline, camera: Camera) -> bool:
    if seen.span is None:
        return False
    left, top, right, bottom = seen.span
    return left < 0 or top < 0 or right > camera.width or bottom > camera.height


def covered(seen: Outline, box: tuple[int, int, int, int]) -> NDArray[np.bool_]:
    """Which pixel centres a silhouette covers.

    Args:
        seen: the body.
        box: left, top, right, bottom of the pixels asked for.

    Returns:
        (bottom - top, right - left).
    """
    left, top, right, bottom = box
    width, height = right - left, bottom - top
    _, row, column, turn = _crossings(seen.edges, top, bottom)
    place = (row - top) * (width + 1) + np.clip(column - left, 0, width)
    change = np.bincount(place, turn, height * (width + 1)).reshape(height, width + 1)
    return np.asarray(np.cumsum(change, axis=1)[:, :width] > 0.5)


def _counts(edges: Sequence[Array], width: int | None = None, height: int | None = None) -> Ints:
    """How many pixels each set of edges covers, all at once; with a size, those of such a picture."""
    if not edges:
        return np.zeros(0, np.int64)
    joined, sizes = np.concatenate(edges), [len(one) for one in edges]
    edge, row, column, turn = _crossings(joined, *(() if height is None else (0, height)))
    owner = np.repeat(np.arange(len(edges)), sizes)[edge]
    if width is not None:
        column = np.clip(column, 0, width)
    # Owner, row, column in one number: of 2^16 owners, twice as many rows as _FARTHEST, four times as many columns.
    place = ((owner * (2 * _FARTHEST) + row + _FARTHEST) * 4 + 2) * _FARTHEST + column
    order = np.argsort(place)
    place, layers, owner = place[order], np.cumsum(turn[order]), owner[order]
    length = np.where(layers[:-1] > 0, np.diff(place), 0)
    return np.bincount(owner[:-1], length, len(edges)).astype(np.int64)


def _crossings(edges: Array, top: int = -_FARTHEST, bottom: int = _FARTHEST) -> tuple[Ints, Ints, Ints, Ints]:
    """Where edges cross the middle of rows of pixels.

    Args:
        edges: (E, 2, 2) pixels.
        top: first row asked for.
        bottom: row after the last.

    Returns:
        For each crossing the edge, the row, the first column whose centre lies on the edge or right of it, and 1 where
        what is right of the edge is covered once more than what is left of it, else -1.
    """
    (x0, x1), (y0, y1) = np.ascontiguousarray(edges.transpose(2, 1, 0))
    down = y0 < y1
    # Upper end first: an edge that is there in both directions must be crossed at the same place in both.
    upper_x, upper_y = np.where(down, x0, x1), np.where(down, y0, y1)
    lower_x, lower_y = np.where(down, x1, x0), np.where(down, y1, y0)
    first = np.maximum(np.ceil(upper_y - 0.5), top).astype(np.int64)
    rows = np.maximum(np.minimum(np.ceil(lower_y - 0.5), bottom).astype(np.int64) - first, 0)
    with np.errstate(divide="ignore", invalid="ignore"):  # level edges have no rows
        slope = (lower_x - upper_x) / (lower_y - upper_y)
    edge = np.repeat(np.arange(len(rows)), rows)
    row = np.arange(len(edge)) - (np.cumsum(rows) - rows - first)[edge]
    at = upper_x[edge] + slope[edge] * (row + 0.5 - upper_y[edge])
    return edge, row, np.ceil(at - 0.5).astype(np.int64), np.where(down, 1, -1)[edge]
