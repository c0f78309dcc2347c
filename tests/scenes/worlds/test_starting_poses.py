"""Starting poses: none touches another, what lies over another starts higher, small things settle as large ones do."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core.keys import generator
from seedbed.scenes.models.arrangement import ArrangementModel
from seedbed.scenes.models.layouts import Tray
from seedbed.scenes.shapes.cones import cone
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.shapes.solids import ball, box
from seedbed.scenes.worlds.fixtures import tray
from seedbed.scenes.worlds.physics import Drop, Fixed, Physics
from seedbed.scenes.worlds.placing import Falling, drops
from seedbed.scenes.worlds.turns import rotation


@pytest.fixture(scope="module")
def physics() -> Physics:
    return Physics()


def shapes(rng: np.random.Generator, count: int, scale: float = 1.0) -> list[Shape]:
    makers = (
        lambda: box((rng.uniform(0.1, 0.3, 3) * scale).tolist()),
        lambda: ball(float(rng.uniform(0.1, 0.3)) * scale),
        lambda: cone(0.3 * scale, 0.2 * scale),
        lambda: box((0.06 * scale, 0.09 * scale, 0.001 * scale)),
    )
    return [makers[int(rng.integers(len(makers)))]() for _ in range(count)]


def apart(one: Drop, two: Drop) -> bool:
    """Whether a plane along the vertical or one of many level directions parts two hulls."""
    a = one.hull @ rotation(one.quaternion).T + one.position
    b = two.hull @ rotation(two.quaternion).T + two.position
    ways = np.array([[np.cos(t), np.sin(t), 0] for t in np.arange(32) * np.pi / 32] + [[0, 0, 1]]).T
    low, high = (a @ ways), (b @ ways)
    return bool(((low.min(0) > high.max(0)) | (low.max(0) < high.min(0))).any())


@given(seed=st.integers(0, 10**6), low=st.floats(-180, 180), wide=st.floats(0, 180))
def test_yaw_turns_what_stands_and_nothing_else(seed: int, low: float, wide: float) -> None:
    rng = generator(seed, "test")
    things = [Falling(shape, True, True, (low, low + wide)) for shape in shapes(rng, 4)]
    for drop in drops(things, ArrangementModel(), rng, half=(1.0, 0.7)):
        matrix = rotation(drop.quaternion)
        np.testing.assert_allclose(matrix[:, 2], (0, 0, 1), atol=1e-12)
        turn = np.degrees(np.arctan2(matrix[1, 0], matrix[0, 0]))
        assert (turn - low + 1e-6) % 360 <= wide + 2e-6


@settings(max_examples=40)
@given(
    seed=st.integers(0, 10**6),
    count=st.integers(1, 14),
    stacked=st.floats(0, 0.4),
    overlapping=st.floats(0, 0.3),
    touching=st.floats(0, 0.3),
)
def test_nothing_touches_at_the_start(
    seed: int, count: int, stacked: float, overlapping: float, touching: float
) -> None:
    rng = generator(seed, "test")
    rules = ArrangementModel(stacked=stacked, overlapping=overlapping, touching=touching)
    things = [Falling(shape, bool(rng.uniform() < 0.5), True) for shape in shapes(rng, count)]
    found = drops(things, rules, rng, half=(1.0, 0.7), floor=0.01)
    assert len(found) == count
    for index, drop in enumerate(found):
        assert ((drop.hull @ rotation(drop.quaternion).T)[:, 2] + drop.position[2]).min() > 0.01
        assert all(apart(drop, other) for other in found[:index])


def test_things_touch_when_asked_to(physics: Physics) -> None:
    rng = generator(3, "test")
    things = [Falling(box((0.2, 0.2, 0.2)), True, True) for _ in range(6)]
    rules = ArrangementModel(cluster=0, touching=1, stacked=0, overlapping=0)
    poses = physics.settle(drops(things, rules, rng, half=(2.0, 2.0)))
    middles = np.array([pose[:3, 3] for pose in poses])
    away = np.linalg.norm(middles[:, None] - middles[None], axis=2) + np.eye(6) * 9
    assert (away.min(1) < 0.36).all()


def test_things_lie_on_others_when_asked_to(physics: Physics) -> None:
    rng = generator(4, "test")
    things = [Falling(box((0.3, 0.3, 0.1)), True, True) for _ in range(4)]
    rules = ArrangementModel(cluster=0, touching=0, stacked=1, overlapping=0)
    poses = physics.settle(drops(things, rules, rng, half=(2.0, 2.0)))
    assert max(pose[2, 3] for pose in poses) > 0.14


@pytest.mark.parametrize("scale", [1.0, 0.1, 0.01])
def test_small_things_settle_on_the_ground(physics: Physics, scale: float) -> None:
    rng = generator(5, "test")
    things = [Falling(shape, False, True) for shape in shapes(rng, 8, scale)]
    found = drops(things, ArrangementModel(), rng, half=(1.5 * scale, 1.5 * scale))
    poses = physics.settle(found)
    for drop, pose in zip(found, poses, strict=True):
        low = (drop.hull @ pose[:3, :3].T)[:, 2].min() + pose[2, 3]
        assert -0.004 * scale < low < 0.7 * scale


def test_a_tray_keeps_what_is_dropped_in_it(physics: Physics) -> None:
    for seed in range(4):
        rng = generator(seed, "test")
        place = tray(Tray(size=(0.3, 0.3), floor=("felt",)), rng)
        things = [Falling(box((0.016, 0.016, 0.016)), False, True) for _ in range(12)]
        found = drops(things, ArrangementModel(), rng, half=place.half, floor=place.floor)
        fixed = [Fixed(each.corners, each.middle) for each in place.fixtures]
        poses = physics.settle(found, fixed)
        for pose in poses:
            assert abs(pose[0, 3]) < place.half[0]
            assert abs(pose[1, 3]) < place.half[1]
            assert pose[2, 3] > place.floor + 0.006
