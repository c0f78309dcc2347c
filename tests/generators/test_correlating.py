"""`correlate`: the rank correlation that was asked for, and the column's own distribution as it was."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from small_books import book_of, digests, read

from seedbed.core import keys
from seedbed.core.documents import Document
from seedbed.core.errors import DataError
from seedbed.generators import compiler, generate, plans
from seedbed.generators.blocks import Block, TableMaker
from seedbed.generators.copulas import Ranks, mean_ranks, spearman
from seedbed.generators.normals import cells_of_scores, cells_of_units, scores
from seedbed.rules import Book

ROWS = 100_000
OWN = {
    "int": "type: integer, range: [1, 9], typical: 3, effects: [{when: {if: flag, factor: 1.8}}]",
    "spread": "type: integer, range: [1, 90], typical: 9, effects: [{per: {entity: shop, spread: 0.3}}]",
    "decimal": "type: decimal, places: 2, range: [0, 100], missing: 0.1",
    "number": "type: number, range: [0, 1], typical: 0.1, by: {flag: {true: {typical: 0.3}}}",
    "normal": "type: number, range: [0, 100], distribution: {normal: {mean: 90, sd: 20}}",
    "poisson": "type: integer, range: [0, 100], typical: 5, distribution: poisson",
    "date": "type: date, range: period, effects: [{weekday: {sun: 0, sat: 2}}]",
    "moment": "type: datetime, range: period",
    "hours": "type: datetime, range: period, effects: [{hour: {8: 0.4, 12: 1.2, 21: 0.3}}]",
}
WITH = ["i", "n", "d", "f", "day", "at", "shop.size"]
BOOK = """
seedbed: book/1
name: b
seed: {seed}
period: {{start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}}
tables:
  shop:
    rows: 60
    columns:
      id: {{type: id, format: "S{{:02d}}"}}
      size: {{type: integer, range: [20, 900], typical: 100}}
  t:
    rows: 100000
    columns:
      id: {{type: id}}
      shop: {{type: reference, to: shop, skew: 0.8}}
      flag: {{type: boolean, chance: 0.3}}
      i: {{type: integer, range: [1, 12], typical: 2}}
      n: {{type: number, range: [0, 1000], typical: 30}}
      d: {{type: decimal, places: 2, range: [0, 60], effects: [{{when: {{if: flag, factor: 2}}}}], typical: 5, missing: 0.1}}
      f: {{type: number, formula: "if(flag, n * 2, n - i)"}}
      day: {{type: date, range: period, effects: [{{weekday: {{sun: 0}}}}]}}
      at: {{type: datetime, range: period, typical: 2025-06-01, effects: [{{season: {{peak: 12-20, swing: 0.5}}}}]}}
      y: {{{y}}}
"""  # noqa: E501  one column a line


def book(y: str, seed: int = 5, more: str = "") -> Document[Book]:
    return book_of(BOOK.format(y=y, seed=seed) + more)


def table(document: Document[Book]) -> TableMaker:
    return compiler.compile_plan(plans.resolve(document, {}))["t"]


def correlation(block: Block, left: str, right: str) -> float:
    a, b = block.get(left), block.get(right)
    there = np.ones(len(block), np.bool_)
    for values in (a, b):
        there &= True if values.valid is None else values.valid
    return float(stats.spearmanr(a.data[there], b.data[there]).statistic)


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(sorted(OWN)), st.sampled_from(WITH), st.floats(-0.9, 0.9), st.integers(0, 2**40))
def test_any_pair_has_the_correlation_asked_for(own, path, r, seed):
    r = round(r, 3)
    try:
        made = table(book(f"{OWN[own]}, correlate: {{with: {path}, r: {r}}}", seed))
    except DataError as error:
        low, high = map(float, error.allowed.split(" to "))
        assert abs(r) > 0.6 or own in {"int", "number"}
        assert not low <= r <= high
        return
    block = made.block(0, ROWS)
    assert abs(correlation(block, path, "y") - r) < 0.02


@pytest.mark.parametrize("own", sorted(set(OWN) - {"int", "spread", "number"}))
def test_the_distribution_stays(own):
    """Rows are dealt other values, and the values are those of the column without its partner."""
    plain = table(book(OWN[own])).block(0, ROWS).get("y")
    made = table(book(f"{OWN[own]}, correlate: {{with: n, r: 0.7}}")).block(0, ROWS).get("y")
    assert (made.data != plain.data).mean() > 0.5
    assert stats.ks_2samp(made.data, plain.data).statistic < 1.95 * (2 / ROWS) ** 0.5 + 0.004
    assert (made.valid is None) == (plain.valid is None)
    if made.valid is not None:
        assert np.array_equal(made.valid, plain.valid)


SEVERAL = [{"n": 0.5, "day": 0.4}, {"n": 0.6, "f": 0.4, "i": -0.2}, {"shop.size": -0.5, "at": 0.7}]


@pytest.mark.parametrize("wanted", SEVERAL)
def test_several_partners(wanted):
    partners = ", ".join(f"{{with: {path}, r: {r}}}" for path, r in wanted.items())
    made = table(book(f"type: integer, range: [0, 500], typical: 60, correlate: [{partners}]"))
    block = made.block(0, ROWS)
    for path, r in wanted.items():
        assert abs(correlation(block, path, "y") - r) < 0.02
    plain = table(book("type: integer, range: [0, 500], typical: 60")).block(0, ROWS).get("y").data
    assert stats.ks_2samp(block.get("y").data, plain).statistic < 1.95 * (2 / ROWS) ** 0.5 + 0.004


def test_several_partners_that_contradict_each_other():
    with pytest.raises(DataError, match="a rank correlation of .* cannot be reached"):
        table(book("type: number, range: [0, 1], correlate: [{with: n, r: 0.9}, {with: day, r: 0.9}]"))


def test_a_chain_and_a_constraint():
    chain = "      z: {type: integer, range: [0, 99], correlate: {with: y, r: -0.6}}\n"
    rule = "    constraints: [{name: some order, check: y + z < 150 and z <> i}]\n"
    made = table(book("type: integer, range: [0, 99], correlate: {with: n, r: 0.7}", more=chain + rule))
    block = made.block(0, ROWS)
    assert not (block.get("y").data + block.get("z").data >= 150).any()
    assert abs(correlation(block, "n", "y") - 0.7) < 0.02
    assert abs(correlation(block, "y", "z") + 0.6) < 0.02


def test_partners_of_a_row_that_is_a_combination():
    text = """
