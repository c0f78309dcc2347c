"""Pictures of what stands behind: drawn walls, furniture, windows and patterns, different in every frame."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.scenes.surfaces.materials import TEXTURE, Rng, any_color, floor_color, painted
from seedbed.scenes.surfaces.textures import any_texture
from seedbed.scenes.view import Bytes

Point = tuple[int, int]


def _ink(rng: Rng, dull: bool) -> tuple[int, int, int]:
    red, green, blue = floor_color(rng) if dull else any_color(rng)
    return int(red * 255), int(green * 255), int(blue * 255)


def _at(rng: Rng, width: int, height: int) -> Point:
    return int(rng.integers(0, width)), int(rng.integers(0, height))


def _gradient(rng: Rng, size: int) -> Bytes:
    ramp = np.linspace(0, 1, size, dtype=np.float32)
    slope = rng.uniform(0, 1)
    return painted((slope * ramp[None, :] + (1 - slope) * ramp[:, None]), floor_color(rng), floor_color(rng))


def _panels(picture: Bytes, rng: Rng) -> None:
    """Upright boards, doors and cupboards."""
    size, x = picture.shape[0], 0
    while x < size:
        width = int(rng.integers(size // 16, size // 3))
        top = int(rng.integers(0, size * 3 // 4)) if rng.uniform() < 0.6 else 0
        cv2.rectangle(picture, (x, top), (x + width, size), _ink(rng, rng.uniform() < 0.7), -1)
        if rng.uniform() < 0.5:
            cv2.rectangle(picture, (x, top), (x + width, size), _ink(rng, True), int(rng.integers(1, 5)))
        x += width + int(rng.integers(0, size // 6))


def _slats(picture: Bytes, rng: Rng) -> None:
    """Level bars: shutters, shelves, railings, skirting."""
    size = picture.shape[0]
    step = int(rng.integers(size // 24, size // 5))
    thick = int(rng.integers(2, max(3, step * 2 // 3)))
    color = _ink(rng, rng.uniform() < 0.5)
    for y in range(int(rng.integers(0, step)), size, step):
        cv2.rectangle(picture, (0, y), (size, y + thick), color, -1)


def _windows(picture: Bytes, rng: Rng) -> None:
    """Bright panes, often blown out."""
    size = picture.shape[0]
    columns, rows = int(rng.integers(1, 6)), int(rng.integers(1, 4))
    width, height = size / columns, size * rng.uniform(0.3, 0.9) / rows
    bright = int(rng.integers(150, 256))
    for column in range(columns):
        for row in range(rows):
            left, top = int(column * width + width * 0.1), int(row * height + height * 0.1)
            right, bottom = int((column + 1) * width - width * 0.1), int((row + 1) * height - height * 0.1)
            cv2.rectangle(picture, (left, top), (right, bottom), (bright, bright, min(255, bright + 10)), -1)


def _shapes(picture: Bytes, rng: Rng) -> None:
    """Rectangles, ellipses and polygons of any colour: posters, bags, chairs, people far off."""
    size = picture.shape[0]
    for _ in range(int(rng.integers(4, 24))):
        color, middle = _ink(rng, rng.uniform() < 0.4), _at(rng, size, size)
        reach = int(size * rng.uniform(0.02, 0.25))
        kind = rng.integers(4)
        if kind == 0:
            other = (middle[0] + int(reach * rng.uniform(0.3, 2)), middle[1] + int(reach * rng.uniform(0.3, 2)))
            cv2.rectangle(picture, middle, other, color, -1)
        elif kind == 1:
            axes = (max(1, reach // 2), max(1, int(reach * rng.uniform(0.2, 0.8))))
            cv2.ellipse(picture, middle, axes, float(rng.uniform(0, 180)), 0, 360, color, -1, cv2.LINE_AA)
        elif kind == 2:
            corners = np.array(middle) + rng.integers(-reach - 1, reach + 1, (int(rng.integers(3, 7)), 2))
            cv2.fillPoly(picture, [corners.astype(np.int32)], color, cv2.LINE_AA)
        else:
            cv2.line(picture, middle, _at(rng, size, size), color, int(rng.integers(1, 10)), cv2.LINE_AA)


def _texts(picture: Bytes, rng: Rng) -> None:
    """Signs with letters."""
    size = picture.shape[0]
    for _ in range(int(rng.integers(1, 5))):
        word = "".join(chr(int(letter)) for letter in rng.integers(48, 91, int(rng.integers(2, 9))))
        scale = float(rng.uniform(0.4, 1.6))
        cv2.putText(picture, word, _at(rng, size, size), cv2.FONT_HERSHEY_DUPLEX, scale, _ink(rng, False), 2)


_LAYERS = (_panels, _slats, _windows, _shapes, _shapes, _texts)


def backdrop(rng: Rng) -> Bytes:
    """A picture to stand behind the scene or on its walls, (320, 320, 3) uint8 sRGB."""
    picture = _gradient(rng, TEXTURE) if rng.uniform() < 0.6 else any_texture(rng).copy()
    for _ in range(int(rng.integers(0, 4))):
        _LAYERS[rng.integers(len(_LAYERS))](picture, rng)
    if rng.uniform() < 0.6:
        width = int(rng.integers(1, 9)) * 2 + 1
        picture = np.asarray(cv2.blur(picture, (width, width)), np.uint8)
    return picture
