"""DuckDB with nothing to reach: no files, settings, extensions or Python objects, bounded memory."""

from __future__ import annotations

import functools
from typing import Any

DATA = "the data"
"""A DuckDB file that is measured."""


@functools.lru_cache(maxsize=1)
def parser() -> Any:
    """A connection that only parses."""
    return locked(memory_mb=64, threads=1)


def locked(*, memory_mb: int, threads: int, files: tuple[str, ...] = (), database: str | None = None) -> Any:
    """A DuckDB that reads nothing but what is named here and cannot be set otherwise any more.

    Args:
        memory_mb: what it may use.
        threads: what it may use.
        files: paths that our own views read.
        database: a DuckDB file, attached as `DATA` for reading only.
    """
    import duckdb

    connection = duckdb.connect(":memory:", config={"threads": threads, "memory_limit": f"{memory_mb}MB"})
    if database is not None:
        connection.execute(f'ATTACH {text_literal(database)} AS "{DATA}" (READ_ONLY)')
    names = "[" + ", ".join(map(text_literal, files)) + "]"
    for setting in (
        "python_enable_replacements=false",
        "enable_progress_bar=false",
        "autoload_known_extensions=false",
        "autoinstall_known_extensions=false",
        "temp_directory=''",
        "preserve_insertion_order=false",
        f"allowed_paths={names}",
        "enable_external_access=false",
        "lock_configuration=true",
    ):
        connection.execute(f"SET {setting}")
    return connection


def text_literal(text: str) -> str:
    """A text as SQL writes it."""
    return "'" + text.replace("'", "''") + "'"
