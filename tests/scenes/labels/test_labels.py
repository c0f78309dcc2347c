from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.scenes.formats.yolo import boxes_from_text, label_text
from seedbed.scenes.labels.maps import mask_of, semantic_of
from seedbed.scenes.labels.proof import Claim, prove
from seedbed.scenes.labels.reading import read_labels, silhouette
from seedbed.scenes.labels.records import Dropped, Label
from seedbed.scenes.models.output import Labels
from seedbed.scenes.shapes.solids import box
from seedbed.scenes.view import Body, Camera, Drawing, Light, Material, View

RULES = Labels(min_visible=0.1, min_pixels=4)
SIZE = 100
LIGHT = Light((0, 0, 1), (1, 1, 1), (1, 1, 1), (1, 1, 1))
# 90 degrees at one metre: a metre across is 50 pixels, the middle of the world is the middle of the picture.
CAMERA = Camera(SIZE, SIZE, 90.0, np.eye(4))


def plate(identity: int, x: float, y: float, width: float, height: float, name: str | None = "a") -> Body:
    """A thin plate at one metre before the camera whose pixels are known: 50 a metre."""
    pose = np.eye(4)
    pose[:3, 3] = (x, y, -1.0)
    return Body(identity, name, box((width, height, 1e-6)).mesh, Material(), pose)


def view(*bodies: Body) -> View:
    return View(bodies, None, LIGHT, CAMERA, np.zeros((1, 1, 3), np.uint8))


def read(view: View, ids: np.ndarray, rules: Labels = RULES) -> list[Label]:
    drawing = Drawing(np.zeros((SIZE, SIZE, 3), np.uint8), ids, np.where(ids > 0, 1, np.inf).astype(np.float32))
    return read_labels(view, drawing, rules)


def proven(view: View, ids: np.ndarray, labels: list[Label], rules: Labels = RULES) -> None:
    text = label_text(labels, ("a",), (SIZE, SIZE))
    written = [("a", box) for _, box in boxes_from_text(text, (SIZE, SIZE))]
    claim = Claim(1, labels, mask_of(ids, labels), written, semantic_of(ids, view, ("a",)))
    prove(claim, view, ids, rules, ("a",))


def drawn(*rectangles: tuple[int, int, int, int, int]) -> np.ndarray:
    ids = np.zeros((SIZE, SIZE), np.uint16)
    for identity, left, top, right, bottom in rectangles:
        ids[top:bottom, left:right] = identity
    return ids


def test_silhouette_known_answer() -> None:
    hull = silhouette(plate(1, 0.2, -0.1, 0.4, 0.6), CAMERA)
    # x from 0 to 0.4 m: 50 to 70 px; y from -0.4 to 0.2 m, up: 40 to 70 px from the top.
    np.testing.assert_allclose([*hull.min(0), *hull.max(0)], [50, 40, 70, 70], atol=1e-3)


def test_silhouette_reaches_outside_and_is_cut_at_the_near_plane() -> None:
    pose = np.eye(4)
    pose[:3, 3] = (0.0, -0.5, 0.0)
    long = Body(1, "a", box((0.2, 0.2, 4.0)).mesh, Material(), pose)
    hull = silhouette(long, CAMERA)
    # The far end, two metres ahead, is exact; the near end reaches far below the picture.
    assert hull[:, 1].min() == pytest.approx(50 + 0.4 / 2 * 50, abs=1e-3)
    assert hull[:, 1].max() == pytest.approx(50 + 0.6 / 0.05 * 50, rel=1e-3)
    behind = np.eye(4)
    behind[2, 3] = 5.0
    assert len(silhouette(replace(long, pose=behind), CAMERA)) == 0


def test_visible_whole() -> None:
    (label,) = read(view(plate(1, 0.2, -0.1, 0.4, 0.6)), drawn((1, 50, 40, 70, 70)))
    assert (label.id, label.name, label.pixels, label.silhouette, label.box) == (1, "a", 600, 600, (50, 40, 70, 70))
    assert (label.visible, label.truncated, label.dropped, label.ignored) == (1, 0, None, None)
    assert label.amodal == pytest.approx((50, 40, 70, 70), abs=1e-3)


def test_visible_half() -> None:
    (label,) = read(view(plate(1, 0.2, -0.1, 0.4, 0.6)), drawn((1, 50, 40, 60, 70)))
    assert (label.visible, label.truncated) == (0.5, 0)
    assert label.box == (50, 40, 60, 70)
    assert label.amodal == pytest.approx((50, 40, 70, 70), abs=1e-3)


def test_cut_by_the_border_counts_as_unseen() -> None:
    (label,) = read(view(plate(1, 1.0, 0.0, 0.4, 0.4)), drawn((1, 90, 40, 100, 60)))
    assert (label.visible, label.truncated) == (0.5, 0.5)
    assert label.box == (90, 40, 100, 60)
    assert label.amodal == pytest.approx((90, 40, 110, 60), abs=1e-3)


