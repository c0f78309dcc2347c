"""Expressions of numbers and truth values alone, as trees that can be computed without a database's engine.

Most formulas of a book are of this kind: sums, products and quotients, comparisons, `and`, `or`, `not`, `is null`, and
whether a category is a text. What else there is in the grammar of `syntax` has no tree.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from seedbed.rules.syntax import RESERVED
from seedbed.rules.tokens import Token, tokens

Tree = tuple[object, ...]
"""One of: ("column", path), ("number", number), ("text", text), ("is null", tree), ("not", tree), and (operator, left,
right), the operator being + - * / = <> < <= > >= and or."""

_COMPARISONS = {"=": "=", "==": "=", "<>": "<>", "!=": "<>", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class _Other(Exception):
    """The expression is of another kind."""


@lru_cache(maxsize=4096)
def tree_of(text: str) -> Tree | None:
    """The tree of an expression.

    Args:
        text: what `syntax.parse` lets through.

    Returns:
        The tree; None where it has none.
    """
    try:
        return _Reader(tokens(text)).whole()
    except _Other:
        return None


class _Reader:
    def __init__(self, tokens: list[Token]) -> None:
        self._tokens = tokens
        self._next = 0

    def whole(self) -> Tree:
        tree = self._any()
        if self._next < len(self._tokens):
            raise _Other
        return tree

    @property
    def _word(self) -> str:
        return self._tokens[self._next].word if self._next < len(self._tokens) else ""

    def _take(self) -> Token:
        if self._next == len(self._tokens):
            raise _Other
        self._next += 1
        return self._tokens[self._next - 1]

    def _skip(self, *words: str) -> str:
        word = self._word
        if word and word in words:
            self._next += 1
            return word
        return ""

    def _chain(self, part: Callable[[], Tree], *operators: str) -> Tree:
        tree = part()
        while operator := self._skip(*operators):
            tree = _joined(operator, tree, part())
        return tree

    def _any(self) -> Tree:
        return self._chain(lambda: self._chain(self._not, "and"), "or")

    def _not(self) -> Tree:
        negations = 0
        while self._skip("not"):
            negations += 1
        tree = self._comparison()
        return ("not", tree) if negations % 2 else tree

    def _comparison(self) -> Tree:
        left = self._sum()
        if operator := self._skip(*_COMPARISONS):
            return _joined(_COMPARISONS[operator], left, self._sum())
        if self._skip("is"):
            negated = bool(self._skip("not"))
            if not self._skip("null") or left[0] != "column":
                raise _Other
            return ("not", ("is null", left)) if negated else ("is null", left)
        return left

    def _sum(self) -> Tree:
        return self._chain(lambda: self._chain(self._sign, "*", "/"), "+", "-")

    def _sign(self) -> Tree:
        negative = False
        while sign := self._skip("-", "+"):
            negative ^= sign == "-"
        tree = self._value()
        if not negative:
            return tree
        if tree[0] == "number":
            # Of a number with a sign polars makes a number of another width.
            raise _Other
        return ("-", ("number", 0), tree)

    def _value(self) -> Tree:
        token = self._take()
        if token.kind == "number":
            return ("number", int(token.text) if token.text.isdigit() else float(token.text))
        if token.kind == "text":
            return ("text", token.text[1:-1].replace("''", "'"))
        if token.word == "(":
            tree = self._any()
            if not self._skip(")"):
                raise _Other
            return tree
        if token.kind == "quoted" or (token.kind == "word" and token.word not in RESERVED):
            return self._path(token)
        raise _Other

    def _path(self, token: Token) -> Tree:
        names = [token.text.strip('"')]
        while self._skip("."):
            names.append(self._take().text.strip('"'))
        if self._word == "(" or (self._next < len(self._tokens) and self._tokens[self._next].kind == "text"):
            raise _Other  # a function, or a moment such as date '2025-01-31'
        return ("column", ".".join(names))


def _joined(operator: str, left: Tree, right: Tree) -> Tree:
    kinds = {left[0], right[0]}
    if kinds <= {"number", "text"}:
        raise _Other  # polars folds constants, in widths of its own
    if operator in {"+", "-"} and any(part[0] == "number" and part[1] == 0 for part in (left, right)):
        raise _Other  # polars leaves the other side as it is, -0.0 too
    if "text" in kinds and (operator not in {"=", "<>"} or "column" not in kinds):
        raise _Other
    return (operator, left, right)
