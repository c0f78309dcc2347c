"""Every way a book can be wrong is told at its place; nothing of later languages is accepted in silence."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.rules import Book, check_book, load_book


class Broken(NamedTuple):
    name: str
    old: str
    new: str
    place: tuple[int, int]
    at: str
    message: str
    suggestion: str | None


def _entries() -> list[Broken]:
    """Of every `broken_books*.txt`: the parts of the language have files of their own."""
    files = sorted(Path(__file__).parent.glob("broken_books*.txt"))
    found = []
    for entry in (entry for file in files for entry in file.read_text(encoding="utf-8").split("\n= ")[1:]):
        name, old, new, expected = entry.strip("\n").split("\n")
        parts = expected[2:].split(" | ")
        where, at = parts[0].split(" ", 1)
        line, column = map(int, where.split(":"))
        old, new = (part[2:].replace("\\n", "\n") for part in (old, new))
        found.append(Broken(name, old, new, (line, column), at, parts[1], parts[2] if len(parts) > 2 else None))
    return found


BROKEN = _entries()
BOOK = (Path(__file__).parent / "book.yaml").read_text(encoding="utf-8")


def changed(*changes: tuple[str, str]) -> str:
    text = BOOK
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def test_the_book_itself_is_right(problems: Any) -> None:
    assert problems(BOOK) == []


@pytest.mark.parametrize("broken", BROKEN, ids=lambda broken: broken.name)
def test_broken_book(broken: Broken, problems: Any) -> None:
    text = changed((broken.old, broken.new))
    found = problems(text)
    wanted = [problem for problem in found if (problem.line, problem.column) == broken.place]
    assert wanted, "\n".join(map(str, found))
    line, column = broken.place
    assert text.split("\n")[line - 1][column - 1 :].startswith(broken.at)
    assert broken.message in wanted[0].message
    assert wanted[0].suggestion == broken.suggestion


def test_all_problems_at_once_of_types_names_and_formulas(problems: Any) -> None:
    text = changed(
        ("typical: 1500", "typical: 15"),  # types
        ("to: store,", "to: stor,"),  # names
        ("quantity * product.price", "quantty * product.price"),  # formulas
        ("chance: 0.12", "chance: 12"),
        ("entity: store", "entity: promo"),
        ("seed: 7", "sead: 7"),
    )
    assert [problem.line for problem in problems(text)] == [4, 12, 25, 33, 40, 42]


def test_a_broken_column_makes_no_further_problems(problems: Any) -> None:
    """What needs a column that cannot be read is not called unknown."""
    text = changed(
        ("promo:    {type: boolean, chance: 0.12}", "promo:    {type: boolean}"),
        ("area_m2:  {type: integer, range: [400, 6000]", "area_m2:  {type: integer, range: [400]"),
        ("store_id: {type: id,", "store_id: {type: id, size: 3,"),
        ("product:  {type: reference, to: product, skew: 1.1}", "product:  {type: reference, to: product, skew: -1}"),
        ("        range: period\n", "        range: perod\n"),
    )
    assert [problem.line for problem in problems(text)] == [10, 12, 26, 29, 33]


def test_a_table_without_columns_makes_no_further_problems(problems: Any) -> None:
    start, end = BOOK.index("      product_id:"), BOOK.index("  sale:")
    found = problems(BOOK[:start] + BOOK[end:])
    assert [(problem.line, problem.message) for problem in found] == [(18, "must be a mapping (key: value)")]


def test_circle_through_three_columns_is_told_once(problems: Any) -> None:
    text = changed(
        ('formula: "quantity * product.price * (1 - discount)"', "formula: tax + 1"),
        (
            "      paid_by:",
            "      tax: {type: number, formula: fee * 2}\n      fee: {type: number, formula: total}\n      paid_by:",
        ),
    )
    found = problems(text)
    assert [problem.message for problem in found] == ["columns need each other: total needs tax needs fee needs total"]


def test_a_long_chain_of_formulas_and_tables_is_no_trouble(problems: Any) -> None:
    head = """\
seedbed: book/1
name: deep
tables:
  t0:
    rows: 5
    columns:
      k: {type: id}
      c0: {type: integer, range: [1, 2]}
