from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

from seedbed.scenes import load_scene, packs
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.frames.street_night import heads
from seedbed.scenes.models.light import LightModel, Sun
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.shapes.street_furniture import lamp
from seedbed.scenes.view import View
from seedbed.scenes.worlds.arrangement import arrange
from seedbed.scenes.worlds.physics import Physics


@lru_cache(maxsize=2)
def view(elevation: float) -> View:
    scene: Scene = load_scene(packs()["street"]).value
    scene = scene.model_copy(update={"light": LightModel(sun=Sun(elevation=(elevation, elevation)))})
    return Dresser(scene, Path()).view(0, arrange(scene, 0, Physics.__new__(Physics)))


def glow(view: View) -> float:
    return sum(material.emission for body in view.bodies for _, _, material in body.parts)


def test_lamps_and_windows_are_lit_in_the_dark_only() -> None:
    day, night = view(50), view(-12)
    assert not day.light.lamps
    assert len(night.light.lamps) >= 4
    assert glow(day) < 0.2 * glow(night)
    # Nothing else differs: the same bodies at the same places.
    for one, other in zip(day.bodies, night.bodies, strict=True):
        assert one.mesh is other.mesh
        np.testing.assert_array_equal(one.pose, other.pose)


def test_lamps_shine_from_their_heads_over_the_ground() -> None:
    for light in view(-12).light.lamps:
        assert 3 < light.position[2] < 9
        assert light.reach > light.position[2]


@pytest.mark.parametrize(("style", "count"), [("arm", 1), ("post", 1), ("double", 2)])
def test_a_lamp_has_as_many_lights_as_arms(style: str, count: int) -> None:
    shape = lamp(6.0, style, np.random.default_rng(1))
    slot = next(slot for slot in shape.slots if slot.kind == "street lamp")
    assert len(heads(shape.mesh, slot)) == count
