"""Houses: walls with windows set into them, doors, pitched, hipped or flat roofs, chimneys, shops.

The front faces +x. Every window and door is a real recess, so that light and shadow fall into it.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Rng, Shape
from seedbed.scenes.shapes.patches import Patch, block, build, polygon, quad

STOREY = 2.85
"""Metres from floor to floor."""
_RECESS = 0.14
_REPEAT = {"house brick": 1.0, "house plaster": 2.5, "house boards": 1.2}


@dataclass(frozen=True)
class Plan:
    """One house.

    Attributes:
        width: along the street, metres.
        depth: away from it, metres.
        storeys: under the roof.
        roof: "pitched" with the ridge along the street, "gabled" with the ridge across, "hipped" or "flat".
        walls: kind of surface.
        shop: whether the ground floor is a shop.
    """

    width: float
    depth: float
    storeys: int
    roof: str
    walls: str
    shop: bool = False


def house(plan: Plan, rng: Rng) -> Shape:
    """A house after a plan; windows, door and chimney are drawn."""
    w, d = plan.width, plan.depth
    plinth = float(rng.uniform(0.15, 0.5))
    eaves = plinth + plan.storeys * STOREY + 0.25
    patches = [block((-d / 2 - 0.02, -w / 2 - 0.02, 0), (d / 2 + 0.02, w / 2 + 0.02, plinth), "house stone")]
    size = (float(rng.uniform(0.9, 1.35)), float(rng.uniform(1.2, 1.55)))
    spacing = float(rng.uniform(2.2, 3.0))
    for index, (width, turn) in enumerate(((w, 0), (d, 1), (w, 2), (d, 3))):
        wall = _wall(plan, width, plinth, eaves, size, spacing if index in (0, 2) else spacing * 1.5, index, rng)
        matrix = _quarter(turn)
        out = d / 2 if index in (0, 2) else w / 2
        patches += [patch.moved((out, 0, 0)).turned(matrix) for patch in wall]
    patches += _roof(plan, eaves, rng)
    return build(patches, origin=(0.0, 0.0, eaves * 0.45), crease=30.0)


def _quarter(turns: int) -> Array:
    c, s = ((1, 0), (0, 1), (-1, 0), (0, -1))[turns]
    return np.array([[c, -s, 0], [s, c, 0], [0, 0, 1.0]])


def _wall(
    plan: Plan, width: float, low: float, high: float, size: tuple[float, float], spacing: float, side: int, rng: Rng
) -> list[Patch]:
    """One wall in the plane x = 0, seen from +x, from y = -width / 2 to width / 2."""
    half = width / 2
    count = max(1, int((width - 0.8) / spacing))
    middles = (np.arange(count) - (count - 1) / 2) * (width - 0.6) / count
    holes: list[tuple[float, float, float, float, str]] = []  # left, right, bottom, top, kind
    door = int(rng.integers(count)) if side == 0 else -1
    for storey in range(plan.storeys):
        floor = low + storey * STOREY
        if storey == 0 and side == 0 and plan.shop:
            holes.append((-half + 0.5, half - 0.5, low + 0.02, low + 2.55, "house shop"))
            continue
        for index, y in enumerate(middles):
            if storey == 0 and index == door:
                holes.append((y - 0.5, y + 0.5, low + 0.01, low + 2.12, "house door"))
            elif side in (0, 2) or rng.uniform() < 0.7:
                wide = size[0] / 2
                holes.append((y - wide, y + wide, floor + 0.85, floor + 0.85 + size[1], "house windows"))
    patches = [*_pierced(plan, half, low, high, holes)]
    for left, right, bottom, top, kind in holes:
        patches += _opening(left, right, bottom, top, kind, plan, rng)
    return patches


def _pierced(
    plan: Plan, half: float, low: float, high: float, holes: list[tuple[float, float, float, float, str]]
) -> list[Patch]:
    """The wall around its holes: level bands between the edges of holes, each cut where a hole is."""
    repeat = _REPEAT[plan.walls]
    edges = sorted({low, high, *(hole[2] for hole in holes), *(hole[3] for hole in holes)})
    corners = []
    for bottom, top in pairwise(edges):
        cut = sorted((h[0], h[1]) for h in holes if h[2] < top - 1e-6 and h[3] > bottom + 1e-6)
        at = -half
        for left, right in [*cut, (half, half)]:
            if left - at > 1e-6:
                corners.append(((at, bottom), (left, bottom), (left, top), (at, top)))
            at = right
    flat = np.array(corners)
    points = np.concatenate([np.zeros((*flat.shape[:2], 1)), flat], axis=2)[:, [[0, 1, 2], [0, 2, 3]]].reshape(-1, 3, 3)
    return [Patch(points, points[..., 1:] / repeat, plan.walls)]


def _opening(left: float, right: float, bottom: float, top: float, kind: str, plan: Plan, rng: Rng) -> list[Patch]:
    """What fills a hole: the reveals, the pane or leaf at their back, a sill."""
    deep = -_RECESS
    uv = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
    if kind == "house windows":
        uv = (uv + rng.integers(0, 2, 2)) / 2
    back = quad((deep, left, bottom), (deep, right, bottom), (deep, right, top), (deep, left, top), kind, uv.tolist())
    a, b = ((0.0, left, bottom), (0.0, right, bottom), (0.0, right, top), (0.0, left, top)), 4
    inner = [(deep, y, z) for _, y, z in a]
    reveals = [quad(a[i], a[(i + 1) % b], inner[(i + 1) % b], inner[i], "house trim") for i in range(b)]
    patches = [back, *reveals]
    if kind == "house windows":
        sill = (-_RECESS, left - 0.06, bottom - 0.07), (0.07, right + 0.06, bottom)
        patches.append(block(*sill, "house trim", skip="x-"))
    elif kind == "house door":
        patches.append(block((-0.02, left - 0.15, bottom - 0.16), (0.45, right + 0.15, bottom), "house stone"))
    return patches


def _roof(plan: Plan, eaves: float, rng: Rng) -> list[Patch]:
    w, d = plan.width / 2, plan.depth / 2
    if plan.roof == "flat":
        rim = float(rng.uniform(0.25, 0.7))
        patches = [
            block((-d, -w, eaves), (d, w, eaves + rim), plan.walls, repeat=_REPEAT[plan.walls], skip="z-"),
            block((-d - 0.06, -w - 0.06, eaves + rim), (d + 0.06, w + 0.06, eaves + rim + 0.09), "house trim"),
        ]
        if rng.uniform() < 0.6:
            x, y = float(rng.uniform(-d * 0.5, 0)), float(rng.uniform(-w * 0.5, w * 0.5))
            low = (x - 1.0, y - 1.0, eaves + rim)
            patches.append(block(low, (x + 1.0, y + 1.0, eaves + rim + 1.2), "house stone"))
        return patches
    over, thick = 0.35, 0.14
    if plan.roof == "gabled":
        patches = [patch.turned(_quarter(1)) for patch in _pitched(plan, w, d, eaves, over, thick, rng)]
    elif plan.roof == "hipped":
        patches = _hipped(w, d, eaves, over, thick, rng)
    else:
        patches = _pitched(plan, d, w, eaves, over, thick, rng)
    top = max(float(patch.corners[..., 2].max()) for patch in patches)
    if rng.uniform() < 0.75:
        if plan.roof == "gabled":
            x, y = float(rng.uniform(-d * 0.7, d * 0.3)), float(rng.choice([-0.35, 0.35]))
        else:
            x, y = float(rng.choice([-0.35, 0.35])), float(rng.uniform(-0.7, 0.7)) * w
            y *= 0.3 if plan.roof == "hipped" else 1.0
        low, high = (x - 0.3, y - 0.42, eaves), (x + 0.3, y + 0.42, top + float(rng.uniform(0.4, 0.9)))
        patches.append(block(low, high, "house brick", skip="z-"))
        patches.append(block((x - 0.36, y - 0.48, high[2]), (x + 0.36, y + 0.48, high[2] + 0.09), "house stone"))
    return patches


def _pitched(plan: Plan, half: float, along: float, eaves: float, over: float, thick: float, rng: Rng) -> list[Patch]:
    """Two slopes with the ridge along y, gables closed with the walls' surface."""
    slope = float(np.tan(np.radians(rng.uniform(28, 46))))
    rise = half * slope
    x1, z1 = half + over, eaves - over * slope
    y1 = along + 0.22
    up = float(np.hypot(x1, rise + over * slope))
    patches = []
    for sign in (1.0, -1.0):
        low = [(sign * x1, -sign * y1, z1), (sign * x1, sign * y1, z1), (0, sign * y1, eaves + rise)]
        face = np.array([*low, (0, -sign * y1, eaves + rise)])
        lift = np.array([0, 0, thick])
        uv = np.array([(0, 0), (2 * y1, 0), (2 * y1, up), (0, up)]) / np.array([2.6, 2.6])
        patches.append(polygon(face + lift, "house roof", uv))
        patches.append(polygon(face[::-1], "house trim"))
        # The edge at the eaves carries the gutter; the edges at the gables are boards.
        patches.append(quad(face[0], face[1], face[1] + lift, face[0] + lift, "house gutter"))
        patches.append(quad(face[1], face[2], face[2] + lift, face[1] + lift, "house trim"))
        patches.append(quad(face[3], face[0], face[0] + lift, face[3] + lift, "house trim"))
        gable = np.array([(-sign * half, sign * along, eaves), (0, sign * along, eaves + rise)])
        points = np.array([(sign * half, sign * along, eaves), gable[0], gable[1]])
        patches.append(polygon(points, plan.walls, points[:, [0, 2]] / _REPEAT[plan.walls]))
        if rise > 2.4:
            y = sign * (along + 0.015)
            x0, z0 = sign * 0.45, eaves + 0.5
            pane = quad((x0, y, z0), (-x0, y, z0), (-x0, y, z0 + 1.0), (x0, y, z0 + 1.0), "house windows", _HALF)
            patches.append(pane)
    return patches


