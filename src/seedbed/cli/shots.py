"""Photographs on a page with boxes drawn over them as SVG: sharp at any size, the picture itself untouched."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from seedbed.cli.page import jpeg, text

PIXELS = 360
"""Long side of a photograph on a page."""
FOUND, FALSE, MISSED = "#2f9e5f", "#e0552d", "#ffd23f"


def line_of(width: float, height: float) -> float:
    """Width of a box's line, in pixels of the file."""
    return max(width, height) / 160


def photograph(path: Path, width: float, height: float, marks: Iterable[str], pixels: int = PIXELS) -> str:
    """A photograph, made smaller, with marks over it.

    Args:
        path: of the file.
        width: of the file, pixels.
        height: likewise.
        marks: from `mark`.
        pixels: of the long side on the page.

    Returns:
        An HTML element; where the file is gone, one that says so.
    """
    import cv2
    import numpy as np

    try:
        picture = cv2.imdecode(np.fromfile(path, dtype=np.uint8), cv2.IMREAD_COLOR)
    except (OSError, cv2.error):
        picture = None
    if picture is None:
        return f'<div class="shot gone">{text(path.name)} is no longer there</div>'
    scale = min(1.0, pixels / max(width, height))
    small = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    _, data = cv2.imencode(".jpg", small, [cv2.IMWRITE_JPEG_QUALITY, 84])
    overlay = f'<svg viewBox="0 0 {width:g} {height:g}" preserveAspectRatio="none">{"".join(marks)}</svg>'
    return f'<div class="shot">{jpeg(data.tobytes(), path.name)}{overlay}</div>'


def mark(
    box: Sequence[float], line: float, color: str, *, dashed: bool = False, words: str = "", room: float = 0
) -> str:
    """A box.

    Args:
        box: left, top, right, bottom in pixels of the file.
        line: its line's width, likewise.
        color: of the line.
        dashed: whether it is.
        words: above it, or below where there is no room.
        room: height of the picture; needed with words.

    Returns:
        SVG elements.
    """
    left, top, right, bottom = (float(value) for value in box)
    dash = f' stroke-dasharray="{line * 2:.1f} {line * 1.6:.1f}"' if dashed else ""
    drawn = (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{right - left:.1f}" height="{bottom - top:.1f}" fill="none" '
        f'stroke="{color}" stroke-width="{line if not dashed else line * 0.7:.1f}"{dash}/>'
    )
    if words:
        size = line * 7
        y = top - line if top > size * 1.2 else min(bottom + size, room - line)
        drawn += (
            f'<text x="{max(left, line):.1f}" y="{y:.1f}" font-size="{size:.1f}" font-family="sans-serif" fill="#fff" '
            f'stroke="#123" stroke-width="{line * 0.9:.1f}" paint-order="stroke">{text(words)}</text>'
        )
    return drawn
