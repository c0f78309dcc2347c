"""The best weights of a run on the test sets, once, at its end."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from seedbed.core.files import write_atomic
from seedbed.training.folder import RESULTS
from seedbed.training.judging.evaluation import Judge, Record, Scores, mixed, scores
from seedbed.training.judging.mistakes import mistakes, working_threshold
from seedbed.training.judging.parts import by_place, by_size
from seedbed.training.judging.records import FILE, save_records
from seedbed.training.judging.uncertainty import interval_of
from seedbed.training.learning.checkpoints import load_best
from seedbed.training.learning.epochs import read_history
from seedbed.training.plan import Plan, SetName
from seedbed.training.sets.inspection import FEW
from seedbed.training.sets.labelled import Frame
from seedbed.training.sets.material import Material, chosen
from seedbed.training.sets.places import places_of

SHOWN = 12
"""Images whose detections are kept for people to look at."""
LEAST_SCORE = 0.1
"""Detections below it are not kept for people."""


def judge(plan: Plan, seed: int, material: Material, folder: Path) -> None:
    """Judges the best weights of a run: results.json, records.npz, predictions.json, weights/threshold.json.

    Args:
        plan: of the run.
        seed: of the run.
        material: its frames.
        folder: of the run.
    """
    model = load_best(folder / "weights")
    arguments = evaluation_arguments(plan, folder, model.task)
    rows = read_history(folder / "epochs.csv")
    best = max((int(row["epoch"]) for row in rows if row["best"] == "1"), default=len(rows))
    shares = plan.mixed_shares(np.array([float(row["asked_share"]) for row in rows]))
    share = float(shares[best - 1]) if rows else 0.0

    def judge_of(frames: Sequence[Frame]) -> Judge:
        stride = max(int(model.stride.max()), 32)
        return Judge(frames, material.names, plan.image_size, arguments, stride=stride, batch=32, folder=folder)

    judges = {
        name: judge_of(frames)
        for name, frames in material.test.items()
        if name in material.judged or "mixed" in material.judged
    }
    chosen_by = next(iter(material.val))
    validation = judge_of(material.val[chosen_by]).records(model)
    threshold = working_threshold(validation)
    records = {name: judge.records(model) for name, judge in judges.items()}
    test: dict[SetName, Scores] = {
        name: scores(each, material.names) for name, each in records.items() if name in material.judged
    }
    if "mixed" in material.judged and {"real", "synthetic"} <= set(records):
        test["mixed"] = scores(mixed(records["real"], records["synthetic"], share, seed), material.names)
    first = "real" if "real" in judges else "synthetic"
    if first in records:
        save_records(folder / FILE, records[first], judges[first].frames)
    write_atomic(folder / "weights" / "threshold.json", json.dumps({"threshold": round(threshold, 4)}).encode() + b"\n")
    shown = _shown(first, judges[first].frames, records[first], material.names, seed) if first in judges else []
    write_atomic(folder / "predictions.json", json.dumps(shown, ensure_ascii=False).encode() + b"\n")

    def parts(name: SetName) -> dict[str, Any]:
        if name == "mixed":
            return {}
        places = places_of(judges[name].frames, material.places if name == "real" else None)
        return {
            "sizes": by_size(records[name], material.names, threshold, plan.image_size),
            "places": by_place(records[name], places, material.names, threshold),
        }

    body = {
        "seed": seed,
        "best_epoch": best,
        "chosen_by": chosen_by,
        "threshold": round(threshold, 4),
        "share_of_mixed": share,
        "images_seen": len(rows) * plan.images_per_epoch,
        "learnt_from": {"synthetic": len(material.synthetic), "real": len(material.real)},
        "validation": {key: float(value) for key, value in rows[best - 1].items() if "/mAP" in key} if rows else {},
        **({"validation_interval": interval_of(validation, material.names, seed)} if len(validation) < FEW else {}),
        "test": {name: each.to_json() | parts(name) for name, each in test.items()},
        "mistakes": {name: mistakes(each, threshold).to_json() for name, each in records.items()},
    }
    write_atomic(folder / RESULTS, json.dumps(body, indent=2, ensure_ascii=False).encode() + b"\n")


def evaluation_arguments(plan: Plan, folder: Path, task: str) -> Any:
    """Ultralytics' arguments for judging a model of a plan."""
    from ultralytics.cfg import get_cfg

    return get_cfg(overrides={"task": task, "imgsz": plan.image_size, "plots": False, "save_dir": str(folder)})


def _shown(
    name: str, frames: Sequence[Frame], records: Sequence[Record], names: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Detections and labels of a few frames, in pixels of the file: left, top, right, bottom."""
    by_path = {frame.path: record for frame, record in zip(frames, records, strict=True)}
    shown = []
    for frame in chosen(sorted(frames, key=lambda each: each.name), SHOWN, seed, "shown"):
        record = by_path[frame.path]
        height, width = record["shape"]
        keep = [i for i, score in enumerate(record["conf"]) if score >= LEAST_SCORE]
        truth = []
        for c, (x, y, w, h) in zip(frame.classes, frame.boxes.tolist(), strict=True):
            box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
            truth.append({"class": names[int(c)], "box": [round(value, 2) for value in box]})
        shown.append(
            {
                "image": str(frame.path.resolve()),
                "set": name,
                "width": int(width),
                "height": int(height),
                "boxes": [[round(float(value), 2) for value in record["boxes"][i]] for i in keep],
                "classes": [names[int(record["pred_cls"][i])] for i in keep],
                "scores": [round(float(record["conf"][i]), 4) for i in keep],
                "truth": truth,
            }
        )
    return shown
