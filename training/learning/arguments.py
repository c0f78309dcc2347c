"""What Ultralytics is told: every argument that shapes a run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch

from seedbed.training.learning.tasks import task_of
from seedbed.training.learning.together import Ranks
from seedbed.training.plan import Plan

LAST_RATE = 0.01
"""Part of the learning rate that is left at the end."""
WARM_UP = 0.1
"""Part of the epochs in which the learning rate rises. Ultralytics' three epochs would be a third of a short run."""


def arguments(plan: Plan, seed: int, model: str | Path, folder: Path, ranks: Ranks | None = None) -> dict[str, Any]:
    """Every argument that shapes the result, spelt out: a default of Ultralytics may change.

    Args:
        plan: what was asked for.
        seed: of the run.
        model: resolved model: a path of weights, or a description.
        folder: of the run.
        ranks: this process among those that learn together; alone without it.
    """
    return {
        "task": task_of(model),
        "mode": "train",
        "model": str(model),
        "data": "seedbed.yaml",
        "save_dir": str(folder),
        "exist_ok": True,
        "epochs": plan.epochs,
        "patience": plan.stop_after or plan.epochs + 1,
        "batch": plan.batch,
        "imgsz": plan.image_size,
        "workers": plan.workers,
        "seed": seed,
        "deterministic": True,
        "amp": False,
        "val": True,
        "save": True,
        "plots": False,
        "verbose": False,
        "cache": False,
        "rect": False,
        "optimizer": plan.optimizer,
        "lr0": plan.lr,
        "lrf": LAST_RATE,
        "cos_lr": False,
        "momentum": 0.9,
        "weight_decay": 0.0005,
        "nbs": plan.batch,
        "warmup_epochs": WARM_UP * plan.epochs,
        "warmup_momentum": 0.8,
        "warmup_bias_lr": 0.0,
        "close_mosaic": 0,
        "mosaic": 1.0,
        "mixup": 0.0,
        "cutmix": 0.0,
        "copy_paste": 0.0,
        "hsv_h": 0.015,
        "hsv_s": 0.7,
        "hsv_v": 0.4,
        "degrees": 0.0,
        "translate": 0.1,
        "scale": 0.5,
        "shear": 0.0,
        "perspective": 0.0,
        "flipud": 0.0,
        "fliplr": plan.flip,
        "multi_scale": 0.0,
        "max_det": 300,
        "device": str(ranks.rank if ranks else 0) if torch.cuda.is_available() else "cpu",
    }
