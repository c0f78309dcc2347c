"""`seedbed validate` as a person runs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from seedbed.cli.app import app

BOOK = """
seedbed: book/1
name: shop
about: Tills & shelves
tables:
  sale:
    about: One line
    rows: 10
    columns:
      sale_id: {type: id}
      paid_by: {type: category, choices: {card: 7, cash: 3}}
      amount: {type: decimal, places: 2, range: [0, 100], typical: 20, unit: CAD, missing: 0.2}
      member: {type: boolean, chance: 0.4}
      sold_on: {type: date, range: [2025-01-01, 2025-12-31]}
expect:
  - {name: average sale, of: sale, measure: avg(amount), range: [10, 30]}
"""
GOOD = "".join(f"{key},{'card' if key % 3 else 'cash'},{key}.50,true,2025-0{1 + key % 9}-15\n" for key in range(1, 40))
HEADER = "sale_id,paid_by,amount,member,sold_on\n"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop.yaml").write_text(BOOK)
    (tmp_path / "till.csv").write_text(HEADER + GOOD)
    return tmp_path


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["validate", *words])
    return result.exit_code, result.output


def test_good_data(place: Path) -> None:
    code, said = run("shop.yaml", "till.csv", "-o", "out")
    assert code == 0, said
    assert "the data passes" in said
    assert "39 records, 39 accepted, 0 in quarantine" in said
    page = (place / "out/report.html").read_text()
    assert "The data passes" in page
    assert page.count("<svg") >= 5
    assert "Tills &amp; shelves" in page
    assert not re.search(r'(src|href)="(?!data:)', page)


def test_bad_data(place: Path) -> None:
    bad = "40,<b>bitcoin</b>,20,true,2025-01-01\n41,card,2000,maybe,2031-01-01\n42,card\n"
    (place / "till.csv").write_text(HEADER + GOOD + bad)
    code, said = run("shop.yaml", "till.csv", "-o", "out")
    assert code == 1
    assert "the data does not pass" in said
    assert "3 of 42 records (7.14%)" in said
    page = (place / "out/report.html").read_text()
    assert "<b>bitcoin</b>" not in page
    assert "&lt;b&gt;bitcoin" in page
    assert run("shop.yaml", "till.csv", "-o", "out", "--fail-over", "8%", "-q") == (0, "")
    code, said = run("shop.yaml", "till.csv", "-o", "out", "--fail-over", "0.05", "-q")
    assert code == 1
    assert said == "sale: 3 of 42 records (7.14%) are in quarantine; 5.00% may be\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--fail-over", "some"], "not a share"),
        (["--fail-over", "200%"], "not a share"),
        (["--map", "sale"], "not of the form"),
    ],
)
def test_wrong_usage(place: Path, words: list[str], said: str) -> None:
    code, output = run("shop.yaml", "till.csv", "-o", "out", *words)
    assert code == 2
    assert said in output
    assert not (place / "out").exists()


def test_maps_and_dialect(place: Path) -> None:
    (place / "odd.csv").write_text((HEADER + GOOD).replace("amount", "Montant").replace(",", "\t"), encoding="cp1252")
    words = ["--map", "sale=odd.csv", "--map", "sale.amount=Montant", "--delimiter", "tab", "--encoding", "cp1252"]
    code, said = run("shop.yaml", ".", "-o", "out", *words)
    assert code == 0, said
    code, said = run("shop.yaml", "odd.csv", "-o", "out", "--encoding", "klingon")
    assert code == 1
    assert "unknown encoding" in said
    assert "Traceback" not in said
