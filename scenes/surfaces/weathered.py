"""Textures of outdoors, cloth and wear: brick, grass, soil, woven cloth, scratched metal."""

from __future__ import annotations

import cv2
import numpy as np

from seedbed.scenes.surfaces.materials import (
    TEXTURE,
    Field,
    Rng,
    any_color,
    cloud,
    floor_color,
    grain,
    hsv,
    near,
    painted,
)
from seedbed.scenes.view import Bytes

_WALLS = ((12, 0.6, 0.62), (22, 0.45, 0.7), (8, 0.5, 0.42), (35, 0.3, 0.8), (0, 0.02, 0.75), (18, 0.25, 0.5))


def brick(rng: Rng) -> Bytes:
    """Bricks in running bond, whole at the texture's edges: it repeats."""
    rows = 2 * int(rng.integers(4, 9))
    columns = max(2, rows // int(rng.integers(2, 4)))
    hue, saturation, value = _WALLS[int(rng.integers(len(_WALLS)))]
    base = near(hsv(hue, saturation, value * rng.uniform(0.75, 1.2)), rng, 0.05)
    mortar = np.array(hsv(40, 0.08, rng.uniform(0.3, 0.9))) * 255
    shade = rng.normal(0.55, rng.uniform(0.05, 0.25), (rows, columns)).astype(np.float32)
    high, wide = TEXTURE / rows, TEXTURE / columns
    y, x = np.mgrid[0:TEXTURE, 0:TEXTURE].astype(np.float32)
    row = np.minimum((y / high).astype(int), rows - 1)
    along = (x + np.where(row % 2 == 1, wide / 2, 0)) % TEXTURE
    column = np.minimum((along / wide).astype(int), columns - 1)
    joint = max(1.5, high * rng.uniform(0.06, 0.16)) / 2
    speckle = rng.uniform(0.02, 0.1) * grain(rng, TEXTURE) + 0.15 * cloud(rng, TEXTURE, 6)
    picture = painted((shade[row, column] + speckle).astype(np.float32), near(base, rng, 0.12), base)
    edge = np.minimum(np.minimum(y % high, high - y % high), np.minimum(along % wide, wide - along % wide))
    between = edge + 1.2 * cloud(rng, TEXTURE, 40, 1) < joint
    tone = mortar * (1 + 0.08 * grain(rng, TEXTURE)[..., None])
    return np.asarray(np.where(between[..., None], np.clip(tone, 0, 255), picture), np.uint8)


def grass(rng: Rng) -> Bytes:
    """A lawn seen from above: blades every way, dry and bare spots."""
    hue, dry = rng.uniform(70, 115), rng.uniform(0, 0.6)
    dark, light = hsv(hue, 0.6, rng.uniform(0.05, 0.4)), hsv(hue - 12, rng.uniform(0.3, 0.75), rng.uniform(0.35, 1.0))
    noise = rng.random((TEXTURE, TEXTURE), np.float32)
    shade = np.zeros_like(noise)
    length = int(rng.integers(5, 15))
    for turn in rng.uniform(0, np.pi, 4):
        kernel = np.zeros((length, length), np.float32)
        reach = np.array([np.cos(turn), np.sin(turn)]) * length / 2
        middle = np.array([length / 2, length / 2])
        cv2.line(kernel, (middle - reach).astype(int).tolist(), (middle + reach).astype(int).tolist(), 1.0, 1)
        blades = cv2.filter2D(np.roll(noise, int(rng.integers(TEXTURE)), 0), -1, kernel / kernel.sum())
        shade = np.maximum(shade, blades)
    shade = (shade - shade.mean()) / shade.std() * 0.22 + 0.45 + 0.15 * cloud(rng, TEXTURE, 4)
    picture = painted(shade.astype(np.float32), dark, light)
    bare = np.clip(2.5 * (cloud(rng, TEXTURE, 5, 3) - 1 + dry), 0, 0.8)[..., None]
    soil = np.array(hsv(rng.uniform(28, 55), rng.uniform(0.3, 0.6), rng.uniform(0.4, 0.75))) * 255
    soil = soil * (1 + 0.15 * grain(rng, TEXTURE)[..., None])
    return np.asarray(np.clip(picture * (1 - bare) + soil * bare, 0, 255), np.uint8)


def dirt(rng: Rng) -> Bytes:
    """Soil: clods, grains, stones."""
    base = hsv(rng.uniform(20, 42), rng.uniform(0.15, 0.55), rng.uniform(0.25, 0.8))
    shade = 0.55 + 0.25 * cloud(rng, TEXTURE, int(rng.integers(4, 12)), 5, 0.7) + 0.08 * grain(rng, TEXTURE)
    picture = painted(shade.astype(np.float32), near(base, rng, 0.1), base)
    dark = [int(part * 110) for part in base]
    for _ in range(int(rng.integers(0, 70))):
        middle, size = rng.integers(0, TEXTURE, 2), rng.uniform(1.5, 8)
        axes = (int(size), max(1, int(size * rng.uniform(0.5, 0.9))))
        turn, tone = (
            float(rng.uniform(0, 180)),
            [int(part * 255) for part in hsv(rng.uniform(0, 60), rng.beta(1, 6), rng.uniform(0.2, 0.9))],
        )
        cv2.ellipse(picture, (middle + 1).tolist(), axes, turn, 0, 360, dark, -1, cv2.LINE_AA)
        cv2.ellipse(picture, middle.tolist(), axes, turn, 0, 360, tone, -1, cv2.LINE_AA)
    return picture


def fabric(rng: Rng) -> Bytes:
    """Woven or knotted cloth: threads over and under, plain, striped or checked; folds as soft light and dark."""
    step = int(rng.choice((2, 4, 5, 8)))  # pixels of a thread: divides the texture
    base = any_color(rng) if rng.uniform() < 0.6 else floor_color(rng)
    other = near(base, rng, 0.08) if rng.uniform() < 0.5 else any_color(rng)
    y, x = np.mgrid[0:TEXTURE, 0:TEXTURE]
    over = (x // step + y // step) % 2 == 0 if rng.uniform() < 0.6 else (x // step + 2 * (y // step)) % 4 < 2
    color = np.empty((TEXTURE, TEXTURE, 3), np.float32)
    color[:] = base
    pattern = rng.uniform()
    if pattern < 0.55:
        wide = TEXTURE // int(rng.choice((2, 4, 5, 8, 10)))
        across, along = _stripes(x, wide, rng), _stripes(y, wide, rng)
        if pattern < 0.3:
            color[across] = other
        else:  # checks: both where the threads of either way lie on top
            color[np.where(over, across, along)] = other
    round_ = np.where(over, np.sin(np.pi * ((x % step) + 0.5) / step), np.sin(np.pi * ((y % step) + 0.5) / step))
    shade = 0.72 + 0.28 * round_ + rng.uniform(0.03, 0.15) * grain(rng, TEXTURE)
    shade = shade + rng.uniform(0, 0.25) * cloud(rng, TEXTURE, 3, 2)
    return np.asarray(np.clip(color * shade[..., None] * 255, 0, 255), np.uint8)


def _stripes(at: np.ndarray, wide: int, rng: Rng) -> np.ndarray:
    return np.asarray(at % wide < wide * rng.uniform(0.15, 0.6))


def scratches(rng: Rng) -> Bytes:
    """Painted or bare sheet metal that was used: brushed, scratched, rubbed."""
    bare = rng.uniform() < 0.5
    base = hsv(rng.uniform(180, 260), rng.uniform(0, 0.12), rng.uniform(0.4, 0.85)) if bare else any_color(rng)
    fine = rng.standard_normal((TEXTURE, 10), np.float32)
    brushed: Field = np.asarray(cv2.resize(fine, (TEXTURE, TEXTURE)), np.float32)
    shade = 0.6 + rng.uniform(0.02, 0.1) * brushed + 0.12 * cloud(rng, TEXTURE, 3, 4, 0.6)
    picture = painted(shade.astype(np.float32), near(base, rng, 0.12), base)
    light = np.array(base) * 255
    for _ in range(int(rng.integers(10, 90))):
        start, turn = rng.uniform(0, TEXTURE, 2), rng.uniform(0, 2 * np.pi)
        reach = rng.exponential(45) * np.array([np.cos(turn), np.sin(turn)])
        bend = (start + reach / 2 + rng.normal(0, 4, 2), start + reach)
        points = np.array([start, *bend]).astype(np.int32)
        tone = np.clip(light * rng.uniform(0.5, 1.0) + rng.uniform(-20, 90), 0, 255).tolist()
        cv2.polylines(picture, [points], False, tone, 1 + int(rng.uniform() < 0.15), cv2.LINE_AA)
    rust = np.clip(3 * (cloud(rng, TEXTURE, 6, 4, 0.6) - rng.uniform(0.4, 1.2)), 0, 0.85)[..., None]
    brown = np.array(hsv(rng.uniform(12, 26), 0.7, rng.uniform(0.25, 0.5))) * 255
    return np.asarray(np.clip(picture * (1 - rust) + brown * rust, 0, 255), np.uint8)
