"""What two hundred books that mean harm cost: `python benchmarks/hostile.py`.

Each is checked by a process of its own, as `seedbed check` does it; CPU time and peak memory are the operating
system's figures for that process, the interpreter's start and the libraries included.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "rules"))


def cost(path: Path) -> tuple[int, float, float]:
    """Exit code, CPU seconds and peak MB of checking one book."""
    child = os.fork()
    if child == 0:
        quiet = os.open(os.devnull, os.O_WRONLY)
        os.dup2(quiet, 1)
        os.dup2(quiet, 2)
        os.execv(sys.executable, [sys.executable, "-c", "from seedbed.cli import run; run()", "check", str(path)])
    _, status, usage = os.wait4(child, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1000


def main() -> None:
    from hostile_books import BASE, hostile

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "book.yaml"
        path.write_text(BASE)
        code, seconds, megabytes = cost(path)
        print(f"a harmless book: exit {code}, {seconds:.2f} CPU s, {megabytes:.0f} MB")
        found = []
        for name, content in hostile():
            path.write_bytes(content)
            found.append((name, *cost(path)))
        extra = [entry.name for entry in Path(folder).iterdir() if entry != path]
    refused = sum(code == 1 for _, code, _, _ in found)
    print(f"{len(found)} hostile books: {refused} refused (exit 1), files written: {extra or 'none'}")
    for title, place, unit in (("most CPU time", 2, "CPU s"), ("most memory", 3, "MB")):
        worst = sorted(found, key=lambda entry: -float(entry[place]))[:3]
        print(f"{title}: " + ", ".join(f"{entry[0]} {float(entry[place]):.2f} {unit}" for entry in worst))


if __name__ == "__main__":
    main()
