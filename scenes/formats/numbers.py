"""Numbers as label files have them."""

from __future__ import annotations

import math

from seedbed.scenes.formats.model import Box, Size


def decimal(value: float, places: int = 9) -> str:
    """The shortest plain decimal; 9 places of a pixel, or of a share, are beyond what any label means.

    Raises:
        ValueError: not finite.
    """
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {value}")
    text = f"{value:.{places}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def finite(text: str) -> float:
    """A number as text.

    Raises:
        ValueError: none, or not finite.
    """
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"not a finite number: {text}")
    return value


def clipped(box: Box, size: Size) -> Box:
    """The part of a box that lies in the image; may be without area."""
    width, height = size
    left, top, right, bottom = box
    return (
        min(max(left, 0.0), float(width)),
        min(max(top, 0.0), float(height)),
        min(max(right, 0.0), float(width)),
        min(max(bottom, 0.0), float(height)),
    )


def cut(box: Box, size: Size) -> bool:
    """Whether a box reaches outside the image by more than rounding explains (a millionth of a side)."""
    inner = clipped(box, size)
    sides = (size[0], size[1], size[0], size[1])
    return any(abs(a - b) > 1e-6 * side for a, b, side in zip(box, inner, sides, strict=True))


def has_area(box: Box) -> bool:
    """Whether it is a box at all."""
    return box[0] < box[2] and box[1] < box[3]
