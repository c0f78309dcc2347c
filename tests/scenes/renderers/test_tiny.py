"""What is tiny's alone: PyBullet's habits and the floor laid by homographies."""

from __future__ import annotations

import dataclasses
import sys

import numpy as np
import pytest
from drawn import DAY, backdrop, ball, box, hall, look, plate, pose, tiles
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.scenes.renderers.floor import floor_of, see
from seedbed.scenes.renderers.tiny import TinyRenderer
from seedbed.scenes.renderers.tiny_shapes import _Points, baked, quaternion
from seedbed.scenes.view import Body, Material, View

angles = st.floats(-np.pi, np.pi)


@pytest.fixture(scope="module")
def tiny():
    renderer = TinyRenderer()
    yield renderer
    renderer.close()


@given(angles, angles)
def test_quaternions_turn_as_their_matrices_do(turn, lean):
    place = pose(turn=turn, lean=lean)
    x, y, z, w = quaternion(place)
    back = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    np.testing.assert_allclose(back, place[:3, :3], atol=1e-12)


def test_stretched_normals_stay_upright_on_their_faces():
    cube = ball(0.5, 8)
    stretch = np.diag([3.0, 1.0, 0.2, 1.0])
    points, normals = baked(cube.vertices, cube.normals, stretch)
    np.testing.assert_allclose(np.linalg.norm(normals, axis=1), 1.0, atol=1e-6)
    np.testing.assert_allclose(points, cube.vertices * (3.0, 1.0, 0.2), atol=1e-6)
    # An ellipsoid's normal is along x / a^2.
    expected = points / np.array([3.0, 1.0, 0.2]) ** 2
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(normals, expected, atol=1e-5)


def test_points_reuse_their_lists():
    # PyBullet never lets go of the lists it is given: they must be the same ones each time.
    points = _Points(3)
    first = points(np.eye(3))
    rows = [id(row) for row in first]
    again = points(np.ones((2, 3)))
    assert again is first
    assert [id(row) for row in again] == rows[:2]
    assert again == [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]


def test_pybullet_still_keeps_the_lists(tiny):
    """When this fails PyBullet has been mended, and `_Points` can go."""
    p = tiny._bullet
    lists = {"vertices": [[0.0, 0, 0], [1, 0, 0], [0, 1, 0]], "indices": [0, 1, 2]}
    before = sys.getrefcount(lists["vertices"])
    p.createVisualShape(p.GEOM_MESH, physicsClientId=tiny._client, **lists)
    assert sys.getrefcount(lists["vertices"]) > before


def test_a_plate_is_a_floor():
    floor = floor_of(Body(0, None, plate(4.0, 10, 3.0), Material((1, 1, 1), tiles()), pose(turn=0.3, lean=0.1)))
    assert floor is not None
    np.testing.assert_allclose(floor.low, [-2, -2], atol=1e-6)
    np.testing.assert_allclose(floor.uv @ [0, 0, 1], [1.5, 1.5], atol=1e-5)
    up = pose(turn=0.3, lean=0.1)[:3, 2]
    np.testing.assert_allclose(floor.plane, [*up, 0.0], atol=1e-6)


def test_other_grounds_are_no_floors():
    hill = plate(4.0, 4)
    hilly = dataclasses.replace(hill, vertices=hill.vertices + np.float32([0, 0, 0.2]) * (hill.vertices[:, :1] > 0.5))
    holed = dataclasses.replace(hill, faces=hill.faces[4:])
    bent = dataclasses.replace(hill, uvs=hill.uvs**2)
    for other in (hilly, holed, bent):
        assert floor_of(Body(0, None, other, Material(), pose())) is None


def test_a_hilly_ground_is_drawn_all_the_same(tiny):
    hill = plate(4.0, 4)
    hilly = dataclasses.replace(hill, vertices=hill.vertices + np.float32([0, 0, 0.2]) * (hill.vertices[:, :1] > 0.5))
    camera = look((2.0, 0.5, 2.0), (0, 0, 0), width=64, height=64)
    world = View((Body(1, None, box(0.3, 0.3, 0.3), Material(), pose(z=0.2)),), None, DAY, camera, backdrop(64, 64))
    bare = tiny.draw(world)
    drawing = tiny.draw(dataclasses.replace(world, ground=Body(0, None, hilly, Material((0.9, 0.1, 0.1)), pose())))
    np.testing.assert_array_equal(drawing.ids, bare.ids)
    assert (drawing.color != bare.color).any(axis=-1).mean() > 0.3


@settings(max_examples=30, deadline=None)
@given(st.floats(0.1, 3), st.floats(-3, 3), angles)
def test_floor_pixels_are_those_whose_rays_meet_it(height, away, turn):
    floor = floor_of(Body(0, None, plate(4.0), Material(), pose(turn=turn)))
    camera = look((2.5, away, height), (0, 0, 0.1), width=20, height=16)
    seen = see(floor, camera)
    up = np.tan(np.radians(camera.fov) / 2)
    for row, column in ((0, 0), (5, 9), (15, 3), (8, 19), (12, 12)):
        ray = np.array([((column + 0.5) / 10 - 1) * up * 20 / 16, (1 - (row + 0.5) / 8) * up, -1.0])
        ray = camera.pose[:3, :3] @ ray
        depth = -camera.pose[2, 3] / ray[2]
        at = pose(turn=turn)[:2, :2].T @ (camera.pose[:2, 3] + depth * ray[:2])
        margin = 2.0 - np.abs(at).max()
        if abs(margin) > 1e-3:
            assert seen.where[row, column] == (camera.near < depth < camera.far and margin > 0)
        if seen.where[row, column]:
            assert seen.nearness[row, column] == pytest.approx(1 / depth, rel=1e-4)


def test_a_camera_in_the_floors_plane_sees_none_of_it():
    floor = floor_of(Body(0, None, plate(4.0), Material(), pose()))
    seen = see(floor, look((3.0, 0.0, 0.0), (0, 0, 0)))
    assert seen is None or not seen.where.any()


def test_far_floors_take_smaller_textures(tiny):
    """Without mipmaps the far end of a fine pattern is noise; with them it is its mean."""
    checks = (np.indices((256, 256)).sum(axis=0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, axis=2)
    ground = Body(0, None, plate(40.0, repeat=40.0), Material((1, 1, 1), checks), pose())
    camera = look((15.0, 0.0, 1.5), (0, 0, 0), width=128, height=128)
    color = tiny.draw(View((), ground, DAY, camera, backdrop(128, 128))).color
    assert color[58:70].std(axis=(0, 1)).max() < 6


def test_shadows_of_a_sunken_body_lie_on_the_ground_only(tiny):
    """What is under the floor shades nothing."""
    ground = Body(0, None, plate(6.0), Material((0.7, 0.7, 0.7)), pose())
    camera = look((2.0, 0.5, 3.0), (0, 0, 0), width=64, height=64)
    sunk = Body(1, None, ball(0.4), Material(), pose(z=-1.0))
    light = dataclasses.replace(DAY, sun=(0.6, 0.0, 0.8))
    shaded = tiny.draw(View((sunk,), ground, light, camera, backdrop(64, 64)))
    plain = tiny.draw(View((), ground, light, camera, backdrop(64, 64)))
    assert np.abs(shaded.color.astype(int) - plain.color).max() <= 2


def test_closing_twice_is_harmless():
    renderer = TinyRenderer()
    renderer.draw(hall(look((2, 2, 2), (0, 0, 0), width=32, height=32), count=2, fine=False))
    renderer.close()
    renderer.close()
