"""Writing to disk so that a file is whole or absent, and saying in words why it could not be written."""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from seedbed.core.errors import EngineError, Reason

TEMPORARY = ".tmp~"
"""How the name of a file that is still being written starts."""


def sync_folder(folder: Path) -> None:
    """Makes renames in a folder durable (POSIX; elsewhere the rename alone has to do)."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_atomic(path: Path, content: bytes) -> None:
    """Replaces a small file: temporary name, flush, rename, flush of the folder."""
    temporary = path.with_name(f"{TEMPORARY}{os.getpid()}~{path.name}")
    try:
        with open(temporary, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


@contextlib.contextmanager
def writing(root: Path) -> Iterator[None]:
    """Turns what the operating system says while writing into words.

    Raises:
        EngineError: no space, read-only, not permitted, or another failure to write.
    """
    try:
        yield
    except OSError as error:
        kinds = {
            errno.ENOSPC: (Reason.DISK_FULL, "the disk is full", "free some space and run the same command again"),
            errno.EDQUOT: (Reason.DISK_FULL, "the disk quota is used up", "free some space and run the command again"),
            errno.EROFS: (Reason.READ_ONLY, "the folder is read-only", "name a folder you may write to with -o"),
            errno.EACCES: (Reason.READ_ONLY, "no permission to write here", "name a folder you may write to with -o"),
            errno.EPERM: (Reason.READ_ONLY, "no permission to write here", "name a folder you may write to with -o"),
            errno.ENOTDIR: (Reason.NOT_WRITABLE, "not a folder", "name a folder with -o"),
            errno.EEXIST: (Reason.NOT_WRITABLE, "not a folder", "name a folder with -o"),
        }
        code = error.errno or 0
        if "No space left" in str(error):  # Arrow says it in words alone
            code = errno.ENOSPC
        if code not in kinds:
            raise
        reason, message, repair = kinds[code]
        raise EngineError(
            message, reason=reason, where=error.filename or root, repair=repair + "; what was committed stays"
        ) from error


def make_folder(root: Path) -> None:
    """Makes a folder and those above it.

    Raises:
        EngineError: no folder can be there: a name too long, a place that holds no files.
        OSError: what `writing` turns into words.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ENAMETOOLONG, errno.EINVAL, errno.ELOOP}:
            raise EngineError(
                "no folder can be made here",
                reason=Reason.NOT_WRITABLE,
                where=root if len(str(root)) < 200 else f"{str(root)[:200]}...",
                found=error.strerror,
                repair="name another folder with -o",
            ) from error
        raise


def json_of(path: Path) -> dict[str, Any]:
    """The object in a small JSON file that a run left; empty where there is none or it cannot be read."""
    try:
        body: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return body
