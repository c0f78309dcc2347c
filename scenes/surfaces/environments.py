"""Places photographed all around (HDRI): what a camera sees of them, and the light they give."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.models.backdrops import OPENEXR
from seedbed.scenes.renderers.environment import directions
from seedbed.scenes.renderers.floor import shine
from seedbed.scenes.view import Bytes, Camera, Floats, Light

_LUMA = np.array([0.2126, 0.7152, 0.0722])
# Rows of the copy that lights the scene; what a sun's few pixels hold is told by a sun instead.
_ROWS = 128
# Light above so many times the mean is a lamp's or the sun's own.
_PEAK = 8.0
# Share of all light from where a sun is worth a shadow.
_SUNNY = 0.15


def surroundings(path: Path) -> Floats:
    """An HDRI as linear light, (H, W, 3) float32, at most 1024 rows.

    Raises:
        RenderError: it cannot be read.
    """
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=8)
def _read(path: Path, _changed: int) -> Floats:
    with path.open("rb") as file:
        exr = file.read(4) == OPENEXR
    data = _exr(path) if exr else cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
    if data is None or data.ndim != 3:
        raise RenderError("not a readable HDRI", reason=Reason.DAMAGED, where=path, repair="save it anew as .hdr")
    if data.shape[0] > 1024:
        data = cv2.resize(data, (2048, 1024), interpolation=cv2.INTER_AREA)
    clean = np.nan_to_num(np.maximum(data[..., 2::-1], 0), posinf=6e4)
    return np.ascontiguousarray(clean, np.float32)


def _exr(path: Path) -> Floats | None:
    """(H, W, 3) blue, green, red of an OpenEXR file, however compressed; None where it is damaged or has no colour."""
    import OpenEXR

    try:
        with OpenEXR.File(str(path), separate_channels=True) as file:
            channels = {name: channel.pixels for name, channel in file.channels().items()}
    except Exception:  # whatever the library says of a damaged file
        return None
    names = "BGR" if {"B", "G", "R"} <= set(channels) else "YYY"
    if not set(names) <= set(channels):
        return None
    return np.stack([channels[name] for name in names], axis=2).astype(np.float32)


def seen(around: Floats, turn: float, gain: float, camera: Camera) -> Bytes:
    """What a camera sees of a place, (H, W, 3) uint8 sRGB, the camera's pinhole alone.

    Args:
        around: linear light, equirectangular.
        turn: radians that the place is turned round, counter-clockwise from above.
        gain: exposure.
        camera: sees every second pixel; an HDRI of a thousand columns is coarser still.
    """
    width, height = -(-camera.width // 2), -(-camera.height // 2)
    x, y = np.meshgrid(2 * np.arange(width) + 1.0, 2 * np.arange(height) + 1.0)
    flat = camera.plane(np.stack([x.ravel(), y.ravel()], axis=1)).astype(np.float32)
    rays = np.stack([flat[:, 0], -flat[:, 1], -np.ones(len(flat), np.float32)])
    ahead = camera.pose[:3, :3].astype(np.float32) @ rays
    azimuth = np.arctan2(ahead[1], ahead[0]) - np.float32(turn)
    polar = np.arctan2(np.hypot(ahead[0], ahead[1]), ahead[2])
    rows, columns = around.shape[:2]
    column = (0.5 - azimuth / (2 * np.pi)) % 1.0 * columns - 0.5
    row = polar / np.pi * rows - 0.5
    shape = (height, width)
    light = cv2.remap(
        around,
        column.reshape(shape).astype(np.float32),
        np.clip(row, 0, rows - 1).reshape(shape).astype(np.float32),
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_WRAP,
    )
    levels = np.clip(light * np.float32(gain * _CODES), 0, len(_SHOWN) - 1).astype(np.uint16)
    return cast(Bytes, cv2.resize(_SHOWN[levels], (camera.width, camera.height), interpolation=cv2.INTER_LINEAR))


_CODES = 4096
_SHOWN = np.rint(shine(np.arange(8 * _CODES) / _CODES) * 255).astype(np.uint8)


def lit_by(light: Light, around: Floats, turn: float) -> tuple[Light, float]:
    """Light that a place gives, as bright on the whole as another light.

    Args:
        light: sun and sky of the scene file; their brightness on level ground is kept, lamps too.
        around: linear light, equirectangular.
        turn: as in `seen`.

    Returns:
        The light, a sun in it where the place has one, and the exposure for `seen`.
    """
    columns = 2 * _ROWS
    small = cv2.resize(around, (columns, _ROWS), interpolation=cv2.INTER_AREA)
    shift = round(turn / (2 * np.pi) * columns)
    small = np.roll(small, -shift, axis=1)
    at, share = directions(columns, _ROWS)
    luma = small @ _LUMA.astype(np.float32)
    peak = np.float32(_PEAK * float((luma * share).sum()) + 1e-6)
    kept = small * np.minimum(1.0, peak / np.maximum(luma, 1e-6))[..., None]
    excess = small - kept
    # Light on a surface that faces it, over pi: 4 times the sum over directions weighted by their share.
    sun = 4 * (excess * share[..., None]).sum((0, 1))
    towards = (at * ((excess @ _LUMA) * share)[..., None]).sum((0, 1))
    towards = towards / max(float(np.linalg.norm(towards)), 1e-9)
    rise = max(float(towards[2]), 0.0)
    level = np.maximum(at[..., 2], 0.0) * share
    sky = 4 * float(((kept @ _LUMA) * level).sum())
    wanted = float(_LUMA @ np.asarray(light.sky) + _LUMA @ np.asarray(light.sun_color) * max(light.sun[2], 0.15))
    sunny = rise > 0.05 and float(sun @ _LUMA) * rise > _SUNNY * sky
    if not sunny:
        kept, sun, rise = small, np.zeros(3), 0.0
        sky = 4 * float(((kept @ _LUMA) * level).sum())
    gain = wanted / max(sky + float(sun @ _LUMA) * rise, 1e-6)
    environment = np.ascontiguousarray(kept * gain, np.float32)
    ups, downs = (_mean(environment, share * half) for half in (at[..., 2] > 0, at[..., 2] <= 0))
    return (
        replace(
            light,
            sun=(float(towards[0]), float(towards[1]), rise) if sunny else light.sun,
            sun_color=_rgb(sun * gain),
            shadows=light.shadows and sunny,
            # For renderers that know no environment.
            sky=ups,
            bounce=downs,
            environment=environment,
        ),
        gain,
    )


def _mean(environment: Floats, share: NDArray[np.float64]) -> tuple[float, float, float]:
    return _rgb((environment * share[..., None]).sum((0, 1)) / max(float(share.sum()), 1e-9))


def _rgb(values: NDArray[Any]) -> tuple[float, float, float]:
    red, green, blue = values
    return float(red), float(green), float(blue)