seedbed: book/1
name: b
seed: 4
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  shop:
    rows: 150
    columns: {id: {type: id}, size: {type: integer, range: [20, 900], typical: 100}}
  t:
    each: [shop, day]
    columns:
      shop: {type: reference, to: shop}
      day: {type: date, part: day}
      y: {type: number, range: [0, 10], typical: 2, correlate: {with: shop.size, r: 0.5}}
      z: {type: number, range: [0, 10], typical: 2, correlate: {with: day, r: -0.5}}
"""
    made = table(book_of(text))
    block = made.block(0, made.rows)
    assert abs(correlation(block, "shop.size", "y") - 0.5) < 0.02
    assert abs(correlation(block, "day", "z") + 0.5) < 0.02


def test_rows_and_bytes(tmp_path, monkeypatch):
    document = book("type: integer, range: [0, 99], typical: 9, correlate: [{with: n, r: 0.6}, {with: d, r: 0.2}]")
    monkeypatch.setattr(plans, "SHARD", 2500)
    generate(document, tmp_path / "one", rows={"t": 7000})
    generate(document, tmp_path / "three", rows={"t": 7000}, workers=3)
    generate(document, tmp_path / "few", rows={"t": 900})
    assert digests(tmp_path / "one") == digests(tmp_path / "three")
    assert read(tmp_path / "one").head(900).equals(read(tmp_path / "few"))
    plain = book("type: integer, range: [0, 99], typical: 9")
    generate(plain, tmp_path / "plain", rows={"t": 900})
    assert read(tmp_path / "plain").drop("y").equals(read(tmp_path / "few").drop("y"))
    made = table(document)
    rows = np.array([5, 77, 5, 899, 0])
    assert np.array_equal(Block(made, rows=rows).get("y").data, made.block(0, 900).get("y").data[rows])


def test_what_is_reachable_is_said():
    with pytest.raises(DataError, match="rank correlation of 0.9 with flags cannot be reached") as error:
        more = "      flags: {type: integer, formula: 'if(flag, 1, 0)'}\n"
        table(book("type: number, range: [0, 1], correlate: {with: flags, r: 0.9}", more=more))
    # Two groups of 0.3 and 0.7: at most sqrt(3 * 0.3 * 0.7).
    low, high = map(float, error.value.allowed.split(" to "))
    assert high == pytest.approx(0.79, abs=0.011)
    assert low == pytest.approx(-0.79, abs=0.011)


@given(st.lists(st.integers(-5, 5) | st.floats(-3, 3), min_size=2, max_size=60))
def test_ranks(values):
    data = np.array(values, np.float64)
    assert np.array_equal(mean_ranks(data), stats.rankdata(data) - 1)
    other = np.arange(len(data)) % 3
    if len(set(values)) > 1 and len(data) > 2:
        assert spearman(data, other) == pytest.approx(stats.spearmanr(data, other).statistic, abs=1e-9)


@given(st.lists(st.integers(-40, 40), min_size=1, max_size=50), st.integers(-50, 50), st.floats(0, 0.999))
def test_ranks_of_whole_numbers_are_those_of_fractions(sample, value, apart):
    whole, fractions = Ranks(np.array(sample)), Ranks(np.array(sample, np.float64))
    [one] = whole.units(np.array([value]), np.array([apart]))
    [other] = fractions.units(np.array([float(value)]), np.array([apart]))
    below, same = sum(v < value for v in sample), sample.count(value)
    assert one == other == pytest.approx((below + apart * (same + 1)) / (len(sample) + 1))


def test_normal_tables():
    units = np.concatenate([keys.unit(3, 0, 20000), [0.0, 2.0**-40, 0.5 + 2.0**-40, 1 - 2.0**-40]])
    numbers = scores(cells_of_units(units))
    assert np.all(np.diff(numbers[np.argsort(units)]) >= 0)
    inside = (units > 1e-9) & (units < 1 - 1e-9)
    assert np.abs(numbers - stats.norm.ppf(units))[inside].max() < 1e-3
    assert np.abs((numbers - stats.norm.ppf(units))[(units > 1e-3) & (units < 0.999)]).max() < 1e-4
    grid = np.linspace(-8.6, 8.6, 10001)
    back = (cells_of_scores(grid) >> np.uint64(11)).astype(float) * 2.0**-53
    assert np.abs(back - stats.norm.cdf(grid)).max() < 3e-7
    assert np.all(np.diff(back) >= 0)


def test_missing_partners_leave_the_value_to_chance():
    block = table(book("type: number, range: [0, 1], correlate: {with: d, r: 0.9}")).block(0, ROWS)
    missing = ~block.get("d").valid
    assert stats.kstest(block.get("y").data[missing], "uniform").statistic < 1.95 / missing.sum() ** 0.5
    frame = pl.DataFrame([block.series("d"), block.series("y")]).drop_nulls()
    assert abs(frame.select(pl.corr("d", "y", method="spearman")).item() - 0.9) < 0.02
