"""Known answers: one rule at a time, each with values that keep it and values that break it."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import polars as pl
import pytest
from judging import book_of, faults, judged, one_table

PERIOD = "period: {start: 2025-03-01, end: 2025-11-30, timezone: Europe/Paris}"

CASES = [
    # column of the book, type of the data, values that are right, values that are wrong, code
    ("{type: integer, range: [1, 50]}", pl.Int64, [1, 50, 7], [0, 51], "out_of_range"),
    ("{type: integer, range: [1, 50]}", pl.Int8, [1, 50], [0, 51, None], None),
    ("{type: integer, range: [1, 50]}", pl.Float64, [1.0, 50.0], [1.5, 1e300], "wrong_type"),
    ("{type: integer, range: [1, 50]}", pl.Float64, [1.0], [float("nan"), float("inf")], "not_finite"),
    ("{type: integer, range: [1, 50]}", pl.String, ["1", " 50 ", "7.0", "+3"], ["x", "1.5", "1,000"], "wrong_type"),
    ("{type: integer, range: [1, 50]}", pl.Boolean, [], [True, False], "wrong_type"),
    ("{type: number, range: [-1.5, 2.5]}", pl.Float64, [-1.5, 2.5, 0.0], [-1.6, 2.6], "out_of_range"),
    ("{type: number, range: [-1.5, 2.5]}", pl.Float64, [0.0], [float("nan"), float("-inf")], "not_finite"),
    ("{type: number, range: [-1.5, 2.5]}", pl.String, ["-1.5", "2", "1e0"], ["inf", "NaN"], "not_finite"),
    ("{type: number, range: [-1.5, 2.5]}", pl.String, ["-1.5"], ["1,5", "abc", "1 2"], "wrong_type"),
    (
        "{type: decimal, places: 2, range: [0.05, 9]}",
        pl.Decimal(18, 2),
        ["0.05", "9.00"],
        ["0.04", "9.01"],
        "out_of_range",
    ),
    ("{type: decimal, places: 2, range: [0.05, 9]}", pl.Float64, [0.05, 9.0, 4.35], [4.355, 0.056], "too_precise"),
    ("{type: decimal, places: 2, range: [0.05, 9]}", pl.String, ["0.05", "9", "4.3500"], ["4.355"], "too_precise"),
    ("{type: decimal, places: 2, range: [0.05, 9]}", pl.String, ["0.05"], ["", "NULL", "n/a"], "missing"),
    ("{type: boolean, chance: 0.5}", pl.String, ["true", "F", "yes", "0", " No "], ["2", "maybe"], "wrong_type"),
    ("{type: boolean, chance: 0.5}", pl.Int64, [0, 1], [2, -1], "wrong_type"),
    ("{type: category, choices: {a: 1, b: 1}}", pl.String, ["a", "b", " a "], ["c", "A"], "unknown_choice"),
    ("{type: category, choices: {a: 1, b: 1}}", pl.Categorical, ["a", "b"], ["c", "A"], "unknown_choice"),
    ("{type: category, choices: {a: 1, b: 1}}", pl.Enum(["c", "b", "a"]), ["a", "b"], ["c"], "unknown_choice"),
    ("{type: category, choices: {'1': 1, '2': 1}}", pl.Int64, [1, 2], [3], "unknown_choice"),
    ("{type: category, choices: {a: 1}}", pl.String, ["a"], ["", "  ", None], "missing"),
    ("{type: text, faker: name}", pl.String, ["a", " b "], [None], "missing"),
    (
        "{type: date, range: period}",
        pl.Date,
        [dt.date(2025, 3, 1), dt.date(2025, 11, 30)],
        [dt.date(2025, 2, 28), dt.date(2025, 12, 1)],
        "out_of_range",
    ),
    (
        "{type: date, range: period}",
        pl.String,
        ["2025-03-01", "30.11.2025", "2025/06/01", "31/03/2025", "20250401"],
        ["2025-02-30", "soon", "03/04/2025"],
        "wrong_type",
    ),
    (
        "{type: date, range: period}",
        pl.Datetime("us"),
        [dt.datetime(2025, 3, 1)],
        [dt.datetime(2025, 3, 1, 1)],
        "too_precise",
    ),
    (
        "{type: datetime, range: period}",
        pl.Datetime("ms"),
        [dt.datetime(2025, 3, 1), dt.datetime(2025, 11, 30, 23, 59, 59)],
        [dt.datetime(2025, 2, 28, 23), dt.datetime(2025, 12, 1)],
        "out_of_range",
    ),
    (
        "{type: datetime, range: period}",
        pl.Datetime("us", "UTC"),
        [dt.datetime(2025, 2, 28, 23), dt.datetime(2025, 11, 30, 22, 59)],
        [dt.datetime(2025, 2, 28, 22, 59), dt.datetime(2025, 11, 30, 23)],
        "out_of_range",
    ),
    (
        "{type: datetime, range: period}",
        pl.String,
        [
            "2025-03-01T00:00:00",
            "2025-02-28T23:00:00Z",
            "2025-03-30 01:59",
            "2025-10-26T02:30:00+01:00",
            "31/03/2025 10:00",
        ],
        ["2025-03-30 02:30:00", "later", "03/04/2025 10:00"],
        "wrong_type",
    ),
    ("{type: id}", pl.Int64, [1, 5, 3], [None], "missing"),
    (
        "{type: id, format: 'S{:03d}'}",
        pl.String,
        ["S001", "S1000", " S002 "],
        ["S01", "X001", "S0001", "S001 x"],
        "pattern",
    ),
    ("{type: integer, formula: 7 * 3}", pl.Int64, [21], [20, 22], "formula"),
    ("{type: integer, cases: [{when: 1 = 1, value: 4}, {otherwise: 5}]}", pl.Int64, [4], [5], "case"),
    ("{type: text, cases: [{when: 1 = 2, value: a}, {otherwise: null}]}", pl.String, [None], ["a"], "case"),
]


@pytest.mark.parametrize(("column", "dtype", "right", "wrong", "code"), CASES)
@pytest.mark.parametrize("size", [1, 1000])
def test_values(column, dtype, right, wrong, code, size):
    if isinstance(dtype, pl.Decimal):
        right, wrong = [Decimal(value) for value in right], [Decimal(value) for value in wrong]
    series = pl.Series("v", [*right, *wrong]).cast(dtype) if right + wrong else pl.Series("v", [], dtype=dtype)
    found = faults(one_table(f"v: {column}", PERIOD), series.to_frame(), size=size)
    assert {row for row, _, _ in found} == set(range(len(right), len(right) + len(wrong)))
    if code is not None:
        assert {name for _, _, name in found} == {code}


def test_words_name_what_was_expected():
    frame = pl.DataFrame({"quantity": [1, 0, 60], "paid": ["card", "gold", None]})
    book = one_table("quantity: {type: integer, range: [1, 50]}\npaid: {type: category, choices: {card: 1, cash: 2}}")
    assert judged(book, {"t": frame})["t"].said == [
        (1, "paid", "unknown_choice", "is none of the choices card, cash", "gold"),
        (1, "quantity", "out_of_range", "lies below 1, the smallest expected", "0"),
        (2, "paid", "missing", "has no value", None),
        (2, "quantity", "out_of_range", "lies above 50, the largest expected", "60"),
    ]


SHOP = """
seedbed: book/1
name: shop
tables:
  region:
    rows: 3
    columns:
      region_id: {type: id}
      tax: {type: decimal, places: 2, range: [0, 1]}
  store:
    rows: 3
    columns:
      store_id: {type: id, format: "S{:02d}"}
      region: {type: reference, to: region}
      city: {type: category, choices: {Laval: 1, Quebec: 1}}
  sale:
    rows: 5
    columns:
      sale_id: {type: id}
      store: {type: reference, to: store}
      net: {type: decimal, places: 2, range: [0, 100]}
      gross: {type: decimal, places: 2, formula: net * (1 + store.region.tax)}
      gift: {type: boolean, cases: [{when: "store.city = 'Laval'", value: true}, {otherwise: false}]}
