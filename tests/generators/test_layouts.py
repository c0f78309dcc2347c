"""Tables whose rows follow from others: each combination once, by arithmetic, at any rows."""

from __future__ import annotations

import datetime as dt
import itertools

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import book_of, digests, read

from seedbed.core.errors import DataError
from seedbed.generators import compiler, files, generate, layouts, plans
from seedbed.generators.blocks import Block

HEAD = """\
seedbed: book/1
name: b
seed: 5
period: {start: 2025-03-08, end: 2025-03-10, timezone: America/Montreal}
tables:
  store: {rows: 4, columns: {store_id: {type: id, format: "S{:02d}"}, area: {type: integer, range: [1, 9]}}}
  product: {rows: 3, columns: {product_id: {type: id}}}
"""
STOCK = (
    HEAD
    + """\
  stock:
    each: [store, product, day]
    KEEP
    columns:
      product: {type: reference, to: product}
      store:   {type: reference, to: store}
      other:   {type: reference, to: store}
      day:     {type: date, part: day}
      level:
        type: integer
        range: [0, 100]
        typical: 40
        effects: [{weekday: {sat: 2}}, {per: {entity: store, spread: 0.2}}]
      area:    {type: integer, formula: store.area}
"""
)


def made_of(text: str, **rows: int) -> dict[str, compiler.TableMaker]:
    return compiler.compile_plan(plans.resolve(book_of(text), rows))


def frame(table, rows=None) -> pl.DataFrame:
    """Columns of a compiled table on all rows, or on any."""
    block = table.block(0, table.rows) if rows is None else Block(table, rows=np.asarray(rows, np.int64))
    return pl.DataFrame([block.series(name) for name in table.columns])


def test_each_combination_once_the_last_fastest(tmp_path):
    generate(book_of(STOCK.replace("    KEEP\n", "")), tmp_path)
    rows = read(tmp_path, "stock")
    days = [dt.date(2025, 3, 8) + dt.timedelta(days=k) for k in range(3)]
    stores = [f"S{k:02d}" for k in range(1, 5)]
    assert rows.select("store", "product", "day").rows() == list(itertools.product(stores, [1, 2, 3], days))
    areas = dict(read(tmp_path, "store").select("store_id", "area").rows())
    assert rows["area"].to_list() == [areas[store] for store in rows["store"]]
    assert rows["other"].n_unique() > 1
    assert rows["other"].to_list() != rows["store"].to_list()


@pytest.mark.parametrize(
    ("start", "end", "step", "count", "local"),
    [
        ("2025-03-09", "2025-03-09", "hour", 23, {2: "2025-03-09T03:00:00-04:00", 22: "2025-03-09T23:00:00-04:00"}),
        ("2025-11-02", "2025-11-02", "hour", 25, {1: "2025-11-02T01:00:00-04:00", 2: "2025-11-02T01:00:00-05:00"}),
        ("2025-11-02", "2025-11-02", "15 min", 100, {99: "2025-11-02T23:45:00-05:00"}),
        ("2025-01-01", "2025-12-31", "hour", 8760, {8759: "2025-12-31T23:00:00-05:00"}),
        ("2025-01-01", "2025-01-01", "7 min", 206, {205: "2025-01-01T23:55:00-05:00"}),
    ],
)
def test_steps_are_real_time_where_clocks_change(tmp_path, start, end, step, count, local):
    head = HEAD.replace("2025-03-08", start).replace("2025-03-10", end)
    text = head + f"  t: {{each: [{step}], columns: {{at: {{type: datetime, part: {step}}}}}}}\n"
    generate(book_of(text), tmp_path)
    moments = read(tmp_path, "t")["at"]
    assert len(moments) == count
    assert {k: moments[k].isoformat() for k in local} == local