_HALF = ((0.0, 0.0), (0.5, 0.0), (0.5, 0.5), (0.0, 0.5))


def _hipped(w: float, d: float, eaves: float, over: float, thick: float, rng: Rng) -> list[Patch]:
    """Four slopes; the ridge runs along the longer side."""
    slope = float(np.tan(np.radians(rng.uniform(24, 38))))
    x1, y1 = d + over, w + over
    low = eaves - over * slope
    short = min(x1, y1)
    top = low + short * slope
    ridge = np.array([x1 - short, y1 - short])
    corner = [np.array([sx * x1, sy * y1, low + thick]) for sx, sy in ((1, -1), (1, 1), (-1, 1), (-1, -1))]
    ends = [np.array([sx * ridge[0], sy * ridge[1], top + thick]) for sx, sy in ((1, -1), (1, 1), (-1, 1), (-1, -1))]
    patches = []
    for index in range(4):
        a, b, c, e = corner[index], corner[(index + 1) % 4], ends[(index + 1) % 4], ends[index]
        points = np.array([a, b, c, e]) if np.linalg.norm(c - e) > 1e-6 else np.array([a, b, c])
        along = (b - a) / np.linalg.norm(b - a)
        up = np.cross(np.cross(along, (c - a)), along)
        up /= np.linalg.norm(up)
        uv = np.stack([(points - a) @ along, (points - a) @ up], axis=1) / 2.6
        patches.append(polygon(points, "house roof", uv))
        drop = np.array([0, 0, thick])
        patches.append(quad(a - drop, b - drop, b, a, "house gutter"))
    under = np.array([point - [0, 0, thick] for point in corner[::-1]])
    patches.append(polygon(under, "house trim"))
    return patches
