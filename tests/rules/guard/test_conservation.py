"""Every record that is read is in exactly one of accepted and quarantine, whatever the data looks like."""

from __future__ import annotations

import math
import os
import tempfile
from collections import Counter
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from record_oracle import oracle

from seedbed.core.documents import Document, loads
from seedbed.rules import Book, check_book
from seedbed.rules.guard.flow import Validated, validate

BOOK = """
seedbed: book/1
name: shop
period: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}
tables:
  t:
    rows: 100
    columns:
      key: {type: id}
      kind: {type: category, choices: {a: 1, b: 2}, missing: 0.1}
      price: {type: decimal, places: 2, range: [0, 100]}
      weight: {type: number, range: [-5, 5], missing: 0.2}
      day: {type: date, range: period}
      double: {type: decimal, places: 2, formula: price * 2}
"""
COLUMNS = ("key", "kind", "price", "weight", "day", "double")


def book() -> Document[Book]:
    document = loads(BOOK, Book, path=Path("book.yaml"))
    check_book(document)
    return document


DOCUMENT = book()
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
"""Where files are in memory: waiting for a disk takes longer than all the rest."""


def written(result: Validated, folder: str) -> pl.DataFrame:
    files = result.files("t", folder)
    return pl.concat([pl.read_parquet(file) for file in files], how="diagonal") if files else pl.DataFrame()


def conserved(result: Validated, records: int) -> None:
    """The counts agree with one another, with the files, and with what there was."""
    table = result.report["tables"]["t"]
    assert table["read"] == records
    assert table["accepted"] + table["quarantined"] == table["read"]
    accepted, quarantine = written(result, "accepted"), written(result, "quarantine")
    assert accepted.height == table["accepted"]
    assert quarantine.height == table["quarantined"]
    if quarantine.height:
        assert quarantine["_line"].null_count() == 0
        assert quarantine["_reasons"].list.len().min() >= 1  # type: ignore[operator]
        unread = quarantine.filter(pl.col("_raw").is_not_null() | pl.col("_reasons").list.contains("nul_byte"))
        assert table["unread"] >= unread.height
    if not records:
        assert not result.passed
    assert result.passed == (not result.report["verdict"]["reasons"])


# ---- frames

good = st.fixed_dictionaries(
    {
        "key": st.integers(1, 10**6),
        "kind": st.sampled_from(["a", "b", None]),
        "price": st.integers(0, 10_000).map(lambda cents: cents / 100),
        "weight": st.floats(-5, 5),
        "day": st.sampled_from(["2025-01-01", "2025-06-30"]),
    }
).map(lambda row: row | {"double": round(row["price"] * 2, 2)})
bad = {
    "key": st.sampled_from([None, 0, -1, 1]),
    "kind": st.sampled_from(["c", "", None, "A", "\u00e9\u0000"]),
    "price": st.sampled_from([None, -1.0, 100.01, math.nan, math.inf, 1e300, 0.001]),
    "weight": st.sampled_from([None, math.nan, -math.inf, 5.0000001, 1e-320]),
    "day": st.sampled_from([None, "2024-12-31", "2025-02-30", "", "soon"]),
    "double": st.sampled_from([None, math.nan, 7.0]),
}


@st.composite
def dirty(draw: st.DrawFn) -> dict[str, Any]:
    row: dict[str, Any] = dict(draw(good))
    for name in draw(st.lists(st.sampled_from(COLUMNS), max_size=2)):
        row[name] = draw(bad[name])
    return row


@st.composite
def frames(draw: st.DrawFn) -> pl.DataFrame:
    rows = draw(st.lists(dirty(), max_size=12))
    types = {"key": pl.Int64, "kind": pl.String, "price": pl.Float64, "weight": pl.Float64, "day": pl.String}
    frame = pl.DataFrame(rows, schema={**types, "double": pl.Float64})
    if draw(st.booleans()):
        frame = frame.with_columns(pl.col("day").str.to_date(strict=False))
    if draw(st.booleans()):
        frame = frame.with_columns(pl.col("kind").cast(pl.Categorical), extra=pl.lit("x"))
    if draw(st.integers(0, 9)) == 0:
        frame = frame.drop(draw(st.sampled_from(COLUMNS)))
    return frame.select(draw(st.permutations(frame.columns)))


