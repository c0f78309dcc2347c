"""What a labelled dataset is, whatever wrote it: the form between all readers and writers.

Coordinates are pixels as floats, measured from the image's upper left corner: the left edge of the first pixel is 0,
the right edge of the last one is the width. What a format does not say is None here, never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

Box = tuple[float, float, float, float]
"""Left, top, right, bottom."""
Ring = NDArray[np.float64]
"""(N, 2) corners of an outline, not closed."""
Size = tuple[int, int]
"""Width and height in pixels."""

SPLITS = ("train", "val", "test")


class Format(StrEnum):
    """A layout on disk."""

    SEEDBED = "seedbed"
    YOLO = "yolo"
    YOLO_SEGMENT = "yolo-segment"
    YOLO_OBB = "yolo-obb"
    COCO = "coco"
    VOC = "voc"
    KITTI = "kitti"
    MOT = "mot"
    CVAT = "cvat"
    LABEL_STUDIO = "label-studio"


class Said(StrEnum):
    """What a format may say about an object beside its class and box; the value is the plural for people."""

    AMODAL = "amodal boxes"
    MASK = "masks"
    POLYGON = "outlines"
    ORIENTED = "oriented boxes"
    TRUNCATED = "truncated shares"
    VISIBLE = "visible shares"
    BOX3D = "3D boxes"
    POSE = "poses"
    TRACK = "track numbers"
    KEYPOINTS = "sets of keypoints"
    IGNORE = "ignore marks"
    CROWD = "crowd marks"
    DEPTH = "depths"
    CAMERA = "cameras"
    DISTORTION = "lens distortions"
    MAPS = "depth or semantic maps"
    SEQUENCE = "places in a sequence"


@dataclass(frozen=True)
class Rle:
    """A mask of the whole image as COCO's compressed run lengths (column by column, background first).

    Attributes:
        size: width and height.
        counts: the compressed text.
    """

    size: Size
    counts: bytes


class Mask:
    """An instance mask that is read when it is first asked for: most targets need none."""

    def __init__(self, load: Callable[[], Rle]) -> None:
        self._load = load

    def rle(self) -> Rle:
        """Its run lengths.

        Raises:
            DataError: the file that holds it is damaged.
        """
        return self._load()


@dataclass(frozen=True, eq=False)
class Box3D:
    """A box in camera coordinates: x right, y down, z forward, metres.

    Attributes:
        center: of the box.
        size: along its own x (length, forward), y (height, down) and z (width, left to right) axes, as KITTI has them.
        rotation: (3, 3) from the box's axes to the camera's.
    """

    center: tuple[float, float, float]
    size: tuple[float, float, float]
    rotation: NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Annotation:
    """One object in one image.

    Attributes:
        name: class; "" for a region that is to be ignored whatever is in it.
        box: around what is seen.
        amodal: around the whole object, hidden and outside parts too.
        polygons: outlines of its parts.
        mask: pixel by pixel, all parts, holes too.
        oriented: (4, 2) corners of the smallest turned rectangle.
        truncated: share of the object that lies outside the image, or 1 where a format only says yes.
        visible: share of the whole object that is seen; what lies outside the image counts as unseen.
        occluded: KITTI's step: 0 fully seen, 1 partly hidden, 2 largely hidden; where only a step is known.
        box3d: in camera coordinates.
        pose: (4, 4) object to camera coordinates.
        depth: of its centre, metres along the viewing axis.
        alpha: KITTI's observation angle, radians.
        track: number of the object, the same in all frames of a sequence.
        keypoints: (K, 3) x, y, and 0 not labelled, 1 hidden, 2 seen.
        ignore: neither object nor background: not to be learnt from or counted.
        crowd: stands for several objects.
    """

    name: str
    box: Box
    amodal: Box | None = None
    polygons: tuple[Ring, ...] = ()
    mask: Mask | None = None
    oriented: Ring | None = None
    truncated: float | None = None
    visible: float | None = None
    occluded: int | None = None
    box3d: Box3D | None = None
    pose: NDArray[np.float64] | None = None
    depth: float | None = None
    alpha: float | None = None
    track: int | None = None
    keypoints: NDArray[np.float64] | None = None
    ignore: bool = False
    crowd: bool = False

    def said(self) -> Iterator[Said]:
        """What is known of it beside class and box."""
        known = {
            Said.AMODAL: self.amodal is not None,
            Said.MASK: self.mask is not None,
            Said.POLYGON: bool(self.polygons),
            Said.ORIENTED: self.oriented is not None,
            Said.TRUNCATED: self.truncated is not None,
            Said.VISIBLE: self.visible is not None or self.occluded is not None,
            Said.BOX3D: self.box3d is not None,
            Said.POSE: self.pose is not None,
            Said.DEPTH: self.depth is not None,
            Said.TRACK: self.track is not None,
            Said.KEYPOINTS: self.keypoints is not None,
            Said.IGNORE: self.ignore,
            Said.CROWD: self.crowd,
        }
        return (said for said, there in known.items() if there)

    def step(self) -> int | None:
        """KITTI's step of occlusion, of the part inside the image.

        The format names steps, not limits: fully seen from 95 %, partly hidden from 50 %.
        """
        if self.occluded is not None or self.visible is None:
            return self.occluded
        inside = self.visible / max(1 - (self.truncated or 0), 1e-9)
        return 0 if inside >= 0.95 else 1 if inside >= 0.5 else 2


@dataclass(frozen=True, eq=False)
class Camera:
    """What took an image.

    Attributes:
        matrix: (3, 3) intrinsics in pixels.
        pose: (4, 4) camera (x right, y down, z forward) to world.
        distortion: Brown-Conrady coefficients k1, k2, p1, p2, k3.
    """

    matrix: NDArray[np.float64]
    pose: NDArray[np.float64] | None = None
    distortion: tuple[float, ...] | None = None


@dataclass(frozen=True, eq=False)
class Picture:
    """One image and its objects.

    Attributes:
        path: the file.
        split: `train`, `val` or `test`.
        name: path below its split's image folder, with forward slashes and suffix.
        size: width and height in pixels.
        annotations: its objects; empty for a background image.
        sequence: name of the film it is of.
        number: its frame's number there, from 1.
        camera: that took it.
        maps: whether depth, semantic or instance maps lie beside it.
    """

    path: Path
    split: str
    name: str
    size: Size
    annotations: tuple[Annotation, ...] = ()
    sequence: str | None = None
    number: int | None = None
    camera: Camera | None = None
    maps: bool = False

    @property
    def stem(self) -> str:
        """The name without its suffix."""
        head, dot, _ = self.name.rpartition(".")
        return head if dot else self.name

    @property
    def suffix(self) -> str:
        """The name's suffix, with its dot, in lower case."""
        return Path(self.name).suffix.lower()


