"""Grammar of expressions: client text -> SQL that polars may see, or the place where it goes wrong.

Only what this parser understands reaches polars, written anew: identifiers quoted, functions from the list, whole
numbers 64 bits wide, division by zero missing. So sub-queries, statements, comments, windows and file readers have no
way in, and a syntax error has a position, which polars does not give.

    expression := and (OR and)*            and := not (AND not)*           not := NOT not | comparison
    comparison := sum [operator sum | IS [NOT] (NULL|TRUE|FALSE) | [NOT] BETWEEN sum AND sum | [NOT] IN (list)
                       | [NOT] (LIKE|ILIKE) text | (~|!~) text]
    sum := product ((+|-|'||') product)*   product := sign ((*|/|//|%) sign)*   sign := (-|+) sign | value
    value := number | text | TRUE | FALSE | NULL | DATE text | TIMESTAMP text | INTERVAL text | CASE ... END
             | CAST(expression AS type) | EXTRACT(part FROM expression) | function(list) | path | (expression)
"""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass, field

from seedbed.core.words import nearest_hint
from seedbed.rules.functions import FUNCTIONS, REFUSED
from seedbed.rules.tokens import ExpressionError, Token, tokens

MOST_DEPTH = 16

TYPES = {
    **dict.fromkeys(("integer", "int", "bigint"), "BIGINT"),
    **dict.fromkeys(("number", "double", "float", "real", "decimal", "numeric"), "DOUBLE"),
    **dict.fromkeys(("text", "varchar", "string"), "VARCHAR"),
    **dict.fromkeys(("boolean", "bool"), "BOOLEAN"),
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "datetime": "TIMESTAMP",
}
PARTS = ("year", "quarter", "month", "week", "day", "dow", "isodow", "doy", "hour", "minute", "second")
RESERVED = frozenset(
    "and or not is null true false between in like ilike case when then else end".split()  # noqa: SIM905
)
_STATEMENTS = frozenset(
    "select insert update delete create drop copy attach pragma set with union explain install export import".split()  # noqa: SIM905
)
_INTERVAL = re.compile(
    r"-?\d{1,9} *(microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)s?"
    r"( +-?\d{1,9} *(microsecond|millisecond|second|minute|hour|day|week|month|quarter|year)s?)*",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Parsed:
    """A checked expression.

    Attributes:
        sql: what polars gets.
        columns: each column path used, with the offset of its first use.
    """

    sql: str
    columns: dict[str, int] = field(default_factory=dict)


def parse(text: str) -> Parsed:
    """Checks an expression and writes it anew for polars.

    Args:
        text: what the client wrote.

    Returns:
        The SQL and the columns it uses.

    Raises:
        ExpressionError: the text is not one row-wise expression of the grammar.
    """
    return _Parser(tokens(text), len(text)).whole()


class _Parser:
    def __init__(self, tokens: list[Token], end: int) -> None:
        self._tokens = [*tokens, Token("end", "", end)]
        self._next = 0
        self._depth = 0
        self._columns: dict[str, int] = {}

    @property
    def _now(self) -> Token:
        return self._tokens[self._next]

    @property
    def _after(self) -> Token:
        return self._tokens[min(self._next + 1, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._now
        self._next += 1
        return token

    def _is(self, *words: str) -> bool:
        return self._now.word in words and bool(self._now.word)

    def _skip(self, *words: str) -> bool:
        if self._is(*words):
            self._next += 1
            return True
        return False

    def _need(self, word: str, why: str) -> None:
        if not self._skip(word):
            raise self._unexpected(f"{word.upper()!r} {why}")

    def _unexpected(self, wanted: str) -> ExpressionError:
        token = self._now
        if token.kind == "end":
            return ExpressionError(f"the expression ends too early: expected {wanted}", token.at)
        if token.text == ";":
            return ExpressionError("one expression only: a second statement is refused", token.at, ";")
        if token.word in _STATEMENTS:
            return ExpressionError("sub-queries and statements are refused", token.at, token.text)
        if token.word == "over":
            words = "windows look at other rows; a formula sees one row and its parents"
            return ExpressionError(words, token.at, token.text)
        hints = {
            "::": "write cast(x as type)",
            "**": "write power(x, y)",
            "^": "write power(x, y)",
            "as": "leave it out",
        }
        return ExpressionError(f"expected {wanted}", token.at, token.text, hints.get(token.word, ""))

    def whole(self) -> Parsed:
        sql = self._expression()
        if self._now.kind != "end":
            if self._is("=", "==", "<>", "!=", "<", "<=", ">", ">=", "is", "in", "like", "ilike", "between"):
                words = "comparisons do not chain: join them with 'and', or use parentheses"
                raise ExpressionError(words, self._now.at, self._now.text)
            raise self._unexpected("an operator or the end")
        return Parsed(sql, self._columns)

    def _expression(self) -> str:
        self._depth += 1
        if self._depth > MOST_DEPTH:
            raise ExpressionError("nested too deeply", self._now.at, allowed=f"at most {MOST_DEPTH} levels")
        sql = self._chain(lambda: self._chain(self._not, "and"), "or")
        self._depth -= 1
        return sql

    def _chain(self, part: object, *words: str) -> str:
        assert callable(part)
        sql: list[str] = [part()]
        while self._is(*words):
            sql.append(self._take().text.upper())
            sql.append(part())
        return " ".join(sql)

    def _not(self) -> str:
        negations = 0
        while self._skip("not"):
            negations += 1
        sql = self._comparison()
        return f"NOT {sql}" if negations % 2 else sql

    def _comparison(self) -> str:
        left = self._sum()
        if self._is("=", "==", "<>", "!=", "<", "<=", ">", ">="):
            operator = {"==": "=", "!=": "<>"}.get(self._now.word, self._now.word)
            at = self._take().at
            if left == "NULL" or self._is("null"):
                words = "a comparison with null never holds"
                raise ExpressionError(words, at, operator, "is null, is not null")
            return f"{left} {operator} {self._sum()}"
        if self._skip("is"):
            negated = " NOT" if self._skip("not") else ""
            if self._skip("null"):
                return f"{left} IS{negated} NULL"
            if not self._is("true", "false"):
                raise self._unexpected("NULL, TRUE or FALSE after IS")
            # polars leaves `null IS TRUE` missing, where SQL says false.
            wanted = self._take().word == "true"
            sql = f"COALESCE({left}, {'FALSE' if wanted else 'TRUE'})"
            return f"(NOT {sql})" if wanted == bool(negated) else sql
        if self._is("~", "!~"):
            operator = self._take().text
            return f"{left} {operator} {self._pattern('a pattern in quotes', regex=True)}"
        negated = "NOT " if self._skip("not") else ""
        if self._skip("between"):
            low = self._sum()
            self._need("and", "between the two bounds")
            return f"{left} {negated}BETWEEN {low} AND {self._sum()}"
        if self._skip("in"):
            return f"{left} {negated}IN ({', '.join(self._list('IN'))})"
        if self._is("like", "ilike"):
            operator = self._take().text.upper()
            return f"{left} {negated}{operator} {self._pattern('a pattern in quotes')}"
        if negated:
            raise self._unexpected("BETWEEN, IN, LIKE or ILIKE after NOT")
        return left

    def _pattern(self, wanted: str, regex: bool = False) -> str:
        token = self._now
        if token.kind != "text":
            raise self._unexpected(wanted)
        if regex:
            try:
                re.compile(_unquoted(token.text))
            except re.error as error:
                raise ExpressionError(f"not a regular expression: {error.msg}", token.at, token.text) from None
        return self._take().text

    def _sum(self) -> str:
        return self._chain(self._product, "+", "-", "||")

    def _product(self) -> str:
        sql = self._sign()
        while self._is("*", "/", "//", "%"):
            operator = self._take().text
            right = self._sign()
            literal = re.fullmatch(r"[0-9.e]*[1-9][0-9.e]*", right)
            # Division by zero is a missing value, in every type and also inside conditions.
            divisor = right if literal or operator == "*" else f"NULLIF({right}, 0)"
            sql = f"FLOOR({sql} / {divisor})" if operator == "//" else f"{sql} {operator} {divisor}"
        return sql

    def _sign(self) -> str:
        negative = False
        while self._is("-", "+"):
            negative ^= self._take().text == "-"
        return f"- {self._value()}" if negative else self._value()

    def _value(self) -> str:
        token = self._now
        if token.kind == "number":
            self._take()
            if re.fullmatch(r"\d+", token.text):
                if int(token.text) >= 2**63:
                    raise ExpressionError("the number is too large", token.at, token.text, "below 2^63")
                return token.text
            # With an exponent polars reads a float; without, a decimal with arithmetic of its own.
            return token.text if "e" in token.text.lower() else f"{token.text}e0"
        if token.kind == "text":
            return self._take().text
        if token.kind == "quoted" or (token.kind == "word" and token.word not in RESERVED):
            return self._named()
        if self._is("true", "false", "null"):
            return self._take().text.upper()
        if self._is("case"):
            return self._case()
        if self._skip("("):
            sql = self._expression()
            if self._is(","):
                raise ExpressionError("a list stands only after IN", self._now.at, ",")
            self._need(")", "to close the parenthesis")
            return f"({sql})"
        raise self._unexpected("a value")

    def _named(self) -> str:
        token, after = self._now, self._after
        if token.kind == "word":
            if token.word in {"date", "timestamp", "interval"} and after.kind == "text":
                return self._moment()
            if after.text == "(":
                if token.word in {"cast", "try_cast"}:
                    return self._cast()
                if token.word == "extract":
                    return self._extract()
                return self._call()
            if token.word in _STATEMENTS and (after.kind in {"word", "number", "text", "quoted"} or after.text == "*"):
                raise self._unexpected("a value")
            if REFUSED.get(token.word, "").startswith("gives") and after.text != ".":
                raise ExpressionError(f"{token.word!r} {REFUSED[token.word]}", token.at, token.text)
        return self._path()

    def _path(self) -> str:
        start = self._now.at
        names = [self._name()]
        while self._is(".") and self._after.kind in {"word", "quoted"}:
            self._take()
            names.append(self._name())
        path = ".".join(names)
        self._columns.setdefault(path, start)
        return f'"{path}"'

    def _name(self) -> str:
        token = self._take()
        name = token.text.strip('"')
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            words = "not a column's name; text stands in single quotes"
            raise ExpressionError(words, token.at, token.text)
        return name

    def _moment(self) -> str:
        kind, text = self._take().word, self._take()
        value = _unquoted(text.text)
        try:
            if kind == "date":
                value = dt.date.fromisoformat(value).isoformat()
            elif kind == "timestamp":
                if dt.datetime.fromisoformat(value).tzinfo is not None:
                    raise ValueError
                value = dt.datetime.fromisoformat(value).isoformat(" ")
            elif not _INTERVAL.fullmatch(value.strip()):
                raise ValueError
        except ValueError:
            allowed = {"date": "date '2025-01-31'", "timestamp": "timestamp '2025-01-31 08:00:00'"}
            words = f"not {'an' if kind == 'interval' else 'a'} {kind}"
            raise ExpressionError(words, text.at, text.text, allowed.get(kind, "interval '90 minutes'")) from None
        return f"{kind.upper()} '{value}'"

    def _case(self) -> str:
        self._take()
        self._depth += 1
        sql = ["CASE"]
        if not self._is("when"):
            sql.append(self._expression())
        self._need("when", "after CASE")
        while True:
            condition = self._expression()
            self._need("then", "after the condition of WHEN")
            sql += ["WHEN", condition, "THEN", wide(self._expression())]
            if not self._skip("when"):
                break
        if self._skip("else"):
            sql += ["ELSE", wide(self._expression())]
        self._need("end", "to close CASE")
        self._depth -= 1
        return " ".join([*sql, "END"])

    def _cast(self) -> str:
        self._take()
        self._take()
        sql = self._expression()
        self._need("as", "and a type inside CAST")
        token = self._take()
        if token.word not in TYPES:
            raise ExpressionError("unknown type", token.at, token.text, "", ("integer", "number", *TYPES))
        self._need(")", "to close CAST")
        # A value that cannot be converted is missing; an error would stop the whole run at one row.
        return f"TRY_CAST({sql} AS {TYPES[token.word]})"

    def _extract(self) -> str:
        self._take()
        self._take()
        token = self._take()
        if token.word not in PARTS:
            raise ExpressionError("unknown part of a date", token.at, token.text, "", PARTS)
        self._need("from", "after the part")
        sql = self._expression()
        self._need(")", "to close EXTRACT")
        return f"CAST(EXTRACT({token.word.upper()} FROM {sql}) AS BIGINT)"

    def _call(self) -> str:
        token = self._take()
        name = token.word
        function = FUNCTIONS.get(name)
        if function is None:
            if name in REFUSED:
                raise ExpressionError(f"{name!r} {REFUSED[name]}", token.at, token.text)
            words = f"unknown function {name!r}{nearest_hint(name, FUNCTIONS)}"
            raise ExpressionError(words, token.at, "", "row-wise functions: " + ", ".join(sorted(FUNCTIONS)))
        first = self._next + 1
        arguments = self._list(name, empty=function.least == 0)
        count = len(arguments)
        if count < function.least or (function.most is not None and count > function.most):
            need = str(function.least) if function.most == function.least else f"{function.least} to {function.most}"
            need = f"at least {function.least}" if function.most is None else need
            raise ExpressionError(f"{name!r} takes {need} arguments, found {count}", token.at, token.text)
        if name == "replace":
            self._bounded_replace(first, arguments)
        if name == "if":
            arguments[1:] = map(wide, arguments[1:])
        if not function.emit:
            return f"{name.upper()}({', '.join(arguments)})"
        return function.emit.format(*arguments, all=", ".join(arguments))

    def _bounded_replace(self, first: int, arguments: list[str]) -> None:
        """Nested growing replacements would multiply the text without end."""
        old, new = arguments[1], arguments[2]
        literal = all(re.fullmatch(r"'(?:[^']|'')*'", part) for part in (old, new))
        if not literal or len(_unquoted(new)) > max(len(_unquoted(old)), 1) or not _unquoted(old):
            words = "'replace' takes two texts in quotes, the second not longer than the first"
            raise ExpressionError(words, self._tokens[first].at)

    def _list(self, of: str, empty: bool = False) -> list[str]:
        self._need("(", f"after {of}")
        if empty and self._skip(")"):
            return []
        if self._is("*"):
            raise ExpressionError("'*' names no column", self._now.at, "*")
        parts = [self._expression()]
        while self._skip(","):
            parts.append(self._expression())
        self._need(")", f"to close the list of {of}")
        return parts


def wide(sql: str) -> str:
    """A branch's whole number as 64 bits: polars takes 32 where every branch is a literal, which then wraps around."""
    return f"CAST({sql} AS BIGINT)" if re.fullmatch(r"(- )?\d+", sql) else sql


def _unquoted(text: str) -> str:
    return text[1:-1].replace("''", "'")
