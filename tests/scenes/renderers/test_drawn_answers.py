"""Pictures whose every number can be worked out by hand: ids, depth in metres, fog, lamps, glow, environments."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from drawn import DAY, backdrop, ball, box, hall, look, plate, pose

from seedbed.scenes.renderers.choice import choose_renderer, open_renderer
from seedbed.scenes.renderers.environment import directions, harmonics, mean_light, mirror_levels
from seedbed.scenes.renderers.gl_shading import lamps_on
from seedbed.scenes.srgb import LINEAR, decoded, encoded
from seedbed.scenes.view import Body, Camera, Fog, Lamp, Light, Material, View

DARK = Light((0.0, 0.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), shadows=False)
WHITE = Material((1.0, 1.0, 1.0), roughness=1.0)


@pytest.fixture(scope="module")
def gl():
    if choose_renderer("auto").name != "gl":
        pytest.skip("no GL context on this machine")
    drawer = open_renderer("gl")
    yield drawer
    drawer.close()


@pytest.fixture(scope="module")
def tiny():
    drawer = open_renderer("tiny")
    yield drawer
    drawer.close()


@pytest.fixture(scope="module", params=["gl", "tiny"])
def drawer(request):
    return request.getfixturevalue(request.param)


def above(z: float, size: int = 65, reach: float = 1.0) -> Camera:
    """Straight down on the origin from z metres; the picture's half width is `reach` metres on the ground."""
    place = np.eye(4)
    place[2, 3] = z
    return Camera(size, size, 2.0 * float(np.degrees(np.arctan(reach / z))), place)


def view(camera, *bodies, light=DARK, ground=None, **more):
    return View(tuple(bodies), ground, light, camera, np.zeros((camera.height, camera.width, 3), np.uint8), **more)


def rays(camera: Camera) -> np.ndarray:
    """World directions through the pixels' centres, one metre long along the axis, (H, W, 3)."""
    matrix = camera.matrix()
    x = (np.arange(camera.width) + 0.5 - matrix[0, 2]) / matrix[0, 0]
    y = (np.arange(camera.height) + 0.5 - matrix[1, 2]) / matrix[1, 1]
    across, down = np.meshgrid(x, y)
    return np.stack([across, -down, -np.ones_like(across)], axis=-1) @ camera.pose[:3, :3].T


# -- shape and depth ---------------------------------------------------------------------------------------------------


def test_depth_of_a_plane(drawer):
    camera = look((1.3, -1.7, 1.1), (0.1, 0.2, 0), width=160, height=120)
    depth = drawer.draw(view(camera, ground=Body(0, None, plate(3.0, 10), WHITE, pose()))).depth
    along = rays(camera)
    expected = -camera.pose[2, 3] / along[..., 2]
    at = camera.pose[:2, 3] + along[..., :2] * expected[..., None]
    inside = np.abs(at).max(axis=-1) < 1.49
    outside = np.abs(at).max(axis=-1) > 1.51
    assert inside.sum() > 3000
    assert np.isinf(depth[outside]).all()
    np.testing.assert_allclose(depth[inside], expected[inside], atol=1e-3)


def test_depth_and_outline_of_a_sphere(drawer):
    camera = look((0.9, -1.2, 0.8), (0, 0, 0.2), width=160, height=120)
    middle, radius = np.array([0.05, 0.1, 0.25]), 0.25
    drawing = drawer.draw(view(camera, Body(4, "ball", ball(radius, 128), WHITE, pose(*middle))))
    along, to = rays(camera), middle - camera.pose[:3, 3]
    a, b, c = (along**2).sum(-1), along @ to, to @ to - radius**2
    root = b**2 - a * c
    expected = (b - np.sqrt(np.maximum(root, 0.0))) / a
    gap = np.sqrt(np.maximum(to @ to - b**2 / a, 0.0)) - radius
    # The mesh's chords lie up to a fifth of a millimetre inside; near the outline depth runs away.
    sure = np.abs(gap) > 5e-4
    # Tiny rounds corners to its own grid: a pixel here and there on the outline.
    assert ((drawing.ids == 4) != (gap < 0))[sure].sum() <= (0 if drawer.name == "gl" else 12)
    deep = gap < -0.02
    np.testing.assert_allclose(drawing.depth[deep], expected[deep], atol=1e-3)


