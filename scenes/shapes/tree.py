"""Trees: a trunk, branches and foliage of lumpy lobes with loose leaves at their edge."""

from __future__ import annotations

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Rng, Shape
from seedbed.scenes.shapes.patches import Patch, blob, build, tube

_LEAF = 0.9  # metres of one repeat of the foliage texture


def tree(kind: str, height: float, rng: Rng) -> Shape:
    """A tree of a kind.

    Args:
        kind: "broadleaf", "conifer", "poplar" or "bush".
        height: metres.
        rng: of the world.
    """
    patches = _KINDS[kind](height, rng)
    return build(patches, origin=(0.0, 0.0, 0.4 * height), crease=75.0)


def _trunk(height: float, base: float, top: float, rng: Rng, lean: float = 0.03) -> Patch:
    levels = np.array([0.0, 0.06, 0.3, 0.65, 1.0])
    sway = np.cumsum(rng.normal(0, lean, (5, 2)), axis=0) * height * levels[:, None] * 0.5
    path = np.column_stack([sway, levels * height])
    radii = base + (top - base) * levels
    radii[0] *= 1.5  # roots
    return tube(path, radii, "tree bark", around=9)


def _branches(start: Array, ends: list[Array], radius: float) -> list[Patch]:
    patches = []
    for end in ends:
        bend = start + (end - start) * 0.5 + np.array([0.0, 0.0, -0.06 * float(np.linalg.norm(end - start))])
        path = np.stack([start, bend, end])
        patches.append(tube(path, np.array([radius, radius * 0.7, radius * 0.3]), "tree bark", around=5))
    return patches


def _lobe(middle: Array, radii: Array, rng: Rng, kind: str = "tree leaves") -> Patch:
    return blob(middle, radii, kind, detail=1, rough=0.16, rng=rng, repeat=_LEAF)


def _sprays(
    points: Array, size: float, rng: Rng, kind: str = "tree leaves", droop: float = 0.0, middle: Array | None = None
) -> Patch:
    """Loose twigs: small leaf-shaped tufts pointing away from the crown's middle, both sides drawn."""
    count = len(points)
    away = points - (points.mean(0) if middle is None else middle) + rng.normal(0, 0.35, (count, 3))
    away[:, 2] -= droop
    away /= np.linalg.norm(away, axis=1, keepdims=True)
    side = np.cross(away, rng.normal(0, 1, (count, 3)))
    side /= np.maximum(np.linalg.norm(side, axis=1, keepdims=True), 1e-9)
    reach = size * rng.uniform(0.6, 1.3, (count, 1))
    root, left = points - away * reach * 0.4, side * reach * 0.42
    tip, one, two = points + away * reach, points + left, points - left
    front = np.concatenate([np.stack([root, two, tip], 1), np.stack([root, tip, one], 1)])
    corners = np.concatenate([front, front[:, ::-1]])
    uvs = np.broadcast_to(rng.uniform(0, 1, (len(corners), 1, 2)), (len(corners), 3, 2)) + corners[..., :2] * 0.4
    return Patch(corners, uvs, kind)


def _on_lobes(lobes: list[tuple[Array, Array]], count: int, rng: Rng) -> Array:
    """Points on the outside of lobes, none inside another."""
    which = rng.integers(0, len(lobes), count * 2)
    ways = rng.normal(0, 1, (count * 2, 3))
    ways /= np.linalg.norm(ways, axis=1, keepdims=True)
    middles, radii = (np.array([lobe[k] for lobe in lobes]) for k in (0, 1))
    points = middles[which] + ways * radii[which] * 0.95
    inside = (((points[:, None] - middles) / radii) ** 2).sum(2) < 0.7
    return np.asarray(points[~inside.any(1)][:count])


def _broadleaf(height: float, rng: Rng) -> list[Patch]:
    clear = height * float(rng.uniform(0.28, 0.36))
    crown = np.array([0.0, 0.0, (height + clear) / 2])
    wide, high = height * float(rng.uniform(0.25, 0.34)), (height - clear) / 2
    lobes: list[tuple[Array, Array]] = [(crown, np.array([wide * 0.72, wide * 0.72, high * 0.75]))]
    count = int(rng.integers(9, 12))
    for index in range(count):
        # A golden spiral over the crown keeps lobes apart.
        z = 1 - 2 * (index + 0.5) / count
        turn = index * 2.39996 + rng.uniform(-0.4, 0.4)
        flat = np.sqrt(1 - z * z)
        way = np.array([np.cos(turn) * flat * wide * 0.66, np.sin(turn) * flat * wide * 0.66, z * high * 0.66])
        size = float(rng.uniform(0.36, 0.52))
        lobes.append((crown + way, np.array([wide, wide, min(high, wide) * 0.92]) * size))
    base = height * float(rng.uniform(0.022, 0.032))
    patches = [_trunk(clear * 1.25, base, base * 0.7, rng)]
    ends = [middle for middle, _ in lobes[1:]]
    patches += _branches(np.array([0, 0, clear * 1.05]), [ends[i] for i in range(0, count, 2)], base * 0.45)
    patches += [_lobe(middle, radii, rng) for middle, radii in lobes]
    return [*patches, _sprays(_on_lobes(lobes, 230, rng), height * 0.05, rng)]


