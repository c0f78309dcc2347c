"""Weather of a frame: what it does to the light and the air, and the drops of rain drawn over the finished picture."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.keys import generator
from seedbed.scenes.frames.lighting import lamps_of, light_of, rgb
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.weather import WeatherModel
from seedbed.scenes.srgb import encoded
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.view import Bytes, Fog, Light, View

_LUMA = np.array([0.2126, 0.7152, 0.0722])
# Of a downpour: drops per cubic metre that are large enough to be seen, metres per second, seconds, metres.
_DROPS, _SPEED, _EXPOSURE, _DROP = 100.0, 9.0, 1 / 100, 0.0025
# Metres ahead between which drops are drawn one by one; farther ones are haze.
_NEAR, _FAR = 0.35, 14.0
_MOST_DROPS = 2500
# Density that a downpour adds to the air, 1 / metres.
_HAZE = 0.006


@dataclass(frozen=True)
class Weather:
    """One frame's weather.

    Attributes:
        fog: density, 1 / metres.
        rain: 0 to 1.
        wet: 0 to 1.
        overcast: 0 to 1.
    """

    fog: float = 0.0
    rain: float = 0.0
    wet: float = 0.0
    overcast: float = 0.0


def conditions(scene: Scene, frame: int, rng: Rng) -> tuple[Light, Weather]:
    """Light, lamps included, and weather of a frame.

    Args:
        scene: ranges, seed and size of the world.
        frame: number; weather and lamps have generators of their own.
        rng: of the view, for sun and sky.
    """
    weather = weather_of(scene.weather, generator(scene.seed, "weather", frame))
    light = weathered(light_of(scene.light, rng), weather)
    lamps = lamps_of(scene.light.lamps, light, scene.world.size, generator(scene.seed, "lamps", frame))
    if lamps:
        # What the lamps light sheds light in turn: the shaded side of things in a hall is not black.
        around = 0.15 * sum(np.asarray(lamp.color) / lamp.position[2] ** 2 for lamp in lamps) / len(lamps) ** 0.5
        light = replace(light, sky=rgb(light.sky + around), bounce=rgb(light.bounce + around))
    return replace(light, lamps=lamps), weather


def weather_of(model: WeatherModel, rng: Rng) -> Weather:
    """Draws one frame's weather from a scene's ranges; five numbers are taken from `rng`, whatever the ranges."""
    clear, fog, rain, wet, clouds = (float(x) for x in rng.random(5))
    if clear < model.clear:
        return Weather()

    def pick(pair: tuple[float, float] | None, at: float, without: float) -> float:
        return without if pair is None else pair[0] + (pair[1] - pair[0]) * at

    falls = pick(model.rain, rain, 0.0)
    return Weather(
        fog=pick(model.fog, fog * fog, 0.0),
        rain=falls,
        wet=pick(model.wet, wet, min(1.5 * falls, 0.9)),
        overcast=pick(model.overcast, clouds, min(2.0 * falls, 0.5 + 0.5 * falls)),
    )


def weathered(light: Light, weather: Weather) -> Light:
    """The light under clouds and in fog: less sun, more and greyer sky, softer shadows."""
    # Fog hides the sun as well: some ten metres of it lie above the ground.
    hidden = 1.0 - (1.0 - weather.overcast) * float(np.exp(-10.0 * weather.fog))
    if hidden == 0.0:
        return light
    sun, sky, bounce = (np.asarray(x) for x in (light.sun_color, light.sky, light.bounce))
    # Half of what the clouds take comes back from everywhere; a camera opens up a little for it.
    lost = float(_LUMA @ sun) * hidden
    grey = np.full(3, float(_LUMA @ sky)) + 0.45 * lost
    sky = sky * (1.0 - hidden) + hidden * grey
    bounce = bounce * (1.0 - hidden) + hidden * (np.full(3, float(_LUMA @ bounce)) + 0.2 * lost)
    return replace(
        light,
        sun_color=rgb(sun * (1.0 - hidden) ** 1.5),
        sky=rgb(sky),
        bounce=rgb(bounce),
        shadows=light.shadows and hidden < 1.0,
        softness=light.softness + 14.0 * hidden,
    )


def fog_of(light: Light, weather: Weather) -> Fog | None:
    """The air of a frame under a light already `weathered`; as bright as the light it scatters."""
    density = weather.fog + _HAZE * weather.rain
    if density <= 0.0:
        return None
    scattered = 1.05 * np.asarray(light.sky) + 0.25 * np.asarray(light.sun_color) * max(light.sun[2], 0.0)
    return Fog(density, rgb(encoded(np.minimum(scattered, 0.85))))


def rained(view: View, color: Bytes, depth: NDArray[np.float32], rng: Rng) -> Bytes:
    """Draws the drops between the camera and what it sees, each smeared by its fall.

    After Garg and Nayar (2006, "Photorealistic rendering of rain streaks"): drops show what is behind them upside down
    and much shrunk, so they are about as bright as the sky, and cover a pixel for a part of the exposure only.

    Args:
        view: of which `rain` says how much falls; its camera, light.
        color: (H, W, 3) uint8 sRGB, the picture without rain, the lens included.
        depth: (H, W) metres along the axis, of the same picture.
        rng: of this frame, for the rain alone.

    Returns:
        (H, W, 3) uint8 sRGB; `color` itself where none falls.
    """
    if view.rain <= 0.0:
        return color
    height, width = depth.shape
    ends, z = _drops(view, rng)
    focal = float(view.camera.matrix()[1, 1])
    veil = np.zeros((height, width), np.float32)
    for near, far in ((_NEAR, 1.0), (1.0, 2.5), (2.5, 6.0), (6.0, _FAR)):
        here = np.flatnonzero((z >= near) & (z < far))
        if not len(here):
            continue
        layer = np.zeros((height, width), np.uint8)
        for start, end, away in zip(ends[0][here], ends[1][here], z[here], strict=True):
            length = float(np.hypot(*(end - start)))
            wide = focal * _DROP / float(away)
            # The share of the exposure for which the drop covers a pixel of its streak.
            share = min(wide / max(length, wide), 1.0) * min(wide, 1.0)
            level = int(min(255.0 * min(wide, 1.0) ** 0.5 * (0.22 + 3.0 * share), 170.0))
            a, b = (tuple(round(float(x) * 16) for x in point) for point in (start, end))
            cv2.line(layer, a, b, level, max(1, min(int(wide * 0.7), 5)), cv2.LINE_AA, 4)
        middle = (near * far) ** 0.5
        if near < 1.0:  # out of focus
            layer = cast(Bytes, cv2.GaussianBlur(layer, (0, 0), 1.2))
        layer[depth < middle] = 0
        veil = np.maximum(veil, layer.astype(np.float32) / 255.0)
    light = np.asarray(view.light.sky) * 1.15 + np.asarray(view.light.sun_color) * 0.1
    code = 255.0 * encoded(np.minimum(light, 1.0))
    out = color + veil[..., None] * (code.astype(np.float32) - color) * np.float32(0.6)
    return np.rint(np.clip(out, 0, 255)).astype(np.uint8)


def _drops(view: View, rng: Rng) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], NDArray[np.float64]]:
    """Where drops begin and end during the exposure, pixels, (N, 2) each; and how far ahead they are, (N,) metres."""
    camera = view.camera
    wind = rng.normal(0.0, 1.0, 2)
    fall = np.array([wind[0], wind[1], -_SPEED]) * _EXPOSURE * float(rng.uniform(0.7, 1.6))
    half = np.tan(np.radians(camera.fov) / 2.0)
    across = half * camera.width / camera.height / camera.stretch
    volume = 4.0 * half * across * (_FAR**3 - _NEAR**3) / 3.0
    count = int(min(view.rain * _DROPS * volume, _MOST_DROPS * view.rain))
    # Nearer drops are drawn too often for their volume: the far ones of a downpour are one grey.
    z = _NEAR * (_FAR / _NEAR) ** np.sqrt(rng.random(count))
    x, y = (rng.uniform(-1.15, 1.15, count) * reach * z for reach in (across, half))
    points = np.stack([x, y, -z], axis=1)
    moved = points + fall @ camera.pose[:3, :3]
    ahead = moved[:, 2] < -0.1
    points, moved, z = points[ahead], moved[ahead], z[ahead]
    return (camera.project(points), camera.project(moved)), z
