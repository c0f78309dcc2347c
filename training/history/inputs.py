"""What a run was made from, small enough to keep with it and to hold against another run's."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.training.sets.gap import FEATURES, Panel, panel_of

if TYPE_CHECKING:
    from seedbed.training.sets.inspection import Inspection
    from seedbed.training.sets.labelled import Frame, LabelledSet
    from seedbed.training.sets.material import Sources

FILE = "inputs.json"
_PATHS = {"synthetic", "real", "about", "name", "seedbed", "places", "notify", "workers", "seeds", "export"}


def inputs_of(sources: Sources, inspection: Inspection) -> dict[str, Any]:
    """The fingerprint of a run's inputs, JSON-able.

    Args:
        sources: of the plan.
        inspection: of the same.

    Returns:
        `plan` (its keys without paths), `test` (digest of the real test images and labels), and for `real` and
        `synthetic`: images, boxes per class, median and spread of each feature of the gap panel.
    """
    plan = sources.plan.model_dump(mode="json", exclude_none=True)
    judged = sources.real if sources.real is not None else sources.synthetic
    body: dict[str, Any] = {
        "plan": {key: value for key, value in plan.items() if key not in _PATHS},
        "test": frames_digest(judged.split("test") if judged is not None else ()),
    }
    for name, given, panel in (
        ("real", sources.real, inspection.real),
        ("synthetic", sources.synthetic, inspection.synthetic),
    ):
        if given is not None:
            body[name] = _told(given, panel if panel is not None else panel_of(given, ("train",)))
    return body


def frames_digest(frames: Sequence[Frame]) -> str:
    """Hex digest of images' names, sizes and labels: two runs with the same one were judged alike."""
    hasher = hashlib.blake2b(digest_size=16)
    for frame in sorted(frames, key=lambda each: each.name):
        hasher.update(f"{frame.name}\0{frame.path.stat().st_size}\0".encode())
        hasher.update(frame.classes.tobytes() + frame.boxes.tobytes())
    return hasher.hexdigest()


def _told(given: LabelledSet, panel: Panel) -> dict[str, Any]:
    boxes = Counter(given.names[int(kind)] for frame in given.split("train") for kind in frame.classes)
    features = {}
    for feature in FEATURES:
        values = np.asarray(panel.values.get(feature.key, ()), dtype=float)
        if len(values):
            low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
            features[feature.key] = {"median": round(float(middle), 5), "spread": round(float(high - low), 5)}
    return {
        "digest": given.digest,
        "images": len(given.split("train")),
        "classes": {name: boxes[name] for name in given.names},
        "features": features,
    }


@dataclass(frozen=True)
class Change:
    """Something that differs between the inputs of two runs.

    Attributes:
        size: how much, comparable between changes; 1 is much.
        words: for people.
    """

    size: float
    words: str


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    """What changed from one run's inputs to another's, largest first.

    Counts are compared by the logarithm of their ratio (a doubling is .7), shares of classes by their difference times
    five, features by the move of their median over the wider of the two quartile ranges, plan keys count .6 each.

    Args:
        before: from `inputs_of`.
        after: likewise.
    """
    found: list[Change] = []
    for kind in ("real", "synthetic"):
        one, two = before.get(kind), after.get(kind)
        if one is None or two is None:
            if one is not two:
                found.append(Change(3.0, f"{kind} images: {'none before' if one is None else 'none any more'}"))
            continue
        found += _counts(f"{kind} training images", one["images"], two["images"])
        totals = [max(1, sum(each["classes"].values())) for each in (one, two)]
        for name in dict.fromkeys([*one["classes"], *two["classes"]]):
            counts = [each["classes"].get(name, 0) for each in (one, two)]
            found += _counts(f"{kind} labels of {name}", *counts)
            parts = [count / total for count, total in zip(counts, totals, strict=True)]
            if abs(parts[1] - parts[0]) >= 0.03:
                words = f"{name} among {kind} labels: {parts[0]:.0%} before, {parts[1]:.0%} now"
                found.append(Change(5 * abs(parts[1] - parts[0]), words))
        for feature in FEATURES:
            pair = [each["features"].get(feature.key) for each in (one, two)]
            if pair[0] is None or pair[1] is None:
                continue
            wide = max(pair[0]["spread"], pair[1]["spread"], 1e-6)
            moved = (pair[1]["median"] - pair[0]["median"]) / wide
            if abs(moved) >= 0.15:
                words = f"{feature.title} of {kind} images: {pair[0]['median']:.3g} before, {pair[1]['median']:.3g} now"
                found.append(Change(abs(moved), words))
    one, two = _flat(before["plan"]), _flat(after["plan"])
    for key in dict.fromkeys([*one, *two]):
        if key.partition(".")[0] in _PATHS:
            continue
        old, new = one.get(key), two.get(key)
        if old != new:
            found.append(Change(0.6, f"plan, {key}: {_short(old)} before, {_short(new)} now"))
    return sorted(found, key=lambda each: -each.size)


def _flat(plan: Mapping[str, Any], head: str = "") -> dict[str, Any]:
    """Keys of a plan with those of its parts: `share.start`."""
    flat: dict[str, Any] = {}
    for key, value in plan.items():
        flat |= _flat(value, f"{head}{key}.") if isinstance(value, Mapping) else {f"{head}{key}": value}
    return flat


def _counts(what: str, one: int, two: int) -> list[Change]:
    size = abs(float(np.log((two + 1) / (one + 1))))
    return [Change(size, f"{what}: {one:,} before, {two:,} now")] if size >= 0.05 else []


def _short(value: Any) -> str:
    words = "not said" if value is None else str(value)
    return words if len(words) <= 60 else words[:57] + "..."
