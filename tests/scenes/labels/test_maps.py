from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from seedbed.core.errors import DataError
from seedbed.scenes.labels.maps import depth_bytes, depth_from

DEPTHS = arrays(np.float32, (3, 5), elements=st.floats(0.0625, 65.5, width=32) | st.just(np.inf))


@given(DEPTHS)
def test_depth_comes_back_from_floats_as_it_was(depth: np.ndarray) -> None:
    np.testing.assert_array_equal(depth_from(depth_bytes(depth, "float")), depth)


@given(DEPTHS)
def test_depth_comes_back_from_millimetres(depth: np.ndarray) -> None:
    found = depth_from(depth_bytes(depth, "png"))
    np.testing.assert_array_equal(np.isfinite(found), np.isfinite(depth))
    known = np.isfinite(depth)
    assert np.abs(found[known] - depth[known]).max(initial=0) <= 0.0005 + 1e-5


def test_what_is_too_far_for_millimetres_is_unknown() -> None:
    depth = np.array([[65.53, 65.6, 1000, np.inf]], np.float32)
    assert np.isfinite(depth_from(depth_bytes(depth, "png"))).tolist() == [[True, False, False, False]]
    assert np.isfinite(depth).tolist() == [[True, True, True, False]]


def test_other_files_are_refused() -> None:
    with pytest.raises(DataError):
        depth_from(b"not a picture")
