"""Photographs that stand behind a scene, with what must be kept out of them painted over."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.models.backdrops import Photographs, Region, guessed
from seedbed.scenes.models.folders import pictures
from seedbed.scenes.surfaces.backdrops import backdrop
from seedbed.scenes.surfaces.materials import Rng, read_picture
from seedbed.scenes.view import Bytes

# Inpainting large holes is slow and blurred anyway: it is done at this size.
_SMALL = 256
_GUESS_MARGIN = (
    0.2  # of a guessed box, on each side: a detector's box is rarely the whole thing, and shadows tell of it
)
_MARGIN = 0.012  # of the longer side, painted over around what is kept out: masks are never exact


def photograph(model: Photographs, folder: Path, size: tuple[int, int], rng: Rng) -> Bytes:
    """One photograph, cut to the shape of the frame at a place drawn by lot, (H, W, 3) uint8 sRGB.

    Args:
        model: which, and what is kept out.
        folder: that paths in the scene are relative to.
        size: width and height of the frame, pixels; the picture has at most about as many.
        rng: of the view.

    Raises:
        RenderError: a picture cannot be read.
    """
    masks = None if model.masks is None else folder / model.masks.folder
    paths = _listing(folder / model.folder)
    path = paths[rng.integers(len(paths))]
    regions = model.keep_out
    if model.guesses is not None:
        regions += tuple(_grown(box) for box in guessed(folder / model.guesses / f"{path.stem}.txt"))
    picture, hole = _kept(path, masks, regions, max(size), model.fill == "inpaint")
    if model.fill == "cover" and hole is not None:
        cover = cv2.resize(backdrop(rng), (picture.shape[1], picture.shape[0]), interpolation=cv2.INTER_LINEAR)
        picture = picture.copy()
        cv2.copyTo(cover, hole, picture)
    height, width = picture.shape[:2]
    aspect = size[0] / size[1]
    wide, high = min(width, round(height * aspect)), min(height, round(width / aspect))
    left, top = (round(rng.uniform() * (whole - part)) for whole, part in ((width, wide), (height, high)))
    return picture[top : top + high, left : left + wide]


def _grown(box: Region) -> Region:
    left, top, right, bottom = box
    wide, high = _GUESS_MARGIN * (right - left), _GUESS_MARGIN * (bottom - top)
    return max(0.0, left - wide), max(0.0, top - high), min(1.0, right + wide), min(1.0, bottom + high)


@lru_cache(maxsize=8)
def _listing(folder: Path) -> tuple[Path, ...]:
    return tuple(pictures(folder))


@lru_cache(maxsize=32)
def _kept(
    path: Path, masks: Path | None, regions: tuple[Region, ...], most: int, inpaint: bool
) -> tuple[Bytes, Bytes | None]:
    """The picture, inpainted where asked, and where something is kept out (255); None where nothing is."""
    picture = read_picture(path, most)
    height, width = picture.shape[:2]
    hole = np.zeros((height, width), np.uint8)
    for left, top, right, bottom in regions:
        hole[int(top * height) : int(np.ceil(bottom * height)), int(left * width) : int(np.ceil(right * width))] = 255
    if masks is not None:
        hole |= _mask(masks, path.stem, (width, height))
    if not hole.any():
        return picture, None
    return (inpainted(picture, hole) if inpaint else picture), hole


def _mask(folder: Path, stem: str, size: tuple[int, int]) -> Bytes:
    """Where the mask of a photograph is not black, and a little around it."""
    for path in _listing(folder):
        if path.stem == stem:
            data = cv2.imread(str(path), cv2.IMREAD_UNCHANGED)
            if data is None:
                break
            seen = (data if data.ndim == 2 else data[..., :3].max(2)) > 0
            # The largest in each pixel's share: a thin mask made smaller by averaging would have holes.
            reach = max(1, round(_MARGIN * max(seen.shape)), -(-max(seen.shape) // max(size)))
            grown = cv2.dilate(seen.astype(np.uint8) * 255, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8))
            return cast(Bytes, cv2.resize(grown, size, interpolation=cv2.INTER_NEAREST))
    raise RenderError(
        "a photograph has no readable mask",
        reason=Reason.NOT_FOUND,
        where=folder / stem,
        repair="add a picture of that name, black where there is nothing to keep out",
    )


def inpainted(picture: Bytes, hole: NDArray[np.uint8]) -> Bytes:
    """A picture whose hole is filled from around it (Telea 2004), drawn small and laid in.

    Args:
        picture: (H, W, 3) sRGB.
        hole: (H, W), 255 where the picture is not to be trusted.
    """
    height, width = picture.shape[:2]
    scale = min(1.0, _SMALL / max(height, width))
    small_size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = cv2.resize(picture, small_size, interpolation=cv2.INTER_AREA)
    # What an average of a few pixels holds of the hole is not to be trusted either.
    small_hole = (cv2.resize(hole, small_size, interpolation=cv2.INTER_AREA) > 0).astype(np.uint8)
    filled = cv2.inpaint(small, small_hole, 3, cv2.INPAINT_TELEA)
    large = cv2.resize(filled, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.where(hole[..., None] > 0, large, picture).astype(np.uint8)
