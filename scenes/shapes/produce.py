"""Fruit: apple, orange, lemon, pear, banana."""

from __future__ import annotations

import numpy as np

from seedbed.scenes.shapes.lathe import OWN, Profile, made, smooth, turned_patch
from seedbed.scenes.shapes.meshes import Rng, Shape
from seedbed.scenes.shapes.patches import Patch, about_y, tube

# (radius, height) of the skin from the bottom up, as shares of the height.
_PROFILES: dict[str, Profile] = {
    "apple": (
        *((0.0, 0.07), (0.1, 0.03), (0.22, 0.0), (0.38, 0.1), (0.5, 0.32), (0.55, 0.58)),
        *((0.5, 0.82), (0.34, 0.97), (0.2, 1.0), (0.08, 0.94), (0.0, 0.87)),
    ),
    "orange": (
        *((0.0, 0.0), (0.16, 0.015), (0.34, 0.12), (0.47, 0.3), (0.51, 0.5), (0.47, 0.71), (0.34, 0.89)),
        *((0.15, 0.985), (0.05, 0.98), (0.0, 0.97)),
    ),
    "lemon": (
        *((0.0, 0.0), (0.06, 0.015), (0.1, 0.07), (0.22, 0.15), (0.32, 0.32), (0.34, 0.5), (0.31, 0.68)),
        *((0.2, 0.84), (0.1, 0.92), (0.07, 0.985), (0.0, 1.0)),
    ),
    "pear": (
        *((0.0, 0.03), (0.1, 0.0), (0.24, 0.05), (0.36, 0.2), (0.38, 0.36), (0.32, 0.54), (0.22, 0.72)),
        *((0.18, 0.87), (0.12, 0.97), (0.03, 1.0), (0.0, 0.98)),
    ),
}
SIZES = {
    "apple": (0.065, 0.085),
    "orange": (0.065, 0.09),
    "lemon": (0.075, 0.1),
    "pear": (0.085, 0.12),
    "banana": (0.16, 0.21),
}
"""Metres of the longest side where the scene says none."""


def fruit(kind: str, size: float, rng: Rng) -> Shape:
    """A fruit, its stem up; a banana lies, curved in the ground's plane.

    Args:
        kind: key of `SIZES`.
        size: longest extent of the flesh, metres.
        rng: of the world.
    """
    if kind == "banana":
        return _banana(size, rng)
    wide = {"apple": 1.1, "orange": 1.02}.get(kind, 0.0)
    height = size / max(1.0, wide)
    squash = float(rng.uniform(0.94, 1.0))
    profile = smooth(_PROFILES[kind], 2) * (height * squash, height)
    lobes, lean = 0.025 if kind == "apple" else 0.012, float(rng.uniform(-0.06, 0.06))
    skin = turned_patch(profile, OWN, around=24, group="skin")
    patches = [Patch(_uneven(skin.corners, height, lobes, lean, rng), skin.uvs, OWN, "skin")]
    if kind in ("apple", "pear"):
        low = height * (0.86 if kind == "apple" else 0.97)
        tilt = rng.uniform(-0.05, 0.05, 2) * height
        path = np.array([(0, 0, low), (*(tilt / 2), low + 0.1 * height), (*tilt, low + 0.2 * height)])
        path[:, 0] += lean * path[:, 2]
        patches.append(tube(path, np.array([0.014, 0.012, 0.018]) * height, "stem", around=6))
    elif kind == "orange":
        low = 0.968 * height
        wide, high = 0.045 * height, low + 0.02 * height
        navel = turned_patch([(0.0, low), (wide, low), (0.7 * wide, high), (0.0, high)], "stem", around=7)
        patches.append(navel.moved((lean * low, 0, 0)))
    return made(patches, origin=(0, 0, 0.47 * height), crease=70.0, surface=f"skin {kind}")


def _uneven(corners: np.ndarray, height: float, lobes: float, lean: float, rng: Rng) -> np.ndarray:
    """Grown, not turned: lobes around, the axis leaning a little."""
    count, phase = int(rng.integers(3, 6)), rng.uniform(0, 2 * np.pi)
    angle = np.arctan2(corners[..., 1], corners[..., 0])
    stretch = 1 + lobes * np.sin(count * angle + phase)
    out = corners.copy()
    out[..., :2] *= stretch[..., None]
    out[..., 0] += lean * corners[..., 2]
    return out


def _banana(size: float, rng: Rng) -> Shape:
    bend = float(rng.uniform(0.9, 1.6))  # radians along its length
    radius = 1.0 / bend
    at = np.array([0.0, 0.02, 0.06, 0.12, 0.22, 0.36, 0.5, 0.64, 0.76, 0.85, 0.9, 0.95, 1.0])
    wide = np.array([0.2, 0.28, 0.42, 0.7, 0.92, 1.0, 1.0, 0.98, 0.85, 0.55, 0.36, 0.28, 0.3])
    angle = (at - 0.5) * bend
    path = np.stack([np.zeros(len(at)), np.sin(angle) * radius, (1 - np.cos(angle)) * radius], axis=1)
    thick = 0.1 * float(rng.uniform(0.85, 1.1))
    scale = size / float(np.ptp(path[:, 1]) + 0.02)
    path, rings = path * scale, wide * thick * scale
    ahead = (path[-1] - path[-2]) * 0.02
    patches = [
        tube(path[1:], rings[1:], OWN, around=10, group="skin"),
        tube(path[:2], rings[:2] * 1.02, "banana tip", around=10),
        tube(path[-2:] + ahead, rings[-2:] * 1.04, "banana tip", around=10),
    ]
    flat = about_y(-np.pi / 2)  # it lies on its side
    return made([patch.turned(flat) for patch in patches], crease=45.0, surface="skin banana")
