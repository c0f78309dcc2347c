from __future__ import annotations

from functools import lru_cache
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.core.keys import generator
from seedbed.scenes import load_scene, packs
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.frames.street_framing import standing
from seedbed.scenes.models.scene import Scene
from seedbed.scenes.models.street_layout import StreetModel
from seedbed.scenes.worlds.arrangement import Arrangement, arrange
from seedbed.scenes.worlds.footprints import Footprint, Ground, layers, meet
from seedbed.scenes.worlds.physics import Physics
from seedbed.scenes.worlds.street_plan import SIDES, Street, plan

WORLDS = 50


@lru_cache(maxsize=1)
def scene() -> Scene:
    return load_scene(packs()["street"]).value


@lru_cache(maxsize=64)
def world(number: int) -> Arrangement:
    # A street needs no physics: nothing is asked of it.
    return arrange(scene(), number, Physics.__new__(Physics))


def slices(arrangement: Arrangement, index: int) -> list[tuple[float, float, np.ndarray]]:
    """A body's convex outlines seen from above, in thin layers of height: (low, high, (N, 2) world)."""
    mesh, pose = arrangement.pieces[index].shape.mesh, arrangement.poses[index]
    corners = mesh.vertices.astype(float)[mesh.faces] @ pose[:3, :3].T + pose[:3, 3]
    low, high = corners[..., 2].min(1), corners[..., 2].max(1)
    levels = np.arange(0, corners[..., 2].max() + 0.4, 0.4)
    found = []
    for a, b in pairwise(levels):
        inside = corners[(high > a) & (low < b)]
        if len(inside):
            # Triangles may reach far out of the layer: only their part inside it counts.
            t = np.clip((np.array([a, b])[:, None, None] - inside[..., 2]) / _safe(inside), 0, 1)
            cut = inside[None] + t[..., None] * (np.roll(inside, -1, axis=1) - inside)[None]
            own = inside[(inside[..., 2] >= a) & (inside[..., 2] <= b)]
            flat = np.concatenate([cut.reshape(-1, 3), own])
            flat = flat[(flat[:, 2] >= a - 1e-6) & (flat[:, 2] <= b + 1e-6), :2]
            if len(flat) > 2:
                found.append((a, b, cv2.convexHull(flat.astype(np.float32))[:, 0]))
    return found


def _safe(triangles: np.ndarray) -> np.ndarray:
    rise = np.roll(triangles, -1, axis=1)[..., 2] - triangles[..., 2]
    return np.where(np.abs(rise) < 1e-9, np.inf, rise)


@pytest.mark.parametrize("worlds", [range(5), pytest.param(range(5, WORLDS), marks=pytest.mark.slow)])
def test_no_two_bodies_intersect(worlds: range) -> None:
    pairs = 0
    for number in worlds:
        arrangement = world(number)
        spots = np.array([pose[:2, 3] for pose in arrangement.poses])
        reach = [float(np.hypot(*piece.shape.mesh.vertices[:, :2].T).max()) for piece in arrangement.pieces]
        outlines: dict[int, list[tuple[float, float, np.ndarray]]] = {}
        for i in range(len(spots)):
            for j in range(i):
                if np.hypot(*(spots[i] - spots[j])) > reach[i] + reach[j]:
                    continue
                pairs += 1
                for k in (i, j):
                    if k not in outlines:
                        outlines[k] = slices(arrangement, k)
                for a, _, one in outlines[i]:
                    for c, _, two in outlines[j]:
                        if a == c:
                            area, _ = cv2.intersectConvexConvex(one, two)
                            names = arrangement.pieces[i].form, arrangement.pieces[j].form
                            assert area < 1e-4, (number, names, a, area)
    assert pairs > 15 * len(worlds)


def test_everything_stands_on_its_ground() -> None:
    for number in range(20):
        arrangement = world(number)
        street = arrangement.street
        assert street is not None
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            low = float((piece.shape.mesh.vertices @ pose[:3, :3].T + pose[:3, 3])[:, 2].min())
            on_road = -street.edge(-1) < pose[1, 3] < street.edge(1) and abs(pose[0, 3]) < street.half + 6
            assert low == pytest.approx(0.0 if on_road else street.kerb, abs=1e-5), piece.form
            np.testing.assert_allclose(pose[2, :3], [0, 0, 1], atol=1e-12)


def test_cars_keep_to_their_lanes_and_directions() -> None:
    driving = parked = 0
    for number in range(20):
        arrangement = world(number)
        street = arrangement.street
        assert street is not None
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            if piece.form != "car":
                continue
            body = piece.shape.mesh.vertices[np.abs(piece.shape.mesh.vertices[:, 1]) < 0.98]  # without mirrors
            side_reach = (body @ pose[:3, :3].T + pose[:3, 3])[:, 1]
            side = 1 if pose[1, 3] > 0 else -1
            out = np.abs(side_reach)
            if abs(pose[1, 3]) > street.carriage(side):
                parked += 1
                assert out.max() < street.edge(side)
                assert out.min() > street.carriage(side)
            else:
                driving += 1
                lane = int(abs(pose[1, 3]) / street.lane_width)
                assert out.min() > lane * street.lane_width
                assert out.max() < (lane + 1) * street.lane_width
                assert pose[0, 0] * street.heading(side) > 0.99
    assert driving > 50
    assert parked > 20


