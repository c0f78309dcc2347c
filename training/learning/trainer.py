"""One run inside Ultralytics: its own loop, our order of images, our judging, our checkpoints."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ultralytics.models.yolo.detect import DetectionTrainer
from ultralytics.models.yolo.segment import SegmentationTrainer
from ultralytics.utils.torch_utils import unwrap_model

from seedbed.core.errors import Reason, TrainingError
from seedbed.core.files import sync_folder, write_atomic, writing
from seedbed.training.judging.evaluation import Judge, Scores, mixed, scores
from seedbed.training.learning import offline
from seedbed.training.learning.arguments import LAST_RATE, arguments
from seedbed.training.learning.checkpoints import STATE, load_state, packed, unpack
from seedbed.training.learning.epochs import History, Row, by_source
from seedbed.training.learning.ledger import Ledger
from seedbed.training.learning.loading import MixDataset, mix_loader
from seedbed.training.learning.together import Ranks
from seedbed.training.mix.order import Mix, repeats
from seedbed.training.mix.schedules import Decision, Shares
from seedbed.training.plan import Plan
from seedbed.training.sets.material import Material

SCHEDULE = "schedule.json"
"""What the share was to be, why, and what was decided on the way."""


class Run(DetectionTrainer):  # type: ignore[misc]
    """A training run. Its name does not hold `Trainer`: Ultralytics adds its loggers to classes that do.

    Args:
        plan: what was asked for.
        seed: of this run.
        model: resolved model: a path of weights, or a description.
        material: frames.
        folder: of this run.
        report: called with each finished row.
        note: called with what a person should know.
        ranks: this process among those that learn together; alone without it.
    """

    model: Any
    best_fitness: float | None
    last: Path
    best: Path

    def __init__(
        self,
        plan: Plan,
        seed: int,
        model: str | Path,
        material: Material,
        folder: Path,
        report: Callable[[Row], None],
        note: Callable[[str], None] = lambda text: None,
        ranks: Ranks | None = None,
    ) -> None:
        self.plan, self.run_seed, self.material, self.folder, self.report = plan, seed, material, folder, report
        self.note = note
        self.ranks = ranks or Ranks()
        self.settled = plan.share.settled(material.rarest, bool(material.synthetic))
        self.rates = self.settled.rates(plan.lr, plan.epochs, LAST_RATE)
        self.mix = Mix(
            seed,
            len(material.synthetic),
            len(material.real),
            plan.images_per_epoch,
            self.settled.per_epoch(plan.epochs),
            material.synthetic_parts,
            material.real_parts,
            plan.mosaic_epochs,
            plan.blends,
        )
        self.history = History(folder / "epochs.csv")
        self.judges: dict[str, Judge] = {}
        self.ledger = Ledger(len(material.synthetic), len(material.real))
        super().__init__(overrides=arguments(plan, seed, model, folder, self.ranks))
        # What Ultralytics sets for itself while it starts: no workers without a graphics card, one thread fewer than
        # there are cores, and callbacks that report elsewhere.
        self.args.workers = plan.workers
        if self.device.type == "cpu":
            torch.set_num_threads(offline.threads())
        self.callbacks.clear()
        self.callbacks["on_train_epoch_start"] = [Run._epoch_starts]
        self.callbacks["on_train_batch_end"] = [Run._batch_ends]
        self.callbacks["on_train_epoch_end"] = [Run._epoch_ends]
        if self.ranks.size > 1:
            self.callbacks["on_fit_epoch_end"] = [Run._epoch_judged]
            self.world_size = self.ranks.size
        self.coming = 0

    # What Ultralytics asks for.

    def get_dataset(self) -> dict[str, Any]:
        """Names only; the frames are at hand."""
        names = dict(enumerate(self.material.names))
        return {"train": "train", "val": "val", "names": names, "nc": len(names), "channels": 3, "path": self.folder}

    def get_model(self, cfg: Any = None, weights: Any = None, verbose: bool = True) -> Any:
        """A detector, or a segmenter where the model is one."""
        kind = SegmentationTrainer if self.args.task == "segment" else DetectionTrainer
        return kind.get_model(self, cfg, weights, verbose)

    def get_dataloader(self, dataset_path: str, batch_size: int = 16, rank: int = 0, mode: str = "train") -> Any:
        """The mix to learn from; for `val` the first judge's own loader, which Ultralytics only counts."""
        stride = max(int(unwrap_model(self.model).stride.max()), 32)
        if mode != "train":
            for name, frames in self.material.val.items():
                self.judges[name] = Judge(
                    frames,
                    self.material.names,
                    self.args.imgsz,
                    self.args,
                    stride=stride,
                    batch=max(batch_size, 32),
                    folder=self.folder,
                )
            return next(iter(self.judges.values())).loader
        dataset = MixDataset(
            self.material.synthetic,
            self.material.real,
            self.mix,
            self.plan.mosaic_epochs,
            self.material.names,
            self.args.imgsz,
            self.args,
            batch=self.plan.batch,
            stride=stride,
            steps=self.plan.augment,
        )
        return mix_loader(dataset, self.plan.batch, self.args.workers, self.ranks)

    def _setup_ddp(self) -> None:
        """Meets the other processes, over gloo where there are no graphics cards; Ultralytics only knows cards."""
        self.ranks.join(self.device)

    def _setup_train(self) -> None:
        """As alone; what processes share is put around the finished model."""
        self.world_size = 1
        super()._setup_train()
        if self.ranks.size > 1:
            self.world_size = self.ranks.size
            self.model = self.ranks.wrapped(self.model, self.device)

    def _setup_scheduler(self) -> None:
        """The plan's rates: one straight line, or one in each phase."""
        last = len(self.rates) - 1
        self.lf = lambda epoch: float(self.rates[min(int(epoch), last)])
        self.scheduler = torch.optim.lr_scheduler.LambdaLR(self.optimizer, lr_lambda=self.lf)

    def preprocess_batch(self, batch: dict[str, Any]) -> dict[str, Any]:
        """As Ultralytics', after holding the batch against the plan."""
        self.ledger.hold(batch.pop("loads"))
        result: dict[str, Any] = super().preprocess_batch(batch)
        return result

    def validate(self) -> tuple[dict[str, float], float]:
        """Judges the averaged weights on every set; only the first set's score chooses the best."""
        if not self.ranks.first:
            return {}, 0.0
        model = self.ema.ema
        records = {name: judge.records(model) for name, judge in self.judges.items()}
        names = self.material.names
        self.judged: dict[str, Scores] = {name: scores(each, names) for name, each in records.items()}
        if "mixed" in self.material.judged:
            share = float(self.plan.mixed_shares(self.mix.shares)[self.epoch])
            self.judged["mixed"] = scores(mixed(records["real"], records["synthetic"], share, self.run_seed), names)
        fitness = next(iter(self.judged.values())).map50_95
        if self.best_fitness is None or self.best_fitness < fitness:
            self.best_fitness = fitness
        flat = {}
        for name, each in self.judged.items():
            flat[f"{name}/mAP50"], flat[f"{name}/mAP50-95"] = each.map50, each.map50_95
        return flat, fitness

    def save_metrics(self, metrics: dict[str, float]) -> None:
        """One row of epochs.csv."""
        synthetic = len(self.material.synthetic)
        ledger, used = self.ledger, self.ledger.used
        row = Row(
            epoch=self.epoch + 1,
            asked_share=float(self.mix.shares[self.epoch]),
            share=ledger.synthetic / self.mix.images,
            load_share=ledger.synthetic_loads / max(ledger.loads, 1),
            synthetic_images=ledger.synthetic,
            real_images=self.mix.images - ledger.synthetic,
            loads=ledger.loads,
            synthetic_repeats=repeats(used[:synthetic]),
            real_repeats=repeats(used[synthetic:]),
            lr=float(self.lr.get("lr/pg0", 0.0)),
            seconds=self.train_seconds,
            images_per_second=self.mix.images / max(self.train_seconds, 1e-9),
            scores={name: (each.map50, each.map50_95) for name, each in self.judged.items()},
            losses={key: float(value) for key, value in self.tloss.items()},
            best=self.best_fitness == self.fitness,
            mixed_share=float(self.plan.mixed_shares(self.mix.shares)[self.epoch]) if "mixed" in self.judged else None,
            sources=by_source("synthetic", self.material.synthetic, self.mix.synthetic_parts, used[:synthetic])
            | by_source("real", self.material.real, self.mix.real_parts, used[synthetic:]),
        )
        self.history.add(row)
        self.report(row)
        for decision in self._follow()[-1:]:
            if decision.what != "hold":
                self.note(f"seed {self.run_seed} epoch {decision.epoch}: {decision.why}")

    def save_model(self) -> bool:
        """Checkpoints that are whole or absent, and a state that goes on bit for bit.

        Ultralytics writes in place and keeps halved precision; here `best.pt` and `last.pt` are its own files, renamed
        into place, and `state.pt`, written last, is what a next start reads.
        """
        last, best = self.last, self.best
        self.last, self.best = (path.with_name(f".tmp~{path.name}") for path in (last, best))
        try:
            with writing(self.wdir):
                super().save_model()
                for temporary, final in ((self.best, best), (self.last, last)):
                    if temporary.exists():
                        os.replace(temporary, final)
                sync_folder(self.wdir)
                write_atomic(self.wdir / STATE, packed(self))
        finally:
            for temporary in (self.last, self.best):
                temporary.unlink(missing_ok=True)
            self.last, self.best = last, best
        return True

    def resume_training(self, ckpt: Any) -> None:
        """Goes on from `state.pt` where there is one; Ultralytics' own resume is not used."""
        state = load_state(self.wdir)
        if state is None:
            self._begin(0)
            return
        unpack(self, state)
        self._begin(self.start_epoch)

    def _begin(self, epoch: int) -> None:
        """Drops what was told of epochs after the one to go on from; others than the first process only read."""
        if self.ranks.first:
            self.history.keep(epoch)
        else:
            self.history.rows = [row for row in self.history.rows if int(row["epoch"]) <= epoch]
        self._follow()

    def final_eval(self) -> None:
        """Nothing: the test comes after, on its own, so that an interrupted one can be run again."""

    def _handle_nan_recovery(self, epoch: int) -> bool:
        """Going back and drawing the same images again would end in the same place: an error instead."""
        return False

    def _follow(self) -> list[Decision]:
        """Writes down the schedule, and follows validation where the plan says so.

        The scores are those of epochs.csv, to its digits: a resumed run comes to the same decisions.
        """
        scores = tuple(float(row[f"{next(iter(self.material.val))}/mAP50-95"]) for row in self.history.rows)
        shares = self.settled.per_epoch(self.plan.epochs, scores)
        adaptive = self.settled.adaptive
        decisions = adaptive.follow(scores[: len(shares) - self.settled.tail(len(shares))])[1] if adaptive else []
        body = {
            "schedule": self.settled.share.schedule,
            "why": self.settled.why,
            "shares": [round(float(share), 6) for share in shares],
            "decisions": [asdict(decision) for decision in decisions],
        }
        if self.ranks.first:
            write_atomic(self.folder / SCHEDULE, json.dumps(body, indent=1).encode() + b"\n")
        self._take(shares)
        return decisions

    def _take(self, shares: Shares) -> None:
        """Follows these shares from the next epoch on."""
        if not np.array_equal(shares, self.mix.shares):
            # Loading processes hold copies of the order and may be ahead: they start anew with the next epoch.
            self.mix = replace(self.mix, shares=shares)
            self.coming = -1
            if getattr(self, "train_loader", None) is not None:
                self.train_loader.dataset.follow(self.mix)

    def _epoch_judged(self) -> None:
        """All processes follow what the first has decided."""
        self._take(self.ranks.told(self.mix.shares))
        self.ledger.used = self.ranks.told(self.ledger.used)

    # What we do at its events.

    def _epoch_starts(self) -> None:
        # Where memory runs out in the first epoch, Ultralytics would halve the batch in silence, three times.
        self._oom_retries = 3
        if self.coming != self.epoch:
            # Another epoch than the loader is about to give: after a resume, or when Ultralytics repeats one.
            self.train_loader.reset()
            self.train_loader.sampler.next_epoch = self.epoch
        self.coming = self.epoch + 1
        self.ledger.begin(self.mix, self.epoch, self.train_loader.sampler.places)
        self.began = time.perf_counter()

    def _batch_ends(self) -> None:
        self.ranks.check_parent()
        if not bool(torch.isfinite(self.loss)):
            raise TrainingError(
                "the loss is no longer a number",
                reason=Reason.NOT_FINITE,
                where=f"epoch {self.epoch + 1}",
                found=float(self.loss),
                repair=f"lower `lr` (now {self.plan.lr}) in the plan and train into another folder",
            )

    def _epoch_ends(self) -> None:
        self.train_seconds = time.perf_counter() - self.began
        self.ledger.end(lambda counts: self.ranks.summed(counts, self.device))
