"""The user's own meshes: OBJ, GLB, STL, PLY, URDF -> triangles, surfaces and a collision hull, all found by itself."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.shapes.meshes import Array, Own, Shape, Slot, make_mesh
from seedbed.scenes.shapes.readers import Piece, broken, colored, material_of, read_pieces, trimesh_module
from seedbed.scenes.view import Bytes, Material

MESH_SUFFIXES = frozenset({".obj", ".glb", ".gltf", ".stl", ".ply", ".off", ".urdf"})
UNITS = {"mm": 0.001, "cm": 0.01, "m": 1.0, "inch": 0.0254, "foot": 0.3048}

_CREASE = np.radians(35)
_HULL_POINTS = 96  # PyBullet is slow with more, and a hundred tell any hull to a few thousandths
# Turns that bring an axis of the file up, to +z.
_UP: dict[str, Array] = {
    "z": np.eye(3),
    "-z": np.diag([1.0, -1.0, -1.0]),
    "y": np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]]),
    "-y": np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]]),
    "x": np.array([[0.0, 0, -1], [0, 1, 0], [1, 0, 0]]),
    "-x": np.array([[0.0, 0, 1], [0, 1, 0], [-1, 0, 0]]),
}


@dataclass(frozen=True, eq=False)
class Part:
    """Triangles of one surface, in the file's own units and axes.

    Attributes:
        vertices: (V, 3).
        normals: (V, 3) unit length.
        uvs: (V, 2).
        faces: (F, 3).
        material: None where the file says nothing of it.
        rough: whether the file tells how rough it is.
    """

    vertices: Array
    normals: Array
    uvs: Array
    faces: NDArray[np.int64]
    material: Material | None
    rough: bool = False


@dataclass(frozen=True, eq=False)
class Loaded:
    """What a mesh file holds.

    Attributes:
        parts: one per surface.
        hull: (N, 3) points whose convex hull holds the thing, units and axes as in the file.
        centre: (3,) of mass, of even density; of the hull where the surface is not closed.
        watertight: whether the surface is closed all around.
        files: every file it was read from, the mesh first.
        missing: files it names that are not there.
    """

    parts: tuple[Part, ...]
    hull: Array
    centre: Array
    watertight: bool
    files: tuple[Path, ...]
    missing: tuple[str, ...]

    @property
    def extent(self) -> float:
        """The longest side of its box, in the file's units."""
        return float(np.ptp(self.hull, axis=0).max())

    @property
    def faces(self) -> int:
        """Triangles, the backs of open surfaces counted."""
        return sum(len(part.faces) for part in self.parts)


def up_of(path: Path) -> str:
    """The axis that points up where a person does not say: y for what modellers and games write, z for machines'."""
    return "y" if path.suffix.lower() in {".obj", ".glb", ".gltf"} else "z"


def shape_of_mesh(loaded: Loaded, scale: float, up: str) -> Shape:
    """A mesh as a thing of a world: metres, +z up, its centre of mass the origin, its own surfaces kept.

    Args:
        loaded: the file.
        scale: metres per unit of the file.
        up: the file's axis that points up.
    """
    turn = _UP[up] * scale
    meshes, slots, surfaces, first, start = [], [], {}, 0, 0
    for index, part in enumerate(loaded.parts):
        last = first + len(part.faces)
        if part.material is not None:
            kind = f"own {index}"
            slots.append(Slot(first, last, kind))
            surfaces[kind] = Own(part.material, part.rough)
        meshes.append(
            ((part.vertices - loaded.centre) @ turn.T, part.faces + start, part.uvs, part.normals @ _UP[up].T)
        )
        first, start = last, start + len(part.vertices)
    vertices, faces, uvs, normals = (np.concatenate(arrays) for arrays in zip(*meshes, strict=True))
    mesh = make_mesh(vertices, faces.astype(np.int32), uvs, normals)
    return Shape(mesh, (loaded.hull - loaded.centre) @ turn.T, tuple(slots), surfaces=surfaces)


def load_mesh(path: Path) -> Loaded:
    """Reads a mesh file; read again only when it changed.

    Raises:
        RenderError: it is not there, or not a mesh.
    """
    try:
        state = path.stat()
    except OSError:
        raise RenderError("no such mesh", reason=Reason.NOT_FOUND, where=path) from None
    return _load(path, state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=256)
