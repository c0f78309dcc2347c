"""Labels that are likely wrong, the likeliest first, so that a person looks at a few and not at all.

Scores after ObjectLab (Tkachenko, Thyagarajan and Mueller 2023, "ObjectLab: automated diagnosis of mislabeled images in
object detection data"): every suspicion compares what a detector is sure of with what the label says.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.training.judging.mistakes import iou
from seedbed.training.labelling.detector import Found

Array = NDArray[np.float64]
KINDS = ("missing", "spurious", "class", "box")
"""A thing without a label; a label without a thing; a label of another class; a box that lies badly."""
_SAME = 0.5
"""Intersection over union from which a detection is of a labelled thing."""
_TOUCHES = 0.1


@dataclass(frozen=True)
class Suspicion:
    """One thing to look at.

    Attributes:
        kind: of `KINDS`.
        score: 0 to 1, more is likelier wrong.
        box: left, top, right, bottom in pixels: of the label, or of the detection where a label is missing.
        label: place among the picture's labels; None where one is missing.
        named: class the label has, or None.
        seen: class the detector sees, or None.
        proposed: box the detector sees, or None.
    """

    kind: str
    score: float
    box: tuple[float, float, float, float]
    label: int | None
    named: int | None
    seen: int | None
    proposed: tuple[float, float, float, float] | None


def suspicions(boxes: Array, classes: Sequence[int], found: Found, threshold: float) -> list[Suspicion]:
    """What is suspicious about the labels of a picture; at most one suspicion per label and per detection.

    A missing label is as likely as the detector is sure of a thing that no label touches much. A label is spurious the
    less anything is detected on it, at whatever score; of the wrong class by how much surer the detector is of another
    class there; badly placed by the part of the detected box it misses, as far as the detector is sure.

    Args:
        boxes: (N, 4) labelled boxes in pixels.
        classes: (N,) their classes.
        found: detections, low ones too.
        threshold: the working threshold.

    Returns:
        Suspicions, likeliest first; labels that are well explained have low scores.
    """
    boxes = np.asarray(boxes, float).reshape(-1, 4)
    kinds = np.asarray(classes, int)
    overlaps = iou(found.boxes.reshape(-1, 4), boxes) if len(found.boxes) else np.zeros((0, len(boxes)))
    sure = _sure(found.scores, threshold)
    told: list[Suspicion] = []
    for i, box in enumerate(boxes):
        over = overlaps[:, i] if len(overlaps) else np.zeros(0)
        same = found.classes == kinds[i]
        right = float((sure * over * same).max(initial=0.0))
        near = over >= _SAME
        other = np.where(near & ~same, sure, 0.0)
        best = int(np.argmax(over * sure)) if len(over) else None
        rival = int(np.argmax(other)) if len(other) else None
        own = float(np.where(near & same, sure, 0.0).max(initial=0.0))
        scores = {
            "spurious": 1.0 - float((over * (0.3 + 0.7 * sure)).max(initial=0.0)) ** 0.5,
            "class": 0.0 if rival is None else max(0.0, float(other[rival]) - own),
            "box": 0.0,
        }
        if best is not None and over[best] >= _TOUCHES and found.classes[best] == kinds[i]:
            scores["box"] = float(sure[best]) * (1 - float(over[best]))
        kind = max(scores, key=lambda name: scores[name])
        pick = rival if kind == "class" else best
        told.append(
            Suspicion(
                kind,
                round(min(1.0, scores[kind]) * (1 - 0.5 * right), 6),
                _tuple(box),
                i,
                int(kinds[i]),
                int(found.classes[pick]) if pick is not None and over[pick] >= _TOUCHES else None,
                _tuple(found.boxes[pick]) if pick is not None and over[pick] >= _TOUCHES else None,
            )
        )
    taken: list[Array] = []
    for j in np.argsort(-found.scores, kind="stable"):
        touched = float(overlaps[j].max(initial=0.0)) if overlaps.size else 0.0
        box = found.boxes[j]
        if found.scores[j] < threshold or touched >= _SAME:
            continue
        if taken and float(iou(box[None], np.stack(taken)).max()) >= _SAME:
            continue
        taken.append(box)
        told.append(
            Suspicion(
                "missing",
                round(float(sure[j]) * (1 - touched), 6),
                _tuple(box),
                None,
                None,
                int(found.classes[j]),
                _tuple(box),
            )
        )
    return sorted(told, key=lambda each: -each.score)


def _sure(scores: Array, threshold: float) -> Array:
    """Confidence on a scale on which the working threshold is a half: detectors differ in how high they score."""
    low = 0.5 * scores / max(threshold, 1e-9)
    high = 0.5 + 0.5 * (scores - threshold) / max(1 - threshold, 1e-9)
    return np.asarray(np.where(scores < threshold, low, high))


def _tuple(box: Array) -> tuple[float, float, float, float]:
    left, top, right, bottom = (round(float(value), 2) for value in box)
    return left, top, right, bottom
