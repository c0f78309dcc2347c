"""What synthetic frames are worth: the same budget spent on real images, on synthetic ones, and on mixes of both."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason, TrainingError
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.core.words import listed
from seedbed.training.mix.share import Share, Stage
from seedbed.training.plan import Plan, check_plan, load_plan
from seedbed.training.sets.material import gather

if TYPE_CHECKING:
    from seedbed.training.judging.verdicts import Difference
    from seedbed.training.runs import TrainResult

ARMS = ("real only", "synthetic only", "constant", "falling", "rising", "staged")
"""`rising` is the control: the same images in the other order. If it does as well as `falling`, the order is not what
helps."""
MIXES = ("falling", "constant", "rising", "staged")
"""Real validation chooses which of them is held against real alone: to choose by the test set would flatter it."""
TABLE, FIGURES = "arms.csv", "arms.json"
Labels = int | Literal["all"]


@dataclass(frozen=True)
class Row:
    """One run.

    Attributes:
        arm: of `ARMS`.
        labels: real labelled images it learnt from.
        seed: of the run.
        folder: of the run.
        map50: on the test set.
        map50_95: on the test set.
        validation: mAP50-95 of its best epoch on real validation.
        mistakes: what it gets wrong at its working threshold.
        classes: name -> mAP50.
    """

    arm: str
    labels: int
    seed: int
    folder: Path
    map50: float
    map50_95: float
    validation: float
    mistakes: dict[str, Any] = field(repr=False, default_factory=dict)
    classes: dict[str, float] = field(repr=False, default_factory=dict)


@dataclass(frozen=True)
class Verdict:
    """Mix against real alone at a number of labels.

    Attributes:
        labels: real labelled images.
        mix: the arm that was held against real alone.
        outcome: `the mix wins`, `real alone wins` or `no difference shown`.
        words: for a client.
        found: the difference, mix minus real alone.
    """

    labels: int
    mix: str
    outcome: str
    words: str
    found: Difference


@dataclass(frozen=True)
class Comparison:
    """All arms.

    Attributes:
        folder: with arms.json, arms.csv and a folder for each arm.
        rows: one per run.
        verdicts: one per number of labels that has both a mix and real alone.
        differences: (labels, arm) -> its difference to real alone.
        orders: (labels, arm) -> the difference of a mix to the falling one: the same images in another order.
        test_images: how many photographs decided.
    """

    folder: Path
    rows: tuple[Row, ...]
    verdicts: tuple[Verdict, ...]
    differences: dict[tuple[int, str], Difference]
    orders: dict[tuple[int, str], Difference]
    test_images: int


def arm_share(arm: str, plan: Plan) -> Share:
    """The share of an arm; all mixes have the same mean, that of the plan's own falling share.

    Args:
        arm: of `ARMS`.
        plan: the plan whose share is meant; one that does not fall is replaced by .9 to 0 with a real tail of a tenth.
    """
    own = plan.share
    shares = own.settled(1).per_epoch(plan.epochs)
    falls = own.schedule in ("linear", "cosine", "step") and shares[0] > shares[-1]
    falling = own if falls else Share(schedule="linear", start=0.9, end=0.0, real_tail=0.1)
    mean = float(falling.settled(1).per_epoch(plan.epochs).mean())
    return {
        "real only": Share(schedule="constant", start=0.0),
        "synthetic only": Share(schedule="constant", start=1.0),
        "constant": Share(schedule="constant", start=round(mean, 6)),
        "falling": falling,
        "rising": Share(schedule="linear", start=max(0.0, 2 * mean - 1), end=min(1.0, 2 * mean)),
        "staged": Share(
            schedule="staged",
            stages=(Stage(share=1.0, part=max(mean, 0.01)), Stage(share=0.0, part=max(1 - mean, 0.01), lr=plan.lr / 4)),
        ),
    }[arm]


def compare_arms(
    plan: Document[Plan] | Path | str,
    out: Path | str,
    *,
    real_labels: Sequence[Labels] | None = None,
    arms: Sequence[str] = ARMS,
    synthetic: Path | str | Sequence[Path | str] | None = None,
    real: Path | str | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Runs a plan once per arm and number of real labels, and says which is better.

    Every run sees as many images, with the same seeds; the real images of a seed are the same in every arm. Interrupted
    at any moment, the same call goes on.

    Args:
        plan: the document, or its file.
        out: folder of the runs and tables.
        real_labels: numbers of real labelled images; without it, the plan's.
        arms: of `ARMS`, all if not said.
        synthetic: folders to take instead of the plan's.
        real: folder to take instead of the plan's.
        progress: told of each run.

    Returns:
        The comparison.

    Raises:
        DocumentError: the plan or label files have problems.
        DataError: a dataset does not fit, or has no test images.
        TrainingError: an unknown arm.
        EngineError: `out` cannot be written.
    """
    from seedbed.training.runs import train

    progress, out = progress or Silent(), Path(out)
    document = load_plan(plan) if not isinstance(plan, Document) else plan
    check_plan(document)
    unknown = [arm for arm in arms if arm not in ARMS]
    if unknown:
        raise TrainingError(
            "no such arm", reason=Reason.UNKNOWN_NAME, where=document.path, found=unknown[0], allowed=listed(ARMS)
        )
    if isinstance(synthetic, str | Path):
        synthetic = [synthetic]
    roots = None if synthetic is None else [Path(each) for each in synthetic]
    base = document.value.model_copy(update={"share": arm_share("falling", document.value)})
    sources = gather(replace(document, value=base), roots, None if real is None else Path(real))
    if sources.real is None or sources.synthetic is None or not sources.real.split("test"):
        raise DataError(
            "arms are judged by real test images, and learn from both kinds",
            reason=Reason.NOT_FOUND,
            where=document.path,
            found="no real test images" if sources.real is not None else "no real set",
            repair="name `synthetic:` and `real:`, and put labelled photographs in images/test of the real set",
        )
    every = len(sources.real.split("train"))
    told = document.value.real_labels
    asked = [told if isinstance(told, int) else "all"] if real_labels is None else list(real_labels)
    numbers = list(dict.fromkeys(every if each == "all" else int(each) for each in asked))
    rows: list[Row] = []
    drawn: dict[tuple[int, str], list[NDArray[np.float64]]] = {}
    jobs = [(labels, arm) for labels in numbers for arm in arms]
    for number, (labels, arm) in enumerate(jobs, 1):
        if arm == "synthetic only" and labels != numbers[0]:
            # It learns from no real image: the same run whatever their number.
            rows += [replace(row, labels=labels) for row in rows if row.arm == arm and row.labels == numbers[0]]
            drawn[labels, arm] = drawn[numbers[0], arm]
            continue
        progress.note(f"{number} of {len(jobs)}: {arm}" + ("" if arm == "synthetic only" else f", {labels} labels"))
        name = arm.replace(" ", "_") + ("" if arm == "synthetic only" else f"-{labels}")
        result = train(
            _arm_document(document, arm, labels, every),
            out / name,
            synthetic=None if arm == "real only" else roots,
            real=real,
            progress=progress,
        )
        for each in _rows(arm, labels, result):
            rows.append(each)
        drawn[labels, arm] = _drawn(result, sources.names)
    comparison = _compared(out, rows, drawn, len(sources.real.split("test")))
    _write(comparison, document.value)
    return comparison


