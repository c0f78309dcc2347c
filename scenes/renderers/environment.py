"""An environment's light, made ready for shading on the CPU: what matt and what shiny surfaces see of it.

Matt surfaces take second-order spherical harmonics (Ramamoorthi and Hanrahan 2001, "An efficient representation for
irradiance environment maps"), shiny ones a mip chain whose level `4 roughness` is blurred as a GGX lobe of that
roughness seen straight on (Karis 2013, "Real shading in Unreal Engine 4").
"""

from __future__ import annotations

import functools
from typing import Any, cast

import cv2
import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.renderers.drawing import Matrix
from seedbed.scenes.view import Floats

HEIGHT = 128
LEVELS = 5
_LOBES = (64, 32)  # (columns, rows) of the picture that lobes are gathered from
_HARMONICS_FROM = (64, 32)


def directions(columns: int, rows: int) -> tuple[Matrix, Matrix]:
    """Directions of an equirectangular picture's pixels, (rows, columns, 3), and their shares of all directions."""
    azimuth = (0.5 - (np.arange(columns) + 0.5) / columns) * 2.0 * np.pi
    polar = (np.arange(rows) + 0.5) / rows * np.pi
    ring = np.sin(polar)[:, None]
    out = np.stack(
        [ring * np.cos(azimuth), ring * np.sin(azimuth), np.broadcast_to(np.cos(polar)[:, None], (rows, columns))], -1
    )
    edges = np.cos(np.arange(rows + 1) / rows * np.pi)
    share = np.broadcast_to(((edges[:-1] - edges[1:]) / (2.0 * columns))[:, None], (rows, columns))
    return out, share


def harmonics(environment: Floats) -> NDArray[np.float64]:
    """What a white matt surface sends back, as a polynomial of its normal.

    Args:
        environment: (H, 2 H, 3) linear light.

    Returns:
        (9, 3), for 1, y, z, x, xy, yz, 3 z^2 - 1, xz, x^2 - y^2.
    """
    small = _shrunk(environment, *_HARMONICS_FROM)
    at, share = directions(*_HARMONICS_FROM)
    x, y, z = at[..., 0], at[..., 1], at[..., 2]
    basis = np.stack([np.ones_like(x), y, z, x, x * y, y * z, 3.0 * z * z - 1.0, x * z, x * x - y * y])
    # Each basis function squared, averaged over all directions; and Lambert's cosine lobe over pi: 1, 2/3, 1/4.
    norm = np.array([1.0, 1 / 3, 1 / 3, 1 / 3, 1 / 15, 1 / 15, 4 / 5, 1 / 15, 4 / 15])
    lobe = np.array([1.0, *(2 / 3,) * 3, *(1 / 4,) * 5])
    moments = np.einsum("khw,hwc,hw->kc", basis, small, share)
    return cast(NDArray[np.float64], moments * (lobe / norm)[:, None])


def mirror_levels(environment: Floats) -> list[Floats]:
    """Mip levels of what shiny surfaces see, (128, 256, 3) halved each time; level i for roughness i / 4."""
    width = 2 * HEIGHT
    levels = [_shrunk(environment, width, HEIGHT), _shrunk(environment, width // 2, HEIGHT // 2)]
    source = _shrunk(environment, *_LOBES).reshape(-1, 3)
    for i in range(2, LEVELS):
        rows = HEIGHT >> i
        levels.append((_lobes(rows, i / 4.0) @ source).reshape(rows, 2 * rows, 3))
    return [np.ascontiguousarray(level, np.float32) for level in levels]


def mean_light(environment: Floats) -> tuple[Matrix, Matrix]:
    """What white matt surfaces facing up and down send back, linear RGB: for renderers that know only these two."""
    basis = harmonics(environment)
    up, down = (basis[0] + basis[2] * z + 2.0 * basis[6] for z in (1.0, -1.0))
    return np.maximum(up, 0.0), np.maximum(down, 0.0)


@functools.lru_cache(maxsize=LEVELS)
def _lobes(rows: int, roughness: float) -> Floats:
    """Weights (to, from) of the light from each direction in each mirrored one, summing to one over `from`."""
    to = directions(2 * rows, rows)[0].reshape(-1, 3).astype(np.float32)
    at, share = directions(*_LOBES)
    cosine = np.maximum(to @ at.reshape(-1, 3).astype(np.float32).T, 0.0)
    a2 = roughness**4
    # The half vector of view = normal and light lies at half the angle: cos^2 = (1 + cosine) / 2.
    weight = cosine / ((1.0 + cosine) / 2.0 * (a2 - 1.0) + 1.0) ** 2 * share.reshape(-1).astype(np.float32)
    return cast(Floats, weight / weight.sum(axis=1, keepdims=True))


def _shrunk(environment: Floats, width: int, height: int) -> NDArray[Any]:
    smaller = environment.shape[1] > width
    kind = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(np.asarray(environment, np.float32), (width, height), interpolation=kind))
