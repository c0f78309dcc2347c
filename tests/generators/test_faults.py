"""Planted faults: the truth lists exactly what differs, both ways; any shards, workers and windows give the same."""

from __future__ import annotations

import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import book_of, digests, read

from seedbed.core.datasets import read_card
from seedbed.core.shards import verify
from seedbed.generators import generate, plans
from seedbed.generators.faults import arrived, planted, writing
from seedbed.rules.faults import KINDS

BOOK = """
seedbed: book/1
name: till
seed: 5
period: {start: 2025-02-01, end: 2025-11-30, timezone: Europe/Paris}
tables:
  store:
    rows: 6
    columns:
      store_id: {type: id, format: "S{:03d}"}
      city: {type: category, choices: {Orléans: 45, Nîmes: 20, Paris: 20}}
  sale:
    rows: ROWS
    columns:
      sale_id: {type: id}
      store: {type: reference, to: store, missing: 0.05}
      other: {type: reference, to: store}
      sold_at: {type: datetime, range: period}
      paid_on: {type: date, range: period, missing: 0.1}
      quantity: {type: integer, range: [0, 50], typical: 2, unit: kg}
      total: {type: decimal, places: 2, formula: "quantity * 1.1", unit: EUR}
      weight: {type: number, range: [-3, 7], missing: 0.1}
      paid_by: {type: category, choices: {card: 70, cash: 22, chèque: 8}, missing: 0.05}
      name: {type: text, formula: "other.city || ' n° ' || sale_id"}
      ok: {type: boolean, chance: 0.5}
"""
SMALL = {
    "stuck_value": ["columns: [quantity, name, store], per: store, length: [3, 9]", "column: weight, length: [3, 30]"],
    "frozen_clock": ["column: sold_at, length: [5, 30]", "column: paid_on, per: other, by: sold_at, length: [2, 9]"],
    "heartbeat": ["every: 50", "every: 7, where: ok"],
    "timezone_shift": ["hours: -5, length: [5, 40]", "to: America/Vancouver, share: 0.1", "share: 1, where: ok"],
    "dst_error": ["hours: 200", "hours: 2000, share: 0.3"],
    "late_arrival": ["share: 0.1, delay: [1, 60]", "share: 0.3, delay: [200, 900], where: quantity > 2"],
    "duplicate_rows": ["share: 0.05", "share: 0.02, times: 3, between: [2025-03-01, 2025-06-30]"],
    "missing_days": ["days: 4", "days: 5, per: store", "days: 2, by: paid_on, where: ok"],
    "missing_burst": ["length: [2, 30]", "columns: [name, weight], per: other, length: [2, 9]"],
    "test_records": ["share: 0.05", "share: 0.02, texts: [essai]"],
    "mojibake": ["column: name, share: 0.4", "columns: [name, paid_by], as: ascii, length: [20, 200]"],
    "unit_change": ["column: quantity, length: [10, 60]", "column: weight, factor: -2.5, share: 0.2"],
    "swapped_columns": ["columns: [total, quantity]", "columns: [paid_by, name]", "columns: [store, other]"],
    "outlier": ["columns: [total, weight], share: 0.05", "column: quantity, share: 1, factor: [1, 1000000000]"],
    "typo": ["columns: [name, paid_by, total, quantity], share: 0.1"],
    "truncated_text": ["column: name, share: 0.3", "column: paid_by, length: 2"],
    "category_drift": ["column: paid_by, length: [50, 200]", "column: paid_by, share: 1, rename: {card: Card}"],
    "renamed_column": ["column: ok, to: fine, after: 0.35", "column: weight, to: masse, after: 0"],
}


def till(*faults: str, rows: int = 1500) -> str:
    lines = "\n".join(f"  - {{of: sale, {fault}}}" for fault in faults)
    return BOOK.replace("ROWS", str(rows)) + (f"faults:\n{lines}\n" if faults else "")


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 400)
    monkeypatch.setattr(writing, "GROUP", 170)


def as_text(values: pl.Series) -> pl.Series:
    if isinstance(values.dtype, pl.Datetime):
        return values.dt.strftime("%Y-%m-%dT%H:%M:%S%.f%:z")
    return values.cast(pl.String)


def check(root: Path) -> dict[str, int]:
    """Holds the truth against clean and faulty table, both ways; counts entries by kind."""
    clean, rows, truth = read(root, "sale"), arrived(root, "sale"), planted(root)
    whole = truth.filter(pl.col("column").is_null())
    cells = truth.filter(pl.col("column").is_not_null() & pl.col("row").is_not_null())
    # Every clean row arrives once or is listed as gone.
    gone = whole.filter(pl.col("faulty_row").is_null())["row"].to_list()
    numbers = rows["row"].drop_nulls().to_list()
    assert sorted(numbers + gone) == list(range(1, clean.height + 1))
    # Rows that are not in the clean table are listed, and those that are listed are not.
    inserted = rows.filter(pl.col("row").is_null()).select("file", "faulty_row")
    listed = whole.filter(pl.col("row").is_null()).select("file", "faulty_row")
    assert sorted(inserted.iter_rows()) == sorted(listed.iter_rows())
    # Late rows come behind one that stands behind them; all others in order.
    late = set(whole.drop_nulls(["row", "faulty_row"])["row"].to_list())
    highest = 0
    for number in numbers:
        assert (number < highest) == (number in late), number
        highest = max(highest, number)
    # Cells differ where the truth says, and nowhere else.
    own = rows.filter(pl.col("row").is_not_null())
    beside = clean[own["row"] - 1]
    found = set()
    for name in clean.columns:
        differs = own[name].ne_missing(beside[name])
        before, after = as_text(beside[name]).filter(differs), as_text(own[name]).filter(differs)
        places = own.filter(differs)
        found |= set(
            zip(places["row"], places["file"], places["faulty_row"], [name] * places.height, before, after, strict=True)
        )
    told = cells.select("row", "file", "faulty_row", "column", "clean", "faulty").iter_rows()
    assert found == set(told)
    assert len(found) == cells.height
    return dict(truth.group_by("kind").len().iter_rows())


