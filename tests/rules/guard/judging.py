"""Small frames judged by a book."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import polars as pl

from seedbed.core.documents import Document, loads
from seedbed.rules import Book, check_book
from seedbed.rules.guard.batches import Batch, Breach
from seedbed.rules.guard.judge import Judge
from seedbed.rules.guard.known import Known
from seedbed.rules.parts import table_order


def book_of(text: str) -> Book:
    """A checked book."""
    document: Document[Book] = loads(text, Book, path=Path("book.yaml"))
    check_book(document)
    return document.value


def one_table(columns: str, head: str = "", tail: str = "") -> Book:
    """A book of one table `t`; columns are lines of YAML."""
    lines = "\n".join("      " + line for line in columns.strip().splitlines())
    text = f"seedbed: book/1\nname: b\n{head}\ntables:\n  t:\n    rows: 10\n    columns:\n{lines}\n"
    return book_of(text + "\n".join("    " + line for line in tail.strip().splitlines()))


@dataclass
class Verdict:
    """A judged table: typed rows, and each breach with row numbers from 0 of the whole table."""

    judge: Judge
    frames: list[pl.DataFrame] = field(default_factory=list)
    breaches: list[Breach] = field(default_factory=list)
    rows: list[tuple[int, str | None, str, str, str | None]] = field(default_factory=list)
    whole: list[Breach] = field(default_factory=list)

    @property
    def frame(self) -> pl.DataFrame:
        """All typed rows."""
        return pl.concat(self.frames)

    @property
    def found(self) -> set[tuple[int, str | None, str]]:
        """Row, column and code of each fault."""
        return {(row, column, code) for row, column, code, _, _ in self.rows}

    @property
    def said(self) -> list[tuple[int, str | None, str, str, str | None]]:
        """Row, column, code, words and value of each fault."""
        return sorted(self.rows, key=str)


def judged(
    book: Book, frames: dict[str, pl.DataFrame], size: int = 1000, *, raw: bool = False, absent: tuple[str, ...] = ()
) -> dict[str, Verdict]:
    """Judges frames cut into batches.

    Args:
        book: the book.
        frames: by table; tables that are not there are judged as having no rows.
        size: rows of a batch.
        raw: whether all columns are text.
        absent: tables the data lacks: no judge is made for them.
    """
    known = Known(book)
    verdicts: dict[str, Verdict] = {}
    for table in table_order(book):
        if table in absent:
            continue
        frame = frames.get(table, pl.DataFrame())
        judge = Judge(book, table, known)
        verdict = verdicts[table] = Verdict(judge)
        starts = range(0, frame.height, size)
        batches = [
            Batch(table, "file", part, np.arange(len(part)) + start + 1, raw)
            for start, part in ((start, frame[start : start + size]) for start in starts)
        ]
        if judge.surveys:
            for batch in batches:
                judge.survey(batch)
        for start, batch in zip(starts, batches, strict=True):
            result = judge.judge(batch)
            assert result.frame.height == batch.frame.height
            verdict.frames.append(result.frame)
            for breach in result.breaches:
                assert breach.rows.size
                assert (np.diff(breach.rows) > 0).all()
                assert breach.values is None or len(breach.values) == breach.rows.size
                values = [None] * breach.rows.size if breach.values is None else breach.values.to_list()
                verdict.breaches.append(breach)
                for row, value in zip((breach.rows + start).tolist(), values, strict=True):
                    verdict.rows.append((row, breach.column, breach.code.value, breach.words, value))
        verdict.whole = judge.finish()
        assert all(not breach.rows.size for breach in verdict.whole)
    return verdicts


def faults(book: Book, frame: pl.DataFrame, **options: object) -> set[tuple[int, str | None, str]]:
    """Row, column and code of each fault of the only table `t`."""
    return judged(book, {"t": frame}, **options)["t"].found  # type: ignore[arg-type]
