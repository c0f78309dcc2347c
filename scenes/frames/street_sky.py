"""The sky over a street: gradient, clouds, glow round the sun, hazy hills at the horizon; drawn for one camera."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.surfaces.materials import Field, Rng
from seedbed.scenes.view import Bytes, Camera, Light

_SCALE = 4  # the sky is drawn this many times smaller than the frame
_CLOUDS = 256
_POOL = 8


def sky(camera: Camera, light: Light, overcast: float, rng: Rng) -> Bytes:
    """Draws what stands behind everything, (H / 4, W / 4, 3) uint8 sRGB.

    Args:
        camera: pinhole and pose.
        light: where the sun stands.
        overcast: least share of the sky that clouds cover, 0 to 1.
        rng: of the view.
    """
    cover, number = max(float(rng.beta(1.2, 1.6)), overcast), int(rng.integers(_POOL))
    shift = rng.uniform(0, _CLOUDS, 2)
    tall, phase = float(rng.uniform(0.006, 0.03)), rng.uniform(0, 2 * np.pi, 4)
    ways = _ways(camera)
    up = ways[..., 2]
    noon = float(np.clip(light.sun[2] * 1.6, 0.25, 1))
    zenith = np.array([0.30, 0.51, 0.80]) * (0.55 + 0.45 * noon)
    horizon = np.array([0.76, 0.84, 0.92]) * noon + np.array([0.93, 0.80, 0.68]) * (1 - noon)
    color = _mixed(horizon, zenith, 1 - np.exp(np.clip(up, 0, 1) * np.float32(-4.2)))
    toward = np.clip(ways @ np.asarray(light.sun, np.float32), 0, 1)
    glow = np.float32(0.30) * toward**12 + np.float32(0.9) * toward**900
    color += glow[..., None] * np.array([1.0, 0.93, 0.80], np.float32)
    share = _clouds(ways, cover, number, shift)
    grey = np.float32(0.76 + 0.24 * (1 - cover)) + np.float32(0.06) * toward
    color += share[..., None] * (grey[..., None] - color)
    # Below the horizon haze; hills stand a degree or two over it.
    turn = np.arctan2(ways[..., 1], ways[..., 0])
    line = np.full_like(turn, 1.1)
    for number, (waves, start) in enumerate(zip((2, 5, 11, 23), phase, strict=True)):
        line += np.sin(np.float32(waves) * turn + np.float32(start)) / np.float32(1.5 + number)
    hills = np.clip((np.float32(tall) * line - up) * 400 + 0.5, 0, 1)
    far = (horizon * 0.55 + np.array([0.16, 0.20, 0.22])).astype(np.float32)
    color += hills[..., None] * (far - color)
    return np.asarray(np.clip(color * 255, 0, 255), np.uint8)


def _mixed(one: NDArray[np.float64], other: NDArray[np.float64], share: Field) -> Field:
    """From `one` at 0 to `other` at 1, (h, w, 3)."""
    return one.astype(np.float32) + share[..., None] * (other - one).astype(np.float32)


def _ways(camera: Camera) -> Field:
    """Unit directions of a small grid of pixels, (h, w, 3), world."""
    width, height = max(camera.width // _SCALE, 2), max(camera.height // _SCALE, 2)
    matrix = camera.matrix()
    x = ((np.arange(width) + 0.5) * camera.width / width - matrix[0, 2]) / matrix[0, 0]
    y = -((np.arange(height) + 0.5) * camera.height / height - matrix[1, 2]) / matrix[1, 1]
    turn = camera.pose[:3, :3].astype(np.float32)
    across, down = x.astype(np.float32)[None, :, None], y.astype(np.float32)[:, None, None]
    ways = across * turn[:, 0] + down * turn[:, 1] - turn[:, 2]
    ways /= np.sqrt(np.einsum("ijk,ijk->ij", ways, ways))[..., None]
    return np.asarray(ways, np.float32)


def _clouds(ways: Field, cover: float, number: int, shift: NDArray[np.float64]) -> Field:
    """Share of cloud in each direction: a flat layer of noise seen from below, thinning out at the horizon."""
    up = np.maximum(ways[..., 2], 1e-3)
    flat = ways[..., :2] / (up[..., None] + np.float32(0.06)) * np.float32(38) + shift.astype(np.float32)
    at = np.mod(flat, _CLOUDS).astype(np.float32)
    noise = cv2.remap(_layer(number), at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
    share = np.clip((noise - (1.0 - cover)) * 3.2 + 0.15, 0, 1) * np.clip(up * 9, 0, 1)
    return np.asarray(share, np.float32)


@lru_cache(maxsize=_POOL)
def _layer(number: int) -> Field:
    """Tileable noise in [0, 1], (256, 256)."""
    rng = generator(number, "clouds")
    total, weight = np.zeros((_CLOUDS, _CLOUDS), np.float32), 1.0
    for cells in (4, 8, 16, 32, 64):
        grid = rng.random((cells, cells), np.float32)
        wide = np.pad(grid, 2, mode="wrap")
        scale = _CLOUDS // cells
        large = cv2.resize(wide, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
        total += np.float32(weight) * large[2 * scale : 2 * scale + _CLOUDS, 2 * scale : 2 * scale + _CLOUDS]
        weight *= 0.55
    low, high = np.percentile(total, (1, 99))
    return np.asarray(np.clip((total - low) / (high - low), 0, 1), np.float32)
