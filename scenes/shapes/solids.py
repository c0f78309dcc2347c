"""Plain solids: cone, pillow, box, ball, cylinder."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.shapes.meshes import (
    CUBE,
    Array,
    Shape,
    atlas,
    cube_sides,
    grid_faces,
    make_mesh,
    normals_of,
    turned,
    unit,
)


def pillow(size: Sequence[float], bulge: float = 0.2, pinch: float = 0.13, cells: int = 8) -> Shape:
    """An inflated cube.

    Args:
        size: extents of the corners, metres.
        bulge: how far faces swell, as a share of the half size.
        pinch: how far the middle of edges draws in.
        cells: grid cells per side.
    """
    half = np.asarray(size, float) / 2

    def swell(points: Array) -> Array:
        flat = 1 - points**2
        factors = [(1, 2), (0, 2), (0, 1)]
        across = np.stack([flat[:, a] * flat[:, b] for a, b in factors], axis=1)
        along = np.stack([(flat[:, a] + flat[:, b]) / 2 for a, b in factors], axis=1)
        return np.asarray(points * (1 + (bulge + pinch) * across - 1.5 * pinch * along * (1 - across)) * half)

    points, uvs, faces = _cube(cells, True)
    vertices = swell(points)
    # Seams of an inflated cube are soft creases: between the side's own normal and the corner's direction.
    edge = (np.abs(points) > 0.999).sum(1) > 1
    normals = unit(normals_of(vertices, faces) + 0.35 * edge[:, None] * unit(points))
    corners = np.concatenate([swell(points) for points, _ in cube_sides(2)])
    return Shape(make_mesh(vertices, faces, uvs, normals), np.unique(corners.round(9), axis=0))


def box(size: Sequence[float], *, prints: bool = True) -> Shape:
    """A box with sharp edges.

    Args:
        size: metres.
        prints: each side has its own place in the atlas; otherwise each shows the whole texture.
    """
    half = np.asarray(size, float) / 2
    points, uvs, faces = _cube(1, prints)
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * half
    return Shape(make_mesh(points * half, faces, uvs, np.repeat(CUBE, 4, axis=0)), corners)


@lru_cache(maxsize=32)
def _cube(cells: int, prints: bool) -> tuple[Array, Array, NDArray[np.int32]]:
    """Points, uvs and faces of the cube [-1, 1], side after side, each with points of its own."""
    sides = cube_sides(cells)
    count = (cells + 1) ** 2
    faces = np.concatenate([grid_faces(cells + 1, cells + 1) + np.int32(side * count) for side in range(6)])
    uvs = np.concatenate([atlas(side, uv) if prints else uv for side, (_, uv) in enumerate(sides)])
    parts = np.concatenate([points for points, _ in sides]), uvs, faces
    for part in parts:
        part.setflags(write=False)
    return parts


def ball(diameter: float) -> Shape:
    """A ball."""
    angle = np.linspace(-np.pi / 2, np.pi / 2, 13)
    profile = np.stack([np.cos(angle), np.sin(angle)], axis=1) * diameter / 2
    profile[[0, -1], 0] = 0
    shape = turned([(float(r), float(z)) for r, z in profile], 24)
    directions = np.array(
        [(x, y, z) for x in (-1, 0, 1) for y in (-1, 0, 1) for z in (-1, 0, 1) if (x, y, z) != (0, 0, 0)]
    )
    hull = directions / np.linalg.norm(directions, axis=1, keepdims=True) * diameter / 2
    return Shape(shape.mesh, hull)


def cylinder(radius: float, height: float, around: int = 20) -> Shape:
    """A cylinder."""
    low, high = -height / 2, height / 2
    return turned([(0, low), (radius, low), (radius, high), (0, high)], around, [1, 2])
