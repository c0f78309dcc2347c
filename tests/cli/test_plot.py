"""Plots: round ticks, known names, and no number that a page cannot show."""

from __future__ import annotations

import datetime as dt
import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.cli import charts
from seedbed.cli.plot import Linear, Plot, days_of, nice, percent, plain, shortened, text_width, ticks, time_ticks

number = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize(
    ("low", "high", "count", "expected"),
    [
        (0, 1, 5, [0, 0.2, 0.4, 0.6, 0.8, 1]),
        (0, 97, 5, [0, 20, 40, 60, 80]),
        (-3, 3, 5, [-3, -2, -1, 0, 1, 2, 3]),
        (0, 0.07, 3, [0, 0.02, 0.04, 0.06]),
        (5, 5, 5, [5]),
    ],
)
def test_ticks(low: float, high: float, count: int, expected: list[float]) -> None:
    assert ticks(low, high, count) == pytest.approx(expected)


@given(number, number, st.integers(1, 12))
def test_ticks_of_anything(one: float, two: float, count: int) -> None:
    low, high = min(one, two), max(one, two)
    marks = ticks(low, high, count)
    assert marks == sorted(marks)
    assert len(marks) <= 3 * count + 3
    slack = 1e-6 * max(abs(low), abs(high))
    assert all(low - slack <= mark <= high + slack for mark in marks)
    for name in (*plain(marks), *percent([mark for mark in marks if abs(mark) < 1e300])):
        assert len(name) < 24
    below, above = nice(low, high)
    assert below <= low + slack
    assert above >= high - slack


@given(number, number, number)
def test_a_scale_gives_pixels(one: float, two: float, value: float) -> None:
    at = Linear(min(one, two), max(one, two), 0, 300)(value)
    assert math.isfinite(at)
    if min(one, two) <= value <= max(one, two):
        assert -1e-6 <= at <= 300 + 1e-6


def test_a_logarithmic_scale() -> None:
    scale = Linear(1, 100, 0, 200, log=True)
    assert (scale(1), scale(10), scale(100)) == pytest.approx((0, 100, 200))


def test_names_of_numbers() -> None:
    assert plain([0, 500_000, 1_000_000]) == ["0", "500,000", "1,000,000"]
    assert plain([-0.5, 0, 0.5]) == ["−0.5", "0.0", "0.5"]
    assert percent([0, 0.005, 0.01]) == ["0.0%", "0.5%", "1.0%"]
    assert percent([0, 0.2]) == ["0%", "20%"]
    assert plain([0, 1e300]) == ["0", "1e+300"]


@given(st.dates(dt.date(1, 2, 1), dt.date(9999, 11, 1)), st.floats(0.05, 3_000_000), st.integers(2, 8))
def test_time_ticks_of_any_span(first: dt.date, days: float, count: int) -> None:
    low = days_of(str(first))
    high = min(low + days, days_of("9999-12-31"))
    marks, names = time_ticks(low, high, count)
    assert len(marks) == len(names) <= 6 * count + 2
    assert all(low <= mark <= high for mark in marks)
    assert marks == sorted(set(marks))


def test_names_of_days() -> None:
    marks, names = time_ticks(days_of("2024-01-01"), days_of("2025-12-31"), 5)
    assert names == ["2024", "Jul", "2025", "Jul"]
    assert marks[2] == days_of("2025-01-01")
    _, names = time_ticks(days_of("2024-03-01"), days_of("2024-04-10"), 5)
    assert "Mar 7" in names or "Mar 8" in names


@given(st.lists(st.tuples(number, st.floats(0, 1)), min_size=1, max_size=8), number, number)
def test_any_histogram_is_a_picture(rows: list[tuple[float, float]], low: float, high: float) -> None:
    edges = sorted({edge for edge, _ in rows})
    bins = [{"from": a, "to": b, "share": s} for a, b, (_, s) in zip(edges, edges[1:], rows, strict=False)]
    drawn = charts.histogram(bins, expected=(min(low, high), max(low, high)), typical=low)
    top = ET.fromstring(drawn)
    for value in re.findall(r' (?:x|y|width|height|x1|y1|x2|y2)="([^"]*)"', drawn):
        assert math.isfinite(float(value))
    assert float(top.attrib["width"]) < 900


@given(st.text(max_size=60), st.floats(20, 300))
def test_texts_are_cut(words: str, limit: float) -> None:
    cut = shortened(words, limit)
    assert text_width(cut) <= limit or len(cut) <= 1
    plot = Plot(100, 20, words.replace("\0", ""))
    plot.left_axis([10], [cut], line=False)


def test_words_are_escaped() -> None:
    plot = Plot(100, 20, 'a < b & "c"')
    plot.bottom_axis([50], ["<script>"], "x & y")
    assert "<script>" not in plot.svg()
    ET.fromstring(plot.svg())


def test_names_that_would_touch_are_left_out() -> None:
    plot = Plot(100, 20)
    plot.bottom_axis([0, 10, 90], ["1,000,000", "2,000,000", "3"])
    assert "2,000,000" not in plot.svg()
    assert "1,000,000" in plot.svg()
