"""Books that mean harm are refused, each with a place, and nothing happens."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_books import BASE, hostile

from seedbed.core.errors import DocumentError
from seedbed.rules import load_book

BOOKS = dict(hostile())


def test_there_are_two_hundred_and_the_base_is_right(tmp_path: Path) -> None:
    assert len(BOOKS) >= 200
    (tmp_path / "b.yaml").write_text(BASE)
    load_book(tmp_path / "b.yaml")


@pytest.mark.parametrize("name", BOOKS)
def test_refused_with_line_and_column(name: str, tmp_path: Path) -> None:
    path = tmp_path / "b.yaml"
    path.write_bytes(BOOKS[name])
    with pytest.raises(DocumentError) as caught:
        load_book(path)
    for problem in caught.value.problems:
        assert problem.line >= 1
        assert problem.column >= 1
        assert len(str(problem)) < 2_000
    assert [path.name for path in tmp_path.iterdir()] == ["b.yaml"]