def _load(path: Path, _changed: int, _size: int) -> Loaded:
    if path.suffix.lower() == ".urdf":
        from seedbed.scenes.shapes.urdf import pieces_of_urdf

        pieces, files, missing = pieces_of_urdf(path)
    else:
        pieces, files, missing = read_pieces(path)
    return _assembled(path, pieces, files, missing)


def _assembled(path: Path, pieces: Sequence[Piece], files: list[Path], missing: list[str]) -> Loaded:
    trimesh = trimesh_module()
    if not pieces:
        return Loaded((), np.zeros((1, 3)), np.zeros(3), False, tuple(files), tuple(missing))
    whole = trimesh.util.concatenate(
        [trimesh.Trimesh(piece.mesh.vertices, piece.mesh.faces, process=False) for piece in pieces]
    )
    if not np.isfinite(whole.vertices).all():
        raise broken(path, "some of its corners are not numbers")
    solid = trimesh.Trimesh(whole.vertices, whole.faces, process=True)
    try:
        hull = solid.convex_hull
    except Exception:  # flat: give it the thickness of a sheet of card, so that it can lie on a floor
        thick = 0.002 * max(float(np.ptp(solid.vertices, axis=0).max()), 1e-9)
        flat = np.concatenate([solid.vertices - thick, solid.vertices + thick])
        hull = trimesh.convex.convex_hull(flat)
    watertight = bool(solid.is_watertight and solid.is_winding_consistent)
    inside_out = watertight and float(solid.volume) < 0
    centre = solid.center_mass if watertight and abs(float(solid.volume)) > 0 else hull.center_mass
    open_faces = np.zeros(len(whole.faces), bool) if watertight else _open(whole, solid)
    parts: list[Part] = []
    first = 0
    for piece in pieces:
        last = first + len(piece.mesh.faces)
        parts += _parts(piece, open_faces[first:last], inside_out)
        first = last
    return Loaded(
        tuple(_merged(parts)),
        _few(np.asarray(hull.vertices)),
        np.asarray(centre, float),
        watertight,
        tuple(files),
        tuple(missing),
    )


