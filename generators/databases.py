"""One DuckDB file from the shards of a dataset, ready to query.

The shards are written as Parquet first, by any number of workers and with resume; then the file is put together under a
temporary name and committed as a shard of its own, and only then do the others go. Its content depends on the book
alone; its bytes do not, because DuckDB writes a random identifier into each file's head.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seedbed.core.progress import Progress
from seedbed.core.shards import Record, Store

DATABASE = "database"
"""Name of the file's shard in the manifest."""
_MAIN = "tables"


@dataclass(frozen=True)
class Described:
    """What a database says about a table.

    Attributes:
        about: the table, in words.
        columns: each column, in words; empty where nothing is known.
    """

    about: str
    columns: Mapping[str, str]


def shard_metas(store: Store) -> Iterator[dict[str, Any]]:
    """What the shards noted, also those that a database has taken the place of."""
    for name, record in store.done().items():
        if name == DATABASE:
            yield from record.meta["shards"]
        else:
            yield record.meta


def collect(store: Store, name: str, described: Mapping[str, Described], progress: Progress) -> Path:
    """Puts all Parquet shards of a dataset into one DuckDB file and removes them.

    `tables/NAME` becomes the table NAME, any other folder `FOLDER/NAME` the table NAME in a schema FOLDER.

    Args:
        store: open for writing, every shard committed.
        name: of the file, without its ending.
        described: comments, by table.
        progress: told what is going on.

    Returns:
        Path of the file.

    Raises:
        EngineError: it cannot be written.
    """
    done = store.done()
    file = f"{name}.duckdb"
    if DATABASE not in done:
        progress.note(f"putting the tables together in {file}")
        with store.shard(DATABASE) as shard:
            _write(shard.file(file), store.root, done, described)
            shard.meta["shards"] = [record.meta for record in done.values()]
            shard.meta["folders"] = sorted({path.rpartition("/")[0] for made in done.values() for path in made.files})
            shard.meta["rows"] = sum(record.meta.get("rows", 0) for record in done.values())
    for other in done:
        if other != DATABASE:
            store.forget(other)
    for folder in store.done()[DATABASE].meta["folders"]:
        _remove_empty(store.root, store.root / folder)
    return store.root / file


def _write(path: Path, root: Path, shards: Mapping[str, Record], described: Mapping[str, Described]) -> None:
    import duckdb

    path.unlink(missing_ok=True)
    folders: dict[tuple[str, str], list[Path]] = {}
    for record in shards.values():
        for file in sorted(record.files):
            top, _, rest = file.partition("/")
            folders.setdefault((top, rest.rpartition("/")[0] or rest.partition(".")[0]), []).append(root / file)
    # One thread keeps the rows in order without holding all of them.
    with duckdb.connect(str(path), config={"threads": 1, "memory_limit": "512MB"}) as connection:
        for (top, table), files in sorted(folders.items()):
            schema = "main" if top == _MAIN else top
            connection.execute(f"CREATE SCHEMA IF NOT EXISTS {_quoted(schema)}")
            whole = f"{_quoted(schema)}.{_quoted(table)}"
            # Names are the book's own, letters and digits only; the files go in as a parameter.
            names = [str(file) for file in sorted(files)]
            # Faulty tables may rename a column midway: both names are columns then.
            reading = "read_parquet($files, union_by_name = true)"
            connection.execute(f"CREATE TABLE {whole} AS SELECT * FROM {reading}", {"files": names})
            about = described.get(table) if schema == "main" else None
            if about is None:
                continue
            if about.about:
                connection.execute(f"COMMENT ON TABLE {whole} IS {_literal(about.about)}")
            for column, words in about.columns.items():
                if words:
                    connection.execute(f"COMMENT ON COLUMN {whole}.{_quoted(column)} IS {_literal(words)}")
        connection.execute("CHECKPOINT")


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _remove_empty(root: Path, folder: Path) -> None:
    while folder != root and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
