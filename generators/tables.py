"""Generating the tables of a rule book."""

from __future__ import annotations

import contextlib
import math
import os
import pickle
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.datasets import Quality, write_card
from seedbed.core.engines import cores, run
from seedbed.core.errors import DataError, Reason
from seedbed.core.memory import KEPT, kept_memory, uncollected
from seedbed.core.progress import Progress, Silent
from seedbed.core.shards import Lock, Store
from seedbed.generators.databases import DATABASE, Described, collect, shard_metas
from seedbed.generators.plans import Plan, ShardPlan, resolve

if TYPE_CHECKING:
    from seedbed.core.documents import Document
    from seedbed.generators.blocks import TableMaker
    from seedbed.generators.faults import Planter
    from seedbed.rules.book import Book
    from seedbed.rules.measures import Measured


WORTH = 1_000_000
"""Rows that one more process is worth, where none is asked for: its start takes a second of a core, as they do."""


class Format(StrEnum):
    """What tables are written as."""

    PARQUET = "parquet"
    CSV = "csv"
    DUCKDB = "duckdb"

    @property
    def suffix(self) -> str:
        """Ending of the shards' files; a DuckDB file is put together from Parquet shards at the end."""
        return ".csv" if self is Format.CSV else ".parquet"


@dataclass(frozen=True)
class Generated:
    """What `generate` made.

    Attributes:
        root: the dataset folder.
        rows: of each table.
        shards: written by this call.
        resumed: shards that were there already.
        undefined: by `table.column`, rows where a formula had no value, such as a division by zero; they are missing.
        database: the DuckDB file, where that was the format.
        expectations: what came of each expectation of the book.
        faults: cells and rows planted, by kind of fault.
        scenarios: cells changed, by name of the scenario.
        factors: what the typical values of calibrated columns were multiplied by, as `table.column`.
    """

    root: Path
    rows: Mapping[str, int]
    shards: int
    resumed: int
    undefined: Mapping[str, int] = field(default_factory=dict)
    database: Path | None = None
    expectations: tuple[Measured, ...] = ()
    faults: Mapping[str, int] = field(default_factory=dict)
    scenarios: Mapping[str, int] = field(default_factory=dict)
    factors: Mapping[str, float] = field(default_factory=dict)

    def files(self, table: str) -> list[Path]:
        """The Parquet or CSV files of a table, in the order of their rows; none where all is in `database`."""
        return sorted((self.root / "tables" / table).glob("part-*.*"))


@dataclass(frozen=True)
class Work:
    """Writes one shard; sent to worker processes.

    Attributes:
        tables: compiled makers, pickled, so that a process makes them out once and keeps what they keep; and what
            plants faults in those that have some.
        root: the dataset folder.
    """

    tables: bytes
    root: Path

    def __call__(self, task: ShardPlan) -> int:
        """Writes and commits the shard; gives its rows."""
        from seedbed.generators.files import write_file

        tables, planters = _unpacked(self.tables)
        table, planter = tables[task.table], planters.get(task.table)
        with Store.attach(self.root).shard(task.name) as shard:
            undefined = write_file(shard.file(task.file), table, task.start, task.stop)
            shard.meta["table"] = task.table
            shard.meta["rows"] = task.stop - task.start
            if undefined:
                shard.meta["undefined"] = dict(sorted(undefined.items()))
            if table.played:
                from seedbed.generators.scenarios import write_truth

                truth = shard.file(f"truth/scenarios/{task.name}.parquet")
                shard.meta["changed"] = write_truth(truth, table, task.start, task.stop)
            if planter is not None:
                planted = planter.write(table, task, shard.file)
                shard.meta["faults"] = {str(number): count for number, count in sorted(planted.items())}
        return task.stop - task.start


@lru_cache(maxsize=1)
@uncollected()
def _unpacked(tables: bytes) -> tuple[dict[str, TableMaker], dict[str, Planter]]:
    unpacked: tuple[dict[str, TableMaker], dict[str, Planter]] = pickle.loads(tables)
    return unpacked


