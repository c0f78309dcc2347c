"""Killed at any moment and run again, the bytes are those of an unbroken run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time

import pytest
from small_books import GROCERY, digests

from seedbed.core import keys
from seedbed.core.shards import verify

CODE = """
import sys
from pathlib import Path
from seedbed.generators import generate, plans
plans.SHARD = 5000
generate(Path(sys.argv[1]), Path(sys.argv[2]), rows={"sale": 150_000}, workers=int(sys.argv[3]))
"""


def command(book, out, workers):
    return [sys.executable, "-c", CODE, str(book), str(out), str(workers)]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    (folder / "book.yaml").write_text(GROCERY)
    began = time.monotonic()
    subprocess.run(command(folder / "book.yaml", folder / "out", 1), check=True)
    return folder, digests(folder / "out"), time.monotonic() - began


def killed(whole, tmp_path, moment: float, workers: int) -> None:
    folder, expected, length = whole
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(folder / "book.yaml", out, workers), start_new_session=True, stderr=subprocess.DEVNULL
    )
    if moment < 0.3:
        time.sleep(moment * length)
    else:
        # Most of a short run is start-up: wait for the first files, then count commits.
        deadline = time.monotonic() + 60
        wanted = 1 + int((moment - 0.3) / 0.7 * 30)
        while process.poll() is None and time.monotonic() < deadline:
            if len(list(out.glob("manifest/*.json"))) >= wanted:
                break
            time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL) if process.poll() is None else None
    process.wait()
    time.sleep(0.05)
    for path in out.glob("tables/*/part-*.parquet"):
        assert expected[path.relative_to(out).as_posix()] == digests(out)[path.relative_to(out).as_posix()]
    subprocess.run(command(folder / "book.yaml", out, workers), check=True)
    assert digests(out) == expected
    assert verify(out) == []


@pytest.mark.parametrize(("moment", "workers"), [(0.45, 1), (0.8, 2)])
def test_killed(whole, tmp_path, moment, workers):
    killed(whole, tmp_path, moment, workers)


@pytest.mark.slow
@pytest.mark.parametrize("number", range(20))
def test_killed_at_twenty_moments(whole, tmp_path, number):
    moment = float(keys.unit(keys.key(1, "kill"), number, number + 1)[0])
    killed(whole, tmp_path, moment, 1 + number % 3)
