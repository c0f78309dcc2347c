"""The falling share as arithmetic: which image stands at which place of which epoch.

Nothing here knows of images, labels or torch. Every answer is a function of (plan, seed, epoch), so a worker process,
a resumed run and a test all see the same order. Rounding happens once, per epoch; everything after is whole numbers.

An epoch has `images` places. A place loads one image of its own and, while mosaics are drawn, `PARTNERS` more; a place
that is blended (mixup) loads as many again. Places, partners and blends each follow the share by themselves. Images
come from one endless sequence of shuffled passes over the synthetic set, and one over the real set, whatever they are
loaded for, so that after any epoch the repeats of any two images of a set differ by at most one.
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
    """What one epoch loads. Partners are absent in epochs without mosaics, blends where nothing is blended.

    Attributes:
        synthetic: (images,) bool, whether the place's own image is synthetic.
        image: (images,) index into the synthetic or the real set.
        partner_synthetic: (images, PARTNERS or 0) bool.
        partner_image: (images, PARTNERS or 0) index.
        blended: (images,) index of the place's blend, -1 for none.
        blend_synthetic: (blends, 1 + PARTNERS) bool: the image blended in, then its own mosaic's.
        blend_image: (blends, 1 + PARTNERS) index.
    """

    synthetic: Flags
    image: Counts
    partner_synthetic: Flags
    partner_image: Counts
    blended: Counts
    blend_synthetic: Flags
    blend_image: Counts

    def loads(self, place: int) -> list[tuple[bool, int]]:
        """(synthetic, index) of every image a place loads, in the order of loading."""
        found = [(bool(self.synthetic[place]), int(self.image[place]))]
        found += _pairs(self.partner_synthetic[place], self.partner_image[place])
        blend = int(self.blended[place])
        if blend >= 0:
            found += _pairs(self.blend_synthetic[blend], self.blend_image[blend])
        return found


def _pairs(flags: Flags, images: Counts) -> list[tuple[bool, int]]:
    return [(bool(flag), int(image)) for flag, image in zip(flags, images, strict=True)]


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
        mosaic_epochs: epochs, from the first, that draw mosaics; without it, all.
        blends: places per epoch that are blended with another image, in the epochs that draw mosaics.

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
    mosaic_epochs: int | None = None
    blends: int = 0

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
        """(epochs,) synthetic images among an epoch's partners; as if all epochs drew mosaics."""
        return whole_counts(self.shares, self._partners)

    @cached_property
    def _mosaics(self) -> Flags:
        """(epochs,) whether mosaics are drawn."""
        return np.arange(self.epochs) < (self.epochs if self.mosaic_epochs is None else self.mosaic_epochs)

    @cached_property
    def _blend_counts(self) -> tuple[Counts, Counts]:
        """(epochs,) synthetic ones among the images blended in, and among the partners of these."""
        return whole_counts(self.shares, self.blends), whole_counts(self.shares, self.blends * PARTNERS)

    @cached_property
    def _loads(self) -> tuple[Counts, Counts]:
        """(epochs,) synthetic and real images that each epoch loads."""
        more = self.partner_counts + sum(self._blend_counts)
        synthetic = self.counts + np.where(self._mosaics, more, 0)
        every = self.images + np.where(self._mosaics, self._partners + self.blends * (1 + PARTNERS), 0)
        return synthetic, every - synthetic

    def epoch(self, number: int) -> EpochMix:
        """The order of epoch `number`, counted from 0."""
        mosaics = bool(self._mosaics[number])
        partners, blends = (PARTNERS, self.blends) if mosaics else (0, 0)
        parts = [
            ("place", int(self.counts[number]), self.images),
            ("partner", int(self.partner_counts[number]), self.images * partners),
            ("blend", int(self._blend_counts[0][number]), blends),
            ("blend partner", int(self._blend_counts[1][number]), blends * PARTNERS),
        ]
        flags = [
            spread(count, places, self._offset(role, number, places)) if places else np.zeros(0, np.bool_)
            for role, count, places in parts
        ]
        items = self._items(number, np.concatenate(flags))
        own, partner, blend, blend_partner = np.split(items, np.cumsum([len(each) for each in flags])[:-1])
        marks = spread(blends, self.images, self._offset("blended", number, self.images))
        return EpochMix(
            flags[0],
            own,
            flags[1].reshape(self.images, partners),
            partner.reshape(self.images, partners),
            np.where(marks, np.cumsum(marks) - 1, -1),
            np.column_stack([flags[2], flags[3].reshape(blends, PARTNERS)]),
            np.column_stack([blend, blend_partner.reshape(blends, PARTNERS)]),
        )

    def _offset(self, role: str, number: int, places: int) -> int:
        return int(keys.generator(self.seed, "training", role, "offset", number).integers(places))

    def _items(self, number: int, flags: Flags) -> Counts:
        """The image of each load of an epoch."""
        items = np.empty(len(flags), dtype=np.int64)
        sides = (
            ("synthetic", flags, self.synthetic_parts or ((self.synthetic, 1),), self._loads[0]),
            ("real", ~flags, self.real_parts or ((self.real, 1),), self._loads[1]),
        )
        for role, mine, parts, loads in sides:
            start = int(loads[:number].sum())
            items[mine] = drawn_by_weight(self.seed, role, parts, start, start + int(mine.sum()))
        return items


def repeats(seen: Counts) -> tuple[int, int]:
    """Fewest and most times any image of a set was used; (0, 0) for an empty set."""
    return (int(seen.min()), int(seen.max())) if len(seen) else (0, 0)
