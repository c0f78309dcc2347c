"""Seedbed: grows the first dataset of a project that has no history.

The verbs of the command line are functions: `from seedbed import generate, render, train, validate`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.cli.validating import validate as validate
    from seedbed.generators import generate as generate
    from seedbed.scenes import render as render
    from seedbed.training import train as train

__version__ = "0.1.0"
__all__ = ["__version__", "generate", "render", "train", "validate"]

_ROOMS = {
    "generate": "seedbed.generators",
    "render": "seedbed.scenes",
    "train": "seedbed.training",
    "validate": "seedbed.cli.validating",
}


def __getattr__(name: str) -> Any:
    # Verbs load their room when first used: tables need no PyBullet, and `seedbed --help` needs nothing.
    if name in _ROOMS:
        from importlib import import_module

        return getattr(import_module(_ROOMS[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
