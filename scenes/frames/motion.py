"""Motion blur: what moves in the picture while the shutter is open, from depth and the camera's motion."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.optics import straight
from seedbed.scenes.view import Camera, Drawing, Floats

Array = NDArray[np.float64]

# Longest smear filtered in one go; OpenCV turns to the (slower) Fourier transform for kernels over 11 x 11.
_LONGEST = 9.0
_TURN = 90  # directions of a stroke
_LENGTHS = 3  # lengths a pixel
_NODES = 40  # along the longer side, at which motion is found
_FAR = 1e3  # metres; beyond it only turning shows
_SPACING = 1.6  # pixels between the places a smear takes light from: each is interpolated over two
_MOST = 24
# Least side of a tile, pixels, and how unlike one stroke for all of it may be: pixels, or a share of its length.
_TILE, _EVEN, _LIKE = 64, 1.0, 0.2
# Of a camera held or driven: turns about its x, y and z axis, and metres per metre of distance.
_TURNS, _MOVES = np.array([1.0, 1.0, 0.35]), np.array([0.08, 0.08, 0.2])


@dataclass(frozen=True, eq=False)
class Motion:
    """What moves while the shutter is open; the frame's own pose is that of the middle.

    Attributes:
        turn: (3,) radians about the camera's own axes.
        move: (3,) metres along them.
        bodies: by id, (3,) metres in the world that a body moves; others stand still.
    """

    turn: Array
    move: Array
    bodies: Mapping[int, Array] = field(default_factory=dict)

    def times(self, factor: float) -> Motion:
        """The same motion, faster or slower."""
        bodies = {name: moved * factor for name, moved in self.bodies.items()}
        return replace(self, turn=self.turn * factor, move=self.move * factor, bodies=bodies)


def motion_between(before: Array, now: Array, shutter: float) -> Motion:
    """The motion of a camera in a sequence.

    Args:
        before: (4, 4) pose at the last frame.
        now: (4, 4) pose at this one.
        shutter: share of the time between them that the shutter is open.
    """
    step = np.linalg.inv(before) @ now
    turn, _ = cv2.Rodrigues(step[:3, :3])
    return Motion(turn.ravel() * shutter, step[:3, 3] * shutter)


def drawn_motion(drawing: Drawing, camera: Camera, length: float, rng: np.random.Generator) -> Motion:
    """A camera's motion drawn by lot, such that the picture moves by `length` pixels on average.

    Args:
        drawing: for the depth.
        camera: that drew it.
        length: pixels.
        rng: six numbers are taken from it.
    """
    depth = drawing.depth[4::9, 5::11]
    depth = depth[np.isfinite(depth)]
    distance = float(np.median(depth)) if depth.size else 1.0
    motion = Motion(rng.standard_normal(3) * _TURNS, rng.standard_normal(3) * _MOVES * distance)
    mean = float(np.linalg.norm(flow(drawing, camera, motion.times(1e-4)), axis=2).mean()) / 1e-4
    return motion.times(length / max(mean, 1e-9))


def flow(drawing: Drawing, camera: Camera, motion: Motion) -> Array:
    """How far and where the picture moves.

    Args:
        drawing: depth, and ids for bodies that move.
        camera: that drew it, lens included.
        motion: while the shutter is open.

    Returns:
        (rows, columns, 2) pixels at nodes spread evenly over the picture, the first and last ones at its border.
    """
    height, width = drawing.depth.shape
    step = max(width, height) / _NODES
    columns = np.linspace(0, width - 1, max(2, round(width / step)) + 1)
    rows = np.linspace(0, height - 1, max(2, round(height / step)) + 1)
    x, y = np.meshgrid(np.rint(columns).astype(int), np.rint(rows).astype(int))
    flat = camera.plane(np.stack([x.ravel() + 0.5, y.ravel() + 0.5], axis=1))
    flat = straight(flat, camera.lens) if any(camera.lens) else flat
    depth = np.minimum(np.nan_to_num(drawing.depth[y, x].ravel().astype(float), posinf=_FAR), _FAR)
    points = np.column_stack([flat[:, 0], -flat[:, 1], -np.ones(len(flat))]) * depth[:, None]
    moved = -(motion.move + np.cross(motion.turn, points))
    for body, way in motion.bodies.items():
        moved[drawing.ids[y, x].ravel() == body] += way @ camera.pose[:3, :3]
    ends = [points + sign / 2 * moved for sign in (-1, 1)]
    for end in ends:
        end[:, 2] = np.minimum(end[:, 2], -camera.near)
    return (camera.project(ends[1]) - camera.project(ends[0])).reshape(*x.shape, 2)


def blurred(light: Floats, moves: Array) -> Floats:
    """Averages a picture along its motion.

    Args:
        light: (H, W, C) linear.
        moves: what `flow` found.
    """
    longest = float(np.linalg.norm(moves, axis=2).max())
    if longest <= 1.0:
        return light
    height, width = light.shape[:2]
    rim = int(np.ceil(longest / 2)) + 2
    around = cv2.copyMakeBorder(light, rim, rim, rim, rim, cv2.BORDER_REPLICATE)
    out = np.empty_like(light)
    # One stroke for a whole tile is many times cheaper than one for each pixel: tiles are as large as motion allows.
    left = [(0, height, 0, width)]
    while left:
        tile = left.pop()
        top, bottom, first, last = tile
        near = moves[_nodes(top, bottom, height, moves.shape[0]), _nodes(first, last, width, moves.shape[1])]
        mean = near.mean((0, 1))
        apart, length = near - mean, float(np.hypot(*mean))
        even = float((apart * apart).sum(2).max()) < max(_EVEN, _LIKE * length) ** 2
        if not even and max(bottom - top, last - first) > _TILE:
            left += _quarters(*tile)
            continue
        if even and length <= 1.0:
            out[top:bottom, first:last] = light[top:bottom, first:last]
            continue
        part = around[top : bottom + 2 * rim, first : last + 2 * rim]
        if even:
            angle = float(np.arctan2(mean[1], mean[0]))
            out[top:bottom, first:last] = _smeared(part, length, angle, rim)
        else:
            out[top:bottom, first:last] = _strokes(part, near, rim)
    return out


def _nodes(first: int, last: int, size: int, count: int) -> slice:
    """The nodes in and next to some of `size` pixels."""
    return slice(int(first / size * (count - 1)), int(np.ceil(last / size * (count - 1))) + 1)


def _quarters(top: int, bottom: int, left: int, right: int) -> list[tuple[int, int, int, int]]:
    """A tile cut in two along each side that is longer than half of the other."""
    rows = [top, (top + bottom) // 2, bottom] if 2 * (bottom - top) > right - left else [top, bottom]
    columns = [left, (left + right) // 2, right] if 2 * (right - left) > bottom - top else [left, right]
    return [(*down, *across) for down in pairwise(rows) for across in pairwise(columns)]


def _strokes(part: Floats, moves: Array, rim: int) -> Floats:
    """A tile with a stroke for each pixel, its neighbourhood of `rim` pixels around it given and taken off."""
    height, width = part.shape[0] - 2 * rim, part.shape[1] - 2 * rim
    dx, dy = (_enlarged(moves[..., axis], width, height) for axis in (0, 1))
    x = np.arange(width, dtype=np.float32)[None, :] + np.float32(rim)
    y = np.arange(height, dtype=np.float32)[:, None] + np.float32(rim)
    longest = float(np.linalg.norm(moves, axis=2).max())
    count = int(np.clip(np.ceil(longest / _SPACING), 2, _MOST))
    total: Any = None
    for at in (np.arange(count) + 0.5) / count - 0.5:
        # Bilinear interpolation widens a stroke by about a pixel, as the pixel itself does.
        share = np.float32(at)
        taken = cv2.remap(part, x + dx * share, y + dy * share, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        total = taken if total is None else cv2.add(total, taken, dst=total)
    return cast(Floats, total * np.float32(1 / count))


def _enlarged(values: Array, width: int, height: int) -> Floats:
    """Values at nodes whose first and last lie on the border pixels, at every pixel."""
    rows, columns = values.shape
    x = np.linspace(0, columns - 1, width, dtype=np.float32)
    y = np.linspace(0, rows - 1, height, dtype=np.float32)
    low_x = np.minimum(x.astype(int), columns - 2)
    low_y = np.minimum(y.astype(int), rows - 2)
    part_x, part_y = x - low_x.astype(np.float32), (y - low_y.astype(np.float32))[:, None]
    across = values.astype(np.float32)
    across = across[:, low_x] * (1 - part_x) + across[:, low_x + 1] * part_x
    return cast(Floats, across[low_y] * (1 - part_y) + across[low_y + 1] * part_y)


def smear(light: NDArray[np.float32], length: float, angle: float) -> NDArray[np.float32]:
    """Averages a picture along a straight, centred stroke.

    Args:
        light: (H, W, C) linear.
        length: pixels; a length of one or less changes nothing.
        angle: radians from the x axis, towards the bottom of the picture.
    """
    rim = int(np.ceil(length / 2)) + 2
    return _smeared(cv2.copyMakeBorder(light, rim, rim, rim, rim, cv2.BORDER_REPLICATE), length, angle, rim)


def _smeared(around: Floats, length: float, angle: float, rim: int) -> Floats:
    """What `smear` does, a neighbourhood of `rim` pixels, half the length and two, given and taken off."""
    along = np.array([np.cos(angle), np.sin(angle)])
    # A stroke is the mean of its two halves: long ones are halved until the kernel is small.
    steps = []
    while length > _LONGEST:
        length /= 2.0
        steps.append(np.rint(along * length / 2.0).astype(int).tolist())
    kernel = _stroke(round(length * _LENGTHS) / _LENGTHS, round(angle / np.pi * _TURN) % _TURN)
    light = cast(Floats, cv2.filter2D(around, cv2.CV_32F, kernel, borderType=cv2.BORDER_REPLICATE))
    columns = rows = rim
    for x, y in steps:
        height, width = light.shape[:2]
        wide, high = abs(x), abs(y)
        one = light[high + y : height - high + y, wide + x : width - wide + x]
        two = light[high - y : height - high - y, wide - x : width - wide - x]
        light = cast(Floats, cv2.addWeighted(one, 0.5, two, 0.5, 0.0))
        columns, rows = columns - wide, rows - high
    return light[rows : light.shape[0] - rows, columns : light.shape[1] - columns]


@lru_cache(maxsize=4096)
def _stroke(length: float, turn: int) -> NDArray[np.float32]:
    """The kernel of a short stroke: its length spread over the pixels it crosses, summing to one.

    Args:
        length: pixels.
        turn: direction, in `_TURN`ths of half a turn.
    """
    angle = turn * np.pi / _TURN
    reach = int(np.ceil((length - 1.0) / 2.0)) if length > 1.0 else 0
    kernel = np.zeros((2 * reach + 3, 2 * reach + 3), np.float64)
    at = (np.linspace(-0.5, 0.5, 64) * max(length - 1.0, 0.0))[:, None] * (np.cos(angle), np.sin(angle)) + reach + 1
    low = np.floor(at).astype(int)
    part = at - low
    for right, down in ((0, 0), (1, 0), (0, 1), (1, 1)):
        weight = np.abs(1 - right - part[:, 0]) * np.abs(1 - down - part[:, 1])
        place = np.minimum((low[:, 1] + down) * len(kernel) + low[:, 0] + right, kernel.size - 1)
        kernel += np.bincount(place, weight, kernel.size).reshape(kernel.shape)
    return cast(NDArray[np.float32], (kernel / kernel.sum()).astype(np.float32))
