"""Samples hold the rows of the tables themselves, and say what they cannot tell."""

from __future__ import annotations

from pathlib import Path

import polars as pl
from small_books import GROCERY, book_of, read

from seedbed.generators import generate, measure_samples, sample_book

EXPECT = """
expect:
  - {name: a line, of: sale, measure: avg(quantity), range: [1, 50]}
  - {name: turnover, of: sale, measure: sum(total), range: [0, 1e12]}
  - {name: shops, measure: (select count(*) from store), range: [40, 40]}
  - {name: sales a shop, measure: (select count(*) from sale) / (select count(*) from store), range: [0, 1e6]}
"""


def test_a_sample_is_rows_of_the_table(tmp_path: Path) -> None:
    document = book_of(GROCERY)
    samples = sample_book(document, most=700)
    generate(document, tmp_path)
    for table, sample in samples.items():
        every = read(tmp_path, table)
        rows = range(every.height) if sample.whole else [k * every.height // 700 for k in range(700)]
        assert sample.rows == every.height
        id_column = every.columns[0]
        assert sample.frame[id_column].to_list() == every[id_column].gather(list(rows)).to_list()
        for name in every.columns:
            if every[name].dtype in (pl.String, pl.Int64, pl.Boolean, pl.Date):
                assert sample.frame[name].to_list() == every[name].gather(list(rows)).to_list()
        assert sample.first.equals(sample.first.clear().vstack(sample.first))
        assert sample.first[id_column].to_list() == every[id_column].head(5).to_list()


def test_sums_over_a_part_are_not_told() -> None:
    document = book_of(GROCERY + EXPECT)
    part = measure_samples(document.value, sample_book(document, most=5000))
    assert [one.met for one in part] == [True, None, True, None]
    whole = measure_samples(document.value, sample_book(document))
    assert [one.met for one in whole] == [True, True, True, True]