def test_keep_thins_by_a_chance_of_each_combination(tmp_path):
    text = STOCK.replace("KEEP", "keep: 0.3")
    whole = made_of(STOCK.replace("    KEEP\n", ""), store=400, product=300)["stock"]
    table = made_of(text, store=400, product=300)["stock"]
    total = 400 * 300 * 3
    assert abs(table.rows - 0.3 * total) < 4 * (0.21 * total) ** 0.5
    rows = frame(table).select("store", "product", "day")
    everything = frame(whole).select("store", "product", "day").with_row_index()
    found = rows.join(everything, on=["store", "product", "day"], how="left", maintain_order="left")["index"]
    assert found.null_count() == 0
    assert found.is_sorted()
    assert found.n_unique() == table.rows


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    items=st.lists(st.sampled_from(["store", "product", "time"]), min_size=1, max_size=3, unique=True),
    step=st.sampled_from(["day", "hour", "90 min"]),
    keep=st.sampled_from([None, 0.05, 0.6]),
    chunk=st.sampled_from([7, 64]),
    data=st.data(),
)
def test_any_rows_are_those_of_a_stretch(items, step, keep, chunk, data, tmp_path):
    each = [step if item == "time" else item for item in items]
    lines = {
        "store": "store: {type: reference, to: store}",
        "product": "product: {type: reference, to: product}",
        "time": f"at: {{type: {'date' if step == 'day' else 'datetime'}, part: {step}}}",
    }
    text = HEAD + f"  t:\n    each: [{', '.join(each)}]\n"
    text += f"    keep: {keep}\n" * (keep is not None) + "    columns:\n"
    text += "".join(f"      {lines[item]}\n" for item in items) + "      n: {type: number, range: [0, 1]}\n"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "CHUNK", chunk)
        table = made_of(text)["t"]
        everything = frame(table)
        assert len(everything) == table.rows
        if keep is None:
            sizes = {"store": 4, "product": 3, "time": {"day": 3, "hour": 71, "90 min": 48}[step]}
            assert table.rows == np.prod([sizes[item] for item in items])
        keys = everything.columns[:-1]
        assert everything.select(keys).is_unique().all()
        if table.rows:
            rows = data.draw(st.lists(st.integers(0, table.rows - 1), max_size=40))
            assert frame(table, rows).equals(everything[rows])


def test_the_bytes_are_the_same_for_any_workers_and_stretches(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 5000)
    book = book_of(STOCK.replace("KEEP", "keep: 0.5"))
    rows = {"store": 90, "product": 70}
    for workers in (1, 3):
        generate(book, tmp_path / str(workers), rows=rows, workers=workers)
    assert digests(tmp_path / "1") == digests(tmp_path / "3")
    written = []
    for stretch in (333, 1 << 20):
        table = compiler.compile_plan(plans.resolve(book, rows))["stock"]
        files.write_file(tmp_path / "f.parquet", table, 100, table.rows, stretch=stretch)
        written.append((tmp_path / "f.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_year_of_minutes_is_planned_at_once():
    """Two hundred million rows: nothing of their size is held, and the last of them is there at once."""
    text = HEAD.replace("start: 2025-03-08, end: 2025-03-10", "start: 2025-01-01, end: 2025-12-31").replace(
        "rows: 4,", "rows: 400,"
    )
    text += "  t:\n    each: [store, 1 min]\n    columns:\n"
    text += "      store: {type: reference, to: store}\n      at: {type: datetime, part: 1 min}\n"
    table = made_of(text)["t"]
    assert table.rows == 400 * 365 * 1440
    assert frame(table, [table.rows - 1]).row(0) == ("S400", dt.datetime(2025, 12, 31, 23, 59))


def test_rows_of_each_cannot_be_asked_for():
    with pytest.raises(DataError, match="the rows of stock follow from store, product") as caught:
        made_of(STOCK.replace("    KEEP\n", ""), stock=5)
    assert "ask for other rows of store, product" in str(caught.value)


def test_fact_tables_are_those_with_rows():
    book = book_of(STOCK.replace("    KEEP\n", "") + "  visit: {rows: 10, columns: {id: {type: id}}}\n")
    assert plans.fact_tables(book.value) == ("visit",)
    assert plans.resolve(book, {}, scale=3).rows == {"store": 4, "product": 3, "stock": 36, "visit": 30}


def test_no_parents_no_rows(tmp_path):
    generate(book_of(STOCK.replace("KEEP", "keep: 0.5")), tmp_path, rows={"store": 0})
    assert len(read(tmp_path, "stock")) == 0
