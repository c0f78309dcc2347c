"""Guarding real data: every record of the source goes to accepted or to quarantine, and the report says why."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.datasets import CARD, Parent, Quality, write_card
from seedbed.core.errors import DataError, Reason
from seedbed.core.files import write_atomic, writing
from seedbed.core.progress import Progress, Silent
from seedbed.core.shards import Lock, Store
from seedbed.rules.guard import drift, notices, reporting
from seedbed.rules.guard.batches import Breach, no_rows
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.maps import Maps
from seedbed.rules.guard.parts import Outlets, Parts, rejected, unreadable
from seedbed.rules.guard.places import Found, find_places, fingerprint
from seedbed.rules.guard.readers import ParquetSource, open_source
from seedbed.rules.guard.sources import Source
from seedbed.rules.guard.tallies import Tally

if TYPE_CHECKING:
    import polars as pl

    from seedbed.core.documents import Document
    from seedbed.rules.book import Book
    from seedbed.rules.guard.judge import Judge

REPORT = "report.json"
PREVIOUS = "previous.json"
"""The report of the last run on other data, which schema drift is told against."""


@dataclass(frozen=True)
class Validated:
    """What `validate` found.

    Attributes:
        root: the result's folder.
        report: content of `report.json`.
        samples: by table and column, typed values of some of the rows that were read, bad ones included; not those of
            sensitive columns.
    """

    root: Path
    report: Mapping[str, Any]
    samples: Mapping[str, Mapping[str, pl.Series]] = field(default_factory=dict, repr=False)

    @property
    def passed(self) -> bool:
        """Whether the data is as the book says, within the share that was allowed."""
        return bool(self.report["verdict"]["passed"])

    def files(self, table: str, folder: str = "accepted") -> list[Path]:
        """The Parquet files of a table's accepted rows, or those of its `quarantine` or `remarks`."""
        return sorted((self.root / folder / table).glob("part-*.parquet"))


@dataclass
class TableResult:
    """One table of a run.

    Attributes:
        sources: its files.
        tally: its counts.
        columns: summary of each column.
        strangers: the same, in short, of columns the book does not know.
        files: of accepted rows.
        samples: values of its columns.
    """

    sources: list[Source]
    tally: Tally = field(default_factory=Tally)
    columns: dict[str, dict[str, Any]] = field(default_factory=dict)
    strangers: dict[str, dict[str, Any]] = field(default_factory=dict)
    files: list[Path] = field(default_factory=list)
    samples: dict[str, pl.Series] = field(default_factory=dict)

    @property
    def names(self) -> list[str]:
        """Columns that any of the sources has, under the book's names where it knows them."""
        names = (source.renamed.get(name, name) for source in self.sources for name in source.names)
        return list(dict.fromkeys(names))


def validate(
    book: Path | str | Document[Book],
    data: Path | str,
    out: Path | str,
    *,
    maps: Mapping[str, str] | None = None,
    fail_over: float = 0.0,
    encoding: str | None = None,
    delimiter: str | None = None,
    against: Path | str | None = None,
    progress: Progress | None = None,
) -> Validated:
    """Checks real data against a rule book and parts the good rows from the bad.

    Writes `accepted/TABLE/part-*.parquet` with the book's names and types, `quarantine/TABLE/part-*.parquet` with the
    values as they were read and why each row is there, `remarks/TABLE/part-*.parquet` with the rows of either that have
    a remark, `report.json` and a card. Every record that was read is in
    exactly one of the two. A folder that holds an earlier validation is written anew; the earlier report is kept as
    `previous.json`, and what changed since then is in the new one.

    Args:
        book: path of the rule book, or one that is loaded.
        data: a CSV, Parquet or DuckDB file, or a folder of them.
        out: the result's folder, made where absent.
        maps: `table` -> file, folder or name in the data; `table.column` -> the source's column.
        fail_over: largest share of a table's records that may go to quarantine in data that passes.
        encoding: of text files, instead of the one found.
        delimiter: likewise.
        against: folder or report of the validation to tell schema drift against, instead of the last one in `out`.
        progress: told of records done.

    Returns:
        What was found.

    Raises:
        DocumentError: the book has problems.
        DataError: the data cannot be read, or holds no table of the book; `out` holds something else.
        EngineError: the disk is full, the folder read-only.
    """
    from seedbed.rules import load_book

    document = load_book(Path(book)) if isinstance(book, Path | str) else book
    data, root, progress = Path(data), Path(out), progress or Silent()
    if not 0 <= fail_over <= 1:
        raise DataError("a share lies between 0 and 1", where="fail_over", found=fail_over, allowed="such as 0.02")
    run = _Run(document, data, Maps.of(document.value, maps or {}), fail_over, progress)
    found = find_places(data, list(document.value.tables), run.maps.tables)
    results = run.opened(found, encoding, delimiter)
    lock = Lock(
        kind="validation",
        file=document.path.name,
        digest=document.digest,
        seed=document.value.seed,
        options={
            "data": data.name,
            "data digest": fingerprint(found.places),
            "fail over": fail_over,
            "encoding": encoding,
            "delimiter": delimiter,
            **{f"map {key}": value for key, value in sorted((maps or {}).items())},
        },
    )
    with Store.open(root, lock, anew=True) as store, writing(root):
        (root / CARD).unlink(missing_ok=True)
        earlier = drift.baseline(root, Path(against) if against else None, str(lock.options["data digest"]))
        run.judge(store, results)
        report = run.report(results, found, lock, earlier)
        report["notify"] = notices.send(document.value, report, progress)
        text = json.dumps(report, indent=2, ensure_ascii=False)
        write_atomic(root / REPORT, text.encode() + b"\n")
        run.write_card(root, results, lock)
    return Validated(root, json.loads(text), {table: result.samples for table, result in results.items()})


