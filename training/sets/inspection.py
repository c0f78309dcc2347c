"""What a person should know of the data before an hour is spent on it: leaks, gaps, too few images, absent labels."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from seedbed.core.words import listed
from seedbed.training.sets.gap import Gap, Panel, balance_advice, gaps, panel_of
from seedbed.training.sets.labelled import Frame, LabelledSet
from seedbed.training.sets.leaks import Duplicate, check_leaks, duplicates
from seedbed.training.sets.material import Sources

FEW = 20
"""Real validation images below which the choice of the best epoch is mostly chance."""

MOST_GAPS = 3
"""Differences that are told; the page has all."""


@dataclass(frozen=True)
class Inspection:
    """What was found.

    Attributes:
        notes: sentences about what may spoil the run.
        advice: sentences about the largest gaps, and what to change in the scene.
        duplicates: images to learn from that are also judged by.
        synthetic: panel of the synthetic training images, where they meet real ones.
        real: panel of the real training and validation images.
    """

    notes: tuple[str, ...]
    duplicates: tuple[Duplicate, ...] = field(repr=False)
    synthetic: Panel | None = field(repr=False, default=None)
    real: Panel | None = field(repr=False, default=None)
    advice: tuple[str, ...] = ()

    @property
    def gaps(self) -> list[Gap]:
        """Differences, largest first; empty where only one kind is learnt from."""
        return [] if self.synthetic is None or self.real is None else gaps(self.synthetic, self.real)

    def leaks_json(self) -> bytes:
        """As in leaks.json."""
        body: list[dict[str, Any]] = [pair.to_json() for pair in self.duplicates]
        return json.dumps(body, indent=1, ensure_ascii=False).encode() + b"\n"


def inspect(sources: Sources) -> Inspection:
    """Looks at the data of a plan. Takes seconds; every image to learn from is decoded once, small.

    Args:
        sources: of the plan.

    Returns:
        What was found.

    Raises:
        DataError: an image cannot be decoded, or is learnt from and judged by.
    """
    notes = list(_absent_labels(sources))
    if sources.real is not None:
        notes.extend(_few(sources.real.split("val")))
    found = _leaks(sources)
    notes.extend(check_leaks(found, sources.plan.allow_duplicates))
    synthetic = real = None
    sides = sources.plan.share.sides(sources.plan.epochs)
    advice: list[str] = []
    if sources.synthetic is not None and sources.real is not None and sides[0]:
        # The test images stay out: a scene that was fitted to them would be judged by what it was fitted to.
        synthetic, real = panel_of(sources.synthetic, ("train",)), panel_of(sources.real, ("train", "val"))
        clear = [gap for gap in gaps(synthetic, real) if gap.clear][:MOST_GAPS]
        advice.extend(
            f"gap in {gap.feature.title}: {gap.ours:.3g} in the synthetic images, {gap.theirs:.3g} in the real ones; "
            f"{gap.advice}"
            for gap in clear
        )
        advice.extend(balance_advice(synthetic, real))
    return Inspection(tuple(notes), found, synthetic, real, tuple(advice))


def _leaks(sources: Sources) -> tuple[Duplicate, ...]:
    if sources.real is None:
        return ()
    learnt: list[Frame] = []
    sides = sources.plan.share.sides(sources.plan.epochs)
    for given, used in zip((sources.synthetic, sources.real), sides, strict=True):
        if given is not None and used:
            learnt.extend(given.split("train"))
    return duplicates(learnt, {f"real {split}": sources.real.split(split) for split in ("val", "test")})


def _absent_labels(sources: Sources) -> Iterator[str]:
    kinds: tuple[tuple[str, LabelledSet | None], ...] = (("synthetic", sources.synthetic), ("real", sources.real))
    for kind, given in kinds:
        if given is None:
            continue
        if given.unlabelled:
            count = len(given.unlabelled)
            yield (
                f"{count} {kind} {'image has' if count == 1 else 'images have'} no label file and "
                f"{'is' if count == 1 else 'are'} taken as without objects: {listed(given.unlabelled, 3)}; label what "
                "is in them, or write an empty label file where nothing is"
            )
        for split in ("train", "val", "test"):
            frames = given.split(split)
            empty = [frame.name for frame in frames if not len(frame.classes)]
            if frames and len(empty) > len(frames) / 2:
                yield (
                    f"{len(empty)} of {len(frames)} {kind} {split} images hold no object: {listed(empty, 3)}; if there "
                    "are objects in them, label them, for the detector learns that nothing is there"
                )


def _few(val: Sequence[Frame]) -> Iterator[str]:
    """How far a score of so few boxes may be from the truth: the interval of E. B. Wilson (1927)."""
    from scipy.stats import binomtest

    boxes = sum(len(frame.classes) for frame in val)
    if len(val) >= FEW:
        return
    words = f"only {len(val)} real validation images with {boxes} boxes choose the best epoch"
    if boxes:
        hits = round(0.8 * boxes)
        interval = binomtest(hits, boxes).proportion_ci(method="wilson")
        words += (
            f": where {hits} of them are found ({hits / boxes:.0%}), the true rate lies between {interval.low:.0%} and "
            f"{interval.high:.0%} (95 % interval)"
        )
    yield f"{words}; label {FEW} images or more for validation"


def told_interval(interval: dict[str, Any], kind: str) -> str:
    """The sentence about a score of few images, from results.json's `validation_interval`."""
    return (
        f"mAP50-95 of the best weights on only {interval['images']} {kind} validation images is "
        f"{interval['mAP50-95']:.3f}, and with other images like these between {interval['low']:.3f} and "
        f"{interval['high']:.3f} (95 % interval): epochs and runs that differ by less are not told apart"
    )
