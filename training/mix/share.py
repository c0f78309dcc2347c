"""The share of synthetic images as a plan says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from seedbed.core.documents import Model, Problems
from seedbed.core.errors import Reason
from seedbed.training.mix import schedules
from seedbed.training.mix.schedules import Adaptive, Shares

Part = Annotated[float, Field(ge=0, le=1)]
Inner = Annotated[float, Field(gt=0, lt=1)]

CURVE = ((0.0, 1.0), (8.0, 0.9), (50.0, 0.8), (300.0, 0.5), (1000.0, 0.25), (5000.0, 0.1))
"""The share a run starts with, by labels of the rarest class. Few labels: nearly all synthetic. From hundreds on real
images carry the weight (PeopleSansPeople: synthetic frames gave 29 points of AP at 641 real images, 1 at 64,000)."""
FEW = 10
"""Labels of the rarest class under which `auto` keeps the share the same throughout: a last stretch on a handful of
real images repeats each of them hundreds of times. On photographs with 1 to 6 labels of the rarest class that was
better than a falling share of the same mean, or no difference was shown; with 17 it was worse (docs/training.md, "What
simulated frames were worth")."""


class Step(Model):
    """A share from a part of the epochs on."""

    at: Inner
    """Part of the epochs after which it holds: 0.5 is the half of the run."""
    share: Part
    """Share of synthetic images from then on."""


class Stage(Model):
    """A phase of a run with a share and a learning rate of its own."""

    share: Part
    """Share of synthetic images throughout the phase."""
    part: Annotated[float, Field(gt=0, le=1000)] = 1.0
    """Its part of the epochs, beside the parts of the other phases."""
    lr: Annotated[float, Field(gt=0, le=1)] | None = None
    """Learning rate the phase starts with; it falls to a hundredth. Without it, the plan's `lr`."""


class Point(Model):
    """A point of the curve from labels to share."""

    labels: Annotated[int, Field(ge=0)]
    """Real labelled boxes of the rarest class."""
    share: Part
    """Share the run starts with."""


class Share(Model):
    """The share of synthetic images, epoch by epoch."""

    schedule: Literal["auto", "constant", "linear", "cosine", "step", "staged", "adaptive", "by_real_labels"] = "linear"
    """`linear`, `cosine`: from `start` to `end`. `constant`: `start` throughout; 1 is synthetic only, 0 real only.
    `step`: `start`, then each of `steps`. `staged`: phases with learning rates of their own, such as pretraining on
    synthetic and fine-tuning on real images. `adaptive`: holds the share while real validation improves, cuts it at a
    plateau, goes back once if validation falls. `by_real_labels`: linear, and the more real labels there are, the lower
    it starts. `auto`: chosen by the number of real labels; the run says what and why."""
    start: Part | None = None
    """Share of the first epoch."""
    end: Part | None = None
    """Share of the last epoch before the tail (`linear`, `cosine`, `by_real_labels`: 0 if not said); the lowest share
    (`adaptive`)."""
    real_tail: Part = 0.0
    """Part of the epochs, at the end, that is real only."""
    steps: tuple[Step, ...] = ()
    """Later shares of `step`, in order."""
    stages: tuple[Stage, ...] = ()
    """Phases of `staged`, in order. Without them: half of the epochs on synthetic images alone, then real ones alone at
    a quarter of the learning rate."""
    curve: tuple[Point, ...] = ()
    """Labels of the rarest class to the share at the start (`by_real_labels`); straight between points over the
    logarithm. Without it: 1 at none, .9 at 8, .8 at 50, .5 at 300, .25 at 1,000, .1 at 5,000."""
    cut: Inner = 0.5
    """What `adaptive` multiplies the share by at a plateau."""
    patience: Annotated[int, Field(ge=1, le=1000)] = 3
    """Epochs without a better real validation score that `adaptive` takes for a plateau."""
    gain: Annotated[float, Field(ge=0, le=1)] = 0.002
    """Score (mAP50-95) by which `adaptive` calls an epoch better, or a cut worse."""

    def spelt(self) -> dict[str, object]:
        """What the schedule uses, defaults spelt out, for the plan of a run."""
        kept = _USES[self.schedule] | {"schedule"}
        body = self.model_dump(mode="json", exclude_none=True)
        return {key: value for key, value in body.items() if key in kept and value not in ([], ())}

    def sides(self, epochs: int) -> tuple[bool, bool]:
        """Whether synthetic images, and real ones, have a place in some epoch, as far as the plan alone can say."""
        if self.schedule in ("auto", "by_real_labels"):
            return True, True
        shares = self.settled(0, True).per_epoch(epochs)
        low = min(self.end or 0.0, self.start or 0.0) if self.schedule == "adaptive" else float(shares.min())
        return bool((shares > 0).any()), low < 1

    def settled(self, rarest: int, synthetic: bool = True) -> Settled:
        """The schedule as a run follows it, with what depends on the data decided.

        Args:
            rarest: real labelled boxes of the rarest class; 0 without real images.
            synthetic: whether there are synthetic images.
        """
        if self.schedule == "auto":
            return _automatic(self, rarest, synthetic)
        if self.schedule == "by_real_labels":
            points = [(float(point.labels), point.share) for point in self.curve] or list(CURVE)
            start = schedules.by_labels(points, rarest)
            share = self.model_copy(update={"schedule": "linear", "start": round(start, 4), "end": self.end or 0.0})
            return Settled(share, f"{rarest} real labels of the rarest class: the share starts at {start:.2f}")
        return Settled(self, None)


@dataclass(frozen=True)
class Settled:
    """A schedule without open questions.

    Attributes:
        share: as said, or what `auto` and `by_real_labels` came to.
        why: what was decided and why, for people; None where nothing had to be.
    """

    share: Share
    why: str | None

    @property
    def adaptive(self) -> Adaptive | None:
        """How it follows validation, where it does."""
        each = self.share
        if each.schedule != "adaptive":
            return None
        return Adaptive(each.start or 0.0, each.end or 0.0, each.cut, each.patience, each.gain)

    def tail(self, epochs: int) -> int:
        """Epochs at the end that are real only."""
        return round(self.share.real_tail * epochs)

    def per_epoch(self, epochs: int, scores: tuple[float, ...] = ()) -> Shares:
        """(epochs,) asked share of each epoch.

        Args:
            epochs: of the run.
            scores: of finished epochs; only `adaptive` looks at them, and holds its last share from there on.
        """
        each, tail = self.share, self.tail(epochs)
        free = epochs - tail
        start = 0.0 if each.start is None else each.start
        end = start if each.end is None else each.end
        adaptive = self.adaptive
        if adaptive is not None:
            known, _ = adaptive.follow(scores[:free])
            body = np.concatenate([known, np.full(max(0, free - len(known)), known[-1])])[:free]
        elif each.schedule == "cosine":
            body = schedules.cosine(start, end, free)
        elif each.schedule == "step":
            body = schedules.steps(start, [(step.at, step.share) for step in each.steps], free)
        elif each.schedule == "staged":
            counts = schedules.parted([stage.part for stage in self.stages], free)
            body = np.repeat([stage.share for stage in self.stages], counts)
        elif each.schedule == "constant":
            body = np.full(free, start)
        else:
            body = schedules.even(start, end, free)
        return np.asarray(np.clip(np.concatenate([body, np.zeros(tail)]), 0.0, 1.0))

    @property
    def stages(self) -> tuple[Stage, ...]:
        """Phases of `staged`."""
        return self.share.stages or (Stage(share=1.0), Stage(share=0.0))

    def rates(self, lr: float, epochs: int, last: float = 0.01) -> Shares:
        """(epochs,) factor on the plan's learning rate: a straight line to `last` of it, in each phase anew.

        Args:
            lr: of the plan.
            epochs: of the run.
            last: what is left of the rate at the end.
        """

        def line(count: int) -> Shares:
            return (1 - np.arange(count) / max(count, 1)) * (1 - last) + last

        if self.share.schedule != "staged":
            return line(epochs)
        tail = self.tail(epochs)
        counts = schedules.parted([stage.part for stage in self.stages], epochs - tail)
        counts[-1] += tail
        told = bool(self.share.stages)
        parts = []
        for index, (stage, count) in enumerate(zip(self.stages, counts, strict=True)):
            rate = stage.lr if stage.lr is not None else lr if told or index == 0 else lr / 4
            parts.append(rate / lr * line(count))
        return np.concatenate(parts)


def _automatic(share: Share, rarest: int, synthetic: bool) -> Settled:
    if not synthetic:
        chosen = share.model_copy(update={"schedule": "constant", "start": 0.0, "end": None, "real_tail": 0.0})
        return Settled(chosen, "auto: no synthetic images: real ones alone")
    points = list(CURVE)
    start = round(schedules.by_labels(points, rarest), 2)
    told = f"{rarest} real labels of the rarest class"
    if rarest == 0:
        chosen = share.model_copy(update={"schedule": "constant", "start": 1.0, "end": None, "real_tail": 0.0})
        return Settled(chosen, "auto: no real labels to learn from: synthetic images alone")
    if rarest < FEW:
        half = round(start / 2, 2)
        chosen = share.model_copy(update={"schedule": "constant", "start": half, "end": None})
        why = f"fewer than {FEW}: the share stays at {half:.2f}, "
        if share.real_tail:
            why += f"the last {share.real_tail:.0%} is real alone as the plan says"
        else:
            why += "so that the few are not all there is at the end"
    else:
        tail = share.real_tail or 0.2
        chosen = share.model_copy(update={"schedule": "cosine", "start": start, "end": 0.0, "real_tail": tail})
        why = f"{FEW} or more: the share falls from {start:.2f} along a cosine, the last {tail:.0%} is real alone"
    return Settled(chosen, f"auto: {told}, {why}")


_USES = {
    "auto": {"real_tail"},
    "constant": {"start", "real_tail"},
    "linear": {"start", "end", "real_tail"},
    "cosine": {"start", "end", "real_tail"},
    "step": {"start", "steps", "real_tail"},
    "staged": {"stages", "real_tail"},
    "adaptive": {"start", "end", "real_tail", "cut", "patience", "gain"},
    "by_real_labels": {"end", "curve", "real_tail"},
}
_NEEDS = {
    "linear": ("start", "end"),
    "cosine": ("start", "end"),
    "constant": ("start",),
    "step": ("start", "steps"),
    "adaptive": ("start",),
}
FIXED = ("constant", "linear", "cosine", "step")
"""Schedules that depend on the epoch alone."""
_A = {"auto": "an", "adaptive": "an"}
_A_KEY = {"start": "a start", "end": "an end", "steps": "steps"}


def check_share(share: Share, problems: Problems, at: str = "share") -> None:
    """Adds what is wrong with a schedule that its types cannot tell.

    Args:
        share: the schedule.
        problems: taken up here.
        at: its key in the plan.
    """
    uses = _USES[share.schedule]
    for key in sorted(share.model_fields_set - uses - {"schedule"}):
        if share.schedule == "constant" and key == "end" and share.end == share.start:
            continue
        problems.add(
            (at, key),
            f"{_A.get(share.schedule, 'a')} {share.schedule} share has no {key}",
            found=getattr(share, key) if isinstance(getattr(share, key), float | int) else key,
            allowed=f"leave `{key}` out; {share.schedule} knows " + ", ".join(sorted(uses)),
        )
    for key in _NEEDS.get(share.schedule, ()):
        if getattr(share, key) in (None, ()):
            problems.add(
                (at,),
                f"{_A.get(share.schedule, 'a')} {share.schedule} share needs {_A_KEY[key]}",
                allowed=f"`{key}:` " + ("[{at: 0.5, share: 0.3}]" if key == "steps" else "a number from 0 to 1"),
                reason=Reason.MISSING_KEY,
            )
    for field, values in (("steps", [s.at for s in share.steps]), ("curve", [p.labels for p in share.curve])):
        for index in range(1, len(values)):
            if values[index] <= values[index - 1]:
                key = "at" if field == "steps" else "labels"
                problems.add((at, field, index, key), "not after the one before", found=values[index], at_value=True)
    if share.schedule == "adaptive" and share.start is not None and share.end is not None and share.end > share.start:
        problems.add((at, "end"), "above the start: adaptive only lowers the share", found=share.end)
