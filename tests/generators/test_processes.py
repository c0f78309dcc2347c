"""Entities walk from state to state: rows in order, times that add up, chances as they are written."""

from __future__ import annotations

import datetime as dt

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from small_books import book_of, digests, read
from test_layouts import frame, made_of

from seedbed.generators import compiler, files, generate, layouts, plans

TICKETS = """\
seedbed: book/1
name: b
seed: 5
period: {start: 2025-01-01, end: 2025-12-31, timezone: Europe/Paris}
tables:
  ticket:
    rows: 6000
    columns:
      id: {type: id}
      urgent: {type: boolean, chance: 0.2}
      opened: {type: datetime, range: period, missing: 0.01}
      due: {type: date, formula: cast(opened as date)}
  event:
    process:
      of: ticket
      start: opened
      most: 12
      states:
        opened:
          stay: {range: [1, 600], typical: 20, effects: [{when: {if: urgent, factor: 0.2}}]}
          next: {triaged: 95, closed: 5}
        triaged: {stay: {range: [0.5, 8], typical: 2, unit: hours}, next: {answered: 1}}
        answered: {stay: {range: [1, 20], unit: days}, next: {closed: 3, reopened: 1}}
        reopened: {stay: {range: [10, 20], unit: seconds}, next: {answered: 1, dropped: 0}}
        closed: {}
        dropped: {}
    key: [ticket, step]
    columns:
      ticket: {type: reference, to: ticket}
      step: {type: integer, part: number}
      state: {type: category, part: state}
      at: {type: datetime, part: time}
      stay: {type: number, part: stay, unit: hours}
"""


@pytest.fixture(scope="module")
def tickets(tmp_path_factory):
    root = tmp_path_factory.mktemp("tickets")
    result = generate(book_of(TICKETS.replace(", dropped: 0", "").replace("        dropped: {}\n", "")), root)
    return root, result


def test_events_follow_each_other(tickets):
    root, result = tickets
    event, ticket = read(root, "event"), read(root, "ticket")
    assert result.rows["event"] == len(event)
    assert event["ticket"].is_sorted()
    assert event["ticket"].n_unique() == 6000
    walks = event.with_columns(
        before=pl.col("state").shift().over("ticket"),
        came=pl.col("at").shift().over("ticket"),
        stayed=pl.col("stay").shift().over("ticket"),
        number=pl.int_range(pl.len()).over("ticket") + 1,
        last=pl.col("step").max().over("ticket"),
    )
    assert (walks["step"] == walks["number"]).all()
    assert walks["step"].max() == 12
    pairs = set(walks.filter(pl.col("step") > 1).select("before", "state").rows())
    assert pairs == {
        ("opened", "triaged"),
        ("opened", "closed"),
        ("triaged", "answered"),
        ("answered", "closed"),
        ("answered", "reopened"),
        ("reopened", "answered"),
    }
    assert set(walks.filter(pl.col("step") == 1)["state"]) == {"opened"}
    ends = walks.filter((pl.col("step") == pl.col("last")) & (pl.col("last") < 12))["state"]
    assert set(ends) == {"closed"}
    timed = walks.filter(pl.col("came").is_not_null())
    hours = (timed["at"] - timed["came"]).dt.total_milliseconds() / 3_600_000
    assert np.allclose(hours, timed["stayed"])
    assert walks["stay"].is_null().to_list() == (walks["state"] == "closed").to_list()
    starts = event.filter(pl.col("step") == 1).join(ticket, left_on="ticket", right_on="id", maintain_order="left")
    assert starts["at"].equals(starts["opened"].alias("at"), null_equal=True)
    assert starts["opened"].null_count() > 20