def _open(whole: Any, solid: Any) -> NDArray[np.bool_]:
    """Which faces belong to a connected surface that is not closed: they are seen from behind as well."""
    trimesh = trimesh_module()
    # The whole's faces, on corners that are one where they meet.
    _, same = np.unique(np.asarray(whole.vertices).round(9), axis=0, return_inverse=True)
    faces = same.reshape(-1)[whole.faces]
    edges = np.sort(faces[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    _, place, count = np.unique(edges, axis=0, return_inverse=True, return_counts=True)
    torn = count[place.reshape(-1)] != 2
    labels = trimesh.graph.connected_component_labels(edges, node_count=int(faces.max()) + 1)
    bad = np.unique(labels[edges[torn].ravel()])
    return np.asarray(np.isin(labels[faces[:, 0]], bad), bool)


def _few(points: Array) -> Array:
    """At most about a hundred points of a hull: those farthest out in evenly spread directions."""
    if len(points) <= _HULL_POINTS:
        return points
    step = np.arange(_HULL_POINTS) + 0.5
    polar, turn = np.arccos(1 - 2 * step / _HULL_POINTS), np.pi * (1 + 5**0.5) * step  # Fibonacci sphere
    directions = np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=1)
    directions = np.concatenate([directions, np.eye(3), -np.eye(3)])  # the box keeps its size
    return np.asarray(points[np.unique((points @ directions.T).argmax(0))])


def _parts(piece: Piece, open_faces: NDArray[np.bool_], inside_out: bool) -> list[Part]:
    trimesh = trimesh_module()
    mesh = piece.mesh
    visual = mesh.visual
    faces = np.asarray(mesh.faces)[:, ::-1] if inside_out else np.asarray(mesh.faces)
    groups: list[tuple[NDArray[np.int64], Material | None, bool]]
    if piece.material is not None:
        groups = [(np.arange(len(faces)), piece.material, False)]
    elif visual.kind in ("vertex", "face"):
        groups = colored(np.asarray(visual.face_colors)[:, :3])
    else:
        material, rough = material_of(getattr(visual, "material", None))
        groups = [(np.arange(len(faces)), material, rough)]
    uvs = getattr(visual, "uv", None)
    uvs = np.zeros((len(mesh.vertices), 2)) if uvs is None or len(uvs) != len(mesh.vertices) else np.asarray(uvs)
    out = []
    for rows, material, rough in groups:
        taken, backs = faces[rows], faces[rows[open_faces[rows]]][:, ::-1]
        if piece.smooth:
            normals = np.asarray(mesh.vertex_normals) * (-1.0 if inside_out else 1.0)
            front = _used(mesh.vertices, normals, uvs, taken)
        else:
            front = _used(*_creased(trimesh, np.asarray(mesh.vertices), uvs, taken))
        out.append(Part(*front, material, rough))
        if len(backs):
            back = out[-1]
            behind = np.flatnonzero(open_faces[rows])
            out.append(Part(back.vertices, -back.normals, back.uvs, back.faces[behind][:, ::-1], material, rough))
    return out


def _used(vertices: Any, normals: Any, uvs: Any, faces: Any) -> tuple[Array, Array, Array, NDArray[np.int64]]:
    """Only the corners that the faces use, in the faces' order."""
    used, place = np.unique(faces, return_inverse=True)
    lengths = np.linalg.norm(np.asarray(normals)[used], axis=1, keepdims=True)
    unit = np.where(lengths > 1e-9, np.asarray(normals)[used] / np.maximum(lengths, 1e-9), [0.0, 0.0, 1.0])
    return np.asarray(vertices, float)[used], unit, np.asarray(uvs, float)[used], place.reshape(-1, 3)


def _creased(trimesh: Any, vertices: Array, uvs: Array, faces: NDArray[np.int64]) -> tuple[Any, Any, Any, Any]:
    """Every face with corners of its own, and normals averaged over the neighbours that it meets without a crease."""
    corners = vertices[faces]
    flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(flat, axis=1)
    unit = flat / np.maximum(area, 1e-30)[:, None]
    _, same = np.unique(vertices.round(9), axis=0, return_inverse=True)
    welded = trimesh.Trimesh(np.zeros((int(same.max()) + 1, 3)), same.reshape(-1)[faces], process=False)
    pairs = np.asarray(welded.face_adjacency)
    flush = (unit[pairs[:, 0]] * unit[pairs[:, 1]]).sum(1) > np.cos(_CREASE)
    patch = trimesh.graph.connected_component_labels(pairs[flush], node_count=len(faces))
    # A corner's normal is the sum over the faces of its patch that meet there.
    place = same.reshape(-1)[faces] * (int(patch.max()) + 1) + patch[:, None]
    _, place = np.unique(place, return_inverse=True)
    place = place.reshape(-1)
    total = np.zeros((int(place.max()) + 1, 3))
    np.add.at(total, place, np.repeat(flat, 3, axis=0))
    count = np.arange(3 * len(faces)).reshape(-1, 3)
    return corners.reshape(-1, 3), total[place], uvs[faces].reshape(-1, 2), count


def _merged(parts: Sequence[Part]) -> list[Part]:
    """Parts of one surface as one, in order of first appearance."""
    groups: dict[tuple[Any, ...], list[Part]] = {}
    pictures: dict[bytes, Bytes] = {}
    for part in parts:
        material = part.material
        if material is not None and material.texture is not None:
            # One picture loaded twice is one: renderers know textures by identity.
            texture = pictures.setdefault(material.texture.tobytes(), material.texture)
            material = replace(material, texture=texture)
            part = replace(part, material=material)
        key = (
            (None,)
            if material is None
            else (material.color, id(material.texture), material.roughness, material.metallic, material.emission)
        )
        groups.setdefault(key, []).append(part)
    return [_one(group) for group in groups.values()]


def _one(group: Sequence[Part]) -> Part:
    starts = np.cumsum([0, *(len(part.vertices) for part in group[:-1])])
    return Part(
        np.concatenate([part.vertices for part in group]),
        np.concatenate([part.normals for part in group]),
        np.concatenate([part.uvs for part in group]),
        np.concatenate([part.faces + start for part, start in zip(group, starts, strict=True)]),
        group[0].material,
        group[0].rough,
    )
