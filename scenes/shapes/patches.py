"""Patches: pieces of surface with a kind each, built into one shape with creased normals.

A shape of many surfaces (a car, a house) is written as a list of patches. `build` sorts their faces by kind, so that
each kind is one slot, smooths normals across edges flatter than a crease, and puts the origin where it is asked to be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.shapes.meshes import Array, Rng, Shape, Slot, circle, cross, grid_faces
from seedbed.scenes.view import Mesh

Point = Sequence[float] | Array
_STEP = 2000  # positions within half a millimetre are one
_UNIT = ((0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0))


@dataclass(frozen=True, eq=False)
class Patch:
    """A piece of surface.

    Attributes:
        corners: (F, 3, 3) triangles, counter-clockwise seen from outside, metres.
        uvs: (F, 3, 2).
        kind: key of `surfaces.kinds.KINDS`.
        group: patches of one group are smoothed together where they meet; None is alone.
    """

    corners: Array
    uvs: Array
    kind: str
    group: str | None = None

    def moved(self, offset: Point) -> Patch:
        """Shifted by metres."""
        return replace(self, corners=self.corners + np.asarray(offset, float))

    def turned(self, matrix: Array) -> Patch:
        """Rotated (or mirrored: faces are then turned round) by a (3, 3) matrix."""
        corners = self.corners @ np.asarray(matrix, float).T
        if np.linalg.det(matrix) < 0:
            return replace(self, corners=corners[:, ::-1], uvs=self.uvs[:, ::-1])
        return replace(self, corners=corners)


def about_z(angle: float) -> Array:
    """The (3, 3) rotation by radians around +z."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def about_y(angle: float) -> Array:
    """The (3, 3) rotation by radians around +y: +z turns towards +x."""
    c, s = np.cos(angle), np.sin(angle)
    return np.array([[c, 0, s], [0, 1.0, 0], [-s, 0, c]])


def metric(corners: Array, repeat: float) -> Array:
    """Texture coordinates in metres over `repeat`, each face laid flat along the axis it faces most."""
    normal = np.abs(cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]))
    axis = normal.argmax(1)
    along = np.where(axis == 0, 1, 0)
    up = np.where(axis == 2, 1, 2)
    rows = np.arange(len(corners))[:, None]
    columns = np.arange(3)[None]
    return np.stack([corners[rows, columns, along[:, None]], corners[rows, columns, up[:, None]]], axis=2) / repeat


def quad(a: Point, b: Point, c: Point, d: Point, kind: str, uv: Sequence[Sequence[float]] = _UNIT) -> Patch:
    """A flat four-cornered patch, counter-clockwise; `uv` per corner."""
    points, places = np.array([a, b, c, d], float), np.array(uv, float)
    order = np.array([[0, 1, 2], [0, 2, 3]])
    return Patch(points[order], places[order], kind)


def polygon(points: Array, kind: str, uv: Array | None = None, repeat: float = 1.0) -> Patch:
    """A flat convex patch, (N, 3) counter-clockwise; `uv` (N, 2) or metres over `repeat`."""
    middle = np.arange(1, len(points) - 1)
    order = np.stack([np.zeros_like(middle), middle, middle + 1], axis=1)
    corners = np.asarray(points, float)[order]
    return Patch(corners, metric(corners, repeat) if uv is None else np.asarray(uv, float)[order], kind)


def block(low: Point, high: Point, kind: str, *, repeat: float = 1.0, skip: str = "") -> Patch:
    """An upright box between two corners, texture in metres over `repeat`.

    Args:
        low: smallest x, y, z.
        high: largest.
        kind: of surface.
        repeat: metres.
        skip: sides to leave out, of "x-", "x+", "y-", "y+", "z-", "z+", separated by blanks.
    """
    (x0, y0, z0), (x1, y1, z1) = low, high
    sides = {
        "x+": ((x1, y0, z0), (x1, y1, z0), (x1, y1, z1), (x1, y0, z1)),
        "x-": ((x0, y1, z0), (x0, y0, z0), (x0, y0, z1), (x0, y1, z1)),
        "y+": ((x1, y1, z0), (x0, y1, z0), (x0, y1, z1), (x1, y1, z1)),
        "y-": ((x0, y0, z0), (x1, y0, z0), (x1, y0, z1), (x0, y0, z1)),
        "z+": ((x0, y0, z1), (x1, y0, z1), (x1, y1, z1), (x0, y1, z1)),
        "z-": ((x0, y1, z0), (x1, y1, z0), (x1, y0, z0), (x0, y0, z0)),
    }
    drawn = np.array([side for name, side in sides.items() if name not in skip.split()], float)
    corners = drawn[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3)
    return Patch(corners, metric(corners, repeat), kind)


