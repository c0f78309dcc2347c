"""Categories as codes: what holds for a text is found once for its code, then looked up for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

_UNSEEN = -2


class CodeMap:
    """A whole number for each category, from -1.

    Args:
        of_texts: gives the numbers of texts.
    """

    def __init__(self, of_texts: Callable[[pl.Series], NDArray[Any]]) -> None:
        self._of_texts = of_texts
        self._numbers = np.empty(0, np.int64)
        # Codes keep their meaning while some column with them lives: keep one value.
        self._kept: pl.Series | None = None

    def map(self, values: pl.Series) -> NDArray[np.int64]:
        """Looks codes up.

        Args:
            values: (N,) Categorical or Enum.

        Returns:
            (N,) the number of each text, anything where it is missing.
        """
        if self._kept is None or self._kept.dtype != values.dtype:
            self._kept, self._numbers = values[:1], np.empty(0, np.int64)
        physical = values.to_physical()
        missing = values.null_count() > 0
        codes = (physical.fill_null(0) if missing else physical).to_numpy()
        if not codes.size:
            return np.empty(0, np.int64)
        more = int(codes.max()) + 1 - len(self._numbers)
        if more > 0:
            self._numbers = np.concatenate((self._numbers, np.full(more + 1024, _UNSEEN)))
        found: NDArray[np.int64] = self._numbers[codes]
        if found.min() == _UNSEEN:
            self._learn(values, codes, found)
            found = self._numbers[codes]
        return found

    def _learn(self, values: pl.Series, codes: NDArray[Any], found: NDArray[np.int64]) -> None:
        import polars as pl

        unseen = found == _UNSEEN
        if values.null_count():
            unseen &= values.is_not_null().to_numpy()
        where = np.flatnonzero(unseen)
        new, first = np.unique(codes[where], return_index=True)
        if new.size:
            self._numbers[new] = self._of_texts(values.gather(where[first]).cast(pl.String))
