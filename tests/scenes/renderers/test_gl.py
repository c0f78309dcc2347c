"""What is the gl renderer's alone: metals, supersampling, its caches."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from drawn import DAY, backdrop, ball, hall, look, plate, pose

from seedbed.scenes.renderers.choice import choose_renderer
from seedbed.scenes.view import Body, Material, View

if choose_renderer("auto").name != "gl":
    pytest.skip("no GL context on this machine", allow_module_level=True)

from seedbed.scenes.renderers.gl import GlRenderer, probe

CAMERA = look((2.2, -2.4, 1.5), (0, 0, 0.05), width=96, height=80)


@pytest.fixture(scope="module")
def gl():
    renderer = GlRenderer()
    yield renderer
    renderer.close()


def test_the_probe_passes_here():
    probe()


def test_supersampling_smooths_outlines_and_leaves_ids(gl):
    world = dataclasses.replace(_ball(Material((1, 1, 1), roughness=1.0)), backdrop=np.zeros((96, 96, 3), np.uint8))
    smooth = GlRenderer()
    try:
        one, two = gl.draw(world), smooth.draw(dataclasses.replace(world, supersample=2))
    finally:
        smooth.close()
    np.testing.assert_array_equal(one.ids, two.ids)
    assert abs(one.color.mean() - two.color.mean()) < 2
    assert not one.color[one.ids == 0].any()
    partly = (two.color[two.ids == 0].max(axis=-1) > 0).sum()
    assert partly > 40  # of about 280 pixels on the outline


def test_two_renderers_draw_in_turn(gl):
    """Each draw makes its own context current."""
    world = hall(CAMERA, count=4, fine=False)
    other = GlRenderer()
    first, second, third = gl.draw(world), other.draw(world), gl.draw(world)
    other.close()
    fourth = gl.draw(world)
    assert len({d.color.tobytes() for d in (first, second, third, fourth)}) == 1


def _ball(material):
    camera = look((0, -2, 0), (0, 0, 0), width=96, height=96, fov=35)
    return View((Body(1, None, ball(0.5, 48), material, pose()),), None, DAY, camera, backdrop(96, 96))


def test_smooth_things_have_smaller_brighter_highlights(gl):
    rough = gl.draw(_ball(Material((0.2, 0.2, 0.2), roughness=0.9)))
    smooth = gl.draw(_ball(Material((0.2, 0.2, 0.2), roughness=0.2)))
    assert smooth.color[smooth.ids == 1].max() > rough.color[rough.ids == 1].max() + 30


def test_metal_has_no_colour_of_its_own_in_the_dark(gl):
    dark = dataclasses.replace(DAY, sky=(0.0, 0.0, 0.0), bounce=(0.0, 0.0, 0.0), sun=(0.0, 0.0, 1.0))
    matt, metal = (dataclasses.replace(_ball(Material((0.8, 0.4, 0.1), None, 0.3, m)), light=dark) for m in (0.0, 1.0))
    side = np.s_[44:50, 30:66]
    assert gl.draw(metal).color[side].mean() < gl.draw(matt).color[side].mean()


def test_ground_near_a_body_misses_some_sky(gl):
    ground = Body(0, None, plate(6.0), Material((0.7, 0.7, 0.7), roughness=1.0), pose())
    overcast = dataclasses.replace(DAY, sun_color=(0.0, 0.0, 0.0))
    camera = look((0.0, -3.0, 2.0), (0, 0, 0), width=96, height=96, fov=35)
    thing = Body(1, None, ball(0.3), Material(), pose(z=0.3))
    drawing = gl.draw(View((thing,), ground, overcast, camera, backdrop(96, 96)))
    bare = gl.draw(View((), ground, overcast, camera, backdrop(96, 96)))
    ratio = drawing.color.mean(axis=-1) / bare.color.mean(axis=-1)
    rows, columns = np.nonzero(drawing.ids == 1)
    foot = int(rows.max()) + 2
    assert ratio[foot, int(columns.mean())] < 0.9
    assert ratio[foot, [3, 92]].min() > 0.98


def test_textures_blend_in_linear_light(gl):
    """Far away, a fine pattern of black and white is half the light: 188, not 128."""
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    sheet = Body(1, None, plate(20.0, repeat=40.0), Material((1, 1, 1), checks, roughness=1.0), pose())
    light = dataclasses.replace(DAY, sun=(0, 0, 1), sun_color=(1, 1, 1), sky=(0, 0, 0), bounce=(0, 0, 0), shadows=False)
    camera = look((0, -0.01, 8), (0, 0, 0), width=32, height=32)
    color = gl.draw(View((sheet,), None, light, camera, backdrop(32, 32))).color
    assert abs(float(color.mean()) - 188) < 8


def test_caches_let_go_of_what_is_no_longer_drawn(gl):
    for seed in range(12):
        gl.draw(hall(CAMERA, count=4, seed=seed, fine=False))
    store = gl._store
    assert len(store._shapes) <= 5 * 6  # four shapes and a ground, for a few draws
    assert len(store._pictures) <= 6


def test_many_sizes_keep_few_targets(gl):
    world = hall(CAMERA, count=1, fine=False)
    for width in range(32, 64, 4):
        drawing = gl.draw(dataclasses.replace(world, camera=dataclasses.replace(CAMERA, width=width)))
        assert drawing.color.shape == (80, width, 3)
        assert drawing.ids.shape == (80, width)
    assert len(gl._store._targets) <= 4


def test_closing_twice_is_harmless():
    renderer = GlRenderer()
    renderer.close()
    renderer.close()