"""
FRAMES = {
    "region": pl.DataFrame({"region_id": [1, 2], "tax": [0.5, 2.0]}),
    "store": pl.DataFrame(
        {"store_id": ["S01", "S02", "S03"], "region": [1, 2, 9], "city": ["Laval", "Quebec", "Laval"]}
    ),
    "sale": pl.DataFrame(
        {
            "sale_id": [1, 2, 3, 4, 4, 6],
            "store": ["S01", "S02", "S03", "S04", None, "S01"],
            "net": [3.0, 4.0, 5.0, 6.0, 7.0, 8.0],
            "gross": [4.5, 12.01, 1.0, 1.0, 1.0, None],
            "gift": [True, True, True, False, True, False],
        }
    ),
}


@pytest.mark.parametrize("coded", [False, True])
def test_parents(coded):
    frames = FRAMES
    if coded:
        text = pl.col(pl.String).cast(pl.Categorical)
        frames = {name: frame.with_columns(text) if name != "region" else frame for name, frame in FRAMES.items()}
    verdicts = judged(book_of(SHOP), frames, size=2)
    assert verdicts["region"].found == {(1, "tax", "out_of_range")}
    assert verdicts["store"].found == {(2, "region", "orphan")}
    # A row whose parent is not there is told so once: what would be computed from the parent is not judged.
    assert verdicts["sale"].found == {
        (1, "gross", "formula"),
        (1, "gift", "case"),
        (3, "store", "orphan"),
        (4, "store", "missing"),
        (4, "sale_id", "not_unique"),
        (5, "gross", "missing"),
        (5, "gift", "case"),
    }


def test_parents_the_data_lacks_are_not_asked():
    verdicts = judged(book_of(SHOP), FRAMES, absent=("region", "store"))
    assert verdicts["sale"].found == {(4, "store", "missing"), (4, "sale_id", "not_unique")}


def test_columns_more_and_less():
    book = one_table(
        "a: {type: id}\nb: {type: integer, range: [1, 2]}\nc: {type: integer, range: [1, 2], missing: 0.1}"
    )
    verdict = judged(book, {"t": pl.DataFrame({"x": [1, 2], "a": [1, 2]})})["t"]
    assert verdict.found == {(0, "b", "missing_column"), (1, "b", "missing_column")}
    assert {(breach.column, breach.code.value) for breach in verdict.whole} == {
        ("x", "unknown_column"),
        ("c", "missing_column"),
    }
    assert verdict.frame.columns == ["a", "b", "c"]
    assert verdict.frame.schema == {"a": pl.Int64, "b": pl.Int64, "c": pl.Int64}


def test_one_fault_is_not_told_twice():
    columns = """
