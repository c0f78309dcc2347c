from __future__ import annotations

import dataclasses

import numpy as np
import pytest

from seedbed.core.keys import generator
from seedbed.scenes.frames.lighting import at_night, darkness, lamps_of, light_of, low_sun, sun_at, through_air
from seedbed.scenes.models.light import Lamps, LightModel, Sun


def lights(model: LightModel, count: int = 40):
    return [light_of(model, generator(seed, "light")) for seed in range(count)]


@pytest.mark.parametrize(
    ("hour", "latitude", "day", "elevation", "azimuth"),
    [
        (12, 48, 172, 90 - 48 + 23.45, 180),  # noon of the longest day
        (12, 48, 355, 90 - 48 - 23.45, 180),
        (0, 48, 172, -(90 - 48 - 23.45), 0),  # midnight
        (6, 0, 81, 0, 90),  # equinox on the equator: rises due east
        (18, 0, 81, 0, 270),
        (12, -35, 355, 90 - 35 + 23.45, 0),  # south of the tropic the noon sun stands in the north
    ],
)
def test_the_sun_stands_where_almanacs_say(hour, latitude, day, elevation, azimuth):
    up, turn = sun_at(hour, latitude, day)
    assert up == pytest.approx(elevation, abs=0.3)
    assert (turn - azimuth + 180) % 360 - 180 == pytest.approx(0, abs=0.6)


def test_azimuth_is_a_compass_bearing():
    model = LightModel(sun=Sun(elevation=(30, 30), azimuth=(90, 90)))
    for light in lights(model, 3):
        np.testing.assert_allclose(light.sun, (np.cos(np.pi / 6), 0, 0.5), atol=1e-9)


def test_morning_sun_comes_from_the_east_low_orange_and_weak():
    day = {"latitude": 48, "day": (100, 110), "temperature": (5800, 5800), "strength": (1, 1)}
    morning = lights(LightModel(sun=Sun(time=(5.6, 6.5), **day)))
    noon = lights(LightModel(sun=Sun(time=(12, 12), **day)))
    for early, late in zip(morning, noon, strict=True):
        assert early.sun[0] > 0.8
        assert early.sun[2] < 0.35 < late.sun[2]
        assert early.sun_color[2] / early.sun_color[0] < 0.96 * late.sun_color[2] / late.sun_color[0]
        assert max(early.sun_color) < 0.95 * max(late.sun_color)


def test_dusk_goes_over_into_night():
    falls = [darkness(lights(LightModel(sun=Sun(elevation=(e, e)), ambient=(0.5, 0.5)))[0]) for e in (30, 2, -4, -9)]
    assert falls[0] == falls[1] == 0
    assert 0 < falls[2] < falls[3] < 1
    for light in lights(LightModel(sun=Sun(elevation=(-18, -12)))):
        assert light.sun_color == (0.0, 0.0, 0.0)
        assert not light.shadows
        assert light.sky[2] > light.sky[0] > 0.003
        assert darkness(light) > 0.7


def test_a_lower_sun_is_never_stronger_or_bluer():
    rises = np.linspace(0, 90, 40)
    assert (np.diff([through_air(e) for e in rises]) > 0).all()
    assert (np.diff([low_sun(6000, e) for e in rises]) > 0).all()
    assert through_air(60) == pytest.approx(1)


def test_lamps_light_the_ground_beneath_as_strongly_as_asked():
    model = Lamps(count=(2, 3), height=(2, 3), temperature=(6600, 6600), strength=(0.5, 0.5))
    light = lights(LightModel(), 1)[0]
    for seed in range(10):
        lamps = lamps_of(model, light, 4.0, generator(seed, "lamps"))
        assert 2 <= len(lamps) <= 3
        for lamp in lamps:
            assert max(lamp.color) / lamp.position[2] ** 2 == pytest.approx(0.5, rel=0.02)
            assert np.abs(lamp.position[:2]).max() <= 2.4
            assert lamp.reach > 2 * lamp.position[2]


def test_lamps_for_the_dark_are_out_by_day():
    model = Lamps(count=(2, 2), when="dark")
    day, night = (lights(LightModel(sun=Sun(elevation=(e, e))), 1)[0] for e in (40, -12))
    assert lamps_of(model, day, 4.0, generator(0, "lamps")) == ()
    assert len(lamps_of(model, night, 4.0, generator(0, "lamps"))) == 2


def test_pictures_behind_grow_dark_with_the_light():
    picture = np.full((4, 4, 3), 200, np.uint8)
    day, dusk, night = (lights(LightModel(sun=Sun(elevation=(e, e)), ambient=(0.5, 0.5)), 1)[0] for e in (40, -6, -15))
    assert at_night(picture, day) is picture
    assert 200 > at_night(picture, dusk).mean() > at_night(picture, night).mean() > 5
    red, _, blue = at_night(picture, night)[0, 0]
    assert blue > red
    assert darkness(dataclasses.replace(night, sky=(0, 0, 0))) == 1
