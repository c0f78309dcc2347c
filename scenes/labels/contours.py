"""Which faces of a mesh meet at which edge, so that the outline of its front can be told from few edges."""

from __future__ import annotations

from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Mesh

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Topology:
    """A mesh without the doubled corners of its creases and seams.

    Attributes:
        points: (3, P) metres, each once.
        faces: (3, F) into points: first, second and third corners.
        edges: (E, 2) into points, in the direction in which the first of the two faces runs around.
        sides: (E, 2) the faces that meet there; F, the number of faces, where there is no second one.
        extent: (3,) lowest and (3,) highest x, y and z.
    """

    points: Array
    faces: Ints
    edges: Ints
    sides: Ints
    extent: tuple[Array, Array]

    def contour(self, front: NDArray[np.bool_]) -> Ints:
        """The edges between faces seen from their front and others, (N, 2), directed as the front face runs."""
        seen = np.append(front, False)[self.sides]
        turned = seen[:, 1] & ~seen[:, 0]
        return np.concatenate([self.edges[seen[:, 0] & ~seen[:, 1]], self.edges[turned][:, ::-1]])


_known: WeakKeyDictionary[Mesh, Topology] = WeakKeyDictionary()


def topology(mesh: Mesh) -> Topology:
    """The topology of a mesh, found once as long as the mesh lives."""
    found = _known.get(mesh)
    if found is None:
        found = _known[mesh] = _topology(mesh)
    return found


def _topology(mesh: Mesh) -> Topology:
    points, faces = _merged(mesh)
    half = faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2)
    half_face = np.repeat(np.arange(len(faces)), 3)
    key = half.min(1) * len(points) + half.max(1)
    order = np.argsort(key, kind="stable")
    key, half, half_face = key[order], half[order], half_face[order]
    starts = np.flatnonzero(np.diff(key, prepend=-1))
    sizes = np.diff(starts, append=len(key))
    # Two faces that run along their edge in opposite directions. All others keep an edge of their own each.
    pairs = starts[sizes == 2]
    pairs = pairs[half[pairs, 0] == half[pairs + 1, 1]]
    alone = np.ones(len(key), bool)
    alone[pairs] = alone[pairs + 1] = False
    single = np.flatnonzero(alone)
    sides = np.stack([half_face, np.full(len(key), len(faces))], axis=1)
    sides[pairs, 1] = half_face[pairs + 1]
    kept = np.concatenate([pairs, single])
    extent = (points.min(0), points.max(0))
    return Topology(np.ascontiguousarray(points.T), np.ascontiguousarray(faces.T), half[kept], sides[kept], extent)


def _merged(mesh: Mesh) -> tuple[Array, Ints]:
    """Points that are in one place become one."""
    points, faces = mesh.vertices + np.float32(0), mesh.faces.astype(np.int64)  # -0.0 becomes 0.0
    bits = np.ascontiguousarray(points, np.float32).view(np.uint32).astype(np.uint64)
    key = (bits * np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9], np.uint64)).sum(1)
    _, first, place = np.unique(key, return_index=True, return_inverse=True)
    if np.array_equal(points[first[place]], points):  # else two places share a key: then none are merged
        points, faces = points[first], place[faces]
    return points.astype(np.float64), faces
