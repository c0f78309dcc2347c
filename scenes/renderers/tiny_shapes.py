"""Bodies in a PyBullet client that is there to be looked at: no physics, no leaks.

PyBullet 3.2.7 never releases the sequences given to `createVisualShape` (the outer list and each point in it). Handing
it the same list objects every time, with new numbers inside, makes that harmless.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix, runs, srgb_to_linear
from seedbed.scenes.renderers.floor import shine
from seedbed.scenes.srgb import LINEAR
from seedbed.scenes.view import Body, Bytes, Material

# Tiny takes the nearest texel and has no mipmaps: a smaller texture flickers less, and loads faster.
_TEXTURE_SIDE = 256


class _Points:
    """A list of short lists that is filled anew instead of made anew."""

    def __init__(self, width: int) -> None:
        self._width = width
        self._pool: list[list[float]] = []
        self._given: list[list[float]] = []

    def __call__(self, values: NDArray[Any]) -> list[list[float]]:
        rows = values.tolist()
        self._pool.extend([0.0] * self._width for _ in range(len(rows) - len(self._pool)))
        for kept, row in zip(self._pool, rows, strict=False):
            kept[:] = row
        self._given[:] = self._pool[: len(rows)]
        return self._given


class Stage:
    """The bodies of one client.

    Args:
        bullet: the pybullet module.
        client: a DIRECT client of its own; it is reset whenever the stage is cleared.
    """

    def __init__(self, bullet: Any, client: int) -> None:
        self._bullet = bullet
        self._client = client
        self._vertices, self._normals, self._uvs = _Points(3), _Points(3), _Points(2)
        self._indices: list[int] = []
        self._shapes: dict[tuple[int, int, int], int] = {}
        self._textures: dict[int, int] = {}
        self._held: list[object] = []
        self._ids: list[int] = []
        self._glow: list[tuple[float, float, float]] = []
        self._files = 0
        self._folder = tempfile.TemporaryDirectory(prefix="seedbed-tiny-")

    def clear(self) -> None:
        """Removes everything; only a reset of the whole simulation gives all memory back."""
        self._bullet.resetSimulation(physicsClientId=self._client)
        self._bullet.setPhysicsEngineParameter(enableFileCaching=0, physicsClientId=self._client)
        for shelf in (self._shapes, self._textures, self._held, self._ids, self._glow):
            shelf.clear()

    def add(self, body: Body) -> None:
        """Adds a body, one PyBullet body for each run of one material."""
        self._held.append(body)  # its mesh and textures are known by identity until the next clear
        rigid = np.allclose(body.pose[:3, :3] @ body.pose[:3, :3].T, np.eye(3), atol=1e-6)
        for first, last, material in runs(body):
            p = self._bullet
            position, turn = (body.pose[:3, 3].tolist(), quaternion(body.pose)) if rigid else ((0, 0, 0), (0, 0, 0, 1))
            shape = self._shape(body, first, last, rigid)
            made = p.createMultiBody(0, -1, shape, position, turn, physicsClientId=self._client)
            options = {} if material.texture is None else {"textureUniqueId": self._texture(material.texture)}
            p.changeVisualShape(made, -1, rgbaColor=[*material.color, 1.0], physicsClientId=self._client, **options)
            if made != len(self._ids):
                raise RuntimeError(f"PyBullet numbered a body {made}, not {len(self._ids)}")
            self._ids.append(body.id)
            self._glow.append(_glow_of(material))

    def ids(self, mask: NDArray[np.int32]) -> NDArray[np.uint16]:
        """Turns PyBullet's segmentation mask into body ids; nothing is 0."""
        table = np.array([0, *self._ids], np.uint16)
        # Every body is one link, so that its value is its number; nothing is -1.
        return np.take(table, mask + 1, mode="clip")

    def glow(self, mask: NDArray[np.int32]) -> Bytes | None:
        """Turns PyBullet's segmentation mask into the colour of what shines by itself, or None where nothing does."""
        table = np.array([(0.0, 0.0, 0.0), *self._glow])
        if not table.any():
            return None
        return np.rint(255.0 * shine(table)).astype(np.uint8)[np.maximum(mask + 1, 0)]

    def close(self) -> None:
        """Removes the temporary folder."""
        self._folder.cleanup()

    def _shape(self, body: Body, first: int, last: int, rigid: bool) -> int:
        mesh = body.mesh
        name = (id(mesh), first, last)
        shape = self._shapes.get(name) if rigid else None
        if shape is None:
            faces: NDArray[Any] = mesh.faces[first:last]
            vertices: NDArray[Any] = mesh.vertices
            normals: NDArray[Any] = mesh.normals
            uvs = mesh.uvs
            if last - first < len(mesh.faces):
                used, faces = np.unique(faces, return_inverse=True)
                vertices, normals, uvs = vertices[used], normals[used], uvs[used]
            if not rigid:  # PyBullet's poses cannot stretch
                vertices, normals = baked(vertices, normals, body.pose)
            self._indices[:] = faces.ravel().tolist()
            shape = int(
                self._bullet.createVisualShape(
                    self._bullet.GEOM_MESH,
                    vertices=self._vertices(vertices),
                    indices=self._indices,
                    uvs=self._uvs(uvs),
                    normals=self._normals(normals),
                    physicsClientId=self._client,
                )
            )
            if shape < 0:
                raise RuntimeError(f"PyBullet refused a mesh of {len(vertices)} vertices")
            if rigid:
                self._shapes[name] = shape
        return shape

    def _texture(self, pixels: Bytes) -> int:
        texture = self._textures.get(id(pixels))
        if texture is None:
            height, width = pixels.shape[:2]
            size = (min(width, _TEXTURE_SIDE), min(height, _TEXTURE_SIDE))
            small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
            # A name of its own: PyBullet keeps files by name, resets notwithstanding.
            self._files += 1
            path = Path(self._folder.name) / f"{self._files}.png"
            cv2.imwrite(str(path), small[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 0])
            texture = int(self._bullet.loadTexture(str(path), physicsClientId=self._client))
            path.unlink()
            if texture < 0:
                raise RuntimeError("PyBullet refused a texture")
            self._textures[id(pixels)] = texture
            self._held.append(pixels)
        return texture


