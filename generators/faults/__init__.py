"""Faults: the rows of a table as they would arrive, and the truth about what was planted in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.generators.faults.alignment import arrived, planted
    from seedbed.generators.faults.compiler import compile_faults
    from seedbed.generators.faults.writing import Planter

_HOMES = {"Planter": "writing", "arrived": "alignment", "compile_faults": "compiler", "planted": "alignment"}

__all__ = ["Planter", "arrived", "compile_faults", "planted"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
