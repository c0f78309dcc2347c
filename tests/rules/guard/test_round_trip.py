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
                assert verdict.whole == []


SLOW = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]


@settings(max_examples=15, deadline=None, suppress_health_check=SLOW)
@given(books(), st.sampled_from([7, 1000]))
def test_generated_data_is_accepted(text, size):
    check_round_trip(text, size)


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=SLOW)
@given(books(), st.sampled_from([7, 1000]))
def test_generated_data_of_200_books_is_accepted(text, size):
    check_round_trip(text, size)
