"""Small worlds for the renderers' tests: plain shapes, poses and cameras with known answers."""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Body, Camera, Light, Material, Mesh, View

DAY = Light((0.4, 0.3, 0.87), (0.85, 0.82, 0.78), (0.30, 0.32, 0.36), (0.14, 0.13, 0.12))


def mesh(points: object, faces: object, normals: object = None, uvs: object = None) -> Mesh:
    v = np.asarray(points, np.float32)
    f = np.asarray(faces, np.int32)
    if normals is None:
        v = v[f.ravel()]
        f = np.arange(len(v), dtype=np.int32).reshape(-1, 3)
        n = np.cross(v[f[:, 1]] - v[f[:, 0]], v[f[:, 2]] - v[f[:, 0]])
        n /= np.linalg.norm(n, axis=1, keepdims=True)
        normals = np.repeat(n, 3, axis=0)
    if uvs is None:
        uvs = np.zeros((len(v), 2))
    return Mesh(v, np.asarray(normals, np.float32), np.asarray(uvs, np.float32), f)


def plate(size: float, cells: int = 1, repeat: float = 1.0) -> Mesh:
    """A square in the xy plane, facing up; u along x, v along y."""
    s = np.linspace(-0.5, 0.5, cells + 1)
    x, y = np.meshgrid(s, s)
    v = np.stack([x.ravel() * size, y.ravel() * size, np.zeros(x.size)], 1)
    uv = (np.stack([x.ravel(), y.ravel()], 1) + 0.5) * repeat
    i = np.arange(cells * (cells + 1)).reshape(cells, cells + 1)[:, :-1].ravel()
    n = cells + 1
    f = np.concatenate([np.stack([i, i + 1, i + n + 1], 1), np.stack([i, i + n + 1, i + n], 1)])
    return mesh(v, f, np.tile([0.0, 0.0, 1.0], (len(v), 1)), uv)


def box(x: float = 1.0, y: float = 1.0, z: float = 1.0) -> Mesh:
    v = np.array([[i, j, k] for i in (-0.5, 0.5) for j in (-0.5, 0.5) for k in (-0.5, 0.5)]) * (x, y, z)
    f = [
        [0, 1, 3],
        [0, 3, 2],
        [4, 6, 7],
        [4, 7, 5],
        [0, 4, 5],
        [0, 5, 1],
        [2, 3, 7],
        [2, 7, 6],
        [0, 2, 6],
        [0, 6, 4],
        [1, 5, 7],
        [1, 7, 3],
    ]
    return mesh(v, f)


def ball(radius: float = 0.5, rings: int = 32, power: float = 1.0) -> Mesh:
    """A sphere; `power` below 1 inflates it towards a pillow."""
    t = np.linspace(0.0, np.pi, rings + 1)
    p = np.linspace(0.0, 2.0 * np.pi, 2 * rings + 1)
    tt, pp = np.meshgrid(t, p, indexing="ij")
    n = np.stack([np.sin(tt) * np.cos(pp), np.sin(tt) * np.sin(pp), np.cos(tt)], -1).reshape(-1, 3)
    v = np.sign(n) * np.abs(n) ** power
    uv = np.stack([pp.ravel() / (2.0 * np.pi), 1.0 - tt.ravel() / np.pi], 1)
    return mesh(v * radius, _grid(rings, 2 * rings), n, uv)


def cone(radius: float = 0.15, height: float = 0.3, rings: int = 24, top: float = 0.2) -> Mesh:
    """A closed, upright, cut cone standing on z = 0."""
    p = np.linspace(0.0, 2.0 * np.pi, 2 * rings + 1)
    profile = [(0.0, 0.0), (radius, 0.0)]
    profile += [(radius * (1.0 - s * (1.0 - top)), height * s) for s in np.linspace(0.0, 1.0, rings + 1)]
    profile += [(radius * top, height), (0.0, height)]
    v, n, uv = [], [], []
    slope = np.array([height, radius * (1.0 - top)]) / np.hypot(height, radius * (1.0 - top))
    for i, (r, z) in enumerate(profile):
        down, up = i < 2, i >= len(profile) - 2
        for a in p:
            v.append([r * np.cos(a), r * np.sin(a), z])
            side = [slope[0] * np.cos(a), slope[0] * np.sin(a), slope[1]]
            n.append([0, 0, -1] if down else [0, 0, 1] if up else side)
            uv.append([a / (2.0 * np.pi), z / height])
    faces = _grid(len(profile) - 1, 2 * rings)[:, ::-1]
    m = mesh(v, faces, n, uv)
    a, b, c = (m.vertices[m.faces[:, i]] for i in range(3))
    return mesh(v, m.faces[np.linalg.norm(np.cross(b - a, c - a), axis=1) > 1e-12], n, uv)


