"""Where a book's tables lie in what a person points at: a file, a folder of files, a database."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.core.errors import DataError, Reason
from seedbed.core.shards import LOCK, MANIFEST
from seedbed.core.words import listed, nearest_hint
from seedbed.rules.guard.databases import duckdb_tables
from seedbed.rules.guard.dialects import plain
from seedbed.rules.guard.readers import kind_of

_BLOCK = 1 << 16
_BLOCKS = 16


@dataclass(frozen=True)
class Place:
    """A file, or a table of a database, that holds rows of one table.

    Attributes:
        path: of the file.
        shown: its path below what the person pointed at.
        inner: table of a database.
    """

    path: Path
    shown: str
    inner: str = ""


@dataclass
class Found:
    """What was found.

    Attributes:
        places: by table of the book, in the order of their names.
        notes: what was left out, for a person.
        unknown: names that are no table of the book.
        broken: file -> why it cannot be opened.
    """

    places: dict[str, list[Place]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    broken: dict[str, str] = field(default_factory=dict)


def find_places(data: Path, tables: Sequence[str], given: Mapping[str, str]) -> Found:
    """Finds a book's tables.

    Args:
        data: file or folder.
        tables: names in the book.
        given: table -> file, folder or name in the data, from the person.

    Returns:
        The places.

    Raises:
        DataError: nothing is there, or nothing that belongs to the book.
    """
    if not data.exists():
        raise DataError(
            "there is nothing here",
            reason=Reason.NOT_FOUND,
            where=data,
            repair="name a CSV, Parquet or DuckDB file, or a folder of them",
        )
    found = Found()
    named = _named(data, found)
    for table, where in given.items():
        found.places[table] = _given(table, where, data, named, found)
        for name in [each for each, places in named.items() if set(places) & set(found.places[table])]:
            del named[name]
    for name, places in named.items():
        owner = _table_of(name, [each for each in tables if each not in given])
        if owner is None and data.is_file() and len(tables) == 1 and not given:
            owner = tables[0]
        if owner is None:
            found.unknown.append(name)
        else:
            found.places.setdefault(owner, []).extend(places)
    _unnamed(data, tables, named, found)
    if not found.places and not found.broken:
        raise DataError(
            "no table of the book is here",
            reason=Reason.NOT_FOUND,
            where=data,
            found=listed(found.unknown) or "no CSV, Parquet or DuckDB file",
            allowed=listed(tables),
            repair=f"say which it is, such as --map {tables[0]}={found.unknown[0] if found.unknown else 'FILE'}",
        )
    for name in found.unknown:
        hint = nearest_hint(name, [table for table in tables if table not in found.places])
        found.notes.append(f"{name} is no table of the book and was not read{hint}")
    found.places = {table: found.places[table] for table in tables if table in found.places}
    return found


def _named(data: Path, found: Found) -> dict[str, list[Place]]:
    """Everything readable, by the name it has."""
    named: dict[str, list[Place]] = {}
    if data.is_file():
        _add(data, data.parent, _stem(data), named, found)
        if not named and not found.broken:
            raise DataError(
                "not a kind of file that is read",
                where=data,
                found=data.suffix or "no ending",
                allowed=".csv, .tsv, .txt (also .gz), .parquet, .duckdb",
                repair="export it as one of these, or rename it",
            )
        return named
    root = data / "tables" if (data / "tables").is_dir() and (data / LOCK).is_file() else data
    for path in sorted(root.iterdir()):
        if path.name.startswith((".", "_")) or path.name == MANIFEST:
            continue
        if path.is_dir():
            for inside in sorted(path.rglob("*")):
                if inside.is_file() and not inside.name.startswith((".", "_")):
                    _add(inside, root, path.name, named, found)
        elif path.is_file():
            _add(path, root, _stem(path), named, found)
    return named


def _add(path: Path, root: Path, name: str, named: dict[str, list[Place]], found: Found) -> None:
    kind = kind_of(path)
    shown = path.relative_to(root).as_posix()
    if kind == "duckdb":
        try:
            for inner in duckdb_tables(path):
                named.setdefault(inner, []).append(Place(path, f"{shown}::{inner}", inner))
        except DataError as error:
            found.broken[shown] = f"{error.message}: {error.found}"
    elif kind is not None:
        named.setdefault(name, []).append(Place(path, shown))


def _stem(path: Path) -> str:
    return path.name.removesuffix(".gz").rpartition(".")[0]


def _table_of(name: str, tables: Sequence[str]) -> str | None:
    """The table a file's name means: `Sale.csv`, `sales.csv` and `sale_2025-01.csv` are sale."""
    words = plain(name)
    for table in tables:
        own = plain(table)
        if words in {own, f"{own}s"}:
            return table
    for table in sorted(tables, key=len, reverse=True):
        if re.fullmatch(rf"{re.escape(plain(table))}s?_?(part_?)?\d[\d_]*", words):
            return table
    return None


def _given(table: str, where: str, data: Path, named: Mapping[str, list[Place]], found: Found) -> list[Place]:
    if where in named:
        return list(named[where])
    by_path = [place for places in named.values() for place in places if where in {place.shown, str(place.path)}]
    if by_path:
        return by_path
    for path in (Path(where), data / where, data.parent / where):
        if path.exists():
            inside = [path] if path.is_file() else sorted(each for each in path.rglob("*") if each.is_file())
            outside: dict[str, list[Place]] = {}
            for each in inside:
                if not each.name.startswith((".", "_")):
                    _add(each, path.parent, table, outside, found)
            places = [place for each in outside.values() for place in each]
            if places:
                return places
    raise DataError(
        f"nothing readable of the name {where!r}{nearest_hint(where, named)}",
        reason=Reason.NOT_FOUND,
        where=f"--map {table}",
        found=where,
        allowed=listed(named) or "a file or folder",
        repair="name a file, a folder, or a table of the database",
    )


def _unnamed(data: Path, tables: Sequence[str], named: Mapping[str, list[Place]], found: Found) -> None:
    """A folder of parts without a table's name: it is the only table's, or the one the folder is named after."""
    if found.places or data.is_file():
        return
    table = tables[0] if len(tables) == 1 else _table_of(data.resolve().name, tables)
    if table is not None and named:
        found.places[table] = [place for name in list(found.unknown) for place in named[name]]
        found.unknown.clear()


def fingerprint(places: Mapping[str, Sequence[Place]]) -> str:
    """One BLAKE2b (128 bit, hex) for the data: names, sizes, and blocks from all over each file.

    Reading every byte only for this would cost as much as a tenth of the validation; Parquet's footers, which hold
    counts and bounds of all columns, are among the blocks.
    """
    hasher = hashlib.blake2b(digest_size=16)
    for table, some in places.items():
        for place in some:
            size = place.path.stat().st_size
            hasher.update(f"{table}\0{place.shown}\0{size}\0".encode())
            with place.path.open("rb") as file:
                for number in range(_BLOCKS):
                    file.seek(max(0, (size - _BLOCK)) * number // (_BLOCKS - 1))
                    hasher.update(file.read(_BLOCK))
    return hasher.hexdigest()
