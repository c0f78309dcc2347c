"""Numbers in a keyed order without repeats, any of them on its own: what makes values unique.

Small sets are shuffled. Large ones go through a Feistel network on just enough bits; a result outside the set is sent
through again until it lies inside, which keeps it a one-to-one map (Black and Rogaway: Ciphers with arbitrary finite
domains, CT-RSA 2002).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.picks import shuffled

Numbers = NDArray[np.int64]

MOST_SHUFFLED = 1 << 16
MOST = 1 << 62
_ROUNDS = 6


@dataclass(frozen=True)
class Permutation:
    """A one-to-one map of 0 ... size - 1 onto itself.

    Attributes:
        key: decides which.
        size: 1 to 2**62.
    """

    key: int
    size: int

    def at(self, places: Numbers) -> Numbers:
        """The numbers at places.

        Args:
            places: (N,) in [0, size).
        """
        if self.size <= MOST_SHUFFLED:
            return self._order[places]
        values = self._network(places)
        outside = np.flatnonzero(values >= self.size)
        while outside.size:
            again = self._network(values[outside])
            values[outside] = again
            outside = outside[again >= self.size]
        return values

    @cached_property
    def _order(self) -> Numbers:
        return shuffled(self.key, self.size)

    def _network(self, values: Numbers) -> Numbers:
        """One pass, on 2**bits numbers; halves of different width take turns."""
        bits = (self.size - 1).bit_length()
        low_bits = bits // 2
        low_mask, high_mask = np.int64((1 << low_bits) - 1), np.int64((1 << (bits - low_bits)) - 1)
        low, high = values & low_mask, values >> np.int64(low_bits)
        for turn in range(_ROUNDS):
            key = keys.key(self.key, "round", turn)
            if turn % 2:
                low = low ^ ((keys.cells_at(key, high) >> np.uint64(1)).view(np.int64) & low_mask)
            else:
                high = high ^ ((keys.cells_at(key, low) >> np.uint64(1)).view(np.int64) & high_mask)
        return np.asarray((high << np.int64(low_bits)) | low)
