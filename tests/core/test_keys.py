"""The random function is frozen: these vectors may never change."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.core import keys


def test_splitmix64_reference() -> None:
    # Vigna's splitmix64.c, first outputs from state 0 and 1234567.
    assert [int(c) for c in keys.cells(0, 0, 3)] == [0xE220A8397B1DCDAF, 0x6E789E6AA1B965F4, 0x06C45D188009454F]
    assert [int(c) for c in keys.cells(1234567, 0, 5)] == [
        6457827717110365317,
        3203168211198807973,
        9817491932198370423,
        4593380528125082431,
        16408922859458223821,
    ]


@pytest.mark.parametrize(
    ("seed", "names", "expected"),
    [
        (0, (), 0x7D7939B2AEC82EA8),
        (7, ("sale",), 0x4159348F2FB69480),
        (7, ("sale", "quantity"), 0xC0610BDECABF96AD),
        (7, ("sal", "equantity"), 0x6C12CB9F9A6FD59C),
        (7, ("sale", "quantity", "value"), 0x65AA5B854DC113EE),
        (-1, ("é",), 0x4DD45B409DD88686),
        (11, ("world", 42), 0xCF0C80EB919200AE),
        (11, ("world", "42"), 0xD3B08D2F87667D7A),
    ],
)
def test_key_vectors(seed: int, names: tuple[str | int, ...], expected: int) -> None:
    assert keys.key(seed, *names) == expected


def test_cell_vectors() -> None:
    key = keys.key(7, "sale", "quantity", "value")
    assert [int(c) for c in keys.cells(key, 0, 2)] == [14102107100833163071, 6610517053900263764]
    assert [int(c) for c in keys.cells(key, 10**12, 10**12 + 2)] == [1621639174888021814, 10481191200629816934]
    assert keys.unit(key, 0, 2).tolist() == [0.7644767577673286, 0.3583568475545571]


def test_generator_vector() -> None:
    assert keys.generator(11, "world", 42).integers(0, 1000, 5).tolist() == [408, 612, 575, 790, 329]


@given(
    st.integers(-(2**70), 2**70),
    st.lists(st.text(max_size=4), max_size=4),
    st.lists(st.text(max_size=4), max_size=4),
)
def test_different_names_have_different_keys(seed: int, first: list[str], second: list[str]) -> None:
    assert (keys.key(seed, *first) == keys.key(seed, *second)) == (first == second)


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**40), st.integers(0, 300), st.integers(0, 300))
def test_blocks_do_not_matter(key: int, start: int, first: int, second: int) -> None:
    whole = keys.cells(key, start, start + first + second)
    parts = [keys.cells(key, start, start + first), keys.cells(key, start + first, start + first + second)]
    np.testing.assert_array_equal(whole, np.concatenate(parts))
    rows = np.arange(start, start + first + second)[::-1]
    np.testing.assert_array_equal(keys.cells_at(key, rows), whole[::-1])


def test_units_are_uniform_and_below_one() -> None:
    values = keys.unit(keys.key(1, "u"), 0, 1_000_000)
    assert 0 <= values.min() < values.max() < 1
    histogram = np.histogram(values, bins=100, range=(0, 1))[0]
    chi2 = float(((histogram - 10_000) ** 2 / 10_000).sum())
    assert chi2 < 160  # 99 degrees of freedom, p = 1e-4
    assert keys.to_unit(np.array([2**64 - 1], dtype=np.uint64))[0] < 1


def test_neighbouring_streams_do_not_correlate() -> None:
    a = keys.unit(keys.key(1, "table", "Az"), 0, 200_000)
    b = keys.unit(keys.key(1, "table", "BU"), 0, 200_000)
    assert abs(np.corrcoef(a, b)[0, 1]) < 0.01


def test_cells_of_later_attempts() -> None:
    rows, attempts = np.array([0, 5, 5, 9]), np.array([1, 1, 2, 70])
    found = keys.cells_again(123, rows, attempts)
    assert [keys.cells_again(123, rows[k : k + 1], attempts[k : k + 1])[0] for k in range(4)] == found.tolist()
    every = keys.cells_again(7, np.repeat(np.arange(300), 40), np.tile(np.arange(1, 41), 300))
    assert len(set(every.tolist()) | set(keys.cells(7, 0, 12000).tolist())) == 24000
    assert abs(np.corrcoef(keys.to_unit(every).reshape(300, 40), rowvar=False)[np.triu_indices(40, 1)].mean()) < 0.01
