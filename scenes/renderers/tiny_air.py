"""What the tiny renderer makes of light and air it cannot draw: lamps and environments as ambient, fog by depth."""

from __future__ import annotations

from dataclasses import replace
from typing import cast

import cv2
import numpy as np

from seedbed.scenes.renderers.drawing import ray_lengths, srgb_to_linear
from seedbed.scenes.renderers.environment import mean_light
from seedbed.scenes.srgb import LINEAR, encoded
from seedbed.scenes.view import Bytes, Camera, Floats, Fog, Light, View

_CODES = 4096
_ENCODED: Bytes = np.rint(encoded(np.arange(_CODES) / (_CODES - 1)) * 255.0).astype(np.uint8)
# The half of a thing that faces a lamp is lit, by the cosine of the angle: a quarter on average.
_SIDES = 0.25


def flattened(view: View) -> Light:
    """A view's light with its environment and lamps turned into ambient: as strong as on its things on average."""
    light = view.light
    sky, bounce = np.asarray(light.sky, float), np.asarray(light.bounce, float)
    if light.environment is not None:
        sky, bounce = mean_light(light.environment)
    if light.lamps:
        eye, ahead = view.camera.pose[:3, 3], -view.camera.pose[:3, 2]
        places = [body.pose[:3, 3] for body in view.bodies] or [eye + 3.0 * ahead]
        at, added = np.array(places), np.zeros(3)
        for lamp in light.lamps:
            square = np.maximum(np.square(at - lamp.position).sum(axis=1), 0.01)
            window = np.maximum(1.0 - (square / lamp.reach**2) ** 2, 0.0)
            added += np.asarray(lamp.color) * float(np.mean(window**2 / square))
        # From above mostly, as lamps hang.
        sky, bounce = sky + 3.0 * _SIDES * added, bounce + _SIDES * added
    (r, g, b), (x, y, z) = sky.tolist(), bounce.tolist()
    return replace(light, sky=(r, g, b), bounce=(x, y, z), lamps=(), environment=None)


def in_air(color: Bytes, depth: Floats, fog: Fog, camera: Camera) -> Bytes:
    """Lays air between the camera and what it sees, (H, W, 3) sRGB; where depth is infinite there is air alone."""
    left = np.exp(-np.float32(fog.density) * depth * ray_lengths(camera))
    light = cast(Floats, cv2.LUT(color, LINEAR.astype(np.float32)))
    air = np.array(srgb_to_linear(fog.color), np.float32)
    light -= air
    light *= left[..., None]
    light += air
    return _ENCODED[(light * np.float32(_CODES - 1) + np.float32(0.5)).astype(np.uint16)]
