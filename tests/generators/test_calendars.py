from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.generators import calendars
from seedbed.generators.calendars import Zone

ZONES = ["UTC", "America/Montreal", "Europe/Paris", "Asia/Kolkata", "Australia/Lord_Howe", "America/Sao_Paulo"]
MOMENTS = st.integers(-5_000_000_000, 7_000_000_000)  # seconds: 1811 to 2191


@pytest.mark.parametrize("name", ZONES)
@settings(deadline=None)
@given(seconds=st.lists(MOMENTS, min_size=1, max_size=5))
def test_local_time_is_that_of_zoneinfo(name, seconds):
    local = Zone(name).to_local(np.array(seconds, np.int64) * 1000)
    for second, got in zip(seconds, local.tolist(), strict=True):
        aware = (dt.datetime(1970, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=second)).astimezone(ZoneInfo(name))
        expected = aware.replace(tzinfo=None) - dt.datetime(1970, 1, 1)
        assert got == expected // dt.timedelta(milliseconds=1)


@pytest.mark.parametrize("name", ZONES)
@settings(deadline=None)
@given(seconds=MOMENTS)
def test_there_and_back(name, seconds):
    zone, moments = Zone(name), np.array([seconds * 1000])
    back = zone.to_utc(zone.to_local(moments))
    # The second of two equal local times comes back as the first.
    assert zone.to_local(back) == zone.to_local(moments)
    assert back[0] in (moments[0], moments[0] - 3_600_000, moments[0] - 1_800_000) or abs(back[0] - moments[0]) < 7.2e6


def test_clock_changes():
    zone = Zone("America/Montreal")
    spring, autumn = dt.datetime(2025, 3, 9, 2, 30), dt.datetime(2025, 11, 2, 1, 30)
    for local in (spring, autumn):
        milliseconds = (local - dt.datetime(1970, 1, 1)) // dt.timedelta(milliseconds=1)
        assert zone.to_utc(np.array([milliseconds]))[0] == zone.moment(local)


def test_days_of_changing_clocks_have_their_own_length():
    zone, flat = Zone("America/Montreal"), calendars.weekday_factors([1] * 7)
    starts, seconds, weights = calendars.pieces(zone, dt.datetime(2025, 1, 1), dt.datetime(2026, 1, 1), None, flat)
    assert len(starts) == 365
    assert sorted({int(s) // 3600 for s in seconds}) == [23, 24, 25]
    assert seconds.sum() == 365 * 86400
    assert weights.tolist() == seconds.tolist()
    assert (np.diff(starts) == seconds[:-1] * 1000).all()


def test_pieces_of_a_part_of_a_day_with_a_mode():
    zone, flat = Zone("UTC"), calendars.weekday_factors([1] * 7)
    low, high, mode = (dt.datetime(2025, 5, 1, hour) for hour in (8, 20, 12))
    starts, seconds, weights = calendars.pieces(zone, low, high, mode, flat)
    assert starts[0] == zone.moment(low)
    assert seconds.sum() == 12 * 3600
    peak = starts[np.argmax(weights / seconds)]
    assert abs(peak - zone.moment(mode)) < 600_000


def test_weekday_factors():
    table = calendars.weekday_factors([1, 2, 3, 4, 5, 6, 7])
    days = [dt.date(2025, 3, 3) + dt.timedelta(days=k) for k in range(7)]  # a Monday
    numbers = np.array([calendars.day_number(day) for day in days])
    assert calendars.factor_of_days(table, numbers).tolist() == [1, 2, 3, 4, 5, 6, 7]


def test_month_factors():
    factors = calendars.month_factors(range(1, 13))
    for day in (dt.date(1700, 1, 1), dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(2201, 12, 31)):
        assert calendars.factor_of_days(factors, np.array([calendars.day_number(day)]))[0] == day.month


def test_season_factors():
    table = calendars.season_factors(12, 20, 0.25)

    def factor(*day: int) -> float:
        return float(calendars.factor_of_days(table, np.array([calendars.day_number(dt.date(*day))]))[0])

    assert factor(2025, 12, 20) == 1.25
    assert factor(2025, 6, 20) == pytest.approx(0.75, abs=1e-3)
    assert factor(2024, 12, 20) == 1.25
    assert factor(2025, 12, 31) == pytest.approx(factor(2026, 1, 1), abs=0.01)
    leap = calendars.season_factors(2, 29, 0.5)
    number = np.array([calendars.day_number(dt.date(2024, 2, 29)), calendars.day_number(dt.date(2025, 2, 28))])
    assert calendars.factor_of_days(leap, number).tolist() == [1.5, 1.5]


@settings(deadline=None)
@given(st.integers(1, 400), st.data())
def test_day_weights_of_a_mode(count, data):
    mode = data.draw(st.integers(0, count - 1))
    weights = calendars.day_weights(20000, 20000 + count - 1, 20000 + mode, None)
    assert weights.sum() == pytest.approx(1, abs=1e-9)
    assert (weights >= 0).all()
    assert abs(int(np.argmax(weights)) - mode) <= 1
