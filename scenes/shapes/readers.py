"""Mesh files as trimesh reads them: geometries at their places, surfaces, and every file they are made of."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.view import Bytes, Material

_TEXTURE = 1024  # pixels; what is larger is made smaller
_COLORS = 24  # of a mesh coloured by its vertices; more are drawn together


@dataclass(frozen=True, eq=False)
class Piece:
    """One geometry of a file at its place.

    Attributes:
        mesh: a trimesh.Trimesh, moved to its place.
        smooth: whether its normals are the file's own.
        material: instead of the mesh's own.
    """

    mesh: Any
    smooth: bool
    material: Material | None = None


def read_pieces(path: Path) -> tuple[list[Piece], list[Path], list[str]]:
    """The geometries of a mesh file (not of a URDF), with the files read and those missing.

    Raises:
        RenderError: it cannot be read, or holds no triangles.
    """
    trimesh = trimesh_module()
    files, missing = [path], []

    class Recorder(trimesh.resolvers.FilePathResolver):  # type: ignore[misc, name-defined, unused-ignore]
        """Remembers what a mesh asked for."""

        def get(self, name: str) -> bytes:
            place = path.parent / name.strip().replace("\\", "/")
            try:
                data = place.read_bytes()
            except OSError:
                if name not in missing:
                    missing.append(name)
                raise
            if place not in files:
                files.append(place)
            return data

    data = path.read_bytes()
    try:
        with path.open("rb") as handle:
            resolver = Recorder(str(path))
            scene = trimesh.load_scene(handle, file_type=path.suffix[1:].lower(), resolver=resolver, process=False)
        pieces = []
        own_normals = bool(re.search(rb"^\s*vn\s", data, re.MULTILINE) or b'"NORMAL"' in data)
        for node in sorted(scene.graph.nodes_geometry):
            matrix, name = scene.graph[node]
            mesh = scene.geometry[name]
            if isinstance(mesh, trimesh.Trimesh) and len(mesh.faces):
                mesh = mesh.copy()
                mesh.apply_transform(matrix)
                pieces.append(Piece(mesh, own_normals))
    except Exception as error:  # readers of a dozen formats raise whatever they like
        if missing:
            return [], files, missing
        raise broken(path, f"{type(error).__name__}: {error}") from error
    if not pieces:
        raise broken(path, "no triangles in it")
    return pieces, files, missing


def broken(path: Path, why: str) -> RenderError:
    """The error of a file that is no mesh."""
    return RenderError(
        f"not a readable mesh ({why.splitlines()[0][:160]})",
        reason=Reason.DAMAGED,
        where=path,
        repair="open it in a modelling program and export it anew",
    )


def trimesh_module() -> Any:
    """The module, asked for only where a mesh is used.

    Raises:
        RenderError: it is not installed.
    """
    try:
        import trimesh
    except ImportError:
        raise RenderError(
            "trimesh is not installed", reason=Reason.MISSING_PACKAGE, repair="pip install 'seedbed[scenes]'"
        ) from None
    return trimesh


def colored(colors: NDArray[np.uint8]) -> list[tuple[NDArray[np.int64], Material | None, bool]]:
    """Faces by colour; where there are very many, similar ones together."""
    step = 1
    while True:
        names, place = np.unique(colors // step, axis=0, return_inverse=True)
        if len(names) <= _COLORS or step >= 128:
            break
        step *= 2
    out: list[tuple[NDArray[np.int64], Material | None, bool]] = []
    for index in range(len(names)):
        rows = np.flatnonzero(place.reshape(-1) == index)
        red, green, blue = (float(value) for value in colors[rows].mean(0) / 255)
        out.append((rows, Material((red, green, blue)), False))
    return out


def material_of(found: Any) -> tuple[Material | None, bool]:
    """A surface of trimesh as one of ours, and whether it tells its roughness; None where it says nothing."""
    if found is None:
        return None, False
    image = getattr(found, "baseColorTexture", None) or getattr(found, "image", None)
    texture = None if image is None else _picture(image)
    factor = getattr(found, "baseColorFactor", None)
    linear = factor is not None
    if factor is None:
        factor = None if hasattr(found, "baseColorTexture") else getattr(found, "diffuse", None)
    color = (1.0, 1.0, 1.0)
    if factor is not None:
        values = np.asarray(factor)[:3]
        values = values / 255 if values.dtype.kind in "ui" or values.max() > 1 else values.astype(float)
        if linear:
            values = np.where(
                values <= 0.0031308, 12.92 * values, 1.055 * np.maximum(values, 1e-9) ** (1 / 2.4) - 0.055
            )
        color = (float(values[0]), float(values[1]), float(values[2]))
    rough = getattr(found, "roughnessFactor", None)
    metallic = getattr(found, "metallicFactor", None)
    glow = getattr(found, "emissiveFactor", None)
    emission = 0.0 if glow is None else float(np.max(glow))
    made = Material(
        color,
        texture,
        0.7 if rough is None else float(np.clip(rough, 0.04, 1)),
        # glTF's default of 1 is meant for files that say so by a texture of their own.
        0.0 if metallic is None else float(np.clip(metallic, 0, 1)),
        emission,
    )
    return made, rough is not None


def _picture(image: Any) -> Bytes:
    if max(image.size) > _TEXTURE:
        image = image.copy()
        image.thumbnail((_TEXTURE, _TEXTURE))
    return np.ascontiguousarray(np.asarray(image.convert("RGB")), np.uint8)
