"""A scenario changes the cells it reaches and no other; its truth lists exactly those."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import GROCERY, book_of, digests, read

from seedbed.core.datasets import read_card
from seedbed.core.errors import DataError
from seedbed.core.progress import Silent
from seedbed.generators import generate
from seedbed.generators.compiler import compile_plan
from seedbed.generators.plans import resolve

TABLES = """
seedbed: book/1
name: b
seed: 5
period: {start: 2025-01-01, end: 2025-03-31, timezone: America/Montreal}
tables:
  shop:
    rows: 5
    columns:
      id: {type: id, format: "S{}"}
      size: {type: integer, range: [1, 100], typical: 20}
      opened: {type: date, range: [2000-01-01, 2020-12-31]}
  sale:
    rows: 800
    columns:
      id: {type: id}
      shop: {type: reference, to: shop, weight: size}
      at: {type: datetime, range: period}
      due: {type: date, range: period}
      kind: {type: category, choices: {a: 3, b: 2, c: 1}, missing: 0.1}
      note: {type: text, faker: word, locale: en_US}
      on: {type: boolean, chance: 0.4}
      n: {type: integer, range: [-5, 50], typical: 3, missing: 0.2}
      money: {type: decimal, places: 2, range: [0.50, 60], typical: 5, by: {kind: {c: {range: [20, 30], typical: 22}}}}
      x: {type: number, range: [0, 1], cases: null}
      deal: {type: decimal, places: 2, cases: [{when: on, range: [0.1, 0.4]}, {otherwise: 0}]}
      z: {type: number, range: [0, 9], typical: 4, correlate: {with: n, r: 0.4}}
      total: {type: decimal, places: 2, formula: "n * money * (1 - deal) + shop.size"}
    RULES
