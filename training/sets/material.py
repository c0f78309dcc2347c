"""From a plan to frames, before any training: datasets found, read, joined by class name, drawn for a seed."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.core import keys
from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.words import listed, nearest_hint
from seedbed.training.mix.order import Parts
from seedbed.training.plan import SETS, Plan, SetName
from seedbed.training.sets.folders import read_set
from seedbed.training.sets.labelled import Frame, LabelledSet, joined, with_names
from seedbed.training.sets.places import places_of, read_places
from seedbed.training.sets.sources import Source, mapped, one_sided, told_apart, whole_weights


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
        synthetic_parts: (images, weight) of each source that has any, in the frames' order.
        real_parts: likewise.
        places: real image -> place, from the plan's table; None where sub-folders say it.
    """

    names: tuple[str, ...]
    synthetic: tuple[Frame, ...] = field(repr=False)
    real: tuple[Frame, ...] = field(repr=False)
    val: dict[SetName, tuple[Frame, ...]] = field(repr=False)
    test: dict[SetName, tuple[Frame, ...]] = field(repr=False)
    judged: tuple[SetName, ...] = ()
    synthetic_parts: Parts = ()
    real_parts: Parts = ()
    places: Mapping[str, str] | None = field(repr=False, default=None)

    @property
    def rarest(self) -> int:
        """Real boxes to learn from of the class that has fewest; 0 where a class has none."""
        boxes = Counter(int(kind) for frame in self.real for kind in frame.classes)
        return min(boxes[kind] for kind in range(len(self.names))) if self.real else 0


@dataclass(frozen=True)
class Origin:
    """One data set of a plan, found and read.

    Attributes:
        root: its folder.
        label: a short name, none twice among sources of a kind.
        source: what the plan says of it.
        train: names of its images to learn from, as in the joined set.
    """

    root: Path
    label: str
    source: Source
    train: frozenset[str] = field(repr=False)


@dataclass(frozen=True)
class Sources:
    """The datasets of a plan.

    Attributes:
        plan: the plan.
        synthetic: all of them as one set, or None.
        real: the real set, or None.
        names: class names of the run.
        judged: sets to report.
        notes: what a person should know before it starts.
        synthetic_origins: each synthetic source.
        real_origins: each real source.
        real_labels: the real images to learn from, or how many to draw; None for all.
        places: real image -> place, from the plan's table.
    """

    plan: Plan
    synthetic: LabelledSet | None
    real: LabelledSet | None
    names: tuple[str, ...]
    judged: tuple[SetName, ...]
    notes: tuple[str, ...]
    synthetic_origins: tuple[Origin, ...] = ()
    real_origins: tuple[Origin, ...] = ()
    real_labels: int | frozenset[str] | None = None
    places: Mapping[str, str] | None = field(repr=False, default=None)

    def material(self, seed: int) -> Material:
        """The frames of one seed."""
        plan = self.plan
        synthetic_part, real_part = plan.share.sides(plan.epochs)
        given: dict[SetName, LabelledSet] = {}
        if self.real is not None:
            given["real"] = self.real
        if self.synthetic is not None and (self.real is None or {"synthetic", "mixed"} & set(self.judged)):
            given["synthetic"] = self.synthetic
        most = None if plan.val_images == "all" else plan.val_images
        real = self.real.split("train") if self.real is not None and real_part else ()
        synthetic = self.synthetic.split("train") if self.synthetic is not None and synthetic_part else ()
        if isinstance(self.real_labels, frozenset):
            real = tuple(frame for frame in real if frame.name in self.real_labels)
        else:
            real = chosen(real, self.real_labels, seed, "real labels")
        return Material(
            self.names,
            synthetic,
            real,
            # The draw of validation images does not depend on the seed: runs are compared by them.
            {name: chosen(each.split("val"), most, 0, f"{name} val") for name, each in given.items()},
            {name: each.split("test") for name, each in given.items() if each.split("test")},
            self.judged,
            _parts(synthetic, self.synthetic_origins),
            _parts(real, self.real_origins),
            self.places,
        )


