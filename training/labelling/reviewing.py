"""A labelled set looked through with a detector: every label and every unlabelled detection, most doubtful first."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.core.words import listed
from seedbed.training.labelling.detector import Detector
from seedbed.training.labelling.review import Suspicion, suspicions
from seedbed.training.learning.loading import read_image
from seedbed.training.sets.folders import read_set
from seedbed.training.sets.labelled import Frame

TABLE = "review.csv"
_BATCH = 16


@dataclass(frozen=True)
class Doubt:
    """A suspicion in its image.

    Attributes:
        frame: image and labels.
        suspicion: what, how likely, where.
        label: what the label says, or None where one is missing.
        seen: what the detector sees, or None.
    """

    frame: Frame
    suspicion: Suspicion
    label: str | None
    seen: str | None


@dataclass(frozen=True)
class Review:
    """A looked-through set.

    Attributes:
        doubts: the likeliest first.
        images: looked at.
        labels: looked at.
        notes: what a person should know.
    """

    doubts: tuple[Doubt, ...]
    images: int
    labels: int
    notes: tuple[str, ...]


def review(
    dataset: Path | str,
    run: Path | str,
    out: Path | str,
    *,
    splits: tuple[str, ...] = ("train", "val", "test"),
    progress: Progress | None = None,
) -> Review:
    """Ranks the labels of a set by how likely they are wrong and writes review.csv.

    Args:
        dataset: YOLO layout.
        run: a finished run whose detector is asked.
        out: folder of review.csv.
        splits: to look at.
        progress: told of images.

    Returns:
        The review.

    Raises:
        DataError: the set and the detector share no class, or an image cannot be read.
        DocumentError: label files have problems.
        EngineError: `out` cannot be written.
    """
    progress, out = progress or Silent(), Path(out)
    given, detector = read_set(dataset), Detector(run)
    known = {name: i for i, name in enumerate(detector.names)}
    if not set(given.names) & set(known):
        raise DataError(
            "the detector knows none of the set's classes",
            reason=Reason.CLASS_MISMATCH,
            where=given.root,
            found=listed(given.names),
            allowed=listed(detector.names),
        )
    frames = [frame for split in splits for frame in given.split(split)]
    doubts: list[Doubt] = []
    progress.start(len(frames), "images", "looking")
    try:
        for start in range(0, len(frames), _BATCH):
            some = frames[start : start + _BATCH]
            pictures = [read_image(str(frame.path)) for frame in some]
            for frame, picture, found in zip(some, pictures, detector.find(pictures), strict=True):
                height, width = picture.shape[:2]
                x, y, w, h = (frame.boxes.astype(np.float64) * [width, height, width, height]).T
                boxes = np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], axis=1)
                classes = [known.get(given.names[int(kind)], -1) for kind in frame.classes]
                for each in suspicions(boxes, classes, found, detector.threshold):
                    label = None if each.label is None else given.names[int(frame.classes[each.label])]
                    seen = None if each.seen is None else detector.names[each.seen]
                    doubts.append(Doubt(frame, each, label, seen))
            progress.advance(len(some))
    finally:
        progress.finish()
    doubts.sort(key=lambda each: (-each.suspicion.score, each.frame.name))
    notes = []
    learnt = sum(frame.name in detector.learnt_from for frame in frames)
    if learnt:
        notes.append(
            f"the detector has learnt from {learnt} of these {len(frames)} images: it may have learnt their mistakes; "
            "a run that has not seen them finds more"
        )
    unknown = [name for name in given.names if name not in known]
    if unknown:
        notes.append(f"the detector does not know {listed(unknown)}: their labels look spurious")
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        write_atomic(out / TABLE, _table(doubts))
    labels = sum(len(frame.classes) for frame in frames)
    return Review(tuple(doubts), len(frames), labels, tuple(notes))


def _table(doubts: list[Doubt]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(["rank", "score", "kind", "image", "label", "seen", "left", "top", "right", "bottom"])
    for rank, each in enumerate(doubts, 1):
        one = each.suspicion
        writer.writerow(
            [rank, f"{one.score:.4f}", one.kind, each.frame.name, each.label or "", each.seen or "", *one.box]
        )
    return text.getvalue().encode()
