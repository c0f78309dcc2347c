"""Colours, noise and pictures that surfaces are made of, drawn anew for each frame and varied widely.

Variety of floor, walls and things around is what keeps a detector from seeing objects where there are none
(domain randomisation, Tobin et al. 2017), so the ranges here are wide on purpose.
"""

from __future__ import annotations

import colorsys
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.models.folders import pictures
from seedbed.scenes.models.thing import Color
from seedbed.scenes.view import Bytes

Rng = np.random.Generator
Field = NDArray[np.float32]
Rgb = tuple[float, float, float]

TEXTURE = 320


def between(rng: Rng, pair: tuple[float, float]) -> float:
    """Uniform in a range."""
    return float(rng.uniform(pair[0], pair[1]))


def hsv(hue: float, saturation: float, value: float) -> Rgb:
    """The sRGB colour in [0, 1] of a hue in degrees."""
    return colorsys.hsv_to_rgb(hue / 360 % 1, saturation, value)


def class_color(color: Color | None, rng: Rng) -> Rgb:
    """A colour from a person's range, or any where none is given."""
    if color is None:
        return any_color(rng)
    return hsv(between(rng, color.hue), between(rng, color.saturation), between(rng, color.value))


def any_color(rng: Rng) -> Rgb:
    """A colour as things have them: greys and browns often, strong colours at times."""
    strong = rng.uniform() < 0.4
    saturation = float(rng.uniform(0.5, 1.0) if strong else rng.beta(1.2, 4))
    return hsv(rng.uniform(0, 360), saturation, rng.uniform(0.08, 1.0))


def other_color(color: Rgb, rng: Rng) -> Rgb:
    """A colour that nobody takes for the given one: at least 70 degrees of hue away, or grey where it is strong."""
    hue, saturation, value = colorsys.rgb_to_hsv(*color)
    if saturation > 0.3 and rng.uniform() < 0.2:
        return hsv(0.0, float(rng.uniform(0.0, 0.1)), float(rng.uniform(0.1, 1.0)))
    away = float(rng.uniform(70, 290))
    return hsv(hue * 360 + away, max(saturation, float(rng.uniform(0.5, 1.0))), max(0.3, value))


def floor_color(rng: Rng) -> Rgb:
    """A floor's or wall's colour: mostly dull, any lightness."""
    saturation = float(rng.beta(1.2, 5)) if rng.uniform() < 0.87 else float(rng.uniform(0.3, 1.0))
    return hsv(rng.uniform(0, 360), saturation, rng.uniform(0.2, 0.95))


def cloud(rng: Rng, size: int, cells: int, octaves: int = 3, rough: float = 0.5) -> Field:
    """Smooth noise around 0 (value noise, summed octaves), (size, size), about within [-1, 1]."""
    total = np.zeros((size, size), np.float32)
    weight = 1.0
    for octave in range(octaves):
        count = min(cells * 2**octave, size)
        grid = rng.random((count, count), np.float32) * 2 - 1
        total += np.float32(weight) * cv2.resize(grid, (size, size), interpolation=cv2.INTER_LINEAR)
        weight *= rough
    return total


def grain(rng: Rng, size: int) -> Field:
    """White noise of standard deviation 1, (size, size); a smaller patch repeated four times, for speed."""
    patch = rng.standard_normal((size // 2, size // 2), np.float32)
    return np.tile(patch, (2, 2))


def painted(shade: Field, dark: Rgb, light: Rgb) -> Bytes:
    """A picture that runs from `dark` at 0 to `light` at 1, (S, S, 3) uint8."""
    level = np.clip(shade * 255, 0, 255).astype(np.uint8)
    ramp = np.linspace(np.array(dark), np.array(light), 256) * 255
    return np.asarray(cv2.LUT(cv2.merge([level] * 3), ramp.astype(np.uint8).reshape(256, 1, 3)), np.uint8)


def near(color: Rgb, rng: Rng, spread: float) -> Rgb:
    """A colour close to another; `spread` is about how far in each channel, of 1."""
    shift = rng.normal(0, spread * 0.3, 3) + rng.normal(0, spread)
    r, g, b = np.clip(np.array(color) + shift, 0, 1)
    return float(r), float(g), float(b)


def printed(color: Rgb, rng: Rng) -> Bytes:
    """A 3 x 2 atlas of sides in `color`, one or two of them with a pale print, (128, 192, 3) uint8."""
    picture = np.empty((128, 192, 3), np.uint8)
    picture[:] = np.array(color) * 255
    ink = [
        int(v) for v in np.clip(np.array(hsv(rng.uniform(0, 360), rng.beta(1, 6), rng.uniform(0.6, 1))) * 255, 0, 255)
    ]
    for side in rng.choice(6, int(rng.integers(1, 4)), replace=False):
        patch = np.zeros((64, 64, 3), np.uint8)
        patch[:] = picture[0, 0]
        word = "".join(chr(int(letter)) for letter in rng.integers(65, 91, 4))
        cv2.putText(patch, word, (10, 52), cv2.FONT_HERSHEY_SIMPLEX, 0.55, ink, 2, cv2.LINE_AA)
        middle = (int(rng.integers(24, 40)), 24)
        cv2.ellipse(patch, middle, (12, 10), float(rng.uniform(0, 90)), 0, 300, ink, 3, cv2.LINE_AA)
        x, y = int(side % 3) * 64, int(side // 3) * 64
        picture[y : y + 64, x : x + 64] = np.rot90(patch, int(rng.integers(4)))
    return picture


@lru_cache(maxsize=4)
def _listing(folder: Path) -> tuple[Path, ...]:
    return tuple(pictures(folder))


def picture_from(folder: Path, rng: Rng, most: int = 512) -> Bytes:
    """One picture of a folder, its longer side at most `most` pixels, sRGB.

    Raises:
        RenderError: the picture cannot be read.
    """
    paths = _listing(folder)
    return read_picture(paths[rng.integers(len(paths))], most)


@lru_cache(maxsize=64)
def picture_at(path: Path) -> Bytes:
    """A print, its longer side at most 512 pixels, sRGB; what is transparent is white paper. Never changed in place.

    Raises:
        RenderError: the picture cannot be read.
    """
    return read_picture(path, 512)


def read_picture(path: Path, most: int) -> Bytes:
    """A picture, its longer side at most `most` pixels, sRGB; what is transparent is white.

    Raises:
        RenderError: the picture cannot be read.
    """
    data = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if data is not None and (data.ndim != 3 or data.shape[2] != 4 or data.dtype != np.uint8):
        data = cv2.imread(str(path), cv2.IMREAD_COLOR)  # grey, 16 bit, turned by its EXIF tag
    if data is None:
        raise RenderError(
            "not a readable picture", reason=Reason.DAMAGED, where=path, repair="remove it or save it anew"
        )
    scale = most / max(data.shape[:2])
    if scale < 1:
        data = cv2.resize(data, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    if data.shape[2] == 4:
        share = data[..., 3:].astype(np.float32) / 255
        data = np.rint(data[..., :3] * share + 255 * (1 - share)).astype(np.uint8)
    return np.ascontiguousarray(data[..., ::-1])
