"""Checks that bound a column: once true they stay true as its value grows, or as it falls.

`ended > started` bounds `ended` from below and `started` from above. What a check says of one column, the rest of the
row being given, is read from its words: comparisons of sums in which the column stands alone or times a number, joined
by `and`, `or` and `not`. Formulas that it reads are followed. Everything else is left alone: it bounds nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import pairwise

from seedbed.rules.syntax import RESERVED
from seedbed.rules.tokens import Token, tokens

Direction = int | None
"""1: rises with the column, or stays true as it grows; -1: the opposite; 0: does not depend on it; None: unknown."""
_ORDER = {"<": -1, "<=": -1, ">": 1, ">=": 1}
_EQUAL = ("=", "==", "<>", "!=")


def parts_of(check: str) -> list[str]:
    """The conditions that a check joins by `and`, `x between a and b` as two of them.

    Args:
        check: what `syntax.parse` lets through.

    Returns:
        Texts that together hold where the check does; the check itself where it joins nothing, or by `or`.
    """
    words = tokens(check)
    ends = [*(token.at for token in words[1:]), len(check)]
    depth, between, cuts, ranged = 0, 0, [-1], dict[int, tuple[int, int]]()
    for place, token in enumerate(words):
        if token.word in {"(", "case"}:
            depth += 1
        elif token.word in {")", "end"}:
            depth -= 1
        elif depth == 0 and token.word == "or":
            return [check]
        elif depth == 0 and token.word == "between":
            between = place
        elif depth == 0 and token.word == "and":
            if between:
                ranged[len(cuts) - 1] = (between, place)
                between = 0
            else:
                cuts.append(place)
    cuts.append(len(words))

    def text(first: int, last: int) -> str:
        return check[words[first].at : ends[last - 1]].strip()

    found: list[str] = []
    for number, (before, after) in enumerate(pairwise(cuts)):
        first = before + 1
        if number in ranged and words[first].word != "not" and words[ranged[number][0] - 1].word != "not":
            middle, joint = ranged[number]
            value = text(first, middle)
            found += [f"{value} >= {text(middle + 1, joint)}", f"{value} <= {text(joint + 1, after)}"]
        elif words[first].word == "(" and _closing(words, first) == after - 1:
            found += parts_of(text(first + 1, after - 1))
        else:
            found.append(text(first, after))
    return found


def _closing(words: list[Token], place: int) -> int:
    depth = 0
    for here in range(place, len(words)):
        depth += {"(": 1, ")": -1}.get(words[here].word, 0)
        if depth == 0:
            return here
    return len(words)


def direction_of(text: str, column: str, tainted: Mapping[str, str | None]) -> Direction:
    """How an expression depends on a column.

    Args:
        text: what `syntax.parse` lets through.
        column: of the row.
        tainted: the columns of the row that follow from it, with the formula of those that are one.
    """
    return _Reader(tokens(text), column, tainted).whole()


class _Reader:
    def __init__(self, words: list[Token], column: str, tainted: Mapping[str, str | None]) -> None:
        self._words, self._column, self._tainted = words, column, tainted
        self._next = 0
        self._literal: float | None = None  # the number just read, where a factor is nothing else

    def whole(self) -> Direction:
        found = self._any()
        return found if self._next == len(self._words) else None

    @property
    def _word(self) -> str:
        return self._words[self._next].word if self._next < len(self._words) else ""

    def _skip(self, *words: str) -> str:
        word = self._word
        if word and word in words:
            self._next += 1
            return word
        return ""

    def _any(self) -> Direction:
        return self._chain(lambda: self._chain(self._not, "and"), "or")

    def _chain(self, part: Callable[[], Direction], *operators: str) -> Direction:
        found = part()
        while self._skip(*operators):
            found = _joined(found, part())
        return found

    def _not(self) -> Direction:
        negations = 0
        while self._skip("not"):
            negations += 1
        found = self._comparison()
        return _times(found, -1 if negations % 2 else 1)

    def _comparison(self) -> Direction:
        start = self._next
        left = self._sum()
        if operator := self._skip(*_ORDER, *_EQUAL):
            right = self._sum()
            if operator in _EQUAL:
                return 0 if left == right == 0 else None
            return _times(_joined(left, _times(right, -1)), _ORDER[operator])
        if self._skip("is"):
            alone = self._next - start == 2 and self._words[start].text.strip('"') == self._column
            self._skip("not")
            if not self._skip("null", "true", "false"):
                return None
            # Whether a value is missing has nothing to do with how great it is.
            return 0 if alone or left == 0 else None
        negated = bool(self._skip("not"))
        if self._skip("between"):
            low = self._sum()
            self._skip("and")
            return 0 if left == low == self._sum() == 0 else None
        if negated or self._word in {"in", "like", "ilike", "~", "!~"}:
            self._next += 1 if self._word in {"in", "like", "ilike", "~", "!~"} else 0
            listed = self._value()
            return 0 if left == listed == 0 else None
        return left

    def _sum(self) -> Direction:
        found = self._product()
        while operator := self._skip("+", "-", "||"):
            self._literal, left = None, found
            right = self._product()
            self._literal = None
            if operator == "||":
                found = 0 if left == right == 0 else None
            else:
                found = _joined(left, _times(right, 1 if operator == "+" else -1))
        return found

    def _product(self) -> Direction:
        found = self._sign()
        while operator := self._skip("*", "/", "//", "%"):
            factor, left = self._literal, found
            right = self._sign()
            if left == right == 0:
                found = 0
            elif operator == "*" and left == 0 and factor:
                found = _times(right, 1 if factor > 0 else -1)
            elif operator in {"*", "/"} and right == 0 and self._literal:
                found = _times(left, 1 if self._literal > 0 else -1)
            else:
                found = None
            self._literal = None
        return found

    def _sign(self) -> Direction:
        sign = 1
        while word := self._skip("-", "+"):
            sign = -sign if word == "-" else sign
        self._literal = None
        found = self._value()
        self._turn(sign)
        return _times(found, sign)

    def _turn(self, sign: int) -> None:
        if self._literal is not None:
            self._literal *= sign

    def _value(self) -> Direction:
        if self._next == len(self._words):
            return None
        token = self._words[self._next]
        self._next += 1
        after = self._words[self._next] if self._next < len(self._words) else None
        if token.kind == "number":
            self._literal = float(token.text)
            return 0
        if token.kind == "text" or token.word in {"null", "true", "false"}:
            return 0
        if token.word == "(":
            found = self._any()
            self._literal = None
            if self._word == ",":
                return self._rest(self._next - 1, found)
            return found if self._skip(")") else None
        if token.word == "case":
            return self._rest(self._next - 1, 0)
        if token.kind == "word" and after is not None and after.text == "(":
            self._next += 1
            return self._rest(self._next - 1, 0)
        if token.kind == "word" and after is not None and after.kind == "text":
            self._next += 1  # a moment such as date '2025-01-31'
            return 0
        if token.kind == "quoted" or (token.kind == "word" and token.word not in RESERVED):
            return self._path(token.text.strip('"'))
        return None

    def _rest(self, opened: int, found: Direction) -> Direction:
        """What stands in parentheses or between CASE and END: no matter what it does, it may not read the column."""
        depth, place = 1, self._next
        while place < len(self._words) and depth:
            depth += {"(": 1, "case": 1, ")": -1, "end": -1}.get(self._words[place].word, 0)
            place += 1
        inside = {token.text.strip('"') for token in self._words[opened:place]}
        self._next = place
        return 0 if found == 0 and not inside & {self._column, *self._tainted} else None

    def _path(self, name: str) -> Direction:
        steps = 1
        while self._skip("."):
            self._next += 1
            steps += 1
        if name == self._column and steps == 1:
            return 1
        if name not in self._tainted:
            return 0
        formula = self._tainted[name]
        # Rounding, too, only ever rises.
        return None if formula is None or steps > 1 else direction_of(formula, self._column, self._tainted)


def _joined(left: Direction, right: Direction) -> Direction:
    if left is None or right is None:
        return None
    return left or right if left * right >= 0 else None


def _times(found: Direction, sign: int) -> Direction:
    return None if found is None else found * sign
