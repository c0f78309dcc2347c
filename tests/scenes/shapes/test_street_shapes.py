from __future__ import annotations

import numpy as np
import pytest

from seedbed.core.keys import generator
from seedbed.scenes.models import street as models
from seedbed.scenes.shapes.car import KINDS_OF_CAR, car
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.shapes.patches import Patch, block, build, polygon, tube
from seedbed.scenes.shapes.person import COCO_17, Look, person
from seedbed.scenes.shapes.street_furniture import OUTLINES, sign
from seedbed.scenes.surfaces.kinds import KINDS

MOST_TRIANGLES = {"house": 1000, "tree": 2500, "car": 3000, "person": 2700, "lamp": 400, "sign": 200}
THINGS: dict[str, models.Thing] = {
    "house": models.House(shape="house"),
    "tree": models.Tree(shape="tree", kinds=("broadleaf", "conifer", "poplar", "bush")),
    "car": models.Car(shape="car"),
    "person": models.Person(shape="person", helmet=0.5, vest=0.5),
    "lamp": models.Lamp(shape="lamp"),
    "sign": models.Sign(shape="sign"),
    "barrier": models.Barrier(shape="barrier"),
    "drum": models.Drum(shape="drum"),
}


def extent(shape: Shape) -> np.ndarray:
    return np.asarray(np.ptp(shape.mesh.vertices, axis=0), float)


@pytest.mark.parametrize("name", sorted(THINGS))
def test_makers_give_whole_shapes(name: str) -> None:
    for seed in range(6):
        shape = shape_of(THINGS[name], generator(seed, name))
        mesh = shape.mesh
        assert np.isfinite(mesh.vertices).all()
        assert np.isfinite(mesh.uvs).all()
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-3)
        assert 0 <= mesh.faces.min() <= mesh.faces.max() < len(mesh.vertices)
        corners = mesh.vertices.astype(float)[mesh.faces]
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        assert ((flat[:, None] * mesh.normals[mesh.faces]).sum(2) > -1e-6).all()
        # Every face belongs to one slot, and every slot has a surface.
        assert [slot.first for slot in shape.slots] == [0, *(slot.last for slot in shape.slots[:-1])]
        assert shape.slots[-1].last == len(mesh.faces)
        assert all(slot.kind in KINDS for slot in shape.slots)
        assert (np.abs(shape.hull) <= np.abs(mesh.vertices).max(0) + 1e-6).all()
        assert len(mesh.faces) <= MOST_TRIANGLES.get(name, 600)


@pytest.mark.parametrize("name", sorted(THINGS))
def test_makers_are_functions_of_their_generator(name: str) -> None:
    one, two = (shape_of(THINGS[name], generator(5, name)) for _ in range(2))
    np.testing.assert_array_equal(one.mesh.vertices, two.mesh.vertices)
    np.testing.assert_array_equal(one.mesh.faces, two.mesh.faces)


@pytest.mark.parametrize("kind", sorted(KINDS_OF_CAR))
def test_cars_measure_what_their_kind_says(kind: str) -> None:
    for seed in range(5):
        length, width, height = extent(car(kind, generator(seed, "car")))
        body = KINDS_OF_CAR[kind]
        assert body.length[0] <= length <= body.length[1] + 0.1
        assert body.width[0] <= width <= body.width[1] + 0.25  # mirrors
        assert body.height[0] <= height <= body.height[1] + 0.05


def test_cars_are_alike_left_and_right() -> None:
    vertices = car("saloon", generator(1, "car")).mesh.vertices
    assert vertices[:, 1].max() == pytest.approx(-vertices[:, 1].min(), abs=1e-3)


@pytest.mark.parametrize("phase", [None, 0.0, 0.2, 0.4, 0.6, 0.8])
def test_people_stand_on_the_ground_with_every_keypoint(phase: float | None) -> None:
    shape = person(1.8, Look(), generator(3, "person"), phase=phase)
    vertices = shape.mesh.vertices
    assert np.ptp(vertices[:, 2]) == pytest.approx(1.8, abs=0.07)
    assert tuple(shape.keypoints) == COCO_17
    points = np.array([shape.keypoints[name] for name in COCO_17])
    # Each lies in or on the body, left ones on the left of a person who faces +x.
    for name, point in shape.keypoints.items():
        assert np.linalg.norm(vertices - point, axis=1).min() < 0.12, name
    left, right = points[1::2], points[2::2]
    assert (left[:, 1] > right[:, 1]).all()
    ground = vertices[:, 2].min()
    ankles = np.array([shape.keypoints[f"{side}_ankle"][2] for side in ("left", "right")]) - ground
    assert ankles.min() < 0.14


def test_a_walk_is_the_same_half_a_cycle_later_on_the_other_side() -> None:
    one, two = (person(1.7, Look(), generator(3, "walk"), phase=phase) for phase in (0.15, 0.65))
    for name in ("knee", "ankle", "elbow"):
        left, right = np.array(one.keypoints[f"left_{name}"]), np.array(two.keypoints[f"right_{name}"])
        np.testing.assert_allclose(left * [1, -1, 1], right, atol=1e-6)


def test_helmet_and_vest_are_worn_where_asked() -> None:
    worker = models.Person(shape="person", helmet=1, vest=1)
    walker = models.Person(shape="person")
    kinds = {slot.kind for slot in shape_of(worker, generator(1, "w")).slots}
    assert {"person helmet", "person vest"} <= kinds
    kinds = {slot.kind for slot in shape_of(walker, generator(1, "w")).slots}
    assert not {"person helmet", "person vest"} & kinds


@pytest.mark.parametrize("name", sorted(OUTLINES))
def test_signs_face_ahead_at_their_height(name: str) -> None:
    shape = sign(name, 0.8, 2.1)
    slot = next(slot for slot in shape.slots if slot.kind == f"sign {name}")
    face = shape.mesh.vertices[shape.mesh.faces[slot.first : slot.last]].reshape(-1, 3)
    assert face[:, 2].min() - shape.mesh.vertices[:, 2].min() == pytest.approx(2.1, abs=1e-3)
    normals = shape.mesh.normals[shape.mesh.faces[slot.first : slot.last]].reshape(-1, 3)
    np.testing.assert_allclose(normals, [[1.0, 0, 0]] * len(normals), atol=1e-5)
    # The picture stands upright: v grows with z, u with y.
    places = shape.mesh.uvs[shape.mesh.faces[slot.first : slot.last]].reshape(-1, 2)
    assert np.corrcoef(places[:, 1], face[:, 2])[0, 1] > 0.99
    assert np.corrcoef(places[:, 0], face[:, 1])[0, 1] > 0.99


def test_patches_smooth_below_the_crease_only() -> None:
    shape = build([block((0, 0, 0), (1, 1, 1), "street paint")])
    assert len(shape.mesh.vertices) == 24
    path = np.array([[0, 0, 0], [0, 0, 1.0]])
    round_ = build([tube(path, np.ones(2), "street paint", around=24, caps="none")], crease=30)
    radial = round_.mesh.vertices[:, :2] / np.linalg.norm(round_.mesh.vertices[:, :2], axis=1, keepdims=True)
    np.testing.assert_allclose(round_.mesh.normals[:, :2], radial, atol=1e-2)


def test_a_mirrored_patch_still_faces_out() -> None:
    patch = polygon(np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0.0)]), "street paint")
    assert _up(patch) > 0
    assert _up(patch.turned(np.diag([1.0, -1, 1]))) > 0


def _up(patch: Patch) -> float:
    a, b, c = patch.corners[0]
    return float(np.cross(b - a, c - a)[2])
