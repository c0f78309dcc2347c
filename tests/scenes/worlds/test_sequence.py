"""Things that move in a sequence: at the speed they have, past one another, the same whenever it is asked."""

from __future__ import annotations

from functools import lru_cache
from itertools import combinations, pairwise
from pathlib import Path

import numpy as np
import pytest
from film_scenes import BELT, DROPPING, STREET

from seedbed.core.documents import Document, loads
from seedbed.core.errors import DocumentError
from seedbed.scenes import Scene
from seedbed.scenes.frames.filming import Footage
from seedbed.scenes.models.scene import load_scene
from seedbed.scenes.worlds.footprints import Footprint, layers, meet
from seedbed.scenes.worlds.motion import Film, film_of
from seedbed.scenes.worlds.physics import Physics

WORLDS = 2


@lru_cache(maxsize=1)
def physics() -> Physics:
    return Physics()


@lru_cache(maxsize=8)
def film(text: str, world: int) -> Film:
    return film_of(loads(text, Scene).value, world, physics())


def steps(made: Film) -> np.ndarray:
    """(F - 1, N) level distance that each piece moves from one frame to the next."""
    return np.linalg.norm(np.diff(made.poses[:, :, :2, 3], axis=0), axis=2)


@pytest.mark.parametrize(("text", "fps"), [(STREET, 10), (BELT, 5)])
def test_what_moves_moves_by_its_speed(text: str, fps: int) -> None:
    ranges = {actor.of: actor.speed for actor in loads(text, Scene).value.sequence.actors}  # type: ignore[union-attr]
    moving = set()
    for world in range(WORLDS):
        made = film(text, world)
        for index, piece in enumerate(made.base.pieces):
            step = steps(made)[:, index]
            assert np.ptp(step) < 1e-9
            if step[0] > 0:
                low, high = ranges[piece.name or ""]
                assert low - 1e-9 <= step[0] * fps <= high + 1e-9
                moving.add(piece.name)
    assert moving == set(ranges)


def footprint(made: Film, frame: int, index: int) -> Footprint:
    now = made.at(frame)
    shape, pose = now.pieces[index].shape, now.poses[index]
    low = float(shape.mesh.vertices[:, 2].min())
    turn = float(np.arctan2(pose[1, 0], pose[0, 0]))
    return Footprint(layers(shape), float(pose[0, 3]), float(pose[1, 3]), float(pose[2, 3]) + low, turn)


def test_nobody_meets_anybody_on_a_street() -> None:
    near = 0
    for world in range(WORLDS):
        made = film(STREET, world)
        moving = [index for index in range(len(made.base.pieces)) if steps(made)[0, index] > 0]
        assert len(moving) >= 5
        for frame in range(0, 40, 3):
            prints = [footprint(made, frame, index) for index in range(len(made.base.pieces))]
            for one, two in combinations(range(len(prints)), 2):
                if {one, two} & set(moving):
                    away = np.hypot(prints[one].x - prints[two].x, prints[one].y - prints[two].y)
                    if away < prints[one].reach + prints[two].reach:
                        near += 1
                        assert not meet(prints[one], prints[two]), (world, frame, one, two)
    assert near > 10


def test_cars_follow_their_lane_and_people_their_sidewalk() -> None:
    for world in range(WORLDS):
        made = film(STREET, world)
        street = made.base.street
        assert street is not None
        for index, piece in enumerate(made.base.pieces):
            way = made.poses[-1, index, :3, 3] - made.poses[0, index, :3, 3]
            if np.hypot(*way[:2]) == 0:
                continue
            np.testing.assert_allclose(made.poses[0, index, :2, 0], way[:2] / np.hypot(*way[:2]), atol=1e-9)
            y = made.poses[0, index, 1, 3]
            side = 1 if y > 0 else -1
            if piece.form == "car":
                assert np.sign(way[0]) == street.heading(side)
                assert abs(y) < street.carriage(side)
            else:
                inner, outer = street.walk(side)
                assert inner < abs(y) < outer


