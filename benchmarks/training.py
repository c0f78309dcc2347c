"""The share of a real run against what was asked, and its speed against the model alone.

    python benchmarks/training.py

The run is two small drawn sets and a small detector, with 0 and with 2 loading processes. Its limit is the same
model stepping on one batch that is already in memory, measured in the same process.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path
from typing import Any

from seedbed.core import keys
from seedbed.training import read_history, train
from seedbed.training.plan import loads_plan

SIZE, BATCH, IMAGES, EPOCHS = 160, 16, 160, 4
LEAST_RATIO = 0.75
"""Of the limit's images per second that a whole run, loading and mosaics included, must reach."""


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for look in ("synthetic", "real"):
            _draw(root / look, look)
        worst, speed = 0.0, 0.0
        for workers in (0, 2):
            rows = _rows(root, workers)
            off = max(abs(int(row["synthetic_images"]) - IMAGES * float(row["asked_share"])) for row in rows)
            loads = max(abs(float(row["load_share"]) - float(row["asked_share"])) * int(row["loads"]) for row in rows)
            worst = max(worst, off)
            print(f"{workers} loading processes: at most {off:.2f} images off the share, {loads:.2f} of all loads")
            if workers == 0:
                speed = max(float(row["images_per_second"]) for row in rows)
        limit = _limit()
        ratio = speed / limit
        print(f"run {speed:.0f} images/s, model alone {limit:.0f} images/s: ratio {ratio:.2f} (limit {LEAST_RATIO})")
        print(f"share: {worst:.2f} images off (limit 1)")
        return 0 if worst <= 1 and ratio >= LEAST_RATIO else 1


def _rows(root: Path, workers: int) -> list[dict[str, str]]:
    text = (
        f"seedbed: plan/1\nname: bench\nmodel: small.yaml\nsynthetic: {root / 'synthetic'}\nreal: {root / 'real'}\n"
        f"share: {{start: 0.87, end: 0.05, real_tail: 0.25}}\nepochs: {EPOCHS}\nimages_per_epoch: {IMAGES}\n"
        f"image_size: {SIZE}\nbatch: {BATCH}\nworkers: {workers}\n"
    )
    out = root / f"run-{workers}"
    train(loads_plan(text), out)
    return read_history(out / "epochs.csv")


def _limit() -> float:
    """Images per second of the model, its loss and a step, and nothing else."""
    import torch
    from ultralytics.cfg import get_cfg
    from ultralytics.nn.tasks import DetectionModel

    from seedbed.training.learning.models import find_model

    model: Any = DetectionModel(str(find_model("small.yaml", Path())), nc=1, verbose=False).train()
    model.args = get_cfg()
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-4)
    boxes = torch.tensor([[0.5, 0.5, 0.3, 0.3]]).repeat(BATCH * 3, 1)
    batch = {
        "img": torch.rand(BATCH, 3, SIZE, SIZE),
        "cls": torch.zeros(BATCH * 3, 1),
        "bboxes": boxes,
        "batch_idx": torch.arange(BATCH).repeat_interleave(3).float(),
    }
    best = 0.0
    for _ in range(4):
        start = time.perf_counter()
        for _ in range(IMAGES // BATCH):
            loss, _ = model(batch)
            loss.sum().backward()
            optimizer.step()
            optimizer.zero_grad()
        best = max(best, IMAGES / (time.perf_counter() - start))
    return best


def _draw(root: Path, look: str) -> None:
    import cv2
    import numpy as np

    for split, count in (("train", 40), ("val", 8), ("test", 8)):
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
    (root / "data.yaml").write_text("train: images/train\nval: images/val\ntest: images/test\nnames: [box]\n")


if __name__ == "__main__":
    raise SystemExit(main())
