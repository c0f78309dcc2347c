"""What a lens does to directions: Brown-Conrady distortion (Brown 1966), its inverse, and where it turns round.

As OpenCV writes it (docs.opencv.org, "Camera Calibration and 3D Reconstruction"), in coordinates of the image plane at
one unit ahead: x right, y down, 0 on the optical axis. A polynomial that bends inward (barrel) has a largest radius,
beyond which it would fold the far sides of the world back into the picture. No lens does that: beyond this radius the
picture goes on straight outward here.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

Lens = tuple[float, float, float, float, float]
"""Brown-Conrady coefficients k1, k2, p1, p2, k3, in OpenCV's order and meaning."""

NO_LENS: Lens = (0.0, 0.0, 0.0, 0.0, 0.0)

_STEPS = 6
_SAMPLES = 8192


@functools.lru_cache(maxsize=256)
def turning(lens: Lens) -> float:
    """The radius before the lens at which its radial part turns round; infinite where it never does.

    The smallest positive root of the slope 1 + 3 k1 s + 5 k2 s^2 + 7 k3 s^3, with s the radius squared.
    """
    k1, k2, _, _, k3 = lens
    slope = np.array([7 * k3, 5 * k2, 3 * k1, 1.0])
    slope[np.abs(slope) < 1e-9] = 0.0  # roots that far out overflow
    roots = np.roots(slope)
    real = roots.real[(np.abs(roots.imag) < 1e-9) & (roots.real > 0)]
    return float(np.sqrt(real.min())) if len(real) else float("inf")


def bent(flat: Array, lens: Lens) -> Array:
    """Where a lens shows directions.

    Args:
        flat: (N, 2) as a pinhole sees them.
        lens: coefficients.

    Returns:
        (N, 2) as the lens shows them.
    """
    limit = turning(lens)
    if not np.isfinite(limit):
        return _polynomial(flat, lens)
    outward = np.maximum(np.hypot(flat[:, 0], flat[:, 1]) / limit, 1.0)[:, None]
    return np.asarray(_polynomial(flat / outward, lens) * outward)


def straight(shown: Array, lens: Lens) -> Array:
    """The inverse of `bent`, to about 1e-9 where the lens has no tangential part or the place is not near its turning.

    The radial part is inverted from a table, then Newton's method takes the tangential part along.

    Args:
        shown: (N, 2) as the lens shows them.
        lens: coefficients.

    Returns:
        (N, 2) as a pinhole sees them.
    """
    limit = turning(lens)
    radius = np.hypot(shown[:, 0], shown[:, 1])
    farthest = float(radius.max(initial=0.0)) * 1.05 + 1e-9
    reach = min(limit, farthest)
    while reach < limit and _radial(np.array([reach]), lens)[0] < farthest:
        reach = min(limit, reach * 1.25)
    table = np.linspace(0.0, reach, _SAMPLES)
    edge = float(_radial(table[-1:], lens)[0])
    outward = np.maximum(radius / edge, 1.0) if reach == limit else np.ones_like(radius)
    inside = shown / outward[:, None]
    within = radius / outward
    scale = np.interp(within, _radial(table, lens), table) / np.maximum(within, 1e-12)
    flat = inside * np.where(within > 1e-12, scale, 1.0)[:, None]
    for _ in range(_STEPS):
        off = _polynomial(flat, lens) - inside
        xx, xy, yy = _slopes(flat, lens)
        determinant = xx * yy - xy * xy
        # At the turning radius nothing can be solved for; the table's answer stands there.
        solid = (determinant > 1e-3)[:, None]
        step = np.stack([yy * off[:, 0] - xy * off[:, 1], xx * off[:, 1] - xy * off[:, 0]], axis=1)
        flat = flat - np.where(solid, step / np.where(solid, determinant[:, None], 1.0), 0.0)
    return np.asarray(flat * outward[:, None])


def _radial(radius: Array, lens: Lens) -> Array:
    k1, k2, _, _, k3 = lens
    square = radius * radius
    return np.asarray(radius * (1 + square * (k1 + square * (k2 + square * k3))))


def _polynomial(flat: Array, lens: Lens) -> Array:
    k1, k2, p1, p2, k3 = lens
    x, y = flat[:, 0], flat[:, 1]
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    return np.stack(
        [
            x * radial + 2 * p1 * x * y + p2 * (square + 2 * x * x),
            y * radial + p1 * (square + 2 * y * y) + 2 * p2 * x * y,
        ],
        axis=1,
    )


def _slopes(flat: Array, lens: Lens) -> tuple[Array, Array, Array]:
    """The derivatives dx/dx, dx/dy = dy/dx and dy/dy of `_polynomial`."""
    k1, k2, p1, p2, k3 = lens
    x, y = flat[:, 0], flat[:, 1]
    square = x * x + y * y
    radial = 1 + square * (k1 + square * (k2 + square * k3))
    slope = 2 * (k1 + square * (2 * k2 + square * 3 * k3))
    return (
        radial + x * x * slope + 2 * p1 * y + 6 * p2 * x,
        x * y * slope + 2 * p1 * x + 2 * p2 * y,
        radial + y * y * slope + 6 * p1 * y + 2 * p2 * x,
    )