@pytest.mark.parametrize(("kind", "rest"), [(kind, rest) for kind in KINDS for rest in SMALL[kind]])
def test_every_kind_plants_and_tells(tmp_path, kind, rest):
    result = generate(book_of(till(f"kind: {kind}, {rest}")), tmp_path)
    assert set(check(tmp_path)) == {kind}
    assert result.faults[kind] == planted(tmp_path).height > 0
    assert read_card(tmp_path)["seedbed:quality"]["faults"] == result.faults
    assert verify(tmp_path) == []


FAULTS = [f"kind: {kind}, {rest}" for kind in KINDS for rest in SMALL[kind]]


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(FAULTS), min_size=2, max_size=7, unique=True), st.integers(1, 900))
def test_several_faults_together(faults, rows):
    faults = [
        fault
        for fault in faults
        if not any(a != fault and a.split(",")[0] == fault.split(",")[0] == "kind: renamed_column" for a in faults)
    ]
    with tempfile.TemporaryDirectory() as folder:
        generate(book_of(till(*faults, rows=rows)), folder)
        check(Path(folder))


TOGETHER = [f"kind: {kind}, {SMALL[kind][0]}" for kind in KINDS]


def test_all_faults_at_once_in_any_shards_windows_and_workers(tmp_path, monkeypatch):
    book = book_of(till(*TOGETHER))
    generate(book, tmp_path / "one")
    assert set(check(tmp_path / "one")) == set(KINDS)
    monkeypatch.setattr(writing, "GROUP", 61)
    generate(book, tmp_path / "windows")
    monkeypatch.setattr(plans, "SHARD", 10_000)
    generate(book, tmp_path / "shards")
    one, windows, shards = (arrived(tmp_path / name, "sale") for name in ("one", "windows", "shards"))
    assert windows.equals(one)
    assert shards.drop("file", "faulty_row").equals(one.drop("file", "faulty_row"))
    assert read(tmp_path / "shards", "sale").equals(read(tmp_path / "one", "sale"))


def test_workers_and_resume(tmp_path, monkeypatch):
    monkeypatch.setattr(writing, "GROUP", plans.GROUP)  # worker processes have the usual one, and row groups show it
    book = book_of(till(*TOGETHER, rows=900))
    generate(book, tmp_path / "one")
    whole = digests(tmp_path / "one")
    generate(book, tmp_path / "three", workers=3)
    assert digests(tmp_path / "three") == whole
    (tmp_path / "one" / "manifest" / "sale-00001.json").unlink()
    (tmp_path / "one" / "faulty" / "sale" / "part-00002.parquet.tmp").write_text("left by a kill")
    result = generate(book, tmp_path / "one")
    assert (result.shards, result.resumed) == (1, 3)
    assert digests(tmp_path / "one") == whole


def test_clean_tables_do_not_know_of_faults(tmp_path):
    generate(book_of(till(*TOGETHER)), tmp_path / "faulty")
    generate(book_of(till()), tmp_path / "clean")
    one, other = (digests(tmp_path / name) for name in ("faulty", "clean"))
    tables = [name for name in one if name.startswith("tables/")]
    assert [one[name] for name in tables] == [other[name] for name in tables]
    assert not (tmp_path / "clean" / "faulty").exists()
    generate(book_of(till(*TOGETHER)), tmp_path / "without", faults=False)
    assert set(digests(tmp_path / "without")) == set(other)
    assert "faults" not in read_card(tmp_path / "clean")["seedbed:quality"]


def test_another_fault_changes_no_other(tmp_path):
    first = [TOGETHER[KINDS.index("outlier")], TOGETHER[KINDS.index("missing_days")]]
    generate(book_of(till(*first)), tmp_path / "two")
    generate(book_of(till("kind: typo, column: name", *first)), tmp_path / "three")
    columns = ["kind", "episode", "row", "column", "clean", "faulty"]
    two, three = (planted(tmp_path / name).select(columns) for name in ("two", "three"))
    assert three.filter(pl.col("kind") != "typo").equals(two)


def test_faults_of_other_tables_and_only(tmp_path):
    book = book_of(
        till("kind: outlier, column: total, share: 0.1") + "  - {of: store, kind: typo, column: city, share: 1}\n"
    )
    generate(book, tmp_path, only=["store"])
    assert planted(tmp_path)["table"].to_list() == ["store"] * 6
    assert not (tmp_path / "faulty" / "sale").exists()


def test_a_fault_that_finds_nothing_is_told(tmp_path):
    from seedbed.core.progress import Silent

    told = []

    class Listening(Silent):
        def note(self, text: str) -> None:
            told.append(text)

    book = book_of(till("kind: mojibake, column: paid_by, where: paid_by = 'card', share: 1"))
    assert generate(book, tmp_path, progress=Listening()).faults == {"mojibake": 0}
    assert told == ["fault 1, mojibake of sale: the table has nothing that it could befall"]
