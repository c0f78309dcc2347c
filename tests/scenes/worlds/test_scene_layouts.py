"""Layouts put things where they say: in a tray, in rows, on boards; lookalikes follow their rule."""

from __future__ import annotations

import colorsys
from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.core.documents import Document
from seedbed.core.errors import DocumentError
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.models.scene import Scene, load_scene
from seedbed.scenes.worlds.arrangement import arrange
from seedbed.scenes.worlds.physics import Physics

BALL = "{class: a, shape: ball, size: [0.1, 0.2]}"
HEAD = "seedbed: scene/1\nname: test\nimage: {size: [96, 96]}\n"


@pytest.fixture(scope="module")
def physics() -> Physics:
    return Physics()


def scene_of(tmp_path: Path, text: str) -> Document[Scene]:
    path = tmp_path / "scene.yaml"
    path.write_text(HEAD + text)
    return load_scene(path)


def test_a_tray_holds_its_things(tmp_path: Path, physics: Physics) -> None:
    document = scene_of(
        tmp_path,
        "world: {layout: tray, size: 0.5, tray: {size: [0.25, 0.3], wall: [0.07, 0.08], floor: [felt]}, empty: 0}\n"
        "objects: [{class: die, shape: die, count: [4, 9]}]\n",
    )
    for world in range(4):
        arrangement = arrange(document.value, world, physics)
        floor = arrangement.fixtures[0]
        assert len(arrangement.fixtures) == 5
        for pose in arrangement.poses:
            assert (np.abs(pose[:2, 3]) < np.array(floor.size[:2]) / 2).all()
        view = Dresser(document.value, tmp_path).view(world, arrangement)
        assert len(view.scenery) >= 5


def test_a_grid_turns_things_as_it_is_told(tmp_path: Path, physics: Physics) -> None:
    document = scene_of(
        tmp_path,
        "world: {layout: grid, grid: {columns: [4, 5], rows: [3, 4], filled: [1, 1]}, empty: 0}\n"
        "objects: [{class: a, shape: card, yaw: [-10, 20], count: [12, 14]}]\n",
    )
    arrangement = arrange(document.value, 0, physics)
    turns = [np.degrees(np.arctan2(pose[1, 0], pose[0, 0])) for pose in arrangement.poses]
    assert all(-10 <= turn <= 20 for turn in turns)
    assert max(turns) - min(turns) > 5


@pytest.mark.parametrize("layout", ["shelf", "street"])
def test_sides_that_a_layout_settles_are_refused(tmp_path: Path, layout: str) -> None:
    with pytest.raises(DocumentError) as error:
        scene_of(
            tmp_path,
            f"world: {{layout: {layout}}}\ncamera: {{orbit: {{azimuth: [0, 90]}}}}\n"
            "objects: [{class: a, shape: bottle, yaw: [0, 90]}]\n",
        )
    assert [(problem.line, problem.column) for problem in error.value.problems] == [(5, 18), (6, 37)]


def test_photographs_over_a_street_are_refused(tmp_path: Path) -> None:
    (tmp_path / "views").mkdir()
    cv2.imwrite(str(tmp_path / "views" / "a.png"), np.zeros((8, 8, 3), np.uint8))
    with pytest.raises(DocumentError, match="no photograph stands over a street.*hdri"):
        scene_of(
            tmp_path,
            "world: {layout: street, backdrop: [{folder: views, empty: true}]}\n"
            "objects: [{class: a, shape: car, count: [1, 2]}]\n",
        )


def test_a_grid_has_room_between_its_things(tmp_path: Path, physics: Physics) -> None:
    document = scene_of(
        tmp_path,
        "world: {layout: grid, grid: {columns: [3, 5], rows: [2, 4], filled: [1, 1]}, empty: 0}\n"
        "objects: [{class: box, shape: box, size: [0.1, 0.2], upright: 1, count: [12, 20]}]\n",
    )
    for world in range(4):
        arrangement = arrange(document.value, world, physics)
        assert 6 <= len(arrangement.pieces) <= 20
        spots = np.array([pose[:2, 3] for pose in arrangement.poses])
        away = np.linalg.norm(spots[:, None] - spots[None], axis=2) + 9 * np.eye(len(spots))
        reach = max(np.hypot(*np.abs(piece.shape.hull[:, :2]).max(0)) for piece in arrangement.pieces)
        assert away.min() > reach
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            low = (piece.shape.hull @ pose[:3, :3].T)[:, 2].min() + pose[2, 3]
            assert low == pytest.approx(0, abs=1e-9)