@dataclass
class _Run:
    """One validation."""

    document: Document[Book]
    data: Path
    maps: Maps
    fail_over: float
    progress: Progress

    @property
    def book(self) -> Book:
        return self.document.value

    def opened(self, found: Found, encoding: str | None, delimiter: str | None) -> dict[str, TableResult]:
        """Looks at every file; one that cannot be opened is told in the report, the others go on."""
        from seedbed.rules.parts import table_order

        results: dict[str, TableResult] = {}
        for table in table_order(self.book):
            given = self.maps.columns.get(table, {})
            columns = list(self.book.tables[table].columns)
            for place in found.places.get(table, ()):
                result = results.setdefault(table, TableResult([]))
                try:
                    source = open_source(
                        table,
                        place.path,
                        place.shown,
                        columns,
                        inner=place.inner,
                        given=given,
                        encoding=encoding,
                        delimiter=delimiter,
                    )
                except DataError as error:
                    if error.reason not in {Reason.DAMAGED, Reason.NOT_FOUND}:
                        raise
                    words = f"{place.shown}: {error.message}"
                    result.tally.faults.append(Breach(Code.UNREADABLE, None, no_rows(), words))
                else:
                    result.sources.append(source)
            if table in results and results[table].sources:
                self.maps.check(table, results[table].sources)
        return results

    def judge(self, store: Store, results: Mapping[str, TableResult]) -> None:
        """Reads, judges and writes all tables, parents first."""
        from seedbed.rules.guard.judge import Judge
        from seedbed.rules.guard.known import Known
        from seedbed.rules.guard.profiles import summaries

        counts = [source.rows for result in results.values() for source in result.sources]
        known = Known(self.book)
        total = None if None in counts else sum(count or 0 for count in counts)
        self.progress.start(total, "records", self.book.name)
        for table, result in results.items():
            judge = Judge(self.book, table, known)
            if judge.surveys:
                for source in result.sources:
                    for piece in source.pieces():
                        if piece.frame.height:
                            judge.survey(source.batch(piece))
            with Outlets(store, table) as outlets:
                for source in result.sources:
                    self._judge_source(source, judge, result, outlets)
            result.tally.faults.extend(judge.finish())
            if not result.tally.read:
                result.tally.faults.append(Breach(Code.EMPTY, None, no_rows(), "there is no record in it"))
            columns = self.book.tables[table].columns
            result.columns = summaries(judge.profile, columns)
            result.samples = {
                name: judge.profile.sample(name) for name in result.columns if not columns[name].sensitive
            }
            result.files = outlets.accepted.files
        self.progress.finish()

    def _judge_source(self, source: Source, judge: Judge, result: TableResult, outlets: Outlets) -> None:
        """One file. A Parquet file that has the book's names and types and no bad row is accepted byte for byte."""
        tally, known = result.tally, self.book.tables[source.table].columns
        whole = isinstance(source, ParquetSource) and not source.renamed
        whole &= not any(getattr(column, "missing_as", ()) for column in known.values())
        waiting = 0
        for piece in source.pieces():
            tally.read += piece.records
            tally.blank += piece.blank
            if piece.unread:
                tally.add_unread(source.shown, piece.unread)
                outlets.quarantine.add(unreadable(source.shown, piece.unread, result.names))
            good = not piece.unread
            if piece.frame.height:
                batch = source.batch(piece)
                for name in set(batch.frame.columns) - set(known) - set(result.strangers):
                    result.strangers[name] = drift.stranger(batch.frame[name])
                judged = judge.judge(batch)
                mask = rejected(piece.frame.height, judged.breaches)
                for breach in judged.breaches:
                    tally.add_breach(batch, breach)
                tally.add_rows(judged.breaches, mask)
                outlets.remark(batch, judged, result.names)
                good &= not mask.any()
                whole = whole and isinstance(source, ParquetSource) and _types(judged.frame) == source.schema
                if whole and good:
                    waiting += 1
                else:
                    if waiting:
                        _replay(source, waiting, outlets.accepted)
                        waiting = 0
                    outlets.part(batch, judged, mask, result.names)
            elif waiting:
                _replay(source, waiting, outlets.accepted)
                waiting = 0
            whole = whole and good
            self.progress.advance(piece.records)
        if waiting:
            outlets.accepted.copy(source.path, source.rows or 0)

    def report(
        self, results: Mapping[str, TableResult], found: Found, lock: Lock, earlier: Mapping[str, Any] | None
    ) -> dict[str, Any]:
        """The content of report.json, but for what became of the notifications."""
        expectations = _measured(self.book, results)
        report = reporting.report_of(self.book, results, found, lock, expectations, self.fail_over)
        report["drift"] = drift.compared(earlier, report)
        return report

    def write_card(self, root: Path, results: Mapping[str, TableResult], lock: Lock) -> None:
        """The card of what was accepted."""
        tallies = {table: result.tally for table, result in results.items()}
        write_card(
            root,
            name=f"{self.book.name}, checked",
            about=f"Rows of {self.data.name} that are as {lock.file} says; the others are in quarantine/",
            lock=lock,
            record_sets={table: reporting.fields(self.book, table) for table in results},
            quality=Quality.REAL_CHECKED,
            parents=[self._parent(str(lock.options["data digest"]))],
            facts={
                "read": {table: tally.read for table, tally in tallies.items()},
                "accepted": {table: tally.accepted for table, tally in tallies.items()},
                "quarantined": {table: tally.quarantined for table, tally in tallies.items()},
            },
        )

    def _parent(self, digest: str) -> Parent:
        """The source: what its card says it is, or real data that this very run has checked."""
        from seedbed.core.datasets import read_card

        if (self.data / CARD).is_file():
            card = read_card(self.data)
            level = Quality(card["seedbed:quality"]["level"])
            return Parent(card["name"], digest, Quality.REAL_CHECKED if level == Quality.REAL else level, "source")
        return Parent(self.data.resolve().name, digest, Quality.REAL_CHECKED, "source")


