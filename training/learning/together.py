"""Several processes that learn one model together (DDP): the same batches in the same order, each process its part.

A batch is cut into stretches, one for each process. Any stretch of places is within one image of the share, so the
parts are as even as the whole. Process 0 judges, writes and decides; the others are told.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.core.errors import Reason, SeedbedError, TrainingError

if TYPE_CHECKING:
    from seedbed.training.learning.epochs import Row
    from seedbed.training.plan import Plan
    from seedbed.training.sets.material import Material

_PATIENCE = 5.0
"""Seconds that the other processes have to end once one has failed."""


@dataclass(frozen=True)
class Job:
    """A run for several processes; picklable.

    Attributes:
        plan: what was asked for.
        seed: of the run.
        model: resolved model.
        material: frames.
        folder: of the run.
    """

    plan: Plan
    seed: int
    model: str | Path
    material: Material
    folder: Path


def train_together(job: Job, report: Callable[[Row], None], note: Callable[[str], None]) -> None:
    """Runs a job in `plan.processes` processes.

    Args:
        job: the run.
        report: called with each finished row.
        note: called with what a person should know.

    Raises:
        SeedbedError: what a process failed of.
    """
    context = multiprocessing.get_context("spawn")
    port = _free_port()
    pipes: list[Connection] = []
    processes = []
    try:
        for rank in range(job.plan.processes):
            here, there = context.Pipe(duplex=False)
            process = context.Process(
                target=_learn, args=(job, rank, port, there), name=f"seedbed-learner-{rank}", daemon=False
            )
            process.start()
            there.close()
            pipes.append(here)
            processes.append(process)
        for kind, content in _told(pipes):
            if kind == "row":
                report(content)
            elif kind == "note":
                note(content)
            elif kind == "error":
                raise content
            else:
                # The others would wait for it.
                processes[content].join(_PATIENCE)
                raise TrainingError(
                    "a learning process died",
                    reason=Reason.WORKER_DIED,
                    where=job.folder,
                    found=f"process {content}, exit code {processes[content].exitcode}",
                    repair="the same command goes on after the last finished epoch",
                )
        for process in processes:
            process.join()
    finally:
        for process in processes:
            # What is left waits for one that is gone.
            if process.is_alive():
                process.terminate()
        for process in processes:
            process.join(_PATIENCE)
            if process.is_alive():
                process.kill()
                process.join()


def _told(pipes: list[Connection]) -> Iterator[tuple[str, Any]]:
    """What processes say, until all have said that they end; `died` with its number of one that is gone before."""
    left = list(pipes)
    while left:
        for pipe in wait(left):
            assert isinstance(pipe, Connection)
            try:
                kind, content = pipe.recv()
            except EOFError:
                left.remove(pipe)
                yield "died", pipes.index(pipe)
                continue
            if kind == "end":
                left.remove(pipe)
            else:
                yield kind, content


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _learn(job: Job, rank: int, port: int, pipe: Connection) -> None:
    """One process. Ultralytics reads its rank from the environment while it is imported."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent answers a Ctrl-C
    size = job.plan.processes
    os.environ |= {
        "RANK": str(rank),
        "LOCAL_RANK": str(rank),
        "WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(port),
    }
    from seedbed.training.learning import offline

    offline.prepare()
    from seedbed.training.learning.trainer import Run

    try:
        log = job.folder / ("train.log" if rank == 0 else f"train-{rank}.log")
        with offline.log_to(log):
            run = Run(
                job.plan,
                job.seed,
                job.model,
                job.material,
                job.folder,
                lambda row: pipe.send(("row", row)),
                lambda text: pipe.send(("note", text)),
                ranks=Ranks(rank, size, os.getppid()),
            )
            run.train()
        pipe.send(("end", None))
    except SeedbedError as error:
        pipe.send(("error", error))
    except Exception as error:
        pipe.send(("error", TrainingError(f"learning process {rank} failed", where=job.folder, found=repr(error))))
    finally:
        pipe.close()


@dataclass(frozen=True)
class Ranks:
    """This process among those that learn together.

    Attributes:
        rank: its number, from 0.
        size: how many there are.
        parent: process that started it.
    """

    rank: int = 0
    size: int = 1
    parent: int = 0

    @property
    def first(self) -> bool:
        """Whether this is the one that judges and writes."""
        return self.rank == 0

    def part(self, start: int, stop: int) -> tuple[int, int]:
        """This process' stretch of a batch's places [start, stop)."""
        count = stop - start
        return start + count * self.rank // self.size, start + count * (self.rank + 1) // self.size

    def join(self, device: Any) -> None:
        """Meets the other processes."""
        import torch.distributed as dist

        dist.init_process_group("nccl" if device.type == "cuda" else "gloo", rank=self.rank, world_size=self.size)

    def leave(self) -> None:
        """Parts from the others."""
        import torch.distributed as dist

        if self.size > 1 and dist.is_initialized():
            dist.destroy_process_group()

    def wrapped(self, model: Any, device: Any) -> Any:
        """The model with gradients averaged over processes."""
        from torch.nn.parallel import DistributedDataParallel

        devices = [device.index] if device.type == "cuda" else None
        return DistributedDataParallel(model, device_ids=devices, find_unused_parameters=True, broadcast_buffers=False)

    def summed(self, values: Any, device: Any) -> Any:
        """Whole numbers added up over processes; (N,) array to (N,) array."""
        if self.size == 1:
            return values
        import torch
        import torch.distributed as dist

        tensor = torch.as_tensor(values, dtype=torch.int64, device=device)
        dist.all_reduce(tensor)
        return tensor.cpu().numpy()

    def told(self, value: Any) -> Any:
        """What process 0 says."""
        if self.size == 1:
            return value
        import torch.distributed as dist

        box = [value if self.first else None]
        dist.broadcast_object_list(box, 0)
        return box[0]

    def check_parent(self) -> None:
        """Ends where the command that started this process is gone: nobody would be told of anything.

        Raises:
            TrainingError: it is.
        """
        if self.size > 1 and os.getppid() != self.parent:
            raise TrainingError("the command that started this process is gone", reason=Reason.WORKER_DIED)
