"""Sources by weight: exact, even, and each with passes of its own."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from seedbed.training.mix.apportioned import apportioned, turns
from seedbed.training.mix.order import Mix, drawn, drawn_by_weight

WEIGHTS = st.lists(st.integers(1, 40), min_size=1, max_size=5).map(tuple)


@given(WEIGHTS)
def test_no_source_is_ever_more_than_tijdemans_bound_off(weights: tuple[int, ...]) -> None:
    _, before = turns(weights)
    total, sources = sum(weights), len(weights)
    k = np.arange(total + 1)[:, None]
    # In whole numbers: |count - k w / total| <= 1 - 1 / (2n - 2).
    off = np.abs(before * total - k * np.array(weights))
    unit = max(2 * sources - 2, 1)
    assert (off * unit <= (unit - 1 if sources > 1 else 0) * total).all()
    assert before[-1].tolist() == list(weights)


@given(WEIGHTS, st.integers(0, 500), st.integers(0, 100), st.integers(0, 100))
def test_a_piece_is_a_piece_of_the_whole(weights: tuple[int, ...], start: int, one: int, two: int) -> None:
    whole, before = apportioned(weights, start, start + one + two)
    second, later = apportioned(weights, start + one, start + one + two)
    assert whole[one:].tolist() == second.tolist()
    assert (later - before == np.bincount(whole[:one], minlength=len(weights))).all()


def test_three_to_one() -> None:
    assert apportioned((3, 1), 0, 8)[0].tolist() in ([0, 0, 1, 0] * 2, [0, 1, 0, 0] * 2)


@given(
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), min_size=1, max_size=4).map(tuple),
    st.integers(0, 200),
    st.integers(0, 3),
)
def test_repeats_within_a_source_are_within_one(parts: tuple[tuple[int, int], ...], entries: int, seed: int) -> None:
    seen = np.bincount(
        drawn_by_weight(seed, "place synthetic", parts, 0, entries), minlength=sum(size for size, _ in parts)
    )
    first = 0
    for size, weight in parts:
        mine = seen[first : first + size]
        assert mine.max() - mine.min() <= 1
        assert abs(mine.sum() * sum(w for _, w in parts) - entries * weight) <= sum(w for _, w in parts)
        first += size
    assert first == len(seen)


def test_one_source_is_drawn_as_ever() -> None:
    one = drawn_by_weight(3, "place real", ((7, 1),), 4, 30)
    assert one.tolist() == drawn(3, "place real", 7, 4, 30).tolist()


def test_a_mix_of_sources_asks_each_by_weight_over_epochs() -> None:
    shares = np.array([0.75, 0.5, 0.25])
    mix = Mix(0, 30, 10, 40, shares, ((10, 3), (20, 1)), ((4, 1), (6, 1)))
    synthetic, real = np.zeros(30, dtype=int), np.zeros(10, dtype=int)
    for number in range(3):
        order = mix.epoch(number)
        for place in range(40):
            for flag, image in order.loads(place):
                (synthetic if flag else real)[image] += 1
    assert (synthetic[:10].sum(), synthetic[10:].sum()) == (180, 60)
    assert (real[:4].sum(), real[4:].sum()) == (120, 120)
