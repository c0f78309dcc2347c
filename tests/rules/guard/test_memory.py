"""What the guard keeps from batch to batch: keys seen, rows of parents, profiles."""

from __future__ import annotations

import math

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from judging import judged, one_table

from seedbed.core.zones import Zone
from seedbed.rules.guard.known import Index, Parents
from seedbed.rules.guard.profiles import SAMPLE
from seedbed.rules.guard.shares import rarely
from seedbed.rules.guard.uniques import Seen, hashes
from seedbed.rules.guard.views import View

KEYS = st.one_of(
    st.integers(-3, 40),
    st.integers(-(2**63), 2**63 - 1),
    st.integers(0, 2**18).map(lambda number: number * 61),
)


@given(st.lists(st.lists(KEYS, max_size=50), max_size=8), st.booleans(), st.booleans())
def test_second_occurrences(batches, hashed, ascending):
    if ascending:
        start = 0
        batches = [[*range(start := start + 100, start + len(batch)), *batch[:1]] for batch in batches]
    seen, known = Seen(hashed=hashed), set()
    for batch in batches:
        expected = []
        for key in batch:
            expected.append(key in known)
            known.add(key)
        again = seen.repeats(np.array(batch, dtype=np.int64))
        assert (np.zeros(len(batch), bool) if again is None else again).tolist() == expected


def test_keys_far_apart_leave_the_pages():
    rng = np.random.default_rng(1)
    keys = rng.integers(-(2**62), 2**62, 20_000)
    seen = Seen()
    assert seen.repeats(keys) is None
    assert seen._pages is None
    assert seen.repeats(keys[::-1]).all()


def test_ascending_keys_take_no_memory():
    seen = Seen()
    for start in range(0, 10**7, 10**6):
        assert seen.repeats(np.arange(start, start + 10**6)) is None
    assert not seen._pages
    assert seen.repeats(np.array([9_999_999, 10_000_000])).tolist() == [True, False]


@given(
    st.lists(st.lists(st.one_of(st.none(), st.integers(-5, 30)), max_size=20), min_size=1, max_size=4),
    st.lists(st.one_of(st.none(), st.integers(-9, 40)), min_size=1, max_size=30),
    st.sampled_from([pl.Int64, pl.String, pl.Categorical]),
)
@settings(deadline=None)
def test_rows_are_found_by_their_ids(batches, wanted, dtype):
    def column(values):
        if dtype == pl.Int64:
            return pl.Series(values, dtype=pl.Int64)
        return pl.Series([None if value is None else str(value) for value in values], dtype=pl.String).cast(dtype)

    index, first = Index(), {}
    for batch in batches:
        ids = column(batch)
        index.add(hashes(ids), ids.is_not_null().to_numpy() if ids.null_count() else None)
    for row, value in enumerate(value for batch in batches for value in batch):
        first.setdefault(value, row)
    first.pop(None, None)
    expected = [first.get(value, -1) for value in wanted]
    for values, rows in ((wanted, expected), (wanted[::-1], expected[::-1])):
        view = View(len(values), Zone("UTC"), {"to": Parents(index)}, raw=False)
        view.put("to", column(values))
        view.settle()
        there = [row for row, value in zip(rows, values, strict=True) if value is not None]
        assert view.leads("to") <= (min(there, default=0) >= 0)
        assert view.positions("to").tolist() == rows


def test_texts_and_codes_have_one_hash():
    texts = pl.Series(["a", "b", None, "a"])
    there = [0, 1, 3]
    assert hashes(texts)[there].tolist() == hashes(texts.cast(pl.Categorical))[there].tolist()
    assert hashes(pl.Series([0.0])).tolist() == hashes(pl.Series([-0.0])).tolist()


@pytest.mark.parametrize("count", [0, 30, 52, 80, 200, 999])
def test_binomial_tail(count):
    rows, share = 1000, 0.03
    tail = sum(math.comb(rows, k) * share**k * (1 - share) ** (rows - k) for k in range(count, rows + 1))
    assert rarely(count, rows, share) == (tail < 1e-9)


def test_profiles():
    rows = 70_000
    frame = pl.DataFrame(
        {
            "n": np.arange(rows) % 1000,
            "x": np.arange(rows) / rows,
            "c": ["a", "b", "b", None] * (rows // 4),
            "f": [True, False] * (rows // 2),
        }
    )
    columns = """
n: {type: integer, range: [0, 999]}
x: {type: number, range: [0, 1]}
c: {type: category, choices: {a: 1, b: 2}, missing: 0.25}
f: {type: boolean, chance: 0.5}
"""
    profiles = [judged(one_table(columns), {"t": frame}, size)["t"].judge.profile for size in (rows, 10_000, 4_999)]
    first = profiles[0]
    assert {name: (column.rows, column.missing) for name, column in first.columns.items()} == {
        "n": (rows, 0),
        "x": (rows, 0),
        "c": (rows, rows // 4),
        "f": (rows, 0),
    }
    assert (first.columns["n"].bounds, first.columns["n"].mean) == ((0, 999), 499.5)
    assert first.columns["f"].mean == 0.5
    assert first.quantiles("x")[0.5] == pytest.approx(0.5, abs=0.01)
    assert dict(first.frequent("c"))["b"] == pytest.approx(2 / 3, abs=0.02)
    assert SAMPLE <= first.sample("n").len() <= 2 * SAMPLE
    for other in profiles[1:]:
        assert other.sample("n").equals(first.sample("n"))
        assert other.columns["n"] == first.columns["n"]
    merged = judged(one_table(columns), {"t": frame[:30_000]})["t"].judge.profile
    merged.merge(judged(one_table(columns), {"t": frame[30_000:]})["t"].judge.profile)
    assert merged.columns["n"] == first.columns["n"]
    assert merged.quantiles("x")[0.5] == pytest.approx(0.5, abs=0.01)
