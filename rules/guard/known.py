"""What judged tables leave behind for their children: their ids, and the columns that children's rules look at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.book import Book
from seedbed.rules.guard.codings import CodeMap, Codes
from seedbed.rules.guard.uniques import hashes
from seedbed.rules.reckoning import Unfit

if TYPE_CHECKING:
    import polars as pl

    from seedbed.rules.guard.views import View

Mask = NDArray[np.bool_]
Positions = NDArray[np.int64]

NOWHERE = -1


class Known:
    """Tables that were judged, and what their children ask of them.

    Args:
        book: a checked book.
    """

    def __init__(self, book: Book) -> None:
        from seedbed.rules.guard.compiling import inputs_of

        self.tables: dict[str, Parents] = {}
        self._wanted: dict[str, set[str]] = {name: set() for name in book.tables}
        for table in book.tables:
            for path in inputs_of(book, table):
                self._want(book, table, path)

    def _want(self, book: Book, table: str, path: str) -> None:
        first, _, rest = path.partition(".")
        reference = book.tables[table].references.get(first)
        if rest and reference is not None and rest not in self._wanted[reference.to]:
            self._wanted[reference.to].add(rest)
            self._want(book, reference.to, rest)

    def wanted(self, table: str) -> list[str]:
        """The paths of a table that its children's rules look at."""
        return sorted(self._wanted[table])


@dataclass
class Parents:
    """The rows of a table that was read.

    Attributes:
        index: finds a row by its id.
        rows: how many there are.
    """

    index: Index
    rows: int = 0
    _columns: dict[str, list[pl.Series]] = field(default_factory=dict)
    _spoiled: dict[str, list[Mask]] = field(default_factory=dict)
    _lacking: set[str] = field(default_factory=set)
    _numbers: dict[str, tuple[NDArray[Any], Mask | None]] = field(default_factory=dict)

    def add(self, keys: NDArray[np.int64], valid: Mask | None, view: View, paths: list[str]) -> None:
        """Appends the rows of a batch.

        Args:
            keys: of the rows' ids.
            valid: where there is an id; None for everywhere.
            view: of the batch.
            paths: columns to keep; those that the data lacks are left out.
        """
        self.index.add(keys, valid)
        for path in paths:
            if not view.has(path):
                self._lacking.add(path)
                continue
            self._columns.setdefault(path, []).append(view.series(path))
            spoiled = view.spoiled([path])
            if spoiled is not None or path in self._spoiled:
                before = self._spoiled.setdefault(path, [np.zeros(self.rows, np.bool_)] if self.rows else [])
                before.append(np.zeros(len(keys), np.bool_) if spoiled is None else spoiled)
        self.rows += len(keys)

    def has(self, path: str) -> bool:
        """Whether a column was kept, of every batch."""
        return path in self._columns and path not in self._lacking

    def take(self, path: str, positions: Positions) -> pl.Series:
        """A column at the rows a reference leads to; missing where it leads nowhere."""
        import polars as pl

        values = self._whole(path)
        everywhere = bool(positions.size == 0 or positions.min() >= 0)
        if everywhere and values.dtype in (pl.Float64, pl.Int64) and not values.null_count():
            return pl.Series(np.take(values.to_numpy(), positions, mode="clip"))
        if everywhere:
            return values.gather(positions)
        if not len(values):
            return pl.Series([None], dtype=values.dtype).new_from_index(0, len(positions))
        lost = positions < 0
        found = values.gather(np.where(lost, 0, positions))
        return found.zip_with(pl.Series(~lost), pl.Series([None], dtype=values.dtype))

    def numbers(self, path: str) -> tuple[NDArray[Any], Mask | None]:
        """A column of numbers or truth values, of all rows, and where it is there; None for everywhere.

        Raises:
            Unfit: it holds others.
        """
        import polars as pl

        values = self._whole(path)
        if values.dtype not in (pl.Int64, pl.Float64, pl.Boolean):
            raise Unfit
        if path not in self._numbers or len(self._numbers[path][0]) != len(values):
            if values.null_count():
                filled = values.fill_null(False if values.dtype == pl.Boolean else 0)
                self._numbers[path] = filled.to_numpy(), values.is_not_null().to_numpy()
            else:
                self._numbers[path] = values.to_numpy(), None
        return self._numbers[path]

    def spoiled(self, path: str, positions: Positions) -> Mask | None:
        """Where the parent's value could not be read."""
        if path not in self._spoiled:
            return None
        parts = self._spoiled[path]
        if len(parts) > 1:
            parts[:] = [np.concatenate(parts)]
        return np.append(parts[0], False)[positions]

    def _whole(self, path: str) -> pl.Series:
        import polars as pl

        parts = self._columns[path]
        if len(parts) > 1:
            parts[:] = [pl.concat(parts).rechunk()]
        return parts[0]


