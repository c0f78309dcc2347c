"""What a folder of frames holds: its card, `data.yaml`, counts."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from seedbed.core.datasets import Quality, write_card
from seedbed.core.documents import Document
from seedbed.core.files import write_atomic, writing
from seedbed.core.shards import Lock, Store
from seedbed.scenes.formats.yolo import data_yaml
from seedbed.scenes.models.scene import Scene

SPLITS = ("train", "val", "test")


@dataclass(frozen=True)
class Rendered:
    """What `render` leaves behind.

    Attributes:
        root: the dataset folder.
        frames: per split.
        boxes: per class.
        renderer: that drew them.
        made: frames drawn by this call; the others were there already.
        seconds: wall time of this call.
    """

    root: Path
    frames: dict[str, int]
    boxes: dict[str, int]
    renderer: str
    made: int
    seconds: float


def describe(store: Store, document: Document[Scene], lock: Lock, quality: Quality) -> None:
    """Writes `data.yaml` and the card for what is committed."""
    scene, records = document.value, store.done().values()
    present = {record.meta["split"] for record in records}
    if not present:
        return
    text = data_yaml(scene.classes, [split for split in SPLITS if split in present])
    frames, boxes, dropped, empty = counts(store)
    fields = [
        {"name": "image", "type": "ImageObject", "about": "The frame.", "file": "images"},
        {"name": "boxes", "type": "Text", "about": "YOLO lines: class, middle x, y, width, height.", "file": "labels"},
        {"name": "record", "type": "Text", "about": "Every body, its pose and shares; the camera.", "file": "frames"},
    ]
    fields += [
        {"name": name, "type": "ImageObject", "about": about, "file": file}
        for name, about, file, made in (
            ("mask", "Body id of each pixel.", "masks", scene.labels.masks),
            ("semantic", "Class number plus 1 of each pixel.", "semantic", scene.labels.semantic),
            ("depth", "Depth of each pixel along the camera's axis.", "depth", scene.labels.depth),
        )
        if made
    ]
    facts = {
        "classes": list(scene.classes),
        "frames": {split: frames[split] for split in SPLITS if frames[split]},
        "boxes": {name: boxes[name] for name in scene.classes},
        "frames_without_boxes": empty,
        "bodies_without_box": dict(sorted(dropped.items())),
        "boxes_to_ignore": sum(record.meta["ignored"] for record in records),
        "frames_aside": sum(len(record.meta["aside"]) for record in records),
        "label_check": "every frame: boxes recomputed from masks, masks inside projections, every body accounted for",
    }
    with writing(store.root):
        write_atomic(store.root / "data.yaml", text.encode())
        write_card(
            store.root,
            name=scene.name,
            about=scene.about or f"Labelled frames of the scene {scene.name}.",
            lock=lock,
            record_sets={"frames": fields},
            quality=quality,
            facts=facts,
        )


def counts(store: Store) -> tuple[Counter[str], Counter[str], Counter[str], int]:
    """Committed: frames per split, boxes per class, bodies without a box per reason, frames without boxes."""
    frames: Counter[str] = Counter()
    boxes: Counter[str] = Counter()
    dropped: Counter[str] = Counter()
    empty = 0
    for record in store.done().values():
        first, last = record.meta["views"]
        frames[record.meta["split"]] += last - first - len(record.meta["aside"])
        boxes.update(record.meta["boxes"])
        dropped.update(record.meta["dropped"])
        empty += record.meta["empty"]
    return frames, boxes, dropped, empty


def summary(store: Store, scene: Scene, renderer: str, made: int, seconds: float) -> Rendered:
    """What a call leaves behind."""
    frames, boxes, _, _ = counts(store)
    ordered = {split: frames[split] for split in SPLITS if frames[split]}
    return Rendered(store.root, ordered, {name: boxes[name] for name in scene.classes}, renderer, made, seconds)
