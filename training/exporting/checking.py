"""An exported model beside the one it came from: the same test images, the same scoring, size and time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from seedbed.training.exporting.int8 import inputs
from seedbed.training.judging.evaluation import Judge, scores
from seedbed.training.learning import offline
from seedbed.training.sets.folders import Frame

TIMED = 40
WARM = 5


@dataclass(frozen=True)
class Checked:
    """A model on a test set.

    Attributes:
        images: judged.
        map50: as `Scores`.
        map50_95: likewise.
        megabytes: of its files.
        milliseconds: for one image on one core, the median, the network alone.
    """

    images: int
    map50: float
    map50_95: float
    megabytes: float
    milliseconds: float

    def to_json(self) -> dict[str, float | int]:
        """For export.json."""
        return {
            "images": self.images,
            "mAP50": round(self.map50, 5),
            "mAP50-95": round(self.map50_95, 5),
            "megabytes": round(self.megabytes, 3),
            "milliseconds": round(self.milliseconds, 3),
        }


class Backend(torch.nn.Module):  # type: ignore[misc]
    """A file of any form as a model that can be judged.

    Args:
        path: of weights or of an exported model.
    """

    def __init__(self, path: Path) -> None:
        from ultralytics.nn.autobackend import AutoBackend

        super().__init__()
        self.inner = AutoBackend(str(path), device=torch.device("cpu"), fp16=False, verbose=False)
        self.names = self.inner.names
        self.end2end = bool(getattr(self.inner, "end2end", False))
        self.anchor = torch.nn.Parameter(torch.zeros(1), requires_grad=False)

    def forward(self, images: Any) -> Any:
        """Predictions, as the form's own reader gives them."""
        return self.inner(images)


def checked(
    path: Path, frames: Sequence[Frame], names: Sequence[str], size: int, arguments: Any, folder: Path
) -> Checked:
    """Judges a file.

    Args:
        path: of weights (.pt) or of an exported model.
        frames: the test set.
        names: class names.
        size: pixels of the input's side.
        arguments: Ultralytics', from `runs.evaluation_arguments`.
        folder: where Ultralytics may write.

    Returns:
        What was measured.
    """
    # One image at a time: exported models have one input shape.
    judge = Judge(frames, names, size, arguments, stride=32, batch=1, folder=folder, square=True)
    found = scores(judge.records(Backend(path)), names)
    return Checked(found.images, found.map50, found.map50_95, _megabytes(path), _milliseconds(path, frames, size))


def _milliseconds(path: Path, frames: Sequence[Frame], size: int) -> float:
    """Median time of the network over some images, on one core."""
    spent = []
    some = [torch.from_numpy(image) for image in inputs(frames, size)][:TIMED]
    with _one_core(), torch.no_grad():
        model = Backend(path)
        for number in range(WARM + len(some)):
            began = time.perf_counter()
            model(some[number % len(some)])
            spent.append(time.perf_counter() - began)
    return 1000 * float(np.median(spent[WARM:]))


@contextlib.contextmanager
def _one_core() -> Iterator[None]:
    """Holds this process to one core, and with it threads started meanwhile: some forms start as many as they like."""
    torch.set_num_threads(1)
    before = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    if before:
        os.sched_setaffinity(0, {min(before)})
    try:
        yield
    finally:
        if before:
            os.sched_setaffinity(0, before)
        torch.set_num_threads(offline.threads())


def _megabytes(path: Path) -> float:
    files = [path] if path.is_file() else [each for each in path.rglob("*") if each.is_file()]
    return sum(file.stat().st_size for file in files) / 1e6
