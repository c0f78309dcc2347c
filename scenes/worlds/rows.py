"""Things in rows: on a grid, or in groups on the boards of a shelf. They stand where they are put, without physics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.surfaces.materials import between
from seedbed.scenes.worlds.turns import ANY, about_z, pose_of, rotation, turned

if TYPE_CHECKING:
    from seedbed.scenes.models.layouts import Grid, ShelfLayout
    from seedbed.scenes.shapes.meshes import Shape
    from seedbed.scenes.worlds.fixtures import Board

Array = NDArray[np.float64]
Rng = np.random.Generator


def on_grid(
    shapes: Sequence[Shape], stands: Sequence[bool], yaws: Sequence[tuple[float, float] | None], model: Grid, rng: Rng
) -> list[Array | None]:
    """Poses of things in rows on the ground, in a random order.

    What does not stand lies on a side that its hull can rest on, or near it.

    Args:
        shapes: what there is.
        stands: whether each stands.
        yaws: range of each one's turn where it stands, degrees; None for along the rows, any side ahead.
        model: of the scene.
        rng: of the world.

    Returns:
        (4, 4) each; None where the grid has no place left.
    """
    columns = int(rng.integers(model.columns[0], model.columns[1] + 1))
    rows = int(rng.integers(model.rows[0], model.rows[1] + 1))
    width = 2 * max((shape.radius for shape in shapes), default=0.0)
    gap = width * between(rng, model.gap)
    step = width + gap
    count = max(1, round(columns * rows * between(rng, model.filled)))
    places = rng.permutation(columns * rows)[:count].tolist()
    order = rng.permutation(len(shapes)).tolist()
    poses: list[Array | None] = [None] * len(shapes)
    for index, place in zip(order, places, strict=False):
        shape = shapes[index]
        yaw = yaws[index]
        if stands[index] and yaw is None:
            quaternion = about_z(_square_turn(rng))
        else:
            quaternion = turned(rng, stands[index], yaw or ANY)
        points = shape.hull @ rotation(quaternion).T
        off = rng.uniform(-0.5, 0.5, 2) * gap * model.jitter * 2
        x = (place % columns - (columns - 1) / 2) * step + off[0]
        y = (place // columns - (rows - 1) / 2) * step + off[1]
        poses[index] = pose_of(quaternion, (float(x), float(y), -float(points[:, 2].min())))
    return poses


def _square_turn(rng: Rng) -> float:
    """Along the rows, a little off: radians."""
    return float(rng.integers(4) * np.pi / 2 + rng.normal(0, 0.05))


def on_boards(
    shapes: Sequence[Shape], kinds: Sequence[int], boards: Sequence[Board], model: ShelfLayout, rng: Rng
) -> list[Array | None]:
    """Poses of goods on boards: groups of one kind, side by side and one behind another, from the left.

    Args:
        shapes: what there is; x is a thing's width, -y its face.
        kinds: of each; those alike stand together.
        boards: places, from below.
        model: of the scene.
        rng: of the world.

    Returns:
        (4, 4) each; None where no board has room for it.
    """
    waiting: dict[int, list[int]] = {}
    for index, kind in enumerate(kinds):
        waiting.setdefault(kind, []).append(index)
    poses: list[Array | None] = [None] * len(shapes)
    for board in (boards[int(at)] for at in rng.permutation(len(boards))):
        x = -board.width / 2
        while x < board.width / 2:
            fitting = [kind for kind, rest in waiting.items() if rest and _fits(shapes[rest[0]], board, x)]
            if not fitting:
                break
            kind = fitting[int(rng.integers(len(fitting)))]
            group = [index for index in waiting[kind] if _fits(shapes[index], board, -board.width / 2)]
            wide = max(float(np.ptp(shapes[index].hull[:, 0])) for index in group)
            deep = max(float(np.ptp(shapes[index].hull[:, 1])) for index in group)
            across = int(rng.integers(model.facings[0], model.facings[1] + 1))
            behind = int(rng.integers(model.deep[0], model.deep[1] + 1))
            sold_out = rng.uniform() < model.gaps
            for column in range(across):
                slot = x + column * wide * 1.06
                if slot + wide > board.width / 2:
                    break
                y = -board.depth / 2 + float(rng.uniform(0.0, 0.25)) * deep
                for _ in range(behind):
                    if sold_out or not group or y + deep > board.depth / 2:
                        break
                    index = group.pop(0)
                    waiting[kind].remove(index)
                    poses[index] = _stood(shapes[index], slot + wide / 2, y + deep / 2, board, rng)
                    y += deep * 1.05
            x += across * wide * 1.06 + float(rng.uniform(0.0, 0.04))
    return poses


def _fits(shape: Shape, board: Board, x: float) -> bool:
    wide, deep, high = np.ptp(shape.hull, axis=0)
    return bool(high < board.clear - 0.01 and deep <= board.depth and x + wide <= board.width / 2)


def _stood(shape: Shape, x: float, y: float, board: Board, rng: Rng) -> Array:
    low, high = shape.hull.min(0), shape.hull.max(0)
    middle = (low + high) / 2
    # A little turned, as hands put things down; no more than leaves room to the neighbours.
    pose = pose_of(about_z(float(np.clip(rng.normal(0, 0.04), -0.1, 0.1))), np.zeros(3))
    pose[:3, 3] = np.array([x, y, board.height - float(low[2])]) - pose[:3, :3] @ np.array([middle[0], middle[1], 0.0])
    return pose
