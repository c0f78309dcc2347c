"""Columns that a scenario has to leave alone because rows hang on them."""

from __future__ import annotations

from typing import Any

import pytest

TEXT = """\
seedbed: book/1
name: support
period: {start: 2025-01-01, end: 2025-12-31}
tables:
  ticket:
    rows: 10
    columns:
      id: {type: id}
      opened_at: {type: datetime, range: period}
      code: {type: integer, range: [1, 1000], unique: true}
      urgent: {type: boolean, chance: 0.2}
  event:
    process:
      of: ticket
      start: opened_at
      states:
        opened: {stay: {range: [1, 600], typical: 20, unit: minutes}, next: {closed: 1}}
        closed: {}
      most: 5
    columns:
      ticket: {type: reference, to: ticket}
      state: {type: category, part: state}
      at: {type: datetime, part: time}
      note: {type: text, faker: word, locale: en_US}
scenarios:
  - {name: s, of: TABLE, change: {COLUMN: CHANGE}}
"""


@pytest.mark.parametrize(
    ("table", "column", "change", "message"),
    [
        ("ticket", "opened_at", "{add: 1}", "this column cannot change: the rows of 'event' start at it"),
        ("ticket", "code", "{add: 1}", "this column cannot change: ids, keys, references, parts of the row"),
        ("event", "state", "{value: closed}", "this column cannot change: ids, keys, references, parts of the row"),
        ("event", "at", "{add: 1}", "this column cannot change: ids, keys, references, parts of the row"),
        ("ticket", "urgent", "{value: true}", None),
        ("event", "note", "{missing: true}", None),
    ],
)
def test_what_rows_hang_on_stays(problems: Any, table: str, column: str, change: str, message: str | None) -> None:
    found = problems(TEXT.replace("TABLE", table).replace("COLUMN", column).replace("CHANGE", change))
    assert [problem.message[: len(message or "")] for problem in found] == ([] if message is None else [message])
    assert all(problem.line == TEXT.count("\n") for problem in found)
