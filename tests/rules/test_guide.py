"""Every example of the guide works, and its reference is what the models say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from seedbed.rules import load_book
from seedbed.rules.reference import book_reference

GUIDE = Path(__file__).resolve().parents[2] / "docs" / "rule-books.md"
TEXT = GUIDE.read_text(encoding="utf-8")
BASE, *EXAMPLES = re.findall(r"```yaml\n(.*?)```", TEXT, re.DOTALL)


def whole(example: str) -> str:
    """The guide's small book with an example in its place."""
    first = example.split(":", 1)[0]
    if first == "tables":
        return BASE + example.partition("\n")[2]
    if first in {"expect", "scenarios", "faults", "notify"}:
        return BASE + example
    return BASE + "".join(f"      {line}\n" for line in example.splitlines())


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.split("\n")[0][:40])
def test_an_example_is_right(example: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from seedbed.generators.compiler import compile_plan
    from seedbed.generators.plans import resolve

    monkeypatch.setenv("SEEDBED_WEBHOOK", "json://127.0.0.1:1/")
    path = tmp_path / "book.yaml"
    path.write_text(whole(example), encoding="utf-8")
    for table in compile_plan(resolve(load_book(path), {})).values():
        block = table.block(0, min(table.rows, 500))
        for column in table.columns:
            assert len(block.get(column)) == len(block)


def test_the_reference_is_what_the_models_say() -> None:
    assert TEXT.endswith(book_reference()), "run: make guide"
