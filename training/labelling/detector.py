"""A run's best weights as something that looks at pictures."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.training.folder import RESULTS

Array = NDArray[np.float64]
LEAST = 0.01
"""Detections under it are noise whatever the use."""


@dataclass(frozen=True)
class Found:
    """Detections in a picture, most confident first.

    Attributes:
        boxes: (N, 4) left, top, right, bottom in pixels.
        classes: (N,) places in the detector's names.
        scores: (N,) confidence in [0, 1].
    """

    boxes: Array
    classes: NDArray[np.int64]
    scores: Array

    def over(self, threshold: float) -> Found:
        """Those at least so sure."""
        keep = self.scores >= threshold
        return Found(self.boxes[keep], self.classes[keep], self.scores[keep])


class Detector:
    """The best weights of a finished run.

    Args:
        run: folder of a run, or of one seed of it; of several seeds the first is taken.

    Attributes:
        folder: of the seed.
        names: class names.
        threshold: the working threshold, chosen on validation images.
        image_size: pixels of the long side it was taught at.
        learnt_from: names of the real images it was taught with.

    Raises:
        DataError: no finished run is there.
        TrainingError: Ultralytics is not installed.
    """

    def __init__(self, run: Path | str) -> None:
        self.folder = seed_folder(Path(run))
        results = json.loads((self.folder / RESULTS).read_text(encoding="utf-8"))
        names = self.folder / "real_labels.json"
        self.learnt_from: tuple[str, ...] = (
            tuple(json.loads(names.read_text(encoding="utf-8"))) if names.is_file() else ()
        )
        from seedbed.training.learning import offline

        offline.prepare()
        from ultralytics import YOLO

        self._model: Any = YOLO(str(self.folder / "weights" / "best.pt"))
        self.names: tuple[str, ...] = tuple(self._model.names[i] for i in range(len(self._model.names)))
        self.threshold = float(results["threshold"])
        self.image_size = int(_trained_size(self._model))

    def find(self, pictures: Sequence[Any]) -> list[Found]:
        """Looks at pictures.

        Args:
            pictures: (h, w, 3) uint8 BGR each.

        Returns:
            What is found in each, down to `LEAST`.
        """
        if not pictures:
            return []
        told = self._model.predict(
            list(pictures), imgsz=self.image_size, conf=LEAST, iou=0.7, max_det=300, verbose=False, save=False
        )
        return [
            Found(
                each.boxes.xyxy.cpu().numpy().astype(np.float64),
                each.boxes.cls.cpu().numpy().astype(np.int64),
                each.boxes.conf.cpu().numpy().astype(np.float64),
            )
            for each in told
        ]


def seed_folder(run: Path) -> Path:
    """The folder of a run's first seed.

    Raises:
        DataError: no finished run is there.
    """
    candidates = [run, *sorted(run.glob("seed-*"))]
    for folder in candidates:
        if (folder / RESULTS).is_file() and (folder / "weights" / "best.pt").is_file():
            return folder
    raise DataError(
        "no finished run here",
        reason=Reason.NOT_FOUND,
        where=run,
        allowed="a folder that `seedbed train` wrote, with results.json and weights/best.pt",
        repair="name the run folder, or let `seedbed train` finish",
    )


def _trained_size(model: Any) -> int:
    size = (getattr(model, "overrides", None) or {}).get("imgsz") or model.ckpt.get("train_args", {}).get("imgsz", 640)
    return int(size[0] if isinstance(size, list | tuple) else size)
