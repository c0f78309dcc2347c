"""What single faults make of known values."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_books import book_of, read

from seedbed.core.errors import DataError
from seedbed.core.zones import Zone
from seedbed.generators import generate
from seedbed.generators.faults import arrived, planted
from seedbed.generators.faults.texts import Cut, Misreading, Respelling, mistyped, swapped_digits


@given(st.text(min_size=1), st.integers(0, 2**64 - 1))
def test_a_mistyped_text_is_another(text, cell):
    assert mistyped(text, cell) != text
    assert abs(len(mistyped(text, cell)) - len(text)) <= 1


@pytest.mark.parametrize("letter", "abcdefghijklmnopqrstuvwxyzAZ0123456789")
@pytest.mark.parametrize("cell", range(8))
def test_every_letter_and_digit_can_be_mistyped(letter, cell):
    assert mistyped(letter, cell) != letter
    assert mistyped(f"{letter}{letter}", cell) != f"{letter}{letter}"


@given(st.integers(-(10**17), 10**17), st.integers(0, 2**64 - 1))
def test_swapped_digits_are_another_number(number, cell):
    typed = swapped_digits(number, cell)
    assert (typed != number) == (number != 0)
    if len(set(str(abs(number)))) > 1:
        assert sorted(str(abs(typed)).zfill(len(str(abs(number))))) == sorted(str(abs(number)))


def test_texts():
    assert Misreading("latin-1")("Orléans") == "OrlÃ©ans"
    assert Misreading("cp1252")("l’été") == "lâ€™Ã©tÃ©"
    assert Misreading("ascii")("Nîmes") == "N?mes"
    assert Cut(3)("chèque") == "chè"
    assert [Respelling(None)(text) for text in ("card", "CARD", "12")] == ["CARD", "card", "12 "]
    assert [Respelling({"card": "Card"})(text) for text in ("card", "cash")] == ["Card", "cash"]


def test_a_clock_that_is_changed_late():
    zone, hour = Zone("Europe/Paris"), 3_600_000
    spring, autumn = zone.moment(dt.datetime(2025, 3, 30, 3)), zone.moment(dt.datetime(2025, 10, 26, 3))
    moments = np.array([spring - 1, spring, spring + 5 * hour, spring + 24 * hour, autumn, autumn + hour])
    off = zone.to_local_by_old_clock(moments, 24 * hour) - zone.to_local(moments)
    assert off.tolist() == [0, -hour, -hour, 0, hour, hour]
    assert Zone("UTC").to_local_by_old_clock(moments, hour).tolist() == moments.tolist()


READINGS = """
seedbed: book/1
name: readings
period: {start: 2025-03-25, end: 2025-04-05, timezone: Europe/Paris}
tables:
  device: {rows: 4, columns: {id: {type: id}}}
  reading:
    each: [device, hour]
    columns:
      device: {type: reference, to: device}
      at: {type: datetime, part: hour}
      celsius: {type: decimal, places: 1, range: [-10, 30], unit: °C}
