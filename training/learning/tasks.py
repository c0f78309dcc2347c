"""What a model answers: boxes, or outlines too. Any detector or segmenter of Ultralytics can be trained."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal

from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.words import listed
from seedbed.training.learning.augmenting import augmenters
from seedbed.training.sets.labelled import Frame
from seedbed.training.sets.material import Sources

Task = Literal["detect", "segment"]


@lru_cache(maxsize=4)
def task_of(model: Path | str) -> Task:
    """What a resolved model answers. Imports Ultralytics: its switches are set first, by `offline.prepare`.

    Args:
        model: weights, or a description.

    Returns:
        The task.

    Raises:
        TrainingError: the file is no model, or one of another task.
    """
    from ultralytics.nn.tasks import guess_model_task, load_checkpoint, yaml_model_load

    try:
        if str(model).endswith(".pt"):
            found = str(load_checkpoint(str(model))[0].task)
        else:
            description = yaml_model_load(str(model))
            head = str(description["head"][-1][2])
            # Transformers and models that read words need other losses.
            others = head == "RTDETRDecoder" or head.startswith(("World", "YOLOE"))
            found = head if others else str(guess_model_task(description))
    except Exception as error:  # whatever unpickling or reading a foreign file raises
        raise TrainingError(
            "not a model that Ultralytics can read",
            reason=Reason.DAMAGED,
            where=model,
            found=error,
            allowed="weights saved by Ultralytics or by `seedbed train`, or a model description",
        ) from None
    if found == "detect":
        return "detect"
    if found == "segment":
        return "segment"
    raise TrainingError(
        "a model of another task",
        where=model,
        found=found,
        allowed="one that detects (yolo11n.yaml) or segments (yolo11n-seg.yaml)",
    )


def check_task(task: Task, sources: Sources) -> None:
    """Whether the labels and the plan's steps fit a model.

    Raises:
        DataError: it learns outlines and a label is only a box.
        TrainingError: it learns outlines and a step of `augment` would move them.
    """
    if task == "detect":
        return
    for name, frame in _every(sources):
        if len(frame.outlines) < len(frame.classes) or any(outline is None for outline in frame.outlines):
            raise DataError(
                f"the model learns outlines, and a label of the {name} set is only a box",
                reason=Reason.LABEL_MISMATCH,
                where=frame.path,
                found="class x y width height",
                allowed="class x1 y1 x2 y2 x3 y3 … in every label",
                repair="draw outlines, or train a model that detects: `model:` without `-seg`",
            )
    moving = [kind for kind, each in augmenters(sources.plan.augment).items() if each.moves]
    if moving:
        kinds = listed("synthetic" if kind else "real" for kind in moving)
        raise TrainingError(
            f"a step of `augment` for {kinds} images moves things, and outlines would stay where they were",
            where=sources.plan.name,
            allowed="with a model that segments, steps that change colours, light, noise and sharpness",
            repair="leave the step out; flips, shifts and scales happen anyway",
        )


def _every(sources: Sources) -> Iterator[tuple[str, Frame]]:
    for name, given in (("real", sources.real), ("synthetic", sources.synthetic)):
        if given is not None:
            for frames in given.splits.values():
                yield from ((name, frame) for frame in frames)
