"""What both renderers owe: exact ids, shadows where they belong, textures upright, no memory of earlier draws."""

from __future__ import annotations

import dataclasses
import gc
import os
import stat
import sys

import numpy as np
import psutil
import pytest
from drawn import DAY, backdrop, ball, box, hall, look, plate, pose

from seedbed.core.errors import RenderError
from seedbed.scenes.renderers import choice as renderers
from seedbed.scenes.renderers.choice import Choice, choose_renderer, open_renderer
from seedbed.scenes.view import Body, Camera, Light, Material, View

NOON = Light((0.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (0.0, 0.0, 0.0), shadows=False)


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


def above(width=64, height=64, *, z=4.0, fov=None):
    """A camera straight above the origin, x right and y up in the picture; by default 1 metre is 16 pixels at z = 0."""
    place = np.eye(4)
    place[2, 3] = z
    fov = 2.0 * float(np.degrees(np.arctan(height / 32.0 / z))) if fov is None else fov
    return Camera(width, height, fov, place)


def view(*bodies, camera=None, light=NOON, ground=None, back=None):
    camera = camera or above()
    return View(tuple(bodies), ground, light, camera, backdrop(camera.width, camera.height) if back is None else back)


# -- ids ---------------------------------------------------------------------------------------------------------------


def test_cube_covers_exactly_the_predicted_pixels(drawer):
    # Its top face, 2 m wide, lies 3 m below the eye: 4 / 3 * 32 = 42.67 pixels round the middle of 64.
    cube = Body(7, "cube", box(2, 2, 2), Material(), pose(z=0.0))
    ids = drawer.draw(view(cube)).ids
    centres = np.arange(64) + 0.5 - 32
    inside = np.abs(centres) < 32 / 3 * 2
    expected = np.outer(inside, inside) * 7
    assert ids.dtype == np.uint16
    np.testing.assert_array_equal(ids, expected)


def test_every_plate_of_a_grid_has_its_own_id(drawer):
    plates = [
        Body(1 + i + 4 * j, None, plate(1.0), Material(), pose(i - 1.5, 1.5 - j)) for j in range(4) for i in range(4)
    ]
    ids = drawer.draw(view(*plates)).ids
    np.testing.assert_array_equal(ids, np.kron(np.arange(1, 17).reshape(4, 4), np.ones((16, 16))))


def test_largest_id(drawer):
    ids = drawer.draw(view(Body(65535, None, plate(9.0), Material(), pose()))).ids
    assert (ids == 65535).all()


def test_sphere_silhouette(drawer):
    camera = look((2.0, 1.0, 1.0), (0.2, 0, 0), width=96, height=80, fov=40)
    ids = drawer.draw(view(Body(3, None, ball(0.5, 96), Material(), pose(0.1, 0.1, 0.05)), camera=camera)).ids
    origin, rays = _rays(camera)
    to = np.array([0.1, 0.1, 0.05]) - origin
    along = rays @ to / np.linalg.norm(rays, axis=-1)
    gap = np.sqrt(to @ to - along**2) - 0.5
    sure = np.abs(gap) > 2e-3  # the mesh's chords cut this much off
    assert sure.mean() > 0.98
    np.testing.assert_array_equal((ids == 3)[sure], (gap < 0)[sure])


@pytest.mark.parametrize("seed", range(4))
def test_ids_are_those_of_rays_through_pixel_centres(drawer, seed):
    camera = look((1.5 + 0.2 * seed, -1.6, 0.9), (0, 0, 0.1), width=44 + 3 * seed, height=40, fov=55)
    world = hall(camera, count=8, seed=seed, fine=False)
    ids = drawer.draw(world).ids
    expected, sure = _traced(world)
    assert sure.mean() > 0.97
    # Tiny rounds corners to its own grid: a pixel here and there on an outline.
    assert (ids != expected)[sure].sum() <= (0 if drawer.name == "gl" else 4)


def test_squeezed_pixels(drawer):
    camera = dataclasses.replace(look((1.5, -1.6, 0.9), (0, 0, 0.1), width=60, height=40), stretch=0.75)
    world = hall(camera, count=8, fine=False)
    expected, sure = _traced(world)
    assert (drawer.draw(world).ids != expected)[sure].sum() <= (0 if drawer.name == "gl" else 4)


def test_ground_hides_what_lies_under_it(drawer):
    ground = Body(0, None, plate(3.0), Material(), pose())
    sunk = Body(1, None, ball(0.5, 14), Material(), pose(z=-0.6))
    half = Body(2, None, ball(0.5, 14), Material(), pose(x=0.9))
    camera = look((3.0, 0.5, 2.0), (0, 0, 0), width=64, height=64)
    ids = drawer.draw(view(sunk, half, camera=camera, ground=ground)).ids
    assert not (ids == 1).any()
    expected, sure = _traced(view(sunk, half, camera=camera, ground=ground))
    np.testing.assert_array_equal(ids[sure], expected[sure])


def test_scenery_hides_and_has_no_id(drawer):
    thing = Body(1, None, box(), Material(), pose())
    wall = Body(0, None, box(), Material(), np.diag([0.1, 4.0, 4.0, 1.0]) + pose(x=1.5) - np.eye(4))
    free = view(thing, camera=look((4, 0, 0.2), (0, 0, 0), width=32, height=32))
    assert (drawer.draw(free).ids == 1).any()
    assert not drawer.draw(dataclasses.replace(free, scenery=(wall,))).ids.any()


VIEWS = {
    "whole": look((2.2, -2.4, 1.5), (0, 0, 0.05)),
    "close": look((1.0, -1.0, 0.5), (0.3, 0.3, 0)),
    "grazing": look((3.0, 0.4, 0.08), (0, 0, 0.1)),
    "among them, some behind": look((0.0, 0.0, 0.2), (1, 1, 0), fov=75),
    "inside a box": look((0.2, -0.2, 0.12), (-1, -1, 0), fov=75),
    "rolled": look((1.5, 1.5, 2.0), (0, 0, 0), up=(0.5, 0.3, 1)),
    "wide frame": look((2.5, 0.5, 0.7), (0, 0, 0.1), width=800, height=512, fov=40),
}


@pytest.mark.parametrize("where", VIEWS)
@pytest.mark.parametrize("seed", [0, 3])
def test_tiny_and_gl_agree(gl, tiny, where, seed):
    world = hall(VIEWS[where], seed=seed)
    differing = gl.draw(world).ids != tiny.draw(world).ids
    assert differing.sum() <= 40


def test_tiny_and_gl_agree_through_the_near_plane(gl, tiny):
    world = hall(dataclasses.replace(VIEWS["close"], near=0.9))
    assert (gl.draw(world).ids != tiny.draw(world).ids).sum() <= 40


# -- colour ------------------------------------------------------------------------------------------------------------


def test_mid_grey_stays_mid_grey(drawer):
    grey = Material((0.461, 0.461, 0.461), roughness=1.0)  # 18 % of the light
    color = drawer.draw(view(Body(1, None, plate(9.0), grey, pose()))).color
    assert abs(float(color.mean()) - 118) < 6
    assert np.ptp(color.reshape(-1, 3), axis=0).max() <= 6


def test_light_doubles_in_linear_light(gl):
    half = dataclasses.replace(NOON, sun_color=(0.5, 0.5, 0.5))
    body = Body(1, None, plate(9.0), Material((0.6, 0.6, 0.6), roughness=1.0), pose())
    one, two = (gl.draw(view(body, light=light)).color.mean() / 255 for light in (half, NOON))
    linear = [((c + 0.055) / 1.055) ** 2.4 for c in (one, two)]
    assert linear[1] / linear[0] == pytest.approx(2.0, rel=0.03)


def test_backdrop_is_shown_byte_for_byte(drawer):
    back = np.random.default_rng(1).integers(0, 256, (64, 64, 3), np.uint8)
    drawing = drawer.draw(view(Body(1, None, box(), Material(), pose()), back=back))
    np.testing.assert_array_equal(drawing.color[drawing.ids == 0], back[drawing.ids == 0])
    assert (drawing.color[drawing.ids == 1] != back[drawing.ids == 1]).any()


def test_nothing_to_draw(drawer):
    back = backdrop(50, 40)
    drawing = drawer.draw(view(camera=above(50, 40), back=back, light=DAY))
    np.testing.assert_array_equal(drawing.color, back)
    assert not drawing.ids.any()


def test_backdrop_of_another_size_is_stretched(drawer):
    back = np.zeros((10, 30, 3), np.uint8)
    back[:, 15:] = 200
    color = drawer.draw(view(back=back)).color
    assert color[:, :28].max() == 0
    assert color[:, 36:].min() == 200


def _quarters(size=64):
    texture = np.zeros((size, size, 3), np.uint8)
    half = size // 2
    texture[:half, :half] = 220, 20, 20  # top left red
    texture[:half, half:] = 20, 220, 20  # top right green
    texture[half:, :half] = 20, 20, 220  # bottom left blue
    texture[half:, half:] = 220, 220, 20  # bottom right yellow
    return texture


@pytest.mark.parametrize("role", ["body", "ground"])
def test_textures_stand_upright(drawer, role):
    square = Body(1 if role == "body" else 0, None, plate(4.0), Material((1, 1, 1), _quarters(), roughness=1.0), pose())
    color = drawer.draw(view(square) if role == "body" else view(ground=square)).color.astype(int)
    for row, column, expected in ((16, 16, "r"), (16, 48, "g"), (48, 16, "b"), (48, 48, "rg")):
        strong = "".join(name for name, value in zip("rgb", color[row, column], strict=True) if value > 140)
        assert strong == expected


def test_textures_repeat(drawer):
    square = Body(0, None, plate(4.0, repeat=2.0), Material((1, 1, 1), _quarters(), roughness=1.0), pose())
    color = drawer.draw(view(ground=square)).color.astype(int)
    assert np.abs(color[:32, :32] - color[32:, 32:]).mean() < 3


def test_a_texture_of_the_view_before_is_not_kept(drawer):
    for value in (40, 200, 90):
        texture = np.full((32, 32, 3), value, np.uint8)
        body = Body(1, None, plate(9.0), Material((1, 1, 1), texture, roughness=1.0), pose())
        assert abs(drawer.draw(view(body)).color.mean() - value) < 14


def test_parts_have_their_own_material(drawer):
    two = plate(4.0)  # its first triangle is the lower right half, its second the upper left
    body = Body(1, None, two, Material((0, 1, 0), roughness=1.0), pose(), ((0, 1, Material((1, 0, 0), roughness=1.0)),))
    drawing = drawer.draw(view(body))
    assert (drawing.ids == 1).all()
    assert drawing.color[8, 8].argmax() == 1
    assert drawing.color[56, 56].argmax() == 0


def test_shadow_lies_where_the_sun_puts_it(drawer):
    ground = Body(0, None, plate(12.0, 4), Material((0.7, 0.7, 0.7), roughness=1.0), pose())
    thing = Body(1, None, box(0.4, 0.4, 0.4), Material(), pose(z=0.2))
    # From the west at 45 degrees: the shadow reaches as far to the east as the box is high.
    light = Light((-1.0, 0.0, 1.0), (1.0, 1.0, 1.0), (0.2, 0.2, 0.2), (0.2, 0.2, 0.2))
    camera = above(128, 128, z=4.0, fov=2.0 * float(np.degrees(np.arctan(0.25))))  # 64 pixels a metre
    shaded = drawer.draw(view(thing, camera=camera, light=light, ground=ground)).color.mean(axis=-1)
    plain = drawer.draw(
        view(thing, camera=camera, light=dataclasses.replace(light, shadows=False), ground=ground)
    ).color.mean(axis=-1)
    ratio = shaded / plain
    assert ratio[60:68, 64 + 17 : 64 + 34].max() < 0.75  # x from 0.27 to 0.53 m
    assert ratio[60:68, 64 + 45 :].min() > 0.97  # beyond the shadow's end at 0.6 m
    assert ratio[60:68, : 64 - 35].min() > 0.97  # on the sun's side
    assert ratio[:25].min() > 0.97
    assert ratio[-25:].min() > 0.97


def test_no_shadow_acne_on_open_ground(drawer):
    light = dataclasses.replace(DAY, sun=(0.9, 0.1, 0.25))
    ground = Body(0, None, plate(6.0), Material((0.7, 0.7, 0.7), roughness=1.0), pose())
    things = [
        Body(i + 1, None, box(0.2, 0.2, 0.2), Material(), pose(x, y, 0.1))
        for i, (x, y) in enumerate([(-1.5, -1.5), (-1.5, 1.5), (1.5, -1.5), (1.5, 1.5)])
    ]
    camera = look((0.5, -0.5, 2.0), (0, 0, 0), width=128, height=128, fov=20)
    color = drawer.draw(view(*things, camera=camera, light=light, ground=ground)).color.astype(int)
    assert np.ptp(color.reshape(-1, 3), axis=0).max() <= 4


# -- no memory ---------------------------------------------------------------------------------------------------------


def test_repeated_draws_are_bit_identical_and_independent_of_order(drawer):
    small = [dataclasses.replace(camera, width=96, height=96) for camera in list(VIEWS.values())[:3]]
    worlds = [hall(camera, count=6, seed=i, fine=False) for i, camera in enumerate(small)]
    first = [drawer.draw(world) for world in worlds]
    for i in (2, 0, 0, 1, 2, 1):
        again = drawer.draw(worlds[i])
        assert again.color.tobytes() == first[i].color.tobytes()
        assert again.ids.tobytes() == first[i].ids.tobytes()


def test_another_renderer_draws_the_same_bytes(drawer):
    world = hall(look((2.2, -2.4, 1.5), (0, 0, 0.05), width=96, height=96), count=6, fine=False)
    fresh = open_renderer(drawer.name)
    try:
        assert fresh.draw(world).color.tobytes() == drawer.draw(world).color.tobytes()
    finally:
        fresh.close()


def test_memory_stays_flat_over_new_worlds(drawer):
    camera = look((2.2, -2.4, 1.5), (0, 0, 0.05), width=64, height=64)

    def some(count, start):
        for i in range(count):
            world = hall(camera, count=4, seed=start + i, fine=False)
            texture = np.full((256, 256, 3), i % 256, np.uint8)
            skinned = dataclasses.replace(world.bodies[0], material=Material((1, 1, 1), texture))
            drawer.draw(dataclasses.replace(world, bodies=(skinned, *world.bodies[1:])))
        gc.collect()
        return psutil.Process().memory_info().rss

    count = 120 if drawer.name == "gl" else 40
    before = some(count // 3, 0)
    after = some(count, count)
    assert after - before < count * 5e4  # one leaked texture a world would be four times as much


# -- choosing ----------------------------------------------------------------------------------------------------------


@pytest.fixture
def unprobed():
    renderers._probe.cache_clear()
    yield
    renderers._probe.cache_clear()


@pytest.fixture
def no_egl(monkeypatch, unprobed):
    """A machine without a GL driver: the vendor library finds no vendor."""
    monkeypatch.setenv("__EGL_VENDOR_LIBRARY_FILENAMES", "/nonexistent.json")


def test_auto_falls_back_to_tiny_with_one_line(no_egl):
    choice = choose_renderer("auto")
    assert choice.name == "tiny"
    assert choice.reason.startswith("No GL context here (")
    assert choice.reason.endswith("): drawing with tiny")
    assert "\n" not in choice.reason
    fallen = open_renderer("auto")
    assert fallen.name == "tiny"
    fallen.close()


def test_naming_gl_where_there_is_none(no_egl):
    with pytest.raises(RenderError, match="libegl1 libgl1-mesa-dri"):
        choose_renderer("gl")


def test_a_crashing_driver_takes_only_the_probe_with_it(monkeypatch, tmp_path, unprobed):
    crash = tmp_path / "python"
    crash.write_text("#!/bin/sh\nkill -SEGV $$\n")
    crash.chmod(crash.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setattr(sys, "executable", str(crash))
    assert choose_renderer("auto") == Choice(
        "tiny", "No GL context here (the driver crashed with signal 11): drawing with tiny"
    )


def test_tiny_is_never_probed(monkeypatch, unprobed):
    monkeypatch.setattr(sys, "executable", os.devnull)
    assert choose_renderer("tiny") == Choice("tiny")


def test_unknown_renderer():
    with pytest.raises(RenderError, match="auto, tiny, gl, cycles"):
        choose_renderer("vulkan")


# -- an independent reference ------------------------------------------------------------------------------------------


def _rays(camera):
    """Rays through the pixel centres, of unit length along the camera's axis."""
    up = np.tan(np.radians(camera.fov) / 2)
    across = up * camera.width / camera.height / camera.stretch
    x = ((np.arange(camera.width) + 0.5) / camera.width * 2 - 1) * across
    y = (1 - (np.arange(camera.height) + 0.5) / camera.height * 2) * up
    rays = np.stack([*np.meshgrid(x, y), -np.ones((camera.height, camera.width))], axis=-1)
    return camera.pose[:3, 3], rays @ camera.pose[:3, :3].T


def _traced(world):
    """Ids by ray and triangle (Moller and Trumbore 1997); and where they do not hang on the last decimals."""
    origin, rays = _rays(world.camera)
    shape = rays.shape[:2]
    best, ids, sure = np.full(shape, np.inf), np.zeros(shape, int), np.ones(shape, bool)
    second = np.full(shape, np.inf)
    edge = 1e-4
    for body in (*world.bodies, *world.scenery, *(() if world.ground is None else (world.ground,))):
        points = body.mesh.vertices.astype(float) @ body.pose[:3, :3].T + body.pose[:3, 3]
        for a, b, c in points[body.mesh.faces]:
            e1, e2 = b - a, c - a
            p = np.cross(rays, e2)
            det = p @ e1
            s = origin - a
            q = np.cross(s, e1)
            safe = np.where(det > 1e-15, det, 1.0)
            u, v, t = (p @ s) / safe, (rays @ q) / safe, (q @ e2) / safe
            front = (det > 1e-15) & (t > world.camera.near) & (t < world.camera.far)
            margin = np.minimum(np.minimum(u, v), 1 - u - v)
            scale = np.sqrt(np.linalg.norm(np.cross(e1, e2)))
            near_edge = front & (np.abs(margin) * scale < edge * t)
            hit = front & (margin >= 0)
            sure &= ~(near_edge & (t < best + 1e-6))
            second = np.where(hit, np.minimum(second, np.maximum(t, best)), second)
            nearer = hit & (t < best)
            ids = np.where(nearer, body.id, ids)
            best = np.where(nearer, t, best)
    return ids, sure & ((second > best + 1e-4) | ~np.isfinite(best))