def generate(
    book: Path | str | Document[Book],
    out: Path | str,
    *,
    rows: Mapping[str, int] | None = None,
    scale: float = 1.0,
    only: Sequence[str] = (),
    format: Format | str = Format.PARQUET,
    faults: bool = True,
    workers: int | None = 1,
    progress: Progress | None = None,
) -> Generated:
    """Makes the tables of a rule book as Parquet or CSV files, or as one DuckDB file.

    The bytes depend on the book's text, its seed, `rows`, `scale` and `format` alone (a DuckDB file's head holds a
    random identifier besides). Run again after an interruption it goes on from the shards that are committed. Moments
    are written as UTC milliseconds with the book's time zone in the type, in CSV as local time with its offset;
    decimals have 18 digits; text and categories are text. Where the book has faults, `faulty/` holds its tables as they
    would arrive and `truth/faults/` what was planted in them; `tables/` is the same with and without.

    Args:
        book: path of the rule book, or one that is loaded.
        out: dataset folder, made where absent.
        rows: row counts to use instead of the book's, by table.
        scale: what the row counts of fact tables (those that no other table refers to) are multiplied by.
        only: tables to write; what they look up in others is computed, not written. All where empty.
        format: `parquet`, `csv` or `duckdb`.
        faults: whether the book's faults are planted.
        workers: processes, this one included; None for one a core, as far as the rows are worth their start.
        progress: told of rows done.

    Returns:
        What was made.

    Raises:
        DocumentError: the book has problems.
        DataError: `out` was made from something else; `rows` names an unknown table or a negative count; a formula or
            weight turned out not to fit its values.
        EngineError: the disk is full, the folder read-only, a worker died.
    """
    root, progress = Path(out), progress or Silent()
    if not (math.isfinite(scale) and scale > 0):
        raise DataError(
            "a scale is a factor over 0",
            reason=Reason.INVALID,
            where="--scale",
            found=scale,
            allowed="such as 0.01 or 10",
            repair="give a number over 0",
        )
    format = Format(format)
    document, plan, tables, planters = _prepared(book, rows or {}, scale, only, format, faults)
    lock = Lock(
        kind="tables",
        file=document.path.name,
        digest=document.digest,
        seed=plan.book.seed,
        options={
            **{f"rows {name}": count for name, count in sorted(plan.given.items())},
            **({"only": ", ".join(plan.written)} if only else {}),
            **({"format": str(format)} if format is not Format.PARQUET else {}),
            **({"faults": False} if plan.book.faults and not faults else {}),
        },
    )
    with Store.open(root, lock) as store:
        done = store.done()
        tasks = [] if DATABASE in done else [task for task in plan.shards if task.name not in done]
        progress.start(plan.total, "rows", plan.book.name)
        progress.advance(plan.total - sum(task.stop - task.start for task in tasks))
        work = Work(pickle.dumps((tables, planters)), root)
        workers = min(_worth(tasks) if workers is None else workers, max(len(tasks), 1))
        with _environment_of(workers), kept_memory():
            for count in run(work, tasks, workers=workers, join=True):
                progress.advance(count)
        progress.finish()
        database = None
        if format is Format.DUCKDB:
            database = collect(store, plan.book.name, _described(plan, tables), progress)
        undefined, planted = _undefined(store), _planted(store, planters)
        scenarios = _changed(store, plan)
        kinds = Counter[str]()
        for (_, kind, _), count in planted.items():
            kinds[kind] += count
        expectations = _measured(root, plan, database)
        _card(root, plan, tables, lock, undefined, kinds, scenarios, database is not None, expectations)
    for path, count in undefined.items():
        progress.note(f"{path}: the formula has no value in {count:,} rows; they are missing")
    for (number, kind, table), count in planted.items():
        if not count:
            progress.note(f"fault {number}, {kind} of {table}: the table has nothing that it could befall")
    for name, count in scenarios.items():
        if not count:
            progress.note(f"scenario {name!r}: no cell changes; no row is reached, or has its values anyway")
    for path, factor in plan.factors.items():
        progress.note(f"{path}: calibrated, its typical value is multiplied by {factor:g}")
    for one in expectations:
        progress.note(one.words)
    return Generated(
        root,
        {name: plan.rows[name] for name in plan.written},
        len(tasks),
        len(plan.shards) - len(tasks),
        undefined,
        database,
        expectations,
        faults=kinds,
        scenarios=scenarios,
        factors=plan.factors,
    )


@uncollected()
def _prepared(
    book: Path | str | Document[Book],
    rows: Mapping[str, int],
    scale: float,
    only: Sequence[str],
    format: Format,
    faults: bool,
) -> tuple[Document[Book], Plan, dict[str, TableMaker], dict[str, Planter]]:
    """The book, and all that is made of it before anything is written, so that what is wrong with it is said first.

    Makers travel to the workers ready made: loading the rule book's models there would cost each half a second.
    """
    from seedbed.generators.compiler import compile_plan
    from seedbed.generators.faults import compile_faults
    from seedbed.rules import load_book

    document = load_book(Path(book)) if isinstance(book, Path | str) else book
    plan = resolve(document, rows, scale=scale, only=only, suffix=format.suffix)
    tables = compile_plan(plan)
    return document, plan, tables, compile_faults(plan, tables) if faults and plan.book.faults else {}


