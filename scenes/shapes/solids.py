"""Plain solids: cone, pillow, box, ball, cylinder."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from seedbed.scenes.shapes.meshes import (
    Array,
    Shape,
    atlas,
    cube_sides,
    grid_faces,
    joined,
    make_mesh,
    normals_of,
    turned,
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

    meshes = []
    for side, (points, uv) in enumerate(cube_sides(cells)):
        vertices = swell(points)
        faces = grid_faces(cells + 1, cells + 1)
        # Seams of an inflated cube are soft creases: between the side's own normal and the corner's direction.
        own = normals_of(vertices, faces)
        edge = (np.abs(points) > 0.999).sum(1) > 1
        soft = own + 0.35 * edge[:, None] * points / np.linalg.norm(points, axis=1, keepdims=True)
        normals = soft / np.linalg.norm(soft, axis=1, keepdims=True)
        meshes.append(make_mesh(vertices, faces, atlas(side, uv), normals))
    corners = np.concatenate([swell(points) for points, _ in cube_sides(2)])
    return Shape(joined(meshes), np.unique(corners.round(9), axis=0))


def box(size: Sequence[float], *, prints: bool = True) -> Shape:
    """A box with sharp edges.

    Args:
        size: metres.
        prints: each side has its own place in the atlas; otherwise each shows the whole texture.
    """
    half = np.asarray(size, float) / 2
    meshes = [
        make_mesh(points * half, grid_faces(2, 2), atlas(side, uv) if prints else uv)
        for side, (points, uv) in enumerate(cube_sides(1))
    ]
    corners = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], float) * half
    return Shape(joined(meshes), corners)


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
