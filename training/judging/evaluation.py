"""Judging a detector on labelled frames with Ultralytics' own matching and average precision.

One pass over a set gives one record per image; the mixed set is made of the records of the other two, so it costs no
second look at any image.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from ultralytics.models.yolo.detect import DetectionValidator
from ultralytics.models.yolo.segment import SegmentationValidator
from ultralytics.utils import ops
from ultralytics.utils.metrics import DetMetrics, SegmentMetrics

from seedbed.core import keys
from seedbed.training.learning.loading import FrameDataset, frame_loader
from seedbed.training.sets.labelled import Frame

Record = dict[str, Any]
"""What one image adds: hits per threshold, scores, predicted and true classes."""


@dataclass(frozen=True)
class Scores:
    """How well a set was detected.

    Attributes:
        images: images judged.
        objects: labelled objects among them.
        map50: mean over classes of average precision at IoU 0.5.
        map50_95: mean over classes and IoU 0.5, 0.55, … 0.95 (COCO).
        classes: name -> (AP at 0.5, AP at 0.5 to 0.95), for classes that have objects.
        masks: (mAP at 0.5, mAP at 0.5 to 0.95) of outlines, where the model gives any.
    """

    images: int
    objects: int
    map50: float
    map50_95: float
    classes: dict[str, tuple[float, float]]
    masks: tuple[float, float] | None = None

    def to_json(self) -> dict[str, Any]:
        """For results.json."""
        masks = {} if self.masks is None else dict(zip(("mAP50", "mAP50-95"), self.masks, strict=True))
        return {
            "images": self.images,
            "objects": self.objects,
            "mAP50": round(self.map50, 5),
            "mAP50-95": round(self.map50_95, 5),
            "classes": {name: {"mAP50": round(a, 5), "mAP50-95": round(b, 5)} for name, (a, b) in self.classes.items()},
            **({"masks": {key: round(value, 5) for key, value in masks.items()}} if masks else {}),
        }


class Judge:
    """Judges models on one set of frames.

    Args:
        frames: the set.
        names: class names.
        size: pixels of the long side.
        hyp: Ultralytics' arguments.
        stride: of the model.
        batch: images at a time.
        folder: where Ultralytics may write.
        square: pad every image to a square, as exported models need it.
    """

    def __init__(
        self,
        frames: Sequence[Frame],
        names: Sequence[str],
        size: int,
        hyp: Any,
        *,
        stride: int,
        batch: int,
        folder: Path,
        square: bool = False,
    ) -> None:
        hyp = copy(hyp)
        hyp.plots = hyp.save_json = hyp.save_txt = False
        self.dataset = FrameDataset(frames, names, size, hyp, augment=False, batch=batch, stride=stride, square=square)
        self.frames = self.dataset.frames
        """The set, in the order of the records."""
        self.loader = frame_loader(self.dataset, batch)
        kind = _OutlineRecorder if hyp.task == "segment" else _BoxRecorder
        self.validator = kind(self.loader, save_dir=folder, args=hyp)
        self.validator.data = {}

    def records(self, model: Any) -> tuple[Record, ...]:
        """Runs a model over the set.

        Args:
            model: a DetectionModel; set to evaluation mode.

        Returns:
            One record per frame, in the order of `frames`.
        """
        validator = self.validator
        model.eval()
        validator.device = next(model.parameters()).device
        validator.init_metrics(model)
        validator.kept = []
        # Not inference mode: the head keeps tensors between calls, which could then never be trained through again.
        with torch.no_grad():
            for batch in self.loader:
                batch = validator.preprocess(batch)
                validator.update_metrics(validator.postprocess(model(batch["img"])), batch)
        return tuple(validator.kept)


class _Recorder:
    """Keeps what every image adds instead of only the sums. Mixed into Ultralytics' validators."""

    _prepare_batch: Callable[..., dict[str, Any]]
    _process_batch: Callable[..., dict[str, Any]]

    kept: list[Record]

    def update_metrics(self, preds: list[dict[str, Any]], batch: dict[str, Any]) -> None:
        """One record per image, its detections in pixels of the file besides."""
        for index, pred in enumerate(preds):
            truth = self._prepare_batch(index, batch)
            classes = truth["cls"].cpu().numpy()
            found = pred["cls"].shape[0] > 0
            record: Record = {
                **self._process_batch(pred, truth),
                "target_cls": classes,
                "target_img": np.unique(classes),
                "conf": pred["conf"].cpu().numpy() if found else np.zeros(0),
                "pred_cls": pred["cls"].cpu().numpy() if found else np.zeros(0),
            }
            boxes = ops.scale_boxes(truth["imgsz"], pred["bboxes"].clone(), truth["ori_shape"], truth["ratio_pad"])
            record["boxes"] = boxes.cpu().numpy()
            labels = ops.scale_boxes(truth["imgsz"], truth["bboxes"].clone(), truth["ori_shape"], truth["ratio_pad"])
            record["truth"] = labels.cpu().numpy()
            record["shape"] = tuple(truth["ori_shape"])
            self.kept.append(record)


class _BoxRecorder(_Recorder, DetectionValidator):  # type: ignore[misc]
    """Of boxes."""


class _OutlineRecorder(_Recorder, SegmentationValidator):  # type: ignore[misc]
    """Of boxes and outlines: a record has `tp_m` besides, hits of outlines per threshold."""


def scores(records: Sequence[Record], names: Sequence[str]) -> Scores:
    """Average precision over records.

    Args:
        records: from `Judge.records`, of any sets.
        names: class names.

    Returns:
        The scores; zeros for a set without objects.
    """
    outlines = bool(records) and "tp_m" in records[0]
    metrics = (SegmentMetrics if outlines else DetMetrics)(dict(enumerate(names)))
    metrics.stats = {key: [record[key] for record in records] for key in metrics.stats}
    objects = sum(len(record["target_cls"]) for record in records)
    if not objects:
        return Scores(len(records), 0, 0.0, 0.0, {})
    metrics.process()
    by_class = {
        names[int(c)]: (float(metrics.box.ap50[i]), float(metrics.box.ap[i]))
        for i, c in enumerate(metrics.box.ap_class_index)
    }
    masks = (float(metrics.seg.map50), float(metrics.seg.map)) if outlines else None
    return Scores(len(records), objects, float(metrics.box.map50), float(metrics.box.map), by_class, masks)


def mixed(real: Sequence[Record], synthetic: Sequence[Record], share: float, seed: int) -> list[Record]:
    """As large a part of two sets as holds `share` of synthetic images.

    Args:
        real: records of the real set.
        synthetic: records of the synthetic set.
        share: of synthetic images, in [0, 1].
        seed: of the run; the same images stay in as the share falls.

    Returns:
        Records; at share 0 all real ones, at 1 all synthetic ones.
    """
    total = min(
        len(real) / (1 - share) if share < 1 else float("inf"),
        len(synthetic) / share if share > 0 else float("inf"),
    )
    count = int(np.floor(total * share + 0.5))
    kept = []
    for name, records, wanted in (("real", real, int(np.floor(total + 0.5)) - count), ("synthetic", synthetic, count)):
        order = keys.generator(seed, "training", "mixed", name).permutation(len(records))
        kept += [records[i] for i in sorted(order[:wanted])]
    return kept
