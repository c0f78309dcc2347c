"""Values seen before, over all batches of a table."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

Mask = NDArray[np.bool_]
Keys = NDArray[np.int64]

_PAGE = 1 << 16
"""Whole numbers of a page, one bit each: 8 KiB."""
_DENSE = 1 << 10
"""Pages are used while they hold so many numbers each on average: then a number takes less than 8 bytes."""
_SEED = 0x5EEDBED


def hashes(series: pl.Series) -> Keys:
    """64 bits for each value: whole numbers, days and codes of decimals themselves, of other types a hash.

    Two texts of ten million share one with a chance of 1 in 400,000. Missing values give anything.
    """
    import polars as pl

    kind = series.dtype
    if isinstance(kind, pl.Categorical | pl.Enum):
        series = series.cast(pl.String)
    elif kind.is_integer() or kind.is_temporal() or kind.is_decimal():
        whole = series.to_physical()
        whole = whole if whole.dtype == pl.Int64 else whole.cast(pl.Int64)
        return np.asarray((whole.fill_null(0) if whole.null_count() else whole).to_numpy())
    elif kind.is_float():
        # Minus zero is zero.
        series = series + 0.0
    return np.asarray(series.hash(_SEED).to_numpy()).view(np.int64)


class Seen:
    """Keys seen so far, and the second occurrences among new ones.

    Ascending keys cost nothing to keep; whole numbers close to each other one bit each; any others 8 bytes.

    Args:
        hashed: whether keys are hashes, which lie nowhere close to each other.
    """

    def __init__(self, hashed: bool = False) -> None:
        self._span: tuple[int, int] | None = None
        self._ascending = not hashed
        self._pages: dict[int, NDArray[np.uint8]] | None = None if hashed else {}
        self._count = 0
        self._runs: list[Keys] = []
        self._chunks: list[tuple[int, int]] = []

    def repeats(self, keys: Keys, valid: Mask | None = None) -> Mask | None:
        """Adds keys.

        Args:
            keys: (N,) in the order of their rows.
            valid: (N,) which of them count; None for all.

        Returns:
            (N,) where a key was there before, in an earlier call or row; None where none was.
        """
        if valid is not None and not valid.all():
            some = self.repeats(keys[valid])
            if some is None:
                return None
            whole = np.zeros(len(keys), np.bool_)
            whole[valid] = some
            return whole
        if not keys.size:
            return None
        if self._ascending:
            if self._continues(keys):
                return None
            self._ascending = False
            self._unfold()
        return self._compared(keys)

    def _continues(self, keys: Keys) -> bool:
        """Whether the keys go on without a gap or step back after all before: then an interval says it all."""
        first, last = int(keys[0]), int(keys[-1])
        if self._span is not None and first <= self._span[1]:
            return False
        if last - first != len(keys) - 1 or not (keys[1:] > keys[:-1]).all():
            return False
        if self._chunks and self._chunks[-1][1] + 1 == first:
            self._chunks[-1] = (self._chunks[-1][0], last)
        elif len(self._chunks) < 4096:
            self._chunks.append((first, last))
        else:
            return False
        self._span = (self._chunks[0][0], last)
        return True

    def _unfold(self) -> None:
        """Intervals become pages."""
        for first, last in self._chunks:
            for start in range(first, last + 1, 1 << 20):
                self._insert(np.arange(start, min(start + (1 << 20), last + 1)))
        self._chunks = []

    def _compared(self, keys: Keys) -> Mask | None:
        order = None
        if (keys[1:] > keys[:-1]).all():
            ordered = keys
        else:
            order = np.argsort(keys, kind="stable")
            ordered = keys[order]
        again = np.zeros(len(keys), np.bool_)
        again[1:] = ordered[1:] == ordered[:-1]
        fresh = ordered if not again.any() else ordered[~again]
        before = self._contains(fresh)
        if before is not None:
            again[~again] = before
            fresh = fresh[~before]
        if fresh.size:
            self._insert(fresh)
        if not again.any():
            return None
        if order is None:
            return again
        whole = np.zeros(len(keys), np.bool_)
        whole[order] = again
        return whole

    def _contains(self, ordered: Keys) -> Mask | None:
        found: Mask | None = None
        if self._pages is not None:
            for page, start, stop in _pages(ordered):
                bits = self._pages.get(page)
                if bits is None:
                    continue
                inside = ordered[start:stop] - page * _PAGE
                hit = (bits[inside >> 3] >> (inside & 7).astype(np.uint8)) & 1
                if hit.any():
                    found = np.zeros(len(ordered), np.bool_) if found is None else found
                    found[start:stop] = hit.astype(np.bool_)
            return found
        for run in self._runs:
            places = np.minimum(np.searchsorted(run, ordered), len(run) - 1)
            hit = run[places] == ordered
            if hit.any():
                found = hit if found is None else found | hit
        return found

    def _insert(self, ordered: Keys) -> None:
        """Adds keys, ascending and new."""
        self._count += len(ordered)
        if self._pages is not None:
            for page, start, stop in _pages(ordered):
                bits = self._pages.get(page)
                if bits is None:
                    bits = self._pages[page] = np.zeros(_PAGE >> 3, np.uint8)
                inside = ordered[start:stop] - page * _PAGE
                flags = np.zeros(_PAGE, np.bool_)
                flags[inside] = True
                bits |= np.packbits(flags, bitorder="little")
                if len(self._pages) > 64 and len(self._pages) * _DENSE > self._count:
                    break
            else:
                return
            # Too far apart for bits: from here on as sorted numbers.
            self._leave_pages(ordered)
            return
        self._runs.append(ordered)
        while len(self._runs) > 1 and len(self._runs[-2]) <= 2 * len(self._runs[-1]):
            last = self._runs.pop()
            merged = np.concatenate((self._runs[-1], last))
            merged.sort(kind="stable")
            self._runs[-1] = merged

    def _leave_pages(self, ordered: Keys) -> None:
        assert self._pages is not None
        parts = [ordered]
        for page, bits in self._pages.items():
            parts.append(np.flatnonzero(np.unpackbits(bits, bitorder="little")) + page * _PAGE)
        self._pages = None
        self._runs = [np.unique(np.concatenate(parts))]


def _pages(ordered: Keys) -> list[tuple[int, int, int]]:
    """Page, start and stop of the stretches of ascending keys that share a page."""
    pages = ordered >> 16
    cuts = np.flatnonzero(pages[1:] != pages[:-1]) + 1
    edges = [0, *cuts.tolist(), len(ordered)]
    return [(int(pages[start]), start, stop) for start, stop in pairwise(edges) if stop > start]
