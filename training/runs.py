"""`train`: a plan becomes a run folder, one run for each seed."""

from __future__ import annotations

import hashlib
import io
import json
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.core.datasets import Quality, parent_of, write_card
from seedbed.core.documents import Document
from seedbed.core.errors import DataError, Reason, SeedbedError
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.core.shards import Lock, Option, Store
from seedbed.training.history.inputs import FILE as INPUTS
from seedbed.training.history.inputs import inputs_of
from seedbed.training.learning.epochs import Row, read_history
from seedbed.training.learning.models import find_model
from seedbed.training.plan import Plan, SetName, check_plan, load_plan
from seedbed.training.sets.inspection import FEW, Inspection, inspect, told_interval
from seedbed.training.sets.material import Material, Sources, chosen, gather
from seedbed.training.sets.places import places_of

if TYPE_CHECKING:
    from seedbed.training.judging.evaluation import Record, Scores
    from seedbed.training.sets.folders import Frame

RESULTS = "results.json"
SHOWN = 12
"""Images whose detections are kept for people to look at."""
LEAST_SCORE = 0.1
"""Detections below it are not kept for people."""


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
    """

    seed: int
    folder: Path
    best_epoch: int
    test: dict[str, dict[str, Any]]
    mistakes: dict[str, dict[str, Any]] = field(default_factory=dict)
    real_labels: tuple[str, ...] = field(repr=False, default=())

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
    with Store.open(out, _lock(document, sources)) as store, writing(out):
        write_atomic(out / "plan.yaml", _resolved(document, sources, model))
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
        _write_card(document, sources, out, result)
    return result


def _one(sources: Sources, seed: int, model: Path | str, folder: Path, teller: _Teller) -> SeedResult:
    """One seed, from wherever it stands."""
    from seedbed.training.learning import offline
    from seedbed.training.learning.trainer import STATE, Run, finish, load_state

    material = sources.material(seed)
    names = tuple(frame.name for frame in material.real)
    if not (folder / RESULTS).exists():
        folder.mkdir(parents=True, exist_ok=True)
        write_atomic(folder / "real_labels.json", json.dumps(names, indent=1, ensure_ascii=False).encode() + b"\n")
        weights = folder / "weights"
        state = load_state(weights)
        done = 0 if state is None else int(state["epoch"])
        teller.begin(seed, done)
        why = sources.plan.share.settled(material.rarest, bool(material.synthetic)).why
        if why is not None:
            teller.progress.note(f"seed {seed}: {why}")
        with offline.log_to(folder / "train.log"):
            if done < sources.plan.epochs:
                _guarded(Run(sources.plan, seed, model, material, folder, teller.row, teller.progress.note))
            finish(weights)
            _judge(sources.plan, seed, material, folder)
        (weights / STATE).unlink(missing_ok=True)
    else:
        teller.begin(seed, sources.plan.epochs)
    body = json.loads((folder / RESULTS).read_text(encoding="utf-8"))
    if "validation_interval" in body:
        teller.progress.note(f"seed {seed}: {told_interval(body['validation_interval'], body['chosen_by'])}")
    return SeedResult(seed, folder, body["best_epoch"], body["test"], body["mistakes"], names)


def _guarded(run: Any) -> None:
    """Trains. An error of ours that comes out of a loading process arrives wrapped in that process' traceback."""
    try:
        run.train()
    except SeedbedError as error:
        told = re.search(r"errors\.(DataError): (.+)", error.message, re.DOTALL)
        if told is None:
            raise
        raise DataError(told[2].strip(), reason=Reason.DAMAGED) from None
    finally:
        if getattr(run, "train_loader", None) is not None:
            run.train_loader.close()


