"""Frames made to look like a real camera's pictures: Fourier, histogram or pixel distribution."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import cv2
import numpy as np

from seedbed.core.errors import Reason, RenderError
from seedbed.scenes.models.folders import pictures
from seedbed.scenes.surfaces.materials import read_picture
from seedbed.scenes.view import Bytes

if TYPE_CHECKING:
    from seedbed.scenes.models.sensor import Match

# Low frequencies are exchanged in a copy of so many pixels a side, and the difference is enlarged: it holds no others.
_SMALL = 128
_REFERENCE = 256


def matched(color: Bytes, model: Match, folder: Path, rng: np.random.Generator) -> Bytes:
    """A frame with the look of one picture of the folder, or as it is, by lot.

    Args:
        color: (H, W, 3) uint8 sRGB.
        model: of the scene file.
        folder: that its path is relative to.
        rng: three numbers are taken from it, whatever the outcome.

    Raises:
        RenderError: Albumentations is not installed, or the picture cannot be read.
    """
    chance, which, strength = rng.random(3)
    if chance >= model.chance:
        return color
    paths = _listing(folder / model.folder)
    reference = _reference(paths[int(which * len(paths))])
    if model.method == "fourier":
        low, high = model.beta
        return fourier(color, reference, low + (high - low) * strength)
    low, high = model.blend
    blend = low + (high - low) * strength
    if model.method == "histogram":
        return cast(Bytes, _albumentations().apply_histogram(color, reference, blend))
    return distributed(color, reference, blend)


def distributed(color: Bytes, reference: Bytes, blend: float) -> Bytes:
    """Takes mean and spread of each channel over from another picture (Reinhard et al. 2001, "Color transfer").

    Albumentations' PixelDistributionAdaptation means the same, but 2.0.8 returns black under OpenCV 5.

    Args:
        color: (H, W, 3) uint8 sRGB.
        reference: any size.
        blend: 1 takes all over.
    """
    (mean, spread), (other, wide) = (cv2.meanStdDev(picture) for picture in (color, reference))
    # A plain wall has no spread: its noise would be blown up.
    gain = 1 + blend * (np.clip(wide / np.maximum(spread, 1e-3), 0.5, 2.0) - 1)
    codes = np.arange(256) - mean
    table = codes * gain + mean + blend * (other - mean)
    return cast(Bytes, cv2.LUT(color, np.clip(np.rint(table.T), 0, 255).astype(np.uint8).reshape(256, 1, 3)))


def fourier(color: Bytes, reference: Bytes, beta: float) -> Bytes:
    """Takes the low frequencies' strength over from another picture and keeps their phase (FDA, Yang and Soatto 2020).

    Albumentations 2.0.8 lays its window beside the middle of the spectrum: the mean, of all frequencies the one that
    matters most, is left out of small ones.

    Args:
        color: (H, W, 3) uint8 sRGB.
        reference: any size.
        beta: share of the shorter side's frequencies; the mean is always among them.
    """
    height, width = color.shape[:2]
    scale = min(1.0, _SMALL / min(height, width))
    size = (max(8, round(width * scale)), max(8, round(height * scale)))
    small, other = (
        cv2.resize(picture, size, interpolation=cv2.INTER_AREA).astype(np.float32) for picture in (color, reference)
    )
    own, real = (np.fft.rfft2(picture, axes=(0, 1)) for picture in (small, other))
    most = min(height, width) * beta
    down, across = np.abs(np.fft.fftfreq(size[1])) * size[1], np.fft.rfftfreq(size[0]) * size[0]
    low = ((down[:, None] <= most) & (across[None, :] <= most))[..., None]
    mixed = np.where(low, np.abs(real) * np.exp(1j * np.angle(own)), own)
    change = np.fft.irfft2(mixed, s=size[::-1], axes=(0, 1)).astype(np.float32) - small
    change = cv2.resize(change, (width, height), interpolation=cv2.INTER_CUBIC)
    return cast(Bytes, np.clip(np.rint(color + change), 0, 255).astype(np.uint8))


@functools.lru_cache(maxsize=8)
def _listing(folder: Path) -> tuple[Path, ...]:
    return tuple(pictures(folder))


@functools.lru_cache(maxsize=64)
def _reference(path: Path) -> Bytes:
    return read_picture(path, _REFERENCE)


def _albumentations() -> Any:
    import os

    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    try:
        from albumentations.augmentations.mixing import domain_adaptation_functional
    except ImportError:
        raise RenderError(
            "Albumentations is not installed", reason=Reason.MISSING_PACKAGE, repair="pip install 'seedbed[scenes]'"
        ) from None
    return domain_adaptation_functional
