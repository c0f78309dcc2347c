"""`by`: each row follows the source of its own value, and rows that are not listed stay as they were."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import book_of, digests

from seedbed.core.documents import Document
from seedbed.generators import compiler, generate, plans
from seedbed.rules import Book

BASE = {
    "n": "type: integer, range: [0, 100], typical: 20, effects: [{when: {if: flag, factor: 2}}]",
    "d": "type: decimal, places: 2, range: [0, 50]",
    "m": "type: integer, range: [0, 100], typical: 9, distribution: poisson",
    "c": "type: category, choices: {x: 1, y: 2}",
    "b": "type: boolean, chance: 0.5",
    "day": "type: date, range: period",
    "at": "type: datetime, range: period, effects: [{weekday: {sun: 0}}]",
}
OVERRIDES = {
    "n": ("{range: [200, 300], typical: 210}", pl.col("n").is_between(200, 300)),
    "d": ("{range: [60, 70]}", pl.col("d").is_between(60, 70)),
    "m": ("{typical: 60}", pl.col("m") > 20),
    "c": ("{choices: {z: 1, x: 0}}", pl.col("c") == "z"),
    "b": ("{chance: 1}", pl.col("b")),
    "day": ("{range: [2030-01-01, 2030-01-31]}", pl.col("day").dt.year() == 2030),
    "at": ("{range: [2030-01-01, 2030-01-31]}", pl.col("at").dt.year() == 2030),
}
DECIDING = {
    "kind": ("q", pl.col("kind") == "q"),
    "label": ("q!", pl.col("label") == "q!"),
    "flag": ("true", pl.col("flag")),
    "size": ("3", pl.col("size") == 3),
    "shop": ("S07", pl.col("shop") == "S07"),
    "shop.city": ("Laval", pl.col("shop.city") == "Laval"),
}


def book(by: dict[str, str], missing: str = "") -> Document[Book]:
    columns = "\n".join(
        f"      {name}: {{{text}{', by: ' + by[name] if name in by else ''}{missing}}}" for name, text in BASE.items()
    )
    return book_of(
        f"""
seedbed: book/1
name: b
seed: 5
period: {{start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}}
tables:
  shop:
    rows: 12
    columns:
      id: {{type: id, format: "S{{:02d}}"}}
      city: {{type: category, choices: {{Laval: 1, Quebec: 1}}}}
  t:
    rows: 2000
    columns:
      id: {{type: id}}
      shop: {{type: reference, to: shop}}
      kind: {{type: category, choices: {{p: 1, q: 1}}, missing: 0.1}}
      label: {{type: category, formula: "kind || '!'"}}
      flag: {{type: boolean, chance: 0.4, missing: 0.1}}
      size: {{type: integer, range: [1, 5]}}
{columns}
"""
    )


def frame(document: Document[Book]) -> pl.DataFrame:
    block = compiler.compile_plan(plans.resolve(document, {}))["t"].block(0, 2000)
    return pl.DataFrame([block.series(name) for name in [*block.table.columns, "shop.city"]])


PLAIN = frame(book({}))


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(BASE)), st.sampled_from(sorted(DECIDING)))
def test_listed_rows_follow_their_own_source_and_the_others_stay(name, path):
    value, listed = DECIDING[path]
    override, kept = OVERRIDES[name]
    made = frame(book({name: f"{{{path}: {{'{value}': {override}}}}}"}))
    rows = PLAIN.select(listed.fill_null(False)).to_series()
    assert 0 < rows.sum() < 2000
    assert made.filter(rows).select(kept.all()).item()
    assert made.filter(~rows).equals(PLAIN.filter(~rows))
    assert made.drop(name).equals(PLAIN.drop(name))


def test_several_values_and_bytes(tmp_path, monkeypatch):
    many = {
        "n": "{kind: {p: {range: [200, 300], typical: 250}, q: {typical: 90}}}",
        "c": "{size: {1: {choices: {z: 1}}, 2: {choices: {y: 1, w: 1}}}}",
    }
    document = book(many, ", missing: 0.1")
    made = frame(document)
    assert made.filter(kind="p")["n"].drop_nulls().is_between(200, 300).all()
    assert set(made.filter(size=1)["c"].drop_nulls()) == {"z"}
    assert set(made.filter(size=2)["c"].drop_nulls()) == {"y", "w"}
    assert set(made.filter(pl.col("size") > 2)["c"].drop_nulls()) == {"x", "y"}
    assert made.filter(kind="q", flag=False)["n"].mean() > made.filter(pl.col("kind").is_null(), flag=False)["n"].mean()
    monkeypatch.setattr(plans, "SHARD", 700)
    generate(document, tmp_path / "one")
    generate(document, tmp_path / "three", workers=3)
    assert digests(tmp_path / "one") == digests(tmp_path / "three")


@pytest.mark.parametrize("by", ["{kind: {q: {chance: 0}}}", "{shop.city: {Laval: {chance: 0}, Quebec: {chance: 1}}}"])
def test_a_constraint_redraws_what_by_looks_at(by):
    text = book({"b": by}).text
    made = frame(book_of(text.rstrip() + "\n    constraints: [{name: few, check: not b or size > 2}]\n"))
    assert not (made["b"] & (made["size"] <= 2)).any()
    if "kind" in by:
        assert not made.filter(kind="q")["b"].any()
    else:
        assert made["b"].equals((made["shop.city"] == "Quebec").alias("b"))
