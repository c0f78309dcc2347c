"""Fixtures of the generators' tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from small_books import read, table_of

from seedbed.generators import generate


@pytest.fixture
def made(tmp_path: Path) -> Callable[..., pl.DataFrame]:
    """Generates a book of one table and reads it."""

    def make(columns: str, rows: int = 1000, **head: Any) -> pl.DataFrame:
        document = table_of(columns, rows, **head)
        root = tmp_path / document.digest
        generate(document, root)
        return read(root)

    return make
