from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator

import numpy as np
import pytest
from small_scene import SMALL

from seedbed.core.documents import loads
from seedbed.scenes import Scene
from seedbed.scenes.shapes.cones import cone
from seedbed.scenes.shapes.solids import box
from seedbed.scenes.worlds.arrangement import Arrangement, arrange
from seedbed.scenes.worlds.physics import Drop, Physics

UPRIGHT = (0.0, 0.0, 0.0, 1.0)


@pytest.fixture
def physics() -> Iterator[Physics]:
    physics = Physics()
    yield physics
    physics.close()


@pytest.fixture(scope="module")
def scene() -> Scene:
    return loads(SMALL, Scene).value


def bits(arrangement: Arrangement) -> list[bytes]:
    return [pose.tobytes() for pose in arrangement.poses]


def test_a_box_comes_to_rest_on_its_side(physics: Physics) -> None:
    (pose,) = physics.settle([Drop(box((0.2, 0.3, 0.4)).hull, (0.5, -0.5, 0.5), UPRIGHT)])
    assert pose[2, 3] == pytest.approx(0.2, abs=2e-3)
    assert pose[:2, 3] == pytest.approx((0.5, -0.5), abs=5e-3)
    np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)


def test_a_cone_on_its_base_stands(physics: Physics) -> None:
    shape = cone(0.32, 0.21)
    (pose,) = physics.settle([Drop(shape.hull, (0, 0, 0.12), UPRIGHT)])
    assert pose[2, 2] > 0.999
    low = (pose[:3, :3] @ shape.hull.T)[2].min() + pose[2, 3]
    assert low == pytest.approx(0, abs=2e-3)


def test_a_stack_keeps_apart(physics: Physics) -> None:
    hull = box((0.2, 0.2, 0.2)).hull
    low, high = physics.settle([Drop(hull, (0, 0, 0.11), UPRIGHT), Drop(hull, (0, 0, 0.33), UPRIGHT)])
    assert high[2, 3] - low[2, 3] == pytest.approx(0.2, abs=5e-3)


def test_a_world_does_not_depend_on_what_was_before(scene: Scene, physics: Physics) -> None:
    alone = bits(arrange(scene, 7, physics))
    for world in range(4):
        arrange(scene, world, physics)
    other = Physics()
    try:
        assert bits(arrange(scene, 7, other)) == bits(arrange(scene, 7, physics)) == alone
    finally:
        other.close()


def test_a_world_is_the_same_in_another_process(scene: Scene, physics: Physics) -> None:
    code = (
        "import hashlib, sys\n"
        "from seedbed.core.documents import loads\n"
        "from seedbed.scenes.models.scene import Scene\n"
        "from seedbed.scenes.worlds.arrangement import arrange\n"
        "from seedbed.scenes.worlds.physics import Physics\n"
        "a = arrange(loads(sys.stdin.read(), Scene).value, 3, Physics())\n"
        "print(hashlib.blake2b(b''.join(p.tobytes() for p in a.poses)).hexdigest())\n"
    )
    found = {
        subprocess.run(
            [sys.executable, "-c", code],
            input=SMALL,
            capture_output=True,
            text=True,
            check=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(found) == 1
    assert all(len(line.strip()) == 128 for line in found), "nothing but the digest goes to standard output"


def test_things_lie_on_the_ground_and_in_their_numbers(scene: Scene, physics: Physics) -> None:
    empty = 0
    for world in range(25):
        arrangement = arrange(scene, world, physics)
        names = [piece.name for piece in arrangement.pieces]
        assert [names.count(name) <= most for name, most in (("cone", 2), ("cube", 2), (None, 3))] == [True] * 3
        empty += not any(names)
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            low = (pose[:3, :3] @ piece.shape.hull.T)[2].min() + pose[2, 3]
            assert -0.02 < low < 0.8
    assert 0 < empty < 20


def test_the_greeting_of_pybullet_stays_off_the_terminal() -> None:
    code = "from seedbed.scenes.worlds.physics import Physics; Physics().close()"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout + done.stderr == ""


@pytest.mark.slow
def test_memory_stays_flat_over_worlds(scene: Scene, physics: Physics) -> None:
    psutil = pytest.importorskip("psutil")
    for world in range(100):
        arrange(scene, world, physics)
    before = psutil.Process().memory_info().rss
    for world in range(100, 600):
        arrange(scene, world, physics)
    # A leaked hull would be 4 KB a body: over 8 MB here.
    assert psutil.Process().memory_info().rss < before + 2_000_000


def test_a_hollow_thing_holds_another(physics: Physics) -> None:
    """A table of a board and two sides: what lies under its board stays there, what falls on it stays on top."""
    board, side = box((1.0, 1.0, 0.05)).hull, box((0.05, 1.0, 0.5)).hull
    across = np.array([0.475, 0.0, 0.0])
    parts = (board + np.array([0.0, 0.0, 0.275]), side - across, side + across)
    table = Drop(np.concatenate(parts), (0, 0, 0.26), UPRIGHT, 8.0, solids=parts)
    inner = Drop(box((0.2, 0.2, 0.2)).hull, (0, 0, 0.12), UPRIGHT)
    upper = Drop(box((0.2, 0.2, 0.2)).hull, (0, 0, 0.7), UPRIGHT)
    stands, below, above = physics.settle([table, inner, upper])
    assert stands[2, 3] == pytest.approx(0.25, abs=0.01)
    assert below[2, 3] == pytest.approx(0.1, abs=0.01)
    assert above[2, 3] == pytest.approx(0.65, abs=0.02)


def test_furniture_stays(physics: Physics) -> None:
    shelf = Drop(box((0.3, 0.3, 2.0)).hull, (0, 0, 1.0), UPRIGHT, static=True)
    ball = Drop(box((0.2, 0.2, 0.2)).hull, (0.26, 0, 0.3), UPRIGHT, 50.0)
    pose, _ = physics.settle([shelf, ball])
    assert pose[:3, 3] == pytest.approx((0, 0, 1.0), abs=1e-9)
