from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core import keys
from seedbed.generators.picks import Picker, below, shuffled, uniform, zipf_weights

WEIGHTS = st.lists(st.floats(0, 1e6), min_size=1, max_size=60).filter(lambda w: sum(w) > 1e-3)


def even_cells(count: int) -> np.ndarray:
    return ((np.arange(count) + 0.5) * (2.0**64 / count)).astype(np.uint64)


@settings(deadline=None)
@given(WEIGHTS)
def test_weights_hold(weights):
    weights = np.array(weights)
    cells = even_cells(1 << 18)
    counts = np.bincount(Picker(weights).pick(cells), minlength=len(weights))
    # Evenly spread cells fall into each stretch of the cumulative weights to within one.
    assert np.abs(counts / len(cells) - weights / weights.sum()).max() <= 2 / len(cells)
    assert not counts[weights == 0].any()


@settings(deadline=None)
@given(WEIGHTS, st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=200))
def test_pick_is_the_plain_search(weights, raw):
    picker = Picker(np.array(weights))
    cells = np.array(raw, np.uint64)
    assert picker.pick(cells).tolist() == np.searchsorted(picker._bounds, cells, side="right").tolist()


@pytest.mark.parametrize("count", [1, 2, 300, 5000, 200_000])
def test_many_entries(count):
    picker = Picker(zipf_weights(count, 1.1))
    for key in range(20):
        cells = keys.cells(key, 0, 2000)
        picked = picker.pick(cells)
        assert picked.tolist() == np.searchsorted(picker._bounds, cells, side="right").tolist()
        assert picked.max() < count


def test_rare_weights_occur_as_often_as_said():
    picker = Picker(np.array([1.0, 1e-6, 1.0]))
    counts = np.bincount(picker.pick(keys.cells(9, 0, 20_000_000)), minlength=3)
    assert 1 <= counts[1] <= 30  # 10 expected


def test_zipf_ranks_fall_as_a_power():
    picked = Picker(zipf_weights(2000, 1.1)).pick(keys.cells(1, 0, 2_000_000))
    counts = np.bincount(picked, minlength=2000)
    weights = np.arange(1, 2001) ** -1.1
    expected = len(picked) * weights / weights.sum()
    assert (np.abs(counts - expected) < 5 * np.sqrt(expected) + 5).all()


def test_popularity_is_shuffled_by_key():
    one, other = shuffled(1, 1000), shuffled(2, 1000)
    assert sorted(one) == list(range(1000))
    assert (one == other).sum() < 10
    assert abs(np.corrcoef(one, np.arange(1000))[0, 1]) < 0.1


@settings(deadline=None)
@given(st.integers(1, 10**12))
def test_uniform_covers_its_range(count):
    rows = uniform(even_cells(1000), count)
    assert rows.min() >= 0
    assert rows.max() < count
    assert uniform(np.array([2**64 - 1], np.uint64), count)[0] == count - 1
    assert uniform(np.array([0], np.uint64), count)[0] == 0


@pytest.mark.parametrize("chance", [0, 1e-9, 0.12, 0.5, 1])
def test_below(chance):
    share = below(even_cells(1 << 18), chance).mean()
    assert share == pytest.approx(chance, abs=1e-5)
