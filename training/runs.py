"""`train`: a plan becomes a run folder, one run for each seed."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason, SeedbedError, TrainingError
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.core.shards import Store
from seedbed.training.folder import RESULTS, lock_of, resolved, write_run_card
from seedbed.training.history.inputs import FILE as INPUTS
from seedbed.training.history.inputs import inputs_of
from seedbed.training.learning.epochs import Row, read_history
from seedbed.training.learning.models import find_model
from seedbed.training.plan import Plan, check_plan, load_plan
from seedbed.training.sets.inspection import Inspection, inspect, told_interval
from seedbed.training.sets.material import Sources, gather


@dataclass(frozen=True)
class SeedResult:
    """One finished run.

    Attributes:
        seed: of the run.
        folder: with epochs.csv, results.json, predictions.json and weights/.
        best_epoch: from 1.
        test: set -> scores of the best weights: `images`, `objects`, `mAP50`, `mAP50-95`, `classes`.
        mistakes: set -> what the best weights get wrong at the working threshold: the fields of `mistakes.Mistakes`.
        real_labels: names of the real images that were learnt from.
        validation: "real/mAP50-95" and so on -> score of the best epoch on validation.
    """

    seed: int
    folder: Path
    best_epoch: int
    test: dict[str, dict[str, Any]]
    mistakes: dict[str, dict[str, Any]] = field(default_factory=dict)
    real_labels: tuple[str, ...] = field(repr=False, default=())
    validation: dict[str, float] = field(repr=False, default_factory=dict)

    @property
    def epochs(self) -> list[dict[str, str]]:
        """Rows of epochs.csv."""
        return read_history(self.folder / "epochs.csv")

    @property
    def best_weights(self) -> Path:
        """Path of best.pt."""
        return self.folder / "weights" / "best.pt"

    @property
    def predictions(self) -> list[dict[str, Any]]:
        """Detections and labels of a few test images."""
        content: list[dict[str, Any]] = json.loads((self.folder / "predictions.json").read_text(encoding="utf-8"))
        return content


@dataclass(frozen=True)
class TrainResult:
    """A finished plan.

    Attributes:
        folder: the run folder.
        seeds: one result for each seed, in the plan's order.
        summary: "real/mAP50" and so on -> {"mean", "min", "max"} over seeds.
    """

    folder: Path
    seeds: tuple[SeedResult, ...]
    summary: dict[str, dict[str, float]]


def train(
    plan: Document[Plan] | Path | str,
    out: Path | str,
    *,
    synthetic: Path | str | Sequence[Path | str] | None = None,
    real: Path | str | None = None,
    progress: Progress | None = None,
    before: Callable[[Path, Inspection], None] | None = None,
) -> TrainResult:
    """Runs a plan. Interrupted at any moment, the same call goes on after the last finished epoch.

    Args:
        plan: the document, or its file.
        out: the run folder; with several seeds, each has `seed-N/` in it.
        synthetic: folder or folders to take instead of the plan's.
        real: folder to take instead of the plan's.
        progress: told of each epoch.
        before: called with the run folder and what the data look like, before anything is learnt.

    Returns:
        The results.

    Raises:
        DocumentError: the plan or label files have problems.
        DataError: a dataset does not fit, or `out` holds another plan's run.
        TrainingError: it cannot start or go on.
        EngineError: `out` cannot be written.
    """
    progress = progress or Silent()
    if isinstance(plan, Document):
        document = plan
        check_plan(document)
    else:
        document = load_plan(plan)
    if isinstance(synthetic, str | Path):
        synthetic = [synthetic]
    roots = None if synthetic is None else [Path(each) for each in synthetic]
    sources = gather(document, roots, None if real is None else Path(real))
    model = find_model(document.value.model, document.folder)
    inspection = inspect(sources)

    from seedbed.training.learning import offline

    offline.prepare()

    from seedbed.training.learning.tasks import check_task, task_of

    check_task(task_of(model), sources)
    out = Path(out)
    with Store.open(out, lock_of(document, sources)) as store, writing(out):
        write_atomic(out / "plan.yaml", resolved(document, sources, model))
        write_atomic(out / "leaks.json", inspection.leaks_json())
        write_atomic(out / INPUTS, json.dumps(inputs_of(sources, inspection), indent=1, ensure_ascii=False).encode())
        if before is not None:
            before(out, inspection)
        for note in (*sources.notes, *inspection.notes, *inspection.advice):
            progress.note(note)
        seeds = document.value.seeds
        progress.start(len(seeds) * document.value.epochs, "epochs", f"train {document.value.name}")
        try:
            folders = [store.root / f"seed-{seed}" if len(seeds) > 1 else store.root for seed in seeds]
            teller = _Teller(document.value, progress)
            results = tuple(
                _one(sources, seed, model, folder, teller) for seed, folder in zip(seeds, folders, strict=True)
            )
        finally:
            progress.finish()
        result = TrainResult(out, results, _summary(results))
        body = {"seeds": {str(r.seed): r.folder.relative_to(out).as_posix() for r in results}, "test": result.summary}
        write_atomic(out / "summary.json", json.dumps(body, indent=2).encode() + b"\n")
        write_run_card(document, sources, out, result)
    return result


def _one(sources: Sources, seed: int, model: Path | str, folder: Path, teller: _Teller) -> SeedResult:
    """One seed, from wherever it stands."""
    from seedbed.training.judging.final import judge
    from seedbed.training.learning import offline
    from seedbed.training.learning.checkpoints import STATE, finish, load_state
    from seedbed.training.learning.together import Job, train_together
    from seedbed.training.learning.trainer import Run

    material = sources.material(seed)
    names = tuple(frame.name for frame in material.real)
    if not (folder / RESULTS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / "real_labels.json", json.dumps(names, indent=1, ensure_ascii=False).encode() + b"\n")
        weights = folder / "weights"
        state = load_state(weights)
        done = 0 if state is None else int(state["epoch"])
        ended = state is not None and state["stopped"]
        teller.begin(seed, done)
        why = sources.plan.share.settled(material.rarest, bool(material.synthetic)).why
        if why is not None:
            teller.progress.note(f"seed {seed}: {why}")
        with offline.log_to(folder / "train.log"):
            if not ended and sources.plan.processes > 1:
                train_together(Job(sources.plan, seed, model, material, folder), teller.row, teller.progress.note)
            elif not ended:
                _guarded(Run(sources.plan, seed, model, material, folder, teller.row, teller.progress.note))
            teller.stopped(len(read_history(folder / "epochs.csv")))
            finish(weights)
            judge(sources.plan, seed, material, folder)
        (weights / STATE).unlink(missing_ok=True)
    else:
        teller.begin(seed, sources.plan.epochs)
    body = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    if "validation_interval" in body:
        teller.progress.note(f"seed {seed}: {told_interval(body['validation_interval'], body['chosen_by'])}")
    return SeedResult(seed, folder, body["best_epoch"], body["test"], body["mistakes"], names, body["validation"])


def _guarded(run: Any) -> None:
    """Trains. An error of ours that comes out of a loading process arrives wrapped in that process' traceback."""
    try:
        run.train()
    except SeedbedError as error:
        told = re.search(r"errors\.(DataError): (.+)", error.message, re.DOTALL)
        if told is None:
            raise
        raise DataError(told[2].strip(), reason=Reason.DAMAGED) from None
    except (RuntimeError, MemoryError, OSError) as error:
        if not (isinstance(error, MemoryError) or _OUT_OF_MEMORY.search(str(error))):
            raise
        plan = run.plan
        raise TrainingError(
            "memory is not enough for this plan",
            reason=Reason.TOO_LARGE,
            where=run.folder,
            found=f"batch {plan.batch} at {plan.image_size} pixels, {plan.workers} loading processes",
            repair="lower `batch`, `image_size` or `workers` and train into another folder; what is finished stays",
        ) from None
    finally:
        if getattr(run, "train_loader", None) is not None:
            run.train_loader.close()


