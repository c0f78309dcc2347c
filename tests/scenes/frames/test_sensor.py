"""The sensor changes numbers, never places; and the same arguments give the same bytes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedbed.core.keys import generator
from seedbed.scenes.frames.sensor import Settings, apply, encode, sense, settings_of, smear, vivid
from seedbed.scenes.models.sensor import Sensor

pictures = st.tuples(st.integers(4, 24), st.integers(4, 24)).flatmap(lambda size: arrays(np.uint8, (*size, 3)))
sensors = st.builds(
    Settings,
    motion_blur_px=st.floats(0, 40),
    motion_angle=st.floats(0, np.pi),
    noise=st.floats(0, 0.2),
    exposure_stops=st.floats(-3, 3),
    jpeg_quality=st.none() | st.integers(5, 100),
)


def rng(name="x"):
    return generator(1, name)


def test_the_default_changes_nothing():
    color = np.arange(300, dtype=np.uint16).astype(np.uint8).reshape(10, 10, 3)
    out = apply(color, rng(), Settings())
    np.testing.assert_array_equal(out, color)
    assert out is not color


@settings(max_examples=60, deadline=None)
@given(pictures, sensors)
def test_shape_kind_and_bytes_are_repeated(color, sensor):
    before = color.copy()
    out = apply(color, rng(), sensor)
    assert out.shape == color.shape
    assert out.dtype == np.uint8
    np.testing.assert_array_equal(color, before)
    np.testing.assert_array_equal(apply(color, rng(), sensor), out)


@given(st.integers(0, 255))
def test_every_code_comes_back_from_linear_light(code):
    color = np.full((8, 8, 3), code, np.uint8)
    # The longest road without a change: through linear light, smeared over an even picture, and back.
    assert np.abs(apply(color, rng(), Settings(motion_blur_px=5.0)).astype(int) - code).max() <= 1


@given(st.floats(-2, 0), st.integers(0, 255))
def test_a_stop_halves_the_light(stops, code):
    color = np.full((2, 2, 3), code, np.uint8)
    out = apply(color, rng(), Settings(exposure_stops=stops))
    x = code / 255
    linear = x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4
    assert out[0, 0, 0] == encode(np.array([linear * 2**stops]))[0]


@given(st.floats(0, 3), st.integers(0, 255))
def test_more_light_is_never_darker(stops, code):
    color = np.full((2, 2, 3), code, np.uint8)
    assert apply(color, rng(), Settings(exposure_stops=stops)).min() >= code


def test_exposure_alone_and_on_the_way_to_noise_agree():
    color = np.arange(256, dtype=np.uint8).repeat(3).reshape(16, 16, 3)
    one = apply(color, rng(), Settings(exposure_stops=0.7))
    two = apply(color, rng(), Settings(exposure_stops=0.7, noise=1e-9))
    assert np.abs(one.astype(int) - two).max() <= 1


@settings(max_examples=40, deadline=None)
@given(st.floats(1.5, 40), st.floats(0, np.pi))
def test_a_smeared_point_stays_where_it_is(length, angle):
    light = np.zeros((101, 101, 3), np.float32)
    light[50, 50] = 1.0
    out = smear(light, length, angle)[..., 0].astype(float)
    assert out.sum() == pytest.approx(1.0, abs=1e-3)
    y, x = np.mgrid[-50:51, -50:51]
    assert (out * x).sum() == pytest.approx(0.0, abs=0.02)
    assert (out * y).sum() == pytest.approx(0.0, abs=0.02)
    # Its spread along the stroke is a uniform stroke's, give or take the grid; across it there is none.
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    assert np.sqrt((out * along**2).sum()) == pytest.approx(length / np.sqrt(12), abs=0.75)
    assert np.sqrt((out * across**2).sum()) < 0.9


def test_smears_mix_light_not_codes():
    stripes = np.zeros((40, 40, 3), np.uint8)
    stripes[:, ::2] = 255
    out = apply(stripes, rng(), Settings(motion_blur_px=8.0))
    # Half the light of white is 188, not 128.
    assert abs(int(np.median(out[:, 10:30])) - 188) <= 8


@pytest.mark.parametrize("sigma", [0.005, 0.01, 0.03])
def test_noise_has_the_strength_told_at_mid_grey(sigma):
    color = np.full((200, 200, 3), 118, np.uint8)
    out = apply(color, rng(), Settings(noise=sigma)) / 255
    assert out.std() == pytest.approx(sigma, rel=0.08)
    assert out.mean() == pytest.approx(118 / 255, abs=0.01)


def test_noise_of_bright_light_is_larger_in_linear_light():
    def spread(code):
        x = apply(np.full((100, 100, 3), code, np.uint8), rng(), Settings(noise=0.01)) / 255
        return (((x + 0.055) / 1.055) ** 2.4).std()

    assert spread(200) > 1.4 * spread(100)


def test_other_streams_give_other_noise():
    color = np.full((20, 20, 3), 118, np.uint8)
    one, two = (apply(color, rng(name), Settings(noise=0.05)) for name in "ab")
    assert (one != two).mean() > 0.5


def test_jpeg_keeps_colours_in_their_channels():
    color = np.zeros((64, 64, 3), np.uint8)
    color[..., 0] = 200
    out = apply(color, rng(), Settings(jpeg_quality=90))
    assert np.abs(out.astype(int) - color).max() <= 6


def test_worse_jpeg_is_further_from_the_picture():
    color = rng().integers(0, 256, (64, 64, 3), np.uint8)
    good, bad = (np.abs(apply(color, rng(), Settings(jpeg_quality=q)).astype(int) - color).mean() for q in (95, 20))
    assert good < bad


def _ranges(**given_ranges):
    return Sensor.model_validate(given_ranges)


@given(st.integers(0, 2**32))
def test_settings_lie_in_the_ranges(seed):
    ranges = _ranges(motion_blur=(2.0, 18.0), noise=(0.01, 0.04), exposure=(-1.0, 1.0), jpeg=(40, 95))
    drawn = settings_of(ranges, 320, generator(seed, "s"))
    assert 1.0 <= drawn.motion_blur_px <= 9.0  # told for a height of 640
    assert 0.01 <= drawn.noise <= 0.04
    assert -1.0 <= drawn.exposure_stops <= 1.0
    assert 40 <= drawn.jpeg_quality <= 95


def test_what_is_left_out_changes_nothing():
    color = rng().integers(0, 256, (16, 16, 3), np.uint8)
    np.testing.assert_array_equal(sense(color, rng(), _ranges()), color)


def test_a_range_more_does_not_move_the_others():
    one = settings_of(_ranges(noise=(0.0, 1.0)), 640, rng())
    two = settings_of(_ranges(noise=(0.0, 1.0), jpeg=(40, 95)), 640, rng())
    assert one.noise == two.noise


def test_vivid_known_answers() -> None:
    picture = np.array([[[100, 100, 100], [200, 100, 50], [10, 200, 30]]], np.uint8)
    assert np.array_equal(vivid(picture, 1.0), picture)
    assert vivid(picture, 1.5)[0, 1].tolist() == [238, 88, 13]
    assert np.ptp(vivid(picture, 0.0), axis=2).max() == 0
