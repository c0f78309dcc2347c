"""Constraints hold on every row, change no row that kept them, and leave a row a function of its number."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import book_of, digests, read

from seedbed.core.documents import Document
from seedbed.core.errors import DataError
from seedbed.generators import compiler, generate, plans, redraws
from seedbed.generators.blocks import Block
from seedbed.rules import Book

COLUMNS = """
id: {type: id}
shop: {type: reference, to: shop}
a: {type: integer, range: [0, 100]}
b: {type: integer, range: [0, 100], typical: 20, effects: [{when: {if: a > 50, factor: 3}}]}
kind: {type: category, choices: {x: 3, y: 2, z: 1}}
name: {type: text, cases: [{when: kind = 'x', faker: first_name}, {when: kind = 'y', value: same}, {otherwise: null}]}
day: {type: date, range: period, missing: 0.1}
sum: {type: integer, formula: a + b}
aside: {type: number, range: [0, 1]}
late: {type: number, range: [0, 1], typical: 0.3, effects: [{when: {if: sum > 100, factor: 2}}]}
"""

CHECKS = {
    "a <= b": "a, b",
    "sum between 40 and 120": "a, b, sum",
    "a + b < shop.size": "a, b, shop",
    "kind <> 'z' or a > 60": "kind, a",
    "name is null or name <> 'same'": "kind, name",
    "day > date '2025-03-15'": "day",
    "sum % 3 = 1": "a, b, sum",
    "id % 2 = 0 or a > 30": "a",
}


def checked(*checks: str, rows: int = 3000) -> Document[Book]:
    lines = "".join("\n      " + line for line in COLUMNS.strip().splitlines())
    constraints = "".join(f'\n      - {{name: rule {k}, check: "{text}"}}' for k, text in enumerate(checks))
    return book_of(
        "seedbed: book/1\nname: b\nseed: 3\nperiod: {start: 2025-03-01, end: 2025-06-30}\ntables:\n"
        "  shop:\n    rows: 50\n    columns:\n      id: {type: id}\n      size: {type: integer, range: [20, 90]}\n"
        f"  t:\n    rows: {rows}\n    columns:{lines}\n" + (f"    constraints:{constraints}\n" if checks else "")
    )


def frame(document: Document[Book], rows: int = 3000) -> pl.DataFrame:
    """The table as a formula sees it, parents' columns too."""
    block = compiler.compile_plan(plans.resolve(document, {}))["t"].block(0, rows)
    names = [line.partition(":")[0] for line in COLUMNS.strip().splitlines()]
    return pl.DataFrame([block.series(name) for name in [*names, "shop.size"]])


ROWS = 500
"""Enough for some rows to break each check; what several rare ones cost together lies in the rows that come last."""
PLAIN = frame(checked(rows=ROWS), ROWS)


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.sampled_from(sorted(CHECKS)), min_size=1, max_size=3, unique=True))
def test_constraints_hold_and_other_rows_and_columns_stay(checks):
    made = frame(checked(*checks, rows=ROWS), ROWS)
    held = [pl.sql_expr(text.replace("shop.size", '"shop.size"')).fill_null(True) for text in checks]
    assert made.select(pl.all_horizontal(held).all()).item()
    assert made.select("id", "aside").equals(PLAIN.select("id", "aside"))
    kept = PLAIN.select(pl.all_horizontal(held)).to_series()
    assert made.filter(kept).equals(PLAIN.filter(kept))
    assert not made.filter(~kept).equals(PLAIN.filter(~kept))
    assert (made["sum"] == made["a"] + made["b"]).all()
    assert ((made["kind"] == "z") == made["name"].is_null()).all()
    read_by = {name for text in checks for name in CHECKS[text].split(", ")}
    changed = {name for name in made.columns if not made[name].equals(PLAIN[name])}
    follow = {"a": "b", "kind": "name", "b": "sum", "sum": "late", "shop": "shop.size"}
    for _ in follow:
        read_by |= {follow[name] for name in read_by if name in follow} | ({"sum"} if "a" in read_by else set())
    assert changed <= read_by