class Index:
    """Finds rows by their ids: numbers, or text. Of several rows with one id it finds the first.

    Ids that count up by one, as they mostly do, are an interval; others are kept sorted.
    """

    def __init__(self) -> None:
        self._first: int | None = None
        self._counting = True
        self._rows = 0
        self._parts: list[NDArray[np.int64]] = []
        self._sorted: tuple[NDArray[np.int64], Positions] | None = None
        self._codes = CodeMap(lambda texts: self._find(hashes(texts)))

    def add(self, keys: NDArray[np.int64], valid: Mask | None) -> None:
        """Appends keys of ids; missing ones are found by nobody."""
        rows = np.arange(self._rows, self._rows + len(keys))
        if self._counting and keys.size:
            first = int(keys[0]) - self._rows if self._first is None else self._first
            if valid is None and bool((keys - rows == first).all()):
                self._first = first
                self._rows += len(keys)
                return
            self._counting = False
            if self._first is not None:
                before = np.arange(self._rows)
                self._parts.append(np.stack((before + self._first, before)))
        count = len(keys)
        if valid is not None:
            keys, rows = keys[valid], rows[valid]
        self._parts.append(np.stack((keys, rows)))
        self._rows += count
        self._sorted = None

    def locate(self, values: pl.Series) -> Positions:
        """Rows with these ids.

        Args:
            values: (N,) of the ids' type.

        Returns:
            (N,) row numbers from 0, `NOWHERE` where there is none or the value is missing.
        """
        return self.find(hashes(values), values.is_not_null().to_numpy() if values.null_count() else None)

    def find(self, keys: NDArray[np.int64], valid: Mask | None) -> Positions:
        """As `locate` for keys of ids."""
        found = self._find(keys)
        if valid is not None:
            found[~valid] = NOWHERE
        return found

    def locate_codes(self, column: Codes) -> Positions:
        """As `locate` where values are categories: each code is looked up once."""
        found = self._codes.map(column)
        if column.valid is not None:
            found[~column.valid] = NOWHERE
        return found

    def locate_known(self, codes: NDArray[Any]) -> Positions:
        """As `locate_codes` of codes for which `knows_codes` is true."""
        return self._codes.known(codes)

    def knows_codes(self, column: Codes) -> bool:
        """Whether a row for every one of some categories was found before."""
        return self._codes.least(column) >= 0

    def knows(self, least: int | None, most: int | None) -> bool:
        """Whether there surely is a row for every whole number between two."""
        if least is None or most is None:
            return True
        return self._counting and self._first is not None and self._first <= least and most < self._first + self._rows

    def _find(self, keys: NDArray[np.int64]) -> Positions:
        if self._counting:
            rows = keys - (self._first or 0)
            if keys.size and not (rows.min() >= 0 and rows.max() < self._rows):
                rows[(rows < 0) | (rows >= self._rows)] = NOWHERE
            return rows
        if self._sorted is None:
            ids, rows = np.concatenate(self._parts, axis=1)
            self._parts = [np.stack((ids, rows))]
            order = np.argsort(ids, kind="stable")
            self._sorted = (ids[order], rows[order])
        ids, rows = self._sorted
        if not ids.size:
            return np.full(len(keys), NOWHERE)
        places = np.minimum(np.searchsorted(ids, keys), len(ids) - 1)
        return np.where(ids[places] == keys, rows[places], NOWHERE)