def test_goods_stand_on_boards_and_do_not_meet(tmp_path: Path, physics: Physics) -> None:
    document = scene_of(
        tmp_path,
        "world: {layout: shelf, empty: 0, shelf: {gaps: 0}}\n"
        "objects: [{class: box, shape: box, size: [0.08, 0.2], upright: 1, count: [20, 40]}]\n",
    )
    for world in range(4):
        arrangement = arrange(document.value, world, physics)
        assert len(arrangement.pieces) > 5
        tops = {round(fixture.top, 6) for fixture in arrangement.fixtures if fixture.size[0] > 0.5}
        boxes = []
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            points = piece.shape.hull @ pose[:3, :3].T + pose[:3, 3]
            assert round(float(points[:, 2].min()), 6) in tops
            boxes.append((points.min(0), points.max(0)))
        for index, (low, high) in enumerate(boxes):
            for other_low, other_high in boxes[:index]:
                overlap = np.minimum(high, other_high) - np.maximum(low, other_low)
                assert (overlap < 0.03).any()
        camera = Dresser(document.value, tmp_path).view(world, arrangement).camera
        assert camera.pose[1, 3] < 0


def test_lookalikes_follow_their_rule(tmp_path: Path, physics: Physics) -> None:
    document = scene_of(
        tmp_path,
        "world: {empty: 0}\nobjects:\n"
        "  - {class: ball, shape: ball, size: [0.2, 0.3], color: {hue: [100, 130], saturation: [0.9, 1]}}\n"
        "  - {shape: lookalike, of: ball, rule: 'same shape, other colour', count: [2, 2]}\n"
        "  - {shape: lookalike, of: ball, rule: 'same colour, other shape', count: [2, 2]}\n",
    )
    for world in range(3):
        arrangement = arrange(document.value, world, physics)
        view = Dresser(document.value, tmp_path).view(world, arrangement)
        assert [piece.name for piece in arrangement.pieces].count("ball") == 1
        for piece, body in zip(arrangement.pieces, view.bodies, strict=True):
            hue, saturation, _ = colorsys.rgb_to_hsv(*body.material.color)
            green = 95 < hue * 360 < 135 and saturation > 0.5
            assert green == (not piece.foreign)
            assert (piece.form == "ball") == (piece.name is not None or piece.foreign)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"objects: [{BALL}, {{shape: lookalike, of: b, rule: 'same shape, other colour'}}]", "no such class"),
        (f"arrangement: {{stacked: 0.6, touching: 0.6}}\nobjects: [{BALL}]", "add up to more than 1"),
        ("world: {layout: tray}\nobjects: [{class: a, shape: ball, size: [0.5, 0.6]}]", "fits no tray"),
        ("world: {layout: shelf}\nobjects: [{class: a, shape: cone, height: [2, 3]}]", "fits no shelf"),
    ],
)
def test_what_cannot_be_is_said_before_the_first_frame(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(DocumentError, match=words):
        scene_of(tmp_path, text + "\n")


def test_a_camera_can_be_told_how_large_things_are(tmp_path: Path, physics: Physics) -> None:
    document = scene_of(
        tmp_path,
        "camera: {fov: [60, 60], orbit: {pixels: [30, 40]}}\nworld: {empty: 0}\narrangement: {cut: 0}\n"
        "objects: [{class: ball, shape: ball, size: [0.2, 0.2], count: [1, 1]}]\n",
    )
    sizes = []
    for world in range(12):
        arrangement = arrange(document.value, world, physics)
        camera = Dresser(document.value, tmp_path).view(world, arrangement).camera
        distance = float(np.linalg.norm(camera.pose[:3, 3] - arrangement.poses[0][:3, 3]))
        sizes.append(0.2 * camera.matrix()[1, 1] / distance)
    assert np.median(sizes) == pytest.approx(35, abs=6)
