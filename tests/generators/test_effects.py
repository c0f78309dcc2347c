"""Effects over the calendar against known answers: on dates their density, on numbers their typical value."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small_books import digests, table_of

from seedbed.generators import calendars, generate
from seedbed.generators.blocks import Block
from seedbed.generators.compiler import compile_plan
from seedbed.generators.holiday_days import holiday_days
from seedbed.generators.plans import resolve

HEAD = "seed: 3\nperiod: {start: 2025-01-01, end: 2026-12-31, timezone: America/Montreal, holidays: CA-QC}"
QUEBEC_2025 = {
    "New Year's Day": dt.date(2025, 1, 1),
    "Good Friday": dt.date(2025, 4, 18),
    "National Patriots' Day": dt.date(2025, 5, 19),
    "Saint John the Baptist Day": dt.date(2025, 6, 24),
    "Canada Day": dt.date(2025, 7, 1),
    "Labor Day": dt.date(2025, 9, 1),
    "Thanksgiving Day": dt.date(2025, 10, 13),
    "Christmas Day": dt.date(2025, 12, 25),
}


def _on(table, *days):
    return calendars.factor_of_days(table, np.array([calendars.day_number(day) for day in days])).tolist()


def test_holidays_of_quebec_by_name():
    found = holiday_days("CA-QC", 2025, 2025)
    assert found == {calendars.day_number(day): name for name, day in sorted(QUEBEC_2025.items(), key=lambda i: i[1])}
    # Christmas 2027 is a Saturday: the Monday after it is kept too.
    assert len(holiday_days("CA-QC", 2025, 2027)) == 25
    assert calendars.day_number(dt.date(2025, 6, 24)) not in holiday_days("CA-ON", 2025, 2025)


def test_holiday_factors_of_days():
    christmas, boxing = (calendars.day_number(dt.date(2025, 12, day)) for day in (25, 26))
    table = calendars.holiday_factors([christmas, boxing], 0.1, (3, 1.5), (2, 0.8))
    days = [dt.date(2025, 12, day) for day in range(21, 30)]
    assert _on(table, *days) == [1, 1.5, 1.5, 1.5, 0.1, 0.1, 0.8, 0.8, 1]
    both = calendars.holiday_factors([christmas, christmas + 3], 0.1, (3, 1.5), (2, 0.8))
    assert _on(both, *days) == pytest.approx([1, 1.5, 1.5, 1.5, 0.1, 1.2, 1.2, 0.1, 0.8])
    assert set(calendars.holiday_factors([], 0.1, (3, 1.5), None)) == {1.0}


@given(st.floats(-0.9, 9), st.integers(-30, 30), st.dates(dt.date(1900, 1, 1), dt.date(2100, 12, 31)))
def test_a_trend_is_exact_on_anniversaries(per_year, years, start):
    if (start.month, start.day) == (2, 29):
        start = start.replace(day=28)
    there = start.replace(year=start.year + years)
    expected = min(max((1 + per_year) ** years, 1e-9), 1e9)
    assert _on(calendars.trend_factors(start, per_year), there) == pytest.approx([expected], rel=1e-3, abs=1e-12)


def test_a_trend_compounds():
    table = calendars.trend_factors(dt.date(2024, 2, 29), 0.04)
    days = [dt.date(2024, 2, 29), dt.date(2025, 2, 28), dt.date(2028, 2, 29), dt.date(2023, 2, 28)]
    assert _on(table, *days) == pytest.approx([1, 1.04, 1.04**4, 1 / 1.04], abs=1e-11)
    middle = _on(table, dt.date(2024, 8, 30))[0]
    assert middle == pytest.approx(1.04**0.5, abs=2e-4)


def test_years_of_a_trend_have_their_ratio(made):
    rows = made("d: {type: date, range: period, effects: [{trend: {per_year: 0.5}}]}", rows=300_000, head=HEAD)
    first = (rows["d"].dt.year() == 2025).mean()
    assert first / (1 - first) == pytest.approx(1 / 1.5, rel=0.015)


def test_holidays_in_the_density_of_days_by_chi_square(made):
    effects = (
        "[{holiday: {day: 0.1, before: {days: 3, factor: 1.5}, after: {days: 1, factor: 2}}}, {weekday: {sun: 0.5}}]"
    )
    rows = made(f"d: {{type: date, range: period, effects: {effects}}}", rows=300_000, head=HEAD)
    counts = np.bincount((rows["d"] - dt.date(2025, 1, 1)).dt.total_days().to_numpy(), minlength=730)
    kept = holiday_days("CA-QC", 2024, 2027)
    expected = np.ones(730)
    for k in range(730):
        day = calendars.day_number(dt.date(2025, 1, 1)) + k
        if day in kept:
            expected[k] = 0.1
        else:
            expected[k] *= 1.5 if any(day + n in kept for n in (1, 2, 3)) else 1
            expected[k] *= 2 if day - 1 in kept else 1
        expected[k] *= 0.5 if (day + 3) % 7 == 6 else 1
    assert stats.chisquare(counts, expected * counts.sum() / expected.sum()).pvalue > 0.001


def _factors(columns: str, rows: int, name: str = "n"):
    """A book's rows as columns see them, and the product of the effects of one."""
    table = compile_plan(resolve(table_of(columns, rows, HEAD), {}))["t"]
    block = table.block(0, rows)
    return block, np.prod([effect.factors(block) for effect in table.columns[name].maker.effects], axis=0)


