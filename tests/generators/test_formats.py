"""The same values in every format, whatever a run was interrupted by."""

from __future__ import annotations

from pathlib import Path

import duckdb
import polars as pl
import pytest
from small_books import GROCERY, book_of, digests, read

from seedbed.core.errors import DataError
from seedbed.core.shards import Store, verify
from seedbed.generators import databases, generate

SMALL = {"sale": 3000}


@pytest.fixture(scope="module")
def parquet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("formats") / "parquet"
    generate(book_of(GROCERY), root, rows=SMALL)
    return root


def read_csv(root: Path, table: str, like: pl.DataFrame) -> pl.DataFrame:
    texts = pl.read_csv(root / "tables" / table / "*.csv", infer_schema=False)
    return texts.select(_parsed(pl.col(name), kind) for name, kind in like.schema.items())


def _parsed(column: pl.Expr, kind: pl.DataType) -> pl.Expr:
    if isinstance(kind, pl.Datetime):
        moments = column.str.to_datetime("%Y-%m-%dT%H:%M:%S%.f%:z", time_unit="ms")
        return moments.dt.convert_time_zone(str(kind.time_zone))
    if kind == pl.Date:
        return column.str.to_date()
    return column == "true" if kind == pl.Boolean else column.cast(kind)


def test_csv_holds_the_same_values(parquet: Path, tmp_path: Path) -> None:
    made = generate(book_of(GROCERY), tmp_path / "csv", rows=SMALL, format="csv")
    for table in ("store", "product", "sale"):
        expected = read(parquet, table)
        assert read_csv(tmp_path / "csv", table, expected).equals(expected)
        assert [path.suffix for path in made.files(table)] == [".csv"]


def test_csv_tells_a_missing_text_from_an_empty_one(tmp_path: Path) -> None:
    cases = r'[{when: i = 1, value: ""}, {when: i = 2, value: "a,\"b\""}, {otherwise: null}]'
    columns = f"{{i: {{type: id}}, x: {{type: text, cases: {cases}}}}}"
    text = f"seedbed: book/1\nname: b\ntables: {{t: {{rows: 4, columns: {columns}}}}}\n"
    generate(book_of(text), tmp_path / "o", format="csv")
    assert (tmp_path / "o/tables/t/part-00000.csv").read_text() == 'i,x\n1,""\n2,"a,""b"""\n3,\n4,\n'


def test_an_empty_table_has_a_head(tmp_path: Path) -> None:
    generate(book_of(GROCERY), tmp_path / "o", rows={"sale": 0}, format="csv")
    assert (tmp_path / "o/tables/sale/part-00000.csv").read_text().startswith("sale_id,store,product,")


def test_csv_bytes_do_not_depend_on_workers(tmp_path: Path) -> None:
    for workers in (1, 2):
        generate(book_of(GROCERY), tmp_path / str(workers), rows=SMALL, format="csv", workers=workers)
    assert digests(tmp_path / "1") == digests(tmp_path / "2")


def test_duckdb_holds_the_same_values_and_says_what_they_are(parquet: Path, tmp_path: Path) -> None:
    made = generate(book_of(GROCERY), tmp_path / "o", rows=SMALL, format="duckdb")
    assert made.database == tmp_path / "o/grocery.duckdb"
    assert not (tmp_path / "o/tables").exists()
    assert verify(tmp_path / "o") == []
    with duckdb.connect(str(made.database), read_only=True) as connection:
        for table in ("store", "product", "sale"):
            expected = read(parquet, table)
            got = pl.DataFrame(connection.execute(f"FROM {table}").to_arrow_table())
            assert got.with_columns(pl.col(name).cast(kind) for name, kind in expected.schema.items()).equals(expected)
        comments = "SELECT comment FROM duckdb_columns() WHERE column_name = 'area_m2'"
        assert connection.execute(comments).fetchall() == [("Sales floor [m2]",)]


def test_a_run_killed_while_the_parts_go_is_completed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Killed(Exception):
        pass

    real = Store.forget

    def killed(store: Store, name: str) -> None:
        real(store, name)
        raise Killed

    monkeypatch.setattr(Store, "forget", killed)
    with pytest.raises(Killed):
        generate(book_of(GROCERY), tmp_path / "o", rows=SMALL, format="duckdb")
    monkeypatch.undo()
    made = generate(book_of(GROCERY), tmp_path / "o", rows=SMALL, format="duckdb")
    assert made.shards == 0
    assert set(Store.attach(tmp_path / "o").done()) == {databases.DATABASE}
    assert not (tmp_path / "o/tables").exists()


def test_only_some_tables_are_the_same_tables(parquet: Path, tmp_path: Path) -> None:
    made = generate(book_of(GROCERY), tmp_path / "o", rows=SMALL, only=["sale"])
    assert made.rows == {"sale": 3000}
    assert [path.name for path in (tmp_path / "o/tables").iterdir()] == ["sale"]
    assert read(tmp_path / "o", "sale").equals(read(parquet, "sale"))


def test_scale_changes_facts_alone(tmp_path: Path) -> None:
    made = generate(book_of(GROCERY), tmp_path / "o", scale=0.01)
    assert made.rows == {"store": 40, "product": 300, "sale": 200}
    assert generate(book_of(GROCERY), tmp_path / "p", scale=1e-9).rows["sale"] == 1
    assert generate(book_of(GROCERY), tmp_path / "q", scale=2, rows={"sale": 10}).rows["sale"] == 10


@pytest.mark.parametrize("options", [{"scale": 0}, {"scale": float("nan")}, {"only": ["sales"]}])
def test_wrong_options_say_what_is_right(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(DataError) as caught:
        generate(book_of(GROCERY), tmp_path / "o", **options)  # type: ignore[arg-type]
    assert caught.value.repair
    assert not (tmp_path / "o").exists()
