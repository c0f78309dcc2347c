"""Hours of the day: curves, and moments that lie as dense as they say, on days of 23, 24 and 25 hours."""

from __future__ import annotations

import datetime as dt
import pickle

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from seedbed.core import keys
from seedbed.core.errors import DataError
from seedbed.generators import calendars, clocks
from seedbed.generators.calendars import Zone
from seedbed.generators.clocks import DayClock, HourCurve

FLOW = [(480, 0.4), (720, 1.2), (1020, 1.6), (1260, 0.3)]
POINTS = st.lists(st.tuples(st.integers(0, 1439), st.floats(0, 5)), min_size=2, max_size=6, unique_by=lambda p: p[0])
CURVES = POINTS.filter(lambda points: any(factor > 0.01 for _, factor in points)).map(sorted)


def test_straight_lines_between_points_and_past_midnight():
    curve = HourCurve(FLOW)
    assert curve.at([8 * 3600, 10 * 3600, 12 * 3600, 17 * 3600, 21 * 3600]) == pytest.approx([0.4, 0.8, 1.2, 1.6, 0.3])
    # From 21:00 to 8:00 are 11 hours: 0.3 at 21:00, 0.4 at 8:00.
    assert curve.at([0, 2 * 3600, 86399]) == pytest.approx([0.3 + 0.3 / 11, 0.3 + 0.5 / 11, 0.3 + 0.3 / 11], abs=1e-5)
    assert curve.minutes[720] == pytest.approx(1.2)
    assert len(curve.minutes) == 1440


def test_product_of_curves():
    assert clocks.product([]) is None
    curve = clocks.product([HourCurve([(0, 1), (720, 2)]), HourCurve([(0, 3), (360, 1)])])
    assert curve is not None
    assert curve.at([0, 6 * 3600, 12 * 3600]) == pytest.approx([3, 1.5, 2 * (1 + 2 / 3)])


@given(CURVES, st.integers(0, 2**32))
def test_seconds_invert_shares(points, seed):
    clock = DayClock(HourCurve(points))
    cells = np.sort(np.random.default_rng(seed).integers(0, 2**64, 500, dtype=np.uint64))
    shares = keys.to_unit(cells)
    exact, quick = clock.exact(shares), clock.seconds(cells)
    for seconds in (exact, quick):
        assert (np.diff(seconds) >= -1e-6).all()
        assert seconds.min() >= 0
        assert seconds.max() < 86400
    assert np.abs(clock.share(exact) - shares).max() < 1e-9
    # One line for a 4096th of the mass, whose density changes by a fifth at most: a 20th of it at most, all told.
    assert np.abs(clock.share(quick) - shares).max() < 0.05 / 4096
    assert (pickle.loads(pickle.dumps(clock)).seconds(cells) == quick).all()


@given(CURVES)
def test_the_mass_of_five_minutes_is_that_under_the_lines(points):
    curve = HourCurve(points)
    clock = DayClock(curve)
    fine = curve.at(np.arange(0, 86400, 2) + 1.0)
    within = clock.share(np.arange(0, 86401, 300)) * fine.sum()
    assert np.diff(within) == pytest.approx(fine.reshape(288, 150).sum(axis=1), rel=1e-3, abs=fine.sum() * 1e-7)


def test_hours_of_zero_stay_empty(made):
    rows = made(
        "at: {type: datetime, range: [2025-03-01, 2025-03-31], effects: [{hour: "
        '{"8:59": 0, 9: 1, 12: 1, "12:01": 0, "13:29": 0, "13:30": 2, 18: 2, "18:01": 0}}]}',
        rows=200_000,
        head="seed: 3\nperiod: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}",
    )
    minute = rows["at"].dt.hour().cast(int) * 60 + rows["at"].dt.minute()
    assert minute.is_between(539, 720).sum() + minute.is_between(809, 1080).sum() == 200_000
    afternoon = (minute >= 809).mean()
    assert afternoon == pytest.approx(9 / 12, abs=0.005)


