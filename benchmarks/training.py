"""The share of a real run against what was asked, and its speed beside plain Ultralytics.

    python benchmarks/training.py

Two small drawn sets and yolo11n. The share is counted with 0 and with 2 loading processes. The speed is that of the
epochs of a run with a falling share, held against Ultralytics' own trainer on the same images, the same number an epoch
and the same settings, taking turns in one process; the fastest epoch of each counts.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from seedbed.core import keys
from seedbed.training import read_history, train
from seedbed.training.plan import loads_plan

SIZE, BATCH, IMAGES, EPOCHS, TURNS = 224, 16, 96, 3, 3
LEAST_RATIO = 0.97
"""Of plain Ultralytics' images per second that a run with a falling share must reach."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for look, count in (("synthetic", IMAGES // 2), ("real", IMAGES // 2), ("both", IMAGES)):
            _draw(root / look, look, count)
        worst = 0.0
        for workers in (0, 2):
            rows = _rows(root, f"share-{workers}", workers=workers)
            off = max(abs(int(row["synthetic_images"]) - IMAGES * float(row["asked_share"])) for row in rows)
            loads = max(abs(float(row["load_share"]) - float(row["asked_share"])) * int(row["loads"]) for row in rows)
            worst = max(worst, off)
            print(f"{workers} loading processes: at most {off:.2f} images off the share, {loads:.2f} of all loads")
        ours, plain = [], []
        for turn in range(TURNS):
            ours += [float(row["images_per_second"]) for row in _rows(root, f"turn-{turn}", model="yolo11n.yaml")]
            plain += _plain(root, f"plain-{turn}")
        ratio = max(ours) / max(plain)
        told = f"run {max(ours):.1f} images/s, Ultralytics {max(plain):.1f}"
        print(f"{told}: ratio {ratio:.3f} (limit {LEAST_RATIO})")
        print(f"share: {worst:.2f} images off (limit 1)")
        return 0 if worst <= 1 and ratio >= LEAST_RATIO else 1


def _rows(root: Path, name: str, *, model: str = "small.yaml", workers: int = 0) -> list[dict[str, str]]:
    text = (
        f"seedbed: plan/1\nname: bench\nmodel: {model}\nsynthetic: {root / 'synthetic'}\nreal: {root / 'real'}\n"
        f"share: {{start: 0.87, end: 0.05, real_tail: 0.25}}\nepochs: {EPOCHS}\nimages_per_epoch: {IMAGES}\n"
        f"image_size: {SIZE}\nbatch: {BATCH}\nworkers: {workers}\nmosaic_off: 0\n"
    )
    train(loads_plan(text), root / name)
    return read_history(root / name / "epochs.csv")


def _plain(root: Path, name: str) -> list[float]:
    """Images per second of each epoch of Ultralytics' own trainer, judging left out."""
    from ultralytics.models.yolo.detect import DetectionTrainer

    from seedbed.training.learning import offline
    from seedbed.training.learning.arguments import arguments as told

    plan = loads_plan(
        f"seedbed: plan/1\nname: plain\nmodel: yolo11n.yaml\nreal: {root / 'both'}\nshare: {{start: 0, end: 0}}\n"
        f"epochs: {EPOCHS}\nimages_per_epoch: {IMAGES}\nimage_size: {SIZE}\nbatch: {BATCH}\nmosaic_off: 0\n"
    ).value
    arguments = told(plan, 0, "yolo11n.yaml", root / name) | {"data": str(root / "both" / "data.yaml")}
    speeds: list[float] = []
    began = [0.0]
    trainer: Any = DetectionTrainer(overrides=arguments)
    trainer.args.workers = 0
    trainer.callbacks.clear()
    trainer.callbacks["on_train_epoch_start"] = [lambda _: began.__setitem__(0, time.perf_counter())]
    trainer.callbacks["on_train_epoch_end"] = [lambda _: speeds.append(IMAGES / (time.perf_counter() - began[0]))]
    with offline.log_to(root / f"{name}.log"):
        trainer.train()
    return speeds


def _draw(root: Path, look: str, images: int) -> None:
    import cv2
    import numpy as np

    for split, count in (("train", images), ("val", 8), ("test", 8)):
        for kind in ("images", "labels"):
            (root / kind / split).mkdir(parents=True)
        for number in range(count):
            draw = keys.generator(0, "benchmark", look, split, number)
            image = draw.integers(0, 255, (240, 320, 3), dtype=np.uint8)
            x, y = (int(value) for value in draw.integers(40, 200, 2))
            cv2.rectangle(image, (x - 30, y - 30), (x + 30, y + 30), (0, 180, 255), -1)
            cv2.imwrite(str(root / "images" / split / f"{number}.jpg"), image)
            box = f"0 {x / 320} {y / 240} {60 / 320} {60 / 240}\n"
            (root / "labels" / split / f"{number}.txt").write_text(box)
    (root / "data.yaml").write_text(
        f"path: {root.resolve()}\ntrain: images/train\nval: images/val\ntest: images/test\nnames: [box]\n"
    )


if __name__ == "__main__":
    raise SystemExit(main())
