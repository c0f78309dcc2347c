"""What a street's things stand on: road, markings, kerbs, sidewalks, grass, fences, roadworks' soil. None has an id.

The road itself is the view's ground: one rectangle, which every renderer draws well. All else is scenery.
"""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import numpy as np

from seedbed.core.keys import generator
from seedbed.scenes.shapes.meshes import sheet
from seedbed.scenes.shapes.patches import Patch, blob, block, polygon, unsmoothed
from seedbed.scenes.surfaces.kinds import KINDS
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.surfaces.street_textures import any_variant
from seedbed.scenes.view import Body, Material, Mesh
from seedbed.scenes.worlds.street_plan import BAY, CROSS_STREET, KERB, SIDES, Side, Street
from seedbed.scenes.worlds.street_rules import HEAP, heap

_FAR = 150.0
"""How far the fields reach, metres."""
_CELL = 16.0  # large triangles are slow in PyBullet's renderer
_PAINT = 0.004  # thickness of markings


def road(street: Street, rng: Rng) -> Body:
    """The carriageway, a rectangle at z = 0 between the far kerbs of the cross streets."""
    length = 2 * (street.half + CROSS_STREET)
    low, high = -street.edge(-1), street.edge(1)
    flat = sheet(length, high - low, 10, repeat=float(rng.uniform(3.0, 5.0)))
    pose = np.eye(4)
    pose[1, 3] = (low + high) / 2
    worn = float(rng.uniform(0.75, 1.15))
    material = Material((worn * 0.95,) * 3 if worn < 1 else (1.0, 1.0, 1.0), any_variant("asphalt", rng), 0.88)
    return Body(0, None, flat, material, pose)


def scenery(street: Street, rng: Rng) -> tuple[Body, ...]:
    """Everything around the road: the street's own shapes, surfaces drawn for the view."""
    own = Material((0.8, 0.8, 0.8))
    surfaces: dict[str, Material] = {}
    bodies = []
    for mesh, slots, casts in _laid(street):
        for _, _, kind in slots:
            if kind not in surfaces:
                surfaces[kind] = KINDS[kind](own, rng)
        parts = tuple((first, last, surfaces[kind]) for first, last, kind in slots)
        bodies.append(Body(0, None, mesh, own, np.eye(4), parts, casts=casts))
    return tuple(bodies)


@lru_cache(maxsize=2)
def _laid(street: Street) -> tuple[tuple[Mesh, tuple[tuple[int, int, str], ...], bool], ...]:
    """Meshes of what lies flat and of what throws a shadow, with their runs of a kind; views of a world share them."""
    rng = generator(street.number, "street scenery")
    patches = [*_markings(street, rng), *_crossroads(street)]
    for side in SIDES:
        patches += _side(street, side, rng)
    if street.works is not None:
        patches += _works(street, rng)
    upright = [patch for patch in patches if float(np.ptp(patch.corners[..., 2])) > 0.3]
    flat = [patch for patch in patches if float(np.ptp(patch.corners[..., 2])) <= 0.3]
    return tuple((*unsmoothed(part), casts) for part, casts in ((flat, False), (upright, True)) if part)


def _flat(x: tuple[float, float], y: tuple[float, float], z: float, kind: str, repeat: float = 1.0) -> Patch:
    """A level rectangle facing up, in cells."""
    (x0, x1), (y0, y1) = sorted(x), sorted(y)
    xs = np.linspace(x0, x1, max(1, int(np.ceil((x1 - x0) / _CELL))) + 1)
    ys = np.linspace(y0, y1, max(1, int(np.ceil((y1 - y0) / (2.5 * _CELL)))) + 1)
    corners = []
    for a, b in pairwise(xs):
        for c, d in pairwise(ys):
            corners += [[(a, c, z), (b, c, z), (b, d, z)], [(a, c, z), (b, d, z), (a, d, z)]]
    points = np.array(corners)
    return Patch(points, points[..., :2] / repeat, kind)


