"""Why a record is not accepted, or is accepted with a remark: stable names, one per kind of fault."""

from __future__ import annotations

from enum import StrEnum


class Severity(StrEnum):
    """What a broken rule means for its row."""

    REJECT = "reject"
    """The row goes to quarantine."""
    WARN = "warn"
    """The row is accepted; the report counts it."""


class Code(StrEnum):
    """Kinds of faults. The names are part of the reports' format: one may be added, none renamed."""

    # Records that could not be read: they never become a row.
    RAGGED_LINE = "ragged_line"
    UNCLOSED_QUOTE = "unclosed_quote"
    ENCODING = "encoding"
    NUL_BYTE = "nul_byte"
    TOO_LONG = "too_long"
    UNREADABLE = "unreadable"
    # Columns.
    UNKNOWN_COLUMN = "unknown_column"
    MISSING_COLUMN = "missing_column"
    # Values.
    WRONG_TYPE = "wrong_type"
    NOT_FINITE = "not_finite"
    MISSING = "missing"
    MISSING_WORD = "missing_word"
    OUT_OF_RANGE = "out_of_range"
    TOO_PRECISE = "too_precise"
    UNKNOWN_CHOICE = "unknown_choice"
    PATTERN = "pattern"
    NOT_UNIQUE = "not_unique"
    ORPHAN = "orphan"
    FORMULA = "formula"
    CASE = "case"
    CONSTRAINT = "constraint"
    NOT_IN_ORDER = "not_in_order"
    DEPENDENCY = "dependency"
    TYPO = "typo"
    # Tables as a whole.
    MISSING_TABLE = "missing_table"
    UNKNOWN_TABLE = "unknown_table"
    EMPTY = "empty"
    MISSING_SHARE = "missing_share"
    COUNT = "count"
    EXPECT = "expect"


UNREAD = frozenset(
    {Code.RAGGED_LINE, Code.UNCLOSED_QUOTE, Code.ENCODING, Code.NUL_BYTE, Code.TOO_LONG, Code.UNREADABLE}
)
"""Faults of records that never became a row."""

WORDS: dict[Code, str] = {
    Code.RAGGED_LINE: "wrong number of fields",
    Code.UNCLOSED_QUOTE: "a quote that is never closed",
    Code.ENCODING: "bytes that are no text in this encoding",
    Code.NUL_BYTE: "a NUL byte",
    Code.TOO_LONG: "a record too long to be one",
    Code.UNREADABLE: "cannot be read",
    Code.UNKNOWN_COLUMN: "a column the book does not know",
    Code.MISSING_COLUMN: "a column of the book is absent",
    Code.WRONG_TYPE: "not a value of the column's type",
    Code.NOT_FINITE: "not a number, or infinite",
    Code.MISSING: "no value",
    Code.MISSING_WORD: "a word for a missing value",
    Code.OUT_OF_RANGE: "outside the expected range",
    Code.TOO_PRECISE: "more decimal places than expected",
    Code.UNKNOWN_CHOICE: "not one of the choices",
    Code.PATTERN: "not of the expected form",
    Code.NOT_UNIQUE: "there already",
    Code.ORPHAN: "refers to a row that is not there",
    Code.FORMULA: "not what its formula gives",
    Code.CASE: "not what the case allows",
    Code.CONSTRAINT: "breaks a constraint",
    Code.NOT_IN_ORDER: "out of order",
    Code.DEPENDENCY: "differs from rows it should agree with",
    Code.TYPO: "perhaps a typo",
    Code.MISSING_TABLE: "a table of the book is absent",
    Code.UNKNOWN_TABLE: "a table the book does not know",
    Code.EMPTY: "no rows",
    Code.MISSING_SHARE: "missing more often than expected",
    Code.COUNT: "another count than expected",
    Code.EXPECT: "an expectation is not met",
}
"""What each code means, for titles and tables."""
