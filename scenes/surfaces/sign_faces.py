"""Faces of traffic signs and barriers, drawn after the Vienna Convention on Road Signs and Signals (1968)."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from seedbed.core.keys import generator
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.view import Bytes

_SIDE = 192
_RED, _BLUE, _BLACK, _WHITE, _YELLOW = (200, 16, 26), (14, 74, 160), (18, 18, 18), (242, 242, 240), (250, 200, 10)
Ink = tuple[int, int, int]


@lru_cache(maxsize=128)
def sign_face(name: str, variant: int) -> Bytes:
    """A sign's face, (192, 192, 3) uint8 sRGB, the same array each time.

    Args:
        name: key of `SIGNS`, or "stripes".
        variant: whole number; signs with a number or a choice on them differ by it.
    """
    rng = generator(variant, "sign", name)
    big = np.full((_SIDE * 2, _SIDE * 2, 3), 255, np.uint8)
    (_stripes if name == "stripes" else SIGNS[name])(big, rng)
    picture = np.asarray(cv2.resize(big, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA), np.uint8)
    picture.setflags(write=False)
    return picture


def _text(picture: Bytes, text: str, ink: Ink, height: float, middle: tuple[float, float] = (0.5, 0.5)) -> None:
    side = picture.shape[0]
    font, thick = cv2.FONT_HERSHEY_SIMPLEX, max(2, round(side * height * 0.17))
    (_, base), _ = cv2.getTextSize(text, font, 1.0, 1)
    scale = side * height / (cv2.getTextSize(text, font, 1.0, 1)[0][1] + base * 0)
    (wide, high), _ = cv2.getTextSize(text, font, scale, thick)
    at = (round(side * middle[0] - wide / 2), round(side * middle[1] + high / 2))
    cv2.putText(picture, text, at, font, scale, ink, thick, cv2.LINE_AA)


def _points(*places: tuple[float, float]) -> np.ndarray:
    return np.round(np.array(places) * _SIDE * 2).astype(np.int32)


def _filled(picture: Bytes, ink: Ink, *places: tuple[float, float]) -> None:
    cv2.fillPoly(picture, [_points(*places)], ink, cv2.LINE_AA)


def _disc(picture: Bytes, ink: Ink, radius: float, middle: tuple[float, float] = (0.5, 0.5)) -> None:
    x, y = _points(middle)[0].tolist()
    cv2.circle(picture, (x, y), round(radius * _SIDE * 2), ink, -1, cv2.LINE_AA)


def _stop(picture: Bytes, rng: Rng) -> None:
    picture[:] = _WHITE
    c, s = np.cos(np.arange(8) * np.pi / 4 + np.pi / 8), np.sin(np.arange(8) * np.pi / 4 + np.pi / 8)
    _filled(picture, _RED, *[(0.5 + 0.505 * a, 0.5 + 0.505 * b) for a, b in zip(c, s, strict=True)])
    _text(picture, "STOP", _WHITE, 0.24)


def _triangle(picture: Bytes, outer: Ink, inner: Ink, *, down: bool = False) -> None:
    picture[:] = outer
    places = [(0.5, 0.22), (0.86, 0.86), (0.14, 0.86)]
    _filled(picture, inner, *[(x, 1 - y if down else y) for x, y in places])


def _give_way(picture: Bytes, rng: Rng) -> None:
    _triangle(picture, _RED, _WHITE, down=True)


def _speed(picture: Bytes, rng: Rng) -> None:
    picture[:] = _RED
    _disc(picture, _WHITE, 0.39)
    _text(picture, str(int(rng.choice([20, 30, 30, 40, 50, 50, 60, 70]))), _BLACK, 0.32)


def _no_entry(picture: Bytes, rng: Rng) -> None:
    picture[:] = _RED
    _filled(picture, _WHITE, (0.16, 0.41), (0.84, 0.41), (0.84, 0.59), (0.16, 0.59))


def _parking(picture: Bytes, rng: Rng) -> None:
    picture[:] = _BLUE
    cv2.rectangle(picture, (10, 10), (_SIDE * 2 - 10, _SIDE * 2 - 10), _WHITE, 8)
    _text(picture, "P", _WHITE, 0.56)


def _no_parking(picture: Bytes, rng: Rng) -> None:
    picture[:] = _RED
    _disc(picture, _BLUE, 0.40)
    for sign in (1, -1)[: int(rng.integers(1, 3))]:
        _filled(
            picture,
            _RED,
            *[(0.5 + sign * (x - 0.5), y) for x, y in ((0.17, 0.25), (0.25, 0.17), (0.83, 0.75), (0.75, 0.83))],
        )


def _walker(picture: Bytes, ink: Ink, middle: tuple[float, float], size: float) -> None:
    x, y = middle

    def line(*places: tuple[float, float], thick: float) -> None:
        points = _points(*[(x + a * size, y + b * size) for a, b in places])
        cv2.polylines(picture, [points], False, ink, max(2, round(thick * size * _SIDE * 2)), cv2.LINE_AA)

    _disc(picture, ink, 0.11 * size, (x + 0.05 * size, y - 0.42 * size))
    line((0.02, -0.26), (0.0, 0.08), thick=0.18)
    line((0.0, 0.06), (0.16, 0.26), (0.20, 0.52), thick=0.11)
    line((0.0, 0.06), (-0.12, 0.28), (-0.26, 0.48), thick=0.11)
    line((0.02, -0.22), (0.16, -0.02), (0.28, 0.04), thick=0.08)
    line((0.0, -0.22), (-0.16, -0.04), (-0.2, 0.10), thick=0.08)


def _crossing(picture: Bytes, rng: Rng) -> None:
    picture[:] = _BLUE
    _filled(picture, _WHITE, (0.5, 0.10), (0.92, 0.86), (0.08, 0.86))
    _walker(picture, _BLACK, (0.5, 0.60), 0.42)
    for x in (0.24, 0.37, 0.56, 0.70):
        _filled(picture, _BLACK, (x, 0.80), (x + 0.06, 0.80), (x + 0.06, 0.85), (x, 0.85))


def _warning(picture: Bytes, rng: Rng) -> None:
    _triangle(picture, _RED, _WHITE)
    kind = int(rng.integers(4))
    if kind == 0:
        _filled(picture, _BLACK, (0.46, 0.42), (0.54, 0.42), (0.525, 0.68), (0.475, 0.68))
        _disc(picture, _BLACK, 0.04, (0.5, 0.76))
    elif kind == 1:
        _walker(picture, _BLACK, (0.5, 0.64), 0.38)
    elif kind == 2:  # a bend
        points = _points((0.44, 0.82), (0.44, 0.62), (0.56, 0.58), (0.56, 0.42))
        cv2.polylines(picture, [points], False, _BLACK, 26, cv2.LINE_AA)
        _filled(picture, _BLACK, (0.48, 0.46), (0.64, 0.46), (0.56, 0.36))
    else:  # bumps
        for x in (0.38, 0.60):
            cv2.ellipse(picture, tuple(_points((x, 0.76))[0].tolist()), (38, 30), 0, 180, 360, _BLACK, -1, cv2.LINE_AA)


def _works(picture: Bytes, rng: Rng) -> None:
    _triangle(picture, _RED, _YELLOW if rng.uniform() < 0.5 else _WHITE)
    _disc(picture, _BLACK, 0.04, (0.44, 0.42))
    for points, thick in ((((0.44, 0.48), (0.52, 0.60), (0.46, 0.82)), 24), (((0.51, 0.60), (0.58, 0.82)), 20)):
        cv2.polylines(picture, [_points(*points)], False, _BLACK, thick, cv2.LINE_AA)
    cv2.polylines(picture, [_points((0.44, 0.50), (0.36, 0.62), (0.62, 0.68))], False, _BLACK, 14, cv2.LINE_AA)
    _filled(picture, _BLACK, (0.60, 0.84), (0.66, 0.70), (0.78, 0.84))


def _ahead(picture: Bytes, rng: Rng) -> None:
    picture[:] = _BLUE
    turn = int(rng.integers(3))
    arrow = [(0.45, 0.82), (0.55, 0.82), (0.55, 0.42), (0.68, 0.42), (0.5, 0.18), (0.32, 0.42), (0.45, 0.42)]
    if turn:
        sign = 1 if turn == 1 else -1
        arrow = [(0.5 + sign * (0.5 - y), 0.5 + (x - 0.5)) for x, y in arrow]
    _filled(picture, _WHITE, *arrow)


def _stripes(picture: Bytes, rng: Rng) -> None:
    """Red and white slanting bands of a barrier."""
    picture[:] = _WHITE
    red = _RED if rng.uniform() < 0.8 else (235, 95, 10)
    for start in np.arange(-1.0, 1.0, 0.5):
        _filled(picture, red, (start, 1.0), (start + 0.25, 1.0), (start + 1.25, 0.0), (start + 1.0, 0.0))


SIGNS: dict[str, Callable[[Bytes, Rng], None]] = {
    "stop": _stop,
    "give way": _give_way,
    "speed limit": _speed,
    "no entry": _no_entry,
    "parking": _parking,
    "no parking": _no_parking,
    "crossing": _crossing,
    "warning": _warning,
    "roadworks": _works,
    "direction": _ahead,
}
"""By name: what draws the face."""
