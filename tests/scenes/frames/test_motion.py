"""Motion blur follows the picture's true motion, defocus is a disc by depth, matching takes a real picture's look."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.core.keys import generator
from seedbed.scenes import Scene, check_scene
from seedbed.scenes.frames.matching import fourier, matched
from seedbed.scenes.frames.motion import Motion, blurred, drawn_motion, flow, motion_between
from seedbed.scenes.frames.optical import defocused, disc, vignetted
from seedbed.scenes.frames.sensor import Settings, apply, sense
from seedbed.scenes.models.sensor import Match, Sensor
from seedbed.scenes.view import Camera, Drawing

SIZE = (120, 160)
STILL = Motion(np.zeros(3), np.zeros(3))


def camera(**keys: object) -> Camera:
    return replace(Camera(SIZE[1], SIZE[0], 50.0, np.eye(4)), **keys)  # type: ignore[arg-type]


def drawing(depth: object = 2.0, ids: object = 0) -> Drawing:
    color = np.zeros((*SIZE, 3), np.uint8)
    return Drawing(color, np.broadcast_to(np.uint16(ids), SIZE), np.broadcast_to(np.float32(depth), SIZE))


def test_a_step_sideways_moves_all_by_focal_length_over_depth() -> None:
    moves = flow(drawing(2.0), camera(), replace(STILL, move=np.array([0.02, 0.0, 0.0])))
    focal = camera().matrix()[0, 0]
    np.testing.assert_allclose(moves[..., 0], -focal * 0.02 / 2.0, atol=1e-9)
    np.testing.assert_allclose(moves[..., 1], 0, atol=1e-9)


def test_what_is_nearer_moves_more_and_the_horizon_not_at_all() -> None:
    depth = np.full(SIZE, np.inf, np.float32)
    depth[:60], depth[60:100] = np.inf, 4.0
    depth[100:] = 1.0
    moves = flow(drawing(depth), camera(), replace(STILL, move=np.array([0.0, 0.05, 0.0])))[:, 0, 1]
    focal = camera().matrix()[1, 1]
    np.testing.assert_allclose(moves[[0, 20, -1]], [0, focal * 0.05 / 4, focal * 0.05], atol=0.01)


def test_turning_about_the_axis_and_turning_aside() -> None:
    seen = camera()
    roll = flow(drawing(), seen, replace(STILL, turn=np.array([0.0, 0.0, 0.01])))
    rows, columns = roll.shape[:2]
    x, y = np.meshgrid(np.rint(np.linspace(0, 159, columns)) - 79.5, np.rint(np.linspace(0, 119, rows)) - 59.5)
    # The camera turns counter-clockwise, the picture clockwise: y is down.
    np.testing.assert_allclose(roll, np.stack([-y, x], -1) * 0.01, atol=1e-3)
    pan = flow(drawing(1e9), seen, replace(STILL, turn=np.array([0.0, 0.01, 0.0])))
    middle = pan[rows // 2, columns // 2]
    np.testing.assert_allclose(middle, (seen.matrix()[0, 0] * 0.01, 0), atol=0.02)


def test_a_body_of_its_own_motion_moves_alone() -> None:
    ids = np.zeros(SIZE, np.uint16)
    ids[:, 80:] = 7
    moves = flow(drawing(2.0, 0), camera(), STILL)
    np.testing.assert_array_equal(moves, 0)
    plain = drawing(2.0)
    moves = flow(replace(plain, ids=ids), camera(), replace(STILL, bodies={7: np.array([0.1, 0, 0])}))
    np.testing.assert_array_equal(moves[:, 0], 0)
    np.testing.assert_allclose(moves[:, -1, 0], camera().matrix()[0, 0] * 0.1 / 2)


def test_the_motion_between_two_poses() -> None:
    before, now = np.eye(4), np.eye(4)
    now[:3, :3] = cv2.Rodrigues(np.array([0.0, 0.02, 0.0]))[0]
    now[:3, 3] = (0.1, 0.0, -0.3)
    motion = motion_between(before, now, 0.5)
    np.testing.assert_allclose(motion.turn, (0, 0.01, 0), atol=1e-12)
    np.testing.assert_allclose(motion.move, (0.05, 0, -0.15), atol=1e-12)


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 9999), st.floats(1.5, 20), st.booleans())
def test_drawn_motion_has_the_length_asked_for(seed: int, length: float, bent: bool) -> None:
    seen = camera(lens=(-0.1, 0.0, 0.0, 0.0, 0.0)) if bent else camera()
    depth = np.linspace(1.0, 6.0, SIZE[0], dtype=np.float32)[:, None]
    motion = drawn_motion(drawing(depth), seen, length, generator(seed, "m"))
    moves = flow(drawing(depth), seen, motion)
    assert np.linalg.norm(moves, axis=2).mean() == pytest.approx(length, rel=0.1)


@pytest.mark.parametrize("rolled", [False, True])
def test_a_point_is_spread_along_its_own_motion(rolled: bool) -> None:
    light = np.zeros((101, 141, 3), np.float32)
    light[30, 110] = 1.0
    if rolled:  # round the middle: at (110, 30) the motion is (20, 40) * 0.2
        x, y = np.meshgrid(np.linspace(-70, 70, 15), np.linspace(-50, 50, 11))
        moves = np.stack([-y, x], -1) * 0.2
        way = np.array([4.0, 8.0])
    else:
        moves, way = np.broadcast_to(np.array([6.0, -3.0]), (11, 15, 2)), np.array([6.0, -3.0])
    out = blurred(light, moves)[..., 0].astype(float)
    assert out.sum() == pytest.approx(1.0, abs=0.03)
    y, x = np.mgrid[-30:71, -110:31]
    length = np.linalg.norm(way)
    along, across = (x * way[0] + y * way[1]) / length, (y * way[0] - x * way[1]) / length
    assert (out * along).sum() == pytest.approx(0, abs=0.35)
    assert np.sqrt((out * along**2).sum()) == pytest.approx(length / np.sqrt(12), abs=0.6)
    assert np.sqrt((out * across**2).sum()) < 0.9


def test_a_still_camera_blurs_nothing() -> None:
    light = generator(1, "l").random((*SIZE, 3), np.float32)
    assert blurred(light, np.zeros((3, 4, 2))) is light


@pytest.mark.parametrize("radius", [0.8, 2.0, 4.0, 7.0])
def test_a_point_out_of_focus_is_a_disc(radius: float) -> None:
    light = np.zeros((81, 81, 3), np.float32)
    light[40, 40] = 1.0
    out = defocused(light, radius)[..., 0].astype(float)
    y, x = np.mgrid[-40:41, -40:41]
    assert out.sum() == pytest.approx(1, abs=0.01)
    # A uniform disc of square pixels: its mean squared distance is half its radius squared and a sixth.
    assert (out * (x * x + y * y)).sum() == pytest.approx(radius**2 / 2 + 1 / 6, rel=0.12)
    assert out[np.hypot(x, y) > radius + 2.5].max() < 1e-6
    assert disc(2.0).sum() == pytest.approx(1)


def test_focus_leaves_its_distance_sharp() -> None:
    light = generator(1, "l").random((60, 80, 3), np.float32)
    depth = np.full((60, 80), 2.0, np.float32)
    np.testing.assert_allclose(defocused(light, 3.0, depth, 2.0), light, atol=1e-6)
    depth[:] = np.inf
    np.testing.assert_allclose(defocused(light, 3.0, depth, 2.0), defocused(light, 3.0), atol=1e-6)
    depth[:] = 4.0  # half way to the far disc
    np.testing.assert_allclose(defocused(light, 3.0, depth, 2.0), defocused(light, 1.5), atol=1e-6)


def test_a_vignette_takes_what_it_says() -> None:
    out = vignetted(np.ones((401, 301, 3), np.float32), 0.4)
    assert out[200, 150, 0] == pytest.approx(1, abs=1e-4)
    assert out[0, 0, 0] == pytest.approx(0.6, abs=0.01)
    assert out[200, 0, 0] == pytest.approx(1 - 0.4 * 150**2 / (150**2 + 200**2), abs=0.01)


def grey(code: int = 118, size: tuple[int, int] = (200, 200)) -> np.ndarray:
    return np.full((*size, 3), code, np.uint8)


def test_white_balance_is_neutral_at_6500_and_blue_below() -> None:
    same = apply(grey(), generator(1, "w"), Settings(white=6500.0))
    np.testing.assert_array_equal(same, grey())
    low = apply(grey(), generator(1, "w"), Settings(white=4000.0))[0, 0].astype(int)
    high = apply(grey(), generator(1, "w"), Settings(white=10000.0))[0, 0].astype(int)
    assert low[2] > low[1] > low[0]
    assert high[0] > high[1] > high[2]


def test_rows_of_noise_are_the_same_across() -> None:
    out = apply(grey(), generator(1, "r"), Settings(row_noise=0.02)).astype(float) / 255
    assert np.ptp(out, axis=1).max() == 0
    assert out[:, 0, 0].std() == pytest.approx(0.02, rel=0.2)


def test_fewer_pixels_keep_size_and_light_and_lose_detail() -> None:
    board = (np.indices((200, 200)).sum(0) % 2 * 255).astype(np.uint8)[..., None].repeat(3, 2)
    out = apply(board, generator(1, "d"), Settings(downscale=2.0))
    assert out.shape == board.shape
    np.testing.assert_allclose(out, 188, atol=1)  # half the light of white


def test_the_stage_is_the_same_for_the_same_frame_and_uses_the_depth() -> None:
    rng = np.random.default_rng(3)
    color = cv2.blur(rng.integers(0, 256, (*SIZE, 3), np.uint8), (3, 3))
    ranges = Sensor(motion_blur=(12, 40), defocus=(1, 2), focus=(1.0, 2.0), noise=(0.01, 0.02), downscale=(1.2, 1.5))
    slope = np.linspace(1.0, 6.0, SIZE[0], dtype=np.float32)[:, None]
    near, far, again = (
        sense(color, generator(5, "s"), ranges, drawing=drawing(depth), camera=camera()) for depth in (1.5, slope, 1.5)
    )
    np.testing.assert_array_equal(near, again)
    assert (near != far).any()


@pytest.fixture
def real(tmp_path: Path) -> Path:
    """A folder with one picture of another light: warm and bright."""
    (tmp_path / "real").mkdir()
    y, x = np.mgrid[0:90, 0:120]
    picture = np.stack([60 + y * 0.3, 130 + x * 0.2, 190 + x * 0.3], -1)
    grain = np.random.default_rng(1).normal(0, 9, (90, 120, 1))
    cv2.imwrite(str(tmp_path / "real" / "a.png"), np.clip(picture + grain, 0, 255).astype(np.uint8))
    return tmp_path


def scenery() -> np.ndarray:
    y, x = np.mgrid[0:240, 0:320]
    return np.stack([90 + 60 * np.sin(x / 9), 100 + 50 * np.sin(y / 7), 150 - x * 0.2], -1).astype(np.uint8)


@pytest.mark.parametrize("method", ["fourier", "histogram", "pixel"])
def test_a_matched_frame_has_the_colours_of_the_real_one(real: Path, method: str) -> None:
    model = Match.model_validate({"folder": "real", "method": method, "chance": 1.0, "blend": (1.0, 1.0)})
    target = cv2.imread(str(real / "real" / "a.png"))[..., ::-1].reshape(-1, 3).mean(0)
    before, out = scenery(), matched(scenery(), model, real, generator(1, "x"))
    assert out.shape == before.shape
    assert out.dtype == np.uint8
    gap_before, gap = (np.abs(picture.reshape(-1, 3).mean(0) - target).mean() for picture in (before, out))
    assert gap < 0.15 * gap_before
    np.testing.assert_array_equal(out, matched(scenery(), model, real, generator(1, "x")))


def test_matching_is_by_chance(real: Path) -> None:
    model = Match.model_validate({"folder": "real", "chance": 0.3})
    frame = scenery()
    kept = sum(matched(frame, model, real, generator(seed, "x")) is frame for seed in range(60))
    assert 32 <= kept <= 52


def test_fourier_of_the_mean_alone_shifts_every_channel() -> None:
    other = np.full((50, 60, 3), (120, 90, 140), np.uint8)
    frame = np.clip(scenery(), 60, 200)
    out = fourier(frame, other, 0.0).astype(float) - frame
    wanted = np.array([120, 90, 140]) - frame.reshape(-1, 3).mean(0)
    np.testing.assert_allclose(out - wanted, 0, atol=0.6)


def test_fourier_keeps_details_and_changes_large_patches() -> None:
    other = np.ascontiguousarray(scenery()[::-1, :, ::-1])
    change = fourier(scenery(), other, 0.0125).astype(float) - scenery()
    assert np.abs(change).mean() > 10
    assert np.abs(change - cv2.blur(change, (9, 9))).mean() < 2.5
    np.testing.assert_array_equal(fourier(scenery(), scenery(), 0.02), scenery())


@pytest.mark.parametrize(
    ("sensor", "words"),
    [
        ("{match: {folder: nowhere}}", "no such folder"),
        ("{match: {folder: real, beta: [0.01, 0.1]}}", "at most 0.02"),
        ("{match: {folder: real, method: fda}}", "fourier"),
        ("{downscale: [0.5, 2]}", "at least 1"),
        ("{blur: [0, 3]}", "unknown key"),
        ("{white_balance: [3000, 90000]}", "at most 20000"),
    ],
)
def test_sensors_that_cannot_be(real: Path, sensor: str, words: str) -> None:
    text = f"seedbed: scene/1\nname: x\nobjects: [{{class: cone, shape: cone, height: [0.3, 0.4]}}]\nsensor: {sensor}\n"
    with pytest.raises(DocumentError, match=words):
        check_scene(loads(text, Scene, real / "s.yaml"))
