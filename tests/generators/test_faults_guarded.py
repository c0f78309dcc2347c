"""What the guard says of planted faults: truth and quarantine speak of the same files and rows."""

from __future__ import annotations

import polars as pl
import pytest
from small_books import book_of

from seedbed.generators import generate, plans
from seedbed.generators.faults import planted
from seedbed.rules.guard import validate

BOOK = """
seedbed: book/1
name: till
seed: 6
period: {start: 2025-02-01, end: 2025-04-30}
tables:
  sale:
    rows: 1500
    columns:
      sale_id: {type: id}
      day: {type: date, range: period}
      quantity: {type: integer, range: [1, 50], typical: 4}
      total: {type: decimal, places: 2, formula: "quantity * 1.25"}
      paid_by: {type: category, choices: {card: 70, cash: 22}}
faults:
"""


@pytest.fixture
def guarded(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 400)

    def run(*faults: str) -> tuple[pl.DataFrame, pl.DataFrame]:
        book = book_of(BOOK + "".join(f"  - {{of: sale, {fault}}}\n" for fault in faults))
        generate(book, tmp_path / "made")
        assert validate(book, tmp_path / "made" / "tables", tmp_path / "clean").report["quarantined"] == 0
        validate(book, tmp_path / "made" / "faulty", tmp_path / "faulty")
        bad = pl.read_parquet(tmp_path / "faulty" / "quarantine" / "sale" / "*.parquet")
        return bad.with_columns(pl.col("_source").str.split("/").list.last()), planted(tmp_path / "made")

    return run


def test_cells(guarded):
    bad, truth = guarded(
        "kind: outlier, column: quantity, share: 0.05",
        "kind: typo, column: paid_by, share: 0.05",
        "kind: unit_change, column: total, factor: 100, length: [10, 60]",
        "kind: late_arrival, share: 0.1",
    )
    cells = truth.filter(pl.col("column").is_not_null())
    told = set(zip(bad["_source"], bad["_line"], strict=True))
    assert told == set(zip(cells["file"], cells["faulty_row"], strict=True))


def test_duplicates(guarded):
    bad, truth = guarded("kind: duplicate_rows, share: 0.05")
    assert set(bad["_reasons"].explode()) == {"not_unique"}
    told = set(zip(bad["_source"], bad["_line"], strict=True))
    assert set(zip(truth["file"], truth["faulty_row"], strict=True)) <= told


def test_a_renamed_column(guarded):
    bad, truth = guarded("kind: renamed_column, column: quantity, to: qty, after: 0.6")
    assert truth.height == 1
    assert bad["_source"].unique(maintain_order=True).to_list() == ["part-00002b.parquet", "part-00003.parquet"]
    assert bad.height == 600
    assert bad["qty"].null_count() == 0
