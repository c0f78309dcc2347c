"""Reading, mapping, parting and reporting, on small real files."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from pathlib import Path

import duckdb
import polars as pl
import pytest

from seedbed.core.datasets import read_card
from seedbed.core.documents import Document, loads
from seedbed.core.errors import DataError
from seedbed.core.progress import Silent
from seedbed.core.shards import verify
from seedbed.rules import Book, check_book
from seedbed.rules.guard.flow import Validated, validate

TEXT = """
seedbed: book/1
name: shop
tables:
  store:
    rows: 3
    columns:
      store_id: {type: id, format: "S{:02d}"}
      city: {type: category, choices: {Laval: 1, Quebec: 1}}
      manager: {type: text, faker: name, sensitive: true}
  sale:
    rows: 10
    columns:
      sale_id: {type: id}
      store: {type: reference, to: store}
      amount: {type: decimal, places: 2, range: [0, 100], typical: 20, missing: 0.2}
expect:
  - {name: average sale, of: sale, measure: avg(amount), range: [10, 30]}
"""
STORES = 'store_id,city,manager\nS01,Laval,"Roy, Anne"\nS02,Quebec,Jean\n'
SALES = "sale_id,store,amount\n1,S01,12.50\n2,S02,20.00\n3,S01,\n"


@pytest.fixture
def document() -> Document[Book]:
    found = loads(TEXT, Book, path=Path("shop.yaml"))
    check_book(found)
    return found


@pytest.fixture
def data(tmp_path: Path) -> Path:
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "store.csv").write_text(STORES)
    (folder / "sale.csv").write_text(SALES)
    return folder


def rows(result: Validated, table: str, folder: str = "accepted") -> pl.DataFrame:
    return pl.concat([pl.read_parquet(file) for file in result.files(table, folder)])


def test_good_data_passes(document: Document[Book], data: Path, tmp_path: Path) -> None:
    result = validate(document, data, tmp_path / "out")
    assert result.passed, result.report["verdict"]
    assert rows(result, "sale").rows() == [
        (1, "S01", Decimal("12.50")),
        (2, "S02", Decimal("20.00")),
        (3, "S01", None),
    ]
    assert rows(result, "sale").schema == {
        "sale_id": pl.Int64,
        "store": pl.String,
        "amount": pl.Decimal(18, 2),
    }
    assert not (tmp_path / "out/quarantine").exists()
    assert verify(result.root) == []
    card = read_card(result.root)
    assert card["seedbed:quality"]["level"] == "real_checked"
    assert card["seedbed:lineage"]["parents"][0]["name"] == "data"
    report = json.loads((result.root / "report.json").read_text())
    assert report == result.report
    assert report["expectations"][0]["met"] is True
    assert report["tables"]["sale"]["columns"]["amount"]["expected"]["typical"] == 20
    assert report["tables"]["sale"]["columns"]["amount"]["missing"] == 1


def test_the_same_data_gives_the_same_bytes(document: Document[Book], data: Path, tmp_path: Path) -> None:
    def files(root: Path) -> dict[str, bytes]:
        return {path.relative_to(root).as_posix(): path.read_bytes() for path in root.rglob("*") if path.is_file()}

    (data / "sale.csv").write_text(SALES + "4,S09,5\nx,S01,1,1\n")
    first = files(validate(document, data, tmp_path / "out").root)
    assert files(validate(document, data, tmp_path / "out").root) == first
    assert files(validate(document, data, tmp_path / "other").root) == first


def test_bad_rows_stand_in_quarantine_as_they_were_read(document: Document[Book], data: Path, tmp_path: Path) -> None:
    (data / "sale.csv").write_text(SALES + '4,S09,200\n5,S01\n6,"S02,1\n7,S02,7\n')
    result = validate(document, data, tmp_path / "out")
    assert not result.passed
    assert rows(result, "sale")["sale_id"].to_list() == [1, 2, 3, 7]
    found = {row["_line"]: row for row in rows(result, "sale", "quarantine").iter_rows(named=True)}
    assert sorted(found) == [5, 6, 7]
    assert found[5]["_columns"] == ["store", "amount"]
    assert found[5]["_reasons"] == ["orphan", "out_of_range"]
    assert (found[5]["sale_id"], found[5]["amount"], found[5]["_raw"]) == ("4", "200", None)
    assert (found[6]["_reasons"], found[6]["_raw"]) == (["ragged_line"], "5,S01")
    assert (found[7]["_reasons"], found[7]["_raw"]) == (["unclosed_quote"], '6,"S02,1')
    assert {row["_source"] for row in found.values()} == {"sale.csv"}
    table = result.report["tables"]["sale"]
    assert (table["read"], table["accepted"], table["quarantined"], table["unread"]) == (7, 4, 3, 2)


def test_a_share_may_go_to_quarantine(document: Document[Book], data: Path, tmp_path: Path) -> None:
    (data / "sale.csv").write_text(SALES + "4,S09,20\n")
    assert not validate(document, data, tmp_path / "out", fail_over=0.24).passed
    assert validate(document, data, tmp_path / "out", fail_over=0.25).passed


@pytest.mark.parametrize("text", ["", "sale_id,store,amount\n", "\n\n"])
def test_empty_data_never_passes(document: Document[Book], tmp_path: Path, text: str) -> None:
    (tmp_path / "sale.csv").write_text(text)
    result = validate(document, tmp_path / "sale.csv", tmp_path / "out", fail_over=1.0)
    assert not result.passed
    assert "no record" in " ".join(result.report["verdict"]["reasons"])


@pytest.mark.parametrize(
    ("encoding", "content"),
    [
        ("utf-8", STORES.replace("Jean", "Zoé").encode()),
        ("utf-8", STORES.replace("Jean", "Zoé").encode("utf-8-sig")),
        ("utf-16-le", STORES.replace("Jean", "Zoé").encode("utf-16")),
        ("utf-16-be", STORES.replace("Jean", "Zoé").encode("utf-16-be")),
        ("cp1252", STORES.replace("Jean", "Zoé").encode("cp1252")),
        ("utf-8", STORES.replace("Jean", "Zoé").replace("\n", "\r\n").encode()),
        ("utf-8", STORES.replace("Jean", "Zoé").replace("\n", "\r").encode()),
        ("utf-8", STORES.replace("Jean", "Zoé").replace('"Roy, Anne"', "Roy").replace(",", ";").encode()),
        ("utf-8", STORES.replace("Jean", "Zoé").replace('"Roy, Anne"', "Roy").replace(",", "\t").encode()),
        ("utf-8", STORES.replace("Jean", "Zoé").replace('"', "'").encode()),
    ],
)
def test_dialects(document: Document[Book], tmp_path: Path, encoding: str, content: bytes) -> None:
    (tmp_path / "store.csv").write_bytes(content)
    result = validate(document, tmp_path / "store.csv", tmp_path / "out")
    assert result.passed, result.report
    assert rows(result, "store")["manager"].to_list()[1] == "Zoé"
    assert result.report["tables"]["store"]["sources"][0]["encoding"] == encoding


def test_bytes_that_are_no_text(document: Document[Book], tmp_path: Path) -> None:
    content = STORES.replace("Jean", "Zoé").encode() + b"S03,Laval,\xff\n"
    (tmp_path / "store.csv").write_bytes(content)
    result = validate(document, tmp_path / "store.csv", tmp_path / "out")
    lost = rows(result, "store", "quarantine").to_dicts()
    assert [(each["_line"], each["_reasons"], each["_raw"]) for each in lost] == [(4, ["encoding"], "S03,Laval,\\xff")]
    assert rows(result, "store").height == 2


def test_a_file_without_a_header(document: Document[Book], tmp_path: Path) -> None:
    (tmp_path / "sale.csv").write_text(SALES.partition("\n")[2])
    result = validate(document, tmp_path / "sale.csv", tmp_path / "out")
    assert rows(result, "sale").height == 3
    assert "no column" in result.report["tables"]["sale"]["sources"][0]["notes"][0]


def test_every_kind_of_file_gives_the_same_rows(document: Document[Book], data: Path, tmp_path: Path) -> None:
    expected = rows(validate(document, data, tmp_path / "text"), "sale")
    parquet, base, packed = tmp_path / "parquet", tmp_path / "base.duckdb", tmp_path / "packed"
    for folder in (parquet, packed):
        folder.mkdir()
    with duckdb.connect(str(base)) as connection:
        for table in ("store", "sale"):
            (parquet / table).mkdir()
            frame = pl.read_csv(data / f"{table}.csv")
            frame[:1].write_parquet(parquet / table / "part-0.parquet")
            frame[1:].write_parquet(parquet / table / "part-1.parquet")
            connection.execute(f"create table {table} as select * from read_csv('{data / f'{table}.csv'}')")
            with gzip.open(packed / f"{table}s_2025-01.csv.gz", "wb") as file:
                file.write((data / f"{table}.csv").read_bytes())
    for place in (parquet, base, packed):
        result = validate(document, place, tmp_path / f"out of {place.name}")
        assert result.passed, result.report["verdict"]
        assert rows(result, "sale").equals(expected)


def test_a_file_that_is_right_already_is_taken_as_it_is(document: Document[Book], data: Path, tmp_path: Path) -> None:
    accepted = validate(document, data, tmp_path / "out").root / "accepted"
    result = validate(document, accepted, tmp_path / "again")
    for table in ("store", "sale"):
        (one,), (other,) = result.files(table), sorted((accepted / table).glob("*.parquet"))
        assert one.read_bytes() == other.read_bytes()


@pytest.mark.parametrize("bad", [0, 7, 19])
def test_a_parquet_file_with_one_bad_row(document: Document[Book], tmp_path: Path, bad: int) -> None:
    amounts = pl.Series([5.0] * 20).cast(pl.Decimal(18, 2))
    frame = pl.DataFrame({"sale_id": range(1, 21), "store": ["S01"] * 20, "amount": amounts})
    frame = frame.with_columns(sale_id=pl.when(pl.col("sale_id") == bad + 1).then(None).otherwise("sale_id"))
    (tmp_path / "sale").mkdir()
    frame.write_parquet(tmp_path / "sale/a.parquet", row_group_size=4)
    result = validate(document, tmp_path / "sale", tmp_path / "out")
    assert rows(result, "sale").equals(frame.filter(pl.col("sale_id").is_not_null()))
    assert rows(result, "sale", "quarantine")["_line"].to_list() == [bad + 1]


def test_a_damaged_file_does_not_stop_the_others(document: Document[Book], data: Path, tmp_path: Path) -> None:
    (data / "sale").mkdir()
    (data / "sale/more.parquet").write_bytes(b"PAR1 this is none PAR1")
    result = validate(document, data, tmp_path / "out")
    assert not result.passed
    assert "more.parquet" in result.report["verdict"]["reasons"][0]
    assert rows(result, "sale").height == 3


def test_maps(document: Document[Book], data: Path, tmp_path: Path) -> None:
    (data / "sale.csv").rename(data / "till.csv")
    (data / "till.csv").write_text(SALES.replace("amount", "Total CAD").replace("sale_id", "SALE ID"))
    maps = {"sale": "till.csv", "sale.amount": "Total CAD"}
    result = validate(document, data, tmp_path / "out", maps=maps)
    assert result.passed, result.report["verdict"]
    source = result.report["tables"]["sale"]["sources"][0]
    assert source["renamed"] == {"SALE ID": "sale_id", "Total CAD": "amount"}
    assert rows(result, "sale").columns == ["sale_id", "store", "amount"]


def test_files_of_one_table_with_other_names(document: Document[Book], tmp_path: Path) -> None:
    folder = tmp_path / "sale"
    folder.mkdir()
    (folder / "1.csv").write_text(SALES)
    (folder / "2.csv").write_text("sale_id,store,amount_cad\n4,S01,7\n")
    result = validate(document, folder, tmp_path / "out")
    (note,) = result.report["tables"]["sale"]["sources"][1]["notes"]
    assert note == "there is no column amount; is it 'amount_cad'? --map sale.amount=amount_cad"
    mapped = validate(document, folder, tmp_path / "out", maps={"sale.amount": "amount_cad"})
    assert rows(mapped, "sale")["amount"].to_list()[-1] == Decimal(7)


@pytest.mark.parametrize(
    ("maps", "where", "found"),
    [
        ({"sales": "x"}, "--map sales=x", "did you mean 'sale'?"),
        ({"sale.amout": "x"}, "--map sale.amout=x", "did you mean 'amount'?"),
        ({"sale": "tills.csv"}, "--map sale", "nothing readable"),
        ({"sale.amount": "Total"}, "--map sale.amount", "no column 'Total'"),
    ],
)
def test_maps_that_lead_nowhere(
    document: Document[Book], data: Path, tmp_path: Path, maps: dict[str, str], where: str, found: str
) -> None:
    with pytest.raises(DataError, match="repair") as error:
        validate(document, data, tmp_path / "out", maps=maps)
    assert error.value.where == where
    assert found in str(error.value)
    assert not (tmp_path / "out").exists()


def test_data_that_holds_nothing_of_the_book(document: Document[Book], tmp_path: Path) -> None:
    with pytest.raises(DataError, match="nothing here"):
        validate(document, tmp_path / "none.csv", tmp_path / "out")
    (tmp_path / "data").mkdir()
    (tmp_path / "data/salez.csv").write_text(SALES)
    with pytest.raises(DataError, match=r"no table of the book.*\n.*salez"):
        validate(document, tmp_path / "data", tmp_path / "out")


def test_values_of_sensitive_columns_stay_out_of_the_report(
    document: Document[Book], data: Path, tmp_path: Path
) -> None:
    (data / "store.csv").write_text(STORES + "S03,Montreal,Secretperson\nS04,Secretperson\n")
    result = validate(document, data, tmp_path / "out")
    assert "Secretperson" not in (result.root / "report.json").read_text()
    assert "manager" not in result.samples["store"]
    assert rows(result, "store", "quarantine")["manager"].to_list() == [None, "Secretperson"]


def test_a_folder_of_something_else_is_left_alone(document: Document[Book], data: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/mine.txt").write_text("mine")
    with pytest.raises(DataError, match="not made by Seedbed"):
        validate(document, data, tmp_path / "out")
    assert (tmp_path / "out/mine.txt").read_text() == "mine"


class Impatient(Silent):
    """Interrupts the run once so many records are done."""

    def __init__(self, records: int) -> None:
        self.left = records

    def advance(self, count: int = 1) -> None:
        self.left -= count
        if self.left <= 0:
            raise KeyboardInterrupt


@pytest.mark.parametrize("records", [1, 3])
def test_an_interrupted_run_leaves_nothing_that_counts(
    document: Document[Book], data: Path, tmp_path: Path, records: int
) -> None:
    (data / "sale.csv").write_text(SALES + "4,S09,5\n")
    whole = validate(document, data, tmp_path / "whole")
    with pytest.raises(KeyboardInterrupt):
        validate(document, data, tmp_path / "out", progress=Impatient(records))
    left = {path.name for path in (tmp_path / "out").rglob("*") if path.is_file()}
    assert not left & {"card.json", "report.json"}
    assert not any(name.startswith(".tmp~") for name in left)
    result = validate(document, data, tmp_path / "out")
    for folder in ("accepted", "quarantine"):
        assert [path.read_bytes() for path in result.files("sale", folder)] == [
            path.read_bytes() for path in whole.files("sale", folder)
        ]
    assert result.report == whole.report


def changes(result: Validated) -> set[tuple[str, str, str | None]]:
    return {(each["kind"], each["table"], each["column"]) for each in result.report["drift"]["changes"]}


def test_drift_is_told_against_the_last_other_data(document: Document[Book], data: Path, tmp_path: Path) -> None:
    first = validate(document, data, tmp_path / "out")
    assert first.report["drift"] == {"against": None, "changes": []}
    lines = "".join(f"{key},S01,{key}.50\n" for key in range(4, 90))
    (data / "sale.csv").write_text((SALES + lines).replace("amount", "amounts"))
    (data / "store.csv").write_text(STORES.replace("city", "town,city").replace(",Laval", ",x,Laval"))
    second = validate(document, data, tmp_path / "out")
    assert second.report["drift"]["against"]["digest"] == first.report["data"]["digest"]
    assert ("renamed_column", "sale", "amount") in changes(second)
    assert ("new_column", "store", "town") in changes(second)
    # The same data again: still told against the first.
    third = validate(document, data, tmp_path / "out")
    assert third.report["drift"] == second.report["drift"]
    against = validate(document, data, tmp_path / "elsewhere", against=tmp_path / "out")
    assert changes(against) == set()
    with pytest.raises(DataError, match="no report"):
        validate(document, data, tmp_path / "elsewhere", against=tmp_path / "data")


def test_drift_of_values(document: Document[Book], tmp_path: Path) -> None:
    data = tmp_path / "sale.csv"
    header = "sale_id,store,amount\n"
    data.write_text(header + "".join(f"{key},S01,5\n" for key in range(1, 400)))
    validate(document, data, tmp_path / "out")
    data.write_text(header + "".join(f"{key},S01,{'' if key % 3 else 5}\n" for key in range(1, 400)))
    assert ("missing_share", "sale", "amount") in changes(validate(document, data, tmp_path / "out"))
