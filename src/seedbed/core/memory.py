"""Memory that a process keeps, between pieces of work and while it loads what it needs."""

from __future__ import annotations

import contextlib
import ctypes
import gc
import sys
from collections.abc import Iterator
from typing import Any

KEPT = {"MALLOC_MMAP_THRESHOLD_": 64 << 20, "MALLOC_TRIM_THRESHOLD_": 256 << 20}
"""Bytes for glibc's allocator, by environment variable: arrays up to the first come from memory that is kept, and what
is kept is given back beyond the second. A block's arrays are then there for the next block: giving them back and taking
them anew is a tenth of the time of tables."""
_LATER = {"MALLOC_MMAP_THRESHOLD_": 32 << 20, "MALLOC_TRIM_THRESHOLD_": 64 << 20}
_RARELY = (500_000, 20, 20)
_NUMBERS = {"MALLOC_MMAP_THRESHOLD_": -3, "MALLOC_TRIM_THRESHOLD_": -1}  # M_MMAP_THRESHOLD, M_TRIM_THRESHOLD


@contextlib.contextmanager
def kept_memory() -> Iterator[None]:
    """This process keeps memory as `KEPT` says; afterwards what is free is given back. Nothing without glibc."""
    libc = _glibc()
    if libc is None:
        yield
        return
    keep_memory()
    try:
        yield
    finally:
        # What glibc's own moving thresholds would reach; they do not move any more.
        for name, size in _LATER.items():
            libc.mallopt(_NUMBERS[name], size)
        libc.malloc_trim(0)


def keep_memory() -> None:
    """This process, a worker, keeps memory as `KEPT` says until it ends."""
    libc = _glibc()
    for name, size in KEPT.items() if libc is not None else ():
        libc.mallopt(_NUMBERS[name], size)


def give_back() -> None:
    """Gives free pages inside the heap back to the system.

    Work that takes and leaves arrays of ever other sizes for hours cuts the heap into pieces: what is in use stays the
    same and what is held grows. Takes some milliseconds. Nothing without glibc.
    """
    libc = _glibc()
    if libc is not None:
        libc.malloc_trim(0)


def _glibc() -> Any:
    """The C library where it has the calls that are needed, else None."""
    libc: Any = ctypes.CDLL(None) if sys.platform == "linux" else None
    return libc if hasattr(libc, "mallopt") and hasattr(libc, "malloc_trim") else None


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Python's collector of circles rests, for work that makes much and drops little, such as loading modules.

    It would look through all that is there again and again, which is a sixth of the time.
    """
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


@contextlib.contextmanager
def rarely_collected() -> Iterator[None]:
    """Python's collector of circles looks less often, for a command that loads much and then works on arrays.

    What a command loads stays until its end, and rows are no objects of Python: a look at each seven hundred new
    objects finds nothing, and is a tenth of the time of a short command.
    """
    before = gc.get_threshold()
    gc.set_threshold(*_RARELY)
    try:
        yield
    finally:
        gc.set_threshold(*before)
