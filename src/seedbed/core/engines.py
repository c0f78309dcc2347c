"""Running shards on this machine: in this process or in spawned ones, with recycling and a clean stop.

Processes are spawned, never forked: OpenGL, Arrow and Polars threads do not survive a fork.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING, TypeVar

from seedbed.core.errors import EngineError, Reason

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")
R = TypeVar("R")


def run(
    work: Callable[[T], R], tasks: Iterable[T], *, workers: int = 1, recycle: int | None = None, join: bool = False
) -> Iterator[R]:
    """Does tasks and yields results as they come.

    Args:
        work: a module-level function or picklable callable.
        tasks: read ahead only as far as the workers need, so they may be endless.
        workers: processes; with 1 and no `recycle` the work runs in this process.
        recycle: tasks after which a process is replaced, where a library leaks.
        join: whether this process is one of the workers: it has all libraries loaded already, which costs another one
            half a second. For tasks of about the same length: results of others wait while it works.

    Yields:
        Results in order of completion.

    Raises:
        EngineError: a worker died (killed, out of memory).
        KeyboardInterrupt: after the workers have ended.
    """
    if workers < 1:
        raise EngineError("at least one worker is needed", reason=Reason.INVALID, found=workers, allowed="1 or more")
    if workers == 1 and recycle is None:
        yield from map(work, tasks)
        return
    # Only here: one process does without, and they take a twentieth of a second.
    from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    pending: set[Future[R]] = set()
    source = iter(tasks)
    others = workers - 1 if join else workers
    # With this process at work, few are handed out ahead: it could not take one back at the end.
    ahead = others + 1 if join else 2 * others
    pool = ProcessPoolExecutor(
        others, mp_context=get_context("spawn"), initializer=ignore_interrupt, max_tasks_per_child=recycle
    )
    try:
        while True:
            for task in islice(source, ahead - len(pending)):
                pending.add(pool.submit(work, task))
            own = list(islice(source, 1)) if join else []
            yield from map(work, own)
            if not pending and not own:
                return
            finished, pending = wait(pending, 0 if own else None, return_when=FIRST_COMPLETED)
            for future in finished:
                yield future.result()
    except BrokenProcessPool:
        raise EngineError(
            "a worker process died",
            reason=Reason.WORKER_DIED,
            repair="if memory ran out, use fewer --workers; run the same command again to go on from what is committed",
        ) from None
    finally:
        for future in pending:
            future.cancel()
        # Work under way is at most one shard each; it is abandoned, its temporaries are swept by the next run.
        _end(pool)


def cores() -> int:
    """Cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def ignore_interrupt() -> None:
    """Ctrl-C reaches the whole process group; the parent alone decides what ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _die_with_parent()


def _die_with_parent() -> None:
    """Where the kernel can (Linux), a worker ends when its parent is killed, instead of writing on unseen."""
    import ctypes
    import sys

    if sys.platform == "linux":
        libc = ctypes.CDLL(None, use_errno=True)
        libc.prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
        if os.getppid() == 1:
            os.kill(os.getpid(), signal.SIGKILL)


def _end(pool: ProcessPoolExecutor) -> None:
    processes = list((getattr(pool, "_processes", None) or {}).values())
    busy = any(process.is_alive() for process in processes)
    pool.shutdown(wait=False, cancel_futures=True)
    if busy:
        for process in processes:
            process.join(timeout=0.5)
            if process.is_alive():
                process.terminate()
        for process in processes:
            process.join(timeout=5)
