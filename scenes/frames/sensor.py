"""The camera's sensor: what happens to light and numbers after the picture is drawn.

Nothing here moves anything: ids and labels stay valid. The order is the physical one: smear, exposure and noise in
linear light, then sRGB, then the compression inside the camera.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.view import Bytes

if TYPE_CHECKING:
    from seedbed.scenes.models.sensor import Sensor as Ranges

_CODES = 16384
_ROOT_STEPS, _BRIGHTEST = 16384, 2.0
_LEAST_NOISE = 1e-4  # a fortieth of a byte's step
# Slope of the sRGB curve at mid grey, where the strength of noise is told: d/dx 1.055 x^(1/2.4) at 0.18.
_MID, _SLOPE = 0.18, 1.195
# Shares of the noise's variance at mid grey that grow with the light (photons) and that do not (read-out).
_SHOT, _READ = 0.8, 0.2
# Longest smear filtered in one go; OpenCV turns to the (slower) Fourier transform for kernels over 11 x 11.
_LONGEST = 9.0


@dataclass(frozen=True)
class Settings:
    """One frame's sensor. The defaults change nothing.

    Attributes:
        motion_blur_px: length of the smear, pixels.
        motion_angle: its direction, radians from the x axis.
        noise: standard deviation in the finished picture at mid grey, 1 is white. Shot noise dominates: its variance
            grows with the light.
        exposure_stops: the light is multiplied by two to this power.
        jpeg_quality: of a JPEG round trip, or None for none.
    """

    motion_blur_px: float = 0.0
    motion_angle: float = 0.0
    noise: float = 0.0
    exposure_stops: float = 0.0
    jpeg_quality: int | None = None


def settings_of(ranges: Ranges, height: int, rng: np.random.Generator) -> Settings:
    """Draws one frame's settings from a scene's ranges.

    Args:
        ranges: of the scene file; what is left out changes nothing.
        height: of the frame, pixels; smears are told for a height of 640.
        rng: five numbers are taken from it, whatever the ranges.
    """
    blur, turn, noise, stops, quality = (float(x) for x in rng.random(5))

    def pick(pair: tuple[float, float] | None, at: float) -> float:
        return 0.0 if pair is None else pair[0] + (pair[1] - pair[0]) * at

    return Settings(
        # Squared: most frames of a moving camera are nearly sharp.
        motion_blur_px=pick(ranges.motion_blur, blur * blur) * height / 640.0,
        motion_angle=turn * np.pi,
        noise=pick(ranges.noise, noise),
        exposure_stops=pick(ranges.exposure, stops),
        jpeg_quality=None if ranges.jpeg is None else round(pick(ranges.jpeg, quality)),
    )


def sense(color: Bytes, rng: np.random.Generator, ranges: Ranges) -> Bytes:
    """Draws settings from a scene's ranges and applies them; (H, W, 3) uint8 sRGB in and out."""
    return apply(color, rng, settings_of(ranges, color.shape[0], rng))


def apply(color: Bytes, rng: np.random.Generator, settings: Settings) -> Bytes:
    """Applies a sensor to a picture.

    Args:
        color: (H, W, 3) uint8 sRGB; left as it is.
        rng: source of the noise.
        settings: what to apply.

    Returns:
        (H, W, 3) uint8 sRGB; the same bytes for the same arguments.
    """
    gain = 2.0**settings.exposure_stops
    # Far beyond white nothing is left to tell apart, and the steps of what is stored stay fine.
    levels = np.minimum(_LINEAR * gain, _BRIGHTEST)
    light: NDArray[np.float32] | Bytes = color
    if settings.motion_blur_px > 1.0:
        light = smear(cv2.LUT(color, levels.astype(np.float32)), settings.motion_blur_px, settings.motion_angle)
    if settings.noise > _LEAST_NOISE:
        out = _noisy(light, levels, rng, settings.noise)
    elif light is not color:
        codes = (np.clip(light, 0.0, 1.0).astype(np.float32) * np.float32(_CODES - 1) + np.float32(0.5)).astype(
            np.uint16
        )
        out = np.take(_ENCODED, codes, mode="clip")
    elif settings.exposure_stops != 0.0:
        out = cv2.LUT(color, encode(np.minimum(levels, 1.0)))
    else:
        out = color.copy()
    if settings.jpeg_quality is not None:
        out = _compressed(out, settings.jpeg_quality)
    return out