def _glow_of(material: Material) -> tuple[float, float, float]:
    if material.emission <= 0.0:
        return 0.0, 0.0, 0.0
    color = np.array(srgb_to_linear(material.color)) * material.emission
    if material.texture is not None:
        color *= LINEAR[material.texture].mean(axis=(0, 1))
    r, g, b = (float(c) for c in color)
    return r, g, b


def baked(vertices: NDArray[Any], normals: NDArray[Any], pose: Matrix) -> tuple[Matrix, Matrix]:
    """Applies any affine pose to points and unit normals."""
    turned = normals @ np.linalg.inv(pose[:3, :3])
    turned = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    return vertices @ pose[:3, :3].T + pose[:3, 3], turned


def quaternion(pose: Matrix) -> list[float]:
    """Returns a rotation's quaternion, x y z w (Shepperd 1978: the largest component first, so none is lost)."""
    m = pose[:3, :3]
    trace = float(np.trace(m))
    squares = np.array([1 + 2 * m[0, 0] - trace, 1 + 2 * m[1, 1] - trace, 1 + 2 * m[2, 2] - trace, 1 + trace])
    k = int(np.argmax(squares))
    q = np.empty(4)
    if k == 3:
        q[:] = m[2, 1] - m[1, 2], m[0, 2] - m[2, 0], m[1, 0] - m[0, 1], squares[3]
    else:
        i, j = (k + 1) % 3, (k + 2) % 3
        q[k], q[i], q[j], q[3] = squares[k], m[i, k] + m[k, i], m[j, k] + m[k, j], m[j, i] - m[i, j]
    return [float(x) for x in q / np.linalg.norm(q)]