def test_depth_and_box_of_a_cube(drawer):
    camera = above(2.0, 64)
    drawing = drawer.draw(view(camera, Body(9, "cube", box(0.5, 0.5, 0.5), WHITE, pose(0.31, -0.17, 0.25))))
    rows, columns = np.nonzero(drawing.ids == 9)
    # Its top lies 1.5 m below the eye: there a metre is 64 / 3 * 2 pixels; its bottom adds nothing but on the far side.
    top, low = (32.0 / (distance * 0.5) for distance in (1.5, 2.0))
    left = min((0.31 - 0.25) * top, (0.31 - 0.25) * low)
    right, up = (0.31 + 0.25) * top, min((-0.17 + 0.25) * top, 99)
    assert abs(columns.min() - (32 + left)) <= 0.5 + 0.5
    assert abs(columns.max() + 1 - (32 + right)) <= 0.5 + 0.5
    assert abs(rows.min() - (32 - up)) <= 0.5 + 0.5
    np.testing.assert_allclose(drawing.depth[24:36, 36:46][drawing.ids[24:36, 36:46] == 9], 1.5, atol=1e-3)


@pytest.mark.parametrize("far", [60.0, 300.0])
def test_depth_stays_exact_where_the_far_end_is_far(gl, far):
    camera = dataclasses.replace(look((0, -2, 1.5), (0, 4, 0), width=160, height=120), far=far)
    wall = Body(1, None, box(60.0, 0.2, 40.0), WHITE, pose(0, 0.9 * far, 0))
    drawing = gl.draw(view(camera, wall, ground=Body(0, None, plate(2.2 * far, 40), WHITE, pose())))
    along = rays(camera)
    expected = np.where(along[..., 2] < 0, -1.5 / np.minimum(along[..., 2], -1e-9), np.inf)
    near = (expected < 12.0) & (drawing.ids == 0)
    assert near.sum() > 6000
    np.testing.assert_allclose(drawing.depth[near], expected[near], atol=1.5e-3)
    seen = drawing.ids == 1
    forward = -camera.pose[:3, 2]
    on_wall = (0.9 * far - 0.1 + 2.0) / along[..., 1] * (along @ forward)
    np.testing.assert_allclose(drawing.depth[seen], on_wall[seen], rtol=2e-4)


def test_twenty_worlds_have_the_same_masks_in_both_renderers(gl, tiny):
    rng = np.random.default_rng(4)
    worst = 0
    for seed in range(20):
        turn, away, high = rng.uniform(0, 6.28), rng.uniform(1.5, 3.5), rng.uniform(0.3, 2.5)
        eye = (away * np.cos(turn), away * np.sin(turn), high)
        camera = look(eye, (0, 0, 0.1), width=320, height=320, fov=rng.uniform(40, 65))
        world = hall(camera, seed=seed, fine=False)
        world = dataclasses.replace(world, light=dataclasses.replace(world.light, shadows=False))
        worst = max(worst, int((gl.draw(world).ids != tiny.draw(world).ids).sum()))
    # At most 10 of 640 x 640 pixels: outlines are half as long here.
    assert worst <= 5


# -- light -------------------------------------------------------------------------------------------------------------


def linear(color: np.ndarray) -> np.ndarray:
    return LINEAR[color]


@pytest.mark.parametrize("density", [0.05, 0.4])
def test_fog_leaves_the_share_that_the_law_says(drawer, density):
    fog = Fog(density, (0.7, 0.6, 0.5))
    camera = above(3.0)
    sheet = Body(1, None, plate(2.4), Material((0.3, 0.5, 0.2), roughness=1.0), pose())
    light = dataclasses.replace(DARK, sky=(0.8, 0.8, 0.8), bounce=(0.8, 0.8, 0.8))
    clear, thick = (drawer.draw(view(camera, sheet, light=light, fog=f)).color for f in (None, fog))
    away = 3.0 * np.linalg.norm(rays(camera), axis=-1)
    left = np.exp(-density * away)[..., None]
    expected = 255 * encoded(linear(clear) * left + (1 - left) * decoded(np.array(fog.color)))
    assert np.abs(thick - expected).max() <= 2


def test_fog_lies_over_the_backdrop_as_over_the_far_end(drawer):
    camera = dataclasses.replace(above(3.0, 32), far=20.0)
    back = backdrop(32, 32)
    world = dataclasses.replace(view(camera, fog=Fog(0.08, (0.7, 0.7, 0.7))), backdrop=back)
    left = np.exp(-0.08 * 20.0)
    expected = 255 * encoded(linear(back) * left + (1 - left) * decoded(np.array(0.7)))
    assert np.abs(drawer.draw(world).color - expected).max() <= 1


