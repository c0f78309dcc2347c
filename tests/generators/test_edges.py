"""What a plan shows before anything is made: refusals at their place, effects that leave no room."""

from __future__ import annotations

import numpy as np
import pytest
from small_books import GROCERY, book_of, table_of

from seedbed.core.errors import DocumentError
from seedbed.generators import remarks
from seedbed.generators.compiler import compile_plan
from seedbed.generators.edges import edges
from seedbed.generators.plans import resolve
from seedbed.generators.quantiles import normal_quantile

PERIOD = "period: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal, holidays: CA-QC}"


def found(columns: str, rows: int = 100_000, head: str = PERIOD):
    return edges(compile_plan(resolve(table_of(columns, rows, head), {})))


def test_a_book_with_room_has_no_remarks():
    assert remarks(book_of(GROCERY)) == []


def test_the_share_is_that_of_the_rows_beyond():
    """Median 30 under lognormal noise of spread 0.5: beyond 90 lies where z > ln(3) / 0.5 = 2.197, in 1.4 %."""
    (edge,) = found("n: {type: number, range: [0, 90], typical: 30, effects: [{noise: {spread: 0.5}}]}")
    assert (edge.table, edge.column, edge.effect, edge.without) == ("t", "n", "noise", 0)
    assert edge.share == pytest.approx(0.014, abs=0.003)
    assert normal_quantile([1 - 0.014])[0] == pytest.approx(np.log(3) / 0.5, abs=0.01)
    assert found("n: {type: number, range: [0, 100], typical: 30, effects: [{noise: {spread: 0.5}}]}") == []


def test_the_effect_at_fault_is_the_one_that_matters():
    columns = """
at: {type: date, range: period}
promo: {type: boolean, chance: 0.12}
n:
  type: integer
  range: [1, 10]
  typical: 4
  effects:
    - weekday: {sat: 1.1}
    - when: {if: promo, factor: 3}
    - season: {peak: 12-20, swing: 0.1}
"""
    (edge,) = found(columns)
    assert edge.effect == "when promo"
    assert edge.share == pytest.approx(0.12, abs=0.01)
    assert edge.without == 0
    assert str(edge) == (
        f"t.n: in {edge.share * 100:.0f} % of rows the effects push the typical value to the edge of the range; "
        "without 'when promo' it would be 0 %. Widen the range, or bring the factors closer to 1"
    )


def test_branches_count_on_their_own_rows():
    columns = """
big: {type: boolean, chance: 0.3}
n:
  type: number
  missing: 0.5
  cases:
    - {when: big, range: [0, 100], typical: 60, effects: [{when: {if: big, factor: 2}}]}
    - {otherwise: {range: [0, 100], typical: 60, effects: [{when: {if: big, factor: 2}}]}}
"""
    (edge,) = found(columns)
    assert edge.share == pytest.approx(0.3, abs=0.015)
    assert edge.without == 0


def test_how_many_children_is_a_number_too():
    book = """
seedbed: book/1
name: b
tables:
  order: {rows: 5000, columns: {id: {type: id}, big: {type: boolean, chance: 0.2}}}
  line:
    children: {of: order, count: {range: [1, 6], typical: 4, effects: [{when: {if: big, factor: 2}}]}}
    columns: {order: {type: reference, to: order}}
"""
    (edge,) = edges(compile_plan(resolve(book_of(book), {})))
    assert (edge.table, edge.column, edge.effect) == ("line", "children.count", "when big")
    assert edge.share == pytest.approx(0.2, abs=0.02)


def test_stays_of_a_process_are_numbers_too():
    book = """
seedbed: book/1
name: b
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  ticket: {rows: 5000, columns: {id: {type: id}, hard: {type: boolean, chance: 0.2}}}
  event:
    process:
      of: ticket
      states:
        opened:
          stay: {range: [1, 60], typical: 40, unit: minutes, effects: [{when: {if: hard, factor: 2}}]}
          next: {closed: 1}
        closed: {}
    columns:
      ticket: {type: reference, to: ticket}
      state: {type: category, part: state}
"""
    (edge,) = edges(compile_plan(resolve(book_of(book), {})))
    assert (edge.table, edge.column, edge.effect) == ("event", "process.states.opened.stay", "when hard")
    assert edge.share == pytest.approx(0.2, abs=0.02)


def test_values_of_by_have_their_own_range():
    columns = """
kind: {type: category, choices: {a: 3, b: 1}}
n:
  type: number
  range: [0, 100]
  typical: 10
  by: {kind: {b: {range: [0, 20], typical: 15}}}
  effects: [{when: {if: kind is not null, factor: 2}}]
"""
    (edge,) = found(columns)
    assert edge.share == pytest.approx(0.25, abs=0.015)
    assert edge.effect == "when kind is not null"


@pytest.mark.parametrize(
    "column",
    [
        "{type: number, range: [-10, 10], typical: -8, effects: [{noise: {spread: 1}}]}",
        "{type: decimal, places: 2, range: [0.01, 0.1], typical: 0.02, effects: [{noise: {spread: 1}}]}",
        "{type: number, range: [1, 100], distribution: {normal: {mean: 50, sd: 9}}, effects: [{noise: {spread: 1}}]}",
    ],
)
def test_other_ranges(column):
    (edge,) = found(f"n: {column}")
    assert 0.2 < edge.share < 0.5


def test_a_typical_value_on_the_edge_is_not_pushed():
    assert found("n: {type: number, range: [0, 10], typical: 0, effects: [{noise: {spread: 3}}]}") == []
    holiday = "{holiday: {day: 0}}"
    assert (
        found(
            f"at: {{type: date, range: period}}\nn: {{type: number, range: [0, 9], typical: 3, effects: [{holiday}]}}"
        )
        == []
    )


def test_the_same_remarks_each_time():
    columns = "n: {type: number, range: [0, 40], typical: 30, effects: [{noise: {spread: 0.5}}]}"
    document = table_of(columns, 3_000_000)
    assert remarks(document) == remarks(document)


def test_refusals_stand_at_their_column():
    with pytest.raises(DocumentError) as raised:
        remarks(
            table_of("a: {type: id}\nd: {type: date, range: [2025-01-06, 2025-01-06], effects: [weekday: {mon: 0}]}")
        )
    (problem,) = raised.value.problems
    assert problem.line == 9
    assert problem.path == "tables.t.columns.d"
    assert problem.message == (
        "the effects leave no day of the range; give some day and hour in the range a factor over 0"
    )
