"""Workers that die or hang are replaced and their tasks done again; a task that always fails ends the run."""

from __future__ import annotations

import itertools
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from seedbed.core.errors import DataError, EngineError
from seedbed.core.sturdy import run_sturdy


@dataclass(frozen=True)
class Once:
    """Dies or hangs the first time a task of a set comes."""

    folder: Path
    dies: frozenset[int] = frozenset()
    hangs: frozenset[int] = frozenset()
    always: bool = False

    def __call__(self, n: int) -> int:
        mark = self.folder / str(n)
        if n in self.dies | self.hangs and (self.always or not mark.exists()):
            mark.touch()
            if n in self.dies:
                os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)
        return n


def test_every_task_is_done_once_whatever_happens_to_workers(tmp_path: Path) -> None:
    notes: list[str] = []
    work = Once(tmp_path, dies=frozenset({2, 9}), hangs=frozenset({5}))
    found = list(run_sturdy(work, range(12), workers=2, recycle=4, seconds=2, note=notes.append))
    assert sorted(found) == list(range(12))
    assert len([note for note in notes if "died" in note]) >= 2
    assert len([note for note in notes if "hung" in note]) >= 1


def test_a_task_that_always_fails_is_named(tmp_path: Path) -> None:
    work = Once(tmp_path, dies=frozenset({3}), always=True)
    with pytest.raises(EngineError, match="3 times on the same task") as caught:
        list(run_sturdy(work, range(6), workers=2, recycle=100, seconds=30))
    assert caught.value.where == "3"


def fails(n: int) -> int:
    raise DataError(f"no {n}")


def test_errors_of_the_work_itself_end_the_run() -> None:
    with pytest.raises(DataError, match="no [0-2]"):
        list(run_sturdy(fails, range(3), workers=1, recycle=10, seconds=30))


def test_endless_tasks_are_read_only_as_needed() -> None:
    taken: list[int] = []

    def tasks() -> Iterator[int]:
        for n in itertools.count():
            taken.append(n)
            yield n

    results = run_sturdy(abs, tasks(), workers=2, recycle=100, seconds=30)
    assert len([next(results) for _ in range(5)]) == 5
    results.close()  # type: ignore[attr-defined]
    assert len(taken) < 15