flag: {type: boolean, chance: 0.5}
n: {type: integer, range: [1, 9]}
twice: {type: integer, formula: n * 2}
v: {type: integer, cases: [{when: flag, value: 1}, {otherwise: 0}]}
"""
    frame = pl.DataFrame(
        {"flag": ["x", "", "yes"], "n": ["1", "?", "3"], "twice": ["2", "4", "7"], "v": ["1", "1", "1"]}
    )
    assert faults(one_table(columns), frame, raw=True) == {
        (0, "flag", "wrong_type"),
        (1, "flag", "missing"),
        (1, "n", "wrong_type"),
        (2, "twice", "formula"),
    }


def test_missing_more_often_than_expected():
    book = one_table("a: {type: integer, range: [1, 2], missing: 0.01}")
    few = pl.DataFrame({"a": [None] * 10 + [1] * 990})
    many = pl.DataFrame({"a": [None] * 100 + [1] * 900})
    assert judged(book, {"t": few})["t"].whole == []
    (breach,) = judged(book, {"t": many})["t"].whole
    assert (breach.code.value, breach.severity.value) == ("missing_share", "warn")
    assert breach.words == "is missing in 10.00% of 1,000 rows; expected 1.00%"
    assert judged(book, {"t": many})["t"].found == set()


def test_the_hour_that_occurs_twice():
    columns = (
        "at: {type: datetime, range: [2025-10-26T02:30:00, 2025-10-26T04:00:00]}\nsame: {type: datetime, formula: at}"
    )
    text = ["2025-10-26T02:30:00+02:00", "2025-10-26T02:10:00+01:00", "2025-10-26T02:29:00+02:00"]
    frame = pl.DataFrame({"at": text, "same": [text[0], "2025-10-26T02:10:00+02:00", text[2]]})
    assert faults(one_table(columns, PERIOD), frame, raw=True) == {(2, "at", "out_of_range")}


def test_by():
    columns = """