def _side(street: Street, side: Side, rng: Rng) -> list[Patch]:
    """Kerb, verge, sidewalk and plots of one side."""
    half, kerb, edge = street.half, street.kerb, street.edge(side)
    inner, outer = street.walk(side)
    span = (-half, half)
    stone = sorted((side * edge, side * (edge + KERB)))
    patches = []
    for x0, x1 in _pieces(span, 12.0):
        patches.append(block((x0, stone[0], -0.05), (x1, stone[1], kerb), "street kerb", repeat=1.2, skip="z-"))
    if street.verge(side) > 0:
        patches.append(_flat(span, (side * (edge + KERB), side * inner), kerb - 0.01, "street grass", 6.0))
        for x in street.crossings:
            patches.append(_flat((x - 2, x + 2), (side * (edge + KERB), side * inner), kerb, "street paving", 2.0))
    patches.append(_flat(span, (side * inner, side * outer), kerb, "street paving", 2.0))
    if street.setback(side) == 0:
        # Town: paved up to the houses, yards behind.
        patches.append(_flat(span, (side * outer, side * (outer + 1.2)), kerb - 0.005, "street paving", 2.0))
        patches.append(_flat(span, (side * (outer + 1.2), side * _FAR), kerb - 0.01, "street grass", 6.0))
    else:
        patches.append(_flat(span, (side * outer, side * _FAR), kerb - 0.01, "street grass", 6.0))
        patches += _boundary(street, side, outer, rng)
    return patches


def _boundary(street: Street, side: Side, outer: float, rng: Rng) -> list[Patch]:
    """Low walls, hedges and fences between sidewalk and front gardens, with gaps for drives."""
    patches = []
    x = -street.half + 0.5
    while x < street.half - 3:
        length = min(float(rng.uniform(5, 14)), street.half - 0.5 - x)
        kind, high = _BOUNDARIES[int(rng.integers(len(_BOUNDARIES)))]
        thick = 0.28 if kind == "street hedge" else 0.10
        y = sorted((side * (outer + 0.06), side * (outer + 0.06 + thick)))
        if kind != "none":
            top = street.kerb + high * float(rng.uniform(0.8, 1.2))
            patches.append(block((x, y[0], street.kerb - 0.02), (x + length, y[1], top), kind, repeat=1.0, skip="z-"))
        gap = float(rng.uniform(1.2, 3.4))
        drive = (side * outer, side * (street.front(side) + 1.0))
        patches.append(_flat((x + length, x + length + gap), drive, street.kerb - 0.004, "street paving", 2.0))
        x += length + gap
    return patches


_BOUNDARIES = (
    ("street hedge", 0.85),
    ("street hedge", 0.6),
    ("house brick", 0.6),
    ("house stone", 0.5),
    ("street fence", 0.8),
    ("none", 0.0),
    ("none", 0.0),
)


def _crossroads(street: Street) -> list[Patch]:
    """The cross streets at both ends, the corners, and the fields behind."""
    patches = []
    for end in (-1, 1):
        near, far = end * street.half, end * (street.half + CROSS_STREET)
        for side in SIDES:
            patches.append(_flat((near, far), (side * street.edge(side), side * _FAR), 0.0, "street asphalt", 4.0))
        stone = sorted((far, far + end * KERB))
        for y0, y1 in _pieces((-60.0, 60.0), 20.0):
            low, high = (stone[0], y0, -0.05), (stone[1], y1, street.kerb)
            patches.append(block(low, high, "street kerb", repeat=1.2, skip="z-"))
        walk = (far + end * KERB, far + end * 2.3)
        patches.append(_flat(walk, (-60, 60), street.kerb, "street paving", 2.0))
        fields = (far + end * 2.3, far + end * _FAR)
        patches.append(_flat(fields, (-_FAR, _FAR), street.kerb - 0.01, "street grass", 6.0))
    return patches


def _pieces(span: tuple[float, float], length: float) -> list[tuple[float, float]]:
    edges = np.linspace(*span, max(1, int(np.ceil((span[1] - span[0]) / length))) + 1)
    return [(float(a), float(b)) for a, b in pairwise(edges)]