def test_a_lamp_falls_off_by_the_square_and_ends_at_its_reach(gl):
    sheet = Body(1, None, plate(40.0, 20), Material((0.5, 0.5, 0.5), roughness=1.0), pose())
    light = dataclasses.replace(DARK, lamps=(Lamp((0.0, 0.0, 2.0), (1.6, 1.6, 1.6), 6.0),))
    camera = above(8.0, 129, reach=8.0)
    shown = linear(gl.draw(view(camera, sheet, light=light)).color[64, :, 0])
    x = (np.arange(129) - 64) / 64.5 * 8.0
    square = x**2 + 4.0
    window = np.maximum(1.0 - (square / 36.0) ** 2, 0.0) ** 2
    expected = float(decoded(np.array(0.5))) * 1.6 / square * window * 2.0 / np.sqrt(square)
    # Fresnel's mirror adds to matt light, a few hundredths at most.
    np.testing.assert_allclose(shown, expected, rtol=0.12, atol=2e-3)
    assert (shown[np.abs(x) > 5.8] == 0).all()


def test_of_many_lamps_the_strongest_shine():
    lamps = [Lamp((float(i), 0.0, 2.0), (1.0, 1.0, 1.0), 30.0) for i in range(40)]
    corners = np.array([[x, y, z, 1.0] for x in (-1, 1) for y in (-1, 1) for z in (0, 1)])
    chosen = lamps_on(lamps, corners)
    assert sorted(lamp.position[0] for lamp in chosen) == list(range(16))
    assert lamps_on([Lamp((9.0, 0.0, 0.0), (9.0, 9.0, 9.0), 7.5)], corners) == ()
    assert lamps_on([], corners) == ()


def test_what_glows_is_seen_in_the_dark(drawer):
    glowing = Material((1.0, 0.5, 0.0), roughness=1.0, emission=0.5)
    drawing = drawer.draw(view(above(3.0, 32), Body(1, None, plate(3.0), glowing, pose())))
    expected = 255 * encoded(np.array([1.0, decoded(np.array(0.5)), 0.0]) * 0.5)
    assert np.abs(drawing.color.astype(float) - expected).max() <= 2


def test_parts_glow_alone(drawer):
    dark, lit = Material((0.5, 0.5, 0.5)), Material((1.0, 1.0, 1.0), emission=1.0)
    drawing = drawer.draw(view(above(3.0, 32), Body(1, None, plate(3.0), dark, pose(), ((0, 1, lit),))))
    assert drawing.color[28, 28].min() > 200
    assert drawing.color[4, 4].max() < 5


def test_an_even_environment_is_an_even_ambient(gl):
    even = np.full((16, 32, 3), (0.2, 0.4, 0.6), np.float32)
    things = (Body(1, None, ball(0.5, 24), Material((0.5, 0.5, 0.5), roughness=0.6), pose()),)
    plain = dataclasses.replace(DARK, sky=(0.2, 0.4, 0.6), bounce=(0.2, 0.4, 0.6))
    around = dataclasses.replace(DARK, environment=even)
    camera = look((0, -2, 0), (0, 0, 0), width=64, height=64)
    one, two = (gl.draw(view(camera, *things, light=light)).color.astype(int) for light in (plain, around))
    assert np.abs(one - two).max() <= 1


def test_a_mirror_shows_the_side_of_the_environment_it_faces(gl):
    # Red where +x is, the middle column; green where -y is, a quarter right of it.
    painted = np.zeros((64, 128, 3), np.float32)
    painted[:, 56:72, 0] = 1.0
    painted[:, 88:104, 1] = 1.0
    chrome = Material((1.0, 1.0, 1.0), roughness=0.0, metallic=1.0)
    light = dataclasses.replace(DARK, environment=painted)
    for eye, channel in (((4.0, 0.0, 0.0), 0), ((0.0, -4.0, 0.0), 1)):
        color = gl.draw(
            view(
                look(eye, (0, 0, 0), width=33, height=33, fov=20), Body(1, None, ball(0.5), chrome, pose()), light=light
            )
        ).color
        assert color[16, 16, channel] > 200
        assert color[16, 16, 1 - channel] < 40


def test_harmonics_of_a_cosine_sky_are_its_integral():
    at, share = directions(64, 32)
    assert share.sum() == pytest.approx(1.0)
    # Light max(z, 0): a matt surface facing up sends back 2/3, by the integral of cos^2 over the half sphere over pi.
    sky = np.repeat(np.maximum(at[..., 2:], 0.0), 3, axis=2).astype(np.float32)
    up, down = mean_light(sky)
    assert up == pytest.approx(2 / 3, abs=0.03)
    assert down == pytest.approx(0.0, abs=0.03)
    assert harmonics(sky).shape == (9, 3)


def test_rougher_mirrors_see_less_detail_and_as_much_light():
    rng = np.random.default_rng(2)
    levels = mirror_levels(rng.random((128, 256, 3)).astype(np.float32))
    assert [level.shape for level in levels] == [(128 >> i, 256 >> i, 3) for i in range(5)]
    assert all(level.mean() == pytest.approx(0.5, abs=0.03) for level in levels)
    spread = [float(level.std()) for level in levels]
    assert spread == sorted(spread, reverse=True)


