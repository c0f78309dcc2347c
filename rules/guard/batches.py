"""What reader, judge and writer hand to each other: batches of rows as read, and what is wrong with them.

The reader makes `Batch`es of the records it could read; a `Judge` (judge.py) gives each row its types and says which
rules it breaks; the writer sends every row to accepted or quarantine. Per table, parents before children:

    known = Known(book)                          # judge.py: what judged tables leave behind for their children
    judge = Judge(book, table, known)
    for batch in batches: judge.survey(batch)    # only where judge.surveys
    for batch in batches: judged = judge.judge(batch)
    judge.finish()                               # faults of the table as a whole
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.guard.codes import Code, Severity

if TYPE_CHECKING:
    import polars as pl


def no_rows() -> NDArray[np.int64]:
    """An empty list of positions: a fault of the table, not of rows."""
    return np.empty(0, np.int64)


@dataclass(frozen=True)
class Batch:
    """Rows of one table as they were read, in their order.

    Attributes:
        table: name in the book.
        source: file (or file and table of a database) they come from, as it is shown.
        frame: columns under the book's names; columns the book does not know under their own. A column of the book
            that the source lacks is absent.
        lines: (rows,) line of the file where the record starts (CSV, from 1, the header counts), else row number
            from 1.
        raw: whether the columns are all text that nobody has parsed yet (CSV); null is a field without a value.
    """

    table: str
    source: str
    frame: pl.DataFrame
    lines: NDArray[np.int64]
    raw: bool


@dataclass(frozen=True)
class Breach:
    """One rule that some rows of a batch break, or (in `finish`) the table as a whole.

    Attributes:
        code: kind of fault.
        column: the column at fault; None where it is the row (constraints, composite keys).
        rows: positions in the batch, ascending; empty for the table as a whole.
        words: what was expected, for a person, such as `expected 1 to 50`; the same for every batch of a rule: the
            report counts by (code, column, words).
        values: (rows,) the values at fault as text, aligned with `rows`; None where no single value is at fault.
        severity: whether the rows go to quarantine.
        details: (rows,) what more there is to say of each row, in words; None where there is nothing.
    """

    code: Code
    column: str | None
    rows: NDArray[np.int64]
    words: str
    values: pl.Series | None = None
    severity: Severity = Severity.REJECT
    details: pl.Series | None = None


@dataclass(frozen=True)
class Judged:
    """A batch with its types and faults.

    Attributes:
        frame: the book's columns that are written (no hidden ones) in the book's order and with their types, rows as in
            the batch; null where a value did not parse or is missing, and in columns the source lacks.
        breaches: one per rule that is broken.
    """

    frame: pl.DataFrame
    breaches: list[Breach] = field(default_factory=list)


class Judging(Protocol):
    """What the flow asks of a judge of one table."""

    surveys: bool
    """Whether all batches must be seen once before the first is judged, such as for references to later rows."""

    def survey(self, batch: Batch) -> None:
        """Looks at a batch before judging starts; called only where `surveys`."""

    def judge(self, batch: Batch) -> Judged:
        """Types and faults of a batch; batches come in the order of the source. Remembers what children will need."""

    def finish(self) -> list[Breach]:
        """After the last batch: faults of the table as a whole, with empty `rows`."""
