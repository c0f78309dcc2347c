"""Known answers on tables made from others: each, children, processes, keys, hidden columns, references within."""

from __future__ import annotations

import datetime as dt

import polars as pl
import pytest
from judging import book_of, judged

READINGS = """
seedbed: book/1
name: readings
period: {start: 2025-03-29, end: 2025-03-31, timezone: Europe/Paris}
tables:
  device:
    rows: 2
    columns:
      device_id: {type: id}
  reading:
    each: [device, 30 min]
    columns:
      device: {type: reference, to: device}
      at: {type: datetime, part: 30 min}
"""


@pytest.mark.parametrize("size", [1, 1000])
def test_parts(size):
    frame = pl.DataFrame(
        {
            "device": [1, 1, 2, 1, 1, 2, 3],
            "at": [
                "2025-03-29T00:00:00+01:00",
                "2025-03-30T03:30:00+02:00",
                "2025-03-30T03:30:00+02:00",
                "2025-03-30T03:40:00+02:00",
                "2025-03-30T01:30:00Z",
                "2025-04-01T00:00:00+02:00",
                "2025-03-31T23:30:00+02:00",
            ],
        }
    ).with_columns(pl.col("device").cast(pl.String))
    frames = {"device": pl.DataFrame({"device_id": [1, 2]}), "reading": frame}
    assert judged(book_of(READINGS), frames, size)["reading"].found == {
        (3, "at", "pattern"),
        (4, None, "not_unique"),
        (5, "at", "out_of_range"),
        (6, "device", "orphan"),
    }


def test_series_stay_in_their_range():
    book = book_of(READINGS + "      v: {type: decimal, places: 1, series: {range: [-5, 8.5], noise: 1}}\n")
    at = ["2025-03-29T00:00:00+01:00", "2025-03-29T00:30:00+01:00", "2025-03-29T01:00:00+01:00"]
    reading = pl.DataFrame({"device": ["1", "1", "1"], "at": at, "v": ["-5.0", "8.6", "8.5"]})
    frames = {"device": pl.DataFrame({"device_id": [1, 2]}), "reading": reading}
    assert judged(book, frames)["reading"].found == {(1, "v", "out_of_range")}


STAFF = """
seedbed: book/1
name: staff
tables:
  employee:
    rows: 5
    columns:
      employee_id: {type: id}
      level: {type: integer, range: [1, 9]}
      manager: {type: reference, to: employee}
      above: {type: integer, formula: manager.level + 1}
"""


@pytest.mark.parametrize("size", [1, 1000])
def test_rows_that_refer_to_their_own_table(size):
    frame = pl.DataFrame(
        {
            "employee_id": [1, 2, 3, 4],
            "level": [3, 4, 5, 6],
            "manager": [None, 4, 1, 9],
            "above": [None, 7, 5, 1],
        }
    )
    verdict = judged(book_of(STAFF), {"employee": frame}, size)["employee"]
    assert verdict.found == {(2, "above", "formula"), (3, "manager", "orphan")}


TICKETS = """
seedbed: book/1
name: tickets
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  ticket:
    rows: 3
    columns:
      ticket_id: {type: id}
      opened_at: {type: datetime, range: period, missing: 0.1}
  event:
    process:
      of: ticket
      start: opened_at
      states:
        opened: {stay: {range: [1, 60], unit: minutes}, next: {triaged: 95, closed: 5}}
        triaged: {stay: {range: [1, 8], unit: hours}, next: {closed: 1, opened: 0}}
        closed: {}
    columns:
      ticket: {type: reference, to: ticket}
      number: {type: integer, part: number}
      state: {type: category, part: state}
      at: {type: datetime, part: time}
      stay: {type: number, part: stay, unit: minutes}
"""