def _grid(rows: int, columns: int) -> NDArray[np.int32]:
    i = np.arange(rows)[:, None] * (columns + 1) + np.arange(columns)
    a, b, c, d = i.ravel(), i.ravel() + 1, i.ravel() + columns + 1, i.ravel() + columns + 2
    return np.concatenate([np.stack([a, c, d], 1), np.stack([a, d, b], 1)]).astype(np.int32)


def pose(
    x: float = 0.0, y: float = 0.0, z: float = 0.0, *, turn: float = 0.0, lean: float = 0.0
) -> NDArray[np.float64]:
    """A pose: leaning about x, then turned about z, radians; then moved."""
    c, s = np.cos(turn), np.sin(turn)
    d, t = np.cos(lean), np.sin(lean)
    out = np.eye(4)
    out[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.array([[1, 0, 0], [0, d, -t], [0, t, d]])
    out[:3, 3] = x, y, z
    return out


def look(
    eye: tuple[float, float, float],
    at: tuple[float, float, float],
    up: tuple[float, float, float] = (0, 0, 1),
    *,
    width: int = 640,
    height: int = 640,
    fov: float = 50.0,
) -> Camera:
    z = np.subtract(eye, at) / np.linalg.norm(np.subtract(eye, at))
    x = np.cross(up, z) / np.linalg.norm(np.cross(up, z))
    out = np.eye(4)
    out[:3, :3] = np.stack([x, np.cross(z, x), z], 1)
    out[:3, 3] = eye
    return Camera(width, height, fov, out)


def backdrop(width: int = 640, height: int = 640) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([90 + 60 * y / height, 100 + 50 * x / width, 130 + 40 * y / height], -1).astype(np.uint8)


@functools.cache
def tiles(size: int = 512, cells: int = 8) -> NDArray[np.uint8]:
    y, x = np.mgrid[0:size, 0:size] * cells / size
    grout = (np.minimum(x % 1, 1 - x % 1) < 0.03) | (np.minimum(y % 1, 1 - y % 1) < 0.03)
    shade = 150 + 25 * ((x.astype(int) * 7 + y.astype(int) * 13) % 5 - 2) / 2.0
    shade = shade + np.random.default_rng(5).normal(0, 6, shade.shape)
    return np.stack([np.where(grout, 70, shade * k) for k in (1.0, 0.96, 0.9)], -1).clip(0, 255).astype(np.uint8)


def hall(
    camera: Camera | None = None, *, count: int = 20, seed: int = 0, light: Light = DAY, fine: bool = True
) -> View:
    """Cones, pillows, boxes and balls on a tiled floor."""
    rng = np.random.default_rng(seed)
    k = 1.0 if fine else 0.4
    label = tiles(64, 4)
    shapes = [cone(rings=int(24 * k)), ball(0.12, int(32 * k), 0.6), box(0.2, 0.3, 0.15), ball(0.1, int(36 * k))]
    bodies = []
    for i in range(count):
        x, y = rng.uniform(-1.6, 1.6, 2)
        kind = i % 4
        z, lean = [(0.0, 0.0), (0.12, 0.3), (0.075, 0.0), (0.1, 0.0)][kind]
        if kind == 0 and i % 8 == 4:
            z, lean = 0.14, 1.4
        color = [(0.95, 0.55, 0.08), (0.35, 0.15, 0.75), (0.7, 0.6, 0.45), (0.9, 0.9, 0.9)][kind]
        material = Material(color, label if kind == 3 else None, float(rng.uniform(0.2, 0.9)), float(i % 7 == 3))
        parts = ((0, 4, Material((0.1, 0.5, 0.2))),) if kind == 2 else ()
        name = ("cone", "cube", None, None)[kind]
        z += 0.0007 * i  # no two faces in one plane
        bodies.append(
            Body(i + 1, name, shapes[kind], material, pose(x, y, z, turn=rng.uniform(0, 6), lean=lean), parts)
        )
    ground = Body(0, None, plate(8.0, 10, 4.0), Material((1, 1, 1), tiles()), np.eye(4))
    camera = camera or look((2.2, -2.4, 1.5), (0, 0, 0.05))
    return View(tuple(bodies), ground, light, camera, backdrop(camera.width, camera.height))