def _markings(street: Street, rng: Rng) -> list[Patch]:
    """Centre line, lane lines, edge lines, bays, zebras and stop lines."""
    half, width = street.half, street.lane_width
    white = "street marking"
    center = "street yellow" if rng.uniform() < 0.25 else white
    clear = [(x - 3.4, x + 3.4) for x in street.crossings]
    strips: list[tuple[float, float, float, float, str]] = []  # x0, x1, y middle, width, kind

    def line(y: float, thick: float, kind: str, dash: float, gap: float) -> None:
        x = -half + 1.0
        step = dash if gap > 0 else 6.0
        while x < half - 1.0:
            stop = min(x + step, half - 1.0)
            if not any(low < stop and x < high for low, high in clear):
                strips.append((x, stop, y, thick, kind))
            x = stop + gap

    if street.lanes[1]:
        if sum(street.lanes) > 2 and rng.uniform() < 0.6:
            line(0.11, 0.11, center, 6, 0)
            line(-0.11, 0.11, center, 6, 0)
        else:
            line(0.0, 0.13, center, 3.0, float(rng.choice([3.0, 4.5, 6.0])))
    for side in SIDES:
        for index in range(1, street.lanes_on(side)):
            line(side * index * width, 0.12, white, 3.0, 4.5)
        if not street.lanes_on(side):
            continue
        if street.bay(side):
            line(side * street.carriage(side), 0.10, white, 6, 0)
            for x in np.arange(-half + BAY, half - BAY, BAY):
                middle = side * (street.carriage(side) + street.bay(side) / 2)
                strips.append((x - 0.05, x + 0.05, middle, street.bay(side) - 0.15, white))
        elif rng.uniform() < 0.6:
            line(side * (street.carriage(side) - 0.22), 0.12, white, 6, 0)
        ahead = street.heading(side)
        stops = [x - ahead * 2.9 for x in street.crossings] + [ahead * (half - 0.6)]
        for x in stops:
            strips.append((x - 0.15, x + 0.15, side * street.carriage(side) / 2, street.carriage(side) - 0.5, white))
    low, high = -street.edge(-1), street.edge(1)
    for x in street.crossings:
        for y in np.arange(low + 0.35, high - 0.25, 1.0):
            strips.append((x - 1.7, x + 1.7, float(y) + 0.25, 0.5, white))
    patches = _strips(strips)
    for _ in range(int(rng.integers(2, 8))):  # manhole covers and patches of newer asphalt
        x, y = float(rng.uniform(-half, half)), float(rng.uniform(low + 1, high - 1))
        if rng.uniform() < 0.6:
            turn = np.linspace(0, 2 * np.pi, 17)[:-1]
            disc = np.column_stack([x + 0.33 * np.cos(turn), y + 0.33 * np.sin(turn), np.full(16, 0.003)])
            patches.append(polygon(disc, "street iron"))
        else:
            long, wide = float(rng.uniform(1, 6)), float(rng.uniform(0.5, 1.6))
            patches.append(_flat((x, x + long), (y, min(y + wide, high - 0.1)), 0.002, "street patch", 4.0))
    return patches


def _strips(strips: list[tuple[float, float, float, float, str]]) -> list[Patch]:
    """Painted strips, all of a kind at once: x from, x to, y of the middle, width, kind."""
    patches = []
    for kind in sorted({strip[4] for strip in strips}):
        x0, x1, y, wide = np.array([strip[:4] for strip in strips if strip[4] == kind]).T
        z = np.full_like(x0, _PAINT)
        low, high = y - wide / 2, y + wide / 2
        a, b, c, d = (np.stack(corner, axis=1) for corner in ((x0, low, z), (x1, low, z), (x1, high, z), (x0, high, z)))
        points = np.concatenate([np.stack([a, b, c], axis=1), np.stack([a, c, d], axis=1)])
        patches.append(Patch(points, points[..., :2] / 1.6, kind))
    return patches


def _works(street: Street, rng: Rng) -> list[Patch]:
    """A dug-up strip and a heap of soil."""
    works = street.works
    assert works is not None
    deep = works.outer - works.inner
    low, high = works.low + 1.2, works.high - 1.2
    y = works.side * (works.inner + 0.25 * deep), works.side * (works.outer - 0.25 * deep)
    patches = [_flat((low, high), y, 0.006, "street soil", 1.5)]
    x, middle = heap(street)
    reach, top = HEAP
    mound = blob((0, 0, 0), (reach, reach * 0.9, top), "street soil", detail=2, rough=0.08, rng=rng, repeat=1.5)
    above = mound.corners[..., 2].max(1) > 0.0
    corners = mound.corners[above] * np.array([0.92, 0.92, 0.9])
    patches.append(Patch(corners + np.array([x, middle, 0.0]), mound.uvs[above], mound.kind))
    return patches
