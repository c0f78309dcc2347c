"""What the client expects of the data as a whole is measured on what was written, and said."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_books import GROCERY, book_of, read

from seedbed.cli.summary import card_lines
from seedbed.core.datasets import read_card
from seedbed.core.progress import Silent
from seedbed.generators import generate

EXPECT = """
expect:
  - {name: average basket line, of: sale, measure: avg(total), range: [8, 300]}
  - {name: december share, of: sale, measure: "avg(if(month(sold_at) = 12, 1, 0))", range: [0.5, 1]}
  - {name: sales per store, measure: "(select count(*) from sale) * 1.0 / (select count(*) from store)",
     range: [499, 501]}
  - {name: vouchers, of: sale, where: "paid_by = 'voucher'", measure: "count(*)", range: [1000, 2500]}
  - {name: area seen, of: sale, measure: avg(store.area_m2), range: [400, 6000], severity: warn}
  - {name: notes, of: sale, measure: "count(note) * 1.0 / count(*)", range: [0, 0.5]}
"""


class Notes(Silent):
    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.lines.append(text)


@pytest.mark.parametrize("format", ["parquet", "csv", "duckdb"])
def test_measured_in_every_format(tmp_path: Path, format: str) -> None:
    notes = Notes()
    made = generate(book_of(GROCERY + EXPECT), tmp_path / "d", format=format, progress=notes)
    assert [one.met for one in made.expectations] == [True, False, True, True, True, True]
    assert made.expectations[2].value == 500
    assert [line for line in notes.lines if "expected" in line] == [one.words for one in made.expectations]
    card = read_card(tmp_path / "d")
    facts = card["seedbed:quality"]["expectations"]
    assert [fact["met"] for fact in facts] == [one.met for one in made.expectations]
    assert facts[0] == {
        "name": "average basket line",
        "value": made.expectations[0].value,
        "range": [8, 300],
        "met": True,
    }
    assert any(line.startswith("expected  december share: 0.") and "NOT met" in line for line in card_lines(card))
    if format == "parquet":
        sale = read(tmp_path / "d", "sale")
        assert made.expectations[0].value == pytest.approx(float(sale["total"].cast(float).mean()), rel=1e-8)
        assert made.expectations[1].value == pytest.approx((sale["sold_at"].dt.month() == 12).mean(), rel=1e-8)
        assert made.expectations[5].value == pytest.approx(1 - sale["note"].is_null().mean(), rel=1e-8)


def test_tables_that_are_not_written_are_not_measured(tmp_path: Path) -> None:
    made = generate(book_of(GROCERY + EXPECT), tmp_path, only=["sale"])
    assert [one.met for one in made.expectations] == [True, False, None, True, None, True]


def test_again_gives_the_same_card(tmp_path: Path) -> None:
    book = book_of(GROCERY + EXPECT)
    generate(book, tmp_path)
    first = (tmp_path / "card.json").read_bytes()
    generate(book, tmp_path)
    assert (tmp_path / "card.json").read_bytes() == first
