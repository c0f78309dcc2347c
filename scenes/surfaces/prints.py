"""Prints: pips of dice, backs of cards, labels of goods without a picture from the user."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.scenes.surfaces.materials import Rgb, Rng, any_color, cloud, hsv
from seedbed.scenes.view import Bytes

_SIDE = 128
_SPOTS: dict[int, tuple[tuple[int, int], ...]] = {
    1: ((0, 0),),
    2: ((-1, -1), (1, 1)),
    3: ((-1, -1), (0, 0), (1, 1)),
    4: ((-1, -1), (1, 1), (-1, 1), (1, -1)),
    5: ((-1, -1), (1, 1), (-1, 1), (1, -1), (0, 0)),
    6: ((-1, -1), (1, 1), (-1, 1), (1, -1), (-1, 0), (1, 0)),
}
# Of each place in the atlas of a cube's sides, as `shapes.dice.PIPS`.
_NUMBERS = (1, 6, 2, 5, 3, 4)


def _ink_on(color: Rgb, rng: Rng) -> Rgb:
    """A colour that can be read on another: white or black mostly, else any that differs in lightness."""
    light = float(np.array(color) @ (0.299, 0.587, 0.114))
    chance = rng.uniform()
    if chance < 0.6:
        return (0.96, 0.96, 0.93) if light < 0.5 else (0.04, 0.04, 0.05)
    value, saturation = (1.0, rng.uniform(0.2, 0.9)) if light < 0.4 else (rng.uniform(0.05, 0.4), rng.uniform(0, 0.9))
    return hsv(rng.uniform(0, 360), saturation, value)


def _bytes(color: Rgb) -> tuple[int, int, int]:
    red, green, blue = (int(np.clip(part, 0, 1) * 255) for part in color)
    return red, green, blue


def pips(color: Rgb, rng: Rng) -> Bytes:
    """The atlas of a die's faces, (256, 384, 3) uint8: one colour or two that swirl, pips with an edge.

    Args:
        color: of the die.
        rng: of the view.
    """
    height, width = 2 * _SIDE, 3 * _SIDE
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = _bytes(color)
    if rng.uniform() < 0.3:  # marbled plastic
        other = np.array(any_color(rng) if rng.uniform() < 0.5 else np.array(color) * rng.uniform(0.3, 0.8))
        share = np.clip(0.5 + 1.2 * cloud(rng, width, int(rng.integers(3, 7)), 2)[:height], 0, 1)[..., None]
        picture = np.asarray((np.array(color) * (1 - share) + other * share) * 255, np.uint8)
    mean = picture.reshape(-1, 3).mean(0) / 255
    ink = _bytes(_ink_on((float(mean[0]), float(mean[1]), float(mean[2])), rng))
    dark = tuple(int(part * 0.55) for part in mean * 255)
    reach, size = float(rng.uniform(0.23, 0.29)) * _SIDE, float(rng.uniform(0.075, 0.105)) * _SIDE
    one = size * (float(rng.uniform(1.0, 1.6)) if rng.uniform() < 0.5 else 1.0)
    flips = rng.integers(2, size=6)
    for side, number in enumerate(_NUMBERS):
        middle = np.array([side % 3 + 0.5, 1.5 - side // 3]) * _SIDE  # the atlas counts from the bottom
        for x, y in _SPOTS[number]:
            across, along = (y, x) if flips[side] and number == 6 else (x, -y if flips[side] else y)
            at = middle + reach * np.array([across, along])
            spot = (int(at[0] * 16), int(at[1] * 16))
            radius = int((one if number == 1 else size) * 16)
            cv2.circle(picture, spot, radius + 20, dark, -1, cv2.LINE_AA, 4)
            cv2.circle(picture, spot, radius, ink, -1, cv2.LINE_AA, 4)
    return picture


def card_back(rng: Rng) -> Bytes:
    """The back of a card, (256, 184, 3) uint8: a pale border around a lattice."""
    height, width = 256, 184
    paper, ink = (245, 245, 240), _bytes(hsv(rng.uniform(0, 360), rng.uniform(0.3, 1), rng.uniform(0.2, 0.8)))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = paper
    border = int(rng.integers(6, 18))
    inner = picture[border : height - border, border : width - border].copy()
    inner[:] = ink
    step, thick = int(rng.integers(8, 26)), int(rng.integers(1, 4))
    lines = rng.uniform() < 0.7
    for at in range(-height, width + height, step):
        if lines:
            cv2.line(inner, (at, 0), (at + height, height), paper, thick, cv2.LINE_AA)
            cv2.line(inner, (at, 0), (at - height, height), paper, thick, cv2.LINE_AA)
        else:
            for row in range(0, height, step):
                cv2.circle(inner, (at, row), max(2, step // 3), paper, thick, cv2.LINE_AA)
    picture[border : height - border, border : width - border] = inner
    return picture


def print_sheet(rng: Rng, height: int = 256, width: int = 184) -> Bytes:
    """A printed sheet such as a label or a cover, (height, width, 3) uint8: bands, a badge, lines of letters."""
    base = np.array(any_color(rng) if rng.uniform() < 0.6 else (0.93, 0.93, 0.9))
    picture = np.empty((height, width, 3), np.uint8)
    picture[:] = base * 255
    for _ in range(int(rng.integers(0, 4))):
        low = int(rng.integers(0, height))
        high = low + int(rng.integers(4, max(5, height // 3)))
        cv2.rectangle(picture, (0, low), (width, high), _bytes(any_color(rng)), -1)
    for _ in range(int(rng.integers(1, 4))):
        middle = (int(rng.integers(0, width)), int(rng.integers(0, height)))
        axes = (int(rng.integers(6, max(7, width // 3))), int(rng.integers(6, max(7, height // 4))))
        thick = -1 if rng.uniform() < 0.7 else int(rng.integers(2, 6))
        cv2.ellipse(
            picture, middle, axes, float(rng.uniform(0, 180)), 0, 360, _bytes(any_color(rng)), thick, cv2.LINE_AA
        )
    ink = _bytes(_ink_on((float(base[0]), float(base[1]), float(base[2])), rng))
    for _ in range(int(rng.integers(1, 6))):
        word = "".join(chr(int(letter)) for letter in rng.integers(65, 91, int(rng.integers(3, 9))))
        at = (int(rng.integers(0, max(1, width // 3))), int(rng.integers(12, height)))
        scale = float(rng.uniform(0.3, 1.5))
        cv2.putText(picture, word, at, cv2.FONT_HERSHEY_DUPLEX, scale, ink, 1 + int(scale > 0.8), cv2.LINE_AA)
    return picture
