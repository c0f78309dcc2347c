"""Effects over the calendar, as the preview draws them."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from small_books import table_of

from seedbed.generators import calendar_curves

PERIOD = "period: {start: 2025-01-01, end: 2026-12-31, timezone: America/Montreal, holidays: CA-QC}"


def test_curves_of_a_datetime():
    columns = """
at:
  type: datetime
  range: period
  effects:
    - weekday: {sat: 2}
    - hour: {8: 0.4, 12: 1.2}
    - hour: {0: 2, 12: 1}
    - holiday: {day: 0.1, before: {days: 1, factor: 1.5}}
    - trend: {per_year: 0.04}
"""
    (found,) = calendar_curves(table_of(columns, head=PERIOD).value, "t", "at")
    assert found.when == ""
    assert found.days[[0, -1]].tolist() == [dt.date(2025, 1, 1), dt.date(2026, 12, 31)]
    assert list(found.by_day) == ["weekday", "holiday", "trend"]
    assert list(found.by_hour) == ["hour", "hour 2"]
    saturday = int(np.flatnonzero(found.days == np.datetime64("2026-01-03"))[0])
    assert found.day[saturday] == pytest.approx(2 * 1.04 ** (1 + 2 / 365))
    assert found.day[0] == pytest.approx(0.1)
    assert found.minutes.tolist() == list(range(0, 1440, 15))
    assert found.hour[[0, 48]] == pytest.approx([2 * (0.4 + 0.8 * 8 / 20), 1.2])
    assert found.holidays[dt.date(2025, 6, 24)] == "Saint John the Baptist Day"
    assert len(found.holidays) == 16


def test_curves_of_branches_of_a_number():
    columns = """
d: {type: date, range: [2024-05-01, 2024-06-30]}
n:
  type: number
  cases:
    - {when: d < date '2024-06-01', range: [0, 9], typical: 2, effects: [{season: {peak: 07-01, swing: 1}}]}
    - {when: d < date '2024-06-02', range: [0, 9], typical: 2}
    - {otherwise: {range: [0, 9], typical: 2, effects: [{weekday: {sun: 0}}, {noise: {spread: 1}}]}}
"""
    first, last = calendar_curves(table_of(columns).value, "t", "n")
    assert (first.when, last.when) == ("d < date '2024-06-01'", "otherwise")
    assert len(first.days) == 366
    assert first.day.max() == 2
    assert list(last.by_day) == ["weekday"]
    assert last.by_hour == {}
    assert (last.hour == 1).all()


def test_a_column_without_effects_has_none():
    assert (
        calendar_curves(table_of("d: {type: date, range: [2024-05-01, 2024-06-30]}\nk: {type: id}").value, "t", "d")
        == ()
    )
