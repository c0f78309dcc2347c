"""Rule book -> tables: every value a pure function of (book, seed, row)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.generators.curves import Curves, calendar_curves
    from seedbed.generators.edges import remarks
    from seedbed.generators.samples import Sample, measure_samples, sample_book
    from seedbed.generators.tables import Format, Generated, generate

_HOMES = {
    "Curves": "curves",
    "Format": "tables",
    "Generated": "tables",
    "Sample": "samples",
    "calendar_curves": "curves",
    "generate": "tables",
    "measure_samples": "samples",
    "remarks": "edges",
    "sample_book": "samples",
}

__all__ = [
    "Curves",
    "Format",
    "Generated",
    "Sample",
    "calendar_curves",
    "generate",
    "measure_samples",
    "remarks",
    "sample_book",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
