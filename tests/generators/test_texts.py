"""Texts by pattern and format."""

from __future__ import annotations

import re

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.generators.blocks import TableMaker
from seedbed.generators.pattern_compiler import distinct_pattern_maker, pattern_maker
from seedbed.generators.permutations import Permutation
from seedbed.rules.automata import count
from seedbed.rules.patterns import Pattern

PATTERNS = [
    r"[A-Z]{2}-\d{4}",
    "(AB|CD|EFG)x?",
    r"a?a?b{0,3}",
    r"[A-Z0-9]{40}",
    r"(0[1-9]|1[0-2])/\d\d",
    "[é-ü]{2}|[a-c]{1,5}",
    r"\w{1,30}@(example|test)\.(com|org)",
]


def spelled(maker, start, stop):
    values = maker.make(TableMaker("t", 10**9).block(start, stop))
    return pl.Series(values.words.texts).gather(values.data.astype(np.uint32))


@pytest.mark.parametrize("text", PATTERNS)
def test_every_text_is_of_the_pattern(text):
    pattern = Pattern.parse(text)
    drawn = spelled(pattern_maker(5, pattern), 0, 3000)
    assert drawn.str.contains(pattern.regex).all()
    assert all(re.fullmatch(text, one) for one in drawn[:200])
    assert drawn.n_unique() > min(count(pattern), 3000) * 0.5


@pytest.mark.parametrize("text", PATTERNS)
def test_distinct_texts_are_of_the_pattern_and_differ(text):
    pattern = Pattern.parse(text)
    rows = min(count(pattern), 5000)
    drawn = spelled(distinct_pattern_maker(5, pattern), 0, rows)
    assert drawn.str.contains(pattern.regex).all()
    assert drawn.n_unique() == rows


def test_distinct_texts_come_in_no_order_and_at_any_rows():
    maker = distinct_pattern_maker(5, Pattern.parse("[A-Z]{6}"))
    first = spelled(maker, 0, 1000)
    assert first.to_list() != first.sort().to_list()
    assert spelled(maker, 500, 600).to_list() == first[500:600].to_list()


def test_places_of_a_pattern_are_even_and_independent():
    drawn = spelled(pattern_maker(9, Pattern.parse("[ab][cd](x|y|z)e{0,3}")), 0, 60_000)
    heads = drawn.str.head(2).value_counts(sort=True)["count"].to_numpy()
    assert heads == pytest.approx(np.full(4, 15_000), rel=0.04)
    assert drawn.str.slice(2, 1).value_counts()["count"].to_numpy() == pytest.approx(np.full(3, 20_000), rel=0.04)
    assert drawn.str.len_chars().value_counts()["count"].to_numpy() == pytest.approx(np.full(4, 15_000), rel=0.04)


@settings(deadline=None, max_examples=60)
@given(st.integers(1, 200_000), st.integers(0, 2**63))
def test_permutations_are_one_to_one(size, key):
    permutation = Permutation(key, size)
    numbers = permutation.at(np.arange(size))
    assert np.array_equal(np.sort(numbers), np.arange(size))


def test_large_permutations_spread_and_stay_inside():
    size = 3 * 10**15 + 7
    numbers = Permutation(4, size).at(np.arange(200_000))
    assert len(np.unique(numbers)) == 200_000
    assert numbers.min() >= 0
    assert numbers.max() < size
    assert np.mean(numbers / size) == pytest.approx(0.5, abs=0.005)
    assert abs(np.corrcoef(numbers[:-1], numbers[1:])[0, 1]) < 0.01


def test_a_book_with_patterns_and_formats(made):
    frame = made(
        "id: {type: id}\n"
        "plate: {type: text, pattern: '[A-Z]{2}-\\d{4}', missing: 0.2}\n"
        "price: {type: decimal, places: 2, range: [-9, 9]}\n"
        "whole: {type: integer, range: [-5, 500]}\n"
        "day: {type: date, range: [2025-01-01, 2025-12-31]}\n"
        "at: {type: datetime, range: [2025-01-01, 2025-12-31]}\n"
        "ok: {type: boolean, chance: 0.5}\n"
        "label: {type: text, format: 'N{id:05d} {plate} {{{price}}} {whole} {day} {at} {ok}'}\n"
        "code: {type: text, cases: [{when: ok, pattern: 'A\\d'}, {when: id > 9000, format: 'x{id}'}, "
        "{otherwise: {pattern: 'B\\d'}}]}",
        rows=3000,
    )
    row = frame.filter(pl.col("plate").is_not_null()).row(0, named=True)
    words = f"N{row['id']:05d} {row['plate']} {{{row['price']}}} {row['whole']} {row['day']}"
    assert row["label"] == f"{words} {row['at']:%Y-%m-%d %H:%M:%S} {str(row['ok']).lower()}"
    assert frame.filter(pl.col("plate").is_null())["label"].null_count() == frame["plate"].null_count()
    assert frame["label"].null_count() == frame["plate"].null_count()
    prices = frame.filter(pl.col("label").is_not_null())
    assert (prices["label"].str.extract(r"\{(.*)\}") == prices["price"].cast(pl.String)).all()
    assert frame.filter("ok")["code"].str.contains(r"^A\d$").all()
    assert frame.filter(~pl.col("ok"))["code"].str.contains(r"^B\d$").all()
