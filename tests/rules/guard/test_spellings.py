"""Likely typos, words for missing values, and columns of tables that the data lacks."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from judging import book_of, judged, one_table

from seedbed.rules.guard.spellings import Spelling, edits, slips
from seedbed.rules.guard.views import View


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [
        ("birmingham", "birmingxam", 1),
        ("birmingham", "birmingam", 1),
        ("birmingham", "birminghham", 1),
        ("birmingham", "brimingham", 1),
        ("brown", "bwron", 2),
        ("abcd", "badc", 2),
        ("", "ab", 2),
        ("same", "same", 0),
    ],
)
def test_edits(one: str, other: str, distance: int) -> None:
    assert edits(one, other, 3) == distance
    assert edits(other, one, 3) == distance


def test_digits_are_not_spelled() -> None:
    assert edits("ami-1", "ami-2", 3) > 3
    assert edits("ami-1", "ami-12", 3) > 3
    assert edits("3523x", "35233", 3) == 1


@given(st.text("abc1", max_size=7), st.text("abc1", max_size=7), st.integers(0, 3))
def test_a_bound_changes_only_what_lies_beyond(one: str, other: str, most: int) -> None:
    whole = edits(one, other, 14)
    assert edits(one, other, most) == whole if whole <= most else edits(one, other, most) > most
    assert whole >= abs(len(one) - len(other))


def test_slips() -> None:
    counts = {"birmingham": 300, "Birmingham": 2, "birmingxam": 1, "mobile": 40, "mobil": 5, "ames": 9, "amex": 1}
    assert slips(counts) == {"Birmingham": "birmingham", "birmingxam": "birmingham"}
    assert slips(counts | {"mobil": 4})["mobil"] == "mobile"
    assert slips({}) == {}


def test_rows_are_told_and_let_through() -> None:
    book = one_table("city: {type: text, faker: city, typos: true, missing: 0.5}")
    frame = pl.DataFrame({"city": ["mobile"] * 30 + ["mobxle", None, "mo", "paris"]})
    verdict = judged(book, {"t": frame}, size=9)["t"]
    (breach,) = verdict.breaches
    assert verdict.found == {(30, "city", "typo")}
    assert (breach.severity, breach.details is not None and breach.details[0]) == ("warn", 'perhaps "mobile"')


def test_too_many_values() -> None:
    spelling = Spelling("c", most=3)
    view = View(5, judged(one_table("c: {type: text, faker: city}"), {})["t"].judge._zone, {}, False)
    view.put("c", pl.Series(["a", "b", "c", "d", "e"]))
    spelling.survey(view)
    assert list(spelling.judge(view)) == []
    assert "typos were not looked for" in next(spelling.finish()).words


def test_words_for_nothing() -> None:
    book = one_table(
        """
known: {type: integer, range: [0, 99], missing: 0.5, missing_as: [Empty, 999, "n/a"]}
guessed: {type: integer, range: [0, 99], missing: 0.5}
text: {type: text, pattern: "[a-z]{0,9}", missing: 0.5, missing_as: [empty]}
needed: {type: integer, range: [0, 99], missing_as: [empty]}
"""
    )
    texts = ["1", "empty", "EMPTY ", "999", "N/A", ""]
    frame = pl.DataFrame({"known": texts, "guessed": texts, "text": texts, "needed": texts})
    verdict = judged(book, {"t": frame}, raw=True)["t"]
    assert {row for row, column, _ in verdict.found if column == "known"} == set()
    assert {(row, code) for row, column, code in verdict.found if column == "guessed"} == {
        (1, "wrong_type"),
        (2, "wrong_type"),
        (3, "out_of_range"),
        (4, "missing_word"),
    }
    assert {(row, code) for row, column, code in verdict.found if column == "text"} == {
        (0, "pattern"),
        (3, "pattern"),
        (4, "pattern"),
    }
    assert {row for row, column, code in verdict.found if column == "needed" and code == "missing"} == {1, 2, 4, 5}
    numbers = judged(book, {"t": pl.DataFrame({"known": [1, 999, None]})})["t"]
    assert numbers.frame["known"].to_list() == [1, None, None]


FLAT = book_of("""
seedbed: book/1
name: flat
tables:
  hospital:
    rows: 5
    columns:
      hospital_id: {type: id}
      zip: {type: text, pattern: "[0-9]{5}"}
      beds: {type: integer, range: [1, 2000], missing: 0.1, severity: warn}
      label: {type: text, format: "{zip}!"}
  report:
    rows: 10
    columns:
      hospital: {type: reference, to: hospital, hidden: true}
      zip: {type: text, formula: hospital.zip}
      beds: {type: integer, formula: hospital.beds}
      label: {type: text, formula: hospital.label}
      double: {type: integer, formula: hospital.beds * 2}
""")


def test_columns_of_an_absent_table_are_judged_by_its_rules() -> None:
    frame = pl.DataFrame(
        {
            "zip": ["35233", "x5233", None],
            "beds": [1, 3000, None],
            "label": ["a", "b", None],
            "double": [1, 2, None],
        }
    )
    verdict = judged(FLAT, {"report": frame}, absent=("hospital",))["report"]
    assert verdict.found == {(1, "zip", "pattern"), (2, "zip", "missing"), (1, "beds", "out_of_range")}
    assert {breach.column: breach.severity for breach in verdict.breaches} == {"zip": "reject", "beds": "warn"}
