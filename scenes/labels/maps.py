"""Maps of a frame: instances, classes and depth at each pixel, and their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason, RenderError
from seedbed.scenes.labels.records import Label
from seedbed.scenes.view import Floats, View

Ids = NDArray[np.uint16]
Map = NDArray[np.uint8] | NDArray[np.uint16]

_FARTHEST_MM = 65535
_DEFLATE = 8  # TIFF's number for it


def mask_of(ids: Ids, labels: Sequence[Label]) -> Map:
    """The instance map: ids of bodies with a box, 0 elsewhere; uint8 where the ids fit, else uint16."""
    written = [label.id for label in labels if label.box is not None]
    return _mapped(ids, dict(zip(written, written, strict=True)))


def semantic_of(ids: Ids, view: View, classes: Sequence[str]) -> Map:
    """The semantic map: class number plus 1, 0 elsewhere; uint8 where the numbers fit, else uint16."""
    return _mapped(ids, {body.id: classes.index(body.name) + 1 for body in view.bodies if body.name is not None})


def _mapped(ids: Ids, values: dict[int, int]) -> Map:
    highest = max(values.values(), default=0)
    table = np.zeros(max(int(ids.max(initial=0)), *values, 0) + 1, np.uint8 if highest < 256 else np.uint16)
    table[list(values)] = list(values.values())
    if len(table) <= 256:  # a table of bytes takes a fifth of the time
        return np.asarray(cv2.LUT(ids.astype(np.uint8), np.resize(table, 256)))
    return np.asarray(table[ids])


def depth_bytes(depth: Floats, kind: Literal["png", "float"]) -> bytes:
    """A depth map as the bytes of its file: `.png` for "png", `.tiff` for "float".

    Args:
        depth: (H, W) metres along the camera's axis, infinite where nothing is.
        kind: see `models.output.Labels.depth`.
    """
    if kind == "float":
        return encoded(".tiff", depth, [cv2.IMWRITE_TIFF_COMPRESSION, _DEFLATE])
    far = depth * np.float32(1000)
    far[far > _FARTHEST_MM] = 0
    return encoded(".png", np.rint(far).astype(np.uint16), [cv2.IMWRITE_PNG_COMPRESSION, 1])


def depth_from(data: bytes) -> Floats:
    """The inverse of `depth_bytes`, infinite where nothing is known.

    Raises:
        DataError: not such a file.
    """
    values = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if values is None:
        raise DataError("not a depth map", reason=Reason.DAMAGED)
    if values.dtype == np.float32:
        return np.asarray(values)
    return np.where(values == 0, np.float32(np.inf), values.astype(np.float32) / np.float32(1000))


def encoded(suffix: str, picture: NDArray[Any], parameters: Sequence[int] = ()) -> bytes:
    """A picture as the bytes of its file.

    Raises:
        RenderError: OpenCV cannot.
    """
    done, data = cv2.imencode(suffix, picture, list(parameters))
    if not done:
        raise RenderError("the picture could not be encoded", reason=Reason.INVALID, found=suffix)
    return bytes(data.tobytes())
