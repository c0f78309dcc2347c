"""The lens against OpenCV and against pictures whose corners are known."""

from __future__ import annotations

from dataclasses import replace

import cv2
import drawn
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_scene import SMALL

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.core.keys import generator
from seedbed.scenes import Scene, check_scene
from seedbed.scenes.frames.framing import camera_of
from seedbed.scenes.frames.lens import bend_of, draw, unbent, wider
from seedbed.scenes.labels.reading import silhouette
from seedbed.scenes.optics import bent, straight, turning
from seedbed.scenes.renderers.choice import choose_renderer, open_renderer
from seedbed.scenes.view import Body, Camera, Drawing, Material, View
from seedbed.scenes.worlds.arrangement import Arrangement

LENSES = [
    (-0.28, 0.07, 0.0, 0.0, 0.0),
    (-0.12, 0.0, 0.001, -0.002, 0.0),
    (0.09, -0.01, -0.0015, 0.001, 0.004),
    (-0.35, 0.15, 0.0005, 0.0002, -0.03),
]
lenses = st.tuples(st.floats(-0.3, 0.3), st.floats(0, 0.1), *[st.floats(-0.005, 0.005)] * 2, st.floats(0, 0.02))


@pytest.mark.parametrize("lens", LENSES)
def test_projection_is_opencvs(lens: tuple[float, ...]) -> None:
    camera = Camera(640, 480, 55.0, np.eye(4), stretch=0.9, center=(0.47, 0.52), lens=lens)  # type: ignore[arg-type]
    points = np.random.default_rng(1).uniform((-0.7, -0.5, -1.2), (0.7, 0.5, -1.0), (500, 3))
    upright = points * (1, -1, -1)  # OpenCV: y down, z ahead
    k1, k2, p1, p2, k3 = lens
    matrix = camera.matrix()
    matrix[:2, 2] -= 0.5  # OpenCV counts from the middle of the first pixel
    expected, _ = cv2.projectPoints(upright, np.zeros(3), np.zeros(3), matrix, np.array([k1, k2, p1, p2, k3]))
    np.testing.assert_allclose(camera.project(points), expected.reshape(-1, 2) + 0.5, atol=1e-9)


@settings(deadline=None, max_examples=80)
@given(lenses, st.integers(0, 1000))
def test_the_inverse_undoes_the_lens(lens: tuple[float, float, float, float, float], seed: int) -> None:
    # Near the turning a tangential part leaves the inverse what the table says of it.
    reach = min(turning(lens) * 0.8, 1.2) / np.sqrt(2)
    flat = np.random.default_rng(seed).uniform(-reach, reach, (200, 2))
    np.testing.assert_allclose(straight(bent(flat, lens), lens), flat, atol=1e-7)


def test_beyond_its_turning_a_barrel_goes_on_outward() -> None:
    lens = (-0.15, 0.0, 0.0, 0.0, 0.0)
    assert turning(lens) == pytest.approx(np.sqrt(1 / 0.45))
    radius = np.linspace(0, 8, 400)
    shown = bent(np.stack([radius, 0 * radius], axis=1), lens)[:, 0]
    assert (np.diff(shown) > 0).all()
    np.testing.assert_allclose(straight(np.stack([shown, 0 * shown], axis=1), lens)[:, 0], radius, atol=2e-3)


def test_the_map_is_the_inverse_of_the_projection_at_every_pixel() -> None:
    camera = Camera(200, 150, 60.0, np.eye(4), center=(0.45, 0.53), lens=LENSES[0])
    bend, wide = bend_of(camera), wider(camera)
    # A ray of the wide picture, projected through the lens, ends at the pixel that takes its colour from there.
    flat = wide.plane(np.stack([bend.x.ravel() + 0.5, bend.y.ravel() + 0.5], axis=1).astype(float))
    shown = camera.shown(bent(flat, camera.lens))
    y, x = np.mgrid[0:150, 0:200] + 0.5
    np.testing.assert_allclose(shown, np.stack([x.ravel(), y.ravel()], axis=1), atol=2e-3)
    assert wide.matrix()[0, 0] == pytest.approx(camera.matrix()[0, 0])
    assert min(bend.x.min(), bend.y.min()) >= 0
    assert bend.x.max() <= wide.width - 1
    assert bend.y.max() <= wide.height - 1


