"""A thin printed card with rounded corners."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Shape, Slot, grid_faces, joined, make_mesh
from seedbed.scenes.view import Mesh


def rounded_rectangle(width: float, height: float, radius: float, steps: int = 4) -> Array:
    """The outline of a rectangle with round corners, counter-clockwise and open, (4 * steps + 4, 2) metres.

    Args:
        width: along x.
        height: along y.
        radius: of the corners.
        steps: edges per corner.
    """
    angle = np.linspace(0, np.pi / 2, steps + 1)
    arc = radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    corner = np.array([width / 2 - radius, height / 2 - radius])
    quarter = np.array([[0.0, -1.0], [1.0, 0.0]])
    outline = []
    for turn, signs in enumerate(((1, 1), (-1, 1), (-1, -1), (1, -1))):
        outline.append(arc @ np.linalg.matrix_power(quarter, turn).T + corner * signs)
    return np.concatenate(outline)


def plate_of(outline: Array, thickness: float) -> tuple[Mesh, tuple[int, int]]:
    """A flat plate of a convex outline, centred on z = 0: its top, its bottom, then its rim.

    The texture lies once over the top as seen from above, and once over the bottom as seen from below.

    Args:
        outline: (N, 2) metres, counter-clockwise and open.
        thickness: metres.

    Returns:
        The mesh, and (first face of the bottom, first face of the rim).
    """
    count, half = len(outline), thickness / 2
    size = np.ptp(outline, axis=0)
    flat = np.concatenate([[(0.0, 0.0)], outline])
    uv = flat / size + 0.5
    around = np.arange(count)
    fan = np.stack([np.zeros(count, int), around + 1, (around + 1) % count + 1], axis=1).astype(np.int32)
    up = np.tile([0.0, 0.0, 1.0], (count + 1, 1))
    top = make_mesh(np.column_stack([flat, np.full(count + 1, half)]), fan, uv, up)
    mirrored = uv * (-1, 1) + (1, 0)
    bottom = make_mesh(np.column_stack([flat, np.full(count + 1, -half)]), fan[:, ::-1], mirrored, -up)
    closed = np.concatenate([outline, outline[:1]])
    wall = np.concatenate([np.column_stack([closed, np.full(count + 1, z)]) for z in (-half, half)])
    ways = np.roll(outline, -1, axis=0) - np.roll(outline, 1, axis=0)
    out = np.column_stack([ways[:, 1], -ways[:, 0], np.zeros(count)])
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    out = np.concatenate([out, out[:1]])
    u = np.linspace(0, 1, count + 1)
    edge = np.concatenate([np.column_stack([u, np.full(count + 1, v)]) for v in (0.0, 1.0)])
    rim = make_mesh(wall, grid_faces(2, count + 1), edge, np.concatenate([out, out]))
    return joined([top, bottom, rim]), (count, 2 * count)


def card(
    size: tuple[float, float],
    thickness: float,
    radius: float,
    *,
    face: Path | None = None,
    back: Path | None = None,
    face_up: bool = True,
    name: str | None = None,
    by_face: bool = False,
) -> Shape:
    """A card, flat on z = 0.

    Args:
        size: along x and y, metres.
        thickness: metres.
        radius: of the corners, metres.
        face: picture; None is printed at random.
        back: picture; None is a pattern.
        face_up: whether the face looks along +z.
        name: class that the face gives, or None for a face without.
        by_face: whether the face gives the class at all; then the back gives none.
    """
    outline = rounded_rectangle(*size, radius)
    mesh, (bottom, rim) = plate_of(outline, thickness)
    slots = [
        Slot(0, bottom, "face" if face_up else "back", face if face_up else back),
        Slot(bottom, rim, "back" if face_up else "face", back if face_up else face),
        Slot(rim, len(mesh.faces), "paper"),
    ]
    hull = np.concatenate(
        [np.column_stack([outline[::2], np.full(len(outline[::2]), z)]) for z in (-thickness / 2, thickness / 2)]
    )
    up = 1.0 if face_up else -1.0
    sides = () if not by_face else ((name, (0.0, 0.0, up)), (None, (0.0, 0.0, -up)))
    x, y = size[0] / 2, size[1] / 2
    z = thickness / 2 * up
    corners = {"top left": (-x * up, y, z), "top right": (x * up, y, z)}
    corners |= {"bottom right": (x * up, -y, z), "bottom left": (-x * up, -y, z)}
    return Shape(mesh, hull, tuple(slots), corners, sides=sides)
