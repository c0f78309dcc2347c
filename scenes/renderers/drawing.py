"""What both renderers need: the pinhole's matrices, sRGB, the backdrop, a body's materials and box."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.srgb import LINEAR, encoded, relit
from seedbed.scenes.view import Body, Bytes, Camera, Fog, Material, Mesh

Matrix = NDArray[np.float64]


def clip_from_world(camera: Camera) -> Matrix:
    """Returns world to clip space, (4, 4): y up, the frame within -1..1."""
    return camera.projection() @ camera.view()


def srgb_to_linear(color: tuple[float, float, float]) -> tuple[float, float, float]:
    """Decodes an sRGB colour in [0, 1] (IEC 61966-2-1)."""
    # Without arrays: a street has two hundred colours a frame.
    r, g, b = (float(c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4) for c in color)
    return r, g, b


def ray_lengths(camera: Camera) -> NDArray[np.float32]:
    """Returns how long the ray through each pixel's centre is when it is one metre deep along the axis, (H, W)."""
    matrix = camera.matrix()
    x = (np.arange(camera.width) + 0.5 - matrix[0, 2]) / matrix[0, 0]
    y = (np.arange(camera.height) + 0.5 - matrix[1, 2]) / matrix[1, 1]
    return np.asarray(np.sqrt(1.0 + np.square(x[None, :]) + np.square(y[:, None])), np.float32)


def fitted(backdrop: Bytes, camera: Camera) -> Bytes:
    """Stretches a backdrop to the frame, (height, width, 3); returns it as it is where it has that size."""
    if backdrop.shape[:2] == (camera.height, camera.width):
        return backdrop
    smaller = backdrop.shape[0] > camera.height or backdrop.shape[1] > camera.width
    kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cast(Bytes, cv2.resize(backdrop, (camera.width, camera.height), interpolation=kind))


def fogged(picture: Bytes, fog: Fog | None, distance: float) -> Bytes:
    """Lays air over a picture that is equally far away everywhere; returns the picture itself where there is none."""
    if fog is None or fog.density == 0.0:
        return picture
    left = float(np.exp(-fog.density * distance))
    return relit(picture, np.full(3, left), (1.0 - left) * np.array(srgb_to_linear(fog.color)))


def over(color: Bytes, alpha: Bytes, back: Bytes) -> Bytes:
    """Lays a picture over another one.

    Args:
        color: (H, W, 3) sRGB, changed in place: where alpha is 0 it becomes the other one byte for byte.
        alpha: (H, W), 255 hides what is behind; between, light is mixed.
        back: (H, W, 3) sRGB.

    Returns:
        `color`.
    """
    partly = np.flatnonzero((alpha != 0) & (alpha != 255))
    if len(partly):
        share = alpha.reshape(-1)[partly, None] / 255.0
        light = share * LINEAR[color.reshape(-1, 3)[partly]] + (1.0 - share) * LINEAR[back.reshape(-1, 3)[partly]]
        color.reshape(-1, 3)[partly] = np.rint(encoded(light) * 255.0).astype(np.uint8)
    cv2.copyTo(back, (alpha == 0).view(np.uint8), color)
    return color


def runs(body: Body) -> list[tuple[int, int, Material]]:
    """Splits a body's faces into half-open runs (first, last, material), in order, covering every face once.

    Where two parts overlap, the one that starts first keeps its faces.
    """
    out: list[tuple[int, int, Material]] = []
    at, count = 0, len(body.mesh.faces)
    for first, last, material in sorted(body.parts, key=lambda part: part[0]):
        first, last = max(first, at), min(last, count)
        if last <= first:
            continue
        if first > at:
            out.append((at, first, body.material))
        out.append((first, last, material))
        at = last
    if at < count:
        out.append((at, count, body.material))
    return out


def box_corners(mesh: Mesh) -> Matrix:
    """Returns the corners of a mesh's axis-aligned box, (8, 4) homogeneous, mesh frame, metres."""
    low, high = mesh.vertices.min(axis=0), mesh.vertices.max(axis=0)
    pick = np.array([[i, j, k] for i in (0, 1) for j in (0, 1) for k in (0, 1)], bool)
    return np.hstack([np.where(pick, high, low), np.ones((8, 1))]).astype(np.float64)


def in_sight(boxes: Sequence[Matrix], clip: Matrix) -> NDArray[np.bool_]:
    """Tells which boxes, (8, 4) each in the world, may be seen: those not wholly beyond one side of the frustum."""
    at: Matrix = np.stack(boxes) @ clip.T
    w = at[..., 3:]
    over, under = np.all(at[..., :3] > w, axis=1), np.all(at[..., :3] < -w, axis=1)
    return np.asarray(~np.any(over | under, axis=1), np.bool_)
