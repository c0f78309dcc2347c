"""A process that leaves does what Python would have done before it ends."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

WORK = """
import atexit, sys, threading, time
from concurrent.futures import ThreadPoolExecutor
from seedbed.core.endings import leave

class Late:
    def __del__(self):
        print("taken apart")

kept = Late()
atexit.register(lambda: print("registered"))
threading.Thread(target=lambda: (time.sleep(0.3), print("thread"))).start()
ThreadPoolExecutor(1).submit(lambda: (time.sleep(0.2), print("pool")))
sys.stdout.write("written" + "\\n")
leave(CODE)
"""


@pytest.mark.parametrize("code", [0, 3])
def test_what_is_left_to_do_is_done(code: int) -> None:
    done = subprocess.run([sys.executable, "-c", WORK.replace("CODE", str(code))], capture_output=True, text=True)
    assert done.returncode == code
    assert done.stdout.split() == ["written", "pool", "thread", "registered"]
    assert done.stderr == ""


def test_a_reader_that_has_gone_is_no_fault() -> None:
    program = "from seedbed.core.endings import leave; import sys; sys.stdin.read(); print('x' * 9); leave(0)"
    buffered = {key: value for key, value in os.environ.items() if key != "PYTHONUNBUFFERED"}
    with subprocess.Popen(
        [sys.executable, "-c", program],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=buffered,
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        process.stdin.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


@pytest.mark.skipif(sys.platform != "linux", reason="/dev/full is Linux's")
def test_a_full_disk_is_told_by_the_code() -> None:
    program = "from seedbed.core.endings import leave; print('x'); leave(0)"
    with open("/dev/full", "w") as full:
        assert subprocess.run([sys.executable, "-c", program], stdout=full).returncode == 1
