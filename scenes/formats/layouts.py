"""Finds out what a folder of labelled images is, and opens it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from seedbed.core.errors import DataError, Reason
from seedbed.core.shards import MANIFEST, read_lock
from seedbed.scenes.formats.coco_reader import CocoReader
from seedbed.scenes.formats.cvat import CvatReader
from seedbed.scenes.formats.images import split_of
from seedbed.scenes.formats.kitti import KittiReader, kitti_folders
from seedbed.scenes.formats.label_studio import LabelStudioReader, looks_like_label_studio
from seedbed.scenes.formats.model import Format
from seedbed.scenes.formats.mot import MotReader, mot_sequences
from seedbed.scenes.formats.native import NativeReader
from seedbed.scenes.formats.reader import Reader
from seedbed.scenes.formats.voc import VocReader, looks_like_voc
from seedbed.scenes.formats.yolo_reader import DESCRIPTIONS, YoloReader

ALLOWED = (
    "a folder that seedbed render wrote; YOLO with data.yaml; COCO with annotations/*.json or _annotations.coco.json "
    "in each split; VOC with Annotations; KITTI with image_2 and label_2; MOT with gt/gt.txt; "
    "CVAT's annotations.xml or Label Studio's JSON export"
)


def open_source(path: Path | str) -> Reader:
    """Opens a dataset, whatever its layout.

    Args:
        path: its folder, its `data.yaml`, a COCO file, or what CVAT or Label Studio exported.

    Raises:
        DataError: no dataset, or one of several layouts at once.
        DocumentError: its description has problems.
    """
    path = Path(path)
    if path.is_file():
        if path.suffix.lower() == ".xml":
            return CvatReader(path)
        if path.suffix.lower() == ".json" and looks_like_label_studio(path):
            return LabelStudioReader(path)
        if path.suffix.lower() == ".json":
            root = path.parent.parent if path.parent.name == "annotations" else path.parent
            return CocoReader(root, [path])
        if path.suffix.lower() in (".yaml", ".yml"):
            native = _is_native(path.parent)
            return NativeReader(path.parent) if native else YoloReader(path.parent, path)
    if not path.is_dir():
        raise DataError(
            "not a dataset" if path.exists() else "no such folder",
            reason=Reason.NOT_A_DATASET if path.exists() else Reason.NOT_FOUND,
            where=path,
            allowed=ALLOWED,
        )
    if _is_native(path):
        return NativeReader(path)
    found: dict[Format, Callable[[], Reader]] = {}
    if _is_yolo(path):
        found[Format.YOLO] = lambda: YoloReader(path)
    if files := coco_files(path):
        found[Format.COCO] = lambda: CocoReader(path, files)
    if _is_voc(path):
        found[Format.VOC] = lambda: VocReader(path)
    if kitti_folders(path):
        found[Format.KITTI] = lambda: KittiReader(path)
    if mot_sequences(path):
        found[Format.MOT] = lambda: MotReader(path)
    if (cvat := path / "annotations.xml").is_file():
        found[Format.CVAT] = lambda: CvatReader(cvat)
    exports = [each for each in sorted(path.glob("*.json")) if looks_like_label_studio(each)]
    if not found and len(exports) == 1:
        found[Format.LABEL_STUDIO] = lambda: LabelStudioReader(exports[0])
    if len(found) != 1:
        raise DataError(
            "more than one layout in one folder" if found else "no layout that is known",
            reason=Reason.NOT_A_DATASET,
            where=path,
            found=", ".join(found) if found else None,
            allowed=ALLOWED,
            repair="name the data.yaml or the JSON file itself" if found else "name the folder above or below",
        )
    return next(iter(found.values()))()


def _is_native(path: Path) -> bool:
    lock = read_lock(path)
    return lock is not None and lock.get("kind") == "frames" and (path / MANIFEST).is_dir()


def _is_yolo(path: Path) -> bool:
    named = any((path / name).is_file() for name in DESCRIPTIONS)
    return named or ((path / "images").is_dir() and (path / "labels").is_dir())


def coco_files(root: Path) -> list[Path]:
    """Annotation files of a COCO dataset: of objects, not of captions or people's keypoints alone."""
    found = sorted((root / "annotations").glob("*.json"))
    instances = [path for path in found if path.name.startswith("instances")]
    beside = [path for path in sorted(root.glob("*/_annotations.coco.json")) if split_of(path.parent.name)]
    return instances or found or beside or sorted(root.glob("*.coco.json")) or sorted(root.glob("instances*.json"))


def _is_voc(root: Path) -> bool:
    if (root / "Annotations").is_dir():
        return True
    folders = [root, *(path for path in sorted(root.iterdir()) if path.is_dir() and split_of(path.name))]
    return any(looks_like_voc(path) for folder in folders for path in sorted(folder.glob("*.xml"))[:1])
