"""Masks: outlines along pixel edges are exact, and parts are joined as Ultralytics joins them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from seedbed.scenes.formats.masks import (
    area,
    bounds,
    decode,
    encode,
    from_rings,
    from_runs,
    joined,
    outlines,
    ring_area,
    ring_box,
    smallest_rectangle,
)

# pycocotools 2.0.11 says this of itself under NumPy 2.
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

MASKS = hnp.arrays(np.uint8, st.tuples(st.integers(1, 12), st.integers(1, 12)), elements=st.integers(0, 1))


def filled(bits: np.ndarray) -> np.ndarray:
    """The mask with its holes filled: what the outer outlines enclose."""
    outside = np.pad(1 - bits, 1, constant_values=1).astype(np.uint8)
    cv2.floodFill(outside, None, (0, 0), 2, flags=4)
    return (outside[1:-1, 1:-1] != 2).astype(np.uint8)


@given(MASKS)
def test_runs_bring_a_mask_back(bits: np.ndarray) -> None:
    rle = encode(bits)
    assert np.array_equal(decode(rle), bits)
    assert area(rle) == bits.sum()
    flat = bits.ravel(order="F")
    edges = np.flatnonzero(np.diff(np.concatenate([[0], flat])))
    runs = np.diff(np.concatenate([[0], edges, [flat.size]]))
    assert from_runs(runs.tolist(), rle.size) == rle


@settings(max_examples=200)
@given(MASKS)
def test_outlines_enclose_exactly_the_pixels(bits: np.ndarray) -> None:
    rings, holes = outlines(bits)
    if not bits.any():
        assert (rings, holes) == ([], 0)
        return
    assert ring_box(rings) == bounds(encode(bits))
    # Even-odd count of crossings to the left of each pixel's centre.
    inside = np.zeros(bits.shape, bool)
    for ring in rings:
        for (x0, y0), (x1, y1) in zip(ring, np.roll(ring, -1, 0), strict=True):
            assert x0 == x1 or y0 == y1
            if x0 == x1:
                inside[int(min(y0, y1)) : int(max(y0, y1)), int(x0) :] ^= True
    assert np.array_equal(inside, filled(bits).astype(bool))
    assert sum(map(ring_area, rings)) == filled(bits).sum()
    assert (holes == 0) == np.array_equal(filled(bits), bits)


def test_two_parts_and_a_hole() -> None:
    bits = np.zeros((10, 20), np.uint8)
    bits[2:8, 3:9], bits[4, 5], bits[1:3, 15:18] = 1, 0, 1
    rings, holes = outlines(bits)
    assert holes == 1
    assert [sorted(map(tuple, ring)) for ring in rings] == [
        [(3, 2), (3, 8), (9, 2), (9, 8)],
        [(15, 1), (15, 3), (18, 1), (18, 3)],
    ]
    both = joined(rings)
    assert ring_box([both]) == (3, 1, 18, 8)
    assert ring_area(both) == 36 + 6  # the tie goes there and back and encloses nothing
    assert area(from_rings(rings, (20, 10))) == 42


def test_parts_are_joined_as_ultralytics_does() -> None:
    converter = pytest.importorskip("ultralytics.data.converter", reason="the train extra is not installed")
    rng = np.random.default_rng(3)
    for count in (2, 3, 5):
        rings = [rng.uniform(0, 50, (int(rng.integers(3, 9)), 2)) + 60 * part for part in range(count)]
        expected = np.concatenate(converter.merge_multi_segment([ring.ravel().tolist() for ring in rings]))
        assert np.array_equal(joined(rings), expected)


def test_the_smallest_rectangle_of_a_turned_square() -> None:
    corners = smallest_rectangle([np.array([(500.0, 490.0), (510.0, 500.0), (500.0, 510.0), (490.0, 500.0)])])
    assert sorted(map(tuple, corners.round(4))) == [(490, 500), (500, 490), (500, 510), (510, 500)]


def test_runs_that_do_not_fill_the_image() -> None:
    with pytest.raises(ValueError, match="sum to 7 where the image has 12 pixels"):
        from_runs([3, 4], (4, 3))
