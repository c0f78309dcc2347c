"""A measure's text as a parser gets it, and the way back from a place in it to the text."""

from __future__ import annotations

import bisect
import functools

from seedbed.rules.locked import parser
from seedbed.rules.tokens import ExpressionError, Token, tokens

MOST_TEXT = 4000
MOST_DEPTH = 16
_START = "SELECT "


class Spelled:
    """A text as DuckDB's parser gets it: the words that SQL keeps for itself are quoted where they are names.

    Raises:
        ExpressionError: what need not reach any parser.
    """

    def __init__(self, text: str) -> None:
        if len(text) > MOST_TEXT:
            raise ExpressionError("the measure is too long", MOST_TEXT, allowed=f"at most {MOST_TEXT} characters")
        pieces = tokens(text)
        depth, written, length = 0, [_START], len(_START)
        self._starts, self._ats = [0], [0]
        for index, token in enumerate(pieces):
            if token.text == ";":
                raise ExpressionError("a measure is one expression, without ';'", token.at, ";")
            depth += (token.text == "(") - (token.text == ")")
            if depth > MOST_DEPTH:
                raise ExpressionError("too many brackets inside brackets", token.at, allowed=f"at most {MOST_DEPTH}")
            before = pieces[index - 1].word if index else ""
            after = pieces[index + 1] if index + 1 < len(pieces) else None
            spaced = index and pieces[index - 1].at + len(pieces[index - 1].text) < token.at
            word = f'"{token.text}"' if _is_name(token.word, before, after) else token.text
            written.append(" " * bool(spaced) + word)
            self._starts.append(length + bool(spaced))
            self._ats.append(token.at)
            length += len(written[-1])
        self.sql = "".join(written)

    def character(self, at: int) -> int:
        """Character of the text at a byte of the statement."""
        place = len(self.sql.encode()[:at].decode(errors="ignore"))
        index = bisect.bisect_right(self._starts, place) - 1
        return self._ats[index]


def _is_name(word: str, before: str, after: Token | None) -> bool:
    """Whether a word of SQL's own stands where only the name of a column or table can."""
    following = after.word if after else ""
    if not word.isidentifier() or following == "(":
        return False
    if before == "." or following == ".":
        return True
    if word in _LEADS:
        return following not in _LEADS[word] and not (word == "limit" and after and after.kind == "number")
    return word in _reserved() and word not in _GRAMMAR


_LEADS = {"order": ("by",), "group": ("by",), "limit": (), "desc": (")", ",", "nulls", "limit"), "asc": (")", ",")}
_LEADS |= dict.fromkeys(("left", "semi", "anti", "inner"), ("join", "outer")) | {"at": ("time",)}
_GRAMMAR = frozenset(
    """select from where having join outer on using by and or not is null true false between in like ilike case when
    then else end distinct all any some exists cast as union except intersect with cross natural asof""".split()  # noqa: SIM905
)


@functools.lru_cache(maxsize=1)
def _reserved() -> frozenset[str]:
    """Words that DuckDB does not take as a column's name."""
    kept = "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category IN ('reserved', 'type_function')"
    return frozenset(row[0] for row in parser().execute(kept).fetchall())
