"""Categories as codes: what holds for a text is found once for its code, then looked up for each row."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import polars as pl

_UNSEEN = -2


class Codes(Protocol):
    """A column of categories; its rows are only looked at when they are asked for."""

    @property
    def values(self) -> pl.Series:
        """Categorical or Enum."""

    @property
    def codes(self) -> NDArray[Any]:
        """(N,) of each value, anything where it is missing."""

    @property
    def valid(self) -> NDArray[np.bool_] | None:
        """(N,) where there is a value; None where there always is."""

    @property
    def limits(self) -> tuple[int | None, int | None]:
        """Smallest and largest code, None where there is no value."""


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

    def least(self, column: Codes) -> int:
        """A lower bound of the numbers of a column, found without looking at its rows; -2 where it takes more."""
        least, most = column.limits
        if least is None or most is None:
            return 0
        if self._kept is None or self._kept.dtype != column.values.dtype or most >= len(self._numbers):
            return _UNSEEN
        return int(self._numbers[least : most + 1].min())

    def map(self, column: Codes) -> NDArray[np.int64]:
        """Looks codes up.

        Args:
            column: (N,) categories.

        Returns:
            (N,) the number of each text, anything where it is missing.
        """
        values = column.values
        if self._kept is None or self._kept.dtype != values.dtype:
            self._kept, self._numbers = values[:1], np.empty(0, np.int64)
        most = column.limits[1]
        if most is None:
            return np.zeros(len(values), np.int64)
        more = most + 1 - len(self._numbers)
        if more > 0:
            self._numbers = np.concatenate((self._numbers, np.full(more + 1024, _UNSEEN)))
        found: NDArray[np.int64] = np.take(self._numbers, column.codes, mode="clip")
        if self.least(column) == _UNSEEN and found.min() == _UNSEEN and self._learnt(column, found):
            found = np.take(self._numbers, column.codes, mode="clip")
        return found

    def known(self, codes: NDArray[Any]) -> NDArray[np.int64]:
        """Looks up codes that lie between those for which `least` says more than `-2`."""
        return np.take(self._numbers, codes, mode="clip")

    def _learnt(self, column: Codes, found: NDArray[np.int64]) -> bool:
        import polars as pl

        unseen = found == _UNSEEN
        if column.valid is not None:
            unseen &= column.valid
        where = np.flatnonzero(unseen)
        if where.size:
            rows = np.full(len(self._numbers), -1)
            rows[column.codes[where]] = where
            new = np.flatnonzero(rows >= 0)
            self._numbers[new] = self._of_texts(column.values.gather(rows[new]).cast(pl.String))
        return bool(where.size)
