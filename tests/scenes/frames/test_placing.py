"""Cameras that are mounted, carried or driven: where they stand, where they look, and what stands in their way."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scene import SMALL

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError, RenderError
from seedbed.core.keys import generator
from seedbed.scenes import Scene, check_scene, render
from seedbed.scenes.frames.framing import camera_of
from seedbed.scenes.frames.placing import check_places, in_the_way, look_at, mounted, on_path, on_vehicle
from seedbed.scenes.models.mounts import Mount, Vehicle
from seedbed.scenes.models.mounts import Path as CameraPath
from seedbed.scenes.shapes.solids import box
from seedbed.scenes.worlds.arrangement import Arrangement, Piece

NOTHING = Arrangement((), ())


def scene(camera: str) -> Scene:
    text = SMALL.replace(
        "camera: {fov: [50, 60], orbit: {distance: [0.8, 2.0], elevation: [15, 50]}, views: 3}", camera
    )
    assert text != SMALL
    document = loads(text, Scene)
    check_scene(document)
    return document.value


def block(size: tuple[float, float, float], at: tuple[float, float, float]) -> Arrangement:
    pose = np.eye(4)
    pose[:3, 3] = at
    return Arrangement((Piece(0, "cone", box(size), "box"),), (pose,))


def test_a_mounted_camera_has_its_target_in_the_middle() -> None:
    pose = mounted(Mount(position=(2, 1, 2.5), look_at=(0.5, 0, 0.2)), generator(1, "m"))
    np.testing.assert_allclose(pose[:3, 3], (2, 1, 2.5))
    ray = (np.array([0.5, 0, 0.2, 1]) @ np.linalg.inv(pose).T)[:3]
    np.testing.assert_allclose(ray[:2], 0, atol=1e-9)
    assert ray[2] < 0
    places = np.array(
        [mounted(Mount(position=(2, 1, 2.5), jitter=0.05), generator(seed, "m"))[:3, 3] for seed in range(200)]
    )
    np.testing.assert_allclose(places.mean(0), (2, 1, 2.5), atol=0.015)
    np.testing.assert_allclose(places.std(0), 0.05, rtol=0.2)


def test_straight_down_the_pictures_top_is_y() -> None:
    pose = look_at(np.array([1.0, 2.0, 3.0]), np.array([1.0, 2.0, 0.0]), 0.0)
    np.testing.assert_allclose(pose[:3, :3], np.eye(3), atol=1e-12)


@pytest.mark.parametrize(
    ("share", "place", "ahead"),
    [(0.0, (0, 0, 1), (1, 0)), (0.25, (1, 0, 1), (1, 0)), (0.5, (2, 0, 1), (0, 1)), (1.0, (2, 2, 1), (0, 1))],
)
def test_a_path_is_walked_evenly_and_looked_along(
    share: float, place: tuple[float, ...], ahead: tuple[float, float]
) -> None:
    path = CameraPath(points=((0, 0, 1), (2, 0, 1), (2, 2, 1)), ahead=0.5, pitch=(-10, -10), jitter=0)
    pose = on_path(path, share, generator(1, "p"))
    np.testing.assert_allclose(pose[:3, 3], place, atol=1e-9)
    down = np.radians(-10)
    np.testing.assert_allclose(-pose[:3, 2], (*np.array(ahead) * np.cos(down), np.sin(down)), atol=1e-9)


def test_round_a_corner_it_looks_into_the_bend() -> None:
    path = CameraPath(points=((0, 0, 1), (2, 0, 1), (2, 2, 1)), ahead=1.0, pitch=(0, 0), jitter=0)
    pose = on_path(path, 1.5 / 4, generator(1, "p"))
    np.testing.assert_allclose(-pose[:3, 2], np.array([0.5, 0.5, 0]) / np.sqrt(0.5), atol=1e-9)


@given(st.integers(0, 5000))
def test_a_vehicle_keeps_its_height_and_pitch(seed: int) -> None:
    pose = on_vehicle(Vehicle(height=(0.4, 0.6), pitch=(-20, 5)), 4.0, generator(seed, "v"))
    assert 0.4 <= pose[2, 3] <= 0.6
    assert np.abs(pose[:2, 3]).max() <= 2.4
    assert -20.01 <= np.degrees(np.arcsin(-pose[2, 2])) <= 5.01


def test_a_long_thing_is_in_the_way_only_where_it_is() -> None:
    wall = block((4, 0.1, 2), (0, 1, 1))
    assert in_the_way(np.array([1.5, 1.0, 1.0]), wall) == "box"
    assert in_the_way(np.array([1.5, 1.12, 1.0]), wall) == "box", "right before it"
    assert in_the_way(np.array([1.5, 1.3, 1.0]), wall) is None
    assert in_the_way(np.array([0.0, 0.0, 1.0]), wall) is None, "well within the sphere around it"


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 500), st.sampled_from(["mount: {position: [0, 0, 0.5], look_at: [1, 0, 0]}", "vehicle: {}"]))
def test_no_camera_is_drawn_inside_a_thing(seed: int, key: str) -> None:
    model = scene(f"camera: {{{key}, views: 3}}")
    filled = block((3, 3, 1.2), (0, 0, 0.6))
    camera = camera_of(model, filled, generator(seed, "camera"))
    assert in_the_way(camera.pose[:3, 3], filled) is None


def test_a_camera_inside_a_thing_is_told_before_the_first_frame(tmp_path: Path) -> None:
    model = scene("camera: {mount: {position: [0, 0, 0.5], look_at: [1, 0, 0]}, views: 3}")
    check_places(model, NOTHING)
    with pytest.raises(RenderError, match="a box stands there") as caught:
        check_places(model, block((2, 2, 1), (0, 0, 0.5)))
    assert caught.value.where == "camera.mount"


def test_the_run_ends_before_it_begins(tmp_path: Path) -> None:
    text = (
        "seedbed: scene/1\nname: x\nimage: {size: [64, 64]}\nworld: {size: 1.2, empty: 0}\n"
        "camera: {mount: {position: [0, 0, 0.3], look_at: [1, 0, 0.3]}}\n"
        "objects: [{class: a, shape: box, size: [1.15, 1.2], count: [5, 5]}]\n"
    )
    document = loads(text, Scene, tmp_path / "s.yaml")
    with pytest.raises(RenderError, match="no free place"):
        render(document, tmp_path / "out", frames=2, renderer="tiny")
    assert not list((tmp_path / "out").glob("images/**/*.jpg"))


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ("mount: {position: [0, 0, -1]}", "more than 0"),
        ("mount: {position: [1, 1, 1], look_at: [1, 1, 1]}", "looks at its own place"),
        ("mount: {positon: [1, 1, 1]}", "did you mean 'position'"),
        ("path: [[0, 0, 1]]", "path"),
        ("path: [[0, 0, 1], [0, 0, 1]]", "two points of the path are one"),
        ("path: [[0, 0, 1], [1, 0, 1]], vehicle: {}", "path or vehicle, not both"),
        ("orbit: {}, mount: {position: [1, 1, 1]}", "orbit or mount, not both"),
    ],
)
def test_places_that_cannot_be(camera: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        scene(f"camera: {{{camera}}}")


def test_a_bare_list_is_a_path() -> None:
    path = scene("camera: {path: [[0, 0, 1], [2, 1, 1.5]]}").camera.path
    assert path is not None
    assert path.points == ((0, 0, 1), (2, 1, 1.5))
