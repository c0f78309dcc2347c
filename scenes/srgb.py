"""The sRGB transfer curve (IEC 61966-2-1): picture bytes to linear light and back."""

from __future__ import annotations

from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Bytes

Array = NDArray[np.float64]


def decoded(code: NDArray[Any]) -> Array:
    """Linear light of sRGB values in [0, 1]."""
    return np.asarray(np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4))


def encoded(linear: NDArray[Any]) -> Array:
    """Values in [0, 1] as sRGB holds them, of linear light."""
    return np.asarray(
        np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)
    )


LINEAR: Array = decoded(np.arange(256) / 255.0)
"""Linear light of each sRGB byte."""


def relit(picture: Bytes, gain: Array, added: Array) -> Bytes:
    """A picture whose light is multiplied and added to, (H, W, 3) sRGB; `gain` and `added` are linear RGB, (3,)."""
    table = encoded(np.clip(LINEAR[:, None] * gain + added, 0.0, 1.0)) * 255.0
    return cast(Bytes, cv2.LUT(picture, np.rint(table).astype(np.uint8).reshape(256, 1, 3)))
