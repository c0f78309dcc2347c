"""Leaks: images to learn from that are also images to judge by, found before anything is trained.

A copy is found by its bytes; a copy that was resized, brightened or saved anew by the perceptual hash of C. Zauner
(2010), "Implementation and benchmarking of perceptual image hash functions": the signs of the lowest 8 x 8 cosine
coefficients of a 32 x 32 grey picture about their median. Frames of one camera that stands share most of these signs,
so a near one must also agree in the small picture itself.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core.errors import DataError, Reason
from seedbed.core.words import listed
from seedbed.training.sets.labelled import Frame

SIDE = 32
"""Pixels of the small grey picture."""

NEAR_BITS = 8
"""Signs of 63 that may differ between two near pictures."""

NEAR_GREY = 0.1
"""Mean difference of two near small pictures, each with its mean and spread taken out, in parts of the spread. On three
real sets (355 test images) these limits find every copy of half the size, of JPEG quality 60 or with noise of 8 levels,
and no pair between their training and test images. Mirrored and cropped copies are not found."""

ROWS = 4_000_000
"""Pairs compared at once: 32 MB."""


@dataclass(frozen=True)
class Duplicate:
    """An image to learn from that is an image to judge by.

    Attributes:
        learnt: path of the one to learn from.
        judged: path of the other.
        where: what the other is for: `real val`, `real test`.
        exact: the same bytes; else the same picture to the eye.
    """

    learnt: Path
    judged: Path
    where: str
    exact: bool

    def to_json(self) -> dict[str, Any]:
        """As in leaks.json."""
        return {
            "learnt": str(self.learnt),
            "judged": str(self.judged),
            "where": self.where,
            "how": "the same bytes" if self.exact else "nearly the same picture",
        }


@dataclass(frozen=True)
class Prints:
    """What is compared of some images, in their order.

    Attributes:
        paths: of the images.
        sizes: (n,) bytes.
        hashes: (n,) uint64.
        small: (n, SIDE * SIDE) float32, mean 0 and spread 1.
    """

    paths: tuple[Path, ...]
    sizes: NDArray[np.int64]
    hashes: NDArray[np.uint64]
    small: NDArray[np.float32]


def duplicates(learnt: Sequence[Frame], judged: dict[str, Sequence[Frame]]) -> tuple[Duplicate, ...]:
    """Images to learn from among those to judge by.

    Args:
        learnt: frames to learn from.
        judged: frames to judge by; the key says what they are for.

    Returns:
        The pairs, exact ones first, in the order of the frames; one pair for each image to learn from and each key.

    Raises:
        DataError: an image cannot be decoded.
    """
    others = {where: prints_of([frame.path for frame in frames]) for where, frames in judged.items() if frames}
    if not learnt or not others:
        return ()
    ours = prints_of([frame.path for frame in learnt])
    found = [pair for where, theirs in others.items() for pair in _pairs(ours, theirs, where)]
    return tuple(sorted(found, key=lambda pair: not pair.exact))


def prints_of(paths: Sequence[Path]) -> Prints:
    """Reads images, several at a time and at a fraction of their size where the format allows it.

    Raises:
        DataError: an image cannot be decoded.
    """
    import cv2

    before = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        with ThreadPoolExecutor(max(2, min(8, os.cpu_count() or 2))) as pool:
            rows = list(pool.map(_print, paths))
    finally:
        cv2.setNumThreads(before)
    return Prints(
        tuple(paths),
        np.array([size for size, _, _ in rows], dtype=np.int64),
        np.array([bits for _, bits, _ in rows], dtype=np.uint64),
        np.array([small for _, _, small in rows], dtype=np.float32).reshape(len(rows), SIDE * SIDE),
    )


def check_leaks(found: Iterable[Duplicate], allowed: bool) -> tuple[str, ...]:
    """Refuses exact duplicates, and says the rest.

    Args:
        found: from `duplicates`.
        allowed: the plan's `allow_duplicates`.

    Returns:
        Sentences for the person.

    Raises:
        DataError: there are exact ones, and they are not allowed.
    """
    exact = [pair for pair in found if pair.exact]
    near = [pair for pair in found if not pair.exact]
    if exact and not allowed:
        raise DataError(
            f"{len(exact)} {'image' if len(exact) == 1 else 'images'} to learn from would also be judged by: "
            "such a score says how well it remembers",
            reason=Reason.INVALID,
            where=exact[0].learnt,
            found=_told(exact),
            repair="remove them from one of the two, or say `allow_duplicates: true` in the plan",
        )
    notes = []
    if exact:
        notes.append(f"{len(exact)} images are learnt from and judged by, as the plan allows: {_told(exact)}")
    if near:
        notes.append(
            f"{len(near)} images to learn from look nearly like ones to judge by (leaks.json has all): {_told(near)}; "
            "if they are frames of one recording, split it by time and not by chance"
        )
    return tuple(notes)


def _told(pairs: Sequence[Duplicate]) -> str:
    return listed((f"{pair.learnt} = {pair.judged} ({pair.where})" for pair in pairs), 3)


def _print(path: Path) -> tuple[int, int, NDArray[np.float32]]:
    import cv2

    try:
        data = np.fromfile(path, dtype=np.uint8)
        grey = cv2.imdecode(data, cv2.IMREAD_REDUCED_GRAYSCALE_2) if len(data) else None
    except (OSError, cv2.error):
        grey = None
    if grey is None:
        raise DataError(
            "the image cannot be decoded",
            reason=Reason.DAMAGED,
            where=path,
            repair="replace it, or remove it together with its label file",
        )
    small = cv2.resize(grey, (SIDE, SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
    low = cv2.dct(small)[:8, :8].reshape(-1)[1:]
    bits = int.from_bytes(np.packbits(np.append(low > np.median(low), False)).tobytes(), "big")
    return len(data), bits, ((small - small.mean()) / max(float(small.std()), 1.0)).reshape(-1)


def _pairs(ours: Prints, theirs: Prints, where: str) -> list[Duplicate]:
    """For each of our images the most alike of theirs that is near enough."""
    found: list[Duplicate] = []
    step = max(1, ROWS // len(theirs.paths))
    digests: dict[Path, bytes] = {}
    for start in range(0, len(ours.paths), step):
        differing = np.bitwise_count(ours.hashes[start : start + step, None] ^ theirs.hashes[None])
        rows, columns = np.nonzero(differing <= NEAR_BITS)
        best: dict[int, tuple[float, int]] = {}
        for row, column in zip((rows + start).tolist(), columns.tolist(), strict=True):
            apart = float(np.abs(ours.small[row] - theirs.small[column]).mean())
            if _same_bytes(ours, row, theirs, column, digests):
                apart = -1.0
            if apart <= NEAR_GREY and apart < best.get(row, (np.inf, 0))[0]:
                best[row] = (apart, column)
        found.extend(
            Duplicate(ours.paths[row], theirs.paths[column], where, apart < 0)
            for row, (apart, column) in sorted(best.items())
        )
    return found


def _same_bytes(ours: Prints, row: int, theirs: Prints, column: int, digests: dict[Path, bytes]) -> bool:
    if ours.sizes[row] != theirs.sizes[column]:
        return False
    one, two = ours.paths[row], theirs.paths[column]
    for path in (one, two):
        if path not in digests:
            digests[path] = hashlib.blake2b(path.read_bytes(), digest_size=16).digest()
    return digests[one] == digests[two]
