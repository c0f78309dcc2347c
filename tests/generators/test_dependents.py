"""Columns drawn once for each combination of others: known facts, and the same bytes whatever the cut."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
from small_books import book_of, digests

from seedbed.generators import generate
from seedbed.generators.dependents import _of_texts
from seedbed.generators.values import Words

BOOK = """
seedbed: book/1
name: towns
seed: 3
tables:
  region:
    rows: 7
    columns:
      region_id: {type: id}
      mayor: {type: text, faker: name, unique: true}
  town:
    rows: 20000
    columns:
      town_id: {type: id}
      zip: {type: text, pattern: "[0-9]{3}", missing: 0.05}
      city: {type: text, faker: city}
      state: {type: category, choices: {AL: 1, AK: 2, NY: 4}, missing: 0.1}
      size: {type: number, range: [0, 1]}
      founded: {type: date, range: [1700-01-01, 1900-12-31]}
      level: {type: integer, range: [1, 4]}
      wet: {type: boolean, chance: 0.5}
      region: {type: reference, to: region}
      mayor: {type: text, formula: region.mayor}
      label: {type: text, format: "{zip} {city}"}
    depends:
      - {name: a ZIP code has one city, given: [zip], same: [city, size, region, label]}
      - {name: a city has one state, given: [city], same: [state]}
      - {name: rain falls on all of a level and state, given: [level, size], same: [wet, founded]}
      - {name: nobody rules two regions, given: [mayor], same: [region]}
      - {name: a ZIP code has one mayor, given: [zip], same: [mayor]}
      - {name: an id is one row, given: [town_id], same: [zip, level]}
    constraints:
      - {name: no great town in region 7, check: "region.region_id < 7 or size < 0.9"}
"""


def test_rows_that_agree_agree(tmp_path: Path) -> None:
    document = book_of(BOOK)
    frame = pl.read_parquet(generate(document, tmp_path / "out").files("town"))
    for dependency in document.value.tables["town"].depends:
        for name in dependency.same:
            rows = frame.drop_nulls([*dependency.given, name])
            groups = rows.group_by(dependency.given).agg(pl.col(name).n_unique())
            assert groups[name].max() == 1, (dependency.name, name)
    assert frame["city"].n_unique() > 600
    assert frame.filter((pl.col("region") == 7) & (pl.col("size") >= 0.9)).is_empty()
    assert 0.08 < frame["state"].null_count() / frame.height < 0.12


def test_the_cut_does_not_show(tmp_path: Path) -> None:
    document = book_of(BOOK)
    one = digests(generate(document, tmp_path / "one", workers=1).root)
    assert one == digests(generate(document, tmp_path / "two", workers=2).root)


def test_texts_have_the_same_bits_in_any_company() -> None:
    texts = ["", "a", "b", "ab", "ba", "aa", "Zürich", "a" * 300]
    bits = _of_texts(Words.of(texts))
    assert len(np.unique(bits)) == len(texts)
    for place, text in enumerate(texts):
        assert _of_texts(Words.of(["x", text]))[1] == bits[place]
        assert _of_texts(Words.of([text]))[0] == bits[place]
