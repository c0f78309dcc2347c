"""Data made from a book keeps the book's rules, whatever the book says; what is changed in it is told."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from books_strategy import books
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from judging import judged

from seedbed.core.documents import Document, loads
from seedbed.core.errors import DataError, DocumentError
from seedbed.generators import generate
from seedbed.rules import Book, check_book


def checked(text: str) -> Document[Book]:
    document: Document[Book] = loads(text, Book, path=Path("book.yaml"))
    check_book(document)
    return document


def made(document: Document[Book], form: str) -> dict[str, pl.DataFrame]:
    """The tables of a book, generated and read; CSV as text."""
    with tempfile.TemporaryDirectory() as folder:
        result = generate(document, Path(folder) / "data", format=form)
        frames = {}
        for table in document.value.tables:
            files = result.files(table)
            if form == "parquet":
                frames[table] = pl.concat([pl.read_parquet(file) for file in files])
            else:
                frames[table] = pl.concat([pl.read_csv(file, infer_schema=False) for file in files])
        return frames


def check_round_trip(text: str, size: int) -> None:
    try:
        document = checked(text)
    except DocumentError:
        assume(False)
    for form in ("parquet", "csv"):
        try:
            frames = made(document, form)
        except DataError:
            assume(False)
        if form == "parquet":
            coded = {name: frame.with_columns(pl.col(pl.String).cast(pl.Categorical)) for name, frame in frames.items()}
            variants = [frames, coded]
        else:
            variants = [frames]
        for variant in variants:
            verdicts = judged(document.value, variant, size, raw=form == "csv")
            for name, verdict in verdicts.items():
                assert (form, name, verdict.said) == (form, name, [])
                # A constraint that holds where something is missing makes that more frequent.
                assert document.value.tables[name].constraints or verdict.whole == []


SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@settings(max_examples=10, deadline=None, suppress_health_check=SLOW)
@given(books(), st.sampled_from([7, 1000]))
def test_generated_data_is_accepted(text, size):
    check_round_trip(text, size)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(books(), st.sampled_from([7, 1000]))
def test_generated_data_of_200_books_is_accepted(text, size):
    check_round_trip(text, size)


PLANTED = """
seedbed: book/1
name: planted
seed: 5
period: {start: 2025-03-01, end: 2025-11-30, timezone: Europe/Paris}
tables:
  store:
    rows: 9
    columns:
      store_id: {type: id, format: "S{:02d}"}
      city: {type: category, choices: {Laval: 1, Quebec: 1}}
      tax: {type: decimal, places: 2, range: [0.01, 0.5]}
  sale:
    rows: 60
    columns:
      sale_id: {type: id}
      store: {type: reference, to: store}
      day: {type: date, range: period}
      at: {type: datetime, range: period}
      promo: {type: boolean, chance: 0.5}
      quantity: {type: integer, range: [1, 50], typical: 3}
      weight: {type: number, range: [0.5, 9]}
      paid_by: {type: category, choices: {card: 7, cash: 3}}
      discount: {type: decimal, places: 2, cases: [{when: promo, range: [0.05, 0.4]}, {otherwise: 0}]}
      total: {type: decimal, places: 2, formula: "quantity * 1.5 * (1 - discount) * (1 + store.tax)"}
      label: {type: text, formula: "paid_by || '/' || store.city"}
      note: {type: text, cases: [{when: promo, faker: word}, {otherwise: null}]}
"""
WRONG = {
    "sale_id": [("not_unique", 1), ("missing", None), ("wrong_type", "x")],
    "store": [("orphan", "S99"), ("missing", None)],
    "day": [("out_of_range", "2025-02-28"), ("wrong_type", "2025-13-01"), ("missing", None)],
    "at": [("out_of_range", "2025-12-01T00:00:00+01:00"), ("wrong_type", "noon"), ("missing", None)],
    "promo": [("wrong_type", "perhaps"), ("missing", None)],
    "quantity": [("out_of_range", "0"), ("out_of_range", "51"), ("wrong_type", "2.5"), ("not_finite", "inf")],
    "weight": [("out_of_range", "0.499999"), ("not_finite", "nan"), ("missing", None)],
    "paid_by": [("unknown_choice", "gold"), ("missing", None)],
    "discount": [("out_of_range", "0.41"), ("too_precise", "0.055"), ("missing", None)],
    "total": [("formula", "0.01"), ("missing", None)],
    "label": [("formula", "card/Paris"), ("missing", None)],
}


@pytest.fixture(scope="module")
def planted() -> tuple[Book, dict[str, pl.DataFrame]]:
    document = checked(PLANTED)
    return document.value, made(document, "csv")


def changed(frame: pl.DataFrame, cells: dict[tuple[int, str], str | None]) -> pl.DataFrame:
    for (row, name), value in cells.items():
        column = frame.get_column(name).to_list()
        column[row] = None if value is None else str(value)
        frame = frame.with_columns(pl.Series(name, column, dtype=pl.String))
    return frame


@given(st.data())
@settings(max_examples=25, deadline=None, suppress_health_check=SLOW)
def test_what_is_changed_is_told(planted, data):
    book, frames = planted
    row = data.draw(st.integers(1, 59))
    name = data.draw(st.sampled_from(sorted(WRONG)))
    code, value = data.draw(st.sampled_from(WRONG[name]))
    if name == "discount" and code == "out_of_range" and frames["sale"]["promo"][row] == "false":
        code = "case"
    frame = changed(frames["sale"], {(row, name): value})
    found = judged(book, {**frames, "sale": frame}, size=data.draw(st.sampled_from([17, 1000])))["sale"].found
    assert (row, name, code) in found
    assert {at for at, _, _ in found} == {row}


DIRT = [
    "",
    " ",
    "x",
    "-1",
    "0",
    "1",
    "nan",
    "inf",
    "1e999",
    "S01",
    "true",
    "2025-03-30T02:30:00",
    "2025-05-05",
    "é\u0000",
]


@given(
    st.dictionaries(st.tuples(st.integers(0, 59), st.sampled_from(sorted(WRONG))), st.sampled_from(DIRT), max_size=40)
)
@settings(max_examples=30, deadline=None, suppress_health_check=SLOW)
def test_batches_do_not_matter(planted, cells):
    book, frames = planted
    frames = {**frames, "sale": changed(frames["sale"], cells)}
    whole = judged(book, frames, raw=True)["sale"]
    for size in (19, 31):
        parts = judged(book, frames, size, raw=True)["sale"]
        assert parts.said == whole.said
        assert parts.frame.equals(whole.frame)
        assert [breach.words for breach in parts.whole] == [breach.words for breach in whole.whole]
