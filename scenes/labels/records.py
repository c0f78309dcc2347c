"""The record of a frame: what is in the picture, where, how much of it is seen, and the camera that saw it.

One line of JSON a frame, in `frames/SPLIT/*.jsonl`: Seedbed's own format, of which every other one is a part.

Axes are OpenCV's throughout: pixels run right and down from the picture's top left corner, and the centre of the first
pixel is (0.5, 0.5); in the camera's frame x runs right, y down and z ahead. Lengths are metres.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, is_dataclass
from enum import IntEnum, StrEnum
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason

FORMAT = "frame/1"

Box = tuple[int, int, int, int]
Span = tuple[float, float, float, float]
Vector = tuple[float, float, float]
Matrix = tuple[Vector, Vector, Vector]
Lens = tuple[float, float, float, float, float]


class Dropped(StrEnum):
    """Why a body of a class has no label, or one that is to be ignored."""

    OUTSIDE = "outside"
    """Its silhouette does not meet the picture."""
    HIDDEN = "hidden"
    """No pixel of it is seen: something stands before it, or it is too small to cover one."""
    MIN_VISIBLE = "min_visible"
    """Less than `labels.min_visible` of its silhouette is seen."""
    MIN_PIXELS = "min_pixels"
    """Fewer than `labels.min_pixels` pixels are seen."""


class Seen(IntEnum):
    """What became of a keypoint, in COCO's numbers."""

    OUTSIDE = 0
    """It lies outside the picture or behind the camera."""
    HIDDEN = 1
    """It lies in the picture, behind its own body or another."""
    VISIBLE = 2


@dataclass(frozen=True)
class Keypoint:
    """A named point of a body.

    Attributes:
        name: unique in its class.
        x: pixels; 0 where the point lies behind the camera.
        y: pixels.
        depth: metres along the camera's axis; negative behind it.
        seen: outside, hidden or visible.
    """

    name: str
    x: float
    y: float
    depth: float
    seen: Seen


@dataclass(frozen=True)
class Solid:
    """Where a body is: its pose, and the box around its mesh along the mesh's own axes.

    A point p of the mesh is at `rotation @ p + translation` in the camera's frame. Meshes stand along their +z and face
    along their +x; their origin is the centre of mass, which need not be the box's middle.

    Attributes:
        rotation: of the mesh's axes in the camera's frame, row by row.
        translation: of the mesh's origin, metres.
        center: of the box, metres in the camera's frame; the last is the depth of the body's centre.
        size: of the box along the mesh's x, y and z: length, width and height.
    """

    rotation: Matrix
    translation: Vector
    center: Vector
    size: Vector

    def corners(self) -> NDArray[np.float64]:
        """The (8, 3) corners of the box in the camera's frame: x slowest, z fastest, low before high."""
        signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)]) / 2.0
        return np.asarray((signs * self.size) @ np.array(self.rotation).T + self.center)


