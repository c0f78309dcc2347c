"""Work that goes on for days: a worker that dies or hangs is replaced, and its task is done again.

`engines.run` stops at the first worker that dies, which is right for minutes of work. Here only a task that fails time
after time ends the run, since then it is the task, not the machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, TimeoutError, wait
from itertools import islice
from multiprocessing import get_context
from typing import Any, TypeVar

from seedbed.core.engines import ignore_interrupt
from seedbed.core.errors import EngineError, Reason

T = TypeVar("T")
R = TypeVar("R")

TRIES = 3


def run_sturdy(
    work: Callable[[T], R],
    tasks: Iterable[T],
    *,
    workers: int,
    recycle: int,
    seconds: float,
    note: Callable[[str], None] = lambda _: None,
) -> Iterator[R]:
    """Does tasks in processes and yields results as they come.

    Args:
        work: a module-level function or picklable callable that may be called again for a task it has begun before.
        tasks: read ahead only as far as the workers need, so they may be endless; `str` of one names it.
        workers: processes.
        recycle: tasks after which a process is replaced, where a library leaks.
        seconds: a task that takes longer hangs: its worker is killed.
        note: told of every worker that had to be replaced.

    Yields:
        Results in order of completion.

    Raises:
        EngineError: a task's worker died or hung three times.
        KeyboardInterrupt: after the workers have ended.
    """
    from pebble import ProcessExpired, ProcessPool

    pool: Any = ProcessPool(workers, max_tasks=recycle, initializer=ignore_interrupt, context=get_context("spawn"))
    source = iter(tasks)
    pending: dict[Future[R], tuple[T, int]] = {}

    def submit(task: T, tries: int) -> None:
        pending[pool.schedule(work, args=(task,), timeout=seconds)] = task, tries

    done = False
    try:
        while True:
            for task in islice(source, max(0, 2 * workers - len(pending))):
                submit(task, 1)
            if not pending:
                done = True
                return
            finished, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in finished:
                task, tries = pending.pop(future)
                try:
                    result = future.result()
                except (ProcessExpired, TimeoutError) as error:
                    what = f"hung for {seconds:g} s" if isinstance(error, TimeoutError) else "died"
                    if tries == TRIES:
                        raise EngineError(
                            f"a worker process {what}, {TRIES} times on the same task",
                            reason=Reason.WORKER_DIED,
                            where=str(task),
                            repair="if memory ran out, use fewer --workers; the same command goes on from what is "
                            "committed",
                        ) from None
                    note(f"a worker {what} at {task}; another does it again")
                    submit(task, tries + 1)
                else:
                    yield result
    finally:
        # Work under way is at most one shard each; it is abandoned, its temporaries are swept by the next run.
        if done:
            pool.close()
        else:
            pool.stop()
        pool.join()
