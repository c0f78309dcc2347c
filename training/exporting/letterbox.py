"""Pictures the way a model wants them, small and square: what a device has to do as well."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

GREY = 114
"""What Ultralytics pads with."""


def letterboxed(picture: NDArray[Any], size: int) -> tuple[NDArray[np.uint8], tuple[float, int, int]]:
    """A picture made smaller (bilinear, as OpenCV does it) and padded to a square, in its middle.

    Args:
        picture: (h, w, 3) uint8.
        size: side of the square, pixels.

    Returns:
        (size, size, 3), and what leads back: scale, left and top padding.
    """
    import cv2

    height, width = picture.shape[:2]
    scale = size / max(height, width)
    wide, high = round(width * scale), round(height * scale)
    small = cv2.resize(picture, (wide, high), interpolation=cv2.INTER_LINEAR)
    left, top = (size - wide) // 2, (size - high) // 2
    square = np.full((size, size, 3), GREY, np.uint8)
    square[top : top + high, left : left + wide] = small
    return square, (scale, left, top)
