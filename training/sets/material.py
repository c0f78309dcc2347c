"""From a plan to frames, before any training: datasets found, read, joined by class name, drawn for a seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.core import keys
from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.words import listed
from seedbed.training.plan import SETS, Plan, SetName
from seedbed.training.sets.folders import Frame, LabelledSet, joined, read_set, with_names


@dataclass(frozen=True)
class Material:
    """What one run learns from and is judged by; class ids are places in `names`.

    Attributes:
        names: class names.
        synthetic: frames to learn from.
        real: frames to learn from.
        val: frames to judge by after each epoch. The first set chooses the best weights.
        test: frames to judge the best weights by.
        judged: names of the sets that are reported.
    """

    names: tuple[str, ...]
    synthetic: tuple[Frame, ...] = field(repr=False)
    real: tuple[Frame, ...] = field(repr=False)
    val: dict[SetName, tuple[Frame, ...]] = field(repr=False)
    test: dict[SetName, tuple[Frame, ...]] = field(repr=False)
    judged: tuple[SetName, ...] = ()


@dataclass(frozen=True)
class Sources:
    """The datasets of a plan.

    Attributes:
        plan: the plan.
        synthetic_roots: folders of synthetic frames.
        synthetic: all of them as one set, or None.
        real: the real set, or None.
        names: class names of the run.
        judged: sets to report.
        notes: what a person should know before it starts.
    """

    plan: Plan
    synthetic_roots: tuple[Path, ...]
    synthetic: LabelledSet | None
    real: LabelledSet | None
    names: tuple[str, ...]
    judged: tuple[SetName, ...]
    notes: tuple[str, ...]

    def material(self, seed: int) -> Material:
        """The frames of one seed."""
        plan, shares = self.plan, self.plan.shares
        given: dict[SetName, LabelledSet] = {}
        if self.real is not None:
            given["real"] = self.real
        if self.synthetic is not None and (self.real is None or {"synthetic", "mixed"} & set(self.judged)):
            given["synthetic"] = self.synthetic
        most = None if plan.val_images == "all" else plan.val_images
        real = self.real.split("train") if self.real is not None and (shares < 1).any() else ()
        return Material(
            self.names,
            self.synthetic.split("train") if self.synthetic is not None and (shares > 0).any() else (),
            chosen(real, None if plan.real_labels == "all" else plan.real_labels, seed, "real labels"),
            # The draw of validation images does not depend on the seed: runs are compared by them.
            {name: chosen(each.split("val"), most, 0, f"{name} val") for name, each in given.items()},
            {name: each.split("test") for name, each in given.items() if each.split("test")},
            self.judged,
        )


def gather(document: Document[Plan], synthetic: Sequence[Path] | None = None, real: Path | None = None) -> Sources:
    """Finds and reads the datasets of a plan.

    Args:
        document: the plan.
        synthetic: folders to take instead of the plan's.
        real: folder to take instead of the plan's.

    Returns:
        The sources.

    Raises:
        DataError: a dataset is absent, empty, or names other classes.
        DocumentError: label files with problems.
        TrainingError: the plan needs a dataset that was not named.
    """
    plan, shares = document.value, document.value.shares
    roots = (
        tuple(synthetic) if synthetic is not None else tuple(document.folder / each for each in plan.synthetic_paths)
    )
    real = real if real is not None else (document.folder / plan.real if plan.real is not None else None)
    for needed, there, name, words in (
        ((shares > 0).any(), bool(roots), "synthetic", "above 0"),
        ((shares < 1).any(), real is not None, "real", "below 1"),
    ):
        if needed and not there:
            raise TrainingError(
                f"no {name} set, and the share is {words} in some epochs",
                reason=Reason.NOT_FOUND,
                where=document.path,
                repair=f"name one: `{name}:` in the plan",
            )
    synthetic_sets = [read_set(root) for root in roots]
    real_set = read_set(real) if real is not None else None
    reference = real_set if real_set is not None else synthetic_sets[0]
    names = plan.classes or reference.names
    synthetic_set = joined([with_names(each, names) for each in synthetic_sets]) if synthetic_sets else None
    real_set = with_names(real_set, names) if real_set is not None else None
    _check_learning(plan, synthetic_set, real_set)
    judged, notes = _judged(plan, synthetic_set, real_set)
    return Sources(plan, roots, synthetic_set, real_set, names, judged, notes)


def _check_learning(plan: Plan, synthetic: LabelledSet | None, real: LabelledSet | None) -> None:
    for each, needed in ((synthetic, (plan.shares > 0).any()), (real, (plan.shares < 1).any())):
        if each is not None and needed and not each.split("train"):
            raise DataError(
                "no images to learn from", reason=Reason.NOT_A_DATASET, where=each.root, allowed="images/train"
            )
    first = real if real is not None else synthetic
    if first is not None and not first.split("val"):
        raise DataError(
            "no validation images: the best weights are chosen by them",
            reason=Reason.NOT_A_DATASET,
            where=first.root,
            allowed="images/val with labels/val",
        )
    if real is not None and plan.real_labels != "all" and plan.real_labels > len(real.split("train")):
        raise DataError(
            "fewer real images than the plan asks for",
            where=real.root,
            found=len(real.split("train")),
            allowed=f"real_labels up to that; the plan says {plan.real_labels}",
        )


def _judged(
    plan: Plan, synthetic: LabelledSet | None, real: LabelledSet | None
) -> tuple[tuple[SetName, ...], tuple[str, ...]]:
    """Sets that can be judged, against those asked for."""
    able: dict[SetName, bool] = {
        "real": real is not None and bool(real.split("val")),
        "synthetic": synthetic is not None and bool(synthetic.split("val")),
    }
    able["mixed"] = able["real"] and able["synthetic"]
    notes = []
    if plan.test is not None and not all(able[name] for name in plan.test):
        lacking = [name for name in plan.test if not able[name]]
        raise DataError(
            f"nothing to judge {listed(lacking)} by",
            reason=Reason.NOT_FOUND,
            where=plan.name,
            found="sets with validation images: " + (listed(name for name in SETS if able[name]) or "none"),
            repair="render or label images/val there, or leave it out of the plan's `test`",
        )
    if real is None:
        notes.append(
            "no real set: the best weights are chosen by synthetic validation, which says little about photographs"
        )
    elif real.split("test") == ():
        notes.append(f"the real set has no test images ({real.root}): its score at the end is missing")
    return tuple(name for name in SETS if (able[name] if plan.test is None else name in plan.test)), tuple(notes)


def chosen(frames: Sequence[Frame], most: int | None, seed: int, name: str) -> tuple[Frame, ...]:
    """At most so many frames, drawn by key, in their own order; nested: a larger draw holds the smaller one.

    Args:
        frames: to choose from.
        most: how many, or None for all.
        seed: of the draw.
        name: what it is for.

    Returns:
        The chosen frames.
    """
    if most is None or most >= len(frames):
        return tuple(frames)
    order = keys.generator(seed, "training", name).permutation(len(frames))
    return tuple(frames[i] for i in sorted(order[:most]))