def _conifer(height: float, rng: Rng) -> list[Patch]:
    clear = height * float(rng.uniform(0.06, 0.12))
    wide = height * float(rng.uniform(0.17, 0.24))
    base = height * 0.02
    patches = [_trunk(height * 0.9, base, base * 0.25, rng, lean=0.004)]
    tiers = int(rng.integers(7, 10))
    around = 11
    tips = []
    for tier in range(tiers):
        share = tier / tiers
        low = clear + (height - clear) * share
        radius = wide * (1 - share) ** 0.85 * float(rng.uniform(0.92, 1.08)) + 0.02 * height
        top = min(low + (height - clear) / tiers * 2.1, height)
        turn = np.linspace(0, 2 * np.pi, around + 1) + rng.uniform(0, 1)
        # Every other point draws in: branches hang out of the cone.
        reach = radius * np.where(np.arange(around + 1) % 2 == 0, 1.0, 0.72) * rng.uniform(0.86, 1.1, around + 1)
        reach[-1] = reach[0]
        rim = np.column_stack([np.cos(turn) * reach, np.sin(turn) * reach, low - 0.16 * reach])
        rim[-1] = rim[0]
        tip = np.array([0.0, 0.0, top])
        under = np.array([0.0, 0.0, low + 0.12 * radius])
        upper = np.stack([rim[:-1], rim[1:], np.broadcast_to(tip, (around, 3))], axis=1)
        lower = np.stack([rim[1:], rim[:-1], np.broadcast_to(under, (around, 3))], axis=1)
        corners = np.concatenate([upper, lower])
        angle = np.arctan2(corners[..., 1], corners[..., 0])
        seam = np.ptp(angle, axis=1) > np.pi
        angle[seam] = np.where(angle[seam] < 0, angle[seam] + 2 * np.pi, angle[seam])
        uvs = np.stack([angle * 1.2, corners[..., 2] / 1.2], axis=2)
        patches.append(Patch(corners, uvs, "tree needles"))
        tips += [rim[i] for i in range(0, around, 2)]
        mix = rng.uniform(0.25, 0.95, (int(26 * (1 - share)) + 6, 1))
        pick = rng.integers(0, around, len(mix))
        tips += list(rim[pick] * mix + tip * (1 - mix))
    return [*patches, _sprays(np.array(tips), height * 0.035, rng, "tree needles", droop=0.3)]


def _poplar(height: float, rng: Rng) -> list[Patch]:
    clear = height * float(rng.uniform(0.08, 0.14))
    wide = height * float(rng.uniform(0.085, 0.12))
    base = height * 0.018
    patches = [_trunk(height * 0.5, base, base * 0.6, rng, lean=0.01)]
    lobes: list[tuple[Array, Array]] = []
    count = 9
    for index in range(count):
        share = (index + 0.5) / count
        z = clear + (height - clear) * share
        fat = wide * float(np.sin(np.pi * min(0.93, share * 0.85 + 0.13)) ** 0.6)
        away = np.append(rng.normal(0, 0.22, 2) * fat, 0.0)
        lobes.append((np.array([0, 0, z]) + away, np.array([fat, fat, (height - clear) / count * 1.05])))
    patches += [_lobe(middle, radii, rng) for middle, radii in lobes]
    return [*patches, _sprays(_on_lobes(lobes, 200, rng), height * 0.03, rng)]


def _bush(height: float, rng: Rng) -> list[Patch]:
    wide = height * float(rng.uniform(0.45, 0.7))
    lobes: list[tuple[Array, Array]] = []
    for _ in range(int(rng.integers(5, 8))):
        x, y = rng.normal(0, 0.38, 2) * wide
        high = height * float(rng.uniform(0.55, 0.98)) / 2
        lobes.append((np.array([x, y, high * 0.98]), np.array([wide * 0.5, wide * 0.5, high])))
    patches = [_lobe(middle, radii, rng) for middle, radii in lobes]
    patches.append(_trunk(height * 0.4, 0.03 * height, 0.02 * height, rng))
    points = _on_lobes(lobes, 130, rng)
    return [*patches, _sprays(points[points[:, 2] > 0.12 * height], height * 0.1, rng)]


_KINDS = {"broadleaf": _broadleaf, "conifer": _conifer, "poplar": _poplar, "bush": _bush}
