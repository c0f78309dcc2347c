"""The words of an expression, and the error that says where an expression goes wrong."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

MOST_TOKENS = 600
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<comment>--|/\*|\*/)"
    r"|(?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)"
    r"|(?P<word>[A-Za-z_][A-Za-z0-9_]*)"
    r"|(?P<text>'(?:[^']|'')*')"
    r"|(?P<quoted>\"[^\"]*\")"
    r"|(?P<operator><>|!=|==|<=|>=|\|\||//|!~|\*\*|::|[-+*/%=<>~(),.;^])"
)


class ExpressionError(ValueError):
    """An expression cannot be used.

    Attributes:
        message: what is wrong, in words.
        offset: characters from the start of the expression.
        found: the piece of text it is about.
        allowed: what would be right.
        near: known names for a suggestion.
    """

    def __init__(
        self, message: str, offset: int = 0, found: str = "", allowed: str = "", near: Iterable[str] = ()
    ) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset
        self.found = found
        self.allowed = allowed
        self.near = tuple(near)


@dataclass(frozen=True)
class Token:
    """A piece of the text: its kind, its text as written, and where it starts."""

    kind: str
    text: str
    at: int

    @property
    def word(self) -> str:
        """The text in lower case if it is an unquoted word or operator, else nothing."""
        return self.text.lower() if self.kind in {"word", "operator"} else ""


def tokens(text: str) -> list[Token]:
    """Splits an expression.

    Raises:
        ExpressionError: a character or quote that has no place in an expression, a comment, or too much text.
    """
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None:
            if text[at] in "'\"":
                raise ExpressionError("a quote is opened here and never closed", at, text[at : at + 20])
            raise ExpressionError("this character has no place in an expression", at, text[at])
        kind = match.lastgroup or ""
        if kind == "comment":
            raise ExpressionError(
                "comments are refused inside an expression", at, match[0], "a YAML comment (#) outside"
            )
        if kind != "space":
            found.append(Token(kind, match[0], at))
        at = match.end()
    if not found:
        raise ExpressionError("the expression is empty")
    if len(found) > MOST_TOKENS:
        raise ExpressionError(
            "the expression is too long", found[MOST_TOKENS].at, allowed=f"at most {MOST_TOKENS} words"
        )
    return found
