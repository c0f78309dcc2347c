"""A photograph as the ground: things stand on it, and of the ground that was drawn only the shadows are kept.

The ground is drawn in one colour. Where it is in view, the photograph is darkened by as much as that colour is darker
than where all light reaches it (a shadow catcher; Debevec 1998, differential rendering, with a plain local scene).
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import fitted
from seedbed.scenes.srgb import LINEAR, encoded
from seedbed.scenes.view import Body, Bytes, Camera, Drawing, Material, View

_LIT = 95
"""Percentile of the ground's light that is taken for unshadowed: noise and mirrored sky lie above."""
_DARKEST = 0.1
_WEIGHTS = np.array([[0.2126, 0.7152, 0.0722]], np.float32)
"""Luminance of linear sRGB (ITU-R BT.709)."""
_LINEAR = LINEAR.astype(np.float32)
_SHADED: Bytes = np.rint(encoded(np.arange(256)[:, None] / 255.0 * LINEAR) * 255.0).astype(np.uint8)
"""(256, 256): an sRGB byte under so many 255ths of the light."""


def plain_ground(ground: Body, backdrop: Bytes) -> Body:
    """The ground in the photograph's own mean colour, so that outlines blend into what will lie behind them."""
    low = backdrop[backdrop.shape[0] // 2 :].reshape(-1, 3).mean(axis=0) / 255.0
    red, green, blue = (float(value) for value in np.clip(low, 0.2, 0.75))
    return replace(ground, material=Material((red, green, blue), None, 1.0))


def caught(view: View, drawing: Drawing) -> Drawing:
    """Lays the backdrop over the ground of a view whose ground is a catcher; any other drawing as it is.

    Args:
        view: what was drawn, through a pinhole.
        drawing: of it.
    """
    if not view.catcher or view.ground is None:
        return drawing
    where = (drawing.ids == 0) & _on_ground(view.camera, float(view.ground.pose[2, 3]), drawing.depth)
    if not where.any():
        return drawing
    light = cv2.transform(cv2.LUT(drawing.color, _LINEAR), _WEIGHTS)
    lit = max(float(np.percentile(light[where], _LIT)), 1e-6)
    shade = np.clip(light * np.float32(255.0 / lit), 255.0 * _DARKEST, 255.0).astype(np.uint16)
    shaded = np.take(_SHADED, (shade << 8)[..., None] | fitted(view.backdrop, view.camera))
    return replace(drawing, color=np.where(where[..., None], shaded, drawing.color))


def _on_ground(camera: Camera, height: float, depth: NDArray[np.float32]) -> NDArray[np.bool_]:
    """(H, W) whether what is seen lies on the plane z = height, to two thousandths of its distance."""
    corners = np.array([[0.5, 0.5], [camera.width + 0.5, 0.5], [0.5, camera.height + 0.5]])
    # A ray that is one metre deep along the axis falls by so much: linear in the pixel.
    first, right, down = camera.plane(corners) @ (camera.pose[2, 0], -camera.pose[2, 1]) - camera.pose[2, 2]
    x = np.arange(camera.width, dtype=np.float32) * np.float32((right - first) / camera.width)
    y = np.arange(camera.height, dtype=np.float32) * np.float32((down - first) / camera.height)
    fall = np.float32(first) + x[None, :] + y[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        meets = np.float32(height - camera.pose[2, 3]) / fall
        return np.asarray((meets > 0) & (np.abs(depth - meets) < 0.002 * meets))
