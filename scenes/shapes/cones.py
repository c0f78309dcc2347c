"""A traffic cone: hollow, on a thick square base, with reflecting bands, dented by use."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import numpy as np

from seedbed.scenes.shapes.meshes import (
    Array,
    Rng,
    Shape,
    Slot,
    circle,
    joined,
    make_mesh,
    rounded_square,
    swept,
)
from seedbed.scenes.view import Mesh

BANDS: dict[int, tuple[tuple[float, float], ...]] = {
    0: (),
    1: ((0.46, 0.7),),
    2: ((0.36, 0.52), (0.64, 0.82)),
}
"""Number of bands to where each lies, as shares of the height."""


def cone(height: float, base: float, around: int = 28, bands: int = 0, rings: int = 1) -> Shape:
    """A traffic cone: hollow, a thick square base with rounded edges, a tapered body open at the tip.

    Args:
        height: metres.
        base: side of the base, metres.
        around: points around.
        bands: reflecting bands, 0 to 2.
        rings: pieces the body is cut into along its height, for dents.
    """
    half = base / 2
    slab = 0.075 * height
    foot, tip = 0.74 * half, 0.135 * half * 2
    square, round_ = rounded_square(around, 9.0), circle(around)
    wall = 0.045 * half
    low, high = slab * 1.55, height * 0.93
    # From the rim of the underside out, up the slab, over to the body.
    lower = [
        (half * 0.97, 0.0, square),
        (half, slab * 0.18, square),
        (half, slab * 0.75, square),
        (half * 0.965, slab, square),
        (half * 0.93, slab * 1.08, square),
        (foot * 1.06, slab * 1.16, round_),
    ]
    upper = [
        (tip * 1.02, height * 0.985, round_),
        (tip * 0.9, height, round_),
        (tip * 0.66, height * 0.995, round_),
        (tip * 0.6, height * 0.97, round_),
    ]

    def body(start: float, stop: float) -> list[tuple[float, float, Array]]:
        levels = np.linspace(start, stop, max(1, round(rings * (stop - start) / (high - low))) + 1)
        share = (levels - low) / (high - low)
        return [
            (foot + (tip * 1.1 - foot) * t, z, round_) for t, z in zip(share.tolist(), levels.tolist(), strict=True)
        ]

    edges = [low, *(edge * height for band in BANDS[bands] for edge in band), high]
    stretches = [body(start, stop) for start, stop in pairwise(edges)]
    stretches[0] = lower + stretches[0]
    stretches[-1] = stretches[-1] + upper
    inner = body(low, high)[::-1]
    inside = [
        (tip * 0.6, height * 0.97, round_),
        *([(scale - wall, z, round_) for scale, z, _ in inner[1:-1]]),
        (foot - wall, slab * 1.4, round_),
        (foot * 1.02, slab * 0.55, round_),
        (half * 0.86, slab * 0.5, square),
        (half * 0.88, slab * 0.06, square),
        (half * 0.97, 0.0, square),
    ]
    centre = 0.28 * height
    creases = [[4], *([] for _ in stretches[1:]), [len(inside) - 4, len(inside) - 3, len(inside) - 2]]
    meshes = [
        swept(
            np.array([(scale, z - centre) for scale, z, _ in part]), np.array([outline for *_, outline in part]), sharp
        )
        for part, sharp in zip([*stretches, inside], creases, strict=True)
    ]
    firsts = np.cumsum([0, *(len(mesh.faces) for mesh in meshes)]).tolist()
    slots = [Slot(firsts[i], firsts[i + 1], "street band") for i in range(1, len(stretches), 2)]
    slots.append(Slot(firsts[-2], firsts[-1], "inside"))
    eighth = rounded_square(12, 9.0)[:-1]
    levels = [(half * 0.97, 0.0, eighth), (half, slab * 0.5, eighth), (tip, height, circle(12)[:-1])]
    hull = np.concatenate(
        [np.column_stack([outline * scale, np.full(len(outline), z - centre)]) for scale, z, outline in levels]
    )
    points = {"tip": (0.0, 0.0, height - centre), "foot": (0.0, 0.0, -centre)}
    return Shape(joined(meshes), hull, tuple(slots), points)


def dented(shape: Shape, height: float, rng: Rng) -> Shape:
    """A cone that was driven over or leant on: its tip bent aside, one or two dents in the body.

    Args:
        shape: from `cone`, with rings enough.
        height: of the cone, metres.
        rng: of the world.
    """
    bend, turn = float(rng.uniform(0.02, 0.12)) * height, float(rng.uniform(0, 2 * np.pi))
    dents = []
    for _ in range(int(rng.integers(1, 3))):
        angle, level = rng.uniform(0, 2 * np.pi), rng.uniform(0.0, 0.5) * height
        dents.append((np.array([np.cos(angle), np.sin(angle), 0.0]), level, float(rng.uniform(0.03, 0.07)) * height))

    def press(points: Array) -> Array:
        out = points.copy()
        up = np.clip((points[:, 2] + 0.15 * height) / height, 0, None) ** 2
        out[:, :2] += bend * up[:, None] * np.array([np.cos(turn), np.sin(turn)])
        for way, level, depth in dents:
            side = np.clip((points @ way) / (0.12 * height), 0, 1)  # only the wall on that side
            near = np.exp(-(((points[:, 2] - level) / (0.14 * height)) ** 2)) * side**2
            out -= np.minimum(near * depth, np.maximum(points @ way, 0))[:, None] * way
        return out

    base = float(shape.mesh.vertices[:, 2].min())
    points = {name: tuple(press(np.array([point]))[0].tolist()) for name, point in shape.keypoints.items()}
    slots, solids = shape.slots, shape.solids
    hull = press(shape.hull)
    hull[:, 2] = np.maximum(hull[:, 2], base)
    return Shape(pressed(shape.mesh, press), hull, slots, points, solids)


def pressed(mesh: Mesh, press: Callable[[Array], Array]) -> Mesh:
    """A mesh whose points are moved by a smooth function; normals follow its Jacobian.

    Args:
        mesh: to move.
        press: (N, 3) to (N, 3), metres.
    """
    points = mesh.vertices.astype(float)
    step = 1e-4 * float(np.ptp(points, axis=0).max())
    moves = [(press(points + step * axis) - press(points - step * axis)) / (2 * step) for axis in np.eye(3)]
    jacobian = np.stack(moves, axis=2)  # of each point: rows are where it goes, columns where it came from
    # A normal goes by the inverse transpose; the cofactors are that up to a factor and always exist.
    cofactors = np.stack([np.cross(jacobian[:, (i + 1) % 3], jacobian[:, (i + 2) % 3]) for i in range(3)], axis=1)
    normals = (cofactors * mesh.normals[:, None].astype(float)).sum(2)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    return make_mesh(press(points), mesh.faces, mesh.uvs.astype(float), normals)
