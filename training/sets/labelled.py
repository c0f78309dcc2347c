"""Labelled frames as a run holds them: sets put together, their classes joined by name."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.core.words import listed, nearest

SPLITS = ("train", "val", "test")

Boxes = NDArray[np.float32]


@dataclass(frozen=True)
class Frame:
    """One image and its labels.

    Attributes:
        path: of the image.
        name: path below the dataset folder, with forward slashes.
        classes: (N,) class ids.
        boxes: (N, 4) centre x, centre y, width, height; fractions of the image.
        outlines: N entries, (K, 2) corners as fractions where the label is an outline, None where it is a box.
    """

    path: Path
    name: str
    classes: NDArray[np.int64] = field(compare=False, repr=False)
    boxes: Boxes = field(compare=False, repr=False)
    outlines: tuple[Boxes | None, ...] = field(compare=False, repr=False, default=())


@dataclass(frozen=True)
class LabelledSet:
    """A dataset.

    Attributes:
        root: its folder.
        names: class names in the order of the ids.
        splits: frames of each split that exists, sorted by name.
        digest: of names, sizes and labels, hex.
        unlabelled: names of images without a label file; they are taken as without objects.
    """

    root: Path
    names: tuple[str, ...]
    splits: dict[str, tuple[Frame, ...]] = field(repr=False)
    digest: str
    unlabelled: tuple[str, ...] = field(repr=False, default=())

    def split(self, name: str) -> tuple[Frame, ...]:
        """Frames of a split, empty where it does not exist."""
        return self.splits.get(name, ())


def joined(sets: Sequence[LabelledSet], labels: Sequence[str]) -> LabelledSet:
    """Several sets with the same names, one after the other.

    Args:
        sets: one or more.
        labels: what each is called, none twice; the frames' names start with it, so that no two are the same.

    Returns:
        One set.
    """
    first = sets[0]
    if len(sets) == 1:
        return first
    splits = {
        split: tuple(
            replace(frame, name=f"{label}/{frame.name}")
            for label, each in zip(labels, sets, strict=True)
            for frame in each.split(split)
        )
        for split in SPLITS
    }
    digest = hashlib.blake2b("".join(each.digest for each in sets).encode(), digest_size=16).hexdigest()
    unlabelled = tuple(f"{label}/{name}" for label, each in zip(labels, sets, strict=True) for name in each.unlabelled)
    return LabelledSet(first.root, first.names, splits, digest, unlabelled)


def with_names(given: LabelledSet, names: Sequence[str], without: Sequence[str] = ()) -> LabelledSet:
    """The set with its class ids moved to the order of `names`: classes are joined by name, never by number.

    Args:
        given: a set.
        names: class names of the run.
        without: classes that do not stand in its images, so that it need not know them.

    Returns:
        The same frames, ids into `names`.

    Raises:
        DataError: its labels name a class that is not in `names`, or it does not know one of them.
    """
    used = Counter(int(c) for frames in given.splits.values() for frame in frames for c in frame.classes)
    unknown = [given.names[c] for c in sorted(used) if given.names[c] not in names]
    if unknown:
        example = next(
            frame.name
            for frames in given.splits.values()
            for frame in frames
            if any(given.names[c] in unknown for c in frame.classes)
        )
        close = nearest(unknown[0], names)
        raise DataError(
            f"labels name {'classes' if len(unknown) > 1 else 'a class'} the plan does not know: {listed(unknown)}",
            reason=Reason.CLASS_MISMATCH,
            where=given.root,
            found=f"{listed(unknown)} (in {example})" + (f"; did you mean {close!r}?" if close else ""),
            allowed=listed(names),
            repair=f"say what it is in the source's `map: {{{unknown[0]}: {close or names[0]}}}`, or name it in the "
            "plan's `classes`",
        )
    absent = [name for name in names if name not in given.names and name not in without]
    if absent:
        raise DataError(
            f"the set does not know {listed(absent)}: such objects would stand in its images without a label",
            reason=Reason.CLASS_MISMATCH,
            where=given.root,
            found=listed(given.names),
            allowed=listed(names),
            repair=f"label them, leave them out of the plan's `classes`, or, if none stands in its images, say "
            f"`absent: [{', '.join(absent)}]` at the source",
        )
    moved = np.array([names.index(name) if name in names else -1 for name in given.names], dtype=np.int64)
    if (moved == np.arange(len(moved))).all():
        return replace(given, names=tuple(names))
    splits = {
        split: tuple(replace(frame, classes=moved[frame.classes]) for frame in frames)
        for split, frames in given.splits.items()
    }
    return replace(given, names=tuple(names), splits=splits)