def _worth(tasks: Sequence[ShardPlan]) -> int:
    """Processes that rows are worth, at most one a core."""
    return min(cores(), 1 + sum(task.stop - task.start for task in tasks) // WORTH)


# Workers are the threads: a Polars pool inside each would only wait on the others.
_WORKER_ENVIRONMENT = {
    "POLARS_MAX_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    **{name: str(size) for name, size in KEPT.items()},
}


@contextlib.contextmanager
def _environment_of(workers: int) -> Iterator[None]:
    """What worker processes are started with; this process's own environment is put back."""
    before = {name: os.environ.get(name) for name in _WORKER_ENVIRONMENT}
    if workers > 1:
        os.environ.update(_WORKER_ENVIRONMENT)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _measured(root: Path, plan: Plan, database: Path | None) -> tuple[Measured, ...]:
    """The book's expectations, measured on what was written."""
    if not plan.book.expect:
        return ()
    from seedbed.rules import measured

    folders = {name: root / "tables" / name for name in plan.written}
    files = {name: sorted(folder.glob(f"part-*{plan.suffix}")) for name, folder in folders.items()}
    return measured(plan.book, files if database is None else dict.fromkeys(plan.written, database))


def _undefined(store: Store) -> dict[str, int]:
    total: Counter[str] = Counter()
    for meta in shard_metas(store):
        for column, count in meta.get("undefined", {}).items():
            total[f"{meta['table']}.{column}"] += count
    return dict(sorted(total.items()))


def _changed(store: Store, plan: Plan) -> dict[str, int]:
    """Cells that each scenario changed in the tables that are written."""
    total = {scenario.name: 0 for scenario in plan.book.scenarios if scenario.of in plan.written}
    for meta in shard_metas(store):
        for name, count in meta.get("changed", {}).items():
            total[name] += count
    return total


def _planted(store: Store, planters: Mapping[str, Planter]) -> dict[tuple[int, str, str], int]:
    """Cells and rows planted, by number, kind and table of the fault; 0 for those that found nothing."""
    kinds = {number: (kind, table) for table, planter in planters.items() for number, kind in planter.kinds.items()}
    total: Counter[int] = Counter(dict.fromkeys(kinds, 0))
    for meta in shard_metas(store):
        total.update({int(number): count for number, count in meta.get("faults", {}).items()})
    return {(number, *kinds[number]): total[number] for number in sorted(kinds)}


def _described(plan: Plan, tables: Mapping[str, TableMaker]) -> dict[str, Described]:
    """What the database says about each table and column."""
    found = {}
    for name in plan.written:
        columns = {}
        for column, maker in tables[name].written.items():
            metadata = maker.form.metadata
            unit = f"[{metadata['unit']}]" if "unit" in metadata else ""
            columns[column] = " ".join(part for part in (metadata.get("about", ""), unit) if part)
        found[name] = Described(plan.book.tables[name].about or "", columns)
    return found


def _card(
    root: Path,
    plan: Plan,
    tables: Mapping[str, TableMaker],
    lock: Lock,
    undefined: Mapping[str, int],
    faults: Mapping[str, int],
    scenarios: Mapping[str, int],
    in_database: bool,
    expectations: Sequence[Measured],
) -> None:
    fields: dict[str, list[dict[str, Any]]] = {}
    for name in plan.written:
        fields[name] = []
        for column, maker in tables[name].written.items():
            entry: dict[str, Any] = {"name": column, "type": maker.form.schema_org}
            if not in_database:
                entry["file"] = f"tables/{name}"
            metadata = maker.form.metadata
            entry.update({key: metadata[key] for key in ("about", "unit") if key in metadata})
            if "sensitive" in metadata:
                entry["sensitive"] = True
            fields[name].append(entry)
    facts: dict[str, Any] = {"rows": {name: plan.rows[name] for name in plan.written}}
    if undefined:
        facts["undefined"] = dict(undefined)
    if plan.factors:
        facts["calibrated"] = dict(plan.factors)
    if expectations:
        facts["expectations"] = [one.to_json() for one in expectations]
    if scenarios:
        facts["scenarios"] = dict(scenarios)
    if faults:
        facts["faults"] = dict(faults)
    write_card(
        root,
        name=plan.book.name,
        about=plan.book.about or f"Tables generated from {lock.file}",
        lock=lock,
        record_sets=fields,
        quality=Quality.SYNTHETIC,
        facts=facts,
    )
