"""Weights on disk: a state that goes on bit for bit, and the best ones."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

import torch
from ultralytics.nn.tasks import load_checkpoint
from ultralytics.utils.torch_utils import strip_optimizer, unwrap_model

from seedbed.core.errors import DataError, Reason

STATE = "state.pt"


def packed(trainer: Any) -> bytes:
    """All that a trainer needs to go on after the epoch it is in.

    Args:
        trainer: a `trainer.Run`.
    """
    buffer = io.BytesIO()
    torch.save(
        {
            "epoch": trainer.epoch + 1,
            "model": unwrap_model(trainer.model).state_dict(),
            "ema": trainer.ema.ema.state_dict(),
            "updates": trainer.ema.updates,
            "optimizer": trainer.optimizer.state_dict(),
            "best_fitness": trainer.best_fitness,
            "used": torch.from_numpy(trainer.ledger.used),
            "stopper": dict(trainer.stopper.__dict__),
            "stopped": bool(trainer.stop),
            "generator": torch.get_rng_state(),
        },
        buffer,
    )
    return buffer.getvalue()


def unpack(trainer: Any, state: dict[str, Any]) -> None:
    """Puts a trainer that has been set up where `packed` left it.

    Args:
        trainer: a `trainer.Run`.
        state: from `load_state`.
    """
    unwrap_model(trainer.model).load_state_dict(state["model"])
    trainer.ema.ema.load_state_dict(state["ema"])
    trainer.ema.updates = state["updates"]
    trainer.optimizer.load_state_dict(state["optimizer"])
    trainer.best_fitness = state["best_fitness"]
    trainer.stopper.__dict__.update(state["stopper"])
    trainer.start_epoch = int(state["epoch"])
    trainer.ledger.used = state["used"].numpy()
    torch.set_rng_state(state["generator"])
    head = unwrap_model(trainer.model)
    if getattr(head.model[-1], "one2one_cv2", None) is not None:
        # Heads with two branches weigh their losses by epoch; the weighing is not part of the state.
        head.criterion = head.init_criterion()
        head.criterion.updates = trainer.start_epoch - 1
        head.criterion.update()


def load_state(weights: Path) -> dict[str, Any] | None:
    """The state of a run that was interrupted or has ended, or None.

    Raises:
        DataError: it is there and cannot be read.
    """
    path = weights / STATE
    if not path.exists():
        return None
    try:
        state: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise DataError(
            "the state of the run cannot be read",
            reason=Reason.DAMAGED,
            where=path,
            found=error,
            repair="delete the run's folder and train again",
        ) from None
    return state


def finish(weights: Path) -> None:
    """Lightens `best.pt` and `last.pt`: what only a resumed run would need goes."""
    for name in ("last.pt", "best.pt"):
        path = weights / name
        if path.exists():
            temporary = path.with_name(f".tmp~{name}")
            strip_optimizer(path, temporary)
            os.replace(temporary, path)


def load_best(weights: Path) -> Any:
    """The best weights of a run as a model ready to judge.

    Args:
        weights: folder of `best.pt`.

    Returns:
        A DetectionModel, float32, convolutions and normalisations fused.
    """
    model, _ = load_checkpoint(weights / "best.pt")
    return model.float().fuse(verbose=False).eval()
