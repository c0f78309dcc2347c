"""Round things turned on a lathe, as patches of several surfaces; and what finishes a small shape."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Board, Shape, circle
from seedbed.scenes.shapes.patches import Patch, Point, build, net, outermost
from seedbed.scenes.view import Mesh

OWN = "own"
"""Kind of patches that wear the thing's own surface: no slot."""

# Patches are joined where they meet within half a millimetre: small things are built this much larger.
_LARGER = 20.0

Profile = Sequence[tuple[float, float]]


def turned_patch(
    profile: Profile | Array, kind: str, *, around: int = 24, group: str | None = None, repeat: float = 1.0
) -> Patch:
    """A surface of revolution around z.

    Args:
        profile: (radius, height) from the bottom outward and up; going down inside makes a hollow.
        kind: of surface.
        around: points around.
        group: patches of one group are smoothed together where they meet.
        repeat: how often the texture lies around; once from the first ring to the last.
    """
    rings, ring = np.asarray(profile, float), circle(around)
    flat = rings[:, None, :1] * ring[None]
    points = np.concatenate([flat, np.broadcast_to(rings[:, None, 1:], (len(rings), around + 1, 1))], axis=2)
    length = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(rings, axis=0), axis=1))])
    v, u = np.meshgrid(length / max(float(length[-1]), 1e-9), np.linspace(0, repeat, around + 1), indexing="ij")
    return net(points, kind, uv=np.stack([u, v], axis=2), group=group)


def smooth(profile: Profile, steps: int = 4) -> Array:
    """A profile through given points, rounded between them (Catmull-Rom), its heights kept in order."""
    points = np.asarray(profile, float)
    ends = np.concatenate([[2 * points[0] - points[1]], points, [2 * points[-1] - points[-2]]])
    t = np.linspace(0, 1, steps, endpoint=False)[:, None]
    out = []
    for a, b, c, d in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        curve = 0.5 * (2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2 + (3 * b - a - 3 * c + d) * t**3)
        out.append(np.clip(curve, np.minimum(b, c), np.maximum(b, c)))
    return np.concatenate([*out, points[-1:]])


def made(
    patches: Sequence[Patch],
    *,
    origin: Point | None = None,
    crease: float = 42.0,
    keypoints: Mapping[str, Point] | None = None,
    solids: Sequence[Array] = (),
    boards: Sequence[Board] = (),
    pictures: Mapping[str, Path | None] | None = None,
    surface: str = "",
) -> Shape:
    """A shape of patches whose kind `OWN` is no slot; for things of any size.

    Args:
        patches: as `patches.build`.
        origin: as `patches.build`.
        crease: as `patches.build`.
        keypoints: as `patches.build`.
        solids: as `patches.build`.
        boards: places to stand on, in the patches' frame.
        pictures: kind to what its slot shows.
        surface: of the thing where the scene gives it none.
    """
    large = [replace(patch, corners=patch.corners * _LARGER) for patch in patches]
    if origin is None:
        points = np.concatenate([patch.corners.reshape(-1, 3) for patch in patches])
        origin = (points.min(0) + points.max(0)) / 2
    shift = np.asarray(origin, float)
    points_large = {name: np.asarray(point, float) * _LARGER for name, point in (keypoints or {}).items()}
    built = build(
        large,
        origin=shift * _LARGER,
        crease=crease,
        keypoints=points_large,
        solids=[np.asarray(part, float) * _LARGER for part in solids],
    )
    shown = pictures or {}
    return replace(
        built,
        mesh=Mesh(built.mesh.vertices / np.float32(_LARGER), built.mesh.normals, built.mesh.uvs, built.mesh.faces),
        hull=_outer(built) / _LARGER,
        slots=tuple(replace(slot, picture=shown.get(slot.kind)) for slot in built.slots if slot.kind != OWN),
        keypoints={name: (x / _LARGER, y / _LARGER, z / _LARGER) for name, (x, y, z) in built.keypoints.items()},
        solids=tuple(part / _LARGER for part in built.solids),
        boards=tuple(board.moved(-shift) for board in boards),
        surface=surface,
    )


def _outer(shape: Shape) -> Array:
    """Points whose hull is close to the mesh's: what lies furthest in many directions once all three sides are alike.

    Without that, a long thing's shoulders would be missed by directions that its ends are furthest in.
    """
    points = shape.mesh.vertices.astype(float)
    size = np.ptp(points, axis=0)
    alike = points / size
    far = alike[np.unique((alike @ _DIAGONALS.T).argmax(0))]
    return np.asarray(np.unique(np.concatenate([outermost(alike), far]), axis=0) * size)


_DIAGONALS = np.array([way for way in itertools.product((-1.0, 0.0, 1.0), repeat=3) if any(way)])


def cuboid(low: Point, high: Point) -> Array:
    """The eight corners of an upright box, for `Shape.solids`."""
    pair = np.stack([np.asarray(low, float), np.asarray(high, float)])
    return np.array([[pair[i, 0], pair[j, 1], pair[k, 2]] for i in (0, 1) for j in (0, 1) for k in (0, 1)])