def _parts(frames: Sequence[Frame], origins: Sequence[Origin]) -> Parts:
    """(images, weight) of the sources that these frames come from."""
    sizes = [sum(frame.name in origin.train for frame in frames) for origin in origins]
    weights = whole_weights([origin.source.weight for origin, size in zip(origins, sizes, strict=True) if size])
    return tuple(zip([size for size in sizes if size], weights, strict=True))


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
    plan = document.value
    synthetic_part, real_part = plan.share.sides(plan.epochs)
    named = {
        "synthetic": _named(plan.synthetic, None if synthetic is None else list(synthetic), document.folder),
        "real": _named(plan.real, None if real is None else [real], document.folder),
    }
    either = plan.share.schedule == "auto" and any(named.values())
    for needed, name, words in ((synthetic_part, "synthetic", "above 0"), (real_part, "real", "below 1")):
        if needed and not named[name] and not either:
            raise TrainingError(
                f"no {name} set, and the share is {words} in some epochs",
                reason=Reason.NOT_FOUND,
                where=document.path,
                repair=f"name one: `{name}:` in the plan",
            )
    notes: list[str] = []
    read: dict[str, list[LabelledSet]] = {}
    for name, sources in named.items():
        read[name] = []
        for source, root in sources:
            each, said = mapped(read_set(root), source)
            read[name].append(each)
            notes.extend(said)
    reference = read["real"] or read["synthetic"]
    names = plan.classes or tuple(dict.fromkeys(name for each in reference for name in each.names))
    sets: dict[str, LabelledSet | None] = {}
    origins: dict[str, tuple[Origin, ...]] = {}
    for name, sources in named.items():
        _check_absent(names, sources)
        each_set = [
            with_names(each, names, source.absent) for each, (source, _) in zip(read[name], sources, strict=True)
        ]
        labels = told_apart([each.root for each in each_set])
        sets[name] = joined(each_set, labels) if each_set else None
        origins[name] = tuple(
            Origin(each.root, label, source, _train_names(each, label if len(each_set) > 1 else ""))
            for each, label, (source, _) in zip(each_set, labels, sources, strict=True)
        )
    ours, theirs = sets["synthetic"], sets["real"]
    labels_of = _real_labels(document, theirs)
    _check_learning(plan, ours, theirs)
    judged, more = _judged(plan, ours, theirs)
    notes.extend(more)
    if ours is not None and theirs is not None and synthetic_part and real_part:
        notes.extend(one_sided(names, ours, theirs))
    places = read_places(document.folder / plan.places) if plan.places is not None else None
    if places is not None and theirs is not None:
        nowhere = places_of(theirs.split("test"), places).count("")
        if nowhere:
            notes.append(f"{plan.places}: says no place for {nowhere} of {len(theirs.split('test'))} real test images")
    return Sources(
        plan, ours, theirs, names, judged, tuple(notes), origins["synthetic"], origins["real"], labels_of, places
    )


def _named(given: Sequence[Source], instead: Sequence[Path] | None, folder: Path) -> list[tuple[Source, Path]]:
    """The sources of a kind with their folders; those of the call stand in for the plan's."""
    if instead is not None:
        return [(Source(data=str(path)), path) for path in instead]
    return [(source, folder / source.data) for source in given]


def _train_names(given: LabelledSet, label: str) -> frozenset[str]:
    return frozenset(f"{label}/{frame.name}" if label else frame.name for frame in given.split("train"))


def _check_absent(names: Sequence[str], sources: Sequence[tuple[Source, Path]]) -> None:
    for source, root in sources:
        for name in source.absent:
            if name not in names:
                raise DataError(
                    "`absent` names a class the run does not have",
                    reason=Reason.CLASS_MISMATCH,
                    where=root,
                    found=name + nearest_hint(name, names),
                    allowed=listed(names),
                )


def _real_labels(document: Document[Plan], real: LabelledSet | None) -> int | frozenset[str] | None:
    """How many real images to draw, or their names, from the file the plan names."""
    given = document.value.real_labels
    if given == "all":
        return None
    if isinstance(given, int):
        return given
    path = document.folder / given
    try:
        text = path.read_text(encoding="utf-8-sig")
        lines = json.loads(text) if path.suffix == ".json" else [line.strip() for line in text.split("\n")]
    except (OSError, ValueError) as error:
        raise DataError(
            "the list of real images cannot be read",
            reason=Reason.DAMAGED if path.exists() else Reason.NOT_FOUND,
            where=path,
            found=error,
            allowed="the real_labels.json of a run, or a .txt with one name a line",
        ) from None
    wanted = [str(line) for line in lines if line] if isinstance(lines, list) else []
    known = {frame.name for frame in real.split("train")} if real is not None else set()
    unknown = [name for name in wanted if name not in known]
    if unknown or not wanted:
        raise DataError(
            f"{len(unknown)} of {len(wanted)} names are not real training images" if wanted else "no name in it",
            reason=Reason.UNKNOWN_NAME,
            where=path,
            found=listed(unknown, 3) + nearest_hint(unknown[0], known) if unknown else None,
            allowed="names below the real set's folder, such as " + listed(sorted(known), 3),
        )
    return frozenset(wanted)


def _check_learning(plan: Plan, synthetic: LabelledSet | None, real: LabelledSet | None) -> None:
    for each, needed in zip((synthetic, real), plan.share.sides(plan.epochs), strict=True):
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
    if real is not None and isinstance(plan.real_labels, int) and plan.real_labels > len(real.split("train")):
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
