from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core.errors import DataError
from seedbed.scenes.labels.records import CameraRecord, FrameRecord, Keypoint, Label, Solid

NUMBER = st.floats(-1e6, 1e6)
VECTOR = st.tuples(NUMBER, NUMBER, NUMBER)
MATRIX = st.tuples(VECTOR, VECTOR, VECTOR)
CAMERA = st.builds(CameraRecord, MATRIX, st.tuples(NUMBER, NUMBER, NUMBER, NUMBER, NUMBER), MATRIX, VECTOR)
KEYPOINT = st.builds(Keypoint, x=NUMBER, y=NUMBER, depth=NUMBER)
LABEL = st.builds(
    Label,
    visible=NUMBER,
    truncated=NUMBER,
    amodal=st.none() | st.tuples(NUMBER, NUMBER, NUMBER, NUMBER),
    solid=st.none() | st.builds(Solid, MATRIX, VECTOR, VECTOR, VECTOR),
    keypoints=st.lists(KEYPOINT, max_size=2).map(tuple),
)
FRAME = st.builds(FrameRecord, camera=CAMERA, fps=st.none() | NUMBER, bodies=st.lists(LABEL, max_size=3).map(tuple))


@settings(max_examples=50, deadline=None)
@given(FRAME)
def test_a_record_comes_back_from_its_line(record: FrameRecord) -> None:
    line = json.dumps(record.to_json())
    assert FrameRecord.from_json(json.loads(line)) == record


def frame() -> FrameRecord:
    eye = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    camera = CameraRecord(eye, (0.0, 0.0, 0.0, 0.0, 0.0), eye, (0.0, 0.0, 0.0))
    body = Label(1, "cone", 9, 1.0, (0, 0, 3, 3), solid=Solid(eye, (0, 0, 1), (0, 0, 1), (1, 1, 1)))
    return FrameRecord(0, 0, 0, "train", "images/train/0.png", (8, 8), 0, "gl", camera, (body,))


def test_keys_to_come_are_left_out() -> None:
    assert FrameRecord.from_json({**frame().to_json(), "later": 1}) == frame()


@pytest.mark.parametrize(
    "change",
    [
        {"seedbed": "frame/0"},
        {"size": 8},
        {"camera": {}},
        {"bodies": [{}]},
        {"bodies": [{**frame().bodies[0].to_json(), "dropped": "lost"}]},
        {"frame": None},
    ],
)
def test_a_damaged_record_is_refused_with_its_place(change: dict[str, object]) -> None:
    with pytest.raises(DataError, match=r"a\.jsonl:3"):
        FrameRecord.from_json({**frame().to_json(), **change}, "a.jsonl:3")


def test_corners_of_a_turned_box() -> None:
    # A quarter turn about the camera's y axis: the mesh's x (its front) points towards the camera, its z to the right.
    solid = Solid(((0, 0, 1), (0, 1, 0), (-1, 0, 0)), (0, 0, 0), (1, 2, 5), (4, 2, 6))
    corners = solid.corners()
    np.testing.assert_allclose(corners.min(0), (1 - 3, 2 - 1, 5 - 2))
    np.testing.assert_allclose(corners.max(0), (1 + 3, 2 + 1, 5 + 2))
    np.testing.assert_allclose(corners[0], (1 - 3, 2 - 1, 5 + 2))
