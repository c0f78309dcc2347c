"""What carries goods: crate, pallet, shelf."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from seedbed.scenes.shapes.lathe import OWN, cuboid, made
from seedbed.scenes.shapes.meshes import Array, Board, Rng, Shape
from seedbed.scenes.shapes.patches import Patch, Point, block, quad


def _boards(patches: list[Patch], parts: Sequence[tuple[Point, Point]], kind: str = OWN, repeat: float = 0.6) -> None:
    for low, high in parts:
        patch = block(low, high, kind, repeat=repeat)
        # Grain runs along a board and no two boards are alike: the texture's own rows run along u.
        size = np.asarray(high, float) - np.asarray(low, float)
        along = int(np.argmax(size))
        shift = np.array([low[0] * 3.7 + low[1] * 5.3, low[2] * 7.1 + low[0] * 2.9])
        uvs = patch.uvs.copy()
        flat = np.cross(patch.corners[:, 1] - patch.corners[:, 0], patch.corners[:, 2] - patch.corners[:, 0])
        axis = np.abs(flat).argmax(1)
        # `metric` lays u along x (y where the face looks along x) and v along z (y where it looks along z).
        stands = ((axis != 2) & (along == 2)) | ((axis == 2) & (along == 1))
        uvs[stands] = uvs[stands][..., ::-1]
        patches.append(Patch(patch.corners, uvs + shift, kind))


def _walls(size: Sequence[float], thick: float, floor: float) -> list[Array]:
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    return [
        cuboid((-x, -y, 0), (x, y, floor)),
        cuboid((-x, -y, 0), (x, -y + thick, z)),
        cuboid((-x, y - thick, 0), (x, y, z)),
        cuboid((-x, -y, 0), (-x + thick, y, z)),
        cuboid((x - thick, -y, 0), (x, y, z)),
    ]


def crate(kind: str, size: Sequence[float], rng: Rng) -> Shape:
    """An open crate.

    Args:
        kind: "wood", of slats nailed to four posts, or "plastic", of walls with ribs, a rim and grips.
        size: length, width, height, metres.
        rng: of the world.
    """
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    patches: list[Patch] = []
    if kind == "wood":
        thick, post = max(0.007, 0.02 * size[0]), max(0.02, 0.06 * size[0])
        rows = max(2, round(z / 0.09) if z > 0.18 else int(rng.integers(2, 4)))
        tall = z / (rows + (rows - 1) * 0.3)
        parts: list[tuple[Point, Point]] = []
        for row in range(rows):
            low = row * tall * 1.3
            high = low + tall
            parts += [((-x, s * y - thick * (s > 0), low), (x, s * y + thick * (s < 0), high)) for s in (-1, 1)]
            inner = y - thick
            parts += [((s * x - thick * (s > 0), -inner, low), (s * x + thick * (s < 0), inner, high)) for s in (-1, 1)]
        for sx in (-1, 1):
            for sy in (-1, 1):
                a, b = sorted((sx * (x - thick), sx * (x - thick - post)))
                c, d = sorted((sy * (y - thick), sy * (y - thick - post)))
                parts.append(((a, c, 0.002), (b, d, z * 0.995)))
        count = max(3, round(size[1] / 0.1))
        wide = (2 * y - 2 * thick) / (count + (count - 1) * 0.15)
        for index in range(count):
            low_y = -y + thick + index * wide * 1.15
            parts.append(((-x + thick, low_y, 0.004), (x - thick, low_y + wide, 0.004 + thick)))
        _boards(patches, parts)
        floor = 0.004 + thick
    else:
        thick, floor = max(0.006, 0.012 * size[0]), max(0.006, 0.02 * z)
        wall, rim = thick * 0.5, thick * 2.2
        grip = (0.16 * size[1], 0.68 * z, 0.84 * z)
        deep = rim - wall
        patches.append(block((-x + deep, -y + deep, 0), (x - deep, y - deep, floor), OWN))
        _panels(patches, (x - deep, y - deep, z), wall, floor, grip)
        for low_z, high_z in ((0.93 * z, z), (0.30 * z, 0.34 * z)):
            out = x if high_z == z else x - deep * 0.35, y if high_z == z else y - deep * 0.35
            _frame(patches, out, (x - deep, y - deep), low_z, high_z)
        _ribs(patches, (x - deep, y - deep, z), (wall, thick, deep * 0.35), grip)
        thick = rim
    solids = _walls(size, thick, floor)
    board = Board((-x + thick, -y + thick, floor), (x - thick, y - thick))
    surface = "timber" if kind == "wood" else ""
    return made(patches, origin=(0, 0, 0.4 * z), crease=25.0, solids=solids, boards=[board], surface=surface)


def _panels(patches: list[Patch], half: Sequence[float], wall: float, floor: float, grip: Sequence[float]) -> None:
    """Four thin walls; those across the length have a hole to grip."""
    x, y, z = half
    wide, low, high = grip
    for s in (-1, 1):
        a, b = sorted((s * y, s * (y - wall)))
        patches.append(block((-x, a, floor), (x, b, z), OWN))
        a, b = sorted((s * x, s * (x - wall)))
        inner = y - wall
        for part in (
            ((a, -inner, floor), (b, inner, low)),
            ((a, -inner, high), (b, inner, z)),
            ((a, -inner, low), (b, -wide, high)),
            ((a, wide, low), (b, inner, high)),
        ):
            patches.append(block(*part, OWN))


def _ribs(patches: list[Patch], half: Sequence[float], size: Sequence[float], grip: Sequence[float]) -> None:
    """Upright ribs outside all four walls, shorter under the grips."""
    x, y, z = half
    wall, inset, deep = size
    top = 0.93 * z
    for at in np.linspace(-x + inset, x - inset, max(3, round(x / 0.045)) + 1):
        for s in (-1, 1):
            a, b = sorted((s * y, s * (y + deep)))
            patches.append(block((at - wall / 2, a, 0.0), (at + wall / 2, b, top), OWN))
    for at in np.linspace(-y + inset, y - inset, max(2, round(y / 0.045)) + 1):
        for s in (-1, 1):
            a, b = sorted((s * x, s * (x + deep)))
            high = grip[1] - 0.02 * z if abs(at) < grip[0] else top
            patches.append(block((a, at - wall / 2, 0.0), (b, at + wall / 2, high), OWN))


def _frame(patches: list[Patch], outer: Sequence[float], inner: Sequence[float], low: float, high: float) -> None:
    """A level frame around a crate."""
    (x, y), (i, j) = outer, inner
    for s in (-1, 1):
        a, b = sorted((s * y, s * j))
        patches.append(block((-x, a, low), (x, b, high), OWN))
        a, b = sorted((s * x, s * i))
        patches.append(block((a, -j, low), (b, j, high), OWN))


EURO = (1.2, 0.8, 0.144)
"""Metres of a EUR pallet (EN 13698-1): length, width, height."""


def pallet(kind: str, length: float) -> Shape:
    """A EUR pallet: five boards on three cross boards on nine blocks on three runners (EN 13698-1).

    Args:
        kind: "wood" or "plastic".
        length: metres; the other measures follow it.
    """
    k = length / EURO[0]
    x, y = 0.6, 0.4
    deck = [(-y, 0.145), (-0.2525, 0.1), (-0.0725, 0.145), (0.1525, 0.1), (y - 0.145, 0.145)]
    runners = [(-y, 0.1), (-0.0725, 0.145), (y - 0.1, 0.1)]
    cross = [(-x, 0.145), (-0.0725, 0.145), (x - 0.145, 0.145)]
    parts: list[tuple[Point, Point]] = []
    parts += [((-x, low, 0.122), (x, low + wide, 0.144)) for low, wide in deck]
    parts += [((low, -y, 0.1), (low + wide, y, 0.122)) for low, wide in cross]
    parts += [((left, low, 0.022), (left + long, low + wide, 0.1)) for left, long in cross for low, wide in runners]
    parts += [((-x, low, 0.0), (x, low + wide, 0.022)) for low, wide in runners]
    patches: list[Patch] = []
    _boards(patches, [(np.array(low) * k, np.array(high) * k) for low, high in parts])
    solids = [cuboid((-x, -y, 0.1), (x, y, 0.144))]
    solids += [cuboid((-x, low, 0), (x, low + wide, 0.1)) for low, wide in runners]
    board = Board((-x * k, -y * k, 0.144 * k), (x * k, y * k))
    return made(
        patches,
        origin=(0, 0, 0.085 * k),
        crease=25.0,
        solids=[solid * k for solid in solids],
        boards=[board],
        surface="timber" if kind == "wood" else "",
    )


def shelf(kind: str, size: Sequence[float], boards: int, rng: Rng) -> Shape:
    """A shelf, open towards -y: it stands where it is put, and things stand on its boards.

    Args:
        kind: "wood", with side walls, or "metal", of perforated posts and thin boards.
        size: width, depth, height, metres.
        boards: how many, the top one included.
        rng: of the world.
    """
    x, y, z = size[0] / 2, size[1] / 2, size[2]
    patches: list[Patch] = []
    thick = float(rng.uniform(0.016, 0.024) if kind == "wood" else rng.uniform(0.025, 0.04))
    side = 0.018 if kind == "wood" else 0.035
    first = min(float(rng.uniform(0.05, 0.12)), 0.1 * z)
    thick = min(thick, 0.25 * (z - first) / boards, 0.8 * first)  # low shelves of many boards have thin ones
    tops = np.linspace(first, z - (0.0 if kind == "wood" else min(0.01, 0.02 * z)), boards)
    ends = x - side if kind == "wood" else x - 0.003
    parts: list[tuple[Point, Point]] = [((-ends, -y, top - thick), (ends, y, top)) for top in tops]
    solids = [cuboid(low, high) for low, high in parts]
    if kind == "wood":
        walls: list[tuple[Point, Point]] = [((-x, -y, 0), (-x + side, y, z)), ((x - side, -y, 0), (x, y, z))]
        _boards(patches, [*parts, *walls])
        solids += [cuboid(low, high) for low, high in walls]
        if rng.uniform() < 0.5:
            patches.append(block((-ends, y - 0.004, first), (ends, y, z - thick), OWN, repeat=0.6))
    else:
        _boards(patches, parts, OWN)
        for sx in (-1, 1):
            for sy in (-1, 1):
                a, b = sorted((sx * x, sx * (x - side)))
                c, d = sorted((sy * (y + 0.002), sy * (y + 0.002 - side)))
                patches.append(block((a, c, 0), (b, d, z), "shelf post"))
                solids.append(cuboid((a, c, 0), (b, d, z)))
        if rng.uniform() < 0.5:  # a cross of steel behind
            for turn in (1, -1):
                wide = np.array([0.0, 0.0, min(0.02, 0.05 * z)])
                low, high = np.array([-turn * x, y + 0.003, first]), np.array([turn * x, y + 0.003, 0.9 * z])
                strip = (low, high, high + wide, low + wide)
                patches += [quad(*strip, "shelf post"), quad(*strip[::-1], "shelf post")]  # both sides
    free = [float(above - thick - top) for top, above in pairwise(tops)] + [float("inf")]
    inset = side + 0.005
    places = [
        Board((-x + inset, -y + 0.01, float(top)), (x - inset, y - 0.02), clear)
        for top, clear in zip(tops, free, strict=True)
    ]
    points = {f"board {index + 1}": (0.0, 0.0, float(top)) for index, top in enumerate(tops)}
    made_of = made(
        patches,
        origin=(0, 0, z / 2),
        crease=25.0,
        keypoints=points,
        solids=solids,
        boards=places,
        surface="timber" if kind == "wood" else "",
    )
    return replace(made_of, static=True)
