"""Names in a rule book: how they are spelt, and the known one nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from seedbed.core.documents import nearest

NAME = r"^[A-Za-z_][A-Za-z0-9_]{0,62}$"
Name = Annotated[str, Field(pattern=NAME)]
"""A table's or column's name: usable unquoted in formulas, file names and databases."""


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing where no known name is alike."""
    close = nearest(name, known)
    return f"; did you mean {close!r}?" if close else ""
