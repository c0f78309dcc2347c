"""A source of real rows: one table in one file, whatever its kind."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedbed.core.words import nearest
from seedbed.rules.guard.batches import Batch
from seedbed.rules.guard.dialects import plain
from seedbed.rules.guard.records import Piece

ROWS = 1 << 18
"""Rows of a batch from Parquet or DuckDB."""


@dataclass
class Source(ABC):
    """Rows of one table in one file.

    Attributes:
        table: name in the book.
        path: of the file.
        shown: as it is called in reports.
        renamed: name in the file -> name in the book, for columns whose names differ.
        notes: what had to be assumed, for a person.
    """

    table: str
    path: Path
    shown: str
    renamed: dict[str, str] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    kind = ""
    raw = False

    @property
    @abstractmethod
    def names(self) -> Sequence[str]:
        """The source's own column names."""

    @property
    def rows(self) -> int | None:
        """How many rows it holds, where that is known without reading it."""
        return None

    @abstractmethod
    def pieces(self) -> Iterator[Piece]:
        """Its records, in order."""

    def facts(self) -> dict[str, Any]:
        """How it was read, for the report."""
        return {
            "path": self.shown,
            "kind": self.kind,
            "columns": self.types(),
            "renamed": dict(self.renamed),
            "notes": list(self.notes),
        }

    def types(self) -> dict[str, str]:
        """The source's columns and what it says of their types."""
        return dict.fromkeys(self.names, "text")

    def batch(self, piece: Piece) -> Batch:
        """A piece's rows under the book's names."""
        frame = piece.frame.rename(self.renamed) if self.renamed else piece.frame
        return Batch(self.table, self.shown, frame, piece.lines, self.raw)

    def map_columns(self, columns: Sequence[str], given: dict[str, str]) -> None:
        """Finds the book's columns among the source's.

        Args:
            columns: the book's names.
            given: name in the book -> name in the source, from the person.
        """
        names = list(self.names)
        taken: dict[str, str] = {}
        for column, name in given.items():
            if name not in names:
                close = [each for each in names if plain(each) == plain(name)]
                if len(close) != 1:
                    continue  # of several files, some may have another name; `Maps.check` looks at all
                name = close[0]
            taken[name] = column
        for column in columns:
            if column in taken.values():
                continue
            free = [name for name in names if name not in taken]
            close = [column] if column in free else [name for name in free if plain(name) == plain(column)]
            if len(close) == 1:
                taken[close[0]] = column
        self.renamed = {name: column for name, column in taken.items() if name != column}
        for name in names:
            # A column of the source that has the name of another's column in the book.
            if name not in taken and name in taken.values():
                self.renamed[name] = f"{name} (as in the source)"
        strange = [name for name in names if name not in taken and name not in columns]
        for column in columns:
            if column not in taken.values() and (close_one := nearest(column, strange)):
                words = f"there is no column {column}; is it {close_one!r}? --map {self.table}.{column}={close_one}"
                self.notes.append(words)
        guessed = set(columns) - set(given)
        for name, column in self.renamed.items():
            if column in guessed:
                self.notes.append(f"the column {name!r} is taken as {column}")
