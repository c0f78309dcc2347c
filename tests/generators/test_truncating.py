"""Columns drawn within what constraints leave them: exact, of the right distribution, a function of the row alone."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from scipy import stats
from small_books import book_of, digests, read

from seedbed.core.documents import Document
from seedbed.core.errors import DataError
from seedbed.generators import compiler, generate, plans
from seedbed.generators.blocks import Block
from seedbed.rules import Book

COLUMNS = """
id: {type: id}
price: {type: decimal, places: 2, range: [0.5, 60], typical: 5}
low: {type: integer, range: [0, 1000], typical: 900}
ordered: {type: date, range: period}
started: {type: datetime, range: period, effects: [{weekday: {sun: 0}}, {hour: {"07:00": 0, "12:00": 1, "19:00": 0}}]}
promo: {type: boolean, chance: 0.3}
high: {type: integer, range: [0, 1000], typical: 50, missing: 0.1, effects: [{when: {if: promo, factor: 3}}]}
discount: {type: decimal, places: 2, cases: [{when: promo, range: [0.05, 40], typical: 20}, {otherwise: 0}]}
share: {type: number, range: [0, 1], distribution: {beta: {alpha: 2, beta: 5}}}
count: {type: integer, range: [0, 100], distribution: {poisson: {mean: 4}}}
delivered: {type: date, range: period, typical: 2025-03-10}
ended: {type: datetime, range: period, effects: [{weekday: {sun: 0}}, {hour: {"07:00": 0, "12:00": 1, "19:00": 0}}]}
both: {type: integer, formula: low + high}
"""

CHECKS = [
    "high > low",
    "high - 0.5 * low >= 20 and high < 990",
    "discount <= price * 0.05",
    "not promo or discount > price",
    "delivered > ordered",
    "delivered between ordered and ordered + interval '20 days'",
    "ended > started",
    "share * 100 > price",
    "count >= 15",
    "both >= 1200",
    "share > 0.999",
]


def made(*checks: str, rows: int = 400, columns: str = COLUMNS) -> Document[Book]:
    lines = "".join("\n      " + line for line in columns.strip().splitlines())
    rules = "".join(f'\n      - {{name: rule {k}, check: "{text}"}}' for k, text in enumerate(checks))
    return book_of(
        "seedbed: book/1\nname: b\nseed: 3\nperiod: {start: 2025-03-01, end: 2025-04-30, timezone: Europe/Paris}\n"
        f"tables:\n  t:\n    rows: {rows}\n    columns:{lines}\n" + (f"    constraints:{rules}\n" if checks else "")
    )


def frame(document: Document[Book], rows: int = 400) -> pl.DataFrame:
    """The table as its checks see it."""
    block = compiler.compile_plan(plans.resolve(document, {}))["t"].block(0, rows)
    return pl.DataFrame([block.series(name) for name in document.value.tables["t"].columns])


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(CHECKS), min_size=1, max_size=3, unique=True), st.randoms(use_true_random=False))
def test_every_row_keeps_every_check_and_is_a_function_of_its_number(checks, random):
    document = made(*checks)
    table = compiler.compile_plan(plans.resolve(document, {}))["t"]
    whole = table.block(0, 400)
    rows = frame(document)
    assert rows.select(pl.all_horizontal(pl.sql_expr(text).fill_null(True) for text in checks).all()).item()
    few = np.array(random.sample(range(400), 23))
    some = Block(table, rows=few)
    for name in rows.columns:
        assert some.series(name).equals(whole.series(name).gather(few))


def test_the_column_that_comes_last_gives_way_and_the_others_stay():
    plain, rows = frame(made()), frame(made("high >= low", "ended > started"))
    for name in ("price", "low", "ordered", "started", "promo", "discount", "delivered"):
        assert rows[name].equals(plain[name])
    assert rows["high"].is_null().equals(plain["high"].is_null())
    kept = ~(plain["high"] < plain["low"]).fill_null(False)
    assert rows.filter(kept)["high"].equals(plain.filter(kept)["high"])


TWO = """
floor: {type: number, range: [0, 0.95]}
x: {type: number, range: [0, 1], distribution: {beta: {alpha: 2, beta: 5}}}
"""


def test_the_distribution_is_the_columns_own_cut_to_what_is_left():
    """Given the floor, F(x) on [F(floor), 1] is uniform, and the floor keeps its distribution."""
    rows = frame(made("x > floor", rows=20000, columns=TWO), 20000)
    law = stats.beta(2, 5)
    floor, x = rows["floor"].to_numpy(), rows["x"].to_numpy()
    assert (x > floor).all()
    inside = 1 - law.sf(x) / law.sf(floor)
    assert stats.kstest(inside, "uniform").pvalue > 1e-3
    assert stats.kstest(floor / 0.95, "uniform").pvalue > 1e-3


@pytest.mark.parametrize(
    ("check", "low", "high"), [("n > 12", 13, 100), ("n <= 1", 0, 1), ("n between 11 and 13", 11, 13)]
)
def test_whole_numbers_have_the_probabilities_of_the_cut_distribution(check, low, high):
    column = "n: {type: integer, range: [0, 100], distribution: {poisson: {mean: 4}}}"
    numbers = frame(made(check, rows=8000, columns=column), 8000)["n"].to_numpy()
    support = np.arange(low, high + 1)
    law = stats.poisson(4).pmf(support)
    expected = law / law.sum() * len(numbers)
    found = np.array([(numbers == n).sum() for n in support])
    assert found.sum() == len(numbers)
    common = expected >= 5
    assert (
        stats.chisquare(
            [*found[common], found[~common].sum() + 1e-9], [*expected[common], expected[~common].sum() + 1e-9]
        ).pvalue
        > 1e-3
    )


TIGHT = "a: {type: integer, range: [0, 9]}\nb: {type: integer, range: [0, 100000]}\n"


def test_a_check_that_one_row_in_ten_thousand_keeps_by_itself(tmp_path, monkeypatch):
    document = made("b > 99985 + a", rows=3000, columns=TIGHT)
    generate(document, tmp_path / "one")
    monkeypatch.setattr(plans, "SHARD", 700)
    generate(document, tmp_path / "small")
    generate(document, tmp_path / "three", workers=3)
    assert digests(tmp_path / "small") == digests(tmp_path / "three")
    rows = read(tmp_path / "one")
    assert rows.equals(read(tmp_path / "small"))
    assert (rows["b"] > 99985 + rows["a"]).all()
    # Every number that is left is as likely as the others.
    counts = rows.filter(pl.col("a") == 5)["b"].value_counts().sort("b")
    assert counts["b"].to_list() == list(range(99991, 100001))
    assert stats.chisquare(counts["count"].to_numpy()).pvalue > 1e-3


def test_rows_that_leave_no_room_are_drawn_again():
    """Nine of ten floors lie above the column's range: they are drawn again, evenly among those that leave room."""
    columns = "a: {type: integer, range: [0, 99]}\nb: {type: integer, range: [0, 10]}\n"
    rows = frame(made("b > a", rows=4000, columns=columns), 4000)
    assert (rows["b"] > rows["a"]).all()
    assert stats.chisquare(rows["a"].value_counts().sort("a")["count"].to_numpy()).pvalue > 1e-3


def test_what_cannot_be_met_is_refused_by_name(tmp_path):
    words = "constraint 'rule 0' cannot be met: it breaks in 100.0% of 400 rows, and in row 1 leaves 'b' no value"
    with pytest.raises(DataError, match=words) as error:
        generate(made("b > 100000 + a", columns=TIGHT), tmp_path / "out")
    assert error.value.repair == "widen the range of 'b', or loosen the check"
    assert not (tmp_path / "out").exists()