def _arm_document(document: Document[Plan], arm: str, labels: int, every: int) -> Document[Plan]:
    update: dict[str, Any] = {
        "share": arm_share(arm, document.value),
        "real_labels": "all" if arm == "synthetic only" or labels == every else labels,
        "test": ("real",),
    }
    body = json.dumps({"arm": arm, "labels": labels}, sort_keys=True)
    # The digest is that of the text: a run of another arm is another run.
    return replace(document, value=document.value.model_copy(update=update), text=f"{document.text}\n# {body}\n")


def _rows(arm: str, labels: int, result: TrainResult) -> list[Row]:
    return [
        Row(
            arm,
            labels,
            each.seed,
            each.folder,
            each.test["real"]["mAP50"],
            each.test["real"]["mAP50-95"],
            each.validation["real/mAP50-95"],
            each.mistakes["real"],
            {name: one["mAP50"] for name, one in each.test["real"]["classes"].items()},
        )
        for each in result.seeds
    ]


def _drawn(result: TrainResult, names: Sequence[str]) -> list[NDArray[np.float64]]:
    from seedbed.training.judging.records import FILE, load_records
    from seedbed.training.judging.verdicts import drawn_scores

    return [drawn_scores(load_records(each.folder / FILE), names) for each in result.seeds]


