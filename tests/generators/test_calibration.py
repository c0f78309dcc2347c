"""A calibrated column brings its expectation to the middle of the range, and depends on the book alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import GROCERY, book_of, digests, read

from seedbed.core.datasets import read_card
from seedbed.core.errors import DataError, DocumentError
from seedbed.generators import generate
from seedbed.generators.calibration import calibrated, factor_at, sample_rows

TABLE = """
seedbed: book/1
name: b
seed: 3
tables:
  shop: {{rows: 9, columns: {{id: {{type: id}}, rate: {{type: number, range: [0, 10], typical: 2}}}}}}
  t:
    rows: {rows}
    columns:
      id: {{type: id}}
      shop: {{type: reference, to: shop}}
      q: {{type: integer, range: [1, 50], typical: 3}}
      x: {{type: number, range: [0, 1000], distribution: {{lognormal: {{median: 20, sigma: 0.5}}}}}}
      kind: {{type: category, choices: {{a: 1, b: 1}}}}
      y: {{type: number, cases: [{{when: "kind = 'a'", range: [0, 100], typical: 10}}, {{otherwise: 5}}]}}
      cost: {{type: number, formula: q * shop.rate}}
expect:
"""


def book(expect: str, rows: int = 4000):  # type: ignore[no-untyped-def]
    return book_of(TABLE.format(rows=rows) + expect)


@pytest.mark.parametrize(
    ("measure", "span", "column", "rows"),
    [
        ("avg(q)", (19, 21), "q", 4000),
        ("avg(q)", (12, 13), "q", 300_000),
        ("avg(x)", (60, 70), "x", 4000),
        ("median(x)", (3, 4), "x", 4000),
        ("avg(y)", (15, 20), "y", 4000),
        ("sum(q)", (90_000, 100_000), "q", 4000),
        ("sum(q)", (4_000_000, 4_100_000), "q", 300_000),
        ("avg(cost)", (50, 52), "shop.rate", 4000),
        ("avg(case when q > 20 then 1 else 0 end)", (0.4, 0.5), "q", 4000),
    ],
)
def test_the_measure_lies_in_the_middle(
    tmp_path: Path, measure: str, span: tuple[float, float], column: str, rows: int
) -> None:
    text = f"  - {{name: e, of: t, measure: '{measure}', range: [{span[0]}, {span[1]}], calibrate: {column}}}\n"
    made = generate(book(text, rows), tmp_path)
    [one] = made.expectations
    assert one.met
    assert one.value is not None
    # A sample of 2**17 rows of 300,000 misses the whole by less than this.
    assert abs(one.value - sum(span) / 2) < (0.05 if rows < 10_000 else 0.3) * (span[1] - span[0])
    path = column if column.startswith("shop.") else f"t.{column}"
    assert list(made.factors) == [path]
    assert read_card(tmp_path)["seedbed:quality"]["calibrated"] == made.factors


@settings(max_examples=4, deadline=None)
@given(middle=st.floats(12, 35), width=st.floats(0.5, 4))
def test_any_reachable_range_is_met(middle: float, width: float) -> None:
    text = f"  - {{name: e, of: t, measure: avg(q), range: [{middle - width}, {middle + width}], calibrate: q}}\n"
    document = book(text, 2000)
    [factor] = calibrated(document).values()
    assert 0.01 <= factor <= 100
    assert calibrated(document) == {"t.q": factor}


def test_several_columns_at_once(tmp_path: Path) -> None:
    text = """\
  - {name: basket, of: sale, measure: avg(total), range: [150, 170], calibrate: product.price}
  - {name: quantity, of: sale, measure: avg(quantity), range: [13, 14], calibrate: quantity}
  - {name: prices, of: product, measure: avg(price), range: [0, 60]}
"""
    made = generate(book_of(GROCERY + "expect:\n" + text), tmp_path)
    assert [one.met for one in made.expectations] == [True, True, True]
    assert list(made.factors) == ["product.price", "sale.quantity"]


def test_the_rest_stays_as_it_is(tmp_path: Path) -> None:
    text = "  - {name: e, of: sale, measure: avg(quantity), range: [13, 14], calibrate: quantity}\n"
    generate(book_of(GROCERY), tmp_path / "plain")
    generate(book_of(GROCERY + "expect:\n" + text), tmp_path / "calibrated")
    plain, moved = read(tmp_path / "plain", "sale"), read(tmp_path / "calibrated", "sale")
    assert plain.drop("quantity", "total").equals(moved.drop("quantity", "total"))
    assert (moved["quantity"] >= plain["quantity"]).all()
    for table in ("store", "product"):
        assert read(tmp_path / "plain", table).equals(read(tmp_path / "calibrated", table))


def test_the_same_bytes_however_it_is_made(tmp_path: Path) -> None:
    text = "  - {name: e, of: sale, measure: avg(quantity), range: [13, 14], calibrate: quantity}\n"
    document = book_of(GROCERY + "expect:\n" + text)
    generate(document, tmp_path / "one")
    generate(document, tmp_path / "three", workers=3)
    assert digests(tmp_path / "one") == digests(tmp_path / "three")
    part = generate(document, tmp_path / "part", rows={"sale": 50})
    assert part.factors == calibrated(document)
    assert read(tmp_path / "part", "sale").equals(read(tmp_path / "one", "sale").head(50))


def test_out_of_reach_is_said_before_anything_is_written(tmp_path: Path) -> None:
    text = "  - {name: many, of: t, measure: avg(q), range: [60, 70], calibrate: q}\n"
    with pytest.raises(DataError, match=r"no factor on the typical value of t\.q") as refused:
        generate(book(text), tmp_path / "d")
    assert refused.value.where == "expect: many"
    assert str(refused.value.found).startswith("9.")
    assert "with factors from 0.01 to 100" in str(refused.value.found)
    assert not (tmp_path / "d").exists()


def test_expectations_that_exclude_each_other() -> None:
    text = """\
  - {name: low, of: t, measure: avg(q + shop.rate), range: [20, 21], calibrate: q}
  - {name: high, of: t, measure: avg(q - shop.rate), range: [12, 13], calibrate: shop.rate}
"""
    assert list(calibrated(book(text))) == ["t.q", "shop.rate"]
    contrary = text.replace("[12, 13]", "[24, 25]")
    with pytest.raises(DataError, match="pull against each other|brings the measure into its range"):
        calibrated(book(contrary))


def test_a_column_has_one_factor() -> None:
    text = """\
  - {name: low, of: t, measure: avg(q), range: [14, 15], calibrate: q}
  - {name: high, of: t, measure: avg(q), range: [14, 15], calibrate: q}
"""
    with pytest.raises(DocumentError, match=r"t\.q is calibrated by 'low' already"):
        book(text)


def test_a_measure_that_a_sample_cannot_show() -> None:
    text = "  - {name: e, of: t, measure: 'avg(q) + count(*)', range: [300010, 300015], calibrate: q}\n"
    with pytest.raises(DataError, match="depends on the number of rows"):
        calibrated(book(text, 300_000))


def test_sample_rows_cover_the_table() -> None:
    assert sample_rows(3, "t", 10).tolist() == list(range(10))
    rows = sample_rows(3, "t", 10**9, 1000)
    assert len(rows) == 1000
    assert (rows // 10**6 == np.arange(1000)).all()
    assert len(set((rows % 24).tolist())) == 24  # not always the same hour of a table of hours


def test_factors_of_the_grid() -> None:
    assert [factor_at(place) for place in (-8192, 0, 4096, 1)] == [0.01, 1.0, 10.0, 1.00056]
