"""The second job of a rule book: guarding real data.

Names are loaded when first used, so that importing the room costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.rules.guard.batches import Batch, Breach, Judged
    from seedbed.rules.guard.codes import Code, Severity
    from seedbed.rules.guard.flow import Validated, validate
    from seedbed.rules.guard.judge import Judge
    from seedbed.rules.guard.known import Known
    from seedbed.rules.guard.profiles import Profile, summaries

_HOMES = {
    "Batch": "batches",
    "Breach": "batches",
    "Judged": "batches",
    "Code": "codes",
    "Severity": "codes",
    "Judge": "judge",
    "Known": "known",
    "Profile": "profiles",
    "summaries": "profiles",
    "Validated": "flow",
    "validate": "flow",
}

__all__ = [
    "Batch",
    "Breach",
    "Code",
    "Judge",
    "Judged",
    "Known",
    "Profile",
    "Severity",
    "Validated",
    "summaries",
    "validate",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
    globals()[name] = value
    return value
