"""Sheets seen from both sides: two faces in one place, each seen from its front only.

A ray that meets the one seen from behind and goes on through it starts again where it is, and so may miss the other.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Mesh


def without_far_sides(mesh: Mesh, eye: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which faces are left when each sheet keeps only the side that an eye sees.

    Args:
        mesh: any.
        eye: (3,) in the mesh's frame.

    Returns:
        (F,) true where a face has no twin of the other side in its place, or faces the eye.
    """
    _, places = np.unique(np.round(mesh.vertices.astype(np.float64), 6), axis=0, return_inverse=True)
    corners = np.sort(places.reshape(-1)[mesh.faces], axis=1)
    _, group, sizes = np.unique(corners, axis=0, return_inverse=True, return_counts=True)
    twin = sizes[group.reshape(-1)] > 1
    a, b, c = (mesh.vertices[mesh.faces[:, i]].astype(np.float64) for i in range(3))
    front = np.einsum("ij,ij->i", np.cross(b - a, c - a), eye - a) > 0.0
    return np.asarray(~twin | front, np.bool_)
