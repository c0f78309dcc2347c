"""Frustums and filters of the maps that tell what light reaches a point; without a renderer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix

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


def fit(points: Matrix, towards: Matrix, size: int, rim: float = 0.0) -> tuple[Matrix, float]:
    """Fits an orthographic frustum round points.

    Args:
        points: (N, 4) homogeneous, world.
        towards: (3,) from the ground towards the light.
        size: texels of the map each way.
        rim: metres to leave free round them, besides a few texels.

    Returns:
        World to clip space (4, 4), and half the frustum's width in metres.
    """
    z = towards / np.linalg.norm(towards)
    x = np.cross((0.0, 0.0, 1.0) if abs(z[2]) < 0.99 else (0.0, 1.0, 0.0), z)
    x /= np.linalg.norm(x)
    basis = np.stack([x, np.cross(z, x), z])
    seen = points[:, :3] @ basis.T
    low, high = seen.min(axis=0), seen.max(axis=0)
    # A rim of empty texels: what lies outside the map is lit, and the filter must find light before its border.
    half = (max(float((high - low)[:2].max()) / 2.0, 0.01) + rim) * (1.0 + 8.0 / size)
    depth = float(high[2] - low[2])
    margin = 0.05 * depth + 0.01
    scale = np.array([1.0 / half, 1.0 / half, -2.0 / (depth + 2.0 * margin)])
    clip = np.eye(4)
    clip[:3, :3] = basis * scale[:, None]
    clip[:3, 3] = -scale * (low + high) / 2.0
    return clip, half