@pytest.fixture(scope="module")
def renderer():  # type: ignore[no-untyped-def]
    opened = open_renderer(choose_renderer("auto").name)
    yield opened
    opened.close()


def checker(lens: tuple[float, ...]) -> View:
    """A board of 8 x 8 cells of a tenth of a metre, seen aslant."""
    cells = np.indices((8, 8)).sum(0) % 2 * 255
    texture = np.repeat(
        cv2.resize(cells.astype(np.uint8), (1024, 1024), interpolation=cv2.INTER_NEAREST)[..., None], 3, 2
    )
    board = Body(1, "board", drawn.plate(0.8), Material((1.0, 1.0, 1.0), texture, 1.0), np.eye(4))
    camera = replace(drawn.look((0.12, -0.42, 0.62), (0.0, -0.02, 0.0), fov=62, width=640, height=560), lens=lens)
    light = replace(drawn.DAY, sun_color=(0.0, 0.0, 0.0), sky=(0.6,) * 3, bounce=(0.6,) * 3, shadows=False)
    return View((board,), None, light, camera, np.full((560, 640, 3), 90, np.uint8))


@pytest.mark.parametrize("lens", [LENSES[0], LENSES[2]])
def test_a_drawn_checker_has_its_corners_where_opencv_puts_them(renderer, lens) -> None:  # type: ignore[no-untyped-def]
    view = checker(lens)
    drawing = draw(renderer, view)
    line = np.arange(-3, 4) / 10
    inner = np.array([[x, y, 0.0, 1.0] for y in line for x in line])
    expected = view.camera.project((inner @ view.camera.view().T)[:, :3])
    shown = ((expected > 12) & (expected < np.array([628, 548]))).all(1)
    assert shown.sum() > 20
    grey = cv2.cvtColor(drawing.color, cv2.COLOR_RGB2GRAY)
    start = (expected[shown] - 0.5).astype(np.float32).reshape(-1, 1, 2)
    rule = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 60, 1e-3)
    found = cv2.cornerSubPix(grey, start.copy(), (5, 5), (-1, -1), rule).reshape(-1, 2) + 0.5
    off = np.linalg.norm(found - expected[shown], axis=1)
    assert off.max() < 0.5
    assert off.mean() < 0.2


@pytest.mark.parametrize("lens", [LENSES[0], LENSES[2]])
def test_ids_and_depth_are_bent_by_the_same_map(renderer, lens) -> None:  # type: ignore[no-untyped-def]
    view = checker(lens)
    drawing = draw(renderer, view)
    side = np.linspace(-0.4, 0.4, 200)
    ring = np.concatenate(
        [
            np.stack(pair, 1)
            for pair in (
                (side, side * 0 - 0.4),
                (side * 0 + 0.4, side),
                (side[::-1], side * 0 + 0.4),
                (side * 0 - 0.4, side[::-1]),
            )
        ]
    )
    points = np.column_stack([ring, np.zeros(len(ring)), np.ones(len(ring))]) @ view.camera.view().T
    outline = view.camera.project(points[:, :3])
    y, x = np.nonzero(np.ones(drawing.ids.shape))
    reach = np.array(
        [
            cv2.pointPolygonTest(outline.astype(np.float32), (float(a) + 0.5, float(b) + 0.5), True)
            for a, b in zip(x[::7], y[::7], strict=True)
        ]
    )
    inside = drawing.ids[y[::7], x[::7]] == 1
    assert inside[reach > 0.75].all()
    assert not inside[reach < -0.75].any()
    # The depth of the board at a pixel is that of the plane z = 0 on the pixel's ray.
    flat = straight(view.camera.plane(np.stack([x + 0.5, y + 0.5], 1)[::7]), view.camera.lens)
    rays = np.column_stack([flat[:, 0], -flat[:, 1], -np.ones(len(flat))]) @ view.camera.pose[:3, :3].T
    expected = -view.camera.pose[2, 3] / rays[:, 2]
    solid = reach > 2
    np.testing.assert_allclose(drawing.depth[y[::7], x[::7]][solid], expected[solid], rtol=2e-3)


