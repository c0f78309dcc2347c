"""Ways to load a changed book."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.core.errors import DocumentError, Problem
from seedbed.rules import load_book


@pytest.fixture
def problems(tmp_path: Path) -> Callable[[str], list[Problem]]:
    """Writes a text as a book, loads it and returns its problems."""

    def load(text: str) -> list[Problem]:
        path = tmp_path / "book.yaml"
        path.write_text(text, encoding="utf-8")
        try:
            load_book(path)
        except DocumentError as error:
            return list(error.problems)
        return []

    return load