@settings(max_examples=5, deadline=None)
@given(
    st.lists(st.sampled_from(sorted(CHECKS)), min_size=1, max_size=3, unique=True),
    st.lists(st.integers(0, ROWS - 1), min_size=1, max_size=40),
)
def test_a_row_does_not_depend_on_the_rows_beside_it(checks, rows):
    import numpy as np

    table = compiler.compile_plan(plans.resolve(checked(*checks, rows=ROWS), {}))["t"]
    whole = table.block(0, ROWS)
    some = Block(table, rows=np.array(rows))
    part = some.part(np.arange(len(rows))[::2])
    for name in reversed(list(table.columns)):
        expected = whole.series(name)
        assert some.series(name).equals(expected.gather(rows))
        assert part.series(name).equals(expected.gather(rows[::2]))


def test_one_constraint_leaves_the_distribution_of_the_rows_that_keep_it():
    """Rejection: the rows are those of the book given that the check holds, where the check bounds no column."""
    many = frame(checked("abs(b - a) <= b - a", rows=60000), 60000)
    plain = frame(checked(rows=60000), 60000).filter(pl.col("a") <= pl.col("b"))
    for name in ("a", "b", "late"):
        assert abs(many[name].mean() - plain[name].mean()) < 4 * plain[name].std() / len(plain) ** 0.5 * 1.5


def test_bytes_with_workers_and_shards(tmp_path, monkeypatch):
    document = checked("a + b < shop.size", "kind <> 'z' or a > 60", rows=5000)
    generate(document, tmp_path / "one")
    monkeypatch.setattr(plans, "SHARD", 700)
    generate(document, tmp_path / "small")
    generate(document, tmp_path / "three", workers=3)
    assert digests(tmp_path / "small") == digests(tmp_path / "three")
    assert read(tmp_path / "one").equals(read(tmp_path / "small"))


def test_the_words_of_a_constraint_that_cannot_be_met(tmp_path):
    with pytest.raises(
        DataError, match="constraint 'rule 0' cannot be met: it breaks in 100.0% of 3,000 rows"
    ) as error:
        generate(checked("a > 100"), tmp_path / "out")
    assert error.value.where == "t"
    assert not (tmp_path / "out").exists()
    with pytest.raises(DataError, match="constraint 'rule 1' cannot be met: it breaks in 50.0%.*nothing that could be"):
        generate(checked("a > 10", "id % 2 = 0"), tmp_path / "out")


def test_formulas_without_a_value_are_counted_on_the_rows_that_stay(tmp_path):
    document = book_of(
        "seedbed: book/1\nname: b\ntables:\n  t:\n    rows: 4000\n    columns:\n"
        "      a: {type: integer, range: [0, 9]}\n      b: {type: integer, range: [0, 9]}\n"
        '      c: {type: number, formula: "a / b"}\n    constraints: [{name: few, check: c < 3 or a > 7}]\n'
    )
    result = generate(document, tmp_path)
    rows = read(tmp_path)
    assert result.undefined == {"t.c": int(rows["c"].null_count())}
    assert (rows["b"] == 0).sum() == rows["c"].null_count() > 0


