"""Series remember: each part is what it says, inside the range without a heap, and the same at any rows."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import book_of, digests
from test_layouts import frame, made_of

from seedbed.core.errors import DataError
from seedbed.generators import compiler, files, generate, plans, series

HEAD = """\
seedbed: book/1
name: b
seed: 5
period: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}
tables:
  device: {rows: 6, columns: {id: {type: id}}}
"""


def book(each: str, *columns: str, head: str = HEAD) -> str:
    step = next(item for item in each.split(", ") if item == "hour" or item == "day" or item.endswith("min"))
    lines = [f"at: {{type: {'date' if step == 'day' else 'datetime'}, part: {step}}}"]
    lines += [f"{item}: {{type: reference, to: {item}}}" for item in each.split(", ") if item != step]
    body = "".join(f"      {line}\n" for line in (*lines, *columns))
    return head + f"  reading:\n    each: [{each}]\n    columns:\n{body}"


def number(body: str, type: str = "number") -> str:
    return f"v: {{type: {type}, series: {{{body}}}}}"


def of(text: str, **rows: int) -> pl.DataFrame:
    return frame(made_of(text, **rows)["reading"])


def test_a_pull_back_has_the_spread_and_half_life_asked_for():
    rows = of(book("device, hour", number("range: [-99, 99], typical: 10, revert: {half_life: 6 hours, spread: 2}")))
    values = rows["v"].to_numpy().reshape(6, -1)
    assert values.mean() == pytest.approx(10, abs=0.2)
    assert values.std() == pytest.approx(2, rel=0.05)
    away = values - values.mean()
    assert (away[:, 6:] * away[:, :-6]).mean() / away.var() == pytest.approx(0.5, abs=0.05)
    between = np.corrcoef(values)
    assert np.abs(between - np.eye(6)).max() < 0.2


def test_a_walk_grows_with_the_root_of_time_and_is_turned_back_at_the_ends():
    free = of(book("device, hour", number("range: [-9999, 9999], typical: 0, walk: 1")), device=300)
    values = free["v"].to_numpy().reshape(300, -1)
    assert np.all(values[:, 0] == 0)
    assert np.diff(values, axis=1).std() == pytest.approx(1, rel=0.02)
    assert values[:, 2500].std() == pytest.approx(50, rel=0.15)
    bound = of(book("device, hour", number("range: [0, 9], walk: 1, noise: 0.5", "integer")), device=200)["v"]
    counts = bound.value_counts().sort("v")
    assert counts["v"].to_list() == list(range(10))
    shares = counts["count"] / len(bound)
    assert shares.min() > 0.09
    assert shares.max() < 0.11


def test_waves_peak_by_the_local_clock_on_both_sides_of_a_change():
    rows = of(
        book("device, 30 min", number("range: [-99, 99], typical: 0, daily: {peak: '15:00', swing: 4}")), device=1
    )
    at_peak = rows.filter(pl.col("at").dt.time() == dt.time(15))
    assert len(at_peak) == 365
    assert np.allclose(at_peak["v"], 4)
    assert np.allclose(rows.filter(pl.col("at").dt.time() == dt.time(3))["v"], -4)
    rows = of(book("device, day", number("range: [-99, 99], typical: 0, yearly: {peak: 07-25, swing: 8}")), device=1)
    assert rows.row(rows["v"].arg_max())[0] == dt.date(2025, 7, 25)
    assert rows["v"].max() == pytest.approx(8)
    assert rows["v"].min() == pytest.approx(-8, abs=0.01)


def test_levels_jump_as_often_as_asked_and_stay():
    rows = of(book("device, hour", number("range: [-99, 99], typical: 0, shifts: {per_year: 4, size: 5}")), device=500)
    values = rows["v"].to_numpy().reshape(500, -1)
    jumps = (np.diff(values, axis=1) != 0).sum(axis=1)
    assert jumps.mean() == pytest.approx(4, abs=0.4)
    assert np.all(values[:, 0][jumps < 50] == values[:, 0][jumps < 50])
    assert values[:, -1][jumps > 0].std() == pytest.approx(5, rel=0.15)


def test_noise_stands_alone_and_decimals_keep_their_places():
    rows = of(book("device, hour", number("range: [0, 20], typical: 10, noise: 1", "decimal, places: 1")))
    values = rows["v"].to_numpy()
    assert values.std() == pytest.approx(1, rel=0.03)
    assert np.abs(np.corrcoef(values[1:], values[:-1])[0, 1]) < 0.03
    assert np.allclose(values * 10, np.rint(values * 10))


MOVES = {
    "walk": "walk: 0.3",
    "revert": "revert: {half_life: 20 steps, spread: 1.5}",
    "noise": "noise: 0.2",
    "daily": "daily: {peak: '15:00', swing: 4}",
    "yearly": "yearly: {peak: 07-25, swing: 8}",
    "shifts": "shifts: {per_year: 60, size: 5}",
}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    moves=st.lists(st.sampled_from(sorted(MOVES)), min_size=1, unique=True),
    each=st.sampled_from(["device, hour", "hour, device", "site, hour, device", "90 min"]),
    type=st.sampled_from(["integer", "number", "decimal, places: 2"]),
    typical=st.sampled_from(["", ", typical: 3"]),
    keep=st.sampled_from(["", "    keep: 0.4\n"]),
    long=st.sampled_from([1, 64, 1 << 20]),
    at_once=st.sampled_from([50, 1 << 20]),
    data=st.data(),
)
def test_any_rows_are_those_of_a_stretch(moves, each, type, typical, keep, long, at_once, data, monkeypatch):
    head = HEAD.replace("2025-12-31", "2025-01-04") + "  site: {rows: 2, columns: {id: {type: id}}}\n"
    text = book(each, number(f"range: [-5, 8]{typical}, " + ", ".join(MOVES[move] for move in moves), type), head=head)
    text = text.replace("    columns:\n      at", keep + "    columns:\n      at")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(series, "LONG", long)
        patch.setattr(series, "AT_ONCE", at_once)
        patch.setattr(series, "KEPT", 100)
        table = made_of(text)["reading"]
        everything = frame(table)
        assert everything["v"].is_between(-5, 8).all()
        rows = data.draw(st.lists(st.integers(0, table.rows - 1), max_size=30))
        again = made_of(text)["reading"]
        assert frame(again, rows).equals(everything[rows])
        start = data.draw(st.integers(0, table.rows))
        stop = data.draw(st.integers(start, table.rows))
        block = again.block(start, stop)
        assert pl.DataFrame([block.series(name) for name in table.columns]).equals(everything[start:stop])


def test_long_pull_backs_are_carried_from_run_to_run():
    kicks = np.random.default_rng(1).normal(size=(3, 2 * series.RUN + 77))
    expected = kicks.copy()
    for step in range(1, kicks.shape[1]):
        expected[:, step] += 0.99 * expected[:, step - 1]
    found = series.reverting(kicks.copy(), 0.99)
    assert np.allclose(found, expected)
    assert np.array_equal(series.reverting(kicks[:, :700].copy(), 0.99), found[:, :700])


CHILDREN = """\
  count:
    children: {of: device, count: {range: [0, 40], typical: 9}}
    columns:
      device: {type: reference, to: device}
      n: {type: integer, part: number}
      level: {type: integer, series: {range: [0, 50], typical: 20, walk: 3}}
      dial: {type: decimal, places: 2, series: {range: [0, 1], revert: {half_life: 3 steps, spread: 0.1}}}
