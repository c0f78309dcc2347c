"""Where in a person's file a character of an expression stands."""

from __future__ import annotations

from typing import Any

from seedbed.core.documents import Document, Problems
from seedbed.core.errors import Reason
from seedbed.rules.tokens import ExpressionError

Loc = tuple[str | int, ...]


def add_at(document: Document[Any], problems: Problems, loc: Loc, text: str, error: ExpressionError) -> None:
    """Adds a problem at a character of an expression, where the file holds it as it is on one line; else in words.

    Args:
        document: the file.
        problems: where it goes.
        loc: path of the expression in the file.
        text: the expression.
        error: what is wrong and where in the text.
    """
    start = _start(document, loc, text)
    message = error.message
    if start is None and error.offset:
        message += f" (at character {error.offset + 1})"
    problems.add(
        loc,
        message,
        found=error.found or None,
        allowed=error.allowed or None,
        near=error.near,
        reason=Reason.UNKNOWN_NAME if error.near else Reason.INVALID,
        at_value=True,
        offset=0 if start is None else start + error.offset,
    )


def _start(document: Document[Any], loc: Loc, text: str) -> int | None:
    """Characters from where the value stands to where the expression starts; None if it is folded or escaped."""
    line, column = document.tree.value_position(loc)
    lines = document.text.split("\n")
    rest = lines[line - 1][column - 1 :] if line <= len(lines) else ""
    if rest.startswith(text):
        return 0
    quoted = rest[:1] in {'"', "'"} and rest[1:].startswith(text)
    return 1 if quoted else None