_OUT_OF_MEMORY = re.compile(
    r"out of memory|allocate memory|Insufficient memory|CUBLAS_STATUS_ALLOC_FAILED", re.IGNORECASE
)
"""What torch, OpenCV, CUDA and the system say when there is no memory left."""


class _Teller:
    """Says one line per epoch, with the time left over all seeds."""

    def __init__(self, plan: Plan, progress: Progress) -> None:
        self.plan, self.progress = plan, progress
        self.seed = plan.seeds[0]
        self.left = len(plan.seeds) * plan.epochs
        self.spent: list[float] = []
        self.clock = time.monotonic()

    def begin(self, seed: int, done: int) -> None:
        """A seed starts, with epochs already done."""
        self.seed, self.clock = seed, time.monotonic()
        self.left -= done
        if done:
            self.progress.advance(done)
            if done < self.plan.epochs:
                self.progress.note(f"seed {seed}: going on after epoch {done}")

    def stopped(self, epochs: int) -> None:
        """The seed has ended, perhaps before its time."""
        early = self.plan.epochs - epochs
        if early:
            self.left -= early
            self.progress.advance(early)
            self.progress.note(
                f"seed {self.seed}: ended after epoch {epochs}, no better score for {self.plan.stop_after} epochs"
            )

    def row(self, row: Row) -> None:
        """An epoch has ended."""
        now = time.monotonic()
        self.spent.append(now - self.clock)
        self.clock = now
        self.left -= 1
        recent = self.spent[-5:]
        seconds = self.left * sum(recent) / len(recent)
        name, (_, score) = next(iter(row.scores.items()))
        self.progress.advance(1)
        self.progress.note(
            f"seed {self.seed} epoch {row.epoch}/{self.plan.epochs}: synthetic {row.share:.0%} "
            f"(of all loads {row.load_share:.0%}), {name} mAP50-95 {score:.3f}{' (best)' if row.best else ''}, "
            f"{row.images_per_second:.0f} images/s, {_duration(seconds)} left"
        )


def _duration(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _summary(results: Sequence[SeedResult]) -> dict[str, dict[str, float]]:
    values: dict[str, list[float]] = {}
    for result in results:
        for name, each in result.test.items():
            for metric in ("mAP50", "mAP50-95"):
                values.setdefault(f"{name}/{metric}", []).append(each[metric])
    return {
        key: {"mean": round(sum(each) / len(each), 5), "min": min(each), "max": max(each)}
        for key, each in values.items()
    }