def test_split_by_what_stands_before_it_keeps_all_parts() -> None:
    ids = drawn((1, 50, 40, 54, 70), (2, 54, 30, 66, 80), (1, 66, 40, 70, 70))
    labels = read(view(plate(1, 0.2, -0.1, 0.4, 0.6), plate(2, 0.2, -0.1, 0.24, 1.0, None)), ids)
    assert labels[0].box == (50, 40, 70, 70)
    assert labels[0].visible == 0.4
    assert (mask_of(ids, labels) == 1).sum() == 240


@pytest.mark.parametrize(
    ("body", "ids", "reason"),
    [
        (plate(1, 3.0, 0, 0.4, 0.4), drawn(), Dropped.OUTSIDE),
        (plate(1, 0.0, 0, 0.4, 0.4), drawn((2, 30, 30, 70, 70)), Dropped.HIDDEN),
        (plate(1, 0.0, 0, 0.4, 0.4), drawn((1, 40, 40, 43, 41)), Dropped.MIN_PIXELS),
        (plate(1, 0.0, 0, 0.4, 0.4), drawn((1, 40, 40, 60, 41)), Dropped.MIN_VISIBLE),
    ],
)
def test_dropped_with_a_reason(body: Body, ids: np.ndarray, reason: Dropped) -> None:
    both = view(body, plate(2, 0, 0, 0.8, 0.8, None))
    (label,) = read(both, ids)
    assert label.box is None
    assert label.dropped is reason
    assert not mask_of(ids, [label]).any()
    proven(both, ids, [label])


@pytest.mark.parametrize(("right", "reason"), [(43, Dropped.MIN_PIXELS), (60, Dropped.MIN_VISIBLE)])
def test_kept_to_be_ignored(right: int, reason: Dropped) -> None:
    one, ids = view(plate(1, 0.0, 0, 0.4, 0.4)), drawn((1, 40, 40, right, 41))
    rules = Labels(min_visible=0.1, min_pixels=4, under="ignore")
    (label,) = read(one, ids, rules)
    assert label.box == (40, 40, right, 41)
    assert (label.dropped, label.ignored) == (None, reason)
    assert not label.counts
    assert mask_of(ids, [label]).sum() == right - 40
    assert label_text([label], ("a",), (SIZE, SIZE)) == ""
    proven(one, ids, [label], rules)


def test_behind_the_camera_is_outside_and_has_a_place() -> None:
    pose = np.eye(4)
    pose[2, 3] = 3.0
    (label,) = read(view(replace(plate(1, 0, 0, 1, 1), pose=pose)), drawn())
    assert label.dropped is Dropped.OUTSIDE
    assert label.amodal is None
    assert label.truncated == 1
    assert label.solid is not None
    assert label.solid.center == (0, 0, -3)


def test_distractors_are_neither_labelled_nor_in_the_mask() -> None:
    both = view(plate(1, 0.2, -0.1, 0.4, 0.6, None), plate(2, -0.5, 0, 0.2, 0.2))
    ids = drawn((1, 50, 40, 70, 70), (2, 20, 45, 30, 55))
    labels = read(both, ids)
    assert [label.id for label in labels] == [2]
    assert set(np.unique(mask_of(ids, labels))) == {0, 2}
    assert set(np.unique(semantic_of(ids, both, ("b", "a")))) == {0, 2}


def test_mask_grows_to_sixteen_bits() -> None:
    label = Label(300, "a", 100, 1.0, (0, 0, 10, 10))
    ids = drawn((300, 0, 0, 10, 10))
    mask = mask_of(ids, [label])
    assert mask.dtype == np.uint16
    assert mask.max() == 300
    assert mask_of(drawn(), []).dtype == np.uint8


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(st.floats(-0.9, 0.9), st.floats(-0.9, 0.9), st.floats(0.05, 0.8), st.floats(0.05, 0.8)), max_size=6
    )
)
def test_labels_of_any_overlap_pass_the_check(plates: list[tuple[float, float, float, float]]) -> None:
    bodies = [plate(index, *values) for index, values in enumerate(plates, start=1)]
    ids = np.zeros((SIZE, SIZE), np.uint16)
    centre = np.arange(SIZE) + 0.5
    for body in bodies:  # later ones cover earlier ones
        (left, top), (right, bottom) = silhouette(body, CAMERA).min(0), silhouette(body, CAMERA).max(0)
        inside = ((centre >= top) & (centre < bottom))[:, None] & ((centre >= left) & (centre < right))[None]
        ids[inside] = body.id
    seen = view(*bodies)
    labels = read(seen, ids)
    proven(seen, ids, labels)
    for label in labels:
        assert (label.pixels > 0) or label.box is None
        assert 0 <= label.visible <= 1