def test_walkers_keep_a_foot_on_the_ground_and_step_with_their_speed() -> None:
    made = film(STREET, 0)
    assert made.gaits
    for index, gait in made.gaits.items():
        reach = [abs(s.keypoints["left_ankle"][0] - s.keypoints["right_ankle"][0]) for s in gait.phases]
        cycle = np.diff(gait.cycles)
        np.testing.assert_allclose(steps(made)[:, index] / cycle, 2 * max(reach), rtol=1e-9)
        faces = {shape.mesh.faces.shape for shape in gait.phases}
        slots = {shape.slots for shape in gait.phases}
        assert len(faces) == len(slots) == 1  # or surfaces would jump from one part to another
        for frame in range(0, 40, 7):
            now = made.at(frame)
            low = float((now.pieces[index].shape.mesh.vertices @ now.poses[index][:3, :3].T)[:, 2].min())
            assert now.poses[index][2, 3] + low == pytest.approx(now.street.kerb, abs=1e-5)  # type: ignore[union-attr]


def test_a_belt_passes_what_stands_beside_it() -> None:
    for world in range(WORLDS):
        made = film(BELT, world)
        belt = made.base.fixtures[0]
        moves = steps(made)[0] > 0
        assert moves.any()
        assert np.ptp(steps(made)[:, moves]) < 1e-9
        for index, piece in enumerate(made.base.pieces):
            aside = abs(made.poses[0, index, 1, 3])
            if moves[index]:
                assert aside < belt.size[1] / 2
            else:
                assert aside - piece.shape.radius > belt.size[1] / 2


def test_the_fall_is_seen_and_obeys_gravity() -> None:
    made = film(DROPPING, 0)
    height = made.poses[:, :, 2, 3]
    # Until something is hit; a fifth of the fall is given away to the damping of the air and whole steps.
    fallen = height[0] - height[1]
    np.testing.assert_allclose(fallen, 9.81 / 2 / 12**2, rtol=0.2)
    assert (height[0] - height[-1] > 0.3).all()
    assert {piece.name for piece in made.base.pieces} == {"die", "box"}


@pytest.mark.parametrize("text", [STREET, BELT, DROPPING])
def test_a_film_is_a_function_of_seed_and_number(text: str) -> None:
    one = film(text, 1)
    film_of(loads(text, Scene).value, 2, physics())
    two = film_of(loads(text, Scene).value, 1, Physics())
    assert one.poses.tobytes() == two.poses.tobytes()
    assert [piece.name for piece in one.base.pieces] == [piece.name for piece in two.base.pieces]


def test_a_driving_camera_keeps_its_speed_and_its_headway() -> None:
    text = STREET.replace("splits", "  camera: {move: vehicle, speed: [5, 9]}\nsplits")
    made = film(text, 0)
    footage = Footage(loads(text, Scene).value, Path(), made, 0)
    eyes = np.array([camera.pose[:3, 3] for camera in footage.cameras])
    step = np.linalg.norm(np.diff(eyes, axis=0), axis=1)
    assert np.ptp(step) < 1e-9
    assert 5 - 1e-9 <= step[0] * 10 <= 9 + 1e-9
    for frame in range(0, 40, 4):
        here = Footprint(np.array([[-0.2, -0.8, -1.2, 1.0, 0.8, 0.2]]), *map(float, eyes[frame]), made.heading)
        assert not any(meet(here, footprint(made, frame, index)) for index in range(len(made.base.pieces)))


def test_a_camera_pans_around_the_vertical() -> None:
    text = BELT.replace("fps: 5,", "fps: 5, camera: {move: pan, turn: [10, 10]},")
    cameras = Footage(loads(text, Scene).value, Path(), film(text, 0), 0).cameras
    for one, two in pairwise(cameras):
        np.testing.assert_array_equal(one.pose[:3, 3], two.pose[:3, 3])
        turn = two.pose[:3, :3] @ one.pose[:3, :3].T
        assert np.degrees(np.arctan2(turn[1, 0], turn[0, 0])) == pytest.approx(2.0)
        assert turn[2, 2] == pytest.approx(1.0)


