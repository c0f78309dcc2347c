"""Where frames come from: the data sets a plan names, their weights, and their class names in the plan's words."""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
from pydantic import BeforeValidator, Field

from seedbed.core.documents import Model
from seedbed.core.errors import DataError, Reason
from seedbed.core.words import listed, nearest_hint
from seedbed.training.sets.labelled import Frame, LabelledSet

PRECISION = 1000
"""Weights count to a thousandth: the order of sources then repeats after a known number of images."""


class Source(Model):
    """One data set of a plan."""

    data: str
    """Its folder, or its data.yaml."""
    weight: Annotated[float, Field(ge=0.001, le=100)] = 1.0
    """Its part among the sources of the same kind: 3 beside 1 is three images of four. To a thousandth."""
    map: dict[str, str | None] = Field(default_factory=dict)
    """Its class names in the plan's words, such as `traffic_cone: cone`. `junk: null` drops the labels of junk: such
    things then stand in its images without a label and are learnt as background."""
    absent: tuple[str, ...] = ()
    """Classes it does not label because none of them stands in its images. Without this word it is refused."""
    enlarge: Annotated[float, Field(ge=0.5, le=2)] = 1.0
    """Its boxes are made so many times as wide and as high, as far as the image goes. Rendered boxes fit to the pixel;
    those drawn by hand are often wider, and what is learnt from one is judged by the other. Outlines stay. For
    synthetic sources: real boxes are what is judged by."""


def as_sources(given: Any) -> Any:
    """A folder or one source in short form -> the list of sources that is meant."""
    if given is None:
        return ()
    each = given if isinstance(given, list | tuple) else [given]
    return tuple({"data": one} if isinstance(one, str) else one for one in each)


class _ShortForms:
    """Lets the schema know the short forms."""

    def __get_pydantic_json_schema__(self, core_schema: Any, handler: Any) -> dict[str, Any]:
        one = handler(core_schema)["items"]
        forms = [{"type": "string"}, one]
        return {"anyOf": [*forms, {"type": "array", "items": {"anyOf": forms}}]}


SourceList = Annotated[tuple[Source, ...], BeforeValidator(as_sources), _ShortForms()]


def whole_weights(weights: Sequence[float]) -> tuple[int, ...]:
    """Weights as the smallest whole numbers in the same proportion, to a thousandth."""
    whole = [max(1, round(weight * PRECISION)) for weight in weights]
    divisor = math.gcd(*whole)
    return tuple(weight // divisor for weight in whole)


def mapped(given: LabelledSet, source: Source) -> tuple[LabelledSet, tuple[str, ...]]:
    """The set with its class names in the plan's words.

    Args:
        given: as read.
        source: with the map.

    Returns:
        The set, and what a person should know: labels that were dropped.

    Raises:
        DataError: the map names a class that the set does not have.
    """
    unknown = [name for name in source.map if name not in given.names]
    if unknown:
        raise DataError(
            f"the map names {'classes' if len(unknown) > 1 else 'a class'} the set does not have: {listed(unknown)}",
            reason=Reason.CLASS_MISMATCH,
            where=given.root,
            found=unknown[0] + nearest_hint(unknown[0], given.names),
            allowed=listed(given.names),
            repair="correct the left side of the source's `map`",
        )
    if source.enlarge != 1.0:
        factor = source.enlarge
        splits = {split: tuple(_enlarged(frame, factor) for frame in frames) for split, frames in given.splits.items()}
        other = hashlib.blake2b(f"{given.digest} {factor!r}".encode(), digest_size=16).hexdigest()
        given = replace(given, splits=splits, digest=other)
    if not source.map:
        return given, ()
    words = [source.map.get(name, name) for name in given.names]
    names = tuple(dict.fromkeys(word for word in words if word is not None))
    if not names:
        raise DataError(
            "the map drops every class", reason=Reason.CLASS_MISMATCH, where=given.root, allowed="one class or more"
        )
    moved = np.array([-1 if word is None else names.index(word) for word in words], dtype=np.int64)
    lost: Counter[str] = Counter()
    images = 0

    def move(frame: Frame) -> Frame:
        nonlocal images
        ids = moved[frame.classes]
        kept = ids >= 0
        if not kept.all():
            images += 1
            lost.update(given.names[int(kind)] for kind in frame.classes[~kept])
        outlines = tuple(outline for outline, stays in zip(frame.outlines, kept.tolist(), strict=True) if stays)
        return replace(frame, classes=ids[kept], boxes=frame.boxes[kept], outlines=outlines)

    splits = {split: tuple(move(frame) for frame in frames) for split, frames in given.splits.items()}
    notes = (
        (
            f"{given.root}: labels dropped by the plan's map: "
            + listed(f"{count} {name}" for name, count in lost.items())
            + f", in {images} images; these things stand there without a label and are learnt as background",
        )
        if lost
        else ()
    )
    return replace(given, names=names, splits=splits), notes


def _enlarged(frame: Frame, factor: float) -> Frame:
    """The frame with larger boxes about the same middles, cut at the image's border."""
    middle, half = frame.boxes[:, :2], frame.boxes[:, 2:] * (factor / 2)
    low, high = np.clip(middle - half, 0, 1), np.clip(middle + half, 0, 1)
    return replace(frame, boxes=np.concatenate([(low + high) / 2, high - low], axis=1).astype(np.float32))


def one_sided(names: Sequence[str], synthetic: LabelledSet, real: LabelledSet) -> tuple[str, ...]:
    """Sentences about classes with training boxes in one of the two sets only."""
    ours, theirs = boxes_of(synthetic), boxes_of(real)
    notes = []
    for name in names:
        one, two = ours[name], theirs[name]
        if (one == 0) != (two == 0):
            where, here, other = ("synthetic", one, "real") if one else ("real", two, "synthetic")
            notes.append(
                f"class {name}: {here} boxes in the {where} training images and none in the {other} ones; "
                f"its share of images falls or rises with the share of {where} images"
            )
        elif one == two == 0:
            notes.append(f"class {name}: no box in any training image; it cannot be learnt")
    return tuple(notes)


def boxes_of(given: LabelledSet, split: str = "train") -> Counter[str]:
    """Boxes of each class name in a split."""
    return Counter(given.names[int(kind)] for frame in given.split(split) for kind in frame.classes)


def told_apart(roots: Sequence[Path]) -> tuple[str, ...]:
    """A short name for each folder, none twice."""
    names: list[str] = []
    for root in roots:
        name, number = root.name, 2
        while name in names:
            name, number = f"{root.name}-{number}", number + 1
        names.append(name)
    return tuple(names)
