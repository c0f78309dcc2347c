"""Every maker of goods, over many seeds: what a shape must be, whatever was drawn."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any, get_args

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core.documents import loads
from seedbed.core.keys import generator
from seedbed.scenes import Scene
from seedbed.scenes.frames.dressing import Dresser
from seedbed.scenes.models.objects import Goods
from seedbed.scenes.models.thing import Thing
from seedbed.scenes.shapes.catalogue import shape_of
from seedbed.scenes.shapes.goods import GOODS
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.surfaces.kinds import KINDS
from seedbed.scenes.worlds.arrangement import Arrangement, Piece

MODELS: dict[str, Any] = {get_args(model.model_fields["shape"].annotation)[0]: model for model in get_args(Goods)}
SEEDS = 8
# Parts of their own that touch or reach into each other; each is closed.
MOST_TRIANGLES = 2000


def kinds_of(form: str) -> list[str | None]:
    field = MODELS[form].model_fields.get("kinds")
    return list(dict.fromkeys(get_args(get_args(field.annotation)[0]))) if field else [None]


CASES = [(form, kind) for form in sorted(MODELS) for kind in kinds_of(form)]


def thing_of(form: str, kind: str | None, **keys: Any) -> Thing:
    made: Thing = MODELS[form](shape=form, **({"kinds": (kind,)} if kind else {}), **keys)
    return made


def welded(shape: Shape) -> np.ndarray:
    """Faces by place instead of by vertex, without those of no area."""
    points = shape.mesh.vertices.astype(float)
    places = np.round(points / np.ptp(points, axis=0).max() * 20000).astype(int)
    _, same = np.unique(places, axis=0, return_inverse=True)
    faces = same[shape.mesh.faces]
    wrong = (faces[:, 0] == faces[:, 1]) | (faces[:, 1] == faces[:, 2]) | (faces[:, 0] == faces[:, 2])
    return np.asarray(faces[~wrong])


def test_every_good_has_a_maker() -> None:
    assert set(MODELS) <= set(GOODS)


@pytest.mark.parametrize(("form", "kind"), CASES)
def test_makers_give_whole_shapes(form: str, kind: str | None) -> None:
    for seed in range(SEEDS):
        thing = thing_of(form, kind)
        shape = shape_of(thing, generator(seed, form))
        mesh = shape.mesh
        assert mesh.vertices.dtype == mesh.normals.dtype == mesh.uvs.dtype == np.float32
        assert len(mesh.vertices) == len(mesh.normals) == len(mesh.uvs)
        assert 0 <= mesh.faces.min() <= mesh.faces.max() < len(mesh.vertices)
        assert np.isfinite(mesh.uvs).all()
        assert len(mesh.faces) <= MOST_TRIANGLES
        corners = mesh.vertices.astype(float)[mesh.faces]
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        solid = np.linalg.norm(flat, axis=1) > 1e-10
        np.testing.assert_allclose(np.linalg.norm(mesh.normals, axis=1), 1, atol=1e-3)
        assert ((flat[:, None] * mesh.normals[mesh.faces]).sum(2)[solid] > -1e-9).all(), "faces and normals agree"
        assert (corners[:, 0] * np.cross(corners[:, 1], corners[:, 2])).sum() > 0, "outwards"
        assert all(slot.kind in KINDS for slot in shape.slots)
        assert all(one.last <= two.first for one, two in zip(shape.slots, shape.slots[1:], strict=False))
        assert all(0 <= slot.first < slot.last <= len(mesh.faces) for slot in shape.slots)
        assert shape.surface == "" or shape.surface in KINDS
        # Sizes: no side longer than the scene allows, and the asked one within its range.
        size = np.ptp(mesh.vertices, axis=0).astype(float)
        assert size.max() <= thing.extent * 1.3
        for key, axes in {"height": (2,), "length": (0, 1)}.items():
            wanted = getattr(thing, key, None)
            if wanted is not None and form not in ("crate",):
                assert wanted[0] - 1e-3 <= size[list(axes)].max() <= wanted[1] + 1e-3, (key, size)
        # What collides holds what is drawn, but for what is rounder than a few points can be.
        slack = 0.06 * size.max()
        ways = generator(seed, "ways").standard_normal((20, 3))
        for axis in np.concatenate([np.eye(3), ways / np.linalg.norm(ways, axis=1, keepdims=True)]):
            drawn, hull = mesh.vertices @ axis, shape.hull @ axis
            assert hull.min() - slack <= drawn.min()
            assert drawn.max() <= hull.max() + slack
            assert hull.max() <= drawn.max() + 1e-3
        low, high = mesh.vertices.min(0), mesh.vertices.max(0)
        assert (low * high < 0).all(), "the origin lies inside"
        for part in shape.solids:
            assert (part >= low - 0.01 * size.max()).all()
            assert (part <= high + 0.01 * size.max()).all()
        for board in shape.boards:
            assert low[2] <= board.low[2] <= high[2] + 1e-5
            assert board.high[0] > board.low[0]
            assert board.high[1] > board.low[1]
            assert board.clear > 0


@pytest.mark.parametrize(("form", "kind"), [case for case in CASES if case[1] != "traffic"])
def test_surfaces_are_closed(form: str, kind: str | None) -> None:
    for seed in range(3):
        faces = welded(shape_of(thing_of(form, kind), generator(seed, form)))
        edges: Counter[tuple[int, int]] = Counter()
        for one, two in ((0, 1), (1, 2), (2, 0)):
            edges.update(zip(faces[:, one].tolist(), faces[:, two].tolist(), strict=True))
        unmatched = sum(count != edges[two, one] for (one, two), count in edges.items())
        assert unmatched == 0


@pytest.mark.parametrize(("form", "kind"), CASES)
def test_makers_are_functions_of_their_generator_and_vary(form: str, kind: str | None) -> None:
    one, two, other = (shape_of(thing_of(form, kind), generator(seed, form)) for seed in (5, 5, 6))
    np.testing.assert_array_equal(one.mesh.vertices, two.mesh.vertices)
    if form != "pallet":
        assert one.mesh.vertices.shape != other.mesh.vertices.shape or (one.mesh.vertices != other.mesh.vertices).any()


def test_known_measures() -> None:
    pallet = shape_of(thing_of("pallet", "wood"), generator(0, "p"))
    np.testing.assert_allclose(np.ptp(pallet.mesh.vertices, axis=0), (1.2, 0.8, 0.144), atol=1e-4)
    drink = shape_of(thing_of("can", "drink", height=(0.115, 0.115)), generator(0, "c"))
    width = float(np.ptp(drink.mesh.vertices[:, 0]))
    assert width == pytest.approx(0.066, rel=0.1)
    shelf = shape_of(thing_of("shelf", "wood", boards=(4, 4), height=(1.8, 1.8)), generator(0, "s"))
    assert len(shelf.boards) == 4
    assert shelf.static
    assert list(shelf.keypoints) == ["board 1", "board 2", "board 3", "board 4"]
    for index, board in enumerate(shelf.boards):
        assert shelf.keypoints[f"board {index + 1}"][2] == pytest.approx(board.low[2])
    for below, above in zip(shelf.boards, shelf.boards[1:], strict=False):
        assert below.low[2] + below.clear < above.low[2] < below.low[2] + below.clear + 0.05
    assert shelf.boards[-1].clear == float("inf")
    crate = shape_of(thing_of("crate", "wood"), generator(0, "k"))
    length, width, height = np.ptp(crate.mesh.vertices, axis=0)
    assert 0.4 <= length <= 0.6
    assert 0.6 <= width / length <= 0.75
    assert 0.4 <= height / length <= 0.6


def test_labels_are_the_users_pictures(tmp_path: Path) -> None:
    (tmp_path / "labels").mkdir()
    cv2.imwrite(str(tmp_path / "labels" / "a.png"), np.full((40, 40, 3), (10, 200, 30), np.uint8))
    for item in (
        "{class: x, shape: bottle, label: {folder: labels}, labelled: 1}",
        "{class: x, shape: can, label: {folder: labels}}",
        "{class: x, shape: mug, label: {folder: labels}, printed: 1}",
        "{class: x, shape: box, size: [0.1, 0.2], label: {folder: labels}}",
    ):
        text = f"seedbed: scene/1\nname: x\nobjects:\n  - {item}\n"
        scene = loads(text, Scene, tmp_path / "s.yaml").value
        shape = shape_of(scene.objects[0], generator(3, "s"), tmp_path)
        piece = Piece(0, "x", shape, scene.objects[0].form)
        view = Dresser(scene, tmp_path).view(0, Arrangement((piece,), (np.eye(4),)))
        worn = [material.texture for _, _, material in view.bodies[0].parts if material.texture is not None]
        assert any(tuple(texture[0, 0]) == (30, 200, 10) for texture in worn), item


_ASKED = {"bottle": "height", "can": "height", "mug": "height", "barrel": "height", "shelf": "height", "die": "size"}
_ASKED |= {"helmet": "length", "pallet": "length", "card": "length", "fruit": "size"}


@settings(max_examples=60, deadline=None)
@given(
    form=st.sampled_from(sorted(_ASKED)),
    low=st.floats(0.01, 3),
    stretch=st.floats(1, 3),
    seed=st.integers(0, 2**32),
)
def test_the_asked_size_is_kept_at_every_scale(form: str, low: float, stretch: float, seed: int) -> None:
    high = low * stretch
    thing = thing_of(form, None, **{_ASKED[form]: (low, high)})
    shape = shape_of(thing, generator(seed, form))
    size = np.ptp(shape.mesh.vertices.astype(float), axis=0)
    axes = (0, 1) if _ASKED[form] == "length" else (0, 1, 2) if _ASKED[form] == "size" else (2,)
    stem = 1.25 if form == "fruit" else 1.0
    slack = 1e-3 * high + 2e-4
    assert low * (0.9 if form == "fruit" else 1.0) - slack <= size[list(axes)].max() <= high * stem + slack
    assert np.isfinite(shape.mesh.normals).all()
    assert shape.radius < 4 * high + 2  # a shelf keeps its own width
