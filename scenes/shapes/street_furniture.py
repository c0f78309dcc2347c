"""What stands along a street: lamps, traffic signs, barriers and drums of roadworks."""

from __future__ import annotations

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Rng, Shape
from seedbed.scenes.shapes.patches import Patch, blob, block, build, polygon, quad, tube

OUTLINES = {
    "stop": "octagon",
    "give way": "down",
    "speed limit": "disc",
    "no entry": "disc",
    "no parking": "disc",
    "direction": "disc",
    "parking": "square",
    "crossing": "square",
    "warning": "up",
    "roadworks": "up",
}
"""Name of a sign to the outline of its plate."""


def lamp(height: float, style: str, rng: Rng) -> Shape:
    """A street lamp; its arm reaches along +x.

    Args:
        height: of the light, metres.
        style: "arm", "post" or "double".
        rng: of the world.
    """
    thick = 0.012 * height + 0.02
    patches = [_pole(0.0, height * (0.97 if style == "post" else 1.0), thick, thick * 0.6, "street paint")]
    patches.append(tube(np.array([[0, 0, 0], [0, 0, 0.7]]), np.full(2, thick * 1.7), "street paint", around=8))
    if style == "post":
        top = height * 0.97
        patches.append(blob((0, 0, top + 0.22), (0.2, 0.2, 0.24), "street lamp", detail=1))
        rim = np.array([[0, 0, top + 0.36], [0, 0, top + 0.42], [0, 0, top + 0.52]])
        patches.append(tube(rim, np.array([0.26, 0.24, 0.06]), "street paint", around=10))
        return build(patches, origin=(0, 0, height * 0.45), crease=50.0)
    reach = float(rng.uniform(0.9, 1.7))
    for sign in (1.0, -1.0) if style == "double" else (1.0,):
        bend = np.array([[0, 0, height * 0.97], [0.25, 0, height + 0.06], [reach, 0, height + 0.12]])
        patches.append(tube(bend * [sign, 1, 1], np.full(3, thick * 0.5), "street paint", around=6))
        xs = sorted((sign * (reach - 0.12), sign * (reach + 0.48)))
        patches.append(block((xs[0], -0.14, height + 0.08), (xs[1], 0.14, height + 0.19), "street paint"))
        z = height + 0.078
        x0, x1 = xs[0] + 0.08, xs[1] - 0.05
        patches.append(quad((x0, 0.1, z), (x1, 0.1, z), (x1, -0.1, z), (x0, -0.1, z), "street lamp"))
    return build(patches, origin=(0, 0, height * 0.45), crease=50.0)


def sign(name: str, size: float, height: float) -> Shape:
    """A traffic sign on a post, its face towards +x.

    Args:
        name: key of `OUTLINES`.
        size: of the plate, metres.
        height: of the plate's lower edge, metres.
    """
    outline = _outline(OUTLINES[name]) * size / 2
    middle = height + float(-outline[:, 1].min())
    face = np.column_stack([np.full(len(outline), 0.052), outline[:, 0], outline[:, 1] + middle])
    back = face[::-1] - np.array([0.012, 0, 0])
    places = outline / size + 0.5
    patches = [polygon(face, f"sign {name}", places), polygon(back, "street metal")]
    rim = len(face)
    for i in range(rim):
        a, b = face[i], face[(i + 1) % rim]
        patches.append(quad(b, a, a - [0.012, 0, 0], b - [0.012, 0, 0], "street metal"))
    top = middle + float(outline[:, 1].max()) * 0.7
    patches.append(_pole(0.0, top, 0.032, 0.032, "street metal"))
    return build(patches, origin=(0.02, 0, height * 0.55), crease=30.0)


def _outline(kind: str) -> Array:
    """A plate's corners, counter-clockwise seen from its front, within [-1, 1]."""
    if kind == "square":
        return np.array([(-1.0, -1), (1, -1), (1, 1), (-1, 1)])
    if kind in ("up", "down"):
        points = np.array([(-1.0, -1), (1, -1), (0, 0.98)])
        return points if kind == "up" else -points
    count = 8 if kind == "octagon" else 24
    angle = (np.arange(count) + 0.5) * 2 * np.pi / count
    return np.stack([np.cos(angle), np.sin(angle)], axis=1)


def barrier(length: float, height: float, rng: Rng) -> Shape:
    """A roadworks barrier: striped boards on two feet, along y, seen from either side."""
    half = length / 2
    boards = int(rng.integers(1, 3))
    patches = []
    for index in range(boards):
        top = height - 0.42 * index
        low, high = top - 0.22, top
        patches.append(block((-0.018, -half, low), (0.018, half, high), "street paint", skip="x- x+"))
        for side in (1.0, -1.0):
            x, y = side * 0.019, side * half
            uv = [(0, 0), (length / 0.44, 0), (length / 0.44, 0.5), (0, 0.5)]
            patches.append(quad((x, -y, low), (x, y, low), (x, y, high), (x, -y, high), "street stripes", uv))
    for y in (-half * 0.8, half * 0.8):
        patches.append(block((-0.03, y - 0.025, 0.06), (-0.019, y + 0.025, height - 0.05), "street metal"))
        patches.append(block((0.019, y - 0.025, 0.06), (0.03, y + 0.025, height - 0.05), "street metal"))
        patches.append(block((-0.36, y - 0.11, 0.0), (0.36, y + 0.11, 0.1), "car tyre"))
    if rng.uniform() < 0.5:  # a warning lamp on top
        y = float(rng.choice([-0.75, 0.75])) * half
        patches.append(blob((0, y, height + 0.1), (0.05, 0.09, 0.1), "street amber", detail=1))
    return build(patches, origin=(0, 0, 0.3 * height), crease=40.0)


def drum(height: float) -> Shape:
    """A traffic drum: a barrel of plastic on a rubber foot, with reflecting bands."""
    h, r = height, 0.29 * height
    levels = [
        (0.06, 1.0),
        (0.28, 0.97),
        (0.29, 0.93),
        (0.48, 0.91),
        (0.49, 0.87),
        (0.68, 0.85),
        (0.69, 0.80),
        (0.94, 0.78),
    ]
    bands = ("street paint", "street band", "street paint", "street band")
    patches: list[Patch] = []
    for index, kind in enumerate(bands):
        (low, r0), (high, r1) = levels[2 * index], levels[2 * index + 1]
        path = np.array([[0, 0, low * h], [0, 0, high * h]])
        patches.append(tube(path, np.array([r0, r1]) * r, kind, around=18, caps="none"))
        if index < 3:
            step = np.array([[0, 0, high * h], [0, 0, levels[2 * index + 2][0] * h]])
            patches.append(
                tube(step, np.array([r1, levels[2 * index + 2][1]]) * r, "street paint", around=18, caps="none")
            )
    top = np.array([[0, 0, 0.94 * h], [0, 0, 0.97 * h]])
    patches.append(tube(top, np.array([0.78, 0.70]) * r, "street paint", around=18, caps="end"))
    patches.append(block((-0.05, -0.02, 0.96 * h), (0.05, 0.02, h), "street paint"))
    foot = np.array([[0, 0, 0], [0, 0, 0.07 * h]])
    patches.append(tube(foot, np.array([1.22, 1.15]) * r, "car tyre", around=18))
    return build(patches, origin=(0, 0, 0.35 * h), crease=35.0)


def _pole(low: float, high: float, start: float, end: float, kind: str) -> Patch:
    return tube(np.array([[0, 0, low], [0, 0, high]]), np.array([start, end]), kind, around=8)