def test_stays_and_chances_are_those_of_the_book(tickets):
    root, _ = tickets
    event = read(root, "event").join(read(root, "ticket"), left_on="ticket", right_on="id", maintain_order="left")
    bounds = {"opened": (1 / 60, 10), "triaged": (0.5, 8), "answered": (24, 480), "reopened": (10 / 3600, 20 / 3600)}
    for state, (low, high) in bounds.items():
        stays = event.filter(pl.col("state") == state)["stay"]
        assert stays.is_between(low - 1e-9, high + 1e-9).all()
    opened = event.filter(pl.col("state") == "opened")
    assert opened.filter("urgent")["stay"].mean() < 0.95 * opened.filter(~pl.col("urgent"))["stay"].mean()
    after = event.filter(pl.col("step") == 2)["state"].value_counts(normalize=True)
    assert dict(after.rows())["closed"] == pytest.approx(0.05, abs=0.012)
    answered = event.with_columns(after=pl.col("state").shift(-1).over("ticket")).filter(
        (pl.col("state") == "answered") & (pl.col("step") < 12)
    )
    assert answered["after"].value_counts(normalize=True).filter(pl.col("after") == "closed")["proportion"][
        0
    ] == pytest.approx(0.75, abs=0.02)


@settings(max_examples=20, deadline=None)
@given(
    tickets=st.integers(1, 300),
    together=st.sampled_from([1, 128, 1 << 17]),
    most=st.sampled_from([1, 2, 12, 60]),
    data=st.data(),
)
def test_any_rows_are_those_of_a_stretch(tickets, together, most, data):
    text = TICKETS.replace(", dropped: 0", ", dropped: 0.1").replace("most: 12", f"most: {most}")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(layouts, "LEAST_BITS", 2)
        patch.setattr(layouts, "MOST_CHUNKS", 16)
        patch.setattr("seedbed.generators.processes.TOGETHER", together)
        table = made_of(text, ticket=tickets)["event"]
        everything = frame(table)
        assert len(everything) == table.rows
        assert everything.group_by("ticket").len()["len"].is_between(1, most).all()
        rows = data.draw(st.lists(st.integers(0, table.rows - 1), max_size=30))
        assert frame(table, rows).equals(everything[rows])
        start = data.draw(st.integers(0, table.rows))
        stop = data.draw(st.integers(start, table.rows))
        block = table.block(start, stop)
        assert pl.DataFrame([block.series(name) for name in table.columns]).equals(everything[start:stop])


def test_the_bytes_are_the_same_for_any_workers_and_stretches(tmp_path, monkeypatch):
    monkeypatch.setattr(plans, "SHARD", 4000)
    book = book_of(TICKETS.replace(", dropped: 0", ", dropped: 1"))
    for workers in (1, 3):
        generate(book, tmp_path / str(workers), workers=workers)
    assert digests(tmp_path / "1") == digests(tmp_path / "3")
    written = []
    for stretch in (333, 1 << 20):
        table = compiler.compile_plan(plans.resolve(book, {}))["event"]
        files.write_file(tmp_path / "f.parquet", table, 100, table.rows, stretch=stretch)
        written.append((tmp_path / "f.parquet").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("start", "first"),
    [("", "2025-01-01T00:00:00"), ("      start: due\n", None)],
)
def test_starts(start, first):
    text = TICKETS.replace(", dropped: 0", ", dropped: 1").replace("      start: opened\n", start)
    rows = frame(made_of(text, ticket=50)["event"]).filter(pl.col("step") == 1)
    moments = rows["at"]
    if first:
        assert set(moments) == {dt.datetime.fromisoformat(first)}
    else:
        assert {moment.time() for moment in moments.drop_nulls()} == {dt.time()}


def test_a_walk_may_stand_on_another():
    """Children of events, and events of children."""
    text = TICKETS.replace(", dropped: 0", ", dropped: 1")
    text += """\
  message:
    children: {of: event, count: {range: [0, 3]}}
    key: [ticket, step, n]
    columns:
      event: {type: reference, to: event, hidden: true}
      ticket: {type: integer, formula: event.ticket}
      step: {type: integer, formula: event.step}
      n: {type: integer, part: number}
      at: {type: datetime, formula: event.at}
"""
    tables = made_of(text, ticket=300)
    events, messages = frame(tables["event"]), frame(tables["message"]).drop("event")
    joined = messages.join(events, on=["ticket", "step"], how="left", maintain_order="left")
    assert joined["at"].equals(joined["at_right"].alias("at"), null_equal=True)
    assert messages.select("ticket", "step", "n").is_unique().all()
