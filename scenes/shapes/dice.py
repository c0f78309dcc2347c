"""A die: a rounded cube whose faces carry one to six pips."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from seedbed.scenes.shapes.meshes import (
    CUBE,
    Array,
    Rng,
    Shape,
    Slot,
    atlas,
    cube_sides,
    grid_faces,
    joined,
    make_mesh,
)
from seedbed.scenes.view import Mesh

PIPS = (1, 6, 2, 5, 3, 4)
"""Of each side of the cube in the order of `meshes.CUBE`: opposite sides add up to 7, and 1, 2, 3 run counter-clockwise
around their corner, as on western dice."""


def rounded_cube(size: Sequence[float], radius: float, cells: int = 4) -> Mesh:
    """A box with rounded edges and corners; each side has its own place in the atlas.

    Args:
        size: metres.
        radius: of the edges, metres, at most half the shortest side.
        cells: grid cells across each rounded edge.
    """
    half = np.asarray(size, float) / 2
    inner = half - radius
    meshes = []
    for side, (points, _) in enumerate(cube_sides(2 * cells + 1)):
        # The grid's middle cell becomes the flat face, the others the rounded edge.
        steps = np.round((points + 1) / 2 * (2 * cells + 1))
        away = np.where(steps <= cells, steps - cells, steps - cells - 1) / cells
        bend = np.tan(away * np.pi / 4)  # even angles around the edge
        axis = int(np.argmax(np.abs(CUBE[side])))
        bend[:, axis] = CUBE[side][axis]
        normals = bend / np.linalg.norm(bend, axis=1, keepdims=True)
        core = np.where(steps <= cells, -inner, inner)
        core[:, axis] = CUBE[side][axis] * inner[axis]
        vertices = core + radius * normals
        up = 2 if axis != 2 else 1
        right = np.cross(np.eye(3)[up], CUBE[side])
        uv = np.stack([vertices @ right / (half @ np.abs(right)), vertices[:, up] / half[up]], axis=1) / 2 + 0.5
        count = 2 * cells + 2
        meshes.append(make_mesh(vertices, grid_faces(count, count), atlas(side, uv), normals))
    return joined(meshes)


def turns() -> list[Array]:
    """The 24 rotations that bring a cube onto itself, (3, 3) each, always in the same order."""
    found = []
    for order in itertools.permutations(range(3)):
        for signs in itertools.product((1.0, -1.0), repeat=3):
            matrix = np.zeros((3, 3))
            matrix[range(3), order] = signs
            if np.linalg.det(matrix) > 0:
                found.append(matrix)
    return found


def die(edge: float, roundness: float, names: Sequence[str], rng: Rng) -> Shape:
    """A die, any face up.

    Args:
        edge: metres.
        roundness: radius of the edges over half the edge.
        names: classes of the faces one to six; none where the faces give no class.
        rng: of the world.
    """
    all_turns = turns()
    turn = all_turns[int(rng.integers(len(all_turns)))]
    radius = max(roundness, 0.02) * edge / 2
    flat = rounded_cube((edge,) * 3, radius)
    mesh = make_mesh(flat.vertices @ turn.T, flat.faces, flat.uvs.astype(float), flat.normals @ turn.T)
    sides = tuple((names[pips - 1], _triple(turn @ CUBE[side])) for side, pips in enumerate(PIPS)) if names else ()
    corners = np.array(list(itertools.product((-1.0, 1.0), repeat=3)))
    inner = edge / 2 - radius
    # Each corner as the three ends of its edges and its own middle: a die rolls over what is round.
    ends = [corners * (inner + radius * np.eye(3)[axis]) for axis in range(3)]
    hull = np.concatenate([*ends, corners * (inner + radius / np.sqrt(3))])
    points = {str(pips): _triple(turn @ CUBE[side] * edge / 2) for side, pips in enumerate(PIPS)}
    return Shape(mesh, hull, (Slot(0, len(mesh.faces), "pips"),), points, sides=sides)


def _triple(point: Array) -> tuple[float, float, float]:
    x, y, z = point.tolist()
    return x, y, z
