"""Columns that tell the rows of a table apart together."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.guard.batches import Breach
from seedbed.rules.guard.codes import Code, Severity
from seedbed.rules.guard.uniques import Seen, hashes

if TYPE_CHECKING:
    from seedbed.rules.guard.views import View

_MIX = (0xBF58476D1CE4E5B9, 0x94D049BB133111EB)


class Key:
    """A composite key: no two rows have the same values in all its columns.

    Args:
        columns: of the key.
        severity: of a row whose key was there already.
    """

    def __init__(self, columns: Iterable[str], severity: Severity = Severity.REJECT) -> None:
        self.columns = tuple(sorted(columns))
        self._severity = severity
        self._seen = Seen(hashed=True)

    def judge(self, view: View) -> list[Breach]:
        """Rows whose key was there before; rows where a part of it is missing have none."""
        keys: NDArray[np.uint64] = np.zeros(view.rows, np.uint64)
        valid: NDArray[np.bool_] | None = None
        for name in self.columns:
            keys = _mixed(keys ^ hashes(view.column(name)).view(np.uint64))
            there = view.valid(name)
            if there is not None:
                valid = there if valid is None else valid & there
        again = self._seen.repeats(keys.view(np.int64), valid)
        if again is None:
            return []
        words = f"{', '.join(self.columns)}: this combination was there already in an earlier row"
        return [Breach(Code.NOT_UNIQUE, None, np.flatnonzero(again), words, None, self._severity)]


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Stirs 64 bits (the finalizer of splitmix64), so that a change of any bit changes half of them."""
    keys = (keys + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(_MIX[0])
    keys ^= keys >> np.uint64(31)
    keys *= np.uint64(_MIX[1])
    keys ^= keys >> np.uint64(29)
    return keys
