"""An exported model beside the one it came from: the same test images, the same scoring, size and time."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from seedbed.training.exporting.int8 import inputs
from seedbed.training.judging.evaluation import Judge, scores
from seedbed.training.judging.mistakes import mistakes
from seedbed.training.learning import offline
from seedbed.training.sets.labelled import Frame

TIMED = 40
WARM = 5


@dataclass(frozen=True)
class Checked:
    """A model on a test set.

    Attributes:
        images: judged.
        map50: as `Scores`.
        map50_95: likewise.
        masks: both of outlines, where the model gives any.
        objects: labelled ones in the set.
        found: of them, at the run's working threshold.
        false: detections at that threshold that are right about nothing new.
        megabytes: of its files.
        milliseconds: for one image, one thread on one core, the median, the network alone.
    """

    images: int
    map50: float
    map50_95: float
    masks: tuple[float, float] | None
    objects: int
    found: int
    false: int
    megabytes: float
    milliseconds: float

    def lost(self, after: Checked) -> float:
        """mAP50 that another model is worse by: of boxes, or of outlines where more of that is lost."""
        boxes = self.map50 - after.map50
        if self.masks is None or after.masks is None:
            return boxes
        return max(boxes, self.masks[0] - after.masks[0])

    def to_json(self) -> dict[str, float | int]:
        """For export.json."""
        masks = {} if self.masks is None else dict(zip(("masks/mAP50", "masks/mAP50-95"), self.masks, strict=True))
        return {
            "images": self.images,
            "mAP50": round(self.map50, 5),
            "mAP50-95": round(self.map50_95, 5),
            **{name: round(value, 5) for name, value in masks.items()},
            "objects": self.objects,
            "found": self.found,
            "false": self.false,
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
    paths: Sequence[Path],
    frames: Sequence[Frame],
    names: Sequence[str],
    size: int,
    threshold: float,
    arguments: Any,
    folder: Path,
    done: Callable[[], None] = lambda: None,
) -> list[Checked]:
    """Judges files by the same images and the same scoring.

    Args:
        paths: of weights (.pt) or of exported models.
        frames: the test set.
        names: class names.
        size: pixels of the input's side.
        threshold: confidence from which a detection counts as found or false.
        arguments: Ultralytics', from `final.evaluation_arguments`.
        folder: where Ultralytics may write.
        done: called after each.

    Returns:
        What was measured, one for each path.
    """
    # One image at a time, padded to a square: exported models have one input shape.
    judge = Judge(frames, names, size, arguments, stride=32, batch=1, folder=folder, square=True)
    judged = []
    for path in paths:
        records = judge.records(Backend(path))
        judged.append((scores(records, names), mistakes(records, threshold)))
        done()
    times = _milliseconds(paths, frames, size)
    return [
        Checked(
            images=found.images,
            map50=found.map50,
            map50_95=found.map50_95,
            masks=found.masks,
            objects=told.objects,
            found=told.found,
            false=told.background + told.duplicates + told.wrong_class + told.misplaced,
            megabytes=_megabytes(path),
            milliseconds=spent,
        )
        for path, (found, told), spent in zip(paths, judged, times, strict=True)
    ]


def _milliseconds(paths: Sequence[Path], frames: Sequence[Frame], size: int) -> list[float]:
    """Median times of the networks over some images, taken in turns: what else the machine does slows all alike."""
    some = list(inputs(frames[:TIMED], size))
    spent: list[list[float]] = [[] for _ in paths]
    with _one_core(), torch.no_grad():
        models = [_one_thread(path) for path in paths]
        for number in range(WARM + len(some)):
            for model, times in zip(models, spent, strict=True):
                began = time.perf_counter()
                model(some[number % len(some)])
                times.append(time.perf_counter() - began)
    return [1000 * float(np.median(times[WARM:])) for times in spent]


def _one_thread(path: Path) -> Callable[[NDArray[np.float32]], object]:
    """A model that computes with one thread."""
    if path.suffix == ".onnx":
        import onnxruntime

        # ONNX Runtime binds a thread to every core there is, whatever cores the process was given.
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])
        return lambda image: session.run(None, {"images": image})
    model = Backend(path)
    net = getattr(getattr(model.inner, "backend", None), "net", None)
    if net is not None and hasattr(net, "opt"):
        # ncnn's threads spin while they wait: two on one core take seconds.
        net.opt.num_threads = 1
    return lambda image: model(torch.from_numpy(image))


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
