"""From any of the formats to another, a few images in memory at a time, with every loss counted."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from seedbed.core.datasets import Quality, parent_of, write_card
from seedbed.core.errors import DataError, Reason
from seedbed.core.files import writing
from seedbed.core.progress import Progress, Silent
from seedbed.core.shards import Lock, Shard, Store
from seedbed.scenes.formats.coco_writer import CocoTarget
from seedbed.scenes.formats.kitti import KittiTarget
from seedbed.scenes.formats.layouts import open_source
from seedbed.scenes.formats.model import SPLITS, Format, Loss, Picture, Said, Target
from seedbed.scenes.formats.mot import MotTarget
from seedbed.scenes.formats.reader import Reader
from seedbed.scenes.formats.voc import VocTarget
from seedbed.scenes.formats.yolo_writer import YoloTarget

TARGETS = tuple(each for each in Format if each not in (Format.SEEDBED, Format.CVAT, Format.LABEL_STUDIO))
_SHARD = 256
_LAST = "documents"

Images = Literal["copy", "link"]


@dataclass(frozen=True)
class Converted:
    """What `convert` leaves behind.

    Attributes:
        root: the new dataset's folder.
        source: what the old one was.
        images: per split.
        objects: per class, those of the source.
        lost: what was left out or changed, in words, and how often.
    """

    root: Path
    source: Format
    images: dict[str, int]
    objects: dict[str, int]
    lost: dict[str, int]


def convert(
    dataset: Path | str,
    out: Path | str,
    *,
    to: Format | str,
    images: Images = "copy",
    progress: Progress | None = None,
) -> Converted:
    """Writes the labels of a dataset in another format, its images beside them.

    The whole source is read and checked before the first file is written. Interrupted, the same call goes on.

    Args:
        dataset: a folder in any of the formats, its `data.yaml`, its COCO file, or the file CVAT or Label Studio
            exported.
        out: folder of the new dataset.
        to: one of `TARGETS`.
        images: `copy`, or `link` for hard links, which take no space; what another disk does not let be linked is
            copied.
        progress: told of images written.

    Returns:
        What was written and what was lost.

    Raises:
        DocumentError: label files have problems, each with its file and line; nothing was written.
        DataError: no dataset, one that holds nothing the format can say, or `out` holds something else.
        EngineError: files cannot be written.
    """
    with open_source(dataset) as source:
        return _converted(source, Path(out), Format(to), images, progress or Silent())


def _converted(source: Reader, out: Path, to: Format, images: Images, progress: Progress) -> Converted:
    survey = _survey(source, to)
    parent = parent_of(source.root, role="converted")
    digest = hashlib.blake2b(f"{parent.digest}\0{survey.digest}".encode(), digest_size=16).hexdigest()
    lock = Lock("conversion", source.root.resolve().name, digest, 0, {"from": str(source.format), "to": str(to)})
    _check_place(source.root, out)
    with Store.open(out, lock) as store:
        loss = Loss(dict(survey.loss.counts))
        progress.start(sum(survey.images.values()), "images", f"{source.format} to {to}")
        target = _target(to, source, loss, out)
        try:
            _write(store, source, target, images, progress)
        finally:
            progress.finish()
            if isinstance(target, CocoTarget | MotTarget):
                target.close()
        for what, count in source.notes.counts.items():
            loss.add(what, count)
        counted = {split: survey.images[split] for split in SPLITS if survey.images[split]}
        objects = {name: survey.objects[name] for name in source.classes}
        with writing(out):
            write_card(
                out,
                name=parent.name,
                about=f"{parent.name}, converted from {source.format} to {to}.",
                lock=lock,
                record_sets={"images": [{"name": "image", "type": "ImageObject", "about": "The image."}]},
                quality=Quality.worst([parent.quality]),
                parents=[parent],
                facts={"classes": list(source.classes), "images": counted, "objects": objects, "lost": loss.counts},
            )
    return Converted(out, source.format, counted, objects, loss.counts)


@dataclass
class _Survey:
    """What a source holds and what the target cannot say of it."""

    images: Counter[str] = field(default_factory=Counter)
    objects: Counter[str] = field(default_factory=Counter)
    loss: Loss = field(default_factory=Loss)
    digest: str = ""


def _survey(source: Reader, to: Format) -> _Survey:
    """Reads everything once, without masks: problems are told before anything is written."""
    survey, said = _Survey(), Counter[Said]()
    target = _target(to, source, Loss(), source.root)
    hasher = hashlib.blake2b(digest_size=16)
    places: set[bytes] = set()
    placed = 0
    for picture in source.pictures():
        survey.images[picture.split] += 1
        survey.objects.update(annotation.name for annotation in picture.annotations if annotation.name)
        for annotation in picture.annotations:
            said.update(annotation.said())
            hasher.update(f"{annotation.name}\0{annotation.box}\0".encode())
        if picture.camera is not None:
            said[Said.CAMERA] += 1
            said[Said.DISTORTION] += picture.camera.distortion is not None
        said[Said.MAPS] += picture.maps
        said[Said.SEQUENCE] += picture.sequence is not None
        hasher.update(f"{picture.split}\0{picture.name}\0".encode())
        place = target.image(picture)
        if place is None:
            continue
        placed += 1
        # Labels are named by the image without its suffix: a.jpg and a.png would be one.
        key = hashlib.blake2b(place.rpartition(".")[0].lower().encode(), digest_size=8).digest()
        if key in places:
            raise DataError(
                "two images would have one label file",
                reason=Reason.INVALID,
                where=picture.path,
                found=f"{picture.name} in {picture.split}, twice but for suffix or case",
                repair="rename one of them, with its labels",
            )
        places.add(key)
    if not placed:
        raise DataError(
            f"no image is of a sequence, and {to} has nothing else",
            reason=Reason.NOT_A_DATASET,
            where=source.root,
            found=f"{sum(survey.images.values())} single images ({source.format})",
            allowed="frames of a scene with `sequence:`, or a MOT dataset",
        )
    for one, count in said.items():
        # What a target leaves out, it counts itself.
        if one not in target.says and one not in (Said.IGNORE, Said.CROWD):
            survey.loss.add(f"{one.value} cannot be said in {to}", count)
    survey.digest = hasher.hexdigest()
    return survey


def _target(to: Format, source: Reader, loss: Loss, scratch: Path) -> Target:
    if to is Format.COCO:
        return CocoTarget(source.classes, source.facts, loss, scratch)
    if to is Format.VOC:
        return VocTarget(source.classes, loss)
    if to is Format.KITTI:
        return KittiTarget(source.classes, loss)
    if to is Format.MOT:
        return MotTarget(source.classes, source.facts, loss, scratch)
    if to not in TARGETS:
        made = "seedbed render" if to is Format.SEEDBED else "seedbed label"
        raise DataError(f"the {to} layout is written by {made} alone", allowed=", ".join(TARGETS))
    return YoloTarget(to, source.classes, loss)


def _check_place(root: Path, out: Path) -> None:
    """A dataset inside the one it is made from would be read as part of it."""
    if out.resolve().is_relative_to(root.resolve()):
        raise DataError(
            "the new dataset would lie inside the one it is made from",
            where=out,
            found=f"inside {root}",
            repair="name another folder with -o",
        )


def _write(store: Store, source: Reader, target: Target, images: Images, progress: Progress) -> None:
    """Shard after shard; what is committed already is computed again for the documents, and not written."""
    done = store.done()
    for name, pictures in _batches(source):
        if name in done:
            for picture in pictures:
                target.files(picture)
        else:
            with store.shard(name) as shard:
                for picture in pictures:
                    place = target.image(picture)
                    for path, content in target.files(picture).items():
                        shard.file(path).write_bytes(content)
                    if place is not None:
                        _put(picture.path, shard.file(place), images)
        progress.advance(len(pictures))
    if _LAST not in done:
        with store.shard(_LAST) as shard:
            for path, pieces in target.documents():
                _fill(shard, path, pieces)


def _fill(shard: Shard, path: str, pieces: Iterator[bytes]) -> None:
    with open(shard.file(path), "wb") as file:
        for piece in pieces:
            file.write(piece)


def _batches(source: Reader) -> Iterator[tuple[str, list[Picture]]]:
    """Images by the shard they go to, in order."""
    batch: list[Picture] = []
    number = 0
    for picture in source.pictures():
        batch.append(picture)
        if len(batch) == _SHARD:
            yield f"images-{number:06d}", batch
            batch, number = [], number + 1
    if batch:
        yield f"images-{number:06d}", batch


def _put(source: Path, target: Path, images: Images) -> None:
    if images == "link":
        target.unlink(missing_ok=True)
        try:
            os.link(source.resolve(), target)
            return
        except OSError:
            pass  # another disk, or one without hard links
    shutil.copyfile(source, target)
