"""Rotations as quaternions (x, y, z, w) and matrices."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Quaternion = tuple[float, float, float, float]
Rng = np.random.Generator


ANY = (0.0, 360.0)
"""Degrees around the vertical, all of them."""


def turned(rng: Rng, stands: bool, yaw: tuple[float, float] = ANY) -> Quaternion:
    """A quaternion: a turn around z for what stands, by degrees of a range; any rotation at all for what does not."""
    if stands:
        half = rng.uniform(np.radians(yaw[0]) / 2, np.radians(yaw[1]) / 2)
        return 0.0, 0.0, float(np.sin(half)), float(np.cos(half))
    # Shoemake 1992: uniform over rotations.
    a, b, c = rng.uniform(0, 1, 3)
    one, two = np.sqrt(1 - a), np.sqrt(a)
    x, y = one * np.sin(2 * np.pi * b), one * np.cos(2 * np.pi * b)
    return float(x), float(y), float(two * np.sin(2 * np.pi * c)), float(two * np.cos(2 * np.pi * c))


def about_z(angle: float) -> Quaternion:
    """A turn around the vertical by `angle` radians."""
    return 0.0, 0.0, float(np.sin(angle / 2)), float(np.cos(angle / 2))


def rotation(quaternion: Quaternion) -> Array:
    """The (3, 3) matrix of a unit quaternion."""
    x, y, z, w = quaternion
    return np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )


def pose_of(quaternion: Quaternion, position: tuple[float, float, float] | Array) -> Array:
    """The (4, 4) pose of a quaternion and a position in metres."""
    pose = np.eye(4)
    pose[:3, :3], pose[:3, 3] = rotation(quaternion), position
    return pose
