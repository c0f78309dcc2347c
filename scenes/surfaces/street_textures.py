"""Textures of what stands in a street: walls, roofs, windows, foliage, road.

Each kind comes in a pool of variants, drawn once per process and shared by every frame, so that a street of sixty
things costs a frame no drawing of textures. Variant `i` of a kind is always the same picture. Colours are pale where a
material's own colour multiplies them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np

from seedbed.core.keys import generator
from seedbed.scenes.surfaces.materials import Field, Rng, grain, painted
from seedbed.scenes.view import Bytes

POOL = 6
"""Variants of each kind."""
_SIDE = 256


@lru_cache(maxsize=256)
def street_texture(name: str, variant: int) -> Bytes:
    """A texture, (H, W, 3) uint8 sRGB, the same array each time it is asked for.

    Args:
        name: key of `TEXTURES`.
        variant: 0 to `POOL` - 1.
    """
    picture = TEXTURES[name](generator(variant, "street texture", name))
    picture.setflags(write=False)
    return picture


def any_variant(name: str, rng: Rng) -> Bytes:
    """One of a texture's variants."""
    return street_texture(name, int(rng.integers(POOL)))


def cloud(rng: Rng, size: int, cells: int, octaves: int = 3, rough: float = 0.5) -> Field:
    """Smooth noise around 0 whose repeats join without a seam, (size, size), about within [-1, 1]."""
    total, weight = np.zeros((size, size), np.float32), 1.0
    for octave in range(octaves):
        count = min(cells * 2**octave, size // 2)
        grid = np.pad(rng.random((count, count), np.float32) * 2 - 1, 2, mode="wrap")
        step = -(-size // count)
        large = cv2.resize(grid, None, fx=step, fy=step, interpolation=cv2.INTER_CUBIC)
        inner = large[2 * step : (count + 2) * step, 2 * step : (count + 2) * step]
        if inner.shape[0] != size:
            inner = cv2.resize(inner, (size, size), interpolation=cv2.INTER_AREA)
        total += np.float32(weight) * inner
        weight *= rough
    return total


def _speckled(rng: Rng, level: float, rough: float, blotch: float, cells: int = 4) -> Field:
    return np.asarray(level + rough * grain(rng, _SIDE) + blotch * cloud(rng, _SIDE, cells, 4, 0.6), np.float32)


def _grey(shade: Field, tint: tuple[float, float, float] = (1.0, 1.0, 1.0)) -> Bytes:
    return painted(shade, (0.0, 0.0, 0.0), tint)


def _plaster(rng: Rng) -> Bytes:
    """Fine rough render with rain marks, pale."""
    shade = _speckled(rng, 0.92, 0.018, 0.035)
    streaks = np.broadcast_to(cv2.resize(rng.random((1, 32), np.float32), (_SIDE, 1)), (_SIDE, _SIDE))
    return _grey(shade - 0.05 * streaks.astype(np.float32) ** 3)


def _bricks(rng: Rng) -> Bytes:
    """Running bond, one repeat is four bricks by eight courses (1 m by 0.6 m), pale."""
    shade = np.full((_SIDE, _SIDE), 0.70 + float(rng.uniform(-0.06, 0.08)), np.float32)
    rows, columns = 8, 4
    high, wide = _SIDE // rows, _SIDE // columns
    spread = float(rng.uniform(0.04, 0.11))
    for row in range(rows):
        for column in range(columns):
            left = column * wide + (wide // 2 if row % 2 else 0)
            value = float(0.86 + rng.normal(0, spread))
            for shift in (0, -_SIDE):
                cv2.rectangle(
                    shade,
                    (left + shift + 2, row * high + 2),
                    (left + shift + wide - 2, row * high + high - 2),
                    value,
                    -1,
                )
    return _grey(shade + 0.02 * grain(rng, _SIDE) + 0.03 * cloud(rng, _SIDE, 3))


def _boards(rng: Rng) -> Bytes:
    """Level weatherboards with a shadow under each, pale."""
    rows = 8
    ramp = np.linspace(0, rows, _SIDE, endpoint=False, dtype=np.float32)[:, None] % 1
    shade = 0.93 - 0.35 * (ramp > 0.93) - 0.05 * ramp
    along = cv2.resize(rng.standard_normal((64, 4), np.float32), (_SIDE, _SIDE))
    return _grey(np.asarray(shade + 0.025 * along + 0.012 * grain(rng, _SIDE), np.float32))


def _tiles(rng: Rng) -> Bytes:
    """Roof tiles: courses with a shadow at the lower edge, each tile a little of its own, pale."""
    rows, columns = 8, 10
    v, u = np.mgrid[0:_SIDE, 0:_SIDE].astype(np.float32) / _SIDE
    course = np.floor(v * rows)
    along = (u * columns + 0.5 * (course % 2)) % columns
    tone = rng.normal(0, 0.055, (rows, columns + 1)).astype(np.float32)
    shade = 0.82 + tone[course.astype(int), along.astype(int)]
    within = (v * rows) % 1
    shade += 0.10 * within - 0.42 * (within < 0.10)
    shade += 0.10 * np.sin(np.pi * (along % 1)) - 0.06
    return _grey(np.asarray(shade + 0.02 * grain(rng, _SIDE) + 0.04 * cloud(rng, _SIDE, 3), np.float32))


def _bark(rng: Rng) -> Bytes:
    furrows = cv2.resize(rng.standard_normal((6, 40), np.float32), (_SIDE, _SIDE), interpolation=cv2.INTER_CUBIC)
    shade = 0.55 + 0.16 * furrows + 0.06 * grain(rng, _SIDE)
    return painted(np.asarray(shade, np.float32), (0.16, 0.12, 0.09), (0.52, 0.45, 0.37))


def _foliage(rng: Rng, length: float, count: int, light: float) -> Bytes:
    """Leaves over deep shade: what makes a lobe look like a crown; pale green-grey, coloured by the material."""
    picture = np.full((_SIDE, _SIDE), 0.26, np.float32)
    for index in range(count):
        tone = 0.34 + light * (index / count) * float(rng.uniform(0.55, 1.15))
        x, y = rng.integers(0, _SIDE, 2)
        size = length * float(rng.uniform(0.7, 1.3))
        angle = float(rng.uniform(0, 180))
        for dx in (0, -_SIDE, _SIDE):
            for dy in (0, -_SIDE, _SIDE):
                if -30 < x + dx < _SIDE + 30 and -30 < y + dy < _SIDE + 30:
                    middle = (int(x) + dx, int(y) + dy)
                    axes = (max(1, int(size)), max(1, int(size * 0.42)))
                    cv2.ellipse(picture, middle, axes, angle, 0, 360, tone, -1)
    patchy = 1 + 0.25 * cloud(rng, _SIDE, 3)
    return painted(np.asarray(picture * patchy, np.float32), (0.06, 0.09, 0.04), (1.0, 1.0, 0.92))


def _leaves(rng: Rng) -> Bytes:
    return _foliage(rng, 8.0, 900, 0.62)


def _needles(rng: Rng) -> Bytes:
    return _foliage(rng, 9.0, 1100, 0.45)


def _grass(rng: Rng) -> Bytes:
    wide = np.pad(rng.random((_SIDE, _SIDE), np.float32), 8, mode="wrap")
    blades = cv2.blur(wide, (1, 4))[8:-8, 8:-8]
    shade = 0.5 + 1.0 * (blades - 0.5) + 0.13 * cloud(rng, _SIDE, 4, 5, 0.8)
    dark, light = (0.16, 0.23, 0.08), (0.42, 0.52, 0.22)
    dry = float(rng.uniform(0, 0.35))
    light = (light[0] + 0.35 * dry, light[1] + 0.05 * dry, light[2] + 0.1 * dry)
    return painted(np.asarray(shade, np.float32), dark, light)


def _asphalt(rng: Rng) -> Bytes:
    """Road surface with worn wheel tracks left to the mesh; patches and cracks."""
    base = float(rng.uniform(0.34, 0.52))
    shade = _speckled(rng, base, 0.035, 0.035, 3)
    if rng.uniform() < 0.5:
        points = np.cumsum(rng.normal((4, 1), 9, (60, 2)), axis=0).astype(np.int32) % _SIDE
        for one, two in pairwise(points):
            if np.abs(one - two).max() < 60:
                cv2.line(shade, one.tolist(), two.tolist(), base - 0.10, 1, cv2.LINE_AA)
    cool = float(rng.uniform(-0.02, 0.03))
    return painted(shade, (0.0, 0.0, 0.0), (1.0 - cool, 1.0, 1.0 + cool) if cool < 0 else (1.0 - cool, 1.0, 1.0))


def _paving(rng: Rng) -> Bytes:
    """Slabs: one repeat is 2 m."""
    count = int(rng.choice([4, 5, 7]))
    tones = rng.normal(0, 0.03, (count, count)).astype(np.float32)
    shade = float(rng.uniform(0.55, 0.7)) + cv2.resize(tones, (_SIDE, _SIDE), interpolation=cv2.INTER_NEAREST)
    shade += 0.02 * grain(rng, _SIDE) + 0.03 * cloud(rng, _SIDE, 4)
    step = _SIDE / count
    for index in range(count):
        at = round(index * step)
        cv2.line(shade, (0, at), (_SIDE, at), 0.34, 1)
        cv2.line(shade, (at, 0), (at, _SIDE), 0.34, 1)
    warm = float(rng.uniform(0, 0.10))
    return painted(np.asarray(shade, np.float32), (0, 0, 0), (1.0, 1.0 - warm * 0.5, 1.0 - warm))


def _stone(rng: Rng) -> Bytes:
    return _grey(_speckled(rng, 0.66, 0.04, 0.05))


def _soil(rng: Rng) -> Bytes:
    return painted(_speckled(rng, 0.5, 0.10, 0.25, 8), (0.20, 0.15, 0.11), (0.50, 0.41, 0.32))


def _marking(rng: Rng) -> Bytes:
    """Road paint, worn through in places."""
    worn = cloud(rng, _SIDE, 12, 4, 0.8) + 0.15 * grain(rng, _SIDE) > float(rng.uniform(0.75, 1.5))
    shade = _speckled(rng, 0.86, 0.02, 0.03)
    return _grey(np.asarray(np.where(worn, 0.45, shade), np.float32))


def _window(rng: Rng, shade: Bytes) -> None:
    """Draws one window into a square picture: frame, panes, curtains or blinds, a reflected sky."""
    side = shade.shape[0]
    frame = (235, 235, 230) if rng.uniform() < 0.75 else tuple(int(v) for v in rng.integers(40, 120, 3))
    shade[:] = frame
    rim = side // 16
    ramp = np.linspace(0, 1, side - 2 * rim)[:, None, None]
    room = np.array([26, 30, 34]) + rng.uniform(0, 18)
    sky = np.array([120, 140, 160]) * rng.uniform(0.4, 0.9)
    glass = room * ramp + sky * (1 - ramp)
    shade[rim:-rim, rim:-rim] = glass.astype(np.uint8)
    kind = rng.uniform()
    cloth = (rng.uniform(0.55, 0.85) * np.array([215, 210, 200])).astype(int).tolist()
    wide = int(side * rng.uniform(0.10, 0.24))
    if kind < 0.45:  # curtains drawn to the sides
        cv2.rectangle(shade, (rim, rim), (rim + wide, side - rim), cloth, -1)
        cv2.rectangle(shade, (side - rim - wide, rim), (side - rim, side - rim), cloth, -1)
    elif kind < 0.7:  # a blind let down some way
        low = rim + int(side * rng.uniform(0.15, 0.75))
        cv2.rectangle(shade, (rim, rim), (side - rim, low), cloth, -1)
        for y in range(rim, low, 6):
            cv2.line(shade, (rim, y), (side - rim, y), [int(c * 0.85) for c in cloth], 1)
    # Window bars.
    bars = int(rng.integers(1, 4))
    for index in range(1, bars):
        x = index * side // bars
        cv2.rectangle(shade, (x - rim // 3, 0), (x + rim // 3, side), frame, -1)
    if rng.uniform() < 0.5:
        y = int(side * rng.choice([0.3, 0.5]))
        cv2.rectangle(shade, (0, y - rim // 3), (side, y + rim // 3), frame, -1)


def _windows(rng: Rng) -> Bytes:
    """An atlas of 2 x 2 windows of one house: the same frame, other curtains."""
    picture = np.zeros((_SIDE, _SIDE, 3), np.uint8)
    style = int(rng.integers(2**31))
    half = _SIDE // 2
    for index in range(4):
        own = np.random.default_rng((style, index))
        cell = np.zeros((half, half, 3), np.uint8)
        _window(own, cell)
        y, x = divmod(index, 2)
        picture[y * half : (y + 1) * half, x * half : (x + 1) * half] = cell
    return picture


def _door(rng: Rng) -> Bytes:
    """A panelled door with a handle, pale: the material colours it."""
    picture = np.full((_SIDE, _SIDE // 2, 3), 225, np.uint8)
    high, wide = picture.shape[:2]
    rows = int(rng.integers(1, 4))
    for row in range(rows):
        for column in range(2):
            left = int(wide * (0.12 + 0.42 * column))
            top = int(high * (0.06 + 0.88 * row / rows))
            corner = (left + int(wide * 0.34), top + int(high * 0.80 / rows))
            glazed = row == 0 and rows > 1 and rng.uniform() < 0.6
            cv2.rectangle(picture, (left, top), corner, (70, 80, 88) if glazed else (195, 195, 195), -1)
            cv2.rectangle(picture, (left, top), corner, (150, 150, 150), 2)
    cv2.circle(picture, (int(wide * 0.93), int(high * 0.52)), 5, (90, 90, 80), -1)
    return picture


def _shop(rng: Rng) -> Bytes:
    """A shop front: fascia with letters, large panes."""
    picture = np.full((_SIDE, _SIDE * 2, 3), 46, np.uint8)
    high, wide = picture.shape[:2]
    ramp = np.linspace(0.25, 0.6, high)[:, None, None]
    picture[:] = (np.array([110, 125, 135]) * ramp).astype(np.uint8)
    for _ in range(14):  # goods behind the panes
        x, y = int(rng.integers(0, wide)), int(rng.integers(high // 2, high))
        color = [int(v) for v in rng.integers(40, 190, 3)]
        cv2.rectangle(picture, (x, y), (x + int(rng.integers(8, 46)), high), color, -1)
    fascia = [int(v) for v in rng.integers(20, 200, 3)]
    cv2.rectangle(picture, (0, 0), (wide, high // 5), fascia, -1)
    word = "".join(chr(int(letter)) for letter in rng.integers(65, 91, int(rng.integers(4, 9))))
    ink = (240, 240, 235) if sum(fascia) < 380 else (25, 25, 25)
    cv2.putText(picture, word, (40, high // 6), cv2.FONT_HERSHEY_DUPLEX, 1.3, ink, 2, cv2.LINE_AA)
    for x in range(0, wide + 1, wide // int(rng.integers(2, 5))):
        cv2.rectangle(picture, (x - 4, high // 5), (x + 4, high), (210, 210, 205), -1)
    cv2.rectangle(picture, (0, high - 26), (wide, high), (90, 88, 84), -1)
    return picture


def _rim(rng: Rng) -> Bytes:
    """A wheel's rim seen from the side: spokes on black."""
    picture = np.full((_SIDE, _SIDE, 3), 22, np.uint8)
    middle, reach = (_SIDE // 2, _SIDE // 2), _SIDE // 2 - 2
    spokes = int(rng.integers(5, 9))
    bright = (205, 207, 210)
    for index in range(spokes):
        turn = 2 * np.pi * index / spokes
        tip = (int(middle[0] + reach * np.cos(turn)), int(middle[1] + reach * np.sin(turn)))
        cv2.line(picture, middle, tip, bright, int(_SIDE * 0.55 / spokes), cv2.LINE_AA)
    cv2.circle(picture, middle, reach, bright, 16, cv2.LINE_AA)
    cv2.circle(picture, middle, 30, bright, -1, cv2.LINE_AA)
    cv2.circle(picture, middle, 14, (90, 92, 95), -1, cv2.LINE_AA)
    return picture


def _plate(rng: Rng) -> Bytes:
    """A number plate with letters of nobody."""
    picture = np.full((48, 224, 3), (240, 238, 225) if rng.uniform() < 0.75 else (235, 200, 60), np.uint8)
    cv2.rectangle(picture, (0, 0), (16, 48), (30, 60, 160), -1)
    letters = "".join(chr(int(v)) for v in rng.integers(65, 91, 3))
    digits = "".join(str(int(v)) for v in rng.integers(0, 10, 4))
    cv2.putText(picture, f"{letters} {digits}", (24, 37), cv2.FONT_HERSHEY_DUPLEX, 1.15, (20, 20, 20), 2, cv2.LINE_AA)
    return picture


TEXTURES: dict[str, Callable[[Rng], Bytes]] = {
    "plaster": _plaster,
    "brick": _bricks,
    "boards": _boards,
    "roof": _tiles,
    "bark": _bark,
    "leaves": _leaves,
    "needles": _needles,
    "grass": _grass,
    "asphalt": _asphalt,
    "paving": _paving,
    "stone": _stone,
    "soil": _soil,
    "marking": _marking,
    "windows": _windows,
    "door": _door,
    "shop": _shop,
    "rim": _rim,
    "plate": _plate,
}
"""By name."""
