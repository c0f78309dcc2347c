"""Meshes: how they are put together, and what a shape is, in metres, +z up when standing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Material, Mesh

Array = NDArray[np.float64]
Rng = np.random.Generator


@dataclass(frozen=True)
class Slot:
    """Faces that wear a surface of their own.

    Attributes:
        first: face.
        last: face after the last.
        kind: name of the surface, a key of `surfaces.kinds.KINDS`: "glass", "rubber", "inside", ...
        picture: what it shows, where that belongs to what the thing is (the face of a card); None for any.
    """

    first: int
    last: int
    kind: str
    picture: Path | None = None


@dataclass(frozen=True)
class Board:
    """A level place that other things can stand on: a shelf's board, a pallet's deck, a crate's floor.

    Attributes:
        low: smallest x and y, and its height, metres in the mesh's frame.
        high: largest x and y.
        clear: free height above it, metres; infinite where nothing is above.
    """

    low: tuple[float, float, float]
    high: tuple[float, float]
    clear: float = float("inf")

    def moved(self, offset: Sequence[float] | Array) -> Board:
        """Shifted by metres."""
        x, y, z = (float(value) for value in offset)
        low, high = self.low, self.high
        return Board((low[0] + x, low[1] + y, low[2] + z), (high[0] + x, high[1] + y), self.clear)


@dataclass(frozen=True, eq=False)
class Own:
    """A surface that a mesh brings along.

    Attributes:
        material: the surface.
        rough: whether roughness and metal are the file's own, and not for the scene to draw.
    """

    material: Material
    rough: bool = False


@dataclass(frozen=True, eq=False)
class Shape:
    """A mesh and what physics, surfaces and labels need of it. The centre of mass is the origin.

    Attributes:
        mesh: what is drawn.
        hull: (N, 3) points whose convex hull collides.
        slots: faces with other surfaces than the thing's own; none overlap.
        keypoints: named points that labels may tell, metres in the mesh's frame.
        solids: convex parts, (N, 3) each, that collide instead of the hull where the thing is hollow or has legs.
        sides: (class or None, direction in the mesh's frame): where there are any, the thing's class is that of the
            side that lies uppermost once it has settled, such as the number a die shows.
        surface: name of the surface of faces that no slot covers, a key of `KINDS`, where the scene names neither a
            colour nor a texture; "" is a plain colour.
        surfaces: by kind of slot, what the mesh brings along itself; other kinds are those of `surfaces.kinds`.
        boards: places that others can stand on while it is upright, from the lowest up.
        static: whether it stands where it is put, as furniture does.
    """

    mesh: Mesh
    hull: Array
    slots: tuple[Slot, ...] = ()
    keypoints: Mapping[str, tuple[float, float, float]] = field(default_factory=dict)
    solids: tuple[Array, ...] = ()
    sides: tuple[tuple[str | None, tuple[float, float, float]], ...] = ()
    surface: str = ""
    surfaces: Mapping[str, Own] = field(default_factory=dict)
    boards: tuple[Board, ...] = ()
    static: bool = False

    def name_of(self, pose: Array, name: str | None) -> str | None:
        """The class of the thing as it lies.

        Args:
            pose: (4, 4) mesh frame to world.
            name: class that the scene gives it, whichever side is up.
        """
        if not self.sides:
            return name
        heights = [float(pose[2, :3] @ np.array(direction)) for _, direction in self.sides]
        return self.sides[int(np.argmax(heights))][0]

    @property
    def radius(self) -> float:
        """Of the sphere around the origin that holds the hull."""
        return float(np.sqrt((self.hull**2).sum(1).max()))


def normals_of(vertices: Array, faces: NDArray[np.int32]) -> Array:
    """Area-weighted vertex normals, (V, 3) unit length. Vertices not shared stay sharp."""
    first = vertices[faces[:, 0]]
    flat = cross(vertices[faces[:, 1]] - first, vertices[faces[:, 2]] - first)
    places = faces.ravel()
    normals = np.empty_like(vertices)
    for axis in range(3):
        normals[:, axis] = np.bincount(places, np.repeat(flat[:, axis], 3), len(vertices))
    return unit(normals)


def cross(one: Array, other: Array) -> Array:
    """Cross products of (N, 3) vectors, also with one (3,); NumPy's own takes several times as long for few of them."""
    (ax, ay, az), (bx, by, bz) = one.T, other.T
    out = np.empty_like(one)
    out[:, 0], out[:, 1], out[:, 2] = ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx
    return out


def unit(vectors: Array) -> Array:
    """Vectors along the last axis brought to length one; null vectors stay."""
    length = np.sqrt(np.einsum("...i,...i->...", vectors, vectors))
    return np.asarray(vectors / np.maximum(length, 1e-12)[..., None])


def make_mesh(vertices: Array, faces: NDArray[np.int32], uvs: Array, normals: Array | None = None) -> Mesh:
    """A `Mesh` of these arrays; normals are computed where not given."""
    normals = normals_of(vertices, faces) if normals is None else normals
    return Mesh(
        np.ascontiguousarray(vertices, np.float32),
        np.ascontiguousarray(normals, np.float32),
        np.ascontiguousarray(uvs, np.float32),
        np.ascontiguousarray(faces, np.int32),
    )


def joined(meshes: Sequence[Mesh]) -> Mesh:
    """Several meshes as one."""
    starts = np.cumsum([0, *(len(mesh.vertices) for mesh in meshes[:-1])])
    faces = [mesh.faces + np.int32(start) for mesh, start in zip(meshes, starts, strict=True)]
    return Mesh(
        np.concatenate([mesh.vertices for mesh in meshes]),
        np.concatenate([mesh.normals for mesh in meshes]),
        np.concatenate([mesh.uvs for mesh in meshes]),
        np.concatenate(faces),
    )


@lru_cache(maxsize=512)
def grid_faces(rows: int, columns: int) -> NDArray[np.int32]:
    """Triangles of a (rows x columns) grid of vertices, counter-clockwise where rows go up and columns right."""
    first = (np.arange(rows - 1)[:, None] * columns + np.arange(columns - 1)).ravel()
    right, up = first + 1, first + columns
    faces = np.stack([first, right, up + 1, first, up + 1, up], axis=1).reshape(-1, 3).astype(np.int32)
    faces.setflags(write=False)
    return faces


def sheet(width: float, depth: float, cells: int = 1, repeat: float = 1.0) -> Mesh:
    """A horizontal sheet facing up, centred on the origin; one texture repeat is `repeat` metres."""
    x, y = np.meshgrid(np.linspace(-width / 2, width / 2, cells + 1), np.linspace(-depth / 2, depth / 2, cells + 1))
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    return make_mesh(vertices, grid_faces(cells + 1, cells + 1), vertices[:, :2] / repeat)


def swept(profile: Array, sections: Sequence[Array] | Array, sharp: Sequence[int] = ()) -> Mesh:
    """A surface of rings stacked along z.

    Args:
        profile: (R, 2) scale and height of each ring, from the bottom outward and up; going down makes an inside.
        sections: the (S, 2) outline scaled at each ring, counter-clockwise and closed (first point repeated at the
            end); one for all rings or one per ring.
        sharp: rings where the surface creases; they are doubled.

    Returns:
        The mesh, texture once around and once along.
    """
    outlines = np.asarray(sections, float)
    if outlines.ndim == 2:
        outlines = np.broadcast_to(outlines, (len(profile), *outlines.shape))
    pieces: list[Mesh] = []
    cuts = [0, *sharp, len(profile) - 1]
    length = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(profile, axis=0).T))])
    length /= max(float(length[-1]), 1e-9)
    around = np.linspace(0, 1, outlines.shape[1])
    for start, stop in pairwise(cuts):
        rings = slice(start, stop + 1)
        vertices = np.empty((stop + 1 - start, outlines.shape[1], 3))
        vertices[..., :2] = outlines[rings] * profile[rings, 0][:, None, None]
        vertices[..., 2] = profile[rings, 1][:, None]
        faces = grid_faces(*vertices.shape[:2])
        points = vertices.reshape(-1, 3)
        normals = normals_of(points, faces).reshape(vertices.shape)
        # First and last point of a ring are one place.
        normals[:, 0] = normals[:, -1] = unit(normals[:, 0] + normals[:, -1])
        uvs = np.empty((*vertices.shape[:2], 2))
        uvs[..., 0], uvs[..., 1] = around, length[rings][:, None]
        pieces.append(make_mesh(points, faces, uvs.reshape(-1, 2), normals.reshape(-1, 3)))
    return joined(pieces)