def test_a_camera_is_carried_along_its_path() -> None:
    path = "camera: {path: {points: [[-3, -1, 1], [3, -1, 1]], jitter: 0.1}}\n"
    text = path + BELT.replace("fps: 5,", "fps: 5, camera: {move: path, speed: [0.5, 0.5]},")
    cameras = Footage(loads(text, Scene).value, Path(), film(BELT, 0), 0).cameras
    for one, two in pairwise(cameras):
        np.testing.assert_allclose(two.pose[:3, 3] - one.pose[:3, 3], [0.1, 0, 0], atol=1e-9)
        np.testing.assert_allclose(two.pose[:3, :3], one.pose[:3, :3], atol=1e-9)


def test_motion_while_the_shutter_is_open() -> None:
    text = BELT.replace("fps: 5,", "fps: 5, shutter: [0.5, 0.5],")
    footage = Footage(loads(text, Scene).value, Path(), film(BELT, 0), 0)
    step = footage.film.poses[1, :, :3, 3] - footage.film.poses[0, :, :3, 3]
    for number in (0, 3):
        motion = footage.motion(number)
        assert motion is not None
        np.testing.assert_allclose([motion.turn, motion.move], 0, atol=1e-12)
        assert set(motion.bodies) == {index + 1 for index in range(len(step)) if step[index].any()}
        for body, way in motion.bodies.items():
            np.testing.assert_allclose(way, step[body - 1] / 2, atol=1e-12)
    closed = Footage(loads(text.replace("[0.5, 0.5]", "[0, 0]"), Scene).value, Path(), film(BELT, 0), 0)
    assert closed.motion(3) is None


def problems(tmp_path: Path, text: str) -> str:
    path = tmp_path / "scene.yaml"
    path.write_text(text)
    with pytest.raises(DocumentError) as caught:
        load_scene(path)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "old", "new", "words"),
    [
        (STREET, "of: car", "of: cat", ("sequence.actors.0.of", "did you mean 'car'")),
        (STREET, "layout: street, empty", "layout: grid, empty", ("no lanes", "no sidewalks", "world.layout: street")),
        (STREET, "frames: 40", "frames: 0", ("sequence.frames",)),
        (STREET, "frames: 40", "frames: 400", ("the street is too short", "239 m", "85 m")),
        (STREET, "of: person", "of: car", ("moves already",)),
        (STREET, "  fps: 10", "  fps: 10\n  start: dropping", ("nothing falls there",)),
        (BELT, "on: belt", "on: lanes", ("no lanes here", "scatter")),
        (BELT, "0.6]}]", "0.6]}, {of: ball, on: belt, speed: [1, 2]}]", ("one belt has one speed",)),
        (BELT, "size: 2,", "size: 2, layout: grid,", ("no belt here",)),
        (BELT, "fps: 5,", "fps: 5, camera: {move: vehicle},", ("only a street has lanes",)),
        (BELT, "fps: 5,", "fps: 5, camera: {move: pan, speed: [1, 2]},", ("speed",)),
        (BELT, "sensor: {", "sensor: {motion_blur: [0, 3], ", ("sensor.motion_blur", "sequence.shutter")),
        (BELT, "image:", "camera: {views: 3}\nimage:", ("camera.views", "sequence.frames")),
    ],
)
def test_mistakes_are_told_before_the_first_frame(
    tmp_path: Path, text: str, old: str, new: str, words: tuple[str, ...]
) -> None:
    assert old in text
    told = problems(tmp_path, text.replace(old, new))
    for word in words:
        assert word in told, told


def test_a_scene_without_a_sequence_is_as_before() -> None:
    document: Document[Scene] = loads(BELT.replace(BELT[BELT.index("sequence") : BELT.index("splits")], ""), Scene)
    assert document.value.sequence is None
    assert document.value.views == document.value.camera.views