@pytest.mark.parametrize("size", [1, 2, 1000])
def test_processes(size):
    day = dt.datetime(2025, 5, 1)
    rows = [
        # ticket, number, state, hours after the day, stay
        (1, 1, "opened", 0, 30.0),
        (2, 1, "triaged", 0, 90.0),
        (1, 2, "triaged", 1, 59.0),
        (2, 2, "opened", 1, 5.0),
        (1, 3, "closed", 0, None),
        (2, 3, "closed", 9, 1.0),
        (2, 3, "lost", 9, None),
        (3, 1, "opened", 1, 7.0),
        (4, 0, "opened", 1, 7.0),
    ]
    frame = pl.DataFrame(
        {
            "ticket": [row[0] for row in rows],
            "number": [row[1] for row in rows],
            "state": [row[2] for row in rows],
            "at": [None if row[0] == 3 else day + dt.timedelta(hours=row[3]) for row in rows],
            "stay": [row[4] for row in rows],
        }
    )
    tickets = pl.DataFrame({"ticket_id": [1, 2, 3], "opened_at": [day, day, None]})
    assert judged(book_of(TICKETS), {"ticket": tickets, "event": frame}, size)["event"].found == {
        (1, "state", "not_in_order"),
        (2, "stay", "out_of_range"),
        (3, "state", "not_in_order"),
        (4, "at", "not_in_order"),
        (5, "stay", "case"),
        (6, "state", "unknown_choice"),
        (6, None, "not_unique"),
        (8, "ticket", "orphan"),
        (8, "number", "out_of_range"),
    }


STOCK = """
seedbed: book/1
name: stock
tables:
  store:
    rows: 2
    columns:
      store_id: {type: id, format: "S{}"}
  shelf:
    children: {of: store, count: {range: [1, 3]}}
    key: [store, number]
    columns:
      store: {type: reference, to: store}
      number: {type: integer, part: number}
      depth: {type: decimal, places: 2, range: [0, 9]}
  item:
    rows: 5
    columns:
      item_id: {type: id}
      slot: {type: reference, to: shelf, hidden: true}
      store: {type: text, formula: slot.store}
      shelf: {type: integer, formula: slot.number}
      n: {type: integer, range: [1, 9]}
      need: {type: decimal, places: 2, formula: n * 0.125, hidden: true}
      fits: {type: boolean, formula: need <= slot.depth}
"""


@pytest.mark.parametrize("size", [1, 1000])
def test_hidden_columns_and_keys(size):
    frames = {
        "store": pl.DataFrame({"store_id": ["S1", "S2"]}),
        "shelf": pl.DataFrame({"store": ["S1", "S1", "S2", "S1"], "number": [1, 2, 1, 2], "depth": [0.5, 0.13, 9, 1]}),
        "item": pl.DataFrame(
            {
                "item_id": [1, 2, 3, 4, 5],
                "store": ["S1", "S1", "S2", "S2", None],
                "shelf": [1, 2, 1, 2, 1],
                "n": [5, 1, 9, 1, 1],
                "fits": [True, True, True, False, True],
            }
        ),
    }
    verdicts = judged(book_of(STOCK), frames, size)
    assert verdicts["shelf"].found == {(3, None, "not_unique")}
    assert verdicts["item"].found == {(0, "fits", "formula"), (3, "store", "orphan"), (4, "store", "missing")}
    assert verdicts["item"].frame.columns == ["item_id", "store", "shelf", "n", "fits"]


def test_counts():
    frames = {
        "store": pl.DataFrame({"store_id": ["S1", "S2", "S3"]}),
        "shelf": pl.DataFrame({"store": ["S1", "S1", "S2"], "number": [1, 3, 1], "depth": [1, 2, 3]}),
    }
    shelf = judged(book_of(STOCK), frames, 2)["shelf"]
    assert [(breach.code.value, breach.words, breach.severity.value) for breach in shelf.whole] == [
        ("count", "1 of 3 rows of store have not 1 to 3 rows each", "warn"),
        ("count", "in 1 rows of store some number is left out", "warn"),
    ]
    readings = {
        "device": pl.DataFrame({"device_id": [1, 2]}),
        "reading": pl.DataFrame({"device": [1], "at": ["2025-03-29"]}),
    }
    (breach,) = judged(book_of(READINGS), readings)["reading"].whole
    assert breach.words == "1 rows; one for each device x 30 min makes 284"
