"""The falling share as arithmetic: which image stands at which place of which epoch.

Nothing here knows of images, labels or torch. Every answer is a function of (plan, seed, epoch), so a worker process,
a resumed run and a test all see the same order. Rounding happens once, per epoch; everything after is whole numbers.

An epoch has `images` places. A place loads one image of its own and, while mosaics are drawn, `PARTNERS` more. Places
and partners follow the same share, each from its own stream: the k-th synthetic image ever asked for is entry k of
one endless sequence of shuffled passes over the synthetic set, so repeats of any two images differ by at most one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.training.mix.apportioned import apportioned

PARTNERS = 3
"""Further images in a mosaic of four."""

Shares = NDArray[np.float64]
Counts = NDArray[np.int64]
Flags = NDArray[np.bool_]
Parts = tuple[tuple[int, int], ...]
"""(images, weight) of each source, in order."""


def whole_counts(shares: Shares, places: int) -> Counts:
    """Synthetic images among `places`, per epoch: the share rounded half up, so at most half an image off."""
    return np.floor(shares * places + 0.5).astype(np.int64)


def spread(count: int, places: int, offset: int) -> Flags:
    """Marks `count` of `places`, as evenly as whole numbers allow.

    Place i is marked where floor(((i + 1) count + offset) / places) steps up. Any run of b places then holds
    floor or ceil of b count / places marks: within one of its share, wherever the run starts.

    Args:
        count: marks, 0 to places.
        places: length.
        offset: 0 to places - 1, where the pattern starts.

    Returns:
        (places,) bool with exactly `count` true.
    """
    steps = (np.arange(places + 1, dtype=np.int64) * count + offset) // places
    return np.diff(steps).astype(np.bool_)


def drawn(seed: int, role: str, size: int, start: int, stop: int) -> Counts:
    """Entries [start, stop) of an endless sequence of shuffled passes over `size` images.

    Args:
        seed: of the run.
        role: name of the stream.
        size: images in the set, 1 or more.
        start: first entry.
        stop: one past the last.

    Returns:
        (stop - start,) image indices; any prefix of the sequence uses every image n or n + 1 times.
    """
    if start == stop:
        return np.zeros(0, dtype=np.int64)
    passes = range(start // size, (stop - 1) // size + 1)
    orders = [keys.generator(seed, "training", role, number).permutation(size) for number in passes]
    first = passes[0] * size
    return np.concatenate(orders)[start - first : stop - first].astype(np.int64)


def drawn_by_weight(seed: int, role: str, parts: Parts, start: int, stop: int) -> Counts:
    """As `drawn`, over several sources laid end to end: each gets its part, and passes of its own.

    Args:
        seed: of the run.
        role: name of the stream.
        parts: (images, weight) of each source.
        start: first entry.
        stop: one past the last.

    Returns:
        (stop - start,) indices into the sources laid end to end; repeats within a source differ by at most one.
    """
    if len(parts) == 1:
        return drawn(seed, role, parts[0][0], start, stop)
    source, before = apportioned(tuple(weight for _, weight in parts), start, stop)
    items, first = np.empty(stop - start, dtype=np.int64), 0
    for number, (size, _) in enumerate(parts):
        mine, done = source == number, int(before[number])
        items[mine] = first + drawn(seed, f"{role} {number}", size, done, done + int(mine.sum()))
        first += size
    return items


@dataclass(frozen=True)
class EpochMix:
    """What one epoch loads.

    Attributes:
        synthetic: (images,) bool, whether the place's own image is synthetic.
        image: (images,) index into the synthetic or the real set.
        partner_synthetic: (images, PARTNERS) bool.
        partner_image: (images, PARTNERS) index.
    """

    synthetic: Flags
    image: Counts
    partner_synthetic: Flags
    partner_image: Counts


@dataclass(frozen=True)
class Mix:
    """The order of a whole run.

    Args:
        seed: of the run.
        synthetic: synthetic images to learn from.
        real: real images to learn from.
        images: places per epoch.
        shares: asked share per epoch, from `share.Settled`.
        synthetic_parts: the synthetic set's sources; without it, it is one.
        real_parts: likewise.

    Raises:
        ValueError: an epoch needs images of a set that has none.
    """

    seed: int
    synthetic: int
    real: int
    images: int
    shares: Shares = field(compare=False)
    synthetic_parts: Parts = ()
    real_parts: Parts = ()

    def __post_init__(self) -> None:
        if self.images < 1:
            raise ValueError("an epoch has at least one image")
        for parts, size in ((self.synthetic_parts, self.synthetic), (self.real_parts, self.real)):
            if parts and (sum(images for images, _ in parts) != size or min(images for images, _ in parts) < 1):
                raise ValueError(f"sources {parts} do not make a set of {size}")
        if self.synthetic == 0 and (self.counts.any() or self.partner_counts.any()):
            raise ValueError("the share asks for synthetic images and there are none")
        if self.real == 0 and ((self.counts < self.images).any() or (self.partner_counts < self._partners).any()):
            raise ValueError("the share asks for real images and there are none")

    @property
    def epochs(self) -> int:
        """Epochs of the run."""
        return len(self.shares)

    @property
    def _partners(self) -> int:
        return self.images * PARTNERS

    @cached_property
    def counts(self) -> Counts:
        """(epochs,) synthetic images among an epoch's places."""
        return whole_counts(self.shares, self.images)

    @cached_property
    def partner_counts(self) -> Counts:
        """(epochs,) synthetic images among an epoch's partners."""
        return whole_counts(self.shares, self._partners)

    def epoch(self, number: int) -> EpochMix:
        """The order of epoch `number`, counted from 0."""
        flags, items = self._stream("place", number, self.counts, self.images)
        partner_flags, partner_items = self._stream("partner", number, self.partner_counts, self._partners)
        shape = (self.images, PARTNERS)
        return EpochMix(flags, items, partner_flags.reshape(shape), partner_items.reshape(shape))

    def _stream(self, role: str, number: int, counts: Counts, places: int) -> tuple[Flags, Counts]:
        count = int(counts[number])
        before = int(counts[:number].sum())
        offset = int(keys.generator(self.seed, "training", role, "offset", number).integers(places))
        flags = spread(count, places, offset)
        items = np.empty(places, dtype=np.int64)
        items[flags] = drawn_by_weight(
            self.seed, f"{role} synthetic", self.synthetic_parts or ((self.synthetic, 1),), before, before + count
        )
        start = number * places - before
        items[~flags] = drawn_by_weight(
            self.seed, f"{role} real", self.real_parts or ((self.real, 1),), start, start + places - count
        )
        return flags, items


def repeats(seen: Counts) -> tuple[int, int]:
    """Fewest and most times any image of a set was used; (0, 0) for an empty set."""
    return (int(seen.min()), int(seen.max())) if len(seen) else (0, 0)