def net(points: Array, kind: str, *, uv: Array | None = None, group: str | None = None) -> Patch:
    """A surface through a grid of points.

    Args:
        points: (R, C, 3); seen from outside columns run right and rows up.
        kind: of surface.
        uv: (R, C, 2); left out, 0 to 1 each way.
        group: see `Patch`.
    """
    rows, columns = points.shape[:2]
    if uv is None:
        v, u = np.meshgrid(np.linspace(0, 1, rows), np.linspace(0, 1, columns), indexing="ij")
        uv = np.stack([u, v], axis=2)
    faces = grid_faces(rows, columns)
    return Patch(points.reshape(-1, 3)[faces], uv.reshape(-1, 2)[faces], kind, group)


def tube(
    path: Array, radii: Array, kind: str, *, around: int = 8, caps: str = "both", group: str | None = None
) -> Patch:
    """A round or oval tube along a path: limbs, poles, branches.

    Args:
        path: (N, 3) middle of each ring, metres; no two after one another alike.
        radii: (N,), or (N, 2) sideways and lengthways where the tube is oval: sideways is across the path and +x.
        kind: of surface.
        around: points around.
        caps: which ends are closed by a point: "both", "start", "end", "none".
        group: see `Patch`.
    """
    path = np.asarray(path, float)
    radii = np.asarray(radii, float)
    radii = np.repeat(radii[:, None], 2, axis=1) if radii.ndim == 1 else radii
    ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    side = cross(ahead, np.array([1.0, 0.0, 0.0]))
    weak = np.linalg.norm(side, axis=1) < 0.2
    side[weak] = cross(ahead[weak], np.array([0.0, 0.0, -1.0]))
    side /= np.linalg.norm(side, axis=1, keepdims=True)
    over = cross(ahead, side)
    ring = circle(around)
    rings = (
        path[:, None]
        + side[:, None] * (ring[None, :, :1] * radii[:, None, :1])
        + over[:, None] * (ring[None, :, 1:] * radii[:, None, 1:])
    )
    if caps in ("both", "start"):
        rings = np.concatenate([np.broadcast_to(path[0], (1, around + 1, 3)), rings])
    if caps in ("both", "end"):
        rings = np.concatenate([rings, np.broadcast_to(path[-1], (1, around + 1, 3))])
    length = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(rings[:, 0], axis=0), axis=1))])
    v, u = np.meshgrid(length, np.linspace(0, 2 * np.pi * float(radii.mean()), around + 1), indexing="ij")
    return net(rings, kind, uv=np.stack([u, v], axis=2), group=group)


def capsule(start: Point, end: Point, low: float, high: float, kind: str, *, around: int = 8) -> Patch:
    """A limb with round ends: a tube whose radius runs from `low` at the start to `high` at the end."""
    start, end = np.asarray(start, float), np.asarray(end, float)
    length = float(np.linalg.norm(end - start))
    along = (end - start) / length
    at = np.array([-0.75 * low, -0.35 * low, 0.0, length * 0.5, length, length + 0.35 * high, length + 0.75 * high])
    wide = np.array([0.5 * low, 0.85 * low, low, (low + high) / 2, high, 0.85 * high, 0.5 * high])
    return tube(start + at[:, None] * along, wide, kind, around=around)