faults:
"""


def made(tmp_path, fault):
    generate(book_of(READINGS + f"  - {{of: reading, {fault}}}\n"), tmp_path)
    return read(tmp_path, "reading"), arrived(tmp_path, "reading"), planted(tmp_path)


def test_a_stuck_sensor_repeats_the_value_before(tmp_path):
    clean, faulty, truth = made(
        tmp_path, "kind: stuck_value, column: celsius, per: device, episodes: 3, length: [4, 9]"
    )
    assert truth["episode"].n_unique() == 3
    for _, episode in truth.sort("row").group_by("episode"):
        first, last = episode["row"].min() - 2, episode["row"].max() - 1
        while clean["celsius"][first] != faulty["celsius"][first + 1]:
            first -= 1  # a clean value that happens to be the stuck one is no fault
        stretch = faulty.slice(first, last - first + 1)
        assert stretch["celsius"].n_unique() == stretch["device"].n_unique() == 1
        assert 4 <= last - first <= 9


def test_a_stuck_entity_in_a_table_without_order_is_stuck_in_time(tmp_path):
    rows = READINGS.replace("each: [device, hour]", "rows: 900").replace("part: hour", "range: period")
    fault = "  - {of: reading, kind: stuck_value, column: celsius, per: device, episodes: 2, length: [20, 20]}\n"
    generate(book_of(rows + fault), tmp_path)
    faulty, truth = arrived(tmp_path, "reading"), planted(tmp_path)
    for episode in (1, 2):
        cells = truth.filter(pl.col("episode") == episode)
        device = faulty["device"][cells["row"][0] - 1]
        in_time = faulty.filter(pl.col("device") == device).sort("at", "row")
        touched = in_time["row"].is_in(cells["row"].to_list()).arg_true()
        stuck = in_time["celsius"][touched[0] - 1 : touched[-1] + 1]
        assert stuck.n_unique() == 1
        assert len(stuck) <= 22


def test_fahrenheit(tmp_path):
    clean, faulty, truth = made(tmp_path, "kind: unit_change, column: celsius, where: device = 2")
    rows = truth["row"].to_numpy() - 1
    assert set(clean["device"][rows]) == {2}
    right = clean["celsius"][rows].cast(float) * 1.8 + 32
    assert (faulty["celsius"][rows].cast(float) - right).abs().max() <= 0.0501


def test_days_go_as_a_whole(tmp_path):
    clean, faulty, truth = made(tmp_path, "kind: missing_days, days: 2, per: device")
    gone = clean[truth["row"].to_numpy() - 1]
    pairs = set(zip(gone["device"], gone["at"].dt.date(), strict=True))
    assert len(pairs) == truth["episode"].n_unique() == 2
    assert not pairs & set(zip(faulty["device"], faulty["at"].dt.date(), strict=True))


def test_between_is_local_days(tmp_path):
    clean, _, truth = made(tmp_path, "kind: outlier, column: celsius, share: 1, between: [2025-03-30, 2025-03-31]")
    days = clean["at"][truth["row"].to_numpy() - 1].dt.date()
    assert set(days) == {dt.date(2025, 3, 30), dt.date(2025, 3, 31)}
    nought = (clean["celsius"] == 0) & clean["at"].dt.date().is_in(list(set(days)))
    assert truth.height == 4 * (23 + 24) - nought.sum()


def test_no_truth_where_no_faults_are(tmp_path):
    generate(book_of(READINGS.replace("faults:\n", "")), tmp_path)
    with pytest.raises(DataError, match="no truth"):
        planted(tmp_path)


ORDERS = """
seedbed: book/1
name: orders
seed: 4
period: {start: 2025-01-01, end: 2025-06-30}
tables:
  shop: {rows: 3, columns: {id: {type: id}}}
  order:
    rows: 60
    columns:
      id: {type: id}
      shop: {type: reference, to: shop}
      placed: {type: datetime, range: period}
  line:
    children: {of: order, count: {range: [1, 9], typical: 3}}
    key: [order, number]
    columns:
      order: {type: reference, to: order}
      number: {type: integer, part: number}
      cost: {type: decimal, places: 2, range: [1, 90], hidden: true}
      price: {type: decimal, places: 2, formula: cost * 2}
scenarios:
  - {name: dear shop, of: line, where: order.shop = 2, change: {cost: {factor: 3}}}
faults:
  - {of: line, kind: missing_burst, per: order, length: [1, 3]}
  - {of: line, kind: heartbeat, every: 20}
  - {of: line, kind: outlier, column: price, share: 0.2, between: [2025-02-01, 2025-04-30], by: order.placed}
  - {of: line, kind: test_records, share: 0.1}
  - {of: line, kind: missing_days, by: order.placed, days: 2}
"""


def test_lines_of_orders_with_a_scenario_and_a_hidden_column(tmp_path):
    result = generate(book_of(ORDERS), tmp_path)
    assert all(result.faults.values())
    clean, faulty, truth = read(tmp_path, "line"), arrived(tmp_path, "line"), planted(tmp_path)
    assert faulty.columns[3:] == clean.columns == ["order", "number", "price"]
    own = faulty.filter(pl.col("row").is_not_null())
    beside = clean[own["row"] - 1]
    assert own.select("order", "number").equals(beside.select("order", "number"))
    differs = own.filter(own["price"] != beside["price"])["row"].to_list()
    assert differs == truth.filter(pl.col("column") == "price")["row"].to_list()
    placed = read(tmp_path, "order")["placed"].dt.month()
    assert {placed[order - 1] for order in clean["order"][pl.Series(differs) - 1]} <= {2, 3, 4}