kind: {type: category, choices: {small: 1, big: 1, other: 1}, missing: 0.1}
n: {type: integer, range: [1, 9], by: {kind: {small: {range: [1, 3]}, big: {range: [7, 9]}}}}
"""
    kinds = ["small", "small", "big", "big", "other", None, "other"]
    frame = pl.DataFrame({"kind": kinds, "n": [3, 4, 7, 6, 9, 1, 10]})
    for variant in (frame, frame.with_columns(pl.col("kind").cast(pl.Categorical))):
        found = judged(one_table(columns), {"t": variant})["t"].said
        assert [(row, words) for row, _, _, words, _ in found] == [
            (1, "lies above 3, the largest expected (kind is small)"),
            (3, "lies below 7, the smallest expected (kind is big)"),
            (6, "lies above 9, the largest expected"),
        ]


def test_constraints_and_severity():
    tail = """
constraints:
  - {name: b above a, check: b > a}
  - {name: rarely equal, check: b <> a + 1, severity: warn}
"""
    columns = """
a: {type: integer, range: [0, 9], missing: 0.5}
b: {type: integer, range: [0, 9], severity: warn}
"""
    frame = pl.DataFrame({"a": [1, 3, 2, None], "b": [5, 2, 3, 99]})
    verdict = judged(one_table(columns, tail=tail), {"t": frame})["t"]
    assert [(b.code.value, b.column, b.rows.tolist(), b.words, b.severity.value) for b in verdict.breaches] == [
        ("out_of_range", "b", [3], "lies above 9, the largest expected", "warn"),
        ("constraint", None, [1], "b above a: b > a", "reject"),
        ("constraint", None, [2], "rarely equal: b <> a + 1", "warn"),
    ]


def test_patterns_and_formats():
    columns = r"""
code: {type: text, pattern: '[A-Z]{2}-\d{3}'}
n: {type: integer, range: [1, 99]}
net: {type: decimal, places: 2, range: [0, 9]}
label: {type: text, format: "{code}/{n:03d}/{net}"}
"""
    frame = pl.DataFrame(
        {
            "code": ["AB-123", "ab-123", "AB-1234", "CD-000", None],
            "n": [1, 2, 3, 4, 5],
            "net": [1.5, 2.0, 3.0, 4.0, 5.0],
            "label": ["AB-123/001/1.50", "ab-123/002/2.00", "AB-1234/003/3.00", "CD-000/4/4.00", "x"],
        }
    )
    assert faults(one_table(columns), frame) == {
        (1, "code", "pattern"),
        (2, "code", "pattern"),
        (3, "label", "formula"),
        (4, "code", "missing"),
    }


def test_a_unit_behind_a_number_is_named() -> None:
    book = one_table("n: {type: number, range: [0, 99]}\ni: {type: integer, range: [0, 99]}")
    texts = ["12.0 oz", "5%", "-3 C.", "1,5", "12 34", "2025-01-01", "x5", "1e3x"]
    frame = pl.DataFrame({"n": texts, "i": texts})
    said = {(row, column) for row, column, _, words, _ in judged(book, {"t": frame})["t"].rows if "unit" in words}
    assert said == {(row, column) for row in range(3) for column in "ni"}
