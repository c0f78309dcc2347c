"""Procedural textures by name: floors, walls and coats of things."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import cv2
import numpy as np

from seedbed.core.keys import generator
from seedbed.scenes.surfaces.materials import (
    TEXTURE,
    Rng,
    any_color,
    cloud,
    floor_color,
    grain,
    hsv,
    near,
    painted,
)
from seedbed.scenes.surfaces.prints import print_sheet
from seedbed.scenes.surfaces.weathered import brick, dirt, fabric, grass, scratches
from seedbed.scenes.view import Bytes, Material


def _plain(rng: Rng) -> Bytes:
    base = floor_color(rng)
    return painted(0.5 + rng.uniform(0.02, 0.2) * cloud(rng, TEXTURE, 3), near(base, rng, 0.04), base)


def _noise(rng: Rng) -> Bytes:
    shade = 0.5 + rng.uniform(0.3, 0.8) * cloud(rng, TEXTURE, int(rng.integers(2, 40)), 4, rng.uniform(0.4, 0.9))
    return painted(shade, floor_color(rng), any_color(rng) if rng.uniform() < 0.3 else floor_color(rng))


def _concrete(rng: Rng) -> Bytes:
    base = floor_color(rng)
    shade = (
        0.5 + 0.3 * cloud(rng, TEXTURE, int(rng.integers(2, 8)), 4, 0.6) + rng.uniform(0, 0.12) * grain(rng, TEXTURE)
    )
    picture = painted(shade, near(base, rng, 0.08), base)
    if rng.uniform() < 0.5:
        _joints(picture, rng, int(rng.integers(1, 4)))
    return picture


def _asphalt(rng: Rng) -> Bytes:
    base = floor_color(rng)
    shade = 0.5 + rng.uniform(0.1, 0.3) * grain(rng, TEXTURE) + 0.15 * cloud(rng, TEXTURE, 4)
    return painted(shade, near(base, rng, 0.15), near(base, rng, 0.15))


def _carpet(rng: Rng) -> Bytes:
    base = any_color(rng) if rng.uniform() < 0.4 else floor_color(rng)
    weave = np.sin(np.arange(TEXTURE, dtype=np.float32) * np.float32(rng.uniform(0.3, 1.5)))
    shade = 0.5 + 0.12 * (weave[:, None] + weave[None, :]) + 0.15 * grain(rng, TEXTURE)
    return painted(shade, near(base, rng, 0.12), base)


def _joints(picture: Bytes, rng: Rng, count: int) -> None:
    """Draws a grid of joints, `count` cells across."""
    step = TEXTURE / count
    width = int(rng.integers(1, max(2, round(step * 0.05)) + 1))
    mean = np.array(cv2.mean(picture)[:3])
    color = np.clip(mean * rng.uniform(0.3, 1.4), 0, 255).tolist()
    for index in range(count):
        at = round((index + 0.5) * step)
        cv2.line(picture, (at, 0), (at, TEXTURE), color, width)
        cv2.line(picture, (0, at), (TEXTURE, at), color, width)


def _tiles(rng: Rng) -> Bytes:
    count = int(rng.integers(2, 9))
    one, other = floor_color(rng), floor_color(rng)
    board = np.indices((count, count)).sum(0) % 2 if rng.uniform() < 0.3 else np.zeros((count, count))
    shade = board * rng.uniform(0.3, 1) + rng.normal(0, rng.uniform(0, 0.12), (count, count))
    large = cv2.resize(shade.astype(np.float32), (TEXTURE, TEXTURE), interpolation=cv2.INTER_NEAREST)
    speckle = rng.uniform(0, 0.1) * grain(rng, TEXTURE) + 0.1 * cloud(rng, TEXTURE, 6)
    picture = painted(large + speckle.astype(np.float32), one, other)
    picture = np.ascontiguousarray(np.roll(picture, TEXTURE // count // 2, (0, 1)))
    _joints(picture, rng, count)
    return picture


def _wood(rng: Rng) -> Bytes:
    base = hsv(rng.uniform(15, 45), rng.uniform(0.2, 0.7), rng.uniform(0.3, 0.9))
    rows = int(rng.integers(3, 12))
    along = cv2.resize(rng.standard_normal((TEXTURE, 6), np.float32), (TEXTURE, TEXTURE))
    plank = np.repeat(rng.normal(0, 0.25, rows), -(-TEXTURE // rows))[:TEXTURE].astype(np.float32)
    shade = 0.6 + 0.12 * along + plank[:, None]
    picture = painted(shade, near(base, rng, 0.1), base)
    for index in range(rows):
        cv2.line(picture, (0, index * TEXTURE // rows), (TEXTURE, index * TEXTURE // rows), (30, 25, 20), 1)
    return picture


def _gym(rng: Rng) -> Bytes:
    picture = _wood(rng) if rng.uniform() < 0.6 else _plain(rng)
    for _ in range(int(rng.integers(1, 4))):
        color = [int(255 * part) for part in any_color(rng)]
        width = int(rng.integers(4, 16))
        if rng.uniform() < 0.6:
            start, stop = rng.integers(0, TEXTURE, (2, 2)).tolist()
            cv2.line(picture, start, stop, color, width, cv2.LINE_AA)
        else:
            middle = rng.integers(0, TEXTURE, 2).tolist()
            cv2.circle(picture, middle, int(rng.integers(30, 200)), color, width, cv2.LINE_AA)
    return picture


def _print(rng: Rng) -> Bytes:
    return print_sheet(rng, TEXTURE, TEXTURE)


TEXTURES: dict[str, Callable[[Rng], Bytes]] = {
    "tiles": _tiles,
    "concrete": _concrete,
    "noise": _noise,
    "wood": _wood,
    "asphalt": _asphalt,
    "plain": _plain,
    "carpet": _carpet,
    "gym": _gym,
    "brick": brick,
    "grass": grass,
    "fabric": fabric,
    "scratches": scratches,
    "dirt": dirt,
    "print": _print,
}
"""Name in the scene file to what draws it, (320, 320, 3) uint8 sRGB."""


POOL = 16
_POOLED = frozenset({"brick", "grass", "fabric", "scratches", "dirt"})


@lru_cache(maxsize=POOL * len(_POOLED))
def _pooled(name: str, variant: int) -> Bytes:
    """One of the variants of a texture that takes as long to draw as a fifth of a frame."""
    picture = TEXTURES[name](generator(variant, "texture", name))
    picture.setflags(write=False)
    return picture


def texture(name: str, rng: Rng) -> Bytes:
    """A texture of a named kind, (320, 320, 3) uint8 sRGB; not to be changed in place."""
    if name in _POOLED:
        return _pooled(name, int(rng.integers(POOL)))
    return TEXTURES[name](rng)


def any_texture(rng: Rng) -> Bytes:
    """A texture of any kind."""
    names = tuple(TEXTURES)
    return texture(names[rng.integers(len(names))], rng)


def surface(rng: Rng, texture_chance: float = 0.35) -> Material:
    """A surface of any colour and kind, for distractors and furniture."""
    roughness = float(rng.uniform(0.15, 1.0))
    metallic = float(rng.uniform(0.3, 1.0)) if rng.uniform() < 0.1 else 0.0
    if rng.uniform() < texture_chance:
        return Material((1.0, 1.0, 1.0), any_texture(rng), roughness, metallic)
    return Material(any_color(rng), None, roughness, metallic)