""".replace(", cases: null", "")


def text_of(scenarios: str, constraint: str = "") -> str:
    rules = f"constraints: [{{name: c, check: '{constraint}'}}]" if constraint else ""
    return TABLES.replace("    RULES", f"    {rules}") + (f"scenarios:\n{scenarios}" if scenarios else "")


def tables_of(text: str) -> dict[str, pl.DataFrame]:
    """All tables of a book, every value as the truth writes it."""
    from seedbed.generators.faults.truth import as_text

    found = {}
    for name, table in compile_plan(resolve(book_of(text), {})).items():
        block = table.block(0, table.rows)
        found[name] = pl.DataFrame(
            {column: as_text(made.form, block.get(column)) for column, made in table.columns.items()}
        )
    return found


def differences(before: pl.DataFrame, after: pl.DataFrame, columns: list[str]) -> set[tuple[Any, ...]]:
    found = set()
    for column in columns:
        at = before[column].ne_missing(after[column]).arg_true().to_list()
        found |= {(row + 1, column, before[column][row], after[column][row]) for row in at}
    return found


def truth_of(root: Path) -> pl.DataFrame:
    return pl.read_parquet(root / "truth" / "scenarios" / "*.parquet")


def cells(truth: pl.DataFrame) -> set[tuple[Any, ...]]:
    rows = truth.select("row", "column", "before", "after").rows()
    assert len(set(rows)) == len(rows)
    return set(rows)


CHANGES = {
    "n": ["{factor: 0.1}", "{add: 7}", "{value: 50}", "{missing: true}", "{factor: -2}"],
    "money": ["{factor: 1.5}", "{add: -3.005}", "{value: 25.25}", "{missing: true}"],
    "x": ["{factor: 3}", "{add: 0.25}", "{value: 1}"],
    "z": ["{factor: 1.1}", "{value: 3}"],
    "deal": ["{factor: 1.9}", "{add: 0.01}"],
    "kind": ["{value: b}", "{missing: true}"],
    "note": ["{value: unknown}", "{missing: true}"],
    "on": ["{value: true}", "{missing: true}"],
    "at": ["{add: 0.5}", "{value: 2025-02-02T10:00:00}"],
    "due": ["{add: -40}", "{missing: true}"],
}
WHERE = ["on", "kind = 'a'", "n > 3 and not on", "shop.size > 20", "shop.id = 'S2' or money > 6", "n is null"]
BETWEEN = ["[2025-02-01, 2025-02-10], by: at", "[2025-03-08T22:00:00, 2025-03-09], by: at"]
BETWEEN += ["[2025-01-05, 2025-02-05], by: due", "[2010-01-01, 2015-01-01], by: shop.opened"]


@st.composite
def scenario(draw: st.DrawFn, name: str) -> tuple[str, list[str]]:
    columns = draw(st.lists(st.sampled_from(sorted(CHANGES)), min_size=1, max_size=3, unique=True))
    change = ", ".join(f"{column}: {draw(st.sampled_from(CHANGES[column]))}" for column in columns)
    text = f"  - {{name: {name}, of: sale, change: {{{change}}}"
    if draw(st.booleans()):
        text += f', where: "{draw(st.sampled_from(WHERE))}"'
    if draw(st.booleans()):
        text += f", between: {draw(st.sampled_from(BETWEEN))}"
    return text + "}\n", columns


@settings(max_examples=10, deadline=None)
@given(data=st.data())
def test_the_truth_is_the_difference_both_ways(data: st.DataObject, tmp_path_factory: pytest.TempPathFactory) -> None:
    first, one = data.draw(scenario("first"))
    last, changed = data.draw(scenario("last"))
    constraint = data.draw(st.sampled_from(["", "not on or n is null or n > -3"]))
    root = tmp_path_factory.mktemp("made")
    try:
        generate(book_of(text_of(first + last, constraint)), root)
        without = tables_of(text_of(first, constraint))["sale"]
        plain = tables_of(text_of("", constraint))["sale"]
    except DataError as error:
        assert "cannot be met" in str(error)
        return
    made = tables_of(text_of(first + last, constraint))["sale"]
    truth = truth_of(root)
    assert set(truth["table"].unique()) <= {"sale"}
    assert cells(truth.filter(pl.col("scenario") == "last")) == differences(without, made, changed)
    assert cells(truth.filter(pl.col("scenario") == "first")) == differences(plain, without, one)
    assert made.columns == plain.columns
    assert made["id"].equals(plain["id"])
    assert made["shop"].equals(plain["shop"])


def test_known_answers() -> None:
    plain = tables_of(text_of(""))["sale"]
    text = "  - {name: s, of: sale, where: on, change: {n: {factor: 0.25}, money: {add: 1.5}, due: {add: 10}}}\n"
    made = tables_of(text_of(text))["sale"]
    for row in range(800):
        before, after = plain.row(row, named=True), made.row(row, named=True)
        if before["on"] == "false":
            assert before == after
            continue
        if before["n"] is None:
            assert after["n"] is None
        else:
            quarter = abs(int(before["n"])) / 4
            assert int(after["n"]) == int(quarter + 0.5) * (1 if int(before["n"]) > 0 else -1)
        high = 30 if before["kind"] == "c" else 60
        assert float(after["money"]) == pytest.approx(min(float(before["money"]) + 1.5, high))
        moved = pl.Series([before["due"]]).str.to_date().dt.offset_by("10d")[0]
        assert after["due"] == min(str(moved), "2025-03-31")
        if after["n"] is not None:
            size = float(before["total"]) - float(before["n"]) * float(before["money"]) * (1 - float(before["deal"]))
            total = float(after["n"]) * float(after["money"]) * (1 - float(after["deal"])) + round(size)
            assert float(after["total"]) == pytest.approx(total, abs=0.006)


def test_days_and_moments_of_between() -> None:
    plain = tables_of(text_of(""))["sale"]
    days = "  - {name: s, of: sale, between: [2025-02-01, 2025-02-03], by: at, change: {x: {value: 0.5}}}\n"
    made = tables_of(text_of(days))["sale"]
    inside = plain["at"].str.slice(0, 10).is_between(pl.lit("2025-02-01"), pl.lit("2025-02-03"))
    assert (made["x"] == "0.5").to_list() == inside.to_list()
    moments = days.replace("[2025-02-01, 2025-02-03]", "[2025-02-01T06:00:00, 2025-02-03T18:00:00]")
    made = tables_of(text_of(moments))["sale"]
    local = plain["at"].str.slice(0, 19)
    inside = (local >= "2025-02-01T06:00:00") & (local < "2025-02-03T18:00:00")
    assert (made["x"] == "0.5").to_list() == inside.to_list()


def test_rows_are_told_by_their_values_without_any_scenario() -> None:
    text = """\
  - {name: one, of: sale, where: n > 3, change: {n: {value: 0}}}
  - {name: two, of: sale, where: n > 3, change: {n: {add: 1}, kind: {value: c}}}
