"""Cube, sphere and plane at set poses: boxes within 0.5 px, depth and space within 1 mm, through a lens too."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest
from drawn import DAY, ball, box, plate, pose
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.scenes.frames.lens import draw
from seedbed.scenes.labels.reading import read_labels
from seedbed.scenes.labels.records import Label, Seen
from seedbed.scenes.labels.silhouettes import outline
from seedbed.scenes.labels.solids import camera_record, keypoints_of
from seedbed.scenes.models.output import Labels
from seedbed.scenes.renderers.choice import Renderer, choose_renderer, open_renderer
from seedbed.scenes.view import NO_LENS, Body, Camera, Drawing, Lens, Material, Mesh, View

WIDTH, HEIGHT = 400, 300
BARREL: Lens = (-0.2, 0.06, 0.002, -0.001, 0.0)
CUSHION: Lens = (0.15, -0.02, 0.0, 0.001, 0.0)
LENSES = [NO_LENS, BARREL, CUSHION]
TURN = pose(turn=0.7, lean=0.4)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    opened = open_renderer(choose_renderer("auto").name)
    yield opened
    opened.close()


def camera(lens: Lens, eye: np.ndarray | None = None) -> Camera:
    return Camera(WIDTH, HEIGHT, 60.0, np.eye(4) if eye is None else eye, center=(0.48, 0.53), lens=lens)


def body(mesh: Mesh, x: float, y: float, z: float, turned: np.ndarray | None = None) -> Body:
    """At x to the right, y down, z ahead of a camera at the origin."""
    at = np.eye(4) if turned is None else turned.copy()
    at[:3, 3] = x, -y, -z
    return Body(1, "a", mesh, Material(), at)


def seen(one: Body, lens: Lens, renderer: Renderer) -> tuple[Label, Drawing]:
    view = View((one,), None, DAY, camera(lens), np.zeros((HEIGHT, WIDTH, 3), np.uint8))
    drawing = draw(renderer, view)
    (label,) = read_labels(view, drawing, Labels(min_visible=0, min_pixels=1))
    return label, drawing


def projected(points: np.ndarray, lens: Lens) -> np.ndarray:
    """OpenCV's own projection of points (x right, y down, z ahead) is the reference."""
    flat, _ = cv2.projectPoints(
        points.reshape(-1, 1, 3), np.zeros(3), np.zeros(3), camera(lens).matrix(), np.array(lens)
    )
    return flat.reshape(-1, 2)


def agree(label: Label, points: np.ndarray, lens: Lens) -> None:
    """Amodal and tight box fit points that lie close together all over the outline."""
    flat = projected(points, lens)
    expected = (*flat.min(0), *flat.max(0))
    assert label.amodal is not None
    np.testing.assert_allclose(label.amodal, expected, atol=0.5)
    assert label.box is not None
    if lens == NO_LENS:
        # A pixel counts where its centre lies in the outline, which is convex here.
        hull = cv2.convexHull(flat.astype(np.float32))
        centres = [
            (x, y)
            for y in range(HEIGHT)
            for x in range(WIDTH)
            if expected[0] - 1 < x < expected[2] and expected[1] - 1 < y < expected[3]
            if cv2.pointPolygonTest(hull, (x + 0.5, y + 0.5), False) >= 0
        ]
        (left, top), (right, bottom) = np.min(centres, 0), np.max(centres, 0)
        assert label.box == (left, top, right + 1, bottom + 1)
    else:
        # The nearest pixel of the pinhole's picture is taken, and a corner's tip may lie between centres.
        inside = np.clip(expected, 0, [WIDTH, HEIGHT, WIDTH, HEIGHT])
        np.testing.assert_allclose(label.box, inside, atol=1.01)


def edges_of_cube(size: float, matrix: np.ndarray) -> np.ndarray:
    along = np.linspace(-0.5, 0.5, 200)
    points = []
    for axis in range(3):
        for one in (-0.5, 0.5):
            for two in (-0.5, 0.5):
                line = np.empty((200, 3))
                line[:, axis], line[:, (axis + 1) % 3], line[:, (axis + 2) % 3] = along, one, two
                points.append(line * size)
    flat = np.concatenate(points) @ matrix[:3, :3].T + matrix[:3, 3]
    return flat * (1, -1, -1)


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("turned", [np.eye(4), TURN], ids=["straight", "turned"])
@pytest.mark.parametrize("place", [(0.1, -0.05, 1.6), (-0.8, 0.5, 1.7), (0.5, 0.3, 6.0)], ids=["near", "cut", "far"])
def test_cube(place: tuple[float, float, float], turned: np.ndarray, lens: Lens, renderer: Renderer) -> None:
    cube = body(box(0.4, 0.4, 0.4), *place, turned)
    label, _ = seen(cube, lens, renderer)
    agree(label, edges_of_cube(0.4, cube.pose), lens)
    solid = label.solid
    assert solid is not None
    np.testing.assert_allclose(solid.center, place, atol=1e-3)
    np.testing.assert_allclose(solid.size, (0.4, 0.4, 0.4), atol=1e-3)
    corners = edges_of_cube(0.4, cube.pose)
    for corner in solid.corners():  # each lies at an end of an edge
        assert np.linalg.norm(corners - corner, axis=1).min() < 1e-3


