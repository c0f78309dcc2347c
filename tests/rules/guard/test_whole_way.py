"""Two hundred books the whole way: checked, generated, generated again in other ways, and validated with themselves."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import polars as pl
import pytest
from books_strategy import books
from hypothesis import HealthCheck, Phase, assume, event, given, settings
from hypothesis import strategies as st

from seedbed import generate, validate
from seedbed.core.documents import loads
from seedbed.core.errors import DataError, DocumentError
from seedbed.rules import Book, check_book

QUIET = [HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large]
ADDED = "  zz_added:\n    rows: 40\n    columns:\n      i: {type: id}\n      n: {type: integer, range: [1, 9]}\n"
FAULTS = "faults:\n  - {kind: duplicate_rows, of: t0, share: 0.1}\n"


def tables(root: Path) -> dict[str, str]:
    """Every file of the tables with a digest of its bytes."""
    return {
        path.relative_to(root).as_posix(): hashlib.blake2b(path.read_bytes()).hexdigest()
        for path in sorted((root / "tables").rglob("*.parquet"))
    }


def made(text: str, root: Path, workers: int = 1) -> dict[str, str]:
    document = loads(text, Book, path=Path("book.yaml"))
    check_book(document)
    generate(document, root, workers=workers)
    return tables(root)


def go_the_whole_way(text: str, workers: tuple[int, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        (root / "book.yaml").write_text(text, encoding="utf-8")
        try:
            first = made(text, root / "data")
        except (DocumentError, DataError) as error:
            event(f"refused: {type(error).__name__}")
            assume(False)
        for count in workers:
            assert made(text, root / f"by {count}", count) == first
        checked = validate(root / "book.yaml", root / "data", root / "checked", fail_over=0.0)
        assert checked.report["quarantined"] == 0
        # A column in the first table, another table, faults: no byte of the others changes, nor a value of the first.
        more = text.replace("    columns:\n", "    columns:\n      zz: {type: integer, range: [1, 9]}\n", 1)
        wider = made(more + ADDED + FAULTS, root / "wider")
        assert {name: digest for name, digest in wider.items() if "/zz_added/" not in name and "/t0/" not in name} == {
            name: digest for name, digest in first.items() if "/t0/" not in name
        }
        before, after = (pl.read_parquet(root / place / "tables/t0/*.parquet") for place in ("data", "wider"))
        assert after.drop("zz").equals(before)


@settings(max_examples=5, deadline=None, suppress_health_check=QUIET, phases=[Phase.generate])
@given(books())
def test_books_go_the_whole_way(text: str) -> None:
    go_the_whole_way(text, ())


@pytest.mark.slow
@settings(max_examples=200, deadline=None, suppress_health_check=QUIET)
@given(books(), st.integers(0, 7))
def test_200_books_go_the_whole_way(text: str, turn: int) -> None:
    # Processes take two seconds to start: every eighth book or so is made by two and by three of them.
    go_the_whole_way(text, (2, 3) if turn == 0 else ())