@dataclass(frozen=True)
class Label:
    """What became of one body of a class in one frame.

    Attributes:
        id: in the id buffer and the instance mask.
        name: class.
        pixels: visible ones.
        visible: share of the body's whole silhouette that is seen; the silhouette is what a camera with no border
            would see of the body alone, so what lies outside the picture counts as unseen.
        box: left, top, right, bottom in pixel edges (right and bottom exclusive), tight around the visible pixels;
            None when dropped.
        dropped: why it has no box, or None.
        ignored: why its box is one that no detector shall be marked for or against, or None.
        truncated: share of the silhouette that lies outside the picture.
        silhouette: its pixels, outside ones included.
        amodal: left, top, right, bottom of the silhouette in pixels, hidden and outside parts included; None where the
            body lies behind the camera.
        solid: pose and box in space.
        keypoints: those the body's shape has, in the shape's order.
        track: the same for the same body in all frames of its world.
    """

    id: int
    name: str
    pixels: int
    visible: float
    box: Box | None
    dropped: Dropped | None = None
    ignored: Dropped | None = None
    truncated: float = 0.0
    silhouette: int = 0
    amodal: Span | None = None
    solid: Solid | None = None
    keypoints: tuple[Keypoint, ...] = ()
    track: int = 0

    @property
    def counts(self) -> bool:
        """Whether it is a label to learn from: it has a box that is not to be ignored."""
        return self.box is not None and self.ignored is None

    def to_json(self) -> dict[str, Any]:
        """For the record of the frame."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: dict[str, Any]) -> Label:
        """The inverse of `to_json`; unknown keys are left out."""
        solid, ignored, dropped = values["solid"], values["ignored"], values["dropped"]
        return cls(
            id=int(values["id"]),
            name=str(values["name"]),
            pixels=int(values["pixels"]),
            visible=float(values["visible"]),
            box=None if values["box"] is None else cast(Box, tuple(map(int, values["box"]))),
            dropped=None if dropped is None else Dropped(dropped),
            ignored=None if ignored is None else Dropped(ignored),
            truncated=float(values["truncated"]),
            silhouette=int(values["silhouette"]),
            amodal=None if values["amodal"] is None else cast(Span, tuple(map(float, values["amodal"]))),
            solid=None
            if solid is None
            else Solid(
                _matrix(solid["rotation"]),
                _vector(solid["translation"]),
                _vector(solid["center"]),
                _vector(solid["size"]),
            ),
            keypoints=tuple(
                Keypoint(str(p["name"]), float(p["x"]), float(p["y"]), float(p["depth"]), Seen(p["seen"]))
                for p in values["keypoints"]
            ),
            track=int(values["track"]),
        )


@dataclass(frozen=True)
class CameraRecord:
    """The camera of a frame.

    Attributes:
        matrix: intrinsics in pixels, row by row. Pixel centres lie at halves; OpenCV's own functions have them at whole
            numbers, and want 0.5 less in the last column of the first two rows.
        distortion: Brown-Conrady k1, k2, p1, p2, k3.
        rotation: from the world's axes (+z up) to the camera's, row by row.
        translation: of the world's origin in the camera's frame, metres: a point p of the world is at
            `rotation @ p + translation`.
    """

    matrix: Matrix
    distortion: Lens
    rotation: Matrix
    translation: Vector


@dataclass(frozen=True)
class FrameRecord:
    """One frame.

    Attributes:
        frame: number.
        world: number of the settled world, or of the sequence.
        view: number of the frame in its world; in a sequence, in the order of time.
        split: train, val or test.
        image: file, from the dataset's folder.
        size: width and height, pixels.
        seed: of the scene.
        renderer: that drew it. The scene file, seed, renderer and number of the frame draw it again.
        camera: where it stood and what it is.
        bodies: every body of a class, by id, those that are hidden or outside the picture included.
        mask: file of the instance map, or None: the body's id at each pixel, 0 where there is none.
        depth: file of the depth map, or None: `.png` holds whole millimetres, 0 where nothing is or it is further than
            65.535 m; `.tiff` holds metres, infinite where nothing is.
        semantic: file of the semantic map, or None: the class's number plus 1 at each pixel, 0 where there is none.
        fps: frames a second of a sequence, or None.
        time: seconds since the first frame of the sequence, or None.
    """

    frame: int
    world: int
    view: int
    split: str
    image: str
    size: tuple[int, int]
    seed: int
    renderer: str
    camera: CameraRecord
    bodies: tuple[Label, ...]
    mask: str | None = None
    depth: str | None = None
    semantic: str | None = None
    fps: float | None = None
    time: float | None = None

    def to_json(self) -> dict[str, Any]:
        """One line of the dataset's `frames/SPLIT/*.jsonl`."""
        return {"seedbed": FORMAT, **{name: _plain(getattr(self, name)) for name in self.__dataclass_fields__}}

    @classmethod
    def from_json(cls, values: dict[str, Any], where: str = "") -> FrameRecord:
        """The inverse of `to_json`; unknown keys are left out.

        Args:
            values: of one line.
            where: file and line, for the message.

        Raises:
            DataError: it is no record of this format, or one that lacks something.
        """
        if values.get("seedbed") != FORMAT:
            raise DataError(
                "not a record of a frame",
                reason=Reason.DAMAGED,
                where=where or None,
                found=values.get("seedbed"),
                allowed=FORMAT,
            )
        try:
            camera = values["camera"]
            width, height = values["size"]
            return cls(
                frame=int(values["frame"]),
                world=int(values["world"]),
                view=int(values["view"]),
                split=str(values["split"]),
                image=str(values["image"]),
                size=(int(width), int(height)),
                seed=int(values["seed"]),
                renderer=str(values["renderer"]),
                camera=CameraRecord(
                    _matrix(camera["matrix"]),
                    cast(Lens, tuple(map(float, camera["distortion"]))),
                    _matrix(camera["rotation"]),
                    _vector(camera["translation"]),
                ),
                bodies=tuple(Label.from_json(body) for body in values["bodies"]),
                mask=values["mask"],
                depth=values["depth"],
                semantic=values["semantic"],
                fps=None if values["fps"] is None else float(values["fps"]),
                time=None if values.get("time") is None else float(values["time"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DataError(
                "a damaged record of a frame", reason=Reason.DAMAGED, where=where or None, found=str(error)
            ) from None


def _vector(values: Any) -> Vector:
    x, y, z = map(float, values)
    return x, y, z


def _matrix(values: Any) -> Matrix:
    one, two, three = map(_vector, values)
    return one, two, three


def _plain(value: Any) -> Any:
    """Data classes as dictionaries. `dataclasses.asdict` also copies every number: a tenth of a street's time."""
    if value is None or isinstance(value, int | float | str):
        return value
    if isinstance(value, tuple | list) and value and isinstance(value[0], int | float):
        return value
    if is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    if isinstance(value, tuple | list):
        return type(value)(_plain(item) for item in value)
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