"""
    plain, made = tables_of(text_of(""))["sale"], tables_of(text_of(text))["sale"]
    held = (plain["n"].cast(pl.Int64) > 3).fill_null(False)
    # A value stays a value: factor and add change what is drawn.
    assert set(made.filter(held)["n"]) == {"0"}
    assert set(made.filter(held)["kind"]) == {"c"}
    assert made.filter(~held)["kind"].equals(plain.filter(~held)["kind"])


def test_a_parent_changes_and_its_children_see_it() -> None:
    text = "  - {name: s, of: shop, where: size < 30, change: {size: {value: 100}}}\n"
    plain, made = tables_of(text_of("")), tables_of(text_of(text))
    small = plain["shop"]["size"].cast(pl.Int64) < 30
    assert set(made["shop"].filter(small)["size"]) == {"100"}
    # Weights and formulas follow; what depends on neither stays.
    assert not made["sale"]["shop"].equals(plain["sale"]["shop"])
    same = ["id", "at", "due", "kind", "note", "on", "n", "x", "deal", "money"]
    assert made["sale"].select(same).equals(plain["sale"].select(same))


def test_constraints_still_hold() -> None:
    text = "  - {name: s, of: sale, where: on, change: {n: {add: -4}}}\n"
    made = tables_of(text_of(text, "n is null or n > 0"))["sale"]
    assert (made["n"].drop_nulls().cast(pl.Int64) > 0).all()


def test_same_bytes_for_any_workers_and_after_a_rerun(tmp_path: Path) -> None:
    text = GROCERY + (
        "scenarios:\n"
        "  - {name: strike, of: sale, between: [2025-03-01, 2025-03-10], where: \"store.city = 'Laval'\",\n"
        "     change: {quantity: {factor: 0.1}, paid_by: {missing: true}}}\n"
    )
    generate(book_of(text), tmp_path / "one")
    generate(book_of(text), tmp_path / "three", workers=3)
    assert digests(tmp_path / "one") == digests(tmp_path / "three")
    generate(book_of(text), tmp_path / "one")
    assert digests(tmp_path / "one") == digests(tmp_path / "three")
    generate(book_of(GROCERY), tmp_path / "plain")
    for table in ("store", "product"):
        assert read(tmp_path / "plain", table).equals(read(tmp_path / "one", table))
    assert not (tmp_path / "plain" / "truth").exists()
    truth = truth_of(tmp_path / "one")
    assert read_card(tmp_path / "one")["seedbed:quality"]["scenarios"] == {"strike": truth.height}
    assert set(truth["scenario"]) == {"strike"}
    assert set(truth["column"]) == {"quantity", "paid_by"}


def test_in_a_database_the_truth_is_a_table(tmp_path: Path) -> None:
    import duckdb

    text = GROCERY + "scenarios: [{name: s, of: product, change: {price: {factor: 2}}}]\n"
    made = generate(book_of(text), tmp_path, format="duckdb")
    with duckdb.connect(str(made.database), read_only=True) as connection:
        [(count,)] = connection.execute("SELECT count(*) FROM truth.scenarios WHERE \"table\" = 'product'").fetchall()
    assert 250 < count <= 300


def test_a_value_that_breaks_a_constraint_is_refused() -> None:
    text = "  - {name: s, of: sale, where: on, change: {n: {value: -5}}}\n"
    with pytest.raises(DataError, match="constraint 'c' cannot be met"):
        tables_of(text_of(text, "n is null or n > 0"))


def test_a_scenario_changes_no_number_of_rows(tmp_path: Path) -> None:
    text = """
seedbed: book/1
name: b
seed: 5
tables:
  order:
    rows: 300
    columns:
      id: {type: id}
      big: {type: boolean, chance: 0.3}
      size: {type: integer, range: [1, 9], typical: 2}
  line:
    children:
      of: order
      count: {range: [1, 12], typical: 2, effects: [{when: {if: big, factor: 4}}]}
    columns:
      order: {type: reference, to: order}
      number: {type: integer, part: number}
      n: {type: integer, range: [1, 9]}
      cost: {type: integer, formula: n * order.size}
"""
    generate(book_of(text), tmp_path / "plain")
    scenarios = """\
scenarios:
  - {name: s, of: order, change: {big: {value: true}, size: {value: 9}}}
  - {name: t, of: line, where: order.size < 9, change: {n: {add: 1}}}
"""
    generate(book_of(text + scenarios), tmp_path / "played")
    plain, played = read(tmp_path / "plain", "line"), read(tmp_path / "played", "line")
    assert plain.select("order", "number").equals(played.select("order", "number"))
    order = read(tmp_path / "plain", "order")
    small = plain.join(order, left_on="order", right_on="id", how="left", maintain_order="left")["size"] < 9
    assert ((played["n"] - plain["n"]) == (small & (plain["n"] < 9)).cast(pl.Int64)).all()
    assert (played["cost"] == played["n"] * 9).all()
    truth = truth_of(tmp_path / "played")
    assert truth.filter(pl.col("table") == "line").height == (played["n"] != plain["n"]).sum()


def test_a_scenario_that_reaches_nothing_is_said(tmp_path: Path) -> None:
    notes: list[str] = []

    class Notes(Silent):
        def note(self, text: str) -> None:
            notes.append(text)

    text = (
        TABLES.replace("    RULES\n", "")
        + "scenarios: [{name: far, of: sale, where: x > 2, change: {x: {value: 1}}}]\n"
    )
    made = generate(book_of(text), tmp_path, progress=Notes())
    assert made.scenarios == {"far": 0}
    assert any(note.startswith("scenario 'far': no cell changes") for note in notes)
    assert truth_of(tmp_path).height == 0