@pytest.mark.parametrize("kind", ["date", "datetime"])
def test_numbers_look_at_the_day(kind):
    columns = f"""
at: {{type: {kind}, range: period, missing: 0.1}}
n:
  type: number
  range: [0, 100]
  typical: 10
  effects:
    - holiday: {{day: 0.2, before: {{days: 2, factor: 1.5}}}}
    - trend: {{per_year: 1}}
"""
    block, factors = _factors(columns, 20_000)
    days = block.series("at").cast(pl.Date).to_list()
    kept = {dt.date(1970, 1, 1) + dt.timedelta(days=day) for day in holiday_days("CA-QC", 2025, 2027)}
    for day, factor in zip(days, factors.tolist(), strict=True):
        if day is None:
            assert factor == 1
            continue
        expected = 2 ** ((day - dt.date(2025, 1, 1)).days / 365)
        if day in kept:
            expected *= 0.2
        elif {day + dt.timedelta(days=1), day + dt.timedelta(days=2)} & kept:
            expected *= 1.5
        assert factor == pytest.approx(expected, rel=1e-9)


def test_numbers_look_at_the_local_minute():
    columns = """
at: {type: datetime, range: [2025-03-08, 2025-03-10]}
n: {type: number, range: [0, 100], typical: 10, effects: [{hour: {0: 1, 6: 1, 12: 4, 18: 1}}]}
"""
    block, factors = _factors(columns, 5000)
    local = block.series("at")
    minutes = local.dt.hour().cast(int) * 60 + local.dt.minute()
    expected = np.interp(minutes.to_numpy(), [0, 360, 720, 1080, 1440], [1, 1, 4, 1, 1])
    assert factors == pytest.approx(expected, abs=1e-9)


def test_noise_is_lognormal_and_its_own():
    columns = """
a: {type: number, range: [0, 100], typical: 10, effects: [{noise: {spread: 0.5}}]}
b: {type: number, range: [0, 100], typical: 10, effects: [{noise: {spread: 0.5}}, {noise: {spread: 0.5}}]}
"""
    (_, one), (_, two) = (_factors(columns, 100_000, name) for name in "ab")
    assert np.log(one).std() == pytest.approx(0.5, abs=0.005)
    assert np.median(one) == pytest.approx(1, abs=0.005)
    assert np.log(two).std() == pytest.approx(0.5 * 2**0.5, abs=0.006)
    assert stats.kstest(np.log(one) / 0.5, "norm").pvalue > 0.001


