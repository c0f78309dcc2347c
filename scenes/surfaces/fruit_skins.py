"""Skins of fruit: u runs around, v from the bottom to the stem."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np

from seedbed.scenes.surfaces.materials import Field, Rgb, Rng, cloud, grain, hsv, painted
from seedbed.scenes.view import Bytes

_SIDE = 128


def _mixed(share: Field, one: Rgb, other: Rgb) -> Bytes:
    return painted(np.clip(share, 0, 1).astype(np.float32), one, other)


def _around(rng: Rng, cells: int) -> Field:
    """Noise without a seam where the two ends of u meet."""
    noise = cloud(rng, 2 * _SIDE, cells, 3)[:_SIDE]
    fade = np.linspace(1, 0, _SIDE, dtype=np.float32)[None]
    return np.asarray(noise[:, :_SIDE] * (1 - fade) + noise[:, _SIDE:] * fade, np.float32)


def _specks(picture: Bytes, rng: Rng, count: int, color: Rgb, most: int = 1) -> Bytes:
    ink = [int(part * 255) for part in color]
    for _ in range(count):
        middle = rng.integers(0, _SIDE, 2).tolist()
        cv2.circle(picture, middle, int(rng.integers(1, most + 1)), ink, -1, cv2.LINE_AA)
    return picture


def _apple(rng: Rng) -> Bytes:
    green = rng.uniform() < 0.3
    ground = hsv(rng.uniform(55, 85), rng.uniform(0.5, 0.8), rng.uniform(0.65, 0.9))
    blush = ground if green else hsv(rng.uniform(-8, 10), rng.uniform(0.75, 0.95), rng.uniform(0.45, 0.8))
    streaks = cv2.resize(rng.standard_normal((1, 40)).astype(np.float32), (_SIDE, _SIDE))
    side = np.cos(np.linspace(0, 2 * np.pi, _SIDE, dtype=np.float32))[None] * np.float32(rng.uniform(0, 0.5))
    share = rng.uniform(0.4, 1.0) + side + 0.12 * streaks + 0.25 * _around(rng, 4)
    return _specks(_mixed(share, ground, blush), rng, 50, hsv(45, 0.3, 0.9))


def _orange(rng: Rng) -> Bytes:
    color = hsv(rng.uniform(22, 36), rng.uniform(0.85, 1.0), rng.uniform(0.85, 1.0))
    dark = hsv(rng.uniform(18, 28), 1.0, 0.72)
    pores = cv2.GaussianBlur(grain(rng, _SIDE), (0, 0), 0.9)
    return _mixed(0.7 + 0.25 * pores + 0.2 * _around(rng, 3), dark, color)


def _lemon(rng: Rng) -> Bytes:
    color = hsv(rng.uniform(50, 60), rng.uniform(0.75, 0.95), rng.uniform(0.88, 1.0))
    dark = hsv(rng.uniform(46, 66), 0.95, 0.7)
    pores = cv2.GaussianBlur(grain(rng, _SIDE), (0, 0), 1.0)
    return _mixed(0.75 + 0.22 * pores + 0.2 * _around(rng, 3), dark, color)


def _pear(rng: Rng) -> Bytes:
    color = hsv(rng.uniform(50, 80), rng.uniform(0.5, 0.8), rng.uniform(0.6, 0.85))
    blush = hsv(rng.uniform(20, 45), rng.uniform(0.5, 0.8), rng.uniform(0.5, 0.75))
    side = np.cos(np.linspace(0, 2 * np.pi, _SIDE, dtype=np.float32))[None]
    picture = _mixed(0.25 + rng.uniform(0, 0.5) * side + 0.3 * _around(rng, 4), color, blush)
    return _specks(picture, rng, 140, hsv(32, 0.6, 0.42))


def _banana(rng: Rng) -> Bytes:
    ripe = rng.uniform(0, 1)
    color = hsv(64 - 16 * min(1, 2 * ripe), rng.uniform(0.7, 0.9), rng.uniform(0.8, 0.97))
    shade = hsv(50, 0.9, 0.6)
    picture = _mixed(0.85 + 0.3 * _around(rng, 3), shade, color)
    return _specks(picture, rng, int(90 * max(0, ripe - 0.5)), hsv(28, 0.7, 0.3), 3)


SKINS: dict[str, Callable[[Rng], Bytes]] = {
    "apple": _apple,
    "orange": _orange,
    "lemon": _lemon,
    "pear": _pear,
    "banana": _banana,
}
"""Kind of fruit to its skin, (128, 128, 3) uint8 sRGB."""
