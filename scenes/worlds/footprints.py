"""Whether things that stand on the ground meet: boxes in a few layers of height, each turned with its thing.

A tree's crown may hang over a car and a lamp's arm over the road; one box per thing would forbid both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.shapes.meshes import Shape

Array = NDArray[np.float64]
_LEVELS = (0.0, 0.35, 0.9, 1.5, 2.1, 2.8, 3.6, 4.6, 6.0, 8.0, 10.5, 1e9)


@lru_cache(maxsize=2048)
def layers(shape: Shape) -> Array:
    """A standing shape's boxes, (N, 6): low x, y, z and high x, y, z in its frame, z above its lowest point, metres."""
    vertices = shape.mesh.vertices.astype(float)
    corners = vertices[shape.mesh.faces]
    bottom = vertices[:, 2].min()
    low, high = corners.min(1), corners.max(1)
    boxes = []
    for z0, z1 in pairwise(_LEVELS):
        inside = (high[:, 2] - bottom > z0 + 1e-9) & (low[:, 2] - bottom < z1)
        if inside.any():
            top = min(z1, float(high[inside, 2].max() - bottom))
            boxes.append((*low[inside, :2].min(0), z0, *high[inside, :2].max(0), top))
    return np.array(boxes)


@dataclass(frozen=True, eq=False)
class Footprint:
    """Boxes that stand somewhere.

    Attributes:
        boxes: as of `layers`.
        x: of the thing's origin, metres.
        y: of the thing's origin, metres.
        z: of the ground under it, metres.
        turn: around +z, radians.
    """

    boxes: Array
    x: float
    y: float
    z: float
    turn: float

    @property
    def reach(self) -> float:
        """Radius around the origin, seen from above."""
        return float(np.hypot(np.abs(self.boxes[:, [0, 3]]).max(1), np.abs(self.boxes[:, [1, 4]]).max(1)).max())

    def grown(self, by: float) -> Footprint:
        """The same with a margin all around, metres."""
        edge = np.array([-by, -by, 0, by, by, 0])
        return Footprint(self.boxes + edge, self.x, self.y, self.z, self.turn)


@dataclass
class Ground:
    """What stands already."""

    placed: list[Footprint] = field(default_factory=list)
    _spots: list[tuple[float, float, float]] = field(default_factory=list)

    def add(self, footprint: Footprint) -> None:
        """Takes a thing in, whether it meets another or not."""
        self.placed.append(footprint)
        self._spots.append((footprint.x, footprint.y, footprint.reach))

    def free(self, footprint: Footprint) -> bool:
        """Whether a thing would meet none of those that stand."""
        if not self.placed:
            return True
        spots = np.array(self._spots)
        gaps = np.hypot(spots[:, 0] - footprint.x, spots[:, 1] - footprint.y) - spots[:, 2]
        near = np.flatnonzero(gaps < footprint.reach)
        return not any(meet(self.placed[index], footprint) for index in near)


def meet(one: Footprint, other: Footprint) -> bool:
    """Whether any of their boxes overlap (separating axes in the plane, for boxes of overlapping height)."""
    a, b = one.boxes, other.boxes
    low = np.maximum(a[:, None, 2] + one.z, b[None, :, 2] + other.z)
    high = np.minimum(a[:, None, 5] + one.z, b[None, :, 5] + other.z)
    pairs = np.argwhere(low < high)
    if not len(pairs):
        return False
    # Middles and half extents; the second turned into the frame of the first.
    a, b = a[pairs[:, 0]], b[pairs[:, 1]]
    half_a, half_b = (a[:, 3:5] - a[:, :2]) / 2, (b[:, 3:5] - b[:, :2]) / 2
    middle_a, middle_b = (a[:, 3:5] + a[:, :2]) / 2, (b[:, 3:5] + b[:, :2]) / 2
    axes_a, axes_b = _axes(one.turn), _axes(other.turn)
    away = middle_b @ axes_b + np.array([other.x, other.y]) - middle_a @ axes_a - np.array([one.x, one.y])
    cross = np.abs(axes_a @ axes_b.T)
    apart_a = np.abs(away @ axes_a.T) > half_a + half_b @ cross.T
    apart_b = np.abs(away @ axes_b.T) > half_b + half_a @ cross
    return bool((~(apart_a.any(1) | apart_b.any(1))).any())


def _axes(turn: float) -> Array:
    """Rows: a turned frame's x and y axis."""
    c, s = np.cos(turn), np.sin(turn)
    return np.array([[c, s], [-s, c]])
