"""The camera's optics and sensor: what happens to light and numbers after the picture is drawn.

Nothing here moves anything: ids and labels stay valid, those of the middle of the exposure. The order is the physical
one: in linear light out of focus, smeared, darkened in the corners, brought to fewer pixels, noise; then what the
camera makes of it, sRGB, vivid colours, the look of a real one, compression; last the picture is enlarged again.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.frames.lighting import blackbody
from seedbed.scenes.frames.matching import matched
from seedbed.scenes.frames.motion import Motion, blurred, drawn_motion, flow, smear
from seedbed.scenes.frames.optical import defocused, vignetted
from seedbed.scenes.srgb import LINEAR, encoded
from seedbed.scenes.view import Bytes, Camera, Drawing, Floats

if TYPE_CHECKING:
    from seedbed.scenes.models.sensor import Sensor as Ranges

_CODES = 16384
_ROOT_STEPS, _BRIGHTEST = 16384, 2.0
_LEAST_NOISE = 1e-4  # a fortieth of a byte's step
# Slope of the sRGB curve at mid grey, where the strength of noise is told: d/dx 1.055 x^(1/2.4) at 0.18.
_MID, _SLOPE = 0.18, 1.195
# Shares of the noise's variance at mid grey that grow with the light (photons) and that do not (read-out).
_SHOT, _READ = 0.8, 0.2
_NEUTRAL = 6500.0  # kelvin


@dataclass(frozen=True)
class Settings:
    """One frame's sensor. The defaults change nothing.

    Attributes:
        motion_blur_px: length of the smear, pixels.
        motion_angle: its direction, radians from the x axis, where depth does not tell it.
        noise: standard deviation in the finished picture at mid grey, 1 is white. Shot noise dominates: its variance
            grows with the light.
        exposure_stops: the light is multiplied by two to this power.
        jpeg_quality: of a JPEG round trip, or None for none.
        defocus_px: radius of the disc of a point out of focus, pixels.
        focus: distance that is sharp, metres; None for none.
        vignette: share of the light lost in the corners.
        downscale: so many times fewer pixels each way.
        row_noise: as `noise`, of whole rows.
        white: kelvin that the camera takes for white.
        saturation: colours' distance from grey is multiplied by this.
    """

    motion_blur_px: float = 0.0
    motion_angle: float = 0.0
    noise: float = 0.0
    exposure_stops: float = 0.0
    jpeg_quality: int | None = None
    defocus_px: float = 0.0
    focus: float | None = None
    vignette: float = 0.0
    downscale: float = 1.0
    row_noise: float = 0.0
    white: float = _NEUTRAL
    saturation: float = 1.0

    @property
    def linear(self) -> bool:
        """Whether anything but motion and noise happens in linear light that a table of codes cannot do."""
        return self.defocus_px >= 0.4 or self.downscale > 1.01 or self.row_noise > 0.0 or self.vignette > 0.0


def settings_of(ranges: Ranges, height: int, rng: np.random.Generator) -> Settings:
    """Draws one frame's settings from a scene's ranges.

    Args:
        ranges: of the scene file; what is left out changes nothing.
        height: of the frame, pixels; smears and discs are told for a height of 640.
        rng: twelve numbers are taken from it, whatever the ranges.
    """
    blur, turn, noise, stops, quality = (float(x) for x in rng.random(5))
    disc, focus, corner, fewer, rows, kelvin, vivid_at = (float(x) for x in rng.random(7))

    def pick(pair: tuple[float, float] | None, at: float, without: float = 0.0) -> float:
        return without if pair is None else pair[0] + (pair[1] - pair[0]) * at

    return Settings(
        # Squared: most frames of a moving camera are nearly sharp.
        motion_blur_px=pick(ranges.motion_blur, blur * blur) * height / 640.0,
        motion_angle=turn * np.pi,
        noise=pick(ranges.noise, noise),
        exposure_stops=pick(ranges.exposure, stops),
        jpeg_quality=None if ranges.jpeg is None else round(pick(ranges.jpeg, quality)),
        defocus_px=pick(ranges.defocus, disc * disc) * height / 640.0,
        focus=None if ranges.focus is None else pick(ranges.focus, focus),
        vignette=pick(ranges.vignette, corner),
        downscale=pick(ranges.downscale, fewer, 1.0),
        row_noise=pick(ranges.row_noise, rows),
        white=pick(ranges.white_balance, kelvin, _NEUTRAL),
        saturation=pick(ranges.saturation, vivid_at, 1.0),
    )


def sense(
    color: Bytes,
    rng: np.random.Generator,
    ranges: Ranges,
    *,
    drawing: Drawing | None = None,
    camera: Camera | None = None,
    motion: Motion | None = None,
    folder: Path = Path(),
) -> Bytes:
    """Draws settings from a scene's ranges and applies them.

    Args:
        color: (H, W, 3) uint8 sRGB; left as it is.
        rng: of this frame.
        ranges: of the scene file.
        drawing: what color was drawn with: its depth tells how things smear and what is out of focus.
        camera: that drew it.
        motion: in a sequence, what moves while the shutter is open; else the camera's motion is drawn by lot.
        folder: what paths in the scene are relative to.

    Returns:
        (H, W, 3) uint8 sRGB.
    """
    settings = settings_of(ranges, color.shape[0], rng)
    look = None if ranges.match is None else partial(matched, model=ranges.match, folder=folder, rng=rng)
    return apply(color, rng, settings, drawing=drawing, camera=camera, motion=motion, look=look)


def apply(
    color: Bytes,
    rng: np.random.Generator,
    settings: Settings,
    *,
    drawing: Drawing | None = None,
    camera: Camera | None = None,
    motion: Motion | None = None,
    look: Callable[[Bytes], Bytes] | None = None,
) -> Bytes:
    """Applies a sensor to a picture.

    Args:
        color: (H, W, 3) uint8 sRGB; left as it is.
        rng: source of the noise and of a motion not given.
        settings: what to apply.
        drawing: as in `sense`.
        camera: as in `sense`.
        motion: as in `sense`.
        look: what is done to the finished picture before it is compressed.

    Returns:
        (H, W, 3) uint8 sRGB; the same bytes for the same arguments.
    """
    gains = 2.0**settings.exposure_stops * _balance(settings.white)
    even, moving = bool(np.ptp(gains) == 0), motion is not None or settings.motion_blur_px > 1.0
    # Far beyond white nothing is left to tell apart, and the steps of what is stored stay fine.
    levels = np.minimum(LINEAR[:, None] * gains, _BRIGHTEST)
    light: Floats | Bytes = color
    height, width = color.shape[:2]
    noisy = settings.noise > _LEAST_NOISE
    if moving or settings.linear or (noisy and not even):
        light = cast(Floats, cv2.LUT(color, levels.astype(np.float32).reshape(256, 1, 3)))
        light = defocused(light, settings.defocus_px, None if drawing is None else drawing.depth, settings.focus)
        if moving and drawing is not None and camera is not None:
            moves = motion or drawn_motion(drawing, camera, settings.motion_blur_px, rng)
            light = blurred(light, flow(drawing, camera, moves))
        elif settings.motion_blur_px > 1.0:
            light = smear(light, settings.motion_blur_px, settings.motion_angle)
        if settings.vignette:
            light = vignetted(light, settings.vignette)
        if settings.downscale > 1.01:
            few = (max(8, round(width / settings.downscale)), max(8, round(height / settings.downscale)))
            light = cast(Floats, cv2.resize(light, few, interpolation=cv2.INTER_AREA))
        if settings.row_noise > 0.0:
            light = light + _rows(light.shape[0], rng, settings.row_noise)
    if noisy:
        out = _noisy(light, levels[:, 0], rng, settings.noise)
    elif light is not color:
        codes = (np.clip(light, 0.0, 1.0).astype(np.float32) * np.float32(_CODES - 1) + np.float32(0.5)).astype(
            np.uint16
        )
        out = np.take(_ENCODED, codes, mode="clip")
    elif (gains != 1.0).any():
        out = cast(Bytes, cv2.LUT(color, encode(np.minimum(levels, 1.0)).reshape(256, 1, 3)))
    else:
        out = color.copy()
    if settings.saturation != 1.0:
        out = vivid(out, settings.saturation)
    if look is not None:
        out = look(out)
    if settings.jpeg_quality is not None:
        out = _compressed(out, settings.jpeg_quality)
    if out.shape != color.shape:
        out = cast(Bytes, cv2.resize(out, (width, height), interpolation=cv2.INTER_LINEAR))
    return out


def _balance(white: float) -> NDArray[np.float64]:
    """Gains of the channels of a camera that takes `white` kelvin for white, in light of 6500; luma is kept."""
    if white == _NEUTRAL:
        return np.ones(3)
    gains = np.array(blackbody(_NEUTRAL)) / np.maximum(np.array(blackbody(white)), 0.05)
    return np.asarray(gains / (gains @ np.array([0.2126, 0.7152, 0.0722])))


def vivid(color: Bytes, factor: float) -> Bytes:
    """Moves colours away from grey (above 1) or towards it; the luma of ITU-R BT.601 stays where nothing clips.

    Args:
        color: (H, W, 3) uint8 sRGB.
        factor: 1 changes nothing.
    """
    matrix = np.eye(3) * factor + (1 - factor) * np.array([[0.299, 0.587, 0.114]] * 3)
    return np.asarray(cv2.transform(color, matrix))


def encode(linear: NDArray[np.floating]) -> Bytes:
    """Encodes linear light in [0, 1] as sRGB bytes (IEC 61966-2-1)."""
    return cast(Bytes, np.rint(encoded(linear) * 255.0).astype(np.uint8))


def _noisy(
    light: NDArray[np.float32] | Bytes, levels: NDArray[np.float64], rng: np.random.Generator, sigma: float
) -> Bytes:
    """Adds noise whose variance grows with the light, and encodes as sRGB.

    In the square root of a light x + b noise of this variance is the same everywhere (Anscombe 1948), so that it can be
    added in 16-bit steps and all curves are tables.

    Args:
        light: (H, W, 3) linear, or sRGB bytes that `levels` decodes.
        levels: (256,) linear light of each byte.
        rng: source.
        sigma: standard deviation in the finished picture at mid grey.
    """
    variance = (sigma / _SLOPE) ** 2
    a, b = variance * _SHOT / _MID, variance * _READ
    steps = _ROOT_STEPS / np.sqrt(a * _BRIGHTEST + b)
    if light.dtype == np.uint8:
        root = cv2.LUT(light, np.rint(steps * np.sqrt(a * levels + b)).astype(np.int16))
    else:
        root = cv2.sqrt(cv2.max(cv2.addWeighted(light, a, light, 0.0, b), 0.0))
        root = cv2.addWeighted(root, steps, root, 0.0, 0.0, dtype=cv2.CV_16S)
    words = rng.integers(0, 2**64, -(-light.size // 8), np.uint64)
    chance = words.astype("<u8", copy=False).view(np.uint8)[: light.size].reshape(light.shape)
    root = cv2.add(root, cv2.LUT(chance, np.rint(_NORMAL * (steps * a / 2.0)).astype(np.int16)))
    encoded_at = encode(np.clip(((np.arange(_ROOT_STEPS) / steps) ** 2 - b) / a, 0.0, 1.0))
    # Without clipping, and with indices as numpy keeps them, this takes half the time.
    return cast(Bytes, encoded_at[np.clip(root, 0, _ROOT_STEPS - 1).astype(np.intp)])


def _compressed(color: Bytes, quality: int) -> Bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(color, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be encoded as JPEG")
    return cast(Bytes, cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def _rows(height: int, rng: np.random.Generator, sigma: float) -> NDArray[np.float32]:
    """What is added to each row, (H, 1, 1) linear: half its variance is white, half one rolling band."""
    step = sigma / _SLOPE / np.sqrt(2)
    waves, phase = rng.uniform(1.0, 8.0), rng.uniform(0, 2 * np.pi)
    band = np.sqrt(2) * np.sin(np.arange(height) / height * 2 * np.pi * waves + phase)
    return cast(NDArray[np.float32], (step * (rng.standard_normal(height) + band)).astype(np.float32)[:, None, None])


_ENCODED = encode(np.arange(_CODES) / (_CODES - 1))
# A normal variate for each value of a byte: the middles of 256 equal shares, widened to a variance of one.
_NORMAL = np.array([NormalDist().inv_cdf((i + 0.5) / 256) for i in range(256)])
_NORMAL /= _NORMAL.std()
