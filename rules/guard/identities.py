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
    import polars as pl

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
        again = self._seen.repeats(*combined(view, self.columns))
        if again is None:
            return []
        words = f"{', '.join(self.columns)}: this combination was there already in an earlier row"
        return [Breach(Code.NOT_UNIQUE, None, np.flatnonzero(again), words, None, self._severity)]


def combined(view: View, columns: Iterable[str]) -> tuple[NDArray[np.int64], NDArray[np.bool_] | None]:
    """One key from several columns.

    Args:
        view: of the batch.
        columns: of the key, in its order.

    Returns:
        (N,) 64 bits for each combination, and where all of its parts are there; None for everywhere.
    """
    keys: NDArray[np.uint64] = np.zeros(view.rows, np.uint64)
    valid: NDArray[np.bool_] | None = None
    for name in columns:
        values = view.column(name)
        # A whole number may be text where another table shows it.
        parts = view.moments(name) if view.is_moment(name) else hashes(_as_text(values))
        keys = _mixed(keys ^ parts.view(np.uint64))
        there = view.valid(name)
        if there is not None:
            valid = there if valid is None else valid & there
    return keys.view(np.int64), valid


def _as_text(values: pl.Series) -> pl.Series:
    import polars as pl

    return values.cast(pl.String) if values.dtype.is_integer() else values


def _mixed(keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Stirs 64 bits (the finalizer of splitmix64), so that a change of any bit changes half of them."""
    keys = (keys + np.uint64(0x9E3779B97F4A7C15)) * np.uint64(_MIX[0])
    keys ^= keys >> np.uint64(31)
    keys *= np.uint64(_MIX[1])
    keys ^= keys >> np.uint64(29)
    return keys