def _compared(
    out: Path, rows: Sequence[Row], drawn: dict[tuple[int, str], list[NDArray[np.float64]]], test_images: int
) -> Comparison:
    from seedbed.training.judging.verdicts import difference, verdict

    def against(other: str, arms: Sequence[str]) -> dict[tuple[int, str], Difference]:
        return {
            (labels, arm): difference(each, drawn[labels, other])
            for (labels, arm), each in drawn.items()
            if arm in arms and arm != other and (labels, other) in drawn
        }

    differences = against("real only", ARMS)
    verdicts = []
    for labels in dict.fromkeys(row.labels for row in rows):
        mixes = [arm for arm in MIXES if (labels, arm) in differences]
        if mixes:
            mix = preferred([row for row in rows if row.labels == labels and row.arm in mixes])
            found = differences[labels, mix]
            outcome, words = verdict(found, labels)
            if len(mixes) > 1:
                words += f" The mix is the {mix} one: the best of {listed(mixes)} on real validation photographs."
            verdicts.append(Verdict(labels, mix, outcome, words, found))
    orders = against("falling", MIXES)
    return Comparison(out, tuple(rows), tuple(verdicts), differences, orders, test_images)


def preferred(rows: Sequence[Row]) -> str:
    """The arm with the highest mean score on real validation; the first of `MIXES` where they are equal.

    Args:
        rows: runs of arms of `MIXES` with one number of labels.
    """

    def score(arm: str) -> float:
        return float(np.mean([row.validation for row in rows if row.arm == arm]))

    return max((arm for arm in MIXES if any(row.arm == arm for row in rows)), key=score)


def _write(comparison: Comparison, plan: Plan) -> None:
    body = {
        "images_seen": plan.epochs * plan.images_per_epoch,
        "test_images": comparison.test_images,
        "arms": [
            {
                "arm": row.arm,
                "labels": row.labels,
                "seed": row.seed,
                "mAP50": row.map50,
                "mAP50-95": row.map50_95,
                "validation": row.validation,
                "run": row.folder.relative_to(comparison.folder).as_posix(),
                **{key: row.mistakes[key] for key in ("objects", "found", "background", "duplicates", "misplaced")},
            }
            for row in comparison.rows
        ],
        "against_real_only": _told(comparison.differences),
        "against_falling": _told(comparison.orders),
        "verdicts": [
            {"labels": each.labels, "mix": each.mix, "outcome": each.outcome, "words": each.words}
            for each in comparison.verdicts
        ],
    }
    text = io.StringIO()
    writer = csv.DictWriter(text, list(body["arms"][0]), lineterminator="\n")  # type: ignore[index]
    writer.writeheader()
    writer.writerows(body["arms"])  # type: ignore[arg-type]
    with writing(comparison.folder):
        write_atomic(comparison.folder / FIGURES, json.dumps(body, indent=2).encode() + b"\n")
        write_atomic(comparison.folder / TABLE, text.getvalue().encode())


def _told(differences: dict[tuple[int, str], Difference]) -> list[dict[str, Any]]:
    return [
        {"labels": labels, "arm": arm, "mean": d.mean, "low": d.low, "high": d.high, "seeds": list(d.seeds)}
        for (labels, arm), d in differences.items()
    ]
