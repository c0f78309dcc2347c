"""Atomic commit and resume: a shard is whole under its final name or it is not there.

A folder made by Seedbed holds `seedbed.lock` (what its bytes depend on), the files, and `manifest/NAME.json`, one
record per committed shard. A file is written under a temporary name in its own folder, flushed to disk, renamed, and
counts only once its record stands. Whatever a killed run left behind is removed by the next one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import TEMPORARY, make_folder, sync_folder, write_atomic, writing

if TYPE_CHECKING:
    from filelock import FileLock

FORMAT = 1
LOCK = "seedbed.lock"
MANIFEST = "manifest"
_BUSY = ".seedbed.busy"

Option = str | int | float | bool | None


@dataclass(frozen=True)
class Lock:
    """What a folder's bytes depend on; another lock is another dataset.

    Attributes:
        kind: `tables`, `validation`, `frames` or `run`.
        file: name of the book, scene or plan.
        digest: of that file's text.
        seed: of that file.
        options: what was given on the command line that changes bytes.
    """

    kind: str
    file: str
    digest: str
    seed: int
    options: dict[str, Option] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The record in `seedbed.lock`."""
        from seedbed import __version__

        return {"format": FORMAT, "version": __version__, **asdict(self)}


@dataclass(frozen=True)
class FileRecord:
    """One committed file: its size in bytes and BLAKE2b (128 bit, hex)."""

    size: int
    blake2b: str


@dataclass(frozen=True)
class Record:
    """One committed shard."""

    name: str
    files: dict[str, FileRecord]
    meta: dict[str, Any]


class Store:
    """A dataset folder being written or read. Use `Store.open` once per command, `Store.attach` in its workers."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._busy: FileLock | None = None

    @classmethod
    def attach(cls, root: Path) -> Store:
        """The folder as it is, without taking it: for worker processes and readers."""
        return cls(root)

    @classmethod
    def open(cls, root: Path, lock: Lock, *, anew: bool = False) -> Store:
        """Takes the folder for writing.

        Args:
            root: made where absent.
            lock: what the bytes will depend on.
            anew: whether shards that a command of the same kind left are taken back first, whatever they came from.

        Returns:
            The store; leave its `with` block to release the folder.

        Raises:
            DataError: the folder was made from another file, seed or version, holds something else, or is in use.
            EngineError: it cannot be written.
        """
        from filelock import FileLock, Timeout  # only who takes a folder needs it, not each worker

        store = cls(root)
        with writing(root):
            make_folder(root)
            previous = read_lock(root)
            if previous is None and any(root.iterdir()) and not (root / _BUSY).exists():
                raise DataError(
                    "the folder is not empty and was not made by Seedbed",
                    reason=Reason.NOT_A_DATASET,
                    where=root,
                    repair="name a new or empty folder with -o",
                )
            store._busy = FileLock(root / _BUSY)
            try:
                store._busy.acquire(timeout=0)
            except Timeout:
                raise DataError(
                    "another Seedbed command is writing here",
                    reason=Reason.IN_USE,
                    where=root,
                    repair="wait for it to end, or name another folder with -o",
                ) from None
            try:
                asked = json.loads(json.dumps(lock.to_json()))
                if anew and previous is not None and previous.get("kind") == lock.kind:
                    for name in store.done():
                        store.forget(name)
                    previous = None
                if previous is None:
                    write_atomic(root / LOCK, json.dumps(asked, indent=2, sort_keys=True).encode() + b"\n")
                elif previous != asked:
                    raise _other_lock(root, previous, asked)
                (root / MANIFEST).mkdir(exist_ok=True)
                store._sweep()
            except BaseException:
                store.close()
                raise
        return store

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Releases the folder."""
        if self._busy is not None:
            self._busy.release()
            self._busy = None

    def _sweep(self) -> None:
        """Removes what killed runs left: temporaries, and files that no record names."""
        known = {name for record in self.done().values() for name in record.files}
        for path in self.root.rglob("*"):
            if path.name.startswith(TEMPORARY):
                path.unlink(missing_ok=True)
                continue
            relative = path.relative_to(self.root).as_posix()
            top = relative.split("/", 1)[0]
            owned = "/" in relative and top in self._shard_folders
            if owned and path.is_file() and relative not in known:
                path.unlink(missing_ok=True)

    # Folders that hold nothing but shards' files; a stray file there is what a kill left between rename and record.
    _shard_folders = frozenset(
        {"tables", "faulty", "truth", "accepted", "quarantine", "images", "labels", "masks", "frames"}
    )

    def done(self) -> dict[str, Record]:
        """Committed shards by name."""
        return {record.name: record for record in read_manifest(self.root)}

    def forget(self, name: str) -> None:
        """Takes a committed shard back: first its record, then its files. What is not there is no trouble.

        Args:
            name: of the shard.
        """
        record = self.root / MANIFEST / f"{name}.json"
        files = [path for found in self.done().values() if found.name == name for path in found.files]
        record.unlink(missing_ok=True)
        for path in files:
            (self.root / path).unlink(missing_ok=True)

    @contextlib.contextmanager
    def shard(self, name: str) -> Iterator[Shard]:
        """A shard to write; committed when the block ends without an error, else nothing of it stays.

        Args:
            name: unique in the folder.

        Raises:
            EngineError: disk full, folder read-only.
        """
        shard = Shard(self.root, name)
        try:
            with writing(self.root):
                yield shard
                shard.commit()
        finally:
            shard.discard()


