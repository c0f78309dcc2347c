"""Books written as a client would, on real data: what breaks the rules of a grocery year, how many errors are found.

The books in `real/` come from the data sets' descriptions and published rules, not from the values. `errors.parquet`
(every cell in which the dirty table differs from the clean one) serves for the score alone.
Run with `-s` to see the tables.
"""

from __future__ import annotations

import resource
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from judging import judged

from seedbed.cli.validating import validate
from seedbed.rules import load_book

BOOKS = Path(__file__).parent / "real"

Cells = set[tuple[int, str]]


@dataclass(frozen=True)
class Score:
    """Cells found beside the cells that are wrong."""

    found: Cells
    wrong: Cells

    @property
    def precision(self) -> float:
        return len(self.found & self.wrong) / max(len(self.found), 1)

    @property
    def recall(self) -> float:
        return len(self.found & self.wrong) / max(len(self.wrong), 1)

    def __str__(self) -> str:
        hits = len(self.found & self.wrong)
        return f"{len(self.found):6} cells, {hits:6} wrong, precision {self.precision:.3f}, recall {self.recall:.3f}"


def tell(line: str) -> None:
    """A line of a table, seen with `-s`."""
    sys.stdout.write(line + "\n")


def named(root: Path, table: str, maps: dict[str, str]) -> Cells:
    """Every cell that the quarantine or a remark names; row of the file from 0, column as the file calls it."""
    found: Cells = set()
    for folder in ("quarantine", "remarks"):
        for path in sorted((root / folder / table).glob("*.parquet")):
            frame = pl.read_parquet(path).select("_line", "_columns").explode("_columns").drop_nulls()
            found |= {(line - 2, maps.get(f"{table}.{column}", column)) for line, column in frame.iter_rows()}
    return found


def scores(data: Path, book: Path, table: str, maps: dict[str, str], out: Path) -> dict[str, Score]:
    """The score of all rules together, and of each kind of rule alone."""
    started = time.perf_counter()
    result = validate(book, data / "dirty.csv", out, maps={table: "dirty.csv", **maps}, fail_over=1.0)
    seconds = time.perf_counter() - started
    read = result.report["tables"][table]["read"]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    tell(f"\n{data.name}: {read:,} rows in {seconds:.1f} s, at most {memory} MB")
    errors = pl.read_parquet(data / "errors.parquet")
    wrong = {(row, column) for row, column in errors.select("row", "column").iter_rows()}
    found = {"all": Score(named(out, table, maps), wrong)}
    kinds: dict[str, Cells] = defaultdict(set)
    frame = pl.read_csv(data / "dirty.csv", infer_schema=False)
    back = {source: key.partition(".")[2] for key, source in maps.items()}
    frame = frame.rename({name: back[name] for name in frame.columns if name in back})
    absent = tuple(name for name in load_book(book).value.tables if name != table)
    for row, column, code, _, _ in judged(load_book(book).value, {table: frame}, raw=True, absent=absent)[table].rows:
        if column is not None:
            kinds[code].add((row, maps.get(f"{table}.{column}", column)))
    assert set().union(*kinds.values()) == found["all"].found
    found |= {code: Score(cells, wrong) for code, cells in sorted(kinds.items())}
    for code, score in found.items():
        tell(f"  {code:14} {score}")
    columns = sorted({column for _, column in wrong})
    for column in columns:
        part = [{cell for cell in each if cell[1] == column} for each in (found["all"].found, wrong)]
        tell(f"  {column:18} {Score(*part)}")
    return found


def test_hospital(real_data: Path, tmp_path: Path) -> None:
    data = real_data / "dirty_clean" / "hospital"
    found = scores(data, BOOKS / "hospital.yaml", "report", {}, tmp_path / "out")
    assert found["all"].precision > 0.9
    assert found["all"].recall > 0.9
    assert found["typo"].precision > 0.9


def test_beers(real_data: Path, tmp_path: Path) -> None:
    data = real_data / "dirty_clean" / "beers"
    maps = {"beer.beer_name": "beer-name", "beer.brewery_name": "brewery-name"}
    found = scores(data, BOOKS / "beers.yaml", "beer", maps, tmp_path / "out")
    assert found["all"].precision > 0.9
    assert found["all"].recall > 0.9


@pytest.mark.parametrize("book", ["hospital", "beers"])
def test_what_the_books_make_passes(book: str, tmp_path: Path) -> None:
    from seedbed.generators import generate

    made = generate(BOOKS / f"{book}.yaml", tmp_path / "made")
    result = validate(BOOKS / f"{book}.yaml", made.root / "tables", tmp_path / "out")
    assert result.passed
    assert not any(table["rules"] for table in result.report["tables"].values())


def test_completejourney(real_data: Path, tmp_path: Path) -> None:
    started = time.perf_counter()
    maps = {"transactions": "transactions_sample.parquet", "promotions": "promotions_sample.parquet"}
    book, data = BOOKS / "completejourney.yaml", real_data / "completejourney"
    report = validate(book, data, tmp_path / "out", maps=maps).report
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    tell(f"\n{report['read']:,} rows in {time.perf_counter() - started:.1f} s, at most {memory} MB")
    broken: dict[tuple[str, str | None, str], int] = {}
    for name, table in report["tables"].items():
        assert table["read"] == table["accepted"] + table["quarantined"]
        for rule in table["rules"]:
            broken[name, rule["column"], rule["words"]] = rule["count"]
            tell(f"  {rule['count']:7,} of {table['read']:7,} {name}.{rule['column']}: {rule['words']}")
    for each in report["expectations"]:
        tell(f"  {each['words']}")
    quantity = count(broken, "quantity", "above 100")
    assert 500 < quantity < 1_000, "motor fuel is sold by a thousandth of a gallon"
    assert count(broken, "transaction_timestamp", "skips") > 0, "the export's times are of UTC"
    assert count(broken, "product_id", "refers to no row") > 200
    assert report["tables"]["transactions"]["quarantined_share"] < 0.03
    assert report["tables"]["demographics"]["quarantined"] == 0


def count(broken: dict[Any, int], column: str, words: str) -> int:
    """Rows that break the rules of a column that say some words."""
    return sum(number for (_, name, said), number in broken.items() if name == column and words in said)