def smear(light: NDArray[np.float32], length: float, angle: float) -> NDArray[np.float32]:
    """Averages a picture along a straight, centred stroke.

    Args:
        light: (H, W, C) linear.
        length: pixels; a length of one or less changes nothing.
        angle: radians from the x axis, towards the bottom of the picture.
    """
    along = np.array([np.cos(angle), np.sin(angle)])
    # A stroke is the mean of its two halves: long ones are halved until the kernel is small.
    steps = []
    while length > _LONGEST:
        length /= 2.0
        steps.append(np.rint(along * length / 2.0).astype(int))
    light = cast(
        NDArray[np.float32], cv2.filter2D(light, cv2.CV_32F, _stroke(length, along), borderType=cv2.BORDER_REPLICATE)
    )
    for x, y in steps:
        if x or y:
            pad = cv2.copyMakeBorder(light, abs(y), abs(y), abs(x), abs(x), cv2.BORDER_REPLICATE)
            height, width = light.shape[:2]
            one = pad[abs(y) + y : abs(y) + y + height, abs(x) + x : abs(x) + x + width]
            two = pad[abs(y) - y : abs(y) - y + height, abs(x) - x : abs(x) - x + width]
            light = cv2.addWeighted(one, 0.5, two, 0.5, 0.0)
    return light


def encode(linear: NDArray[np.floating]) -> Bytes:
    """Encodes linear light in [0, 1] as sRGB bytes (IEC 61966-2-1)."""
    x = np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * np.maximum(linear, 0.0031308) ** (1 / 2.4) - 0.055)
    return cast(Bytes, np.rint(x * 255.0).astype(np.uint8))


def _stroke(length: float, along: NDArray[np.float64]) -> NDArray[np.float32]:
    """The kernel of a short stroke: its length spread over the pixels it crosses, summing to one."""
    reach = int(np.ceil((length - 1.0) / 2.0)) if length > 1.0 else 0
    kernel = np.zeros((2 * reach + 3, 2 * reach + 3), np.float64)
    for at in np.linspace(-0.5, 0.5, 64) * max(length - 1.0, 0.0):
        x, y = along * at + reach + 1
        i, j = int(np.floor(x)), int(np.floor(y))
        for di, dj in ((0, 0), (1, 0), (0, 1), (1, 1)):
            weight = (1 - abs(x - i - di)) * (1 - abs(y - j - dj))
            if weight > 0.0:
                kernel[j + dj, i + di] += weight
    return cast(NDArray[np.float32], (kernel / kernel.sum()).astype(np.float32))


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
        root = cv2.sqrt(cv2.max(light * np.float32(a) + np.float32(b), 0.0))
        root = (root * np.float32(steps) + np.float32(0.5)).astype(np.int16)
    chance = np.frombuffer(rng.bytes(light.size), np.uint8).reshape(light.shape)
    root = cv2.add(root, cv2.LUT(chance, np.rint(_NORMAL * (steps * a / 2.0)).astype(np.int16)))
    encoded_at = encode(np.clip(((np.arange(_ROOT_STEPS) / steps) ** 2 - b) / a, 0.0, 1.0))
    return cast(Bytes, np.take(encoded_at, root, mode="clip"))


def _compressed(color: Bytes, quality: int) -> Bytes:
    done, data = cv2.imencode(".jpg", cv2.cvtColor(color, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    if not done:
        raise ValueError("the picture could not be encoded as JPEG")
    return cast(Bytes, cv2.cvtColor(cv2.imdecode(data, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB))


def _decoded() -> NDArray[np.float64]:
    x = np.arange(256) / 255.0
    return cast(NDArray[np.float64], np.where(x <= 0.04045, x / 12.92, ((x + 0.055) / 1.055) ** 2.4))


_LINEAR = _decoded()
_ENCODED = encode(np.arange(_CODES) / (_CODES - 1))
# A normal variate for each value of a byte: the middles of 256 equal shares, widened to a variance of one.
_NORMAL = np.array([NormalDist().inv_cdf((i + 0.5) / 256) for i in range(256)])
_NORMAL /= _NORMAL.std()