def test_hours_by_chi_square(made):
    rows = made(
        "at: {type: datetime, range: period, effects: [{weekday: {sat: 1.4}}, "
        "{hour: {8: 0.4, 12: 1.2, 17: 1.6, 21: 0.3}}]}",
        rows=400_000,
        head="seed: 5\nperiod: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}",
    )
    quarter = rows["at"].dt.hour().cast(int) * 4 + rows["at"].dt.minute() // 15
    counts = np.bincount(quarter.to_numpy(), minlength=96)
    # Expectation from the lines alone, over all days of the year with their own hours.
    utc = np.arange(*(Zone("America/Montreal").moment(dt.datetime(year, 1, 1)) for year in (2025, 2026)), 60_000)
    local = Zone("America/Montreal").to_local(utc)
    weight = HourCurve(FLOW).at(local % calendars.DAY / 1000 + 30)
    weight *= np.where((local // calendars.DAY + 3) % 7 == 5, 1.4, 1)
    expected = np.bincount(local % calendars.DAY // 900_000, weight)
    assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 0.001


@pytest.mark.parametrize(
    ("day", "hours", "odd", "share"),
    [(dt.date(2025, 3, 9), 23, 2, 0.0), (dt.date(2025, 11, 2), 25, 1, 2.0), (dt.date(2025, 6, 1), 24, 2, 1.0)],
)
def test_days_of_changing_clocks(made, day, hours, odd, share):
    rows = made(
        f"at: {{type: datetime, range: [{day}, {day}], effects: [{{hour: {{0: 1, 12: 1}}}}]}}",
        rows=100_000,
        head="seed: 3\nperiod: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}",
    )
    counts = rows.group_by(pl.col("at").dt.hour().alias("hour")).len().sort("hour")
    seen = dict(counts.iter_rows())
    assert sum(seen.values()) == 100_000
    assert seen.get(odd, 0) / (100_000 / hours) == pytest.approx(share, abs=0.05)
    assert seen[15] / (100_000 / hours) == pytest.approx(1, abs=0.06)
    assert rows["at"].dt.date().unique().to_list() == [day]


def test_days_keep_their_weights_under_a_curve(made):
    """A curve shapes the day, not how many rows it has; parts of days and days of 23 hours have their part."""
    rows = made(
        "at: {type: datetime, range: [2025-03-07T12:00:00, 2025-03-10], "
        "effects: [{hour: {0: 1, 12: 1}}, {weekday: {sat: 2}}]}",
        rows=100_000,
        head="seed: 3\nperiod: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}",
    )
    counts = rows.group_by(pl.col("at").dt.date().alias("day")).len().sort("day")["len"].to_numpy()
    expected = np.array([12, 48, 23, 24]) * 100_000 / 107
    assert stats.chisquare(counts, expected).pvalue > 0.001


def test_a_mode_bends_the_days_under_a_curve(made):
    rows = made(
        "at: {type: datetime, range: [2025-01-01, 2025-01-11], typical: 2025-01-03, "
        "effects: [{hour: {8: 1, 20: 1, 21: 0, 7: 0}}]}",
        rows=50_000,
        head="seed: 3\nperiod: {start: 2025-01-01, end: 2025-12-31, timezone: Europe/Paris}",
    )
    assert rows["at"].dt.hour().is_between(7, 20).all()
    counts = rows.group_by(pl.col("at").dt.date().alias("day")).len().sort("day")
    assert counts["day"][counts["len"].arg_max()] in {dt.date(2025, 1, 2), dt.date(2025, 1, 3), dt.date(2025, 1, 4)}
    assert counts["len"][0] > counts["len"][-1]


def test_hours_that_the_range_does_not_have_are_refused(made):
    with pytest.raises(DataError, match="leave no day of the range"):
        made(
            "at: {type: datetime, range: [2025-01-01T08:00:00, 2025-01-01T09:00:00], "
            "effects: [{hour: {7: 0, 10: 0, 11: 1}}]}"
        )


@given(st.integers(0, 40), st.integers(1, 10**6), st.sampled_from(["UTC", "America/Montreal", "Australia/Lord_Howe"]))
def test_stretches_cover_the_range_once(days, seconds, zone_name):
    zone = Zone(zone_name)
    low = dt.datetime(2025, 3, 1) + dt.timedelta(days=days, seconds=seconds % 86400)
    high = low + dt.timedelta(seconds=seconds)
    if zone.moment(high) <= zone.moment(low):
        return  # both in the hour that the clock skips
    spans = clocks.stretches(zone, low, high)
    assert spans.start[0] == zone.moment(low)
    assert spans.stop[-1] == zone.moment(high)
    assert (spans.start[1:] == spans.stop[:-1]).all()
    local = zone.to_local(spans.start)
    assert (local // calendars.DAY == zone.to_local(spans.stop - 1) // calendars.DAY).all()
    assert (spans.window[:, 0] * 1000 == local % calendars.DAY).all()
