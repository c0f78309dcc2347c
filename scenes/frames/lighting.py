"""Light of a frame from a person's ranges: sun by direction or time of day, sky, bounce and lamps; dusk and night."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.models.light import Lamps, LightModel, Sun
from seedbed.scenes.srgb import relit
from seedbed.scenes.surfaces.materials import Rgb, Rng, between
from seedbed.scenes.view import Bytes, Lamp, Light

# Luminance below which eyes and cameras call it dark, on the scale of the sun's strength; and its share left at night.
_DARK, _NIGHT = 0.22, 0.035
_LUMA = np.array([0.2126, 0.7152, 0.0722])
# Linear colour of a night sky under the moon, as cameras balance it.
_MOON = np.array([0.62, 0.78, 1.0])


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
    """One light from the ranges, without lamps; half the colour cast is balanced away as a camera does."""
    elevation, azimuth = _place(model.sun, rng)
    rise, turn = np.radians(elevation), np.radians(90.0 - azimuth)
    kelvin, strength = between(rng, model.sun.temperature), between(rng, model.sun.strength)
    if model.sun.time is not None:
        strength *= through_air(elevation)
        kelvin = low_sun(kelvin, elevation)
    cast_of_sun = np.sqrt(np.array(blackbody(kelvin)))
    ambient = between(rng, model.ambient)
    sky_cast = np.sqrt(np.array(blackbody(between(rng, (4500, 9000)))))
    bounce_share = float(rng.uniform(0.3, 0.8))
    # Dusk: the sun's disc goes in about a degree, its light in the sky by half every 3.6 degrees.
    sunlight = strength * float(np.clip(elevation + 0.6, 0.0, 1.0))
    left = max(10.0 ** (min(elevation, 0.0) / 12.0), _NIGHT)
    night = np.clip(-elevation / 12.0, 0.0, 1.0)
    sky = sky_cast * (1.0 - night) + _MOON * night
    bounced = cast_of_sun * (1.0 - night) + _MOON * night
    # A sun below the horizon still needs a direction.
    rise = max(rise, np.radians(0.5))
    return Light(
        sun=(float(np.cos(turn) * np.cos(rise)), float(np.sin(turn) * np.cos(rise)), float(np.sin(rise))),
        sun_color=rgb(cast_of_sun * sunlight),
        sky=rgb(sky * ambient * left),
        bounce=rgb(bounced * ambient * left * bounce_share),
        shadows=model.shadows and sunlight > 0.0,
    )


def sun_at(hour: float, latitude: float, day: float) -> tuple[float, float]:
    """Where the sun stands.

    Cooper (1969) for its declination, spherical trigonometry for the rest; good to about a degree.

    Args:
        hour: solar time.
        latitude: degrees north.
        day: of the year.

    Returns:
        Elevation, and azimuth clockwise from north, degrees.
    """
    declination = np.radians(23.45) * np.sin(2 * np.pi * (284 + day) / 365)
    angle, north = np.radians(15.0 * (hour - 12.0)), np.radians(latitude)
    up = np.sin(north) * np.sin(declination) + np.cos(north) * np.cos(declination) * np.cos(angle)
    east = -np.cos(declination) * np.sin(angle)
    ahead = np.cos(north) * np.sin(declination) - np.sin(north) * np.cos(declination) * np.cos(angle)
    return float(np.degrees(np.arcsin(np.clip(up, -1, 1)))), float(np.degrees(np.arctan2(east, ahead)) % 360.0)


def through_air(elevation: float) -> float:
    """Strength of a low sun beside one 60 degrees up, half of the loss made good by the camera's exposure.

    Air mass after Kasten and Young (1989), clear sky after Meinel and Meinel (1976).
    """

    def left(degrees: float) -> float:
        mass = 1.0 / (np.sin(np.radians(degrees)) + 0.50572 * (degrees + 6.07995) ** -1.6364)
        return float(0.7 ** (mass**0.678))

    return float(np.sqrt(left(max(elevation, 0.0)) / left(60.0)))


def low_sun(kelvin: float, elevation: float) -> float:
    """Colour temperature of a sun that is `kelvin` when high: it nears 2000 K at the horizon."""
    return 2000.0 + max(kelvin - 2000.0, 0.0) * (1.0 - float(np.exp(-max(elevation, 0.0) / 8.0)))


def darkness(light: Light) -> float:
    """How dark it is apart from lamps: 0 day, above 0.5 lamps are lit, 1 no light at all."""
    falls = float(_LUMA @ (np.asarray(light.sky) + np.asarray(light.sun_color) * max(light.sun[2], 0.15)))
    return float(np.clip(1.0 - falls / _DARK, 0.0, 1.0))


def lamps_of(model: Lamps | None, light: Light, size: float, rng: Rng) -> tuple[Lamp, ...]:
    """Lamps over a square of `size` metres round the origin.

    Args:
        model: ranges, or None for no lamps.
        light: of the frame, for lamps that are lit in the dark only.
        size: metres.
        rng: of this frame.
    """
    if model is None or (model.when == "dark" and darkness(light) <= 0.5):
        return ()
    kelvin = between(rng, model.temperature)
    lamps = []
    for _ in range(int(rng.integers(model.count[0], model.count[1] + 1))):
        x, y = rng.uniform(-0.6, 0.6, 2) * size
        height = between(rng, model.height)
        color = np.sqrt(np.array(blackbody(kelvin * float(rng.uniform(0.94, 1.06)))))
        strength = between(rng, model.strength) * height**2
        lamps.append(Lamp((float(x), float(y), height), rgb(color * strength), 5.0 * height))
    return tuple(lamps)


def at_night(picture: Bytes, light: Light) -> Bytes:
    """A picture taken by day as it is in this light: what stands behind a dark scene is dark and bluish too."""
    dark = darkness(light)
    if dark == 0.0:
        return picture
    gain = (1.0 - dark) + dark * _NIGHT * _MOON
    return relit(picture, gain, np.zeros(3))


def rgb(values: NDArray[np.float64]) -> Rgb:
    """Three numbers as a plain tuple."""
    r, g, b = values
    return float(r), float(g), float(b)


def _place(sun: Sun, rng: Rng) -> tuple[float, float]:
    """Elevation and azimuth, degrees."""
    if sun.time is None:
        return between(rng, sun.elevation), between(rng, sun.azimuth)
    return sun_at(between(rng, sun.time), sun.latitude, between(rng, sun.day))
