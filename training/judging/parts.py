"""Scores of parts of a test set: objects of a size, images of a place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.training.judging.evaluation import Record, scores
from seedbed.training.judging.mistakes import FOUND, iou, mistakes

SIZES: dict[str, tuple[float, float]] = {
    "tiny": (0, 16),
    "small": (16, 32),
    "medium": (32, 96),
    "large": (96, float("inf")),
}
"""Side of a square of the same area, in pixels of the image as the model sees it. The limits are COCO's, with tiny ones
told apart; COCO takes the pixels of the file, and a phone's twelve million make everything large."""


def by_size(
    records: Sequence[Record], names: Sequence[str], threshold: float, size: int
) -> dict[str, dict[str, float | int]]:
    """Scores per size of object.

    As in COCO's evaluation, an object of another size and a detection that lies on one are left out, and so is a
    detection on nothing that has another size itself.

    Args:
        records: of a set, from `evaluation.Judge`.
        names: class names.
        threshold: confidence from which a detection counts.
        size: pixels of the long side as the model sees it.

    Returns:
        Size -> `objects`, `mAP50`, `mAP50-95`, `found`, `missed`, `background`; only sizes that have objects.
    """
    sides = [_sides(record, size) for record in records]
    found = {}
    for name, (low, high) in SIZES.items():
        kept = [
            _only(record, (truth >= low) & (truth < high), (seen >= low) & (seen < high))
            for record, (truth, seen) in zip(records, sides, strict=True)
        ]
        if any(len(record["target_cls"]) for record in kept):
            found[name] = _told(kept, names, threshold)
    return found


def by_place(
    records: Sequence[Record], places: Sequence[str], names: Sequence[str], threshold: float
) -> dict[str, dict[str, float | int]]:
    """Scores per place.

    Args:
        records: of a set.
        places: of each image, as from `sets.places.places_of`; an empty name is of no place.
        names: class names.
        threshold: confidence from which a detection counts.

    Returns:
        Place -> `images` and what `by_size` gives; nothing where there are fewer than two places.
    """
    order = sorted(set(places) - {""})
    if len(order) < 2:
        return {}
    found = {}
    for place in order:
        mine = [record for record, own in zip(records, places, strict=True) if own == place]
        found[place] = {"images": len(mine), **_told(mine, names, threshold)}
    return found


def _told(records: Sequence[Record], names: Sequence[str], threshold: float) -> dict[str, float | int]:
    score, wrong = scores(records, names), mistakes(records, threshold)
    return {
        "objects": score.objects,
        "mAP50": round(score.map50, 5),
        "mAP50-95": round(score.map50_95, 5),
        "found": wrong.found,
        "missed": wrong.missed,
        "background": wrong.background,
    }


def _sides(record: Record, size: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Side of each object, and for each detection that of the object it lies on, or else its own; pixels."""
    scale = size / max(record["shape"])
    truth, boxes = (np.asarray(record[key], float).reshape(-1, 4) for key in ("truth", "boxes"))
    sides = _side(truth) * scale
    seen = _side(boxes) * scale
    for place, partner in enumerate(partners(record)):
        if partner >= 0:
            seen[place] = sides[partner]
    return sides, seen


def _side(boxes: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(np.sqrt(np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1)))


def partners(record: Record) -> NDArray[np.int64]:
    """The object each detection belongs to: (N,) indices, -1 for none.

    The pairs are those of Ultralytics' matching at IoU 0.5, best overlap first, so that every hit has its object; a
    second detection of an object belongs to it as well.
    """
    truth, boxes = (np.asarray(record[key], float).reshape(-1, 4) for key in ("truth", "boxes"))
    result = np.full(len(boxes), -1, dtype=np.int64)
    if not len(truth) or not len(boxes):
        return result
    overlaps = iou(boxes, truth) * (np.asarray(record["pred_cls"])[:, None] == np.asarray(record["target_cls"])[None])
    best = overlaps.argmax(axis=1)
    on = overlaps[np.arange(len(boxes)), best] >= FOUND
    result[on] = best[on]
    taken_boxes, taken_truth = set(), set()
    pairs = np.argwhere(overlaps >= FOUND)
    for box, target in pairs[np.argsort(-overlaps[pairs[:, 0], pairs[:, 1]], kind="stable")]:
        if box not in taken_boxes and target not in taken_truth:
            taken_boxes.add(box)
            taken_truth.add(target)
            result[box] = target
    return result


def _only(record: Record, objects: NDArray[np.bool_], detections: NDArray[np.bool_]) -> Record:
    kept: dict[str, Any] = dict(record)
    for key in ("tp", "tp_m", "conf", "pred_cls", "boxes"):
        if key in record:
            kept[key] = np.asarray(record[key])[detections]
    for key in ("target_cls", "truth"):
        kept[key] = np.asarray(record[key])[objects]
    kept["target_img"] = np.unique(kept["target_cls"])
    return kept
