from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.core.documents import loads
from seedbed.core.errors import RenderError
from seedbed.core.keys import generator
from seedbed.scenes import Scene
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.frames.lighting import blackbody, light_of
from seedbed.scenes.models.light import LightModel
from seedbed.scenes.models.thing import Color
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.surfaces import materials, textures
from seedbed.scenes.surfaces.backdrops import backdrop
from seedbed.scenes.worlds.arrangement import Arrangement, Piece


@pytest.mark.parametrize("name", sorted(textures.TEXTURES))
def test_textures_are_pictures_that_vary_and_repeat(name: str) -> None:
    made = [textures.texture(name, generator(seed, name)) for seed in range(12)]
    for picture in made:
        assert picture.shape == (320, 320, 3)
        assert picture.dtype == np.uint8
        assert picture.flags.c_contiguous
    assert np.array_equal(made[3], textures.texture(name, generator(3, name)))
    means = np.array([picture.mean((0, 1)) for picture in made])
    assert np.ptp(means.mean(1)) > 40, "light and dark ones"


def test_backdrops_vary_and_repeat() -> None:
    made = [backdrop(generator(seed, "b")) for seed in range(20)]
    assert all(picture.shape == (320, 320, 3) and picture.dtype == np.uint8 for picture in made)
    assert np.array_equal(made[7], backdrop(generator(7, "b")))
    assert np.ptp([picture.mean() for picture in made]) > 60


def test_class_colors_stay_in_their_range() -> None:
    color = Color(hue=(350, 370), saturation=(0.5, 1), value=(0.4, 0.9))
    for seed in range(50):
        red, green, blue = materials.class_color(color, generator(seed, "c"))
        assert red == max(red, green, blue)
        assert 0.4 <= red <= 0.9


def test_hsv_known_answers() -> None:
    assert materials.hsv(0, 1, 1) == pytest.approx((1, 0, 0))
    assert materials.hsv(480, 1, 0.5) == pytest.approx((0, 0.5, 0))
    assert materials.hsv(240, 0, 0.3) == pytest.approx((0.3, 0.3, 0.3))


def test_blackbody_runs_from_orange_to_blue() -> None:
    warm, day, cold = blackbody(2700), blackbody(6600), blackbody(12000)
    assert warm[0] == 1
    assert warm[2] < 0.4
    assert min(day) > 0.9
    assert cold[2] == 1
    assert cold[0] < 0.8


def test_light_keeps_to_its_ranges() -> None:
    model = LightModel()
    for seed in range(50):
        light = light_of(model, generator(seed, "l"))
        assert np.linalg.norm(light.sun) == pytest.approx(1)
        assert 20 <= np.degrees(np.arcsin(light.sun[2])) <= 80
        assert max(light.sun_color) <= 1.3
        assert 0.25 <= max(light.sky) <= 0.7


def test_pictures_from_a_folder(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "a.png"), np.full((600, 1200, 3), (255, 0, 0), np.uint8))
    picture = materials.picture_from(tmp_path, generator(0, "p"))
    assert picture.shape == (256, 512, 3)
    assert tuple(picture[0, 0]) == (0, 0, 255)


def test_a_broken_picture_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"not a picture")
    with pytest.raises(RenderError, match="broken.jpg"):
        materials.picture_from(tmp_path, generator(0, "p"))


def test_things_wear_textures_and_metal(tmp_path: Path) -> None:
    (tmp_path / "cloth").mkdir()
    cv2.imwrite(str(tmp_path / "cloth" / "a.png"), np.full((8, 8, 3), (9, 90, 200), np.uint8))
    text = (
        "seedbed: scene/1\nname: x\nworld: {ground: {material: [fabric, dirt, {folder: cloth}]}}\nobjects:\n"
        "  - {class: a, shape: ball, size: [0.1, 0.2], texture: [{folder: cloth}], metallic: [1, 1]}\n"
        "  - {class: b, shape: ball, size: [0.1, 0.2], texture: [brick], color: {hue: [0, 0], saturation: [1, 1]}}\n"
    )
    scene = loads(text, Scene, tmp_path / "s.yaml").value
    pieces = tuple(Piece(i, "a", shape_of(scene.objects[i], generator(0, "s")), "ball") for i in (0, 1))
    view = Dresser(scene, tmp_path).view(0, Arrangement(pieces, (np.eye(4), np.eye(4))))
    own, tinted = (body.material for body in view.bodies)
    assert own.texture is not None
    assert tuple(own.texture[0, 0]) == (200, 90, 9)
    assert (own.metallic, own.color) == (1, (1.0, 1.0, 1.0))
    assert tinted.texture is not None
    assert tinted.color[0] > 0.3
    assert tinted.color[1:] == (0, 0)
