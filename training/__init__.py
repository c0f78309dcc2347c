"""Labelled frames, synthetic and real -> a detector; the share of synthetic frames falls inside one run.

Others use `train`, `compare_arms`, `export`, `keyframes`, `label`, `review`, `load_plan`, `check_plan`, `plan_schema`,
`packs`; the rest is this room's own business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.training.exporting.export import export as export
    from seedbed.training.judging.arms import compare_arms as compare_arms
    from seedbed.training.labelling.keyframes import keyframes as keyframes
    from seedbed.training.labelling.prelabels import label as label
    from seedbed.training.labelling.reviewing import review as review
    from seedbed.training.learning.epochs import read_history as read_history
    from seedbed.training.plan import Plan as Plan
    from seedbed.training.plan import check_plan as check_plan
    from seedbed.training.plan import load_plan as load_plan
    from seedbed.training.plan import packs as packs
    from seedbed.training.plan import plan_schema as plan_schema
    from seedbed.training.runs import SeedResult as SeedResult
    from seedbed.training.runs import TrainResult as TrainResult
    from seedbed.training.runs import train as train

_PLACES = {
    "Plan": "plan",
    "SeedResult": "runs",
    "TrainResult": "runs",
    "check_plan": "plan",
    "compare_arms": "judging.arms",
    "export": "exporting.export",
    "keyframes": "labelling.keyframes",
    "label": "labelling.prelabels",
    "load_plan": "plan",
    "packs": "plan",
    "plan_schema": "plan",
    "read_history": "learning.epochs",
    "review": "labelling.reviewing",
    "train": "runs",
}
__all__ = [
    "Plan",
    "SeedResult",
    "TrainResult",
    "check_plan",
    "compare_arms",
    "export",
    "keyframes",
    "label",
    "load_plan",
    "packs",
    "plan_schema",
    "read_history",
    "review",
    "train",
]


def __getattr__(name: str) -> Any:
    # torch and ultralytics take seconds to import: not before somebody trains.
    if name in _PLACES:
        from importlib import import_module

        return getattr(import_module(f"seedbed.training.{_PLACES[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
