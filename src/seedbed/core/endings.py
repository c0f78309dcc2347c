"""How a process of ours ends."""

from __future__ import annotations

import atexit
import os
import sys
import threading
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """Ends this process as Python ends one, without taking apart what it loaded.

    Threads are waited for, what is registered for the end is done, what was written is passed on. Modules, models and
    arrays are not freed one by one: the system takes them back at once, a tenth of the time of a short command.

    Args:
        code: for whoever started the process.
    """
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except BrokenPipeError:  # its reader (head, less) has gone
            continue
        except (OSError, ValueError):  # a full disk, or it is closed
            code = code or 1
    os._exit(code)
