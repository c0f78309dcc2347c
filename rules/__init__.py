"""What a client writes: the rule book, its models, its checks and its expressions.

Names are loaded when first used, so that importing the room costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.rules.book import Book, Table
    from seedbed.rules.checks import check_book, load_book, notes
    from seedbed.rules.columns import Column
    from seedbed.rules.expectations import Expectation
    from seedbed.rules.expressions import Expression, ExpressionError
    from seedbed.rules.library import pack, packs
    from seedbed.rules.measures import Measure, Measured, MeasureError, Measurer, measured, shown_number
    from seedbed.rules.parts import Part, bindings, identities, parts_of, size_words
    from seedbed.rules.periods import Period
    from seedbed.rules.schema import book_schema
    from seedbed.rules.sources import IdFormat

_HOMES = {
    "Book": "book",
    "Table": "book",
    "Period": "periods",
    "IdFormat": "sources",
    "Column": "columns",
    "Expression": "expressions",
    "ExpressionError": "expressions",
    "Expectation": "expectations",
    "Measure": "measures",
    "MeasureError": "measures",
    "Measured": "measures",
    "Measurer": "measures",
    "measured": "measures",
    "shown_number": "measures",
    "book_schema": "schema",
    "check_book": "checks",
    "load_book": "checks",
    "notes": "checks",
    "Part": "parts",
    "bindings": "parts",
    "identities": "parts",
    "parts_of": "parts",
    "size_words": "parts",
    "pack": "library",
    "packs": "library",
}

__all__ = [
    "Book",
    "Column",
    "Expectation",
    "Expression",
    "ExpressionError",
    "IdFormat",
    "Measure",
    "MeasureError",
    "Measured",
    "Measurer",
    "Part",
    "Period",
    "Table",
    "bindings",
    "book_schema",
    "check_book",
    "identities",
    "load_book",
    "measured",
    "notes",
    "pack",
    "packs",
    "parts_of",
    "shown_number",
    "size_words",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
