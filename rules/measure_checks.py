"""Checks of expectations: names that lead somewhere, measures that can run, columns that can be calibrated."""

from __future__ import annotations

from collections.abc import Mapping

from seedbed.core.documents import Document, Problems
from seedbed.core.errors import Reason
from seedbed.core.words import nearest
from seedbed.rules.book import Book
from seedbed.rules.columns import Unread
from seedbed.rules.distribution_names import shape_of
from seedbed.rules.expectations import Expectation
from seedbed.rules.measures import Measure, MeasureError, Measurer, WhereError
from seedbed.rules.places import Loc, add_at
from seedbed.rules.scope import UNREAD, kind_of, resolve, sources_of, visible
from seedbed.rules.sources import NumberRange
from seedbed.rules.statements import Piece
from seedbed.rules.tokens import ExpressionError

_WHOLE = tuple(f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE"))
_NUMBERS = (*_WHOLE, "INTEGER", "UINTEGER", "FLOAT", "DOUBLE", "DECIMAL", "BOOLEAN", '"NULL"', "NULL")


def check_expectations(document: Document[Book], problems: Problems) -> None:
    """Adds the problems of every expectation of a book.

    Args:
        document: the book, its types checked.
        problems: where they go.
    """
    book = document.value
    seen: set[str] = set()
    calibrated: dict[str, str] = {}
    expectations: tuple[Expectation | None, ...] = book.expect
    with Measurer.of_nothing(book) as measurer:
        for index, expectation in enumerate(expectations):
            if expectation is None:  # it could not be read and has its own problem
                continue
            if expectation.name in seen:
                problems.add(("expect", index, "name"), "two expectations have this name", at_value=True)
            seen.add(expectation.name)
            _Check(document, problems, measurer, ("expect", index)).run(expectation)
            column = _calibrated(book, expectation)
            if column is not None and (first := calibrated.setdefault(column, expectation.name)) != expectation.name:
                words = f"{column} is calibrated by {first!r} already: a column has one factor"
                problems.add(("expect", index, "calibrate"), words, at_value=True)


def _calibrated(book: Book, expectation: Expectation) -> str | None:
    """The column that follows an expectation, as `table.column`."""
    if expectation.of is None or expectation.calibrate is None:
        return None
    found = resolve(book, expectation.of, expectation.calibrate)
    return None if found is None else f"{found.table}.{found.name}"


class _Check:
    """One expectation."""

    def __init__(self, document: Document[Book], problems: Problems, measurer: Measurer, loc: Loc) -> None:
        self._document, self._problems = document, problems
        self._book = document.value
        self._measurer = measurer
        self._loc = loc

    def run(self, expectation: Expectation) -> None:
        of = expectation.of
        if of is not None and of not in self._book.tables:
            self._problems.add(
                (*self._loc, "of"),
                "unknown table",
                found=of,
                near=tuple(self._book.tables),
                reason=Reason.UNKNOWN_NAME,
                at_value=True,
            )
            return
        try:
            measure = Measure.parse(expectation.measure, of=of, where=expectation.where)
        except WhereError as error:
            self._add("where", expectation.where or "", error)
            return
        except ExpressionError as error:
            self._add("measure", expectation.measure, error)
            return
        if of is None:
            known = self._check_tables(expectation.measure, measure.measure)
        else:
            known = self._check_paths("measure", expectation.measure, of, measure.measure.columns)
            if measure.where is not None:
                known &= self._check_paths("where", expectation.where or "", of, measure.where.columns)
        if known:
            self._check_run(expectation, measure)
        if of is not None and expectation.calibrate is not None:
            self._check_calibrate(of, expectation.calibrate)

    def _add(self, key: str, text: str, error: ExpressionError) -> None:
        add_at(self._document, self._problems, (*self._loc, key), text, error)

    def _check_paths(self, key: str, text: str, of: str, columns: Mapping[str, int]) -> bool:
        known = True
        for path, offset in columns.items():
            found = resolve(self._book, of, path)
            if found is None:
                first, _, rest = path.partition(".")
                words, allowed = "unknown column", ""
                if first == of and rest and resolve(self._book, of, rest) is not None:
                    words, allowed = f"columns of {of!r} itself are named without it", rest
                near = () if allowed else tuple(visible(self._book, of))
                self._add(key, text, ExpressionError(words, offset, path, allowed, near))
            elif getattr(found.column, "hidden", False):
                words = "a hidden column is not written, so it cannot be measured"
                self._add(key, text, ExpressionError(words, offset, path, "leave 'hidden' out, or measure another"))
            known &= found is not None and kind_of(self._book, found.column) is not None
        return known

    def _check_tables(self, text: str, piece: Piece) -> bool:
        """Names of a measure that names its tables itself."""
        tables = self._book.tables
        near = (*tables,)
        for name, offset in piece.tables.items():
            if name not in tables:
                self._add("measure", text, ExpressionError("unknown table", offset, name, "", near))
        if not piece.tables:
            words = "a measure without 'of' names its tables in sub-queries"
            self._add("measure", text, ExpressionError(words, 0, "", "such as (select count(*) from sale)"))
        used = [tables[name] for name in piece.tables if name in tables]
        if len(used) < len(piece.tables) or not used:
            return False
        if any(UNREAD in table.columns for table in used):
            return False
        columns = {name for table in used for name in table.columns}
        for path, offset in piece.columns.items():
            *before, last = path.split(".")
            if len(before) > 1:
                words = "a path through references is known only with 'of'; here tables are joined by ON"
                self._add("measure", text, ExpressionError(words, offset, path))
                return False
            if before and before[0] not in {*piece.tables, *piece.names}:
                close = (*piece.tables, *sorted(piece.names))
                self._add("measure", text, ExpressionError("unknown table", offset, before[0], "", close))
                return False
            if last not in columns | piece.names:
                close = (*sorted(columns), *sorted(piece.names))
                self._add("measure", text, ExpressionError("unknown column", offset, last, "", close))
                return False
        return not any(isinstance(column, Unread) for table in used for column in table.columns.values())

    def _check_run(self, expectation: Expectation, measure: Measure) -> None:
        try:
            self._measurer.value(measure)
            kind = self._measurer.kind(measure)
        except MeasureError as error:
            self._add("measure", expectation.measure, ExpressionError(f"cannot be measured: {error.message[:160]}"))
            return
        if kind.partition("(")[0] not in _NUMBERS:
            words = "a measure gives a number"
            self._add("measure", expectation.measure, ExpressionError(words, 0, kind.lower(), "such as avg(...)"))

    def _check_calibrate(self, of: str, path: str) -> None:
        loc = (*self._loc, "calibrate")
        found = resolve(self._book, of, path)
        if found is None:
            near = [name for name in visible(self._book, of) if self._can_calibrate(of, name)]
            if nearest(path, near) is None:
                near = list(visible(self._book, of))
            self._problems.add(loc, "unknown column", found=path, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)
        elif not isinstance(found.column, Unread) and not self._can_calibrate(of, path):
            near = [name for name in visible(self._book, of) if self._can_calibrate(of, name)]
            words = "only a column of numbers with a 'typical' value can be calibrated"
            self._problems.add(loc, words, found=path, allowed=", ".join(near) or "none here has one", at_value=True)

    def _can_calibrate(self, of: str, path: str) -> bool:
        found = resolve(self._book, of, path)
        return found is not None and any(
            isinstance(source, NumberRange) and _moves(source) for _, source in sources_of(found.column)
        )


def _moves(source: NumberRange[float]) -> bool:
    """Whether a factor on the typical value changes what is drawn."""
    if source.distribution is not None:
        return shape_of(source.distribution).moves
    return source.typical is not None