"""


def test_children_and_walks_have_series_by_their_number():
    table = made_of(HEAD + CHILDREN, device=3000)["count"]
    rows = frame(table)
    firsts = rows.filter(pl.col("n") == 1)
    assert set(firsts["level"]) == {20}
    assert rows.filter(pl.col("n") == 5)["level"].std() == pytest.approx(6, rel=0.1)
    some = np.random.default_rng(1).integers(0, table.rows, 500)
    assert frame(table, some).equals(rows[some.tolist()])
    assert firsts["dial"].n_unique() > 50


def test_the_bytes_are_the_same_for_any_workers_and_stretches(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 4000)
    text = book("device, hour", number(f"range: [-5, 8], {MOVES['walk']}, {MOVES['revert']}", "decimal, places: 2"))
    text = text.replace("2025-12-31", "2025-05-31") + CHILDREN
    for workers in (1, 3):
        generate(book_of(text), tmp_path / str(workers), workers=workers)
    assert digests(tmp_path / "1") == digests(tmp_path / "3")
    written = []
    for stretch in (333, 1 << 20):
        table = compiler.compile_plan(plans.resolve(book_of(text), {}))["reading"]
        files.write_file(tmp_path / "f.parquet", table, 100, table.rows, stretch=stretch)
        written.append((tmp_path / "f.parquet").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("each", "years", "words"),
    [("device, 1 min", 40, "too many steps"), ("1 min, device", 1, "put the time step last in each")],
)
def test_too_much_to_hold_is_refused(each, years, words):
    head = HEAD.replace("2025-12-31", f"{2025 + years - 1}-12-31")
    with pytest.raises(DataError) as caught:
        made_of(book(each, number("range: [0, 1], noise: 0.1"), head=head), device=100)
    assert words in str(caught.value)
