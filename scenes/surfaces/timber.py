"""Sawn timber: grain along u, knots, stains; as pallets, crates and shelves show it."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.scenes.surfaces.materials import Rng, cloud, hsv, painted
from seedbed.scenes.view import Bytes

_SIDE = 256


def timber(rng: Rng) -> Bytes:
    """A texture of sawn boards, (256, 256, 3) uint8 sRGB; it repeats in both directions.

    Args:
        rng: of the view.
    """
    fresh = rng.uniform() < 0.7
    hue, grey = rng.uniform(26, 40), rng.uniform(0.25, 0.5) if fresh else rng.uniform(0.05, 0.2)
    light = rng.uniform(0.6, 0.92) if fresh else rng.uniform(0.4, 0.7)
    y, x = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32)
    turn = 2 * np.pi / _SIDE
    bend = np.zeros_like(y)
    for _ in range(3):  # waves that close on themselves
        bend += rng.uniform(1, 6) * np.sin(
            turn * (x * rng.integers(1, 3) + y * rng.integers(0, 3)) + rng.uniform(0, 6.3)
        )
    for _ in range(int(rng.integers(0, 4))):
        at_x, at_y = rng.uniform(0, _SIDE, 2)
        far_x = (x - at_x + _SIDE / 2) % _SIDE - _SIDE / 2
        far_y = (y - at_y + _SIDE / 2) % _SIDE - _SIDE / 2
        bend += rng.uniform(6, 14) * np.sign(far_y) * np.exp(-((far_x / 28) ** 2) - (far_y / 16) ** 2)
    rings = np.sin(turn * round(float(rng.uniform(8, 20))) * (y + bend))
    fibre = cv2.resize(rng.standard_normal((_SIDE, 8), np.float32), (_SIDE, _SIDE))
    shade = 0.62 + 0.16 * rings + 0.09 * fibre + 0.12 * cloud(rng, _SIDE, 4, 2)
    dark = hsv(hue - 6, min(1.0, grey * 1.5), light * 0.55)
    picture = painted(shade.astype(np.float32), dark, hsv(hue, grey, light))
    for _ in range(int(rng.integers(0, 4))):
        middle = rng.integers(12, _SIDE - 12, 2).tolist()
        axes = (int(rng.integers(3, 8)), int(rng.integers(2, 5)))
        cv2.ellipse(picture, middle, axes, 0, 0, 360, [int(255 * part * 0.6) for part in dark], -1, cv2.LINE_AA)
    return picture
