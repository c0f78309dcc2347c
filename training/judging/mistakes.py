"""What a detector gets wrong at the threshold it will work with: mean average precision hides it.

Two models of the same average precision may differ by a thousand false boxes, since precision is averaged over all
thresholds down to nothing. Here one threshold is chosen on validation images, and every mistake above it has a name
(after Bolya et al. 2020, "TIDE").
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Record = dict[str, Any]
Array = NDArray[np.float64]

FOUND = 0.5
"""Intersection over union from which a detection is one of an object."""
NEAR = 0.1
"""Below it with every object, a detection is of the background."""
_LEAST = 0.05


@dataclass(frozen=True)
class Mistakes:
    """Detections of a set at a threshold.

    Attributes:
        threshold: confidence from which a detection counts.
        images: in the set.
        objects: labelled ones.
        found: objects that a detection of their class lies on.
        missed: the other objects.
        background: detections on nothing.
        duplicates: second detections of a found object.
        wrong_class: detections on an object of another class.
        misplaced: detections near an object, none lying on one well enough.
    """

    threshold: float
    images: int
    objects: int
    found: int
    missed: int
    background: int
    duplicates: int
    wrong_class: int
    misplaced: int

    @property
    def precision(self) -> float:
        """Share of detections that are right; 1 without any."""
        wrong = self.background + self.duplicates + self.wrong_class + self.misplaced
        return self.found / (self.found + wrong) if self.found + wrong else 1.0

    @property
    def recall(self) -> float:
        """Share of objects that are found; 1 without any."""
        return self.found / self.objects if self.objects else 1.0

    def to_json(self) -> dict[str, Any]:
        """For results.json."""
        return {**asdict(self), "precision": round(self.precision, 4), "recall": round(self.recall, 4)}


def working_threshold(records: Sequence[Record]) -> float:
    """The confidence with the best F1 over all classes.

    Args:
        records: of validation images, from `evaluation.Judge`.

    Returns:
        Halfway between the last detection that is kept and the first that is not, so that equal scores elsewhere fall
        on either side alike; 0.25 where nothing was found.
    """
    scores = np.concatenate([np.asarray(record["conf"], float) for record in records] or [np.zeros(0)])
    hits = np.concatenate([np.asarray(record["tp"])[:, 0] for record in records] or [np.zeros(0, bool)])
    objects = sum(len(record["target_cls"]) for record in records)
    kept = scores >= _LEAST
    scores, hits = scores[kept], hits[kept]
    if not hits.any():
        return 0.25
    order = np.argsort(-scores, kind="stable")
    right = np.cumsum(hits[order])
    f1 = 2 * right / (np.arange(1, len(order) + 1) + objects)
    best = int(np.argmax(f1))
    sorted_scores = scores[order]
    after = sorted_scores[best + 1] if best + 1 < len(order) else _LEAST
    return float((sorted_scores[best] + after) / 2)


def mistakes(records: Sequence[Record], threshold: float) -> Mistakes:
    """Counts a set's mistakes.

    Args:
        records: from `evaluation.Judge`, with `boxes` and `truth` in pixels.
        threshold: confidence from which a detection counts.
    """
    counts = {"found": 0, "background": 0, "duplicates": 0, "wrong_class": 0, "misplaced": 0}
    for record in records:
        for name in _named(record, threshold):
            counts[name] += 1
    objects = sum(len(record["target_cls"]) for record in records)
    return Mistakes(threshold, len(records), objects, missed=objects - counts["found"], **counts)


def _named(record: Record, threshold: float) -> list[str]:
    """What each detection of an image above the threshold is, most confident first."""
    scores = np.asarray(record["conf"], float)
    order = [int(i) for i in np.argsort(-scores, kind="stable") if scores[i] >= threshold]
    truth, kinds = np.asarray(record["truth"], float).reshape(-1, 4), np.asarray(record["target_cls"])
    overlaps = iou(np.asarray(record["boxes"], float).reshape(-1, 4), truth)
    taken: set[int] = set()
    names = []
    for i in order:
        same = kinds == record["pred_cls"][i]
        on = [int(j) for j in np.argsort(-overlaps[i]) if same[j] and overlaps[i, j] >= FOUND]
        free = next((j for j in on if j not in taken), None)
        if free is not None:
            taken.add(free)
            names.append("found")
        elif on:
            names.append("duplicates")
        elif (overlaps[i][~same] >= FOUND).any():
            names.append("wrong_class")
        else:
            names.append("misplaced" if (overlaps[i] >= NEAR).any() else "background")
    return names


def iou(one: Array, two: Array) -> Array:
    """Intersection over union of boxes (left, top, right, bottom), (N, 4) and (M, 4) to (N, M)."""
    low = np.maximum(one[:, None, :2], two[None, :, :2])
    high = np.minimum(one[:, None, 2:], two[None, :, 2:])
    inside = np.prod(np.clip(high - low, 0, None), axis=2)
    area = [np.prod(each[:, 2:] - each[:, :2], axis=1) for each in (one, two)]
    return np.asarray(inside / np.maximum(area[0][:, None] + area[1][None] - inside, 1e-12))