@lru_cache(maxsize=4)
def _sphere(detail: int) -> tuple[Array, NDArray[np.int32]]:
    """An icosphere: unit points and faces."""
    golden = (1 + 5**0.5) / 2
    points = np.array(
        [(s * a, t * b, 0) for a, b in ((1, golden),) for s in (-1, 1) for t in (-1, 1)]
        + [(0, s * 1, t * golden) for s in (-1, 1) for t in (-1, 1)]
        + [(t * golden, 0, s * 1) for s in (-1, 1) for t in (-1, 1)],
        float,
    )
    gaps = np.linalg.norm(points[:, None] - points[None], axis=2)
    near = np.abs(gaps - 2) < 1e-6
    faces = [
        (i, j, k)
        for i in range(12)
        for j in range(i + 1, 12)
        for k in range(j + 1, 12)
        if near[i, j] and near[j, k] and near[i, k]
    ]
    corners = points[np.array(faces)]
    inward = (cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]) * corners[:, 0]).sum(1) < 0
    corners[inward] = corners[inward][:, ::-1]
    for _ in range(detail):
        a, b, c = corners[:, 0], corners[:, 1], corners[:, 2]
        ab, bc, ca = (a + b) / 2, (b + c) / 2, (c + a) / 2
        corners = np.concatenate([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))])
    corners /= np.linalg.norm(corners, axis=2, keepdims=True)
    _, first, inverse = np.unique(_places(corners.reshape(-1, 3)), return_index=True, return_inverse=True)
    return corners.reshape(-1, 3)[first], inverse.reshape(-1, 3).astype(np.int32)


def blob(
    middle: Point,
    radii: Point,
    kind: str,
    *,
    detail: int = 1,
    rough: float = 0.0,
    rng: Rng | None = None,
    repeat: float = 1.0,
    group: str | None = None,
) -> Patch:
    """A ball, oval and lumpy as asked.

    Args:
        middle: metres.
        radii: along x, y and z, metres.
        kind: of surface.
        detail: 0 is 20 triangles, 1 is 80, 2 is 320.
        rough: share of the radius by which points stray.
        rng: of the straying.
        repeat: metres of one repeat of the texture.
        group: see `Patch`.
    """
    points, faces = _sphere(detail)
    if rng is not None and rough > 0:
        points = points * (1 + rng.uniform(-rough, rough, (len(points), 1)))
    corners = (points * np.asarray(radii, float))[faces]
    return Patch(corners + np.asarray(middle, float), metric(corners, repeat), kind, group)


def _places(points: Array) -> NDArray[np.int64]:
    """One whole number per place, the same for places within half a millimetre; for |coordinates| up to 32 m."""
    x, y, z = (np.rint(points * _STEP).astype(np.int64) + (1 << 16)).T
    return np.asarray((x << 34) | (y << 17) | z)


def build(
    patches: Sequence[Patch],
    *,
    origin: Point | None = None,
    crease: float = 42.0,
    keypoints: Mapping[str, Point] | None = None,
    solids: Sequence[Array] = (),
) -> Shape:
    """Builds a shape.

    Args:
        patches: its surface.
        origin: where the centre of mass lies, in the patches' frame; left out, the middle of their box.
        crease: degrees; an edge that bends more stays sharp.
        keypoints: in the patches' frame.
        solids: convex parts, in the patches' frame.
    """
    kinds = sorted({patch.kind for patch in patches})
    ordered = sorted(patches, key=lambda patch: kinds.index(patch.kind))
    corners = np.concatenate([patch.corners for patch in ordered])
    uvs = np.concatenate([patch.uvs for patch in ordered])
    names = {patch.group: number for number, patch in enumerate(ordered) if patch.group is not None}
    group = np.concatenate(
        [
            np.full(len(patch.corners), number if patch.group is None else names[patch.group])
            for number, patch in enumerate(ordered)
        ]
    )
    which = np.concatenate([np.full(len(patch.corners), kinds.index(patch.kind)) for patch in ordered])
    flat = cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    solid = np.linalg.norm(flat, axis=1) > 1e-9
    corners, uvs, group, which, flat = corners[solid], uvs[solid], group[solid], which[solid], flat[solid]
    low, high = corners.min((0, 1)), corners.max((0, 1))
    shift = (low + high) / 2 if origin is None else np.asarray(origin, float)
    corners = corners - shift
    mesh = _mesh(corners, uvs, group, flat, np.cos(np.radians(crease)))
    edges = np.searchsorted(which, np.arange(len(kinds) + 1))
    slots = tuple(
        Slot(int(edges[i]), int(edges[i + 1]), kind) for i, kind in enumerate(kinds) if edges[i + 1] > edges[i]
    )
    named = {name: np.asarray(point, float) - shift for name, point in (keypoints or {}).items()}
    return Shape(
        mesh,
        outermost(mesh.vertices.astype(float)),
        slots,
        {name: (float(x), float(y), float(z)) for name, (x, y, z) in named.items()},
        tuple(np.asarray(part, float) - shift for part in solids),
    )