# -- ground and shadows ------------------------------------------------------------------------------------------------


def test_wet_ground_is_darker_from_above_and_mirrors_when_seen_flat(drawer):
    ground = Body(0, None, plate(60.0, 20), Material((0.6, 0.6, 0.6), roughness=0.9), pose())
    light = dataclasses.replace(DARK, sky=(0.6, 0.6, 0.6), bounce=(0.6, 0.6, 0.6))
    flat = look((0, -12, 0.6), (0, 0, 0), width=64, height=48, fov=30)
    ratio = []
    for camera in (above(3.0, 64), flat):
        dry, wet = (linear(drawer.draw(view(camera, ground=ground, light=light, wet=w)).color).mean() for w in (0, 0.6))
        ratio.append(wet / dry)
    assert ratio[0] < 0.75
    assert ratio[1] > ratio[0] + 0.1


def test_puddles_stand_where_it_is_very_wet(gl):
    ground = Body(0, None, plate(20.0, 20), Material((0.6, 0.6, 0.6), roughness=0.9), pose())
    light = dataclasses.replace(DARK, sky=(0.6, 0.6, 0.6), bounce=(0.6, 0.6, 0.6))
    damp, soaked = (
        gl.draw(view(above(8.0, 128, 8.0), ground=ground, light=light, wet=w)).color.astype(int) for w in (0.1, 1.0)
    )
    assert np.abs(np.diff(damp, axis=0)).max() <= 1
    assert np.abs(np.diff(soaked, axis=0)).max() > 4


def test_scenery_casts_a_shadow_where_it_is_told_to(drawer):
    ground = Body(0, None, plate(12.0, 6), WHITE, pose())
    house = Body(0, None, box(1.0, 1.0, 2.0), WHITE, pose(z=1.0))
    light = dataclasses.replace(DAY, sun=(-1.0, 0.0, 1.0))
    camera = above(12.0, 65, 4.0)
    shaded, plain = (
        drawer.draw(
            dataclasses.replace(
                view(camera, ground=ground, light=light), scenery=(dataclasses.replace(house, casts=c),)
            )
        ).color.mean(axis=-1)
        for c in (True, False)
    )
    ratio = shaded / plain
    assert ratio[32, 32 + 12] < 0.8  # 1.5 m east of the house, 2 m high
    assert ratio[32, 32 + 26] > 0.97
    assert ratio[32, 32 - 14] > 0.97


def test_shadows_at_street_scale_are_sharp_near_by_and_there_far_off(gl):
    ground = Body(0, None, plate(300.0, 30), WHITE, pose(y=100.0))
    # The far one is long enough to be seen: a pixel is two metres of road there.
    near, far = (
        Body(i, None, box(0.3, long, 2.0), WHITE, pose(-2.0, y, 1.0)) for i, y, long in ((1, 4, 0.3), (2, 60, 9))
    )
    posts = (near, far)
    light = dataclasses.replace(DAY, sun=(-1.0, 0.0, 1.0))
    camera = dataclasses.replace(look((0, -3, 2.5), (0, 4, 0), width=640, height=480), far=300.0)
    shaded, plain = (
        gl.draw(View(posts, ground, dataclasses.replace(light, shadows=s), camera, backdrop(640, 480))).color.mean(-1)
        for s in (True, False)
    )
    ratio = shaded / plain

    def at(x, y):
        [[column, row]] = camera.project((np.array([[x, y, 0.0]]) - camera.pose[:3, 3]) @ camera.pose[:3, :3])
        return ratio[int(row), int(column)]

    # Half way down each post's shadow, a metre east of it; and 0.15 m beyond the near one's edges.
    assert at(-1.0, 4.0) < 0.85
    assert at(-1.0, 60.0) < 0.9
    assert at(-1.0, 4.3) > 0.97
    assert at(-1.0, 3.7) > 0.97
    assert at(2.0, 60.0) > 0.97


def test_haze_softens_shadows(gl):
    ground = Body(0, None, plate(12.0, 6), WHITE, pose())
    tower = Body(1, None, box(0.5, 0.5, 3.0), WHITE, pose(z=1.5))
    light = dataclasses.replace(DAY, sun=(-1.0, 0.0, 0.7))
    camera = above(20.0, 256, 6.0)
    edges = []
    for softness in (1.0, 14.0):
        color = gl.draw(
            View((tower,), ground, dataclasses.replace(light, softness=softness), camera, backdrop(256, 256))
        ).color.mean(-1)
        across = color[:, 128 + int(3.4 / 6 * 128)]  # 3.4 m east, near the shadow's end
        edges.append(int(((across > across.min() + 8) & (across < across.max() - 8)).sum()))
    assert edges[1] >= edges[0] + 3