@pytest.mark.parametrize("lens", LENSES)
@pytest.mark.parametrize("place", [(0.0, 0.0, 2.0), (0.4, -0.25, 2.0)])
def test_sphere(place: tuple[float, float, float], lens: Lens, renderer: Renderer) -> None:
    radius = 0.3
    label, drawing = seen(body(ball(radius, 96), *place), lens, renderer)
    # The outline is the circle where rays touch: of radius r sqrt(1 - r^2 / d^2), r^2 / d nearer than the centre.
    distance = float(np.linalg.norm(place))
    ahead = np.array(place) / distance
    side = np.cross(ahead, (0.0, 1.0, 0.0))
    side /= np.linalg.norm(side)
    around = np.linspace(0, 2 * np.pi, 720)[:, None]
    rim = radius * np.sqrt(1 - (radius / distance) ** 2)
    circle = ahead * (distance - radius**2 / distance) + rim * (
        np.cos(around) * side + np.sin(around) * np.cross(ahead, side)
    )
    agree(label, circle, lens)
    assert label.solid is not None
    np.testing.assert_allclose(label.solid.center, place, atol=1e-3)
    np.testing.assert_allclose(label.solid.size, 2 * radius, atol=1e-3)
    nearest = np.argmin(np.where(drawing.ids == 1, drawing.depth, np.inf))
    assert drawing.depth.ravel()[nearest] == pytest.approx(place[2] - radius, abs=1e-3)


@pytest.mark.parametrize("lens", LENSES)
def test_plane_fills_the_depth_map(lens: Lens, renderer: Renderer) -> None:
    """A plate that faces the camera is as deep everywhere; a leaning one as its equation says."""
    label, drawing = seen(body(plate(0.6), 0.1, 0.05, 1.5), lens, renderer)
    along = np.linspace(-0.3, 0.3, 400)
    edge = np.full_like(along, 0.3)
    outline = np.concatenate(
        [
            np.stack([a * s + 0.1, b * s + 0.05, np.full(400, 1.5)], 1)
            for a, b in ((along, edge), (edge, along))
            for s in (1, -1)
        ]
    )
    agree(label, outline, lens)
    np.testing.assert_allclose(drawing.depth[drawing.ids == 1], 1.5, atol=1e-3)
    leaning = body(plate(0.6), 0.0, 0.0, 1.5, pose(lean=-0.6))
    _, drawing = seen(leaning, NO_LENS, renderer)
    y, x = np.nonzero(drawing.ids)
    matrix = camera(NO_LENS).matrix()
    rays = np.stack(
        [(x + 0.5 - matrix[0, 2]) / matrix[0, 0], (y + 0.5 - matrix[1, 2]) / matrix[1, 1], np.ones(len(x))], 1
    )
    normal = leaning.pose[:3, 2] * (1, -1, -1)
    np.testing.assert_allclose(drawing.depth[y, x], normal @ (0, 0, 1.5) / (rays @ normal), atol=1e-3)


@settings(max_examples=30, deadline=None)
@given(st.floats(-3, 3), st.floats(-3, 3), st.floats(-1, 6), st.floats(0, 6), st.floats(-2, 2))
def test_camera_record_projects_as_the_camera_does(x: float, y: float, z: float, turn: float, lean: float) -> None:
    eye = pose(x, y, z, turn=turn, lean=lean)
    shot = camera(BARREL, eye)
    record = camera_record(shot)
    points = np.random.default_rng(3).uniform(-1, 1, (40, 3)) * (0.7, 0.5, 0.5) + (0, 0, -2)
    world = points @ eye[:3, :3].T + eye[:3, 3]
    found = world @ np.array(record.rotation).T + record.translation
    np.testing.assert_allclose(found, points * (1, -1, -1), atol=1e-5)
    np.testing.assert_allclose(projected(found, BARREL), shot.project(points), atol=1e-2)


def test_keypoints_known_answers() -> None:
    """The front of a cube is seen, its back is hidden by itself, its side by a wall, its far corner lies outside."""
    points = {"front": (0.0, 0.0, 0.2), "back": (0.0, 0.0, -0.2), "side": (-0.2, 0.0, 0.2), "far": (9.0, 0.0, 0.2)}
    cube = body(box(0.4, 0.4, 0.4), 0.0, 0.0, 2.0)
    cube = Body(1, "a", cube.mesh, cube.material, cube.pose, keypoints={**points, "behind": (0.0, 0.0, 9.0)})
    shot = camera(NO_LENS)
    ids, depth = np.zeros((HEIGHT, WIDTH), np.uint16), np.full((HEIGHT, WIDTH), np.inf, np.float32)
    left, top, right, bottom = (round(edge) for edge in outline(cube, shot).span or ())
    ids[top:bottom, left:right], depth[top:bottom, left:right] = 1, 1.8
    ids[:, : left + 20], depth[:, : left + 20] = 2, 1.0
    drawing = Drawing(np.zeros((HEIGHT, WIDTH, 3), np.uint8), ids, depth)
    found = {point.name: point for point in keypoints_of(cube, shot, shot.view(), drawing)}
    assert {name: point.seen for name, point in found.items()} == {
        "front": Seen.VISIBLE,
        "back": Seen.HIDDEN,
        "side": Seen.HIDDEN,
        "far": Seen.OUTSIDE,
        "behind": Seen.OUTSIDE,
    }
    assert found["front"].depth == pytest.approx(1.8, abs=1e-6)
    np.testing.assert_allclose(
        (found["front"].x, found["front"].y), projected(np.array([[0, 0, 1.8]]), NO_LENS)[0], atol=1e-3
    )
    assert found["behind"].depth < 0
