"""Children follow their parents in order; keys, hidden columns, and rows that lead to earlier rows of their table."""

from __future__ import annotations

import numpy as np
import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import book_of, digests, read
from test_layouts import frame, made_of

from seedbed.core.datasets import read_card
from seedbed.core.errors import DataError
from seedbed.generators import compiler, files, generate, layouts, plans

ORDERS = """\
seedbed: book/1
name: b
seed: 5
period: {start: 2025-01-01, end: 2025-12-31, timezone: Europe/Paris}
tables:
  customer: {rows: 300, columns: {id: {type: id}}}
  order:
    rows: 5000
    columns:
      id: {type: id, format: "O{:06d}"}
      customer: {type: reference, to: customer}
      big: {type: boolean, chance: 0.3}
      placed: {type: datetime, range: period}
  line:
    children:
      of: order
      count:
        range: [0, 12]
        typical: 3
        effects: [{when: {if: big, factor: 2}}, {weekday: {sun: 0.5}}, {per: {entity: customer, spread: 0.3}}]
    key: [order, line]
    columns:
      order: {type: reference, to: order}
      line: {type: integer, part: number}
      again: {type: reference, to: order}
      placed: {type: datetime, formula: order.placed}
      amount: {type: decimal, places: 2, range: [1, 90], typical: 9}
  parcel:
    children: {of: line, count: {range: [1, 2]}}
    key: [order, line, parcel]
    columns:
      row: {type: reference, to: line, hidden: true}
      order: {type: text, formula: row.order}
      line: {type: integer, formula: row.line}
      parcel: {type: integer, part: number}
"""


@pytest.fixture(scope="module")
def orders(tmp_path_factory):
    root = tmp_path_factory.mktemp("orders")
    return root, generate(book_of(ORDERS), root)


def test_every_parent_has_a_count_inside_the_range_and_children_in_order(orders):
    root, result = orders
    order, line = read(root, "order"), read(root, "line")
    assert result.rows["line"] == len(line)
    assert line["order"].is_sorted()
    sizes = order.join(line.group_by("order").len(), left_on="id", right_on="order", how="left")
    counts = sizes["len"].fill_null(0)
    assert counts.min() == 0
    assert counts.max() <= 12
    assert counts.filter(sizes["big"]).mean() > 1.4 * counts.filter(~sizes["big"]).mean()
    assert line["line"].to_list() == [k for n in counts for k in range(1, n + 1)]
    placed = dict(order.select("id", "placed").rows())
    assert line["placed"].to_list() == [placed[key] for key in line["order"]]
    assert line["again"].to_list() != line["order"].to_list()


def test_a_key_goes_through_a_hidden_reference(orders):
    root, _ = orders
    line, parcel = read(root, "line"), read(root, "parcel")
    assert parcel.columns == ["order", "line", "parcel"]
    assert parcel.select("order", "line", "parcel").is_unique().all()
    assert parcel.unique(["order", "line"]).height == line.height
    fields = next(entry["field"] for entry in read_card(root)["recordSet"] if entry["name"] == "parcel")
    assert [field["name"] for field in fields] == parcel.columns


@pytest.mark.parametrize("count", ["{range: [0, 0]}", "{range: [3, 3]}", "{range: [0, 1]}", "{range: [900, 1000]}"])
def test_extreme_counts(count):
    text = ORDERS.partition("  line:")[0] + f"  line:\n    children: {{of: order, count: {count}}}\n"
    table = made_of(
        text + "    columns: {order: {type: reference, to: order}, n: {type: integer, part: number}}\n", order=130
    )
    rows = frame(table["line"])
    assert len(rows) == table["line"].rows
    low, high = map(int, count[9:-2].split(","))
    counts = rows.group_by("order").len()["len"]
    if high == 0:
        assert len(rows) == 0
    else:
        assert counts.is_between(max(low, 1), high).all()
        assert len(counts) == 130 or low == 0