"""
    numbers = range(1, 800)
    columns = "".join(f"      c{i}: {{type: integer, formula: c{i - 1} + 1}}\n" for i in numbers)
    up = "  t{}: {{rows: 1, columns: {{k: {{type: id}}, up: {{type: reference, to: t{}}}}}}}\n"
    text = head + columns + "".join(up.format(i, i - 1) for i in numbers)
    assert problems(text) == []
    assert len(problems(text.replace("range: [1, 2]", "formula: c799"))) == 1


def test_place_inside_folded_text_is_told_in_words(problems: Any) -> None:
    block = """
        type: decimal
        places: 2
        formula: >-
          quantity *
          prodct.price"""
    flow = ' {type: decimal, places: 2, formula: "quantity * product.price * (1 - discount)"}'
    found = problems(changed((flow, block)))
    assert len(found) == 1
    assert found[0].line == 45
    assert "(at character 12)" in found[0].message
    assert found[0].suggestion == "product.price"


def test_missing_file_and_other_kind(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="no such file"):
        load_book(tmp_path / "book.yaml")
    (tmp_path / "scene.yaml").write_text("seedbed: scene/1\n")
    with pytest.raises(DocumentError, match="book/1"):
        load_book(tmp_path / "scene.yaml")


def test_grandparents_and_by_a_parents_date() -> None:
    text = """\
seedbed: book/1
name: lines
tables:
  region: {rows: 3, columns: {id: {type: id, format: "R{}"}, vat: {type: number, range: [0, 1]}}}
  store:  {rows: 9, columns: {id: {type: id}, region: {type: reference, to: region}}}
  order:
    rows: 50
    columns:
      id: {type: id}
      store: {type: reference, to: store}
      placed: {type: date, range: [2025-01-01, 2025-02-01]}
  line:
    rows: 100
    columns:
      order: {type: reference, to: order}
      vat:   {type: number, formula: order.store.region.vat * 2}
      where: {type: text, formula: order.store.region || ' ' || order.store.region.id}
      count:
        type: integer
        range: [1, 9]
        typical: 2
        effects: [{weekday: {sat: 2}, by: order.placed}]
"""
    check_book(loads(text, Book))


def test_a_trend_needs_a_period(problems: Any) -> None:
    text = changed(
        ("period: {start: 2025-01-01, end: 2026-12-31, timezone: America/Montreal}\n", ""),
        ("range: period", "range: [2025-01-01, 2025-12-31]"),
        ("season: {peak: 12-20, swing: 0.25}", "trend: {per_year: 0.1}"),
    )
    (found,) = problems(text)
    assert (found.line, found.column) == (31, 13)
    assert found.message.startswith("trend counts the years from the start of the period, and the book has no period")


def test_a_broken_period_makes_no_problem_of_holidays(problems: Any) -> None:
    text = changed(("2025-01-01, end", "2025-01-41, end"), ("season: {peak: 12-20, swing: 0.25}", "holiday: {day: 0}"))
    assert [problem.line for problem in problems(text)] == [5]


PIECES = ["", "x", "{", "}", "[", "]", ": ", "null", "-", "1e9", "'", '"', "#", "a.b", "é", "{}"]


# Text of any kind ends in a list of problems or a book, never in another exception.
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_mutation_is_a_book_or_problems(data: st.DataObject, tmp_path: Path) -> None:
    lines = BOOK.split("\n")
    for _ in range(data.draw(st.integers(1, 3))):
        index = data.draw(st.integers(0, len(lines) - 1))
        line = lines[index]
        at = data.draw(st.integers(0, len(line)))
        cut = data.draw(st.integers(0, 12))
        piece = data.draw(
            st.sampled_from(["", "x", "{", "}", "[", "]", ": ", "null", "-", "1e9", "'", '"', "#", "a.b", "é", "{}"])
        )
        lines[index] = line[:at] + piece + line[at + cut :]
    path = tmp_path / "book.yaml"
    path.write_text("\n".join(lines), encoding="utf-8")
    try:
        load_book(path)
    except DocumentError as error:
        assert error.problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in error.problems)
