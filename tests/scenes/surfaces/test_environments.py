"""Places photographed all around: the right way round behind the scene, and its light of the right strength."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import drawn
import numpy as np
import pytest

from seedbed.core.errors import RenderError
from seedbed.scenes.renderers.environment import directions
from seedbed.scenes.surfaces.environments import lit_by, seen, surroundings
from seedbed.scenes.view import Light

PLAIN = Light((0.0, 0.0, 1.0), (0.5,) * 3, (0.4,) * 3, (0.2,) * 3)


def dot(towards: tuple[float, float, float], strength: float, rows: int = 256) -> np.ndarray:
    """A grey place with a bright spot of about two degrees."""
    at, _ = directions(2 * rows, rows)
    near = at @ (np.array(towards) / np.linalg.norm(towards)) > np.cos(np.radians(2))
    return np.where(near[..., None], strength, 0.2).repeat(3, 2).astype(np.float32)


@pytest.mark.parametrize("towards", [(1, 0, 0.3), (-0.5, 0.9, 0.2), (-1, -0.1, 0.4), (0.2, -1, 0.0)])
@pytest.mark.parametrize("turn", [0.0, 2.0])
def test_a_bright_spot_is_where_its_direction_is(towards: tuple[float, float, float], turn: float) -> None:
    c, s = np.cos(turn), np.sin(turn)
    turned = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ towards
    camera = drawn.look(
        (0, 0, 1), tuple(np.array([0, 0, 1]) + turned + (0.1, 0.15, 0.1)), fov=60, width=320, height=240
    )
    picture = seen(dot(towards, 5.0), turn, 1.0, camera)
    rows, columns = np.nonzero(picture[..., 0] > 200)
    ray = np.linalg.inv(camera.pose[:3, :3]) @ turned
    expected = camera.project(ray[None])[0]
    assert abs(columns.mean() + 0.5 - expected[0]) < 2
    assert abs(rows.mean() + 0.5 - expected[1]) < 2


def test_a_spot_as_strong_as_a_sun_becomes_one() -> None:
    light, gain = lit_by(PLAIN, dot((0.6, 0.5, 0.6), 900.0), 0.0)
    assert light.shadows
    towards = np.array([0.6, 0.5, 0.6]) / np.linalg.norm([0.6, 0.5, 0.6])
    np.testing.assert_allclose(light.sun, towards, atol=0.02)
    assert light.environment is not None
    assert light.environment.shape == (128, 256, 3)
    # What falls on level ground is what the scene file's sun and sky would give: 0.5 + 0.4.
    at, share = directions(256, 128)
    sky = 4 * (light.environment[..., 1] * np.maximum(at[..., 2], 0) * share).sum()
    assert sky + light.sun_color[1] * light.sun[2] == pytest.approx(0.9, rel=0.02)
    assert gain == pytest.approx(light.sky[0] / 0.2, rel=0.1)


def test_an_even_place_has_no_sun() -> None:
    light, gain = lit_by(PLAIN, np.full((64, 128, 3), 0.3, np.float32), 1.0)
    assert not light.shadows
    assert light.sun_color == (0, 0, 0)
    assert gain == pytest.approx(3.0, rel=0.01)
    np.testing.assert_allclose(light.environment, 0.9, rtol=0.01)
    assert light.sky == pytest.approx((0.9,) * 3, rel=0.01)


def test_turning_the_place_turns_its_light() -> None:
    place = dot((1, 0, 0.5), 900.0)
    one, two = (lit_by(replace(PLAIN), place, turn)[0] for turn in (0.0, np.pi / 2))
    np.testing.assert_allclose(two.sun, (-one.sun[1], one.sun[0], one.sun[2]), atol=0.02)


def test_a_radiance_file_is_read_as_linear_rgb(tmp_path: Path) -> None:
    data = np.zeros((16, 32, 3), np.float32)
    data[..., 2] = 4.0  # red, in OpenCV's order
    cv2.imwrite(str(tmp_path / "a.hdr"), data)
    around = surroundings(tmp_path / "a.hdr")
    assert around.shape == (16, 32, 3)
    np.testing.assert_allclose(around[8, 8], (4, 0, 0), atol=0.05)


@pytest.mark.parametrize("kind", ["float32", "float16"])
@pytest.mark.parametrize("names", ["RGB", "RGBA", "Y"])
def test_openexr_is_read(tmp_path: Path, kind: str, names: str) -> None:
    """Compressed as places on the net are, in half and full precision, with transparency, without colour."""
    openexr = pytest.importorskip("OpenEXR")
    values = np.random.default_rng(3).uniform(0, 9, (16, 32, len(names))).astype(kind)
    channels = {name: np.ascontiguousarray(values[..., place]) for place, name in enumerate(names)}
    with openexr.File({"compression": openexr.ZIP_COMPRESSION, "type": openexr.scanlineimage}, channels) as file:
        file.write(str(tmp_path / "a.exr"))
    around = surroundings(tmp_path / "a.exr")
    expected = values[..., :3] if names != "Y" else np.repeat(values, 3, axis=2)
    np.testing.assert_allclose(around, expected.astype(np.float32), rtol=1e-6)


def test_a_damaged_openexr_is_told(tmp_path: Path) -> None:
    pytest.importorskip("OpenEXR")
    (tmp_path / "a.exr").write_bytes(b"v/1\x01" + b"\0" * 40)
    with pytest.raises(RenderError, match="not a readable HDRI"):
        surroundings(tmp_path / "a.exr")
