from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np
import pytest

from seedbed.core.documents import loads
from seedbed.core.keys import generator
from seedbed.scenes import Scene
from seedbed.scenes.shapes.dice import PIPS, die, rounded_cube, turns
from seedbed.scenes.shapes.meshes import CUBE
from seedbed.scenes.surfaces.prints import pips
from seedbed.scenes.worlds.arrangement import arrange
from seedbed.scenes.worlds.physics import Physics

NAMES = ("one", "two", "three", "four", "five", "six")


@pytest.fixture
def physics() -> Iterator[Physics]:
    physics = Physics()
    yield physics
    physics.close()


def test_opposite_sides_add_up_to_seven_and_the_first_three_run_counter_clockwise() -> None:
    place = {number: CUBE[side] for side, number in enumerate(PIPS)}
    for number in range(1, 7):
        np.testing.assert_array_equal(place[number], -place[7 - number])
    assert np.linalg.det(np.stack([place[1], place[2], place[3]])) == 1


def test_the_atlas_shows_the_number_of_each_side() -> None:
    plain = 0
    for seed in range(12):
        picture = pips((0.8, 0.05, 0.05), generator(seed, "pips")).astype(int)
        if len(np.unique(picture[:2].reshape(-1, 3), axis=0)) > 1:
            continue  # marbled
        plain += 1
        for side, number in enumerate(PIPS):
            x, y = side % 3 * 128, (1 - side // 3) * 128
            part = picture[y : y + 128, x : x + 128]
            other = (np.abs(part - picture[0, 0]).sum(2) > 60).astype(np.uint8)
            assert cv2.connectedComponents(other)[0] - 1 == number
    assert plain >= 5


def test_the_class_is_the_side_up_in_every_position() -> None:
    assert len({turn.tobytes() for turn in turns()}) == 24
    seen = set()
    for seed in range(40):
        shape = die(0.016, 0.3, NAMES, generator(seed, "die"))
        for turn in turns() if seed < 6 else ():
            pose = np.eye(4)
            pose[:3, :3] = turn
            name = shape.name_of(pose, None)
            # The highest faces of the mesh lie on the side of that name in the atlas.
            heights = (shape.mesh.vertices @ turn.T)[:, 2][shape.mesh.faces].min(1)
            u, v = shape.mesh.uvs[shape.mesh.faces[int(np.argmax(heights))]].mean(0)
            assert NAMES[PIPS[int(v * 2) * 3 + int(u * 3)] - 1] == name
        seen.add(shape.name_of(np.eye(4), None))
    assert seen == set(NAMES), "any face is up from the start"


def test_a_die_without_faces_has_the_class_of_the_scene() -> None:
    assert die(0.016, 0.3, (), generator(0, "die")).name_of(np.eye(4), "die") == "die"


def test_rounded_cube_measures() -> None:
    mesh = rounded_cube((0.2, 0.3, 0.4), 0.05)
    np.testing.assert_allclose(np.ptp(mesh.vertices, axis=0), (0.2, 0.3, 0.4), atol=1e-6)
    corners = mesh.vertices.astype(float)[mesh.faces]
    volume = (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() / 6
    a, b, c, r = 0.1, 0.2, 0.3, 0.05  # inner box, four of each edge's quarter round, one ball
    exact = a * b * c + 2 * r * (a * b + b * c + a * c) + np.pi * r**2 * (a + b + c) + 4 / 3 * np.pi * r**3
    assert volume == pytest.approx(exact, rel=0.01)


def test_dice_settle_on_a_side_and_are_called_by_the_opposite_one(physics: Physics) -> None:
    text = (
        "seedbed: scene/1\nname: dice\nworld: {size: 0.5, empty: 0}\narrangement: {cluster: 0}\nobjects:\n"
        "  - {shape: die, size: [0.016, 0.016], faces: [one, two, three, four, five, six], count: [6, 6]}\n"
    )
    scene = loads(text, Scene).value
    assert scene.classes == NAMES
    found, level = set(), 0
    for world in range(6):
        arrangement = arrange(scene, world, physics)
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            up = {name: float(pose[2, :3] @ direction) for name, direction in piece.shape.sides}
            assert piece.name == max(up, key=lambda name: up[name])
            level += up[piece.name] > 0.99
            found.add(piece.name)
    assert found == set(NAMES)
    assert level >= 34, "of 36; a die may lean on another"