def _judge(plan: Plan, seed: int, material: Material, folder: Path) -> None:
    """The best weights on the test sets: results.json and predictions.json."""
    from seedbed.training.judging.evaluation import Judge, mixed, scores
    from seedbed.training.judging.mistakes import mistakes, working_threshold
    from seedbed.training.judging.parts import by_place, by_size
    from seedbed.training.judging.records import FILE, save_records
    from seedbed.training.judging.uncertainty import interval_of
    from seedbed.training.learning.trainer import load_best

    model = load_best(folder / "weights")
    arguments = evaluation_arguments(plan, folder, model.task)
    rows = read_history(folder / "epochs.csv")
    best = max((int(row["epoch"]) for row in rows if row["best"] == "1"), default=len(rows))
    shares = plan.mixed_shares(np.array([float(row["asked_share"]) for row in rows]))
    share = float(shares[best - 1]) if rows else 0.0

    def judge_of(frames: Sequence[Frame]) -> Judge:
        stride = max(int(model.stride.max()), 32)
        return Judge(frames, material.names, plan.image_size, arguments, stride=stride, batch=32, folder=folder)

    judges = {
        name: judge_of(frames)
        for name, frames in material.test.items()
        if name in material.judged or "mixed" in material.judged
    }
    chosen_by = next(iter(material.val))
    validation = judge_of(material.val[chosen_by]).records(model)
    threshold = working_threshold(validation)
    records = {name: judge.records(model) for name, judge in judges.items()}
    test: dict[SetName, Scores] = {
        name: scores(each, material.names) for name, each in records.items() if name in material.judged
    }
    if "mixed" in material.judged and {"real", "synthetic"} <= set(records):
        test["mixed"] = scores(mixed(records["real"], records["synthetic"], share, seed), material.names)
    first = "real" if "real" in judges else "synthetic"
    if first in records:
        save_records(folder / FILE, records[first], judges[first].frames)
    write_atomic(folder / "weights" / "threshold.json", json.dumps({"threshold": round(threshold, 4)}).encode() + b"\n")
    shown = _shown(first, judges[first].frames, records[first], material.names, seed) if first in judges else []
    write_atomic(folder / "predictions.json", json.dumps(shown, ensure_ascii=False).encode() + b"\n")

    def parts(name: SetName) -> dict[str, Any]:
        if name == "mixed":
            return {}
        places = places_of(judges[name].frames, material.places if name == "real" else None)
        return {
            "sizes": by_size(records[name], material.names, threshold, plan.image_size),
            "places": by_place(records[name], places, material.names, threshold),
        }

    body = {
        "seed": seed,
        "best_epoch": best,
        "chosen_by": chosen_by,
        "threshold": round(threshold, 4),
        "share_of_mixed": share,
        "images_seen": plan.epochs * plan.images_per_epoch,
        "learnt_from": {"synthetic": len(material.synthetic), "real": len(material.real)},
        "validation": {key: float(value) for key, value in rows[best - 1].items() if "/mAP" in key} if rows else {},
        **({"validation_interval": interval_of(validation, material.names, seed)} if len(validation) < FEW else {}),
        "test": {name: each.to_json() | parts(name) for name, each in test.items()},
        "mistakes": {name: mistakes(each, threshold).to_json() for name, each in records.items()},
    }
    write_atomic(folder / RESULTS, json.dumps(body, indent=2, ensure_ascii=False).encode() + b"\n")


def evaluation_arguments(plan: Plan, folder: Path, task: str) -> Any:
    """Ultralytics' arguments for judging a model of a plan."""
    from ultralytics.cfg import get_cfg

    return get_cfg(overrides={"task": task, "imgsz": plan.image_size, "plots": False, "save_dir": str(folder)})