def test_people_are_on_sidewalks_crossings_or_at_work() -> None:
    for number in range(20):
        arrangement = world(number)
        street = arrangement.street
        assert street is not None
        for piece, pose in zip(arrangement.pieces, arrangement.poses, strict=True):
            if piece.form == "person":
                x, y = pose[:2, 3]
                inner, outer = street.walk(1 if y > 0 else -1)
                assert inner < abs(y) < outer or any(abs(x - at) < 1.7 for at in street.crossings)


def test_worlds_are_functions_of_seed_and_number() -> None:
    one, two = (arrange(scene(), 3, Physics.__new__(Physics)) for _ in range(2))
    assert [piece.form for piece in one.pieces] == [piece.form for piece in two.pieces]
    np.testing.assert_array_equal(np.array(one.poses), np.array(two.poses))
    # Copies share a mesh, and worlds draw from the same shapes.
    assert all(a.shape is b.shape for a, b in zip(one.pieces, two.pieces, strict=True))


def test_cameras_stand_free_and_look_along_the_street() -> None:
    dresser = Dresser(scene(), Path())
    heights = set()
    for number in range(12):
        arrangement = world(number)
        pose = dresser.view(number * 2, arrangement).camera.pose
        x, y, z = pose[:3, 3]
        heights.add("low" if z < 2.2 else "high")
        box = np.array([[-0.1, -0.1, -0.1, 0.1, 0.1, 0.1]])
        assert standing(arrangement).free(Footprint(box, x, y, z, 0.0))
        np.testing.assert_allclose(pose[:3, :3] @ pose[:3, :3].T, np.eye(3), atol=1e-9)
        assert pose[2, 1] > 0.5
    assert heights == {"low", "high"}


def _streets(**keys: object) -> list[Street]:
    model = StreetModel(**keys)  # type: ignore[arg-type]
    return [plan(model, generator(1, "plan", number)) for number in range(20)]


def test_paths_lead_where_traffic_goes() -> None:
    for street in _streets(drive="left", lanes=(2, 5)):
        lanes = [path for path in street.paths() if path.kind == "lane"]
        assert len(lanes) == sum(street.lanes)
        for path in lanes:
            ahead = path.points[-1, 0] > path.points[0, 0]
            assert (path.points[0, 1] > 0) == ahead  # on the left, seen along the way
        walks = [path for path in street.paths() if path.kind == "sidewalk"]
        assert [path.points[0, 1] > 0 for path in walks] == [False, True]
        assert all(path.both and path.points[0, 2] == street.kerb for path in walks)


def test_a_street_keeps_to_its_ranges() -> None:
    for street in _streets(lanes=(3, 3), lane_width=(3.0, 3.1), sidewalk=(2, 2.5), crossings=(0, 0), roadworks=1):
        assert street.lanes == (2, 1)
        assert 3.0 <= street.lane_width <= 3.1
        assert street.works is not None
        assert street.crossings == ()
        for side in SIDES:
            inner, outer = street.walk(side)
            assert 2 <= outer - inner <= 2.5


def test_boxes_meet_or_not() -> None:
    box = np.array([[-1.0, -0.5, 0, 1, 0.5, 2]])
    here = Footprint(box, 0, 0, 0, 0)
    assert meet(here, Footprint(box, 1.9, 0, 0, 0))
    assert not meet(here, Footprint(box, 2.1, 0, 0, 0))
    assert not meet(here, Footprint(box, 1.9, 0, 2.1, 0))
    assert not meet(here, Footprint(box, 1.6, 0, 0, np.pi / 2))
    assert meet(here, Footprint(box, 1.6, 0.9, 0, np.pi / 4))
    ground = Ground()
    ground.add(here)
    assert not ground.free(Footprint(box, 0.5, 0.2, 0, 1.0))
    assert ground.free(Footprint(box, 5, 0, 0, 0))


def test_layers_hold_their_shape() -> None:
    for piece in world(1).pieces:
        boxes, vertices = layers(piece.shape), piece.shape.mesh.vertices
        assert np.allclose(boxes[:, :2].min(0), vertices[:, :2].min(0), atol=1e-5)
        assert np.allclose(boxes[:, 3:5].max(0), vertices[:, :2].max(0), atol=1e-5)
        assert boxes[-1, 5] == pytest.approx(float(np.ptp(vertices[:, 2])), abs=1e-4)
