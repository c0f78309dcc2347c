"""Where bodies are in the camera's frame: pose, box and keypoints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.labels.contours import topology
from seedbed.scenes.labels.records import CameraRecord, Keypoint, Matrix, Seen, Solid, Vector
from seedbed.scenes.view import Body, Camera, Drawing

Array = NDArray[np.float64]

TO_OPENCV = np.diag([1.0, -1.0, -1.0, 1.0])
"""From the camera's frame as renderers have it (y up, looking along -z) to OpenCV's (y down, looking along z)."""
_THICKNESS = 0.05
"""How far behind its body's surface a keypoint may lie and still be seen, as a share of the body's largest extent: a
person's elbow lies within the arm."""
_AROUND = 1
"""Pixels around a keypoint that are looked at: one at the tip of a thing falls beside it as often as not."""


def camera_record(camera: Camera) -> CameraRecord:
    """A camera as records tell it."""
    world = TO_OPENCV @ camera.view()
    return CameraRecord(_matrix(camera.matrix(), 6), camera.lens, _matrix(world[:3, :3], 9), _vector(world[:3, 3], 6))


def solid_of(body: Body, view: Array) -> Solid:
    """A body's pose and the box around its mesh.

    Args:
        body: what.
        view: the camera's `view()`.
    """
    pose = TO_OPENCV @ view @ body.pose
    low, high = topology(body.mesh).extent
    center = pose[:3, :3] @ ((low + high) / 2) + pose[:3, 3]
    return Solid(_matrix(pose[:3, :3], 9), _vector(pose[:3, 3], 6), _vector(center, 6), _vector(high - low, 6))


def keypoints_of(body: Body, camera: Camera, view: Array, drawing: Drawing) -> tuple[Keypoint, ...]:
    """A body's keypoints in the picture.

    One is seen where a pixel at its place shows its own body, no further before it than limbs are thick.
    """
    if not body.keypoints:
        return ()
    low, high = topology(body.mesh).extent
    thick = _THICKNESS * float((high - low).max())
    matrix = view @ body.pose
    points = np.array(list(body.keypoints.values()), np.float64) @ matrix[:3, :3].T + matrix[:3, 3]
    ahead = -points[:, 2] > camera.near
    flat = np.zeros((len(points), 2))
    flat[ahead] = camera.project(points[ahead])
    found = []
    for name, (x, y), point, before in zip(body.keypoints, flat.tolist(), points, ahead, strict=True):
        depth = -float(point[2])
        seen = Seen.OUTSIDE
        if before and 0 <= x < camera.width and 0 <= y < camera.height:
            column, row = int(x), int(y)
            at = np.s_[max(0, row - _AROUND) : row + _AROUND + 1, max(0, column - _AROUND) : column + _AROUND + 1]
            own = (drawing.ids[at] == body.id) & (drawing.depth[at] >= depth - thick)
            seen = Seen.VISIBLE if own.any() else Seen.HIDDEN
        found.append(Keypoint(name, round(x, 3), round(y, 3), round(depth, 6), seen))
    return tuple(found)


def _vector(values: Array, digits: int) -> Vector:
    x, y, z = (round(value, digits) for value in values.tolist())
    return x, y, z


def _matrix(values: Array, digits: int) -> Matrix:
    one, two, three = (_vector(row, digits) for row in values)
    return one, two, three