def test_the_outline_of_a_long_plank_bows_with_the_lens(renderer) -> None:  # type: ignore[no-untyped-def]
    lens = LENSES[0]
    plank = Body(1, "plank", drawn.box(1.6, 0.1, 0.02), Material(), drawn.pose(0, 0.3, 0))
    view = checker(lens)
    view = replace(
        view, bodies=(plank,), camera=replace(drawn.look((0, 0, 1.1), (0, 0, 0), (0, 1, 0), fov=70), lens=lens)
    )
    ids = draw(renderer, view).ids
    rows, _ = np.nonzero(ids == 1)
    hull = silhouette(plank, view.camera)
    assert hull[:, 1].min() - 1 <= rows.min()
    assert hull[:, 1].min() == pytest.approx(rows.min(), abs=1.0)
    corners = view.camera.project(
        (np.array([[x, y, 0.01, 1.0] for x in (-0.8, 0.8) for y in (0.25, 0.35)]) @ view.camera.view().T)[:, :3]
    )
    assert corners[:, 1].min() > rows.min() + 4, "corners alone would miss the bow"


class _Card:
    """Draws the backdrop alone."""

    def draw(self, view: View) -> Drawing:
        shape = (view.camera.height, view.camera.width)
        assert view.backdrop.shape[:2] == shape
        return Drawing(view.backdrop, np.zeros(shape, np.uint16), np.full(shape, np.inf, np.float32))


@pytest.mark.parametrize("lens", LENSES[:3])
def test_a_photograph_behind_the_scene_keeps_its_own_lens(lens) -> None:  # type: ignore[no-untyped-def]
    y, x = np.mgrid[0:240, 0:320]
    photo = np.stack([127 + 100 * np.sin(x / 20), 127 + 100 * np.sin(y / 15), (x + y) / 3], -1).astype(np.uint8)
    camera = Camera(320, 240, 60.0, np.eye(4), lens=lens)
    view = View((), None, drawn.DAY, camera, unbent(photo, camera))
    out = draw(_Card(), view).color
    off = np.abs(out.astype(int) - photo)[2:-2, 2:-2]
    assert off.mean() < 1.0
    assert off.max() < 12


def _scene(camera: str) -> Scene:
    text = SMALL.replace("camera: {fov: [50, 60], ", "camera: {" + camera)
    document = loads(text, Scene)
    check_scene(document)
    return document.value


def test_distortion_is_drawn_per_frame_and_moves_nothing_else() -> None:
    plain, bowed = _scene("fov: [50, 60], "), _scene("fov: [50, 60], distortion: [-0.15, 0.05], ")
    nothing = Arrangement((), ())
    drawn_lenses = set()
    for frame in range(20):
        one, two = (camera_of(scene, nothing, generator(5, "camera", frame)) for scene in (plain, bowed))
        np.testing.assert_array_equal(one.pose, two.pose)
        assert -0.15 <= two.lens[0] <= 0.05
        assert two.lens[1:] == (0, 0, 0, 0)
        drawn_lenses.add(two.lens[0])
    assert len(drawn_lenses) == 20


def test_intrinsics_are_opencvs() -> None:
    scene = _scene(
        "intrinsics: {fx: 700, fy: 680, cx: 330.5, cy: 250, size: [640, 480]}, distortion: "
        "[-0.2, 0.05, 0.001, [-0.001, 0.001], 0], "
    )
    camera = camera_of(scene, Arrangement((), ()), generator(5, "camera", 0))
    matrix = camera.matrix()
    assert (camera.width, camera.height) == (96, 80)
    np.testing.assert_allclose([matrix[0, 0], matrix[1, 1]], [700 * 96 / 640, 680 * 80 / 480])
    np.testing.assert_allclose([matrix[0, 2], matrix[1, 2]], [331 * 96 / 640, 250.5 * 80 / 480])
    assert camera.lens[:3] == (-0.2, 0.05, 0.001)


@pytest.mark.parametrize(
    ("camera", "words"),
    [
        ("fov: [50, 60], intrinsics: {fx: 700, fy: 680, cx: 330, cy: 250}, ", "fov or intrinsics, not both"),
        ("fov: [50, 110], distortion: [-0.4, 0], ", "turns round inside the picture"),
        ("fov: [50, 60], distortion: [0.1, -0.1], ", "backwards"),
        ("fov: [50, 60], distortion: [0.1, 0.2, 0.3], ", "distortion"),
        ("fov: [50, 60], distortion: [9, 10], ", "at most 5"),
    ],
)
def test_cameras_that_cannot_be(camera: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        _scene(camera)
