from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from drawn import DAY, hall, look

from seedbed.core.keys import generator
from seedbed.scenes.frames.weather import Weather, fog_of, rained, weather_of, weathered
from seedbed.scenes.models.weather import WeatherModel

CAMERA = look((2.2, -2.4, 1.5), (0, 0, 0.05), width=160, height=120)


def test_nothing_asked_is_nothing_drawn():
    assert weather_of(WeatherModel(), generator(1, "weather")) == Weather()
    assert weathered(DAY, Weather()) is DAY
    assert fog_of(DAY, Weather()) is None
    color = np.zeros((120, 160, 3), np.uint8)
    assert rained(hall(CAMERA, count=0), color, np.full((120, 160), 5, np.float32), generator(1, "rain")) is color


def test_values_lie_in_the_ranges_and_clear_frames_are_as_frequent_as_asked():
    model = WeatherModel(clear=0.3, fog=(0.01, 0.2), rain=(0.2, 0.9), wet=(0.5, 0.6), overcast=(0.1, 0.2))
    drawn = [weather_of(model, generator(seed, "weather")) for seed in range(600)]
    clear = [weather for weather in drawn if weather == Weather()]
    assert 0.24 < len(clear) / 600 < 0.36
    for weather in drawn:
        if weather not in clear:
            assert 0.01 <= weather.fog <= 0.2
            assert 0.2 <= weather.rain <= 0.9
            assert 0.5 <= weather.wet <= 0.6
            assert 0.1 <= weather.overcast <= 0.2


def test_rain_brings_clouds_and_wets_the_ground():
    for seed in range(20):
        weather = weather_of(WeatherModel(rain=(0.4, 1.0)), generator(seed, "weather"))
        assert weather.wet > 0.5
        assert weather.overcast > 0.6


def test_clouds_take_the_sun_and_soften_shadows():
    half, whole = (weathered(DAY, Weather(overcast=share)) for share in (0.5, 1.0))
    assert DAY.sun_color > half.sun_color > whole.sun_color == (0.0, 0.0, 0.0)
    assert min(whole.sky) > max(DAY.sky)
    assert np.ptp(whole.sky) < 1e-9  # grey
    assert 1 < half.softness < whole.softness
    assert half.shadows
    assert not whole.shadows


def test_air_is_as_bright_as_the_light_in_it():
    night = dataclasses.replace(DAY, sun_color=(0, 0, 0), sky=(0.01, 0.012, 0.02))
    day, dark = (fog_of(light, Weather(fog=0.1)) for light in (DAY, night))
    assert day.density == dark.density == 0.1
    assert min(day.color) > 0.5
    assert max(dark.color) < 0.2


def test_drops_lie_between_the_camera_and_things_only():
    view = dataclasses.replace(hall(CAMERA, count=0), rain=1.0)
    color = np.full((120, 160, 3), 60, np.uint8)
    far, near = (np.full((120, 160), depth, np.float32) for depth in (20.0, 0.2))
    wet = rained(view, color, far, generator(3, "rain"))
    share = (wet > 66).any(axis=-1).mean()
    assert 0.02 < share < 0.6
    assert wet.min() == 60  # lighter than what is dark behind
    np.testing.assert_array_equal(rained(view, color, near, generator(3, "rain")), color)
    np.testing.assert_array_equal(rained(view, color, far, generator(3, "rain")), wet)
    drizzle = rained(dataclasses.replace(view, rain=0.2), color, far, generator(3, "rain"))
    assert (drizzle > 66).any(axis=-1).mean() < 0.6 * share


def test_streaks_run_down_the_picture_of_a_level_camera():
    level = dataclasses.replace(hall(look((0, -4, 1.5), (0, 0, 1.5), width=160, height=120), count=0), rain=0.6)
    color = np.zeros((120, 160, 3), np.uint8)
    veil = rained(level, color, np.full((120, 160), 20, np.float32), generator(5, "rain")).mean(axis=-1)
    across, along = (np.abs(np.diff(veil, axis=axis)).mean() for axis in (1, 0))
    assert across > 1.5 * along


@pytest.mark.parametrize("stronger", [{"rain": 1.0}, {"fog": 0.3}])
def test_weather_thickens_the_air(stronger):
    assert fog_of(DAY, Weather(**stronger)).density > 0
