"""The local engine: every task once, errors come back, workers end."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator

import pytest

from seedbed.core.engines import run
from seedbed.core.errors import DataError, EngineError


def square(n: int) -> int:
    return n * n


def process_id(_: int) -> int:
    return os.getpid()


def fail_at_three(n: int) -> int:
    if n == 3:
        raise DataError("three", repair="count to two")
    return n


def die_at_three(n: int) -> int:
    if n == 3:
        os.kill(os.getpid(), signal.SIGKILL)
    return n


@pytest.mark.parametrize("join", [False, True])
@pytest.mark.parametrize("workers", [1, 3])
def test_every_task_once(workers: int, join: bool) -> None:
    assert sorted(run(square, range(20), workers=workers, join=join)) == [n * n for n in range(20)]


def test_this_process_joins_in() -> None:
    pids = list(run(process_id, range(40), workers=2, join=True))
    assert os.getpid() in pids
    assert len(pids) == 40
    assert len(set(pids)) <= 2


def test_endless_tasks_are_read_only_as_needed() -> None:
    taken = []

    def tasks() -> Iterator[int]:
        for n in itertools.count():
            taken.append(n)
            yield n

    results = run(square, tasks(), workers=2)
    assert len([next(results) for _ in range(5)]) == 5
    results.close()  # type: ignore[attr-defined]
    assert len(taken) < 15


def test_recycling_replaces_processes() -> None:
    pids = list(run(process_id, range(6), workers=1, recycle=2))
    assert len(set(pids)) == 3
    assert os.getpid() not in pids


@pytest.mark.parametrize("join", [False, True])
@pytest.mark.parametrize("workers", [1, 2])
def test_errors_come_back_whole(workers: int, join: bool) -> None:
    with pytest.raises(DataError, match="three") as caught:
        list(run(fail_at_three, range(5), workers=workers, join=join))
    assert caught.value.repair == "count to two"


def test_a_dead_worker_is_named() -> None:
    with pytest.raises(EngineError, match="worker process died"):
        list(run(die_at_three, range(50), workers=2))


def test_workers_below_one_are_refused() -> None:
    with pytest.raises(EngineError):
        list(run(square, [1], workers=0))
