"""Unique values: all different, of their source, refused where there are too few."""

from __future__ import annotations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import book_of, read, table_of

from seedbed.core.errors import DataError, DocumentError
from seedbed.generators import generate
from seedbed.generators.blocks import Block
from seedbed.generators.compiler import compile_plan
from seedbed.generators.distinct import chosen_values
from seedbed.generators.plans import resolve

TWO = """
seedbed: book/1
name: b
seed: 5
period: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}
tables:
  shop:
    rows: 800
    columns:
      shop_id: {type: id, format: "S{:03d}"}
      code: {type: text, pattern: '[A-Z]{2}\\d', unique: true}
  t:
    rows: 300
    columns:
      id: {type: id}
"""


@pytest.mark.parametrize(
    ("column", "rows"),
    [
        ("{type: integer, range: [1, 300]}", 300),
        ("{type: integer, range: [-1000000000, 1000000000]}", 2000),
        ("{type: decimal, places: 2, range: [0, 20]}", 2001),
        ("{type: integer, range: [0, 100000], typical: 20000}", 5000),
        ("{type: integer, range: [0, 5000], typical: 100}", 5001),
        ("{type: integer, range: [0, 100000], distribution: {exponential: {mean: 3000}}}", 5000),
        ("{type: integer, range: [0, 4000], distribution: {poisson: {mean: 900}}}", 1500),
        ("{type: decimal, places: 1, range: [-5, 5], typical: 0, distribution: {normal: {sd: 1}}}", 90),
        ("{type: date, range: period}", 365),
        ("{type: date, range: period, typical: 2025-06-01}", 300),
        ("{type: datetime, range: period}", 5000),
        ("{type: datetime, range: [2025-03-09T00:00:00, 2025-03-09T12:00:00], typical: 2025-03-09T04:00:00}", 20000),
        ("{type: text, pattern: '[A-Z]\\d{2}'}", 2600),
        ("{type: text, faker: name}", 3000),
        ("{type: category, choices: {a: 1, b: 2, c: 0, d: 9}}", 3),
        ("{type: reference, to: shop}", 800),
        ("{type: text, format: 'x{id}'}", 300),
        ("{type: text, format: '{id}-{id}-{id}'}", 300),
    ],
)
def test_all_rows_differ_and_any_block_says_the_same(column, rows):
    unique = column.replace("{type", "{unique: true, type", 1)
    document = book_of(TWO + f"      v: {unique}\n")
    table = compile_plan(resolve(document, {"t": rows}))["t"]
    values = table.block(0, rows).series("v")
    assert values.n_unique() == rows
    assert values.null_count() == 0
    some = np.array([rows - 1, 0, 2])
    assert Block(table, rows=some).series("v").to_list() == values.gather(some).to_list()
    if rows > 100:
        assert not values.is_sorted()
    if "range: [" in column and "date" not in column:
        low, high = (float(part) for part in column.split("[")[1].split("]")[0].split(","))
        assert low <= float(values.min())
        assert float(values.max()) <= high


def test_values_of_a_range_do_not_depend_on_the_number_of_rows(tmp_path):
    columns = "a: {type: integer, range: [1, 1000000], unique: true}\nb: {type: text, faker: city, unique: true}\n"
    columns += "c: {type: text, pattern: '[a-z]{9}', unique: true}"
    for rows in (50, 400):
        generate(table_of(columns, rows), tmp_path / str(rows))
    assert read(tmp_path / "400").head(50).equals(read(tmp_path / "50"))


def test_chosen_values_follow_the_distribution(tmp_path):
    generate(table_of("v: {type: integer, range: [0, 1000000], typical: 200000, unique: true}", 50_000), tmp_path / "o")
    values = read(tmp_path / "o")["v"].to_numpy()
    law = scipy.stats.beta(1.8, 4.2, 0, 1_000_000)
    assert scipy.stats.kstest(values, law.cdf).statistic < 0.005


@settings(deadline=None, max_examples=100)
@given(st.data())
def test_chosen_values_differ_whatever_is_asked(data):
    count = data.draw(st.integers(1, 400))
    rows = data.draw(st.integers(1, count))
    centre = data.draw(st.integers(0, count - 1))
    chosen = chosen_values(lambda cells: np.full(len(cells), centre), rows, count).astype(np.int64)
    assert np.all(np.diff(chosen) > 0)
    assert chosen[0] >= 0
    assert chosen[-1] < count


