"""What long work says while it runs: a bar on a terminal, plain lines elsewhere, nothing when quiet."""

from __future__ import annotations

import sys
import time
from typing import Any, Protocol, TextIO


class Progress(Protocol):
    """What long functions report to."""

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Begins a stretch of work of `total` units, or of unknown length."""

    def advance(self, count: int = 1) -> None:
        """`count` more units are done."""

    def note(self, text: str) -> None:
        """Something a person should read, on a line of its own."""

    def facts(self, text: str) -> None:
        """How things stand beside the count; replaces what was said before."""

    def finish(self) -> None:
        """The stretch of work has ended."""


class Silent:
    """Says nothing."""

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Ignored."""

    def advance(self, count: int = 1) -> None:
        """Ignored."""

    def note(self, text: str) -> None:
        """Ignored."""

    def facts(self, text: str) -> None:
        """Ignored."""

    def finish(self) -> None:
        """Ignored."""


class Lines:
    """Plain lines every few seconds, for logs and CI.

    Args:
        stream: where to.
        every: seconds between lines.
    """

    def __init__(self, stream: TextIO | None = None, every: float = 10.0) -> None:
        self._stream = stream or sys.stderr
        self._every = every
        self.start(None, "", "")
        self._open = False

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Begins."""
        self._total, self._unit, self._label = total, unit, label
        self._count, self._began = 0, time.monotonic()
        self._said, self._open, self._facts = self._began, True, ""

    def advance(self, count: int = 1) -> None:
        """Counts, and says a line when it is time."""
        self._count += count
        now = time.monotonic()
        if now - self._said >= self._every:
            self._said = now
            self._say(now)

    def note(self, text: str) -> None:
        """Says it."""
        print(text, file=self._stream, flush=True)

    def facts(self, text: str) -> None:
        """Says it with the next line."""
        self._facts = text

    def finish(self) -> None:
        """Says the total."""
        if self._open and self._label:
            self._say(time.monotonic(), done=True)
        self._open = False

    def _say(self, now: float, done: bool = False) -> None:
        elapsed = max(now - self._began, 1e-9)
        rate = self._count / elapsed
        text = f"{self._label}: {self._count:,}"
        if self._total:
            text += f" of {self._total:,}"
        text += f" {self._unit}, {rate:,.1f}/s"
        if done:
            text += f", {elapsed:.1f} s"
        elif self._total and rate:
            text += f", {(self._total - self._count) / rate:.0f} s left"
        if self._facts:
            text += f"; {self._facts}"
        print(text, file=self._stream, flush=True)


class Bar:
    """A rich progress bar with rate and time left."""

    def __init__(self) -> None:
        self._live: Any = None
        self._bar: Any = None
        self._below: Any = None
        self._task: Any = None

    def start(self, total: int | None, unit: str, label: str) -> None:
        """Draws the bar."""
        from rich.console import Console, Group
        from rich.live import Live
        from rich.progress import (
            BarColumn,
            MofNCompleteColumn,
            Progress,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )
        from rich.text import Text

        self.finish()
        self._began, self._count, self._unit = time.monotonic(), 0, unit
        # Where nobody knows the end, the time that has passed says more than the time left.
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn() if total is not None else TextColumn("{task.completed:,.0f}"),
            TextColumn("{task.fields[unit]} {task.fields[rate]}"),
            TimeRemainingColumn() if total is not None else TimeElapsedColumn(),
        )
        self._task = self._bar.add_task(label, total=total, unit=unit, rate="")
        self._below = Text("", style="dim")
        self._live = Live(Group(self._bar, self._below), console=Console(stderr=True), refresh_per_second=4)
        self._live.start()

    def advance(self, count: int = 1) -> None:
        """Moves it."""
        self._count += count
        if self._live is not None:
            rate = self._count / max(time.monotonic() - self._began, 1e-9)
            self._bar.update(self._task, advance=count, rate=f"{rate:,.1f}/s")

    def note(self, text: str) -> None:
        """Prints above the bar."""
        if self._live is not None:
            self._live.console.print(text, markup=False, highlight=False)
        else:
            sys.stderr.write(text + "\n")

    def facts(self, text: str) -> None:
        """Says it under the bar."""
        if self._live is not None:
            self._below.plain = text

    def finish(self) -> None:
        """Leaves the bar as it stands."""
        if self._live is not None:
            self._live.stop()
            self._live = None


def progress_for(quiet: bool) -> Progress:
    """A bar on a terminal, lines elsewhere, nothing when quiet."""
    if quiet:
        return Silent()
    return Bar() if sys.stderr.isatty() else Lines()
