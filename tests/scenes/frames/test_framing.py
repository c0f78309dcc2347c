from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scene import SMALL

from seedbed.core.documents import loads
from seedbed.core.keys import generator
from seedbed.scenes import Scene
from seedbed.scenes.frames.framing import camera_of
from seedbed.scenes.frames.placing import look_at
from seedbed.scenes.shapes.solids import ball
from seedbed.scenes.view import Camera
from seedbed.scenes.worlds.arrangement import Arrangement, Piece

SCENE = loads(SMALL, Scene).value


def heap(count: int) -> Arrangement:
    rng = generator(3, "heap", count)
    pieces, poses = [], []
    for index in range(count):
        pose = np.eye(4)
        pose[:3, 3] = (*rng.uniform(-1, 1, 2), 0.2)
        pieces.append(Piece(0, "cone" if index % 2 else None, ball(0.4), "ball"))
        poses.append(pose)
    return Arrangement(tuple(pieces), tuple(poses))


def test_look_at_known_answer() -> None:
    pose = look_at(np.array([0.0, -2.0, 0.0]), np.zeros(3), 0.0)
    np.testing.assert_allclose(pose[:3, :3].T, [[1, 0, 0], [0, 0, 1], [0, -1, 0]], atol=1e-12)
    rolled = look_at(np.array([0.0, -2.0, 0.0]), np.zeros(3), np.pi / 2)
    np.testing.assert_allclose(rolled[:3, 0], [0, 0, 1], atol=1e-12)


@settings(deadline=None, max_examples=60)
@given(st.integers(0, 10_000), st.integers(0, 12))
def test_cameras_stand_clear_above_the_ground(frame: int, count: int) -> None:
    world = heap(count)
    camera = camera_of(SCENE, world, generator(SCENE.seed, "camera", frame))
    eye = camera.pose[:3, 3]
    assert eye[2] > 0.05
    for piece, pose in zip(world.pieces, world.poses, strict=True):
        assert np.linalg.norm(pose[:3, 3] - eye) > piece.shape.radius
    np.testing.assert_allclose(camera.pose[:3, :3] @ camera.pose[:3, :3].T, np.eye(3), atol=1e-9)
    assert 50 <= camera.fov <= 60
    assert (camera.width, camera.height) == SCENE.image.size


@given(st.floats(10, 100), st.floats(0.4, 2), st.integers(16, 900), st.integers(16, 900))
def test_projection_known_answers(fov: float, stretch: float, width: int, height: int) -> None:
    camera = Camera(width, height, fov, np.eye(4), stretch=stretch)
    top = np.tan(np.radians(fov) / 2)
    point = camera.projection() @ np.array([0.25 * top, top, -1.0, 1.0])
    assert point[1] / point[3] == pytest.approx(1)
    # A square of the world is `stretch` times as wide as high, in pixels.
    assert point[0] / point[3] * width == pytest.approx(0.25 * stretch * height)
    for z, depth in ((-camera.near, -1), (-camera.far, 1)):
        point = camera.projection() @ np.array([0, 0, z, 1])
        assert point[2] / point[3] == pytest.approx(depth)


def test_azimuth_says_from_which_side_things_are_seen() -> None:
    pose = np.eye(4)
    pose[:3, 3] = (0.3, -0.2, 0.2)
    world = Arrangement((Piece(0, "cone", ball(0.2), "ball"),), (pose,))
    scene = loads(SMALL.replace("orbit: {", "orbit: {azimuth: [250, 290], "), Scene).value
    turns = []
    for frame in range(200):
        camera = camera_of(scene, world, generator(scene.seed, "camera", frame))
        x, y, _ = camera.pose[:3, 3] - pose[:3, 3]
        turns.append(np.degrees(np.arctan2(y, x)) % 360)
    # One frame in ten looks at the ground and not at a thing.
    assert np.mean([250 <= turn <= 290 for turn in turns]) > 0.8
    assert np.percentile(turns, [25, 75]) == pytest.approx((260, 280), abs=4)


def test_off_centre_says_how_near_the_middle_a_thing_stands() -> None:
    pose = np.eye(4)
    pose[:3, 3] = (0.3, -0.2, 0.2)
    world = Arrangement((Piece(0, "cone", ball(0.2), "ball"),), (pose,))

    def reach(off_centre: float) -> float:
        text = SMALL.replace("orbit: {", f"orbit: {{off_centre: {off_centre}, ")
        scene = loads(text, Scene).value
        away = []
        for frame in range(80):
            camera = camera_of(scene, world, generator(scene.seed, "camera", frame))
            x, y, z = camera.pose[:3, :3].T @ (pose[:3, 3] - camera.pose[:3, 3])
            tangent = np.tan(np.radians(camera.fov) / 2)
            away.append(max(abs(x), abs(y)) / abs(z) / tangent)
        return float(np.median(away))

    assert "orbit: {" in SMALL
    assert reach(0.1) < 0.12
    assert 0.3 < reach(0.8) < 0.9
