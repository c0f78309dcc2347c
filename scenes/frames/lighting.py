"""Light of a frame: sun, sky and bounce from a person's ranges."""

from __future__ import annotations

import numpy as np

from seedbed.scenes.models.light import LightModel
from seedbed.scenes.surfaces.materials import Rgb, Rng, between
from seedbed.scenes.view import Light


def blackbody(kelvin: float) -> Rgb:
    """Linear RGB of a colour temperature, brightest channel 1.

    Tanner Helland's fit to the CIE 1964 black-body table (2012), its sRGB values made linear.
    """
    t = kelvin / 100
    red = 255.0 if t <= 66 else 329.698727446 * (t - 60) ** -0.1332047592
    green = 99.4708025861 * np.log(t) - 161.1195681661 if t <= 66 else 288.1221695283 * (t - 60) ** -0.0755148492
    blue = 255.0 if t >= 66 else 0.0 if t <= 19 else 138.5177312231 * np.log(t - 10) - 305.0447927307
    linear = (np.clip([red, green, blue], 0, 255) / 255) ** 2.2
    r, g, b = linear / linear.max()
    return float(r), float(g), float(b)


def light_of(model: LightModel, rng: Rng) -> Light:
    """One light from the ranges: any direction around, half the colour cast balanced away as a camera does."""
    turn, rise = rng.uniform(0, 2 * np.pi), np.radians(between(rng, model.sun.elevation))
    sun = (float(np.cos(turn) * np.cos(rise)), float(np.sin(turn) * np.cos(rise)), float(np.sin(rise)))
    cast = np.sqrt(np.array(blackbody(between(rng, model.sun.temperature))))
    strength, ambient = between(rng, model.sun.strength), between(rng, model.ambient)
    sky_cast = np.sqrt(np.array(blackbody(between(rng, (4500, 9000)))))
    bounce_share = float(rng.uniform(0.3, 0.8))
    return Light(
        sun=sun,
        sun_color=_rgb(cast * strength),
        sky=_rgb(sky_cast * ambient),
        bounce=_rgb(cast * ambient * bounce_share),
        shadows=model.shadows,
    )


def _rgb(values: np.ndarray) -> Rgb:
    r, g, b = values
    return float(r), float(g), float(b)
