"""Checks of the expressions in a book: syntax, names, circles, and whether they run and give what the column holds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from seedbed.core.documents import Document, Problems
from seedbed.core.errors import DataError
from seedbed.core.words import nearest
from seedbed.rules.book import Book
from seedbed.rules.column_types import ReferenceColumn
from seedbed.rules.expressions import Expression, ExpressionError
from seedbed.rules.parts import row_sources
from seedbed.rules.places import add_at
from seedbed.rules.scope import (
    MOST_STEPS,
    Kind,
    circles,
    dtype_of,
    expressions_of,
    first_steps,
    kind_of,
    resolve,
    visible,
)

Loc = tuple[str | int, ...]

_EXAMPLES: dict[Kind, object] = {
    "integer": 3,
    "number": 2.5,
    "text": "a",
    "boolean": True,
    "date": dt.date(2025, 3, 1),
    "datetime": dt.datetime(2025, 3, 1, 9, 30),
}
_FITS: dict[Kind, tuple[Kind, ...]] = {
    "integer": ("integer", "number"),
    "number": ("integer", "number"),
    "text": ("text",),
    "boolean": ("boolean",),
    "date": ("date",),
    "datetime": ("datetime",),
}


def check_formulas(document: Document[Book], problems: Problems) -> None:
    """Adds the problems of every formula, `when` and `if` of a book.

    Args:
        document: the book, its types checked.
        problems: where they go.
    """
    book = document.value
    for table_name, table in book.tables.items():
        for name, column in table.columns.items():
            here: Loc = ("tables", table_name, "columns", name)
            for place, words, condition in expressions_of(column):
                check = _Check(document, table_name, (*here, *place), problems)
                check.run(words, "boolean" if condition else kind_of(book, column), condition)
        for index, constraint in enumerate(table.constraints):
            place = ("tables", table_name, "constraints", index, "check")
            _Check(document, table_name, place, problems).run(constraint.check, "boolean", True)
        for scope, place, count in row_sources(table):
            for below, words, _ in expressions_of(count) if scope in book.tables else ():
                _Check(document, scope, ("tables", table_name, *place, *below), problems).run(words, "boolean", True)
        _check_circles(book, table_name, problems)


def check_condition(document: Document[Book], table: str, loc: Loc, text: str, problems: Problems) -> None:
    """Adds the problems of a condition that stands outside the tables.

    Args:
        document: the book, its types checked.
        table: whose rows it looks at.
        loc: its place in the file.
        text: the condition.
        problems: where they go.
    """
    _Check(document, table, loc, problems).run(text, "boolean", condition=True)


class _Check:
    """One expression at one place."""

    def __init__(self, document: Document[Book], table: str, loc: Loc, problems: Problems) -> None:
        self._document = document
        self._book = document.value
        self._table = table
        self._loc = loc
        self._problems = problems

    def run(self, text: str, wanted: Kind | None, condition: bool) -> None:
        try:
            expression = Expression.parse(text)
        except ExpressionError as error:
            self._add(text, error.offset, error.message, error.found, error.allowed, error.near)
            return
        known = True
        for path, offset in expression.offsets.items():
            known &= self._check_path(text, path, offset)
        if known:
            self._check_values(expression, wanted, condition)

    def _add(
        self, text: str, offset: int, message: str, found: str = "", allowed: str = "", near: Iterable[str] = ()
    ) -> None:
        """Adds a problem at a character of the expression."""
        add_at(self._document, self._problems, self._loc, text, ExpressionError(message, offset, found, allowed, near))

    def _check_path(self, text: str, path: str, offset: int) -> bool:
        seen = resolve(self._book, self._table, path) if path.count(".") <= MOST_STEPS else None
        if seen is not None:
            keyed = self._book.tables.get(seen.column.to) if isinstance(seen.column, ReferenceColumn) else None
            if keyed is None or not keyed.key or keyed.id_column is not None:
                return True
            words = f"{path!r} has no value of its own: it leads to a table without an id"
            self._add(text, offset, words, "", ", ".join(f"{path}.{name}" for name in keyed.key))
            return False
        names = list(visible(self._book, self._table))
        table = self._book.tables[self._table]
        first, _, rest = path.partition(".")
        words = "unknown column"
        leads = [name for name, reference in table.references.items() if reference.to == first]
        if rest and first in table.columns and first not in table.references:
            words = f"{first!r} is no reference, so it has no columns of its own"
        elif rest and first not in table.columns and leads:
            words = f"{first!r} is a table; this row reaches it through its column {leads[0]!r}"
            self._add(text, offset, words, "", f"{leads[0]}.{rest}")
            return False
        elif rest and first in table.references:
            if table.references[first].to not in self._book.tables:
                return False  # the reference itself is reported
            near = [name for name in names if name.startswith(f"{first}.")]
            self._add(text, offset, words, path, "", near)
            return False
        elif ends := [name for name in names if name.endswith(f".{path}")]:
            words = f"{path!r} is a column of a parent, reached by the reference column"
            self._add(text, offset, words, "", ", ".join(ends))
            return False
        elif nearest(path, names) is None and not rest:
            words += " (text stands in single quotes)"
        self._add(text, offset, words, path, "", names)
        return False

    def _check_values(self, expression: Expression, wanted: Kind | None, condition: bool) -> None:
        """Runs the expression on two rows: one of example values, one of nothing but missing ones."""
        import polars as pl

        kinds: dict[str, Kind] = {}
        for path in expression.columns:
            seen = resolve(self._book, self._table, path)
            kind = None if seen is None else kind_of(self._book, seen.column)
            if kind is None:
                return  # a problem of that column, reported there
            kinds[path] = kind
        frame = pl.DataFrame(
            {path: pl.Series([_EXAMPLES[kind], None], dtype=dtype_of(kind)) for path, kind in kinds.items()}
            or {"": pl.Series([0, 0])}
        )
        used = ", ".join(f"{path} is {_article(kind)}" for path, kind in sorted(kinds.items()))
        try:
            dtype = expression.evaluate(frame).dtype
        except DataError as error:
            words = (str(error).partition("its values: ")[2] or str(error)).partition(" (")[0]
            hint = _HINTS[0][1] if "to a string value" in words else ""
            self._add(expression.text, 0, f"does not fit its columns: {words[:120]}", "", hint or used)
            return
        got = _kind_of_dtype(dtype)
        if wanted is None or got == "null" or got in _FITS[wanted]:
            return
        if condition:
            words = f"a {'check' if self._loc[-1] == 'check' else 'condition'} is true or false"
        else:
            words = f"the formula does not give {_article(wanted)}"
        allowed = _REPAIRS.get((got, wanted), "")
        self._add(expression.text, 0, words, f"{_article(got)}", allowed)


_HINTS = (("to a string value", "write a date as date '2025-01-31', a moment as timestamp '2025-01-31 08:00:00'"),)
_REPAIRS = {
    ("datetime", "date"): "cast(... as date)",
    ("date", "datetime"): "cast(... as timestamp)",
    ("integer", "text"): "cast(... as text)",
    ("number", "text"): "cast(... as text)",
    ("boolean", "integer"): "if(..., 1, 0)",
    ("boolean", "number"): "if(..., 1, 0)",
    ("duration", "integer"): "a number, such as year(a) - year(b)",
    ("integer", "boolean"): "a comparison, such as ... > 0",
    ("number", "boolean"): "a comparison, such as ... > 0",
    ("text", "boolean"): "a comparison, such as ... = 'yes'",
}


def _article(kind: str) -> str:
    words = {
        "integer": "a whole number",
        "number": "a number",
        "text": "text",
        "boolean": "true or false",
        "datetime": "a date and time",
        "duration": "a span of time",
    }
    return words.get(kind, f"a {kind}")


def _kind_of_dtype(dtype: object) -> str:
    import polars as pl

    if not isinstance(dtype, pl.DataType):
        return str(dtype)
    if dtype.is_integer():
        return "integer"
    if dtype.is_float() or dtype.is_decimal():
        return "number"
    names: dict[type[pl.DataType], str] = {
        pl.String: "text",
        pl.Boolean: "boolean",
        pl.Date: "date",
        pl.Datetime: "datetime",
        pl.Duration: "duration",
        pl.Null: "null",
    }
    return next((name for kind, name in names.items() if isinstance(dtype, kind)), str(dtype).lower())


def _check_circles(book: Book, table_name: str, problems: Problems) -> None:
    """Adds one problem for each circle of columns that need each other."""
    table = book.tables[table_name]
    wanted = {
        name: {first: place for first, place in first_steps(table, name, table_name).items() if first in table.columns}
        for name in table.columns
    }
    for circle in circles(wanted):
        following = circle[1] if len(circle) > 1 else circle[0]
        if len(circle) > 1:
            words = "columns need each other: " + " needs ".join([*circle, circle[0]])
        else:
            words = f"the column {circle[0]!r} needs itself"
        loc = ("tables", table_name, "columns", circle[0], *wanted[circle[0]][following])
        problems.add(loc, words, at_value=True)