def test_missing_rows_are_missing_and_the_rest_differ(made):
    frame = made("v: {type: integer, range: [1, 5000], unique: true, missing: 0.3}", rows=5000)
    present = frame["v"].drop_nulls()
    assert present.n_unique() == len(present) == pytest.approx(3500, rel=0.05)


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("{type: integer, range: [1, 999]}", "1,000 rows and 999 values in the range"),
        ("{type: integer, range: [1, 999], typical: 5}", "1,000 rows and 999 values"),
        ("{type: decimal, places: 1, range: [0, 9]}", "1,000 rows and 91 values"),
        ("{type: date, range: [2025-01-01, 2025-01-31]}", "1,000 rows and 31 days"),
        ("{type: datetime, range: ['2025-01-01T00:00:00', '2025-01-01T00:10:00']}", "1,000 rows and 600 seconds"),
        ("{type: text, pattern: 'A\\d{2}'}", "1,000 rows and 100 texts of the pattern"),
        ("{type: text, faker: prefix}", "different texts of prefix"),
        ("{type: category, choices: {a: 1, b: 1, c: 0}}", "1,000 rows and 2 choices"),
    ],
)
def test_too_few_values_are_refused_with_the_numbers(tmp_path, column, words):
    column = column.replace("{type", "{unique: true, type", 1).replace("'2025", "2025").replace("00'", "00")
    with pytest.raises(DataError, match="the values cannot all differ") as caught:
        generate(table_of(f"v: {column}", 1000), tmp_path / "o")
    assert words in str(caught.value)
    assert caught.value.where == "t.v"
    assert not (tmp_path / "o").exists()


def test_too_few_parents_and_too_many_rows_are_refused(tmp_path):
    text = TWO + "      v: {type: reference, to: shop, unique: true}\n"
    with pytest.raises(DataError, match="cannot all differ") as caught:
        generate(book_of(text), tmp_path / "o", rows={"t": 801})
    assert "801 rows and 800 rows of shop" in str(caught.value)
    with pytest.raises(DataError, match="too many rows for unique texts of Faker"):
        generate(table_of("v: {type: text, faker: name, unique: true}", 300_000), tmp_path / "o")
    with pytest.raises(DataError, match="not equally likely"):
        generate(
            table_of(
                "v: {type: integer, range: [0, 1e9], typical: 5, unique: true}".replace("1e9", "999999999"), 20_000_000
            ),
            tmp_path / "o",
        )


@pytest.mark.parametrize(
    ("text", "fine"),
    [
        ("{id}", True),
        ("{code}", True),
        ("{shop.code}", False),
        ("{one.code}", True),
        ("{name} {id}", True),
        ("{id} {name}", True),
        ("{name}{id}", False),
        ("{one}{name}", False),
        ("{name}{one}", True),
        ("{name}-{n}", True),
        ("{name}-{n}-{name}", False),
        ("{name} {code}", False),
        ("{name}-{below}", False),
        ("{name}.{id}@{shop.code}", True),
        ("{name}.{id}@{name}", False),
        ("{name}.{id}@{shop.code}@", False),
        ("{name}{id}@{shop.code}", False),
        ("{shop.code}/{id}-{name}", True),
        ("{shop}{one}-{name}", False),
    ],
)
def test_which_formats_tell_rows_apart(text, fine):
    book = TWO.replace(
        "      id: {type: id}\n",
        "      id: {type: id}\n"
        "      name: {type: text, faker: name}\n"
        "      n: {type: integer, range: [0, 999], unique: true}\n"
        "      below: {type: integer, range: [-9, 999], unique: true}\n"
        "      code: {type: text, pattern: '[A-Z]{3}', unique: true}\n"
        "      shop: {type: reference, to: shop}\n"
        "      one: {type: reference, to: shop, unique: true}\n",
    )
    book += f"      v: {{type: text, unique: true, format: '{text}'}}\n"
    if fine:
        book_of(book)
    else:
        with pytest.raises(DocumentError, match="may come twice"):
            book_of(book)
