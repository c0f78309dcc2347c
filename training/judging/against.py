"""Two models on the same test photographs: where the new one wins, and where it loses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.training.judging.evaluation import Record
from seedbed.training.judging.parts import partners

Array = NDArray[np.float64]


@dataclass(frozen=True)
class Seen:
    """What a model sees in a photograph at its working threshold.

    Attributes:
        boxes: (N, 4) left, top, right, bottom in pixels of the file.
        classes: (N,) class ids.
        scores: (N,) confidences.
        right: (N,) whether it is the detection of an object.
        found: (M,) whether each labelled object has a detection.
    """

    boxes: Array = field(repr=False)
    classes: NDArray[np.int64] = field(repr=False)
    scores: Array = field(repr=False)
    right: NDArray[np.bool_] = field(repr=False)
    found: NDArray[np.bool_] = field(repr=False)

    @property
    def false(self) -> int:
        """Detections that are of no object."""
        return int((~self.right).sum())


@dataclass(frozen=True)
class Look:
    """A photograph under two models.

    Attributes:
        name: path below the dataset.
        path: of the file.
        width: of the file, pixels.
        height: likewise.
        truth: (M, 4) labelled boxes, pixels of the file.
        classes: (M,) class ids.
        old: what the old model sees; None where there is none.
        new: what the new one sees.
    """

    name: str
    path: Path
    width: int
    height: int
    truth: Array = field(repr=False)
    classes: NDArray[np.int64] = field(repr=False)
    old: Seen | None
    new: Seen

    @property
    def gained(self) -> int:
        """Objects that only the new model finds."""
        return 0 if self.old is None else int((self.new.found & ~self.old.found).sum())

    @property
    def lost(self) -> int:
        """Objects that only the old model finds."""
        return 0 if self.old is None else int((self.old.found & ~self.new.found).sum())

    @property
    def worth(self) -> int:
        """Objects gained less those lost, and false boxes the fewer."""
        old_false = self.new.false if self.old is None else self.old.false
        return self.gained - self.lost + old_false - self.new.false


def seen(record: Record, threshold: float) -> Seen:
    """What a record shows at a threshold, most confident first.

    Args:
        record: of an image, with `boxes` and `truth`.
        threshold: confidence from which a detection counts.
    """
    confidence = np.asarray(record["conf"], float)
    order = [i for i in np.argsort(-confidence, kind="stable") if confidence[i] >= threshold]
    kept: dict[str, Any] = {**record, **{key: np.asarray(record[key])[order] for key in ("boxes", "pred_cls", "conf")}}
    found = np.zeros(len(record["target_cls"]), dtype=bool)
    right = np.zeros(len(order), dtype=bool)
    for place, partner in enumerate(partners(kept)):
        if partner >= 0 and not found[partner]:
            found[partner] = right[place] = True
    boxes = np.asarray(kept["boxes"], float).reshape(-1, 4)
    return Seen(boxes, np.asarray(kept["pred_cls"], np.int64), confidence[order], right, found)


def looks(
    new: Sequence[Record], threshold: float, old: Sequence[Record] | None = None, old_threshold: float = 0.25
) -> list[Look]:
    """Every photograph under both models.

    Args:
        new: records of the new model, with `name` and `path`, from `records.load_records`.
        threshold: the new model's own.
        old: records of the old model on the same images; those it lacks are left out.
        old_threshold: the old model's own.
    """
    known = None if old is None else {record["name"]: record for record in old}
    made = []
    for record in new:
        if known is not None and record["name"] not in known:
            continue
        before = None if known is None else seen(known[record["name"]], old_threshold)
        truth = np.asarray(record["truth"], float).reshape(-1, 4)
        if before is not None and len(before.found) != len(truth):
            continue
        kinds = np.asarray(record["target_cls"], np.int64)
        height, width = (int(side) for side in record["shape"])
        after = seen(record, threshold)
        made.append(Look(record["name"], Path(record["path"]), width, height, truth, kinds, before, after))
    return made


def telling(every: Sequence[Look], most: int = 12) -> tuple[list[Look], list[Look], list[Look]]:
    """The photographs to show: half of the room for the largest wins, half for the largest losses.

    Room that neither fills goes to the other, and what is left then to photographs on which both are alike, drawn by
    name so that they are the same ones each time.

    Args:
        every: from `looks`.
        most: photographs in all.

    Returns:
        Wins, losses and the others.
    """
    wins = sorted((each for each in every if each.worth > 0), key=lambda each: (-each.worth, each.name))
    losses = sorted((each for each in every if each.worth < 0), key=lambda each: (each.worth, each.name))
    half = most // 2
    shown_wins = wins[: max(half, most - len(losses))]
    shown_losses = losses[: most - len(shown_wins)]
    same = sorted(
        (each for each in every if each.worth == 0), key=lambda each: keys.key(0, "training", "shown", each.name)
    )
    return shown_wins, shown_losses, same[: most - len(shown_wins) - len(shown_losses)]
