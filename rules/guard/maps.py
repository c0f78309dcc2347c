"""What a person says about where tables and columns are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from seedbed.core.errors import DataError, Reason
from seedbed.core.words import listed, nearest_hint
from seedbed.rules.guard.dialects import plain

if TYPE_CHECKING:
    from seedbed.rules.book import Book
    from seedbed.rules.guard.sources import Source


@dataclass(frozen=True)
class Maps:
    """What a person said about where things are.

    Attributes:
        tables: table of the book -> file, folder, or name in the data.
        columns: table of the book -> its column -> the source's column.
    """

    tables: Mapping[str, str]
    columns: Mapping[str, dict[str, str]]

    @classmethod
    def of(cls, book: Book, given: Mapping[str, str]) -> Maps:
        """Reads `table` and `table.column` keys.

        Raises:
            DataError: a table or column that is not in the book.
        """
        tables: dict[str, str] = {}
        columns: dict[str, dict[str, str]] = {}
        for key, value in given.items():
            table, dot, column = key.partition(".")
            known: Sequence[str] = list(book.tables)
            found = table
            if table in book.tables and dot:
                known, found = list(book.tables[table].columns), column
            if found not in known:
                raise DataError(
                    f"the book has no {'column' if table in book.tables else 'table'} {found!r}"
                    + nearest_hint(found, known),
                    reason=Reason.UNKNOWN_NAME,
                    where=f"--map {key}={value}",
                    found=found,
                    allowed=listed(known),
                    repair="the book's name stands before the equals sign, the source's after it",
                )
            if dot:
                columns.setdefault(table, {})[column] = value
            else:
                tables[table] = value
        return cls(tables, columns)

    def check(self, table: str, sources: Sequence[Source]) -> None:
        """Each column that was named is in one of the table's files at least.

        Raises:
            DataError: one is in none.
        """
        names = list(dict.fromkeys(name for source in sources for name in source.names))
        for column, name in self.columns.get(table, {}).items():
            if not any(plain(name) == plain(each) for each in names):
                raise DataError(
                    f"there is no column {name!r} in {listed(source.shown for source in sources)}"
                    + nearest_hint(name, names),
                    reason=Reason.UNKNOWN_NAME,
                    where=f"--map {table}.{column}",
                    found=name,
                    allowed=", ".join(names),
                    repair="name a column of the source",
                )
