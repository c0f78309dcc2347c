"""The random function: every drawn value is a pure function of (seed, names, index).

A column's key is a 64-bit BLAKE2b digest of the seed and its names, each length-prefixed so that no two different
lists of names can spell the same bytes. The value at row *i* is splitmix64 at position *i* of that key's sequence, so
any row can be drawn on its own, in any process, in any order.

These functions are frozen: `tests/core/test_keys.py` pins their values. Changing one changes every dataset.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Cells = NDArray[np.uint64]
Units = NDArray[np.float64]

# Steele, Lea, Flood: Fast splittable pseudorandom number generators, OOPSLA 2014; constants of Vigna's splitmix64.c.
GOLDEN = 0x9E3779B97F4A7C15
_MIX_1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX_2 = np.uint64(0x94D049BB133111EB)
_MASK = (1 << 64) - 1
_CHUNK = 1 << 15
_AGAIN = 0xA0761D6478BD642F  # of wyhash; any odd constant without pattern keeps attempts apart from the rows themselves


def _digest(seed: int, names: Iterable[str | int], size: int) -> bytes:
    hasher = hashlib.blake2b(digest_size=size, person=b"seedbed/1")
    for name in (seed, *names):
        part = name.encode() if isinstance(name, str) else b"#%d" % name
        hasher.update(len(part).to_bytes(8, "little"))
        hasher.update(part)
    return hasher.digest()


def key(seed: int, *names: str | int) -> int:
    """The 64-bit key of a stream, such as `key(7, "sale", "quantity", "value")`.

    Args:
        seed: the file's seed, any integer.
        *names: what the stream is for: table, column, purpose.

    Returns:
        An integer in [0, 2**64).
    """
    return int.from_bytes(_digest(seed, names, 8), "little")


def _mixed(steps: Cells, key: int) -> Cells:
    """splitmix64 at steps of its sequence, in an array of any shape, each a row's (row + 1) * golden."""
    shape, steps = steps.shape, steps.reshape(-1)
    z, shifted = np.empty(len(steps), np.uint64), np.empty(min(len(steps), _CHUNK), np.uint64)
    for start in range(0, len(steps), _CHUNK):
        # In place, and in pieces that stay near the core: eight passes over them.
        part = z[start : start + _CHUNK]
        rest = shifted[: len(part)]
        np.add(steps[start : start + _CHUNK], np.uint64(key & _MASK), out=part)
        np.right_shift(part, np.uint64(30), out=rest)
        part ^= rest
        part *= _MIX_1
        np.right_shift(part, np.uint64(27), out=rest)
        part ^= rest
        part *= _MIX_2
        np.right_shift(part, np.uint64(31), out=rest)
        part ^= rest
    return z.reshape(shape)


@lru_cache(maxsize=1)
def _ramp(start: int, stop: int) -> Cells:
    """(row + 1) * golden: the same for all columns of a block, which are computed one after the other."""
    ramp = np.arange(start + 1, stop + 1, dtype=np.uint64)
    ramp *= np.uint64(GOLDEN)
    return ramp


def cells(key: int, start: int, stop: int) -> Cells:
    """Random cells of rows [start, stop).

    Args:
        key: from `key`.
        start: first row, 0 or more.
        stop: one past the last row.

    Returns:
        (stop - start,) uint64, splitmix64(key + (row + 1) * golden).
    """
    return _mixed(_ramp(start, stop), key)


def cells_at(key: int, rows: NDArray[Any]) -> Cells:
    """Random cells at given rows: `cells_at(k, r)[j] == cells(k, r[j], r[j] + 1)[0]`.

    Args:
        key: from `key`.
        rows: integer row indices in an array of any shape, 0 or more, any order, repeats allowed.

    Returns:
        (N,) uint64.
    """
    steps = rows.astype(np.uint64)
    steps += np.uint64(1)
    steps *= np.uint64(GOLDEN)
    return _mixed(steps, key)


def cells_again(key: int, rows: NDArray[Any], attempts: NDArray[Any]) -> Cells:
    """Random cells at given rows of later attempts to draw them; each attempt has a key of its own.

    Args:
        key: from `key`.
        rows: (N,) integer row indices, 0 or more.
        attempts: (N,) which attempt, 1 or more.

    Returns:
        (N,) uint64, `cells_at` with the key splitmix64((key ^ salt) + attempt * golden).
    """
    own = attempts.astype(np.uint64)
    own *= np.uint64(GOLDEN)
    steps = rows.astype(np.uint64)
    steps += np.uint64(1)
    steps *= np.uint64(GOLDEN)
    steps += _mixed(own, key ^ _AGAIN)
    return _mixed(steps, 0)


def to_unit(cells: Cells) -> Units:
    """Cells as numbers in [0, 1): the top 53 bits, so every value is an exact multiple of 2**-53."""
    # By way of signed numbers, which processors turn into floats twice as fast.
    units = (cells >> np.uint64(11)).view(np.int64).astype(np.float64)
    units *= 2.0**-53
    return units


def unit(key: int, start: int, stop: int) -> Units:
    """Uniform numbers in [0, 1) of rows [start, stop), float64."""
    return to_unit(cells(key, start, stop))


def unit_at(key: int, rows: NDArray[Any]) -> Units:
    """Uniform numbers in [0, 1) at given rows, float64."""
    return to_unit(cells_at(key, rows))


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """A numpy generator of its own for (seed, names), for work that draws an unknown number of values.

    Scenes use one per frame and purpose, training one per epoch and purpose: `generator(11, "world", 42)`.
    """
    entropy = int.from_bytes(_digest(seed, names, 32), "little")
    return np.random.Generator(np.random.PCG64(np.random.SeedSequence(entropy)))