@settings(max_examples=25, deadline=None)
@given(
    parents=st.integers(1, 400),
    low=st.integers(0, 3),
    more=st.integers(0, 60),
    together=st.sampled_from([1, 128, 1 << 17]),
    data=st.data(),
)
def test_any_rows_are_those_of_a_stretch(parents, low, more, together, data):
    count = f"count: {{range: [{low}, {low + more}], typical: {low + more // 3}}}"
    text = ORDERS.replace("[1, 2]", "[0, 4]")
    head, _, tail = text.partition("      count:\n")
    text = head + f"      {count}\n    key:" + tail.partition("    key:")[2]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "LEAST_BITS", 2)
        patch.setattr(layouts, "MOST_CHUNKS", 16)
        patch.setattr(layouts, "TOGETHER", together)
        tables = made_of(text, order=parents)
        for name in ("line", "parcel"):
            table = tables[name]
            everything = frame(table)
            assert len(everything) == table.rows
            if table.rows:
                rows = data.draw(st.lists(st.integers(0, table.rows - 1), max_size=30))
                assert frame(table, rows).equals(everything[rows])
                start = data.draw(st.integers(0, table.rows))
                stop = data.draw(st.integers(start, table.rows))
                block = table.block(start, stop)
                parts = pl.DataFrame([block.series(column) for column in table.columns])
                assert parts.equals(everything[start:stop])


def test_the_bytes_are_the_same_for_any_workers_and_stretches(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 4000)
    for workers in (1, 3):
        generate(book_of(ORDERS), tmp_path / str(workers), workers=workers)
    assert digests(tmp_path / "1") == digests(tmp_path / "3")
    written = []
    for stretch in (333, 1 << 20):
        table = compiler.compile_plan(plans.resolve(book_of(ORDERS), {}))["parcel"]
        files.write_file(tmp_path / "f.parquet", table, 100, table.rows, stretch=stretch)
        written.append((tmp_path / "f.parquet").read_bytes())
    assert written[0] == written[1]


def test_a_column_or_table_added_later_changes_no_other(orders, tmp_path):
    more = ORDERS.replace("      big:", "      extra: {type: number, range: [0, 1]}\n      big:")
    more += "  note: {children: {of: order, count: {range: [0, 2]}}, columns: {order: {type: reference, to: order}}}\n"
    generate(book_of(more), tmp_path)
    for table in ("line", "parcel"):
        assert read(tmp_path, table).equals(read(orders[0], table))
    assert read(tmp_path, "note")["order"].n_unique() > 1000


def test_scale_goes_to_the_parents_of_children_and_no_number_can_be_asked_for():
    book = book_of(ORDERS)
    assert plans.fact_tables(book.value) == ("order",)
    assert plans.resolve(book, {}, scale=0.1).rows["order"] == 500
    with pytest.raises(DataError, match="the rows of line follow from order"):
        plans.resolve(book, {"line": 5})


STAFF = """\
seedbed: book/1
name: b
tables:
  employee:
    rows: 3000
    columns:
      id: {type: id}
      level: {type: integer, range: [1, 9]}
      manager: {type: reference, to: employee}
      star: {type: reference, to: employee, skew: 1.2}
      above: {type: integer, formula: "coalesce(manager.level, 0)"}
      pay:
        type: number
        range: [1, 9]
        typical: 3
        effects: [{when: {if: manager.manager.level > 5, factor: 2}}, {per: {entity: manager, spread: 0.1}}]
"""


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.integers(1, 3000), seed=st.integers(0, 2**40))
def test_a_manager_is_always_an_earlier_row(rows, seed):
    table = made_of(STAFF.replace("name: b", f"name: b\nseed: {seed}"), employee=rows)["employee"]
    staff = frame(table)
    for name in ("manager", "star"):
        assert staff[name][0] is None
        assert staff[name].null_count() == 1
        assert (staff[name] < staff["id"])[1:].all()
        assert (staff[name] >= 1)[1:].all()
    levels = dict(staff.select("id", "level").rows())
    assert staff["above"].to_list() == [levels.get(manager, 0) for manager in staff["manager"]]
    assert frame(table, np.arange(rows)[::-1]).equals(staff.reverse())


def test_earlier_rows_are_equally_likely_or_the_first_by_skew():
    staff = frame(made_of(STAFF, employee=20_000)["employee"])
    share = (staff["manager"] - 1) / (staff["id"] - 1)
    assert abs(share.mean() - 0.5) < 0.01
    counts = staff["star"].value_counts(sort=True)
    assert counts["star"][:3].to_list() == [1, 2, 3]
    assert counts["count"][0] / counts["count"][1] == pytest.approx(2**1.2, rel=0.1)


def test_a_scenario_changes_no_count():
    """What the client plays out changes cells; which rows there are was settled before."""
    played = ORDERS + "scenarios: [{name: all big, of: order, change: {big: {value: true}}}]\n"
    before, after = made_of(ORDERS), made_of(played)
    assert frame(after["order"])["big"].all()
    keys = ["order", "line"]
    assert frame(after["line"]).select(keys).equals(frame(before["line"]).select(keys))
