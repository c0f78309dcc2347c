"""Strict documents: each broken file gives its problem at the right place, all of them at once."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seedbed.core.documents import Document, File, Model, kind_of, load, loads
from seedbed.core.errors import DocumentError, Problem, Reason
from seedbed.core.words import nearest


class Ranged(Model):
    type: Literal["ranged"]
    range: tuple[float, float]
    typical: float | None = None


class Chosen(Model):
    type: Literal["chosen"]
    choices: dict[str, float]


class Described(Model):
    plain: int
    named: int = 3
    """What it
    means."""


class Inherited(Described):
    plain: int
    """Said later."""


class Sample(File):
    kind: ClassVar[str] = "sample/1"
    seedbed: Literal["sample/1"]
    name: str
    count: int = pydantic.Field(default=1, ge=1)
    day: datetime.date | None = None
    columns: dict[str, Annotated[Ranged | Chosen, pydantic.Field(discriminator="type")]] = {}


HEAD = "seedbed: sample/1\nname: x\n"


def problems(text: str) -> tuple[Problem, ...]:
    with pytest.raises(DocumentError) as caught:
        loads(text, Sample)
    return caught.value.problems


def test_values_keep_their_meaning() -> None:
    text = (
        HEAD
        + "count: 10_000_000\nday: 2025-01-31\ncolumns:\n  c: {type: chosen, choices: {NO: 1, 2024: 2, 12:30: 3}}\n"
    )
    value = loads(text, Sample).value
    assert value.count == 10_000_000
    assert value.day == datetime.date(2025, 1, 31)
    column = value.columns["c"]
    assert isinstance(column, Chosen)
    assert column.choices == {"NO": 1, "2024": 2, "12:30": 3}


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (HEAD + "nam: 3\n", 3, 1, "unknown key 'nam'"),
        ("seedbed: sample/1\n", 1, 1, "the key 'name' is missing"),
        (HEAD + "count: 0\n", 3, 8, "out of bounds; found 0; allowed: at least 1"),
        (HEAD + "count: 1.5\n", 3, 8, "must be a whole number; found 1.5"),
        (HEAD + "count: '3'\n", 3, 8, "must be a whole number; found '3'"),
        (HEAD + "count: true\n", 3, 8, "must be a whole number; found true"),
        (HEAD + "count: .inf\n", 3, 8, "numbers must be finite"),
        (HEAD + "count: .nan\n", 3, 8, "numbers must be finite"),
        (HEAD + "count: 1e999\n", 3, 8, "numbers must be finite"),
        (HEAD + f"count: {'9' * 5000}\n", 3, 8, "more than 40 digits"),
        (HEAD + "day: 2025-02-30\n", 3, 6, "no such date"),
        (HEAD + "day: tomorrow\n", 3, 6, "must be a date"),
        (HEAD + "name: y\n", 3, 1, "the key 'name' stands twice, first at line 2"),
        (HEAD + "columns: {a: {type: rangd, range: [0, 1]}}\n", 3, 21, "did you mean 'ranged'?"),
        (HEAD + "columns:\n  a: {type: ranged, range: [0, b]}\n", 4, 32, "must be a number; found 'b'"),
        (HEAD + "columns:\n  a: {type: ranged, range: 5}\n", 4, 28, "must be a list"),
        (HEAD + "columns:\n  a: {type: ranged, range: [0, 1], typicl: 1}\n", 4, 36, "did you mean 'typical'?"),
        (HEAD + "columns:\n  range: {type: ranged}\n", 4, 3, "the key 'range' is missing"),
        (HEAD + "columns: [1]\n", 3, 10, "must be a mapping"),
        ("a: &x [1]\nb: *x\n", 1, 4, "anchors"),
        ("a: 1\nb: *x\n", 2, 4, "aliases"),
        ("a: !!python/object:os.system x\n", 1, 4, "tags"),
        ("<<: {a: 1}\n", 1, 1, "merge keys"),
        ("[" * 60, 1, 51, "nested deeper than 50"),
        ("a: [1, 2\n", 2, 1, "not valid YAML"),
        ("a: 1\n---\nb: 2\n", 2, 1, "one document per file"),
        ("{a: 1}: 2\n", 1, 1, "must be plain text"),
        ("a: \x00\n", 1, 4, "not valid YAML"),
        ("", 1, 1, "empty"),
        ("- 1\n", 1, 1, "not a Seedbed file"),
        ("name: x\n", 1, 1, "the first key must say"),
        ("seedbed: sample/2\n", 1, 10, "another kind of file; found 'sample/2'; allowed: seedbed: sample/1"),
        ("a: '" + "x" * (1 << 20) + "'\n", 1, 1, "too large"),
    ],
)
def test_each_problem_has_its_place(text: str, line: int, column: int, words: str) -> None:
    found = problems(text)
    assert [(p.line, p.column) for p in found if words in str(p)] == [(line, column)], [str(p) for p in found]


def test_all_problems_at_once() -> None:
    text = (
        "seedbed: sample/1\ncount: x\nnam: y\nday: 2025-13-01\ncolumns: {a: {type: b}, c: {type: ranged, range: [1]}}\n"
    )
    assert len(problems(text)) == 6


def test_semantic_problems_are_located() -> None:
    document = loads(HEAD + "columns:\n  a: {type: chosen, choices: {x: 1}}\n", Sample)
    found = document.problems()
    found.raise_if_any()
    found.add(("columns", "a", "choices", "x"), "no", found="xy", near=["xyz", "q"], at_value=True)
    with pytest.raises(DocumentError, match=r":4:34: columns.a.choices.x: no; found 'xy'; .*did you mean 'xyz'"):
        found.raise_if_any()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("absent.yaml", None, "no such file"),
        ("latin.yaml", "name: caf\xe9\n".encode("latin-1"), ":1:10: not UTF-8"),
        ("large.yaml", b"a" * ((1 << 20) + 1), "too large"),
    ],
)
def test_unreadable_files(tmp_path: Path, name: str, content: bytes | None, words: str) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DocumentError, match=words):
        load(tmp_path / name, Sample)


def test_a_misspelt_file_name_gets_a_suggestion(tmp_path: Path) -> None:
    (tmp_path / "grocery.yaml").write_text(HEAD)
    with pytest.raises(DocumentError, match="did you mean 'grocery.yaml'"):
        load(tmp_path / "grocry.yaml", Sample)


def test_a_byte_order_mark_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "bom.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + HEAD.encode())
    document: Document[Sample] = load(path, Sample)
    assert document.value.name == "x"
    assert kind_of(path) == "sample/1"


@given(st.text(max_size=200))
def test_any_text_is_refused_or_read_but_never_crashes(text: str) -> None:
    try:
        loads(text, Sample)
    except DocumentError as error:
        assert error.problems
        assert all(problem.line >= 1 and problem.column >= 1 for problem in error.problems)
        assert all(isinstance(problem.reason, Reason) for problem in error.problems)


def test_nearest_needs_likeness() -> None:
    assert nearest("quantty", ["quantity", "price"]) == "quantity"
    assert nearest("Quantity", ["quantity"]) == "quantity"
    assert nearest("zzz", ["quantity"]) is None


def test_the_text_under_a_field_is_its_description() -> None:
    properties = Inherited.model_json_schema()["properties"]
    assert properties["named"]["description"] == "What it\nmeans."
    assert properties["plain"]["description"] == "Said later."
    assert "description" not in Described.model_json_schema()["properties"]["plain"]
