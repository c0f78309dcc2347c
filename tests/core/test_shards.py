"""Shards: whole or absent, resumable, and never in a folder made from something else."""

from __future__ import annotations

import errno
import os
import pickle
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seedbed.core.errors import DataError, EngineError, Problem, Reason, SeedbedError
from seedbed.core.shards import Lock, Store, read_manifest, verify

LOCK = Lock("tables", "book.yaml", "abcd", 7, {"rows": 10})


def fill(store: Store, name: str, content: bytes = b"x") -> None:
    with store.shard(name) as shard:
        shard.file(f"tables/t/{name}.bin").write_bytes(content)
        shard.meta["rows"] = len(content)


def test_commit_and_resume(tmp_path: Path) -> None:
    with Store.open(tmp_path / "d", LOCK) as store:
        fill(store, "a", b"123")
        record = store.done()["a"]
    assert record.meta == {"rows": 3}
    assert record.files["tables/t/a.bin"].size == 3
    with Store.open(tmp_path / "d", LOCK) as store:
        assert list(store.done()) == ["a"]
    assert verify(tmp_path / "d") == []


def test_an_error_leaves_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path, LOCK) as store:
        with pytest.raises(ZeroDivisionError), store.shard("a") as shard:
            shard.file("tables/t/a.bin").write_bytes(b"half")
            raise ZeroDivisionError
        assert store.done() == {}
        assert list((tmp_path / "tables/t").iterdir()) == []


def test_leftovers_of_a_kill_are_swept(tmp_path: Path) -> None:
    with Store.open(tmp_path, LOCK) as store:
        fill(store, "a")
    (tmp_path / "tables/t/.tmp~1~b.bin").write_bytes(b"half")
    (tmp_path / "tables/t/c.bin").write_bytes(b"renamed, not recorded")
    (tmp_path / "notes.txt").write_text("a person's own file")
    with Store.open(tmp_path, LOCK):
        pass
    assert sorted(p.name for p in (tmp_path / "tables/t").iterdir()) == ["a.bin"]
    assert (tmp_path / "notes.txt").exists()


@pytest.mark.parametrize(
    "other",
    [
        Lock("tables", "other.yaml", "abcd", 7, {"rows": 10}),
        Lock("tables", "book.yaml", "ffff", 7, {"rows": 10}),
        Lock("tables", "book.yaml", "abcd", 8, {"rows": 10}),
        Lock("tables", "book.yaml", "abcd", 7, {"rows": 11}),
        Lock("frames", "book.yaml", "abcd", 7, {"rows": 10}),
    ],
)
def test_another_lock_is_refused_naming_both(tmp_path: Path, other: Lock) -> None:
    with Store.open(tmp_path, LOCK) as store:
        fill(store, "a")
    with pytest.raises(DataError) as caught:
        Store.open(tmp_path, other)
    assert caught.value.reason is Reason.OTHER_LOCK
    text = str(caught.value)
    assert f"from {LOCK.file} (digest {LOCK.digest}, seed {LOCK.seed}" in text
    assert f"from {other.file} (digest {other.digest}, seed {other.seed}" in text


def test_a_folder_with_other_things_is_refused(tmp_path: Path) -> None:
    (tmp_path / "thesis.doc").write_text("precious")
    with pytest.raises(DataError, match="not made by Seedbed"):
        Store.open(tmp_path, LOCK)
    assert [p.name for p in tmp_path.iterdir()] == ["thesis.doc"]


def test_two_writers_are_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, LOCK), pytest.raises(DataError, match="another Seedbed command"):
        Store.open(tmp_path, LOCK)
    with Store.open(tmp_path, LOCK):
        pass


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EngineError, match="not a folder"):
        Store.open(tmp_path / "file", LOCK)
    with pytest.raises(EngineError, match="not a folder"):
        Store.open(tmp_path / "file" / "below", LOCK)


def test_a_place_where_no_folder_can_be(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="no folder can be made here"):
        Store.open(tmp_path / ("x" * 400), LOCK)


@pytest.mark.parametrize(
    ("code", "reason"),
    [(errno.ENOSPC, Reason.DISK_FULL), (errno.EROFS, Reason.READ_ONLY), (errno.EACCES, Reason.READ_ONLY)],
)
def test_what_the_system_says_becomes_words(tmp_path: Path, code: int, reason: Reason) -> None:
    with Store.open(tmp_path, LOCK) as store:
        with pytest.raises(EngineError) as caught, store.shard("a") as shard:
            shard.file("tables/t/a.bin").write_bytes(b"half")
            raise OSError(code, os.strerror(code))
        assert caught.value.reason is reason
        assert "run" in str(caught.value) or "name a folder" in str(caught.value)
        assert list((tmp_path / "tables/t").iterdir()) == []


def test_verify_finds_damage(tmp_path: Path) -> None:
    with Store.open(tmp_path, LOCK) as store:
        fill(store, "a")
        fill(store, "b")
        fill(store, "c")
    (tmp_path / "tables/t/a.bin").write_bytes(b"y")
    (tmp_path / "tables/t/b.bin").unlink()
    assert [line.split(":")[0] for line in verify(tmp_path)] == ["tables/t/a.bin", "tables/t/b.bin"]


def test_a_damaged_record_says_how_to_repair(tmp_path: Path) -> None:
    with Store.open(tmp_path, LOCK) as store:
        fill(store, "a")
    (tmp_path / "manifest/a.json").write_text("{")
    with pytest.raises(DataError, match="delete this record"):
        list(read_manifest(tmp_path))


WRITER = """
import sys
from pathlib import Path
from seedbed.core.shards import Lock, Store
with Store.open(Path(sys.argv[1]), Lock("tables", "k", "d", 1)) as store:
    done = store.done()
    for index in range(400):
        name = f"s{index:04d}"
        if name not in done:
            with store.shard(name) as shard:
                for part in "ab":
                    shard.file(f"tables/t/{name}.{part}").write_bytes(f"{part}{index}".encode() * 2000)
"""


def snapshot(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in sorted(root.rglob("*")) if p.is_file()}


def test_kill_at_any_moment_then_run_again(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-c", WRITER, str(tmp_path / "whole")], check=True)
    broken = tmp_path / "broken"
    kills = 0
    for attempt in range(12):
        process = subprocess.Popen([sys.executable, "-c", WRITER, str(broken)])
        time.sleep(0.15 + 0.05 * attempt)
        process.send_signal(signal.SIGKILL)
        kills += process.wait() == -signal.SIGKILL
        if broken.exists() and (broken / "manifest").exists():
            # What the manifest names is whole at every moment.
            assert verify(broken) == []
    subprocess.run([sys.executable, "-c", WRITER, str(broken)], check=True)
    assert kills >= 3
    assert snapshot(broken) == snapshot(tmp_path / "whole")


@pytest.mark.parametrize("kind", [SeedbedError, DataError, EngineError])
def test_errors_cross_processes(kind: type[SeedbedError]) -> None:
    error = kind("m", reason=Reason.IN_USE, where="w", found=3, allowed="a", repair="r")
    again = pickle.loads(pickle.dumps(error))
    assert str(again) == str(error)
    assert again.reason is Reason.IN_USE


def test_document_errors_cross_processes() -> None:
    from seedbed.core.errors import DocumentError

    error = DocumentError([Problem("f", 1, 2, "m", found="x")])
    assert str(pickle.loads(pickle.dumps(error))) == "f:1:2: m; found x"
