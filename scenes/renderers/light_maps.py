"""Frustums and filters of the maps that tell what light reaches a point; without a renderer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix
from seedbed.scenes.view import Camera

# Clip space [-1, 1] to texture space [0, 1].
TO_TEXTURE = np.array([[0.5, 0, 0, 0.5], [0, 0.5, 0, 0.5], [0, 0, 0.5, 0.5], [0, 0, 0, 1.0]])


def reach_of(boxes: Sequence[Matrix]) -> float:
    """Metres over which bodies take sky away from their neighbourhood: in proportion to their size.

    Args:
        boxes: per body (8, 4), its box in the world.
    """
    return max(0.3 * float(np.median([np.ptp(box[:, :2], axis=0).min() for box in boxes])), 1e-3)


def sky_channels(depth: NDArray[np.float32], clip: Matrix, sigma: float) -> NDArray[np.float32]:
    """Turns a depth map from above into what covers the sky round each texel.

    Args:
        depth: (H, W) in [0, 1], 1 where nothing is.
        clip: (4, 4), the frustum it was drawn with.
        sigma: of the blur, texels.

    Returns:
        (H, W, 2): covered share, and that times the mean height of what covers, metres.
    """
    covered = (depth < 1.0).astype(np.float32)
    # z of the world from depth: 2 depth - 1 = clip[2, 2] z + clip[2, 3].
    height = ((2.0 * depth - 1.0 - clip[2, 3]) / clip[2, 2]).astype(np.float32) * covered
    both = cv2.GaussianBlur(np.dstack([covered, height]), (0, 0), min(max(sigma, 0.5), 24.0))
    return cast(NDArray[np.float32], both)


def fit(
    points: Matrix, towards: Matrix, size: int, rim: float = 0.0, window: Matrix | None = None
) -> tuple[Matrix, float]:
    """Fits an orthographic frustum round points.

    Args:
        points: (N, 4) homogeneous, world.
        towards: (3,) from the ground towards the light.
        size: texels of the map each way.
        rim: metres to leave free round them, besides a few texels.
        window: (M, 3) corners of what is of interest: beyond it sideways nothing is covered. The frustum then grows and
            moves in steps, so that shadows do not crawl when the camera moves a little.

    Returns:
        World to clip space (4, 4), and half the frustum's width in metres.
    """
    basis = basis_of(towards)
    seen = points[:, :3] @ basis.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    if window is not None:
        looked_at = window @ basis.T
        low[:2] = np.maximum(low[:2], looked_at[:, :2].min(axis=0))
        high[:2] = np.maximum(np.minimum(high[:2], looked_at[:, :2].max(axis=0)), low[:2])
    # A rim of empty texels: what lies outside the map is lit, and the filter must find light before its border.
    half = (max(float((high - low)[:2].max()) / 2.0, 0.01) + rim) * (1.0 + 8.0 / size)
    middle = (low + high) / 2.0
    if window is not None:
        half = float(2.0 ** (np.ceil(8.0 * np.log2(half * (1.0 + 2.0 / size))) / 8.0))
        texel = 2.0 * half / size
        middle[:2] = np.rint(middle[:2] / texel) * texel
    depth = float(high[2] - low[2])
    margin = 0.05 * depth + 0.01
    scale = np.array([1.0 / half, 1.0 / half, -2.0 / (depth + 2.0 * margin)])
    clip = np.eye(4)
    clip[:3, :3] = basis * scale[:, None]
    clip[:3, 3] = -scale * middle
    return clip, half


def basis_of(towards: Matrix) -> Matrix:
    """Returns the (3, 3) axes of a light: right, up, and towards it, unit vectors in rows."""
    z = towards / np.linalg.norm(towards)
    x = np.cross((0.0, 0.0, 1.0) if abs(z[2]) < 0.99 else (0.0, 1.0, 0.0), z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z])


def slice_of(camera: Camera, first: float, last: float) -> Matrix:
    """Returns the (8, 3) corners, in the world, of what a camera sees between two depths, metres."""
    projection = camera.projection()
    x, y = (np.array([-1.0, 1.0]) + projection[i, 2] for i in (0, 1))
    rays = np.array([[a / projection[0, 0], b / projection[1, 1], -1.0] for a in x for b in y])
    corners = np.concatenate([rays * first, rays * last])
    return corners @ camera.pose[:3, :3].T + camera.pose[:3, 3]


def met(boxes: Sequence[Matrix], clip: Matrix) -> list[int]:
    """Returns which boxes, (8, 4) each in the world, meet the sides of a parallel frustum."""
    if not len(boxes):
        return []
    at = np.stack(boxes) @ clip[:2].T
    touch = (at.max(axis=1) >= -1.0) & (at.min(axis=1) <= 1.0)
    return [int(i) for i in np.flatnonzero(touch.all(axis=1))]
