"""What a lens does to light besides bending it: points out of focus become discs, corners get less light."""

from __future__ import annotations

import functools
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Floats

# OpenCV turns to the (slower) Fourier transform for kernels over 11 x 11: larger discs are drawn at half the size.
_LARGEST = 4.5


def defocused(light: Floats, radius: float, depth: Floats | None = None, focus: float | None = None) -> Floats:
    """Spreads every point over a disc.

    Args:
        light: (H, W, 3) linear.
        radius: pixels; with a focus, that of the far distance.
        depth: (H, W) metres, infinite where nothing is; needed with a focus.
        focus: distance that is sharp, metres: the disc grows as |1 - focus / depth| (thin lens), to `radius` at most.
    """
    if radius < 0.4:
        return light
    full = _disc_blurred(light, radius)
    if depth is None or focus is None:
        return full
    with np.errstate(divide="ignore"):
        share = np.minimum(np.abs(1 - np.float32(focus) / np.maximum(depth, 1e-3)), 1.0).astype(np.float32)
    # Near edges the sharper of two neighbours must not cut the disc of the other off: the share itself is smoothed.
    share = cv2.blur(share, (2 * int(np.ceil(radius / 2)) + 1,) * 2)
    half = _disc_blurred(light, radius / 2)
    far = np.clip(2 * share - 1, 0, 1)[..., None]
    near = np.clip(2 * share, 0, 1)[..., None]
    return cast(Floats, light * (1 - near) + half * (near - far) + full * far)


def _disc_blurred(light: Floats, radius: float) -> Floats:
    if radius < 0.4:
        return light
    if radius > _LARGEST:
        height, width = light.shape[:2]
        small = cv2.resize(light, ((width + 1) // 2, (height + 1) // 2), interpolation=cv2.INTER_AREA)
        small = _disc_blurred(cast(Floats, small), radius / 2)
        return cast(Floats, cv2.resize(small, (width, height), interpolation=cv2.INTER_LINEAR))
    return cast(Floats, cv2.filter2D(light, cv2.CV_32F, disc(radius), borderType=cv2.BORDER_REPLICATE))


def disc(radius: float) -> NDArray[np.float32]:
    """The kernel of a disc, its border pixels weighted by the share that it covers; sums to one."""
    reach = int(np.ceil(radius))
    fine = (np.arange((2 * reach + 1) * 8) + 0.5) / 8 - reach - 0.5
    inside = (fine[:, None] ** 2 + fine[None, :] ** 2 <= radius**2).astype(float)
    kernel = inside.reshape(2 * reach + 1, 8, 2 * reach + 1, 8).sum((1, 3))
    return cast(NDArray[np.float32], (kernel / kernel.sum()).astype(np.float32))


@functools.lru_cache(maxsize=4)
def _squares(width: int, height: int) -> Floats:
    """Squared distance from the middle, 1 in the corners."""
    x, y = ((np.arange(size) + 0.5) / size * 2 - 1 for size in (width, height))
    whole = (x[None, :] * width) ** 2 + (y[:, None] * height) ** 2
    return (whole / (width**2 + height**2)).astype(np.float32)


def vignetted(light: Floats, lost: float) -> Floats:
    """Takes light from the corners.

    Args:
        light: (H, W, 3) linear.
        lost: share in the very corners; in between it grows with the square of the distance from the middle.
    """
    kept = 1 - np.float32(lost) * _squares(light.shape[1], light.shape[0])
    return cast(Floats, light * kept[..., None])