def _shown(
    name: str, frames: Sequence[Frame], records: Sequence[Record], names: Sequence[str], seed: int
) -> list[dict[str, Any]]:
    """Detections and labels of a few frames, in pixels of the file: left, top, right, bottom."""
    by_path = {frame.path: record for frame, record in zip(frames, records, strict=True)}
    shown = []
    for frame in chosen(sorted(frames, key=lambda each: each.name), SHOWN, seed, "shown"):
        record = by_path[frame.path]
        height, width = record["shape"]
        keep = [i for i, score in enumerate(record["conf"]) if score >= LEAST_SCORE]
        truth = []
        for c, (x, y, w, h) in zip(frame.classes, frame.boxes.tolist(), strict=True):
            box = [(x - w / 2) * width, (y - h / 2) * height, (x + w / 2) * width, (y + h / 2) * height]
            truth.append({"class": names[int(c)], "box": [round(value, 2) for value in box]})
        shown.append(
            {
                "image": str(frame.path.resolve()),
                "set": name,
                "width": int(width),
                "height": int(height),
                "boxes": [[round(float(value), 2) for value in record["boxes"][i]] for i in keep],
                "classes": [names[int(record["pred_cls"][i])] for i in keep],
                "scores": [round(float(record["conf"][i]), 4) for i in keep],
                "truth": truth,
            }
        )
    return shown


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


def _lock(document: Document[Plan], sources: Sources) -> Lock:
    """What the weights depend on: the plan and the content of the datasets, wherever they lie."""
    options: dict[str, Option] = {
        name: each.digest if each is not None else None
        for name, each in {"synthetic": sources.synthetic, "real": sources.real}.items()
    }
    if isinstance(sources.real_labels, frozenset):
        options["real_labels"] = _digest(sources.real_labels)
    return Lock(
        kind="run",
        file=document.path.name,
        digest=document.digest,
        seed=document.value.seeds[0],
        options=options,
    )


def _digest(names: frozenset[str]) -> str:
    return hashlib.blake2b("\n".join(sorted(names)).encode(), digest_size=16).hexdigest()


def _resolved(document: Document[Plan], sources: Sources, model: Path | str) -> bytes:
    """The plan as it was run: every default spelt out, every path from the root."""
    from ruamel.yaml import YAML

    body = document.value.model_dump(mode="json", exclude_none=True)
    body["model"] = str(model)
    body["share"] = document.value.share.spelt()
    if document.value.test_share is not None:
        body["test_share"] = document.value.test_share.spelt()
    body["classes"] = list(sources.names)
    body["test"] = list(sources.judged)
    for name in ("synthetic", "real"):
        body.pop(name, None)
    for name, origins in (("synthetic", sources.synthetic_origins), ("real", sources.real_origins)):
        if origins:
            body[name] = [
                {**origin.source.model_dump(mode="json", exclude_defaults=True), "data": str(origin.root.resolve())}
                for origin in origins
            ]
    if isinstance(sources.real_labels, frozenset):
        body["real_labels"] = str((document.folder / str(document.value.real_labels)).resolve())
    if document.value.places is not None:
        body["places"] = str((document.folder / document.value.places).resolve())
    text = io.StringIO()
    yaml: Any = YAML(typ="safe", pure=True)
    yaml.default_flow_style = False
    yaml.sort_base_mapping_type_on_output = False
    yaml.dump(body, text)
    return text.getvalue().encode()


def _write_card(document: Document[Plan], sources: Sources, out: Path, result: TrainResult) -> None:
    parents = [parent_of(origin.root, "synthetic") for origin in sources.synthetic_origins]
    parents.extend(parent_of(origin.root, "real") for origin in sources.real_origins)
    columns = result.seeds[0].epochs[0] if result.seeds and result.seeds[0].epochs else {}
    folder = result.seeds[0].folder.relative_to(out).as_posix()
    file = "epochs.csv" if folder == "." else f"{folder}/epochs.csv"
    write_card(
        out,
        name=document.value.name,
        about=document.value.about or f"A detector of {', '.join(sources.names)}.",
        lock=_lock(document, sources),
        record_sets={
            "epochs": [
                {
                    "name": name,
                    "type": "Integer" if re.search("epoch|images$|loads|repeats|best", name) else "Float",
                    "file": file,
                }
                for name in columns
            ]
        },
        quality=Quality.worst([parent.quality for parent in parents]),
        parents=parents,
        facts={"test": result.summary, "seeds": [each.seed for each in result.seeds]},
    )