FAMILY = """
seedbed: book/1
name: b
seed: 9
period: {start: 2025-01-01, end: 2025-03-31}
tables:
  shop:
    rows: 400
    columns:
      id: {type: id}
      code: {type: text, pattern: "[A-Z]{2}-[0-9]{3}", unique: true}
      small: {type: integer, range: [1, 100]}
      large: {type: integer, range: [1, 100]}
      boss: {type: reference, to: shop}
      grade: {type: integer, range: [50, 200]}
    constraints:
      - {name: in order, check: small <= large}
      - {name: a fine boss, check: boss.grade >= small}
      - {name: code, check: "code like 'A%' or small > 5"}
  stock:
    each: [shop, day]
    keep: 0.4
    columns:
      shop: {type: reference, to: shop}
      on: {type: date, part: day}
      sold: {type: integer, range: [0, 100], correlate: {with: shop.large, r: 0.4}}
    constraints: [{name: not over stock, check: sold <= shop.large + 20}]
  line:
    children: {of: shop, count: {range: [0, 5], typical: 2, effects: [{when: {if: large > 50, factor: 2}}]}}
    columns:
      shop: {type: reference, to: shop}
      number: {type: integer, part: number}
      amount: {type: integer, range: [1, 100]}
      note: {type: text, cases: [{when: amount > 50, faker: word}, {otherwise: null}]}
    constraints: [{name: within, check: "amount between shop.small and shop.large or number > 3"}]
"""


def test_families_of_tables(tmp_path, monkeypatch):
    """Parts of a row stay, children see their parents as these were settled, and rows can be asked for in any order."""
    document = book_of(FAMILY)
    generate(document, tmp_path / "one")
    monkeypatch.setattr(plans, "SHARD", 999)
    generate(document, tmp_path / "two", workers=2)
    shop, day, line = (read(tmp_path / "one", name) for name in ("shop", "stock", "line"))
    for name, rows in (("shop", shop), ("stock", day), ("line", line)):
        assert rows.equals(read(tmp_path / "two", name))
    assert (shop["small"] <= shop["large"]).all()
    assert shop["code"].n_unique() == len(shop)
    bosses = shop.join(shop.select(boss="id", theirs="grade"), on="boss")
    assert len(bosses) == len(shop) - 1
    assert (bosses["theirs"] >= bosses["small"]).all()
    sold = day.join(shop.rename({"id": "shop"}), on="shop")
    assert len(sold) == len(day)
    assert (sold["sold"] <= sold["large"] + 20).all()
    assert day.select("shop", "on").is_duplicated().sum() == 0
    lines = line.join(shop.rename({"id": "shop"}), on="shop")
    assert len(lines) == len(line)
    within = lines["amount"].is_between(lines["small"], lines["large"])
    assert (within | (lines["number"] > 3)).all()
    assert line.select(((pl.col("amount") > 50) == pl.col("note").is_not_null()).all()).item()
    free = book_of(FAMILY[: FAMILY.rindex("    constraints")])
    generate(free, tmp_path / "free")
    assert read(tmp_path / "free", "line").select("shop", "number").equals(line.select("shop", "number"))


@pytest.mark.parametrize(("together", "most"), [(1, 1), (300, 7), (1 << 16, 64)])
def test_how_many_attempts_are_made_at_once_does_not_show(monkeypatch, together, most):
    checks = ("sum % 7 = 3", "a + b < shop.size", "kind <> 'z' or a > 60")
    expected = frame(checked(*checks, rows=60), 60)
    monkeypatch.setattr(redraws, "_TOGETHER", together)
    monkeypatch.setattr(redraws, "_MOST_TOGETHER", most)
    assert frame(checked(*checks, rows=60), 60).equals(expected)


def test_a_check_that_a_column_gave_way_to_in_vain_has_its_other_columns_drawn_again():
    """Where the kind is z, `a` rises above 60 and leaves `b` no room: only another kind helps."""
    rows = frame(checked("a <= b", "sum between 40 and 120", "kind <> 'z' or a > 60", rows=100), 100)
    assert (rows["a"] <= rows["b"]).all()
    assert rows["sum"].is_between(40, 120).all()
    assert "z" not in rows["kind"]


def test_check_places_what_cannot_be_met():
    from seedbed.core.errors import DocumentError
    from seedbed.generators.edges import remarks

    with pytest.raises(DocumentError) as error:
        remarks(checked("a >= 0", "a > 100"))
    [problem] = error.value.problems
    assert problem.path == "tables.t.constraints.1.check"
    assert "'rule 1' cannot be met" in problem.message
