"""Distractors: things of many forms that no class means."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Rng, Shape, circle, joined, make_mesh, moved, normals_of, swept, turned
from seedbed.scenes.shapes.solids import ball, box, cylinder
from seedbed.scenes.view import Mesh


def _box(size: float, rng: Rng) -> Shape:
    return box((size * rng.uniform(0.35, 1.0, 3)).tolist())


def _plank(size: float, rng: Rng) -> Shape:
    return box((size, size * rng.uniform(0.08, 0.3), size * rng.uniform(0.03, 0.1)))


def _cylinder(size: float, rng: Rng) -> Shape:
    return cylinder(size * rng.uniform(0.12, 0.5), size * rng.uniform(0.3, 1.0))


def _pole(size: float, rng: Rng) -> Shape:
    return cylinder(size * rng.uniform(0.02, 0.07), size, 10)


def _ring(size: float, rng: Rng) -> Shape:
    thick = size * rng.uniform(0.06, 0.14)
    outer = size / 2
    angle = np.linspace(-np.pi, np.pi, 11)
    profile = np.stack([outer - thick + thick * np.cos(angle), thick * np.sin(angle)], axis=1)
    outline = np.stack([np.cos(np.linspace(0, 2 * np.pi, 25)), np.sin(np.linspace(0, 2 * np.pi, 25))], axis=1)
    mesh = swept(profile, outline)
    few = outline[:-1:2] * outer
    hull = np.concatenate([np.column_stack([few, np.full(len(few), z)]) for z in (-thick, thick)])
    return Shape(mesh, hull)


def _ball(size: float, rng: Rng) -> Shape:
    return ball(size * 0.7)


def _bottle(size: float, rng: Rng) -> Shape:
    body, neck = size * rng.uniform(0.12, 0.2), size * rng.uniform(0.04, 0.07)
    shoulder = rng.uniform(0.55, 0.75)
    profile = [(0.0, 0.0), (body, 0.0), (body, shoulder), (neck, shoulder + 0.15), (neck, 1.0), (0.0, 1.0)]
    return turned([(radius, z * size) for radius, z in profile], 18, [1, 4])


def _capsule(size: float, rng: Rng) -> Shape:
    radius = size * rng.uniform(0.12, 0.3)
    angle = np.linspace(0, np.pi / 2, 6)
    dome = np.stack([radius * np.sin(angle), -radius * np.cos(angle)], axis=1)
    low = dome + np.array([0, radius - size / 2])
    high = dome[::-1] * np.array([1, -1]) + np.array([0, size / 2 - radius])
    profile = np.concatenate([low, high])
    profile[[0, -1], 0] = 0
    return turned([(float(r), float(z)) for r, z in profile], 16)


def _flat(points: Array, faces: list[tuple[int, int, int]]) -> Mesh:
    """A mesh with sharp edges everywhere."""
    vertices = points[np.array(faces)].reshape(-1, 3)
    uvs = vertices[:, :2] / max(float(np.abs(points).max()), 1e-6)
    return make_mesh(vertices, np.arange(len(vertices), dtype=np.int32).reshape(-1, 3), uvs)


def _wedge(size: float, rng: Rng) -> Shape:
    x, y, z = size / 2 * rng.uniform(0.4, 1.0, 3)
    points = np.array([[-x, -y, -z], [x, -y, -z], [x, y, -z], [-x, y, -z], [-x, -y, z], [-x, y, z]])
    points -= points.mean(0)
    faces = [(0, 2, 1), (0, 3, 2), (0, 1, 4), (3, 5, 2), (1, 2, 5), (1, 5, 4), (0, 4, 5), (0, 5, 3)]
    return Shape(_flat(points, faces), points)


def _rock(size: float, rng: Rng) -> Shape:
    rounded = ball(size * 0.8)
    stretch = rng.uniform(0.5, 1.2, 3)
    waves = rng.normal(0, 1, (4, 3)) * rng.uniform(1, 3.5, (4, 1))
    phase = rng.uniform(0, 2 * np.pi, 4)

    def dent(points: Array) -> Array:
        direction = points / np.maximum(np.linalg.norm(points, axis=1, keepdims=True), 1e-9)
        return np.asarray(points * stretch * (1 + 0.11 * np.sin(direction @ waves.T + phase).sum(1, keepdims=True)))

    vertices = dent(rounded.mesh.vertices.astype(float))
    mesh = make_mesh(vertices, rounded.mesh.faces, rounded.mesh.uvs.astype(float))
    return Shape(mesh, dent(rounded.hull))


def _bracket(size: float, rng: Rng) -> Shape:
    thick, width = size * rng.uniform(0.1, 0.25), size * rng.uniform(0.2, 0.6)
    tall = size * rng.uniform(0.5, 1.0)
    foot, wall = box((size, width, thick)), box((thick, width, tall))
    up = ((thick - size) / 2, 0, (tall - thick) / 2)
    shift = np.array([size * 0.15, 0, -tall * 0.15])
    mesh = joined([moved(foot.mesh, shift), moved(wall.mesh, shift + up)])
    return Shape(mesh, np.concatenate([foot.hull + shift, wall.hull + shift + up]))


def _plant(size: float, rng: Rng) -> Shape:
    pot = turned([(0, 0), (0.1 * size, 0), (0.14 * size, 0.25 * size), (0, 0.25 * size)], 14, [1, 2])
    leaves = []
    for _ in range(int(rng.integers(12, 26))):
        turn, lean = rng.uniform(0, 2 * np.pi), rng.uniform(0.15, 1.2)
        along = np.array([np.cos(turn) * np.sin(lean), np.sin(turn) * np.sin(lean), np.cos(lean)])
        side = np.array([-np.sin(turn), np.cos(turn), 0.0]) * size * rng.uniform(0.02, 0.06)
        reach = along * size * rng.uniform(0.35, 0.75)
        droop = np.array([0, 0, -size * rng.uniform(0, 0.25)])
        spine = [reach * t + droop * t * t for t in (0.0, 0.5, 1.0)]
        points = np.array([spine[0] - side * 0.4, spine[0] + side * 0.4, spine[1] - side, spine[1] + side, spine[2]])
        faces = np.array([[0, 1, 3], [0, 3, 2], [2, 3, 4]], np.int32)
        both = np.concatenate([points, points])
        turned_over = np.concatenate([faces, faces[:, ::-1] + 5]).astype(np.int32)
        leaves.append(make_mesh(both, turned_over, both[:, :2], normals_of(both, turned_over)))
    crown = [moved(leaf, (0, 0, 0.12 * size)) for leaf in leaves]
    return Shape(joined([pot.mesh, *crown]), pot.hull)


def _legs(size: float, rng: Rng) -> Shape:
    tall, thick = max(size * 2.2, 0.5), max(size * 0.16, 0.06)
    gap = thick * rng.uniform(1.1, 3.0)
    stride = thick * rng.uniform(-2, 2)
    meshes, hulls = [], []
    for sign in (-1, 1):
        leg = turned([(0, 0), (thick * 0.8, 0), (thick, tall), (0, tall)], 12, [1, 2])
        shoe = box((thick * 3, thick * 1.5, thick))
        at = np.array([sign * stride, sign * gap, 0.0])
        low = at + np.array([thick * 0.7, 0, -tall / 2])
        meshes += [moved(leg.mesh, at), moved(shoe.mesh, low)]
        hulls += [leg.hull + at, shoe.hull + low]
    return Shape(joined(meshes), np.concatenate(hulls))


def _cup(size: float, rng: Rng) -> Shape:
    wide, narrow = size * rng.uniform(0.28, 0.42), size * rng.uniform(0.2, 0.3)
    tall, wall = size * rng.uniform(0.6, 1.0), size * 0.02
    return _hollow([(narrow, 0), (wide, tall)], wall)


def _bowl(size: float, rng: Rng) -> Shape:
    angle = np.linspace(0.35, np.pi / 2, 6)
    deep = size * rng.uniform(0.2, 0.45)
    low = 1 - np.cos(angle[0])
    return _hollow([(float(size / 2 * np.sin(a)), float(deep * (1 - np.cos(a) - low))) for a in angle], size * 0.025)


def _pipe(size: float, rng: Rng) -> Shape:
    radius = size * rng.uniform(0.08, 0.25)
    inner, half = radius * rng.uniform(0.6, 0.92), size / 2
    ring = [(inner, -half), (radius, -half), (radius, half), (inner, half), (inner, -half)]
    few = circle(10)[:-1] * radius
    hull = np.concatenate([np.column_stack([few, np.full(len(few), z)]) for z in (-half, half)])
    return Shape(swept(np.array(ring), circle(20), [1, 2, 3]), hull)


def _hollow(side: list[tuple[float, float]], wall: float) -> Shape:
    """A vessel open at the top, of an outer side from the foot up."""
    inner = [(r - wall, max(z, wall)) for r, z in side][::-1]
    profile = np.array([(0.0, side[0][1]), *side, *inner, (0.0, wall)])
    high = profile[:, 1].max() / 2
    profile[:, 1] -= high
    few = circle(12)[:-1]
    hull = np.concatenate([np.column_stack([few * r, np.full(12, z - high)]) for r, z in side])
    return Shape(swept(profile, circle(20), [1, len(side), len(side) + 1, len(profile) - 2]), hull)


def _pyramid(size: float, rng: Rng) -> Shape:
    count, radius, tall = int(rng.integers(3, 7)), size * rng.uniform(0.3, 0.5), size * rng.uniform(0.4, 1.0)
    foot = np.column_stack([circle(count)[:-1] * radius, np.full(count, -tall * 0.25)])
    points = np.concatenate([foot, [(0, 0, tall * 0.75), (0, 0, -tall * 0.25)]])
    faces = [(i, (i + 1) % count, count) for i in range(count)]
    faces += [((i + 1) % count, i, count + 1) for i in range(count)]
    return Shape(_flat(points, faces), points)


def _book(size: float, rng: Rng) -> Shape:
    return box((size * rng.uniform(0.6, 0.8), size, size * rng.uniform(0.03, 0.2)))


def _star(size: float, rng: Rng) -> Shape:
    many, inner, tall = 2 * int(rng.integers(4, 9)), rng.uniform(0.4, 0.75), size * rng.uniform(0.1, 0.8)
    flat = circle(many)[:-1] * np.where(np.arange(many) % 2 == 0, 1.0, inner)[:, None] * size / 2
    points = np.concatenate([np.column_stack([flat, np.full(many, z)]) for z in (-tall / 2, tall / 2)])
    points = np.concatenate([points, [(0, 0, -tall / 2), (0, 0, tall / 2)]])
    faces = []
    for i in range(many):
        j = (i + 1) % many
        faces += [(i, j, many + j), (i, many + j, many + i), (j, i, 2 * many), (many + i, many + j, 2 * many + 1)]
    return Shape(_flat(points, faces), points[: 2 * many])


FORMS: dict[str, Callable[[float, Rng], Shape]] = {
    "box": _box,
    "plank": _plank,
    "cylinder": _cylinder,
    "pole": _pole,
    "ring": _ring,
    "ball": _ball,
    "bottle": _bottle,
    "capsule": _capsule,
    "wedge": _wedge,
    "rock": _rock,
    "bracket": _bracket,
    "plant": _plant,
    "legs": _legs,
    "cup": _cup,
    "bowl": _bowl,
    "pipe": _pipe,
    "pyramid": _pyramid,
    "book": _book,
    "star": _star,
}


def clutter(form: str, size: float, rng: Rng) -> Shape:
    """A thing of a form, its largest extent about `size` metres."""
    return FORMS[form](size, rng)


__all__ = ["FORMS", "clutter"]
