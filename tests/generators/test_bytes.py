"""Bytes depend on the book and the rows asked for, and on nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from small_books import GROCERY, book_of, digests, read, table_of

from seedbed.generators import compiler, files, generate, plans


@pytest.fixture(autouse=True)
def _small_shards(monkeypatch):
    """Several shards and row groups in small tables."""
    monkeypatch.setattr(plans, "SHARD", 6000)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plans, "SHARD", 6000)
        root = tmp_path_factory.mktemp("whole")
        generate(book_of(GROCERY), root / "out")
    return root / "out"


def test_workers(whole, tmp_path):
    generate(book_of(GROCERY), tmp_path / "out", workers=3)
    assert digests(tmp_path / "out") == digests(whole)


@pytest.mark.parametrize("hash_seed", ["0", "4711"])
def test_hash_seed(whole, tmp_path, hash_seed):
    (tmp_path / "book.yaml").write_text(GROCERY)
    code = (
        "import sys; from pathlib import Path; from seedbed.generators import generate, plans; plans.SHARD = 6000; "
        "generate(Path(sys.argv[1]), Path(sys.argv[2]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "book.yaml"), str(tmp_path / "out")]
    subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": hash_seed})
    assert digests(tmp_path / "out") == digests(whole)


@pytest.mark.parametrize("stretch", [1, 777, 4096, 1 << 20])
def test_block_size(tmp_path, stretch, monkeypatch):
    monkeypatch.setattr(files, "GROUP", 2500)
    rows = 300 if stretch == 1 else 6000
    found = []
    for size in (5000, stretch):
        tables = compiler.compile_plan(plans.resolve(book_of(GROCERY), {"sale": 6000}))
        found.append({})
        for name, table in tables.items():
            files.write_file(tmp_path / name, table, 0, min(table.rows, rows), stretch=size)
            found[-1][name] = (tmp_path / name).read_bytes()
    assert found[0] == found[1]


def test_the_same_rows_in_any_shard(tmp_path):
    """Row i does not depend on how many rows there are, nor on the file it lies in."""
    generate(book_of(GROCERY), tmp_path / "few", rows={"sale": 7000})
    generate(book_of(GROCERY), tmp_path / "many", rows={"sale": 13000})
    assert read(tmp_path / "many", "sale").head(7000).equals(read(tmp_path / "few", "sale"))


def test_another_column_or_table_changes_no_other(tmp_path):
    more = GROCERY.replace("  product:\n", "  region:\n    rows: 5\n    columns: {id: {type: id}}\n  product:\n")
    more = more.replace(
        "      promo:",
        '      extra: {type: number, range: [0, 1]}\n      doubled: {type: number, formula: "2 * extra"}\n      promo:',
    )
    generate(book_of(GROCERY), tmp_path / "before")
    generate(book_of(more), tmp_path / "after")
    for table in ("store", "product", "sale"):
        before, after = read(tmp_path / "before", table), read(tmp_path / "after", table)
        assert after.select(before.columns).equals(before)
        assert digests(tmp_path / "before")["tables/store/part-00000.parquet"]


def test_another_seed_changes_every_drawn_column(tmp_path):
    columns = (
        "a: {type: number, range: [0, 1]}\nb: {type: number, range: [0, 1]}\nc: {type: integer, range: [0, 1000000]}"
    )
    generate(table_of(columns, 500, "seed: 1"), tmp_path / "one")
    generate(table_of(columns, 500, "seed: 2"), tmp_path / "two")
    one, two = read(tmp_path / "one"), read(tmp_path / "two")
    for name in "abc":
        assert (one[name] == two[name]).sum() < 5
    assert (one["a"] == one["b"]).sum() == 0


def test_a_few_values_written_down(tmp_path):
    """Values of a fixed book; a change here means that every user's data changes."""
    generate(book_of(GROCERY), tmp_path / "out", rows={"sale": 3})
    sale = read(tmp_path / "out", "sale")
    assert sale["store"].to_list() == PINNED["store"]
    assert sale["quantity"].to_list() == PINNED["quantity"]
    assert [str(value) for value in sale["total"]] == PINNED["total"]
    assert [value.isoformat() for value in sale["sold_at"]] == PINNED["sold_at"]
    assert read(tmp_path / "out", "store")["manager"][0] == PINNED["manager"]


PINNED: dict[str, object] = {
    "store": ["S029", "S019", "S003"],
    "quantity": [14, 6, 15],
    "total": ["438.48", "116.00", "168.30"],
    "sold_at": ["2025-07-04T12:51:46-04:00", "2025-04-26T22:51:47-04:00", "2025-02-07T09:30:29-05:00"],
    "manager": "Nathalie Lepage",
}


def test_the_file_does_not_say_when_or_where(whole):
    import pyarrow.parquet as pq

    for path in sorted(Path(whole).glob("tables/*/*.parquet")):
        metadata = pq.ParquetFile(path).metadata
        assert set(metadata.metadata) == {b"ARROW:schema", b"seedbed"}
        assert metadata.created_by.startswith("parquet-cpp-arrow version")