class Source(Protocol):
    """A dataset that can be read, as often as wanted, in the same order."""

    @property
    def root(self) -> Path:
        """Its folder."""

    @property
    def format(self) -> Format:
        """What it is."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Names in the dataset's order, unused ones too."""

    @property
    def facts(self) -> Mapping[str, Any]:
        """What holds for the whole set, such as `keypoints` (names per class) or `fps`."""

    def pictures(self) -> Iterator[Picture]:
        """Every image, split after split, one at a time.

        Raises:
            DocumentError: label files have problems; all are listed once the last image was read.
        """


class Target(Protocol):
    """A layout being written: pure functions of pictures to file contents; `convert` puts them on disk."""

    format: Format
    says: frozenset[Said]

    def image(self, picture: Picture) -> str | None:
        """Where its image goes, below the dataset's folder; None where the format has no place for it."""

    def files(self, picture: Picture) -> dict[str, bytes]:
        """Its own label files. Called for every picture, in order; what spans pictures is kept for `documents`."""

    def documents(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """Files about many pictures, in pieces; asked for after the last picture."""


@dataclass
class Loss:
    """What was left out or changed on the way, counted in words.

    Attributes:
        counts: what happened, such as `boxes cut at the image's border` -> how often.
    """

    counts: dict[str, int] = field(default_factory=dict)

    def add(self, what: str, count: int = 1) -> None:
        """Counts it."""
        if count:
            self.counts[what] = self.counts.get(what, 0) + count
