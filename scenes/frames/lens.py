"""The lens: a wider pinhole picture is drawn, then colour, ids and depth are bent by one and the same map.

Renderers draw pinholes only. The wider one has the same focal length in pixels and the same pose, and is just large
enough that every pixel of the bent frame finds its ray in it.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import Protocol, cast

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import make_interp_spline

from seedbed.scenes.frames.catching import caught
from seedbed.scenes.optics import Lens, straight
from seedbed.scenes.view import Bytes, Camera, Drawing, View

# Rays are found exactly at about so many places along each side, and by cubic splines between.
_NODES = 64
# Pixels around what the frame needs, for the colour's filter.
_RIM = 2


class _Draws(Protocol):
    def draw(self, view: View) -> Drawing: ...


@dataclass(frozen=True, eq=False)
class Bend:
    """How the frame of one lens is made from a pinhole picture.

    Attributes:
        size: (width, height) of the pinhole picture.
        left: of the frame in it, pixels; below 0 where the lens needs less than the frame.
        top: likewise.
        x: (H, W) float32, for each pixel of the frame the column of the pinhole picture, 0 at the first one's centre.
        y: likewise the row.
    """

    size: tuple[int, int]
    left: int
    top: int
    x: NDArray[np.float32]
    y: NDArray[np.float32]


def draw(renderer: _Draws, view: View) -> Drawing:
    """Draws a view through its camera's lens.

    Args:
        renderer: draws pinholes.
        view: any; without a lens it is drawn as it is.

    Returns:
        Colour filtered (cubic), ids and depth taken at the centre of each pixel: the nearest of the pinhole picture.
    """
    if not any(view.camera.lens):
        return caught(view, renderer.draw(view))
    bend = bend_of(view.camera)
    view = replace(view, camera=wider(view.camera))
    drawing = caught(view, renderer.draw(view))
    color = cv2.remap(drawing.color, bend.x, bend.y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    places, none = cv2.convertMaps(bend.x, bend.y, cv2.CV_16SC2, nninterpolation=True)
    ids, depth = (
        cv2.remap(values, places, none, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE)
        for values in (drawing.ids, drawing.depth)
    )
    return Drawing(cast(Bytes, color), ids, depth)


def wider(camera: Camera) -> Camera:
    """The pinhole that a frame with a lens is bent from; the camera itself where it has none."""
    if not any(camera.lens):
        return camera
    bend, matrix = bend_of(camera), camera.matrix()
    width, height = bend.size
    return replace(
        camera,
        width=width,
        height=height,
        fov=float(np.degrees(2 * np.arctan(height / 2 / matrix[1, 1]))),
        center=((matrix[0, 2] + bend.left) / width, (matrix[1, 2] + bend.top) / height),
        lens=(0.0, 0.0, 0.0, 0.0, 0.0),
    )


def unbent(picture: Bytes, camera: Camera) -> Bytes:
    """A picture the camera took, as `wider` would have to see it for the lens to make that picture of it.

    For photographs that stand behind a scene: they went through a lens once already.

    Args:
        picture: any size; it is stretched to the camera's frame.
        camera: its lens.

    Returns:
        A picture of `wider(camera)`, its border carried on outside the frame; the picture itself without a lens.
    """
    if not any(camera.lens):
        return picture
    bend = bend_of(camera)
    width, height = bend.size
    x, y = _nodes(width, height)
    at = camera.bend(np.stack([x.ravel() + 0.5 - bend.left, y.ravel() + 0.5 - bend.top], axis=1).astype(float))
    scale = np.array([picture.shape[1] / camera.width, picture.shape[0] / camera.height])
    places = (at * scale - 0.5).reshape(*x.shape, 2)
    columns, rows = (_between(places[..., axis], width, height) for axis in (0, 1))
    return cast(Bytes, cv2.remap(picture, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE))


def bend_of(camera: Camera) -> Bend:
    """The map of a camera's lens; the camera's place in the world has no part in it."""
    return _bend(camera.width, camera.height, camera.fov, camera.stretch, camera.center, camera.lens)


@functools.lru_cache(maxsize=4)
def _bend(width: int, height: int, fov: float, stretch: float, center: tuple[float, float], lens: Lens) -> Bend:
    camera = Camera(width, height, fov, np.eye(4), stretch=stretch, center=center, lens=lens)
    x, y = _nodes(width, height)
    seen = np.stack([x.ravel() + 0.5, y.ravel() + 0.5], axis=1)
    found = camera.shown(straight(camera.plane(seen), lens)).reshape(*x.shape, 2)
    columns, rows = (_between(found[..., axis], width, height) for axis in (0, 1))
    left, top = (_RIM - int(np.floor(places.min())) for places in (columns, rows))
    size = tuple(int(np.ceil(places.max())) + rim + _RIM for places, rim in ((columns, left), (rows, top)))
    return Bend((size[0], size[1]), left, top, columns + np.float32(left - 0.5), rows + np.float32(top - 0.5))


def _nodes(width: int, height: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Columns and rows at which rays are found exactly; the last ones lie on or beyond the border."""
    x, y = np.meshgrid(_places(width), _places(height))
    return x, y


def _places(size: int) -> NDArray[np.int64]:
    step = max(1, size // _NODES)
    return np.arange(0, size + step, step)


def _between(values: NDArray[np.float64], width: int, height: int) -> NDArray[np.float32]:
    """Values at the nodes, at every pixel."""
    return cast(NDArray[np.float32], _spline(height) @ values.astype(np.float32) @ _spline(width).T)


@functools.lru_cache(maxsize=16)
def _spline(size: int) -> NDArray[np.float32]:
    """The matrix of cubic spline interpolation from the nodes of a side to its pixels."""
    places = _places(size)
    matrix = make_interp_spline(places, np.eye(len(places)), k=min(3, len(places) - 1))(np.arange(size))
    return cast(NDArray[np.float32], matrix.astype(np.float32))