def _types(frame: pl.DataFrame) -> pl.Schema:
    """The schema as it will be written: categories are text."""
    import polars as pl

    coded = (pl.Categorical, pl.Enum)
    return pl.Schema({name: pl.String() if isinstance(kind, coded) else kind for name, kind in frame.schema.items()})


def _replay(source: Source, pieces: int, accepted: Parts) -> None:
    """Writes the first pieces of a file that was meant to be copied whole; their types are the book's."""
    for piece, _ in zip(_with_rows(source), range(pieces), strict=False):
        accepted.add(piece.frame)


def _with_rows(source: Source) -> Iterator[Any]:
    return (piece for piece in source.pieces() if piece.frame.height)


def _measured(book: Book, results: Mapping[str, TableResult]) -> list[dict[str, Any]]:
    """The book's expectations, over the accepted rows."""
    from seedbed.rules.measures import measured

    sources = {table: result.files for table, result in results.items() if result.files}
    lost = [table for table, result in results.items() if result.tally.read and not result.files]
    found = []
    for each in measured(book, sources):
        for table in lost:
            if each.trouble == f"table {table} is not there":
                each = replace(each, trouble=f"no row of {table} was accepted")
        found.append(each.to_json() | {"severity": str(each.severity), "words": each.words})
    return found
