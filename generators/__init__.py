"""Rule book -> tables: every value a pure function of (book, seed, row)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.generators.tables import Generated, generate

__all__ = ["Generated", "generate"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from seedbed.generators import tables

    return getattr(tables, name)
