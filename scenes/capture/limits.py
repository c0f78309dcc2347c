"""When a capture without a number of frames stops by itself, and what it says meanwhile."""

from __future__ import annotations

import datetime as dt
import re
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.core.errors import DataError, Reason

SPARE = 500_000_000
"""Bytes of the disk that a capture leaves free."""

_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_SPANS = {"s": 1, "min": 60, "m": 60, "h": 3600, "d": 86400}


def size_of(text: str) -> int:
    """Bytes of a size such as `20GB`, `500 MB`, `1.5T`.

    Raises:
        DataError: not a size.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?)\s*([kmgt]?)(?:i?b)?\s*", text, re.IGNORECASE)
    if not found or not float(found[1]):
        raise DataError("not a size", reason=Reason.INVALID, found=text, allowed="such as 500MB or 20GB")
    return int(float(found[1]) * _UNITS[found[2].lower()])


def moment_of(text: str, now: dt.datetime) -> dt.datetime:
    """The moment that `06:00`, `2026-12-01T06:00`, `8h` or `90min` means, local time.

    Args:
        text: a time of day (the next one), a date with or without time, or a span from now.
        now: local time.

    Raises:
        DataError: none of these, or it has passed.
    """
    words = text.strip()
    if found := re.fullmatch(r"(\d+(?:\.\d*)?)\s*(s|min|m|h|d)", words):
        return now + dt.timedelta(seconds=float(found[1]) * _SPANS[found[2]])
    try:
        if re.fullmatch(r"\d{1,2}:\d{2}", words):
            hour, minute = map(int, words.split(":"))
            moment = now.replace(hour=hour, minute=minute, second=0, microsecond=0)
            return moment if moment > now else moment + dt.timedelta(days=1)
        moment = dt.datetime.fromisoformat(words)
    except ValueError:
        raise DataError(
            "not a time", reason=Reason.INVALID, found=text, allowed="such as 06:00, 2026-12-01T06:00, 8h or 90min"
        ) from None
    if moment.tzinfo is not None:
        moment = moment.astimezone().replace(tzinfo=None)
    if moment <= now:
        raise DataError(
            "this time has passed", reason=Reason.INVALID, found=text, allowed=f"after {now:%Y-%m-%dT%H:%M}"
        )
    return moment


@dataclass
class Watch:
    """Counts what a capture writes and says when it is enough.

    Attributes:
        root: the dataset folder.
        until: local time to stop at, or None.
        max_disk: bytes the whole dataset may take, or None.
        bytes: it takes so far.
        shards: it has so far.
        boxes: per class so far.
    """

    root: Path
    until: dt.datetime | None = None
    max_disk: int | None = None
    bytes: int = 0
    shards: int = 0
    boxes: Counter[str] = field(default_factory=Counter)

    def add(self, size: int, boxes: Mapping[str, int]) -> None:
        """Counts a shard of `size` bytes."""
        self.bytes += size
        self.shards += 1
        self.boxes.update(boxes)

    def enough(self, in_hand: int = 0) -> str | None:
        """Why to stop now, in words; None to go on.

        Args:
            in_hand: shards under way, which may still take the room of an average one.
        """
        ahead = in_hand * self.bytes // self.shards if self.shards else 0
        if self.until is not None and dt.datetime.now() >= self.until:
            return f"stopped at {self.until:%Y-%m-%d %H:%M}, as asked"
        if self.max_disk is not None and self.bytes + ahead >= self.max_disk:
            return f"stopped at {self.bytes / 1e9:,.2f} GB, as asked"
        free = shutil.disk_usage(self.root).free
        if free - ahead < SPARE:
            return f"stopped: only {free / 1e9:,.2f} GB of the disk are free"
        return None

    def facts(self) -> str:
        """One line for the terminal: what was written, what the disk still holds, the balance of the classes."""
        free = shutil.disk_usage(self.root).free
        left = free if self.max_disk is None else min(free, self.max_disk - self.bytes)
        total = sum(self.boxes.values())
        shares = ", ".join(f"{name} {count / total:.0%}" for name, count in self.boxes.most_common(8)) if total else ""
        more = len(self.boxes) - 8
        return (
            f"{self.bytes / 1e9:,.2f} GB written, {max(0, left) / 1e9:,.1f} GB left; "
            f"{total:,} boxes{': ' + shares if shares else ''}{f', {more} more classes' if more > 0 else ''}"
        )
