from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.formats.yolo import boxes_from_text, label_text
from seedbed.scenes.labels.reading import Dropped, Label, check_frame, mask_of, read_labels, silhouette
from seedbed.scenes.models.output import Labels
from seedbed.scenes.shapes.solids import box
from seedbed.scenes.view import Body, Camera, Light, Material, View

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
    (label,) = read_labels(view(plate(1, 0.2, -0.1, 0.4, 0.6)), drawn((1, 50, 40, 70, 70)), RULES)
    assert label == Label(1, "a", 600, pytest.approx(1.0, abs=1e-3), (50, 40, 70, 70), None)


def test_visible_half() -> None:
    (label,) = read_labels(view(plate(1, 0.2, -0.1, 0.4, 0.6)), drawn((1, 50, 40, 60, 70)), RULES)
    assert label.share == pytest.approx(0.5, abs=1e-3)
    assert label.box == (50, 40, 60, 70)


def test_cut_by_the_border_counts_as_unseen() -> None:
    (label,) = read_labels(view(plate(1, 1.0, 0.0, 0.4, 0.4)), drawn((1, 90, 40, 100, 60)), RULES)
    assert label.share == pytest.approx(0.5, abs=1e-3)
    assert label.box == (90, 40, 100, 60)


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
    (label,) = read_labels(both, ids, RULES)
    assert label.box is None
    assert label.dropped is reason
    check_frame(0, both, ids, mask_of(ids, [label]), [label], [], RULES)


def test_distractors_are_neither_labelled_nor_in_the_mask() -> None:
    both = view(plate(1, 0.2, -0.1, 0.4, 0.6, None), plate(2, -0.5, 0, 0.2, 0.2))
    ids = drawn((1, 50, 40, 70, 70), (2, 20, 45, 30, 55))
    labels = read_labels(both, ids, RULES)
    assert [label.id for label in labels] == [2]
    assert set(np.unique(mask_of(ids, labels))) == {0, 2}


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
    labels = read_labels(seen, ids, RULES)
    text = label_text(labels, ("a",), (SIZE, SIZE))
    boxes = [found for _, found in boxes_from_text(text, (SIZE, SIZE))]
    check_frame(1, seen, ids, mask_of(ids, labels), labels, boxes, RULES)
    for label in labels:
        assert (label.pixels > 0) or label.box is None
        assert 0 <= label.share <= 1


def tampered() -> dict[str, dict[str, object]]:
    good = Label(1, "a", 600, 1.0, (50, 40, 70, 70))
    return {
        "box one pixel off": {"labels": [replace(good, box=(50, 40, 71, 70))]},
        "text one pixel off": {"boxes": [(50, 40, 70, 69)]},
        "line missing": {"boxes": []},
        "body forgotten": {"labels": [], "boxes": []},
        "body twice": {"labels": [good, good]},
        "wrong class": {"labels": [replace(good, name="b")]},
        "wrong count": {"labels": [replace(good, pixels=599)]},
        "no reason": {"labels": [replace(good, box=None)], "boxes": [], "mask": drawn()},
        "seen but outside": {
            "labels": [replace(good, box=None, dropped=Dropped.OUTSIDE)],
            "boxes": [],
            "mask": drawn(),
        },
        "a pixel lost": {"mask": drawn((1, 50, 40, 70, 69))},
        "id of nobody": {"mask": drawn((1, 50, 40, 70, 70), (9, 0, 0, 1, 1))},
        "mask of another frame": {
            "ids": drawn((1, 10, 40, 30, 70)),
            "mask": drawn((1, 10, 40, 30, 70)),
            "labels": [replace(good, box=(10, 40, 30, 70))],
            "boxes": [(10, 40, 30, 70)],
        },
        "too little seen": {"labels": [replace(good, share=0.05)]},
    }


@pytest.mark.parametrize("case", sorted(tampered()))
def test_check_fails_on(case: str) -> None:
    ids = drawn((1, 50, 40, 70, 70))
    good: dict[str, object] = {
        "ids": ids,
        "mask": ids.astype(np.uint8),
        "labels": [Label(1, "a", 600, 1.0, (50, 40, 70, 70))],
        "boxes": [(50, 40, 70, 70)],
    }
    seen = view(plate(1, 0.2, -0.1, 0.4, 0.6))
    check_frame(4, seen, **good, rules=RULES)  # type: ignore[arg-type]
    with pytest.raises(RenderError, match="frame 4") as caught:
        check_frame(4, seen, **{**good, **tampered()[case]}, rules=RULES)  # type: ignore[arg-type]
    assert caught.value.reason is Reason.LABEL_MISMATCH