def _mesh(corners: Array, uvs: Array, group: NDArray[np.intp], flat: Array, least: float) -> Mesh:
    """Normals by crease, then vertices alike in place, normal and texture are one."""
    count = len(corners) * 3
    unit = flat / np.linalg.norm(flat, axis=1, keepdims=True)
    # A place of one group: where normals may be shared.
    places = _places(corners.reshape(-1, 3))
    _, place = np.unique(places, return_inverse=True)
    _, joint = np.unique(place * (int(group.max()) + 1) + np.repeat(group, 3), return_inverse=True)
    sizes = np.bincount(joint)
    order = np.argsort(joint, kind="stable")
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    many = sizes[joint]
    one = np.repeat(np.arange(count), many)
    within = np.arange(len(one)) - np.repeat(np.cumsum(many) - many, many)
    other = order[starts[joint[one]] + within]
    alike = (unit[one // 3] * unit[other // 3]).sum(1) > least - 1e-9
    # Weighted by the angle at the corner, so that how a surface is cut into triangles does not matter.
    pull = (unit[:, None] * _angles(corners)[..., None]).reshape(-1, 3)[other[alike]]
    normals = np.stack([np.bincount(one[alike], pull[:, axis], count) for axis in range(3)], axis=1)
    normals = normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    # Vertices that agree in everything are shared: a third to a fifth of the corners.
    nx, ny, nz = (np.rint(normals * 250).astype(np.int64) + 256).T
    _, same = np.unique(joint.astype(np.int64) << 27 | nx << 18 | ny << 9 | nz, return_inverse=True)
    u, v = (np.rint(uvs.reshape(-1, 2) * 1024).astype(np.int64) + (1 << 22)).T
    _, first, faces = np.unique(same.astype(np.int64) << 46 | u << 23 | v, return_index=True, return_inverse=True)
    return Mesh(
        np.ascontiguousarray(corners.reshape(-1, 3)[first], np.float32),
        np.ascontiguousarray(normals[first], np.float32),
        np.ascontiguousarray(uvs.reshape(-1, 2)[first], np.float32),
        np.ascontiguousarray(faces.reshape(-1, 3), np.int32),
    )


def _angles(corners: Array) -> Array:
    """The angle of each triangle at each corner, (F, 3) radians."""
    ahead = np.roll(corners, -1, axis=1) - corners
    ahead /= np.maximum(np.linalg.norm(ahead, axis=2, keepdims=True), 1e-12)
    back = -np.roll(ahead, 1, axis=1)
    return np.asarray(np.arccos(np.clip((ahead * back).sum(2), -1, 1)))


@lru_cache(maxsize=1)
def _directions() -> Array:
    return _sphere(1)[0]


def outermost(points: Array) -> Array:
    """Points of a cloud that lie furthest in each of 42 directions: a hull for physics, (N, 3)."""
    return np.asarray(points[np.unique((points @ _directions().T).argmax(0))])


def unsmoothed(patches: Sequence[Patch]) -> tuple[Mesh, tuple[tuple[int, int, str], ...]]:
    """Patches of any extent as one mesh with flat faces, for scenery.

    Returns:
        The mesh, and (first face, face after the last, kind) for each kind.
    """
    kinds = sorted({patch.kind for patch in patches})
    corners, uvs, slots, first = [], [], [], 0
    for kind in kinds:
        mine = [patch for patch in patches if patch.kind == kind]
        corners += [patch.corners for patch in mine]
        uvs += [patch.uvs for patch in mine]
        last = first + sum(len(patch.corners) for patch in mine)
        slots.append((first, last, kind))
        first = last
    points = np.concatenate(corners)
    flat = cross(points[:, 1] - points[:, 0], points[:, 2] - points[:, 0])
    flat = flat / np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
    mesh = Mesh(
        np.ascontiguousarray(points.reshape(-1, 3), np.float32),
        np.ascontiguousarray(np.repeat(flat, 3, axis=0), np.float32),
        np.ascontiguousarray(np.concatenate(uvs).reshape(-1, 2), np.float32),
        np.arange(len(points) * 3, dtype=np.int32).reshape(-1, 3),
    )
    return mesh, tuple(slots)