def frame_is_conserved(frame: pl.DataFrame) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        root = Path(folder)
        frame.write_parquet(root / "t.parquet", row_group_size=5)
        result = validate(DOCUMENT, root / "t.parquet", root / "out")
        conserved(result, frame.height)
        if "key" in frame.columns:
            # The rows themselves, not only their number: each key is where it was, as often as it was.
            accepted, quarantine = written(result, "accepted"), written(result, "quarantine")
            found: list[str] = []
            for part in (accepted, quarantine):
                found += part["key"].cast(pl.String).fill_null("").to_list() if part.height else []
            assert Counter(found) == Counter(frame["key"].cast(pl.String).fill_null("").to_list())


# ---- text

cells = st.sampled_from(
    ["1", "2", "3", "a", "b", "1.50", "3", "3.00", "2025-01-01", "", '"x', 'x"y', '"a,b"', '"a\nb"', '""', "\0", "nan"]
)
lines = st.one_of(
    st.lists(cells, min_size=6, max_size=6).map(",".join),
    st.lists(cells, max_size=8).map(",".join),
    st.integers(1, 99).map(lambda key: f"{key},a,1.50,2,2025-01-01,3.00"),
)


@st.composite
def texts(draw: st.DrawFn) -> tuple[bytes, int]:
    """A file, and its records by the rules, of bytes that need no guess: the header is whole, the encoding UTF-8."""
    ending = draw(st.sampled_from(["\n", "\r\n"]))
    body = ending.join(draw(st.lists(lines, max_size=10))).encode()
    if draw(st.integers(0, 4)) == 0:
        at = draw(st.integers(0, len(body)))
        body = body[:at] + draw(st.sampled_from([b"\xff", b"\xc3", "\u00e9".encode()])) + body[at:]
    content = b"key,kind,price,weight,day,double" + ending.encode() + body
    records, _ = oracle(content, 6, 1 << 20)
    if draw(st.booleans()):
        content = b"\xef\xbb\xbf" + content
    return content, len(records) - 1


def text_is_conserved(content: bytes, records: int) -> None:
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        root = Path(folder)
        (root / "t.csv").write_bytes(content)
        result = validate(DOCUMENT, root / "t.csv", root / "out", encoding="utf-8", delimiter=",")
        conserved(result, records)
        quarantine = written(result, "quarantine")
        if quarantine.height:
            found = quarantine["_line"].to_list()
            assert len(set(found)) == len(found)
            assert max(found) <= content.count(b"\n") + 1


@pytest.mark.parametrize(
    "weights", [(0.0, 5e-324), (1e300, 1e300), (-1.7e308, 1.7e308), (1.0, 1.0 + 2**-52), (3.0, 3.0)]
)
def test_numbers_at_the_ends_of_what_there_is(weights: tuple[float, float]) -> None:
    from seedbed import validate as whole

    rows = [{"kind": "a", "price": 0.0, "weight": weight, "day": "2025-01-01", "double": 0.0} for weight in weights]
    frame = pl.DataFrame(rows).with_row_index("key", 1)
    frame_is_conserved(frame)
    with tempfile.TemporaryDirectory(dir=MEMORY) as folder:
        frame.write_parquet(Path(folder) / "t.parquet")
        assert (whole(DOCUMENT, Path(folder) / "t.parquet", Path(folder) / "out").root / "report.html").is_file()


@given(frames())
@settings(max_examples=40)
def test_frames(frame: pl.DataFrame) -> None:
    frame_is_conserved(frame)


@given(texts())
@settings(max_examples=40)
def test_texts(case: tuple[bytes, int]) -> None:
    text_is_conserved(*case)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(frames())
@settings(max_examples=5000)
def test_five_thousand_frames(frame: pl.DataFrame) -> None:
    frame_is_conserved(frame)


@pytest.mark.slow
@pytest.mark.timeout(3600)
@given(texts())
@settings(max_examples=5000)
def test_five_thousand_texts(case: tuple[bytes, int]) -> None:
    text_is_conserved(*case)