def test_holidays_before_the_period_are_known_where_a_range_shows_them(made):
    columns = """
d: {type: date, range: [1999-12-20, 1999-12-31]}
n: {type: number, range: [0, 100], typical: 50, effects: [{holiday: {day: 0}}]}
"""
    rows = made(columns, rows=5000, head=HEAD)
    assert rows.filter(pl.col("d") == dt.date(1999, 12, 25))["n"].mean() < 30
    assert rows.filter(pl.col("d") == dt.date(1999, 12, 22))["n"].mean() > 40


FACTOR = st.sampled_from([0, 0.3, 1, 2.5])
EFFECTS = st.lists(
    st.one_of(
        st.builds("hour: {{{}: {}, {}: 1}}".format, st.integers(0, 11), FACTOR, st.integers(12, 23)),
        st.builds("weekday: {{mon: {}, sun: {}}}".format, FACTOR, FACTOR),
        st.builds("season: {{peak: 0{}-15, swing: 0.9}}".format, st.integers(1, 9)),
        st.builds("holiday: {{day: {}, after: {{days: 2, factor: {}}}}}".format, FACTOR, FACTOR),
        st.builds("trend: {{per_year: {}}}".format, st.sampled_from([-0.5, 0.1, 3])),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=40)
@given(EFFECTS, st.integers(0, 8000), st.integers(2, 30_000), st.sampled_from(["", "typical: {}, "]))
def test_moments_stay_in_their_range_whatever_shapes_them(effects, start, minutes, typical):
    low = dt.datetime(2025, 2, 27) + dt.timedelta(hours=start)
    high = low + dt.timedelta(days=8, minutes=minutes)
    middle = typical.format((low + (high - low) / 3).replace(second=0).isoformat())
    span = f"range: [{low.isoformat()}, {high.isoformat()}], {middle}"
    listed = ", ".join(f"{{{effect}}}" for effect in effects)
    table = compile_plan(resolve(table_of(f"at: {{type: datetime, {span}effects: [{listed}]}}", 300, HEAD), {}))["t"]
    moments = table.block(0, 300).get("at").data
    zone = calendars.Zone("America/Montreal")
    assert moments.min() >= zone.moment(low)
    assert moments.max() < zone.moment(high)
    rows = np.array([299, 7, 7, 150])
    assert (Block(table, rows=rows).get("at").data == moments[rows]).all()


def test_same_bytes_for_any_workers_and_rows_apart(tmp_path):
    columns = """
at:
  type: datetime
  range: period
  effects: [{hour: {8: 1, 20: 2}}, {holiday: {day: 0.1}}, {trend: {per_year: 0.1}}, {season: {peak: 07-01, swing: 0.5}}]
n: {type: integer, range: [0, 99], typical: 9, effects: [{hour: {8: 1, 20: 2}}, {noise: {spread: 0.3}}]}
"""
    document = table_of(columns, 3000, HEAD)
    generate(document, tmp_path / "one", workers=1)
    generate(document, tmp_path / "two", workers=2)
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_sales_double_in_december(made):
    columns = """
d: {type: date, range: [2025-01-01, 2025-12-31], effects: [{month: {dec: 2, feb: 0}}]}
n: {type: integer, range: [1, 1000], distribution: {poisson: {mean: 100}}, effects: [{month: {dec: 2}}]}
"""
    frame = made(columns, 60_000)
    months = frame["d"].dt.month()
    counts = dict(months.value_counts().iter_rows())
    assert 2 not in counts
    assert abs(counts[12] / counts[1] - 2) < 0.12
    december = frame.filter(months == 12)["n"].mean() / frame.filter(months != 12)["n"].mean()
    assert abs(december - 2) < 0.02