class Shard:
    """Files that appear together. Made by `Store.shard`.

    Attributes:
        name: unique in the folder.
        meta: for the shard's record.
        bytes: of its files, once committed.
    """

    def __init__(self, root: Path, name: str) -> None:
        self.name = name
        self.meta: dict[str, Any] = {}
        self.bytes = 0
        self._root = root
        self._files: dict[str, Path] = {}

    def file(self, relative: str) -> Path:
        """A temporary path to write; it will be renamed to `relative`.

        Args:
            relative: final path below the dataset folder, with forward slashes.

        Returns:
            A path in the final folder that ends in the same suffix.
        """
        final = self._root / relative
        final.parent.mkdir(parents=True, exist_ok=True)
        temporary = final.with_name(f"{TEMPORARY}{os.getpid()}~{final.name}")
        self._files[relative] = temporary
        return temporary

    def commit(self) -> None:
        """Flushes, renames, then writes the record. In this order a kill at any moment leaves nothing half-done."""
        records = {}
        folders = set()
        for relative, temporary in sorted(self._files.items()):
            records[relative] = _flushed(temporary)
            self.bytes += records[relative].size
            folders.add((self._root / relative).parent)
        for relative, temporary in sorted(self._files.items()):
            os.replace(temporary, self._root / relative)
        for folder in sorted(folders):
            sync_folder(folder)
        body = {
            "name": self.name,
            "files": {path: asdict(record) for path, record in records.items()},
            "meta": self.meta,
        }
        write_atomic(self._root / MANIFEST / f"{self.name}.json", json.dumps(body, sort_keys=True).encode() + b"\n")

    def discard(self) -> None:
        """Removes temporaries that are still there."""
        for temporary in self._files.values():
            with contextlib.suppress(OSError):
                temporary.unlink(missing_ok=True)


def _flushed(path: Path) -> FileRecord:
    """Syncs a file to disk and records it."""
    hasher = hashlib.blake2b(digest_size=16)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            hasher.update(block)
        os.fsync(file.fileno())
        size = file.tell()
    return FileRecord(size, hasher.hexdigest())


def read_lock(root: Path) -> dict[str, Any] | None:
    """The content of `seedbed.lock`, or None where there is none."""
    try:
        content = json.loads((root / LOCK).read_bytes())
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise _damaged_lock(root, error) from None
    if not isinstance(content, dict):
        raise _damaged_lock(root, content)
    return content


def _damaged_lock(root: Path, found: object) -> DataError:
    return DataError(
        "the lock cannot be read",
        reason=Reason.DAMAGED,
        where=root / LOCK,
        found=found,
        repair="delete the folder and run its command again, or name another folder with -o",
    )


def read_manifest(root: Path) -> Iterator[Record]:
    """Committed shards of a dataset folder, by name."""
    for path in sorted((root / MANIFEST).glob("*.json")):
        if path.name.startswith(TEMPORARY):
            continue
        try:
            body = json.loads(path.read_bytes())
            files = {name: FileRecord(**record) for name, record in body["files"].items()}
            yield Record(body["name"], files, body["meta"])
        except (ValueError, KeyError, TypeError) as error:
            raise DataError(
                "a manifest record is damaged",
                reason=Reason.DAMAGED,
                where=path,
                found=error,
                repair="delete this record and run the command again: its shard is made anew",
            ) from None


def _other_lock(root: Path, previous: dict[str, Any], asked: dict[str, Any]) -> DataError:
    """Names what differs, the file and seed in any case."""

    def words(lock: dict[str, Any]) -> str:
        text = (
            f"{lock.get('kind')} from {lock.get('file')} (digest {str(lock.get('digest'))[:8]}, seed {lock.get('seed')}"
        )
        options = {key: value for key, value in (lock.get("options") or {}).items() if value is not None}
        text += "".join(f", {key} {value}" for key, value in sorted(options.items()))
        return text + f", Seedbed {lock.get('version')})"

    return DataError(
        "the folder was made from another file, seed or option",
        reason=Reason.OTHER_LOCK,
        where=root,
        found=words(previous),
        allowed=words(asked),
        repair="name another folder with -o, or delete this one to start again",
    )


def verify(root: Path) -> list[str]:
    """Compares every committed file with its record.

    Returns:
        One line per file that is missing or differs; empty when all is well.
    """
    faults = []
    for record in read_manifest(root):
        for relative, expected in record.files.items():
            path = root / relative
            if not path.is_file():
                faults.append(f"{relative}: missing (shard {record.name})")
                continue
            hasher = hashlib.blake2b(digest_size=16)
            with open(path, "rb") as file:
                while block := file.read(1 << 20):
                    hasher.update(block)
            if hasher.hexdigest() != expected.blake2b:
                faults.append(f"{relative}: changed since it was made (shard {record.name})")
    return faults