@lru_cache(maxsize=128)
def circle(points: int) -> Array:
    """A closed unit circle, (points + 1, 2)."""
    angle = np.linspace(0, 2 * np.pi, points + 1)
    outline = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    outline[-1] = outline[0]
    outline.setflags(write=False)
    return outline


def rounded_square(points: int, roundness: float = 6.0) -> Array:
    """A closed square of half side 1 with round corners, same angles as `circle(points)`.

    Args:
        points: around.
        roundness: exponent of the superellipse, higher is squarer.
    """
    outline = circle(points)
    return np.asarray(outline / (np.abs(outline) ** roundness).sum(1, keepdims=True) ** (1 / roundness))


def moved(mesh: Mesh, offset: Sequence[float] | Array) -> Mesh:
    """The mesh shifted by `offset` metres."""
    return Mesh(mesh.vertices + np.asarray(offset, np.float32), mesh.normals, mesh.uvs, mesh.faces)


CUBE = np.array([[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], float)


@lru_cache(maxsize=64)
def cube_sides(cells: int) -> tuple[tuple[Array, Array], ...]:
    """The six sides of the cube [-1, 1]: (points, (u, v) in [0, 1]), each a grid seen from outside."""
    line = np.linspace(-1, 1, cells + 1)
    v, u = np.meshgrid(line, line, indexing="ij")
    sides = []
    for normal in CUBE:
        up = np.array([0.0, 0, 1]) if normal[2] == 0 else np.array([0.0, 1, 0])
        right = np.cross(up, normal)
        points = normal + u.reshape(-1, 1) * right + v.reshape(-1, 1) * up
        uv = np.stack([u.ravel() + 1, v.ravel() + 1], axis=1) / 2
        points.setflags(write=False)
        uv.setflags(write=False)
        sides.append((points, uv))
    return tuple(sides)


def atlas(side: int, uv: Array) -> Array:
    """Places a side's (u, v) in a 3 x 2 atlas, so that each side can carry its own print."""
    return np.asarray((np.array([side % 3, side // 3]) + uv) / np.array([3.0, 2.0]))


def turned(profile: Sequence[tuple[float, float]], around: int = 20, sharp: Sequence[int] = ()) -> Shape:
    """A solid turned on a lathe.

    Args:
        profile: (radius, height) from the bottom's centre to the top's centre.
        around: points around.
        sharp: indices of creases.
    """
    rings = np.array(profile, float)
    low, high = rings[:, 1].min(), rings[:, 1].max()
    rings[:, 1] -= (low + high) / 2
    few = circle(10)[:-1]
    hull = np.concatenate([np.column_stack([few * radius, np.full(10, z)]) for radius, z in rings if radius > 0])
    return Shape(swept(rings, circle(around), sharp), hull)
