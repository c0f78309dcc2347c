"""A capture without an end stops when it was told to, and shows what it makes meanwhile."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import cv2
import pytest

from seedbed.core.errors import DataError
from seedbed.core.progress import Silent
from seedbed.core.shards import verify
from seedbed.scenes import render
from seedbed.scenes.capture.limits import Watch, moment_of, size_of

NOW = dt.datetime(2026, 11, 30, 22, 15)


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("500MB", 500_000_000),
        ("20 GB", 20 * 10**9),
        ("1.5t", 1.5 * 10**12),
        ("7", 7),
        ("3kB", 3000),
        ("2GiB", 2 * 10**9),
    ],
)
def test_sizes(text: str, size: float) -> None:
    assert size_of(text) == size


@pytest.mark.parametrize("text", ["", "GB", "-1GB", "1 apple", "0", "1e9"])
def test_what_is_not_a_size(text: str) -> None:
    with pytest.raises(DataError, match="not a size"):
        size_of(text)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("23:00", dt.datetime(2026, 11, 30, 23)),
        ("06:30", dt.datetime(2026, 12, 1, 6, 30)),
        ("8h", dt.datetime(2026, 12, 1, 6, 15)),
        ("90 min", dt.datetime(2026, 11, 30, 23, 45)),
        ("2026-12-24T18:00", dt.datetime(2026, 12, 24, 18)),
        ("2027-01-01", dt.datetime(2027, 1, 1)),
    ],
)
def test_moments(text: str, moment: dt.datetime) -> None:
    assert moment_of(text, NOW) == moment


@pytest.mark.parametrize("text", ["soon", "25:00", "2026-13-01", "2026-11-30T22:00", ""])
def test_what_is_not_a_moment_to_come(text: str) -> None:
    with pytest.raises(DataError, match="not a time|passed"):
        moment_of(text, NOW)


def test_a_watch_says_when_it_is_enough(tmp_path: Path) -> None:
    watch = Watch(tmp_path, max_disk=1000)
    watch.add(900, {"cone": 3})
    assert watch.enough() is None
    assert "as asked" in str(watch.enough(in_hand=1))
    watch.add(50, {"cube": 1})
    assert "cone 75%, cube 25%" in watch.facts()
    assert "as asked" in str(Watch(tmp_path, until=dt.datetime(2020, 1, 1)).enough())


class Said(Silent):
    """Keeps what it was told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.lines: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def facts(self, text: str) -> None:
        self.lines.append(text)


def test_without_a_number_of_frames_it_stops_at_a_size(small: Path, tmp_path: Path) -> None:
    said = Said()
    made = render(small, tmp_path / "d", max_disk=300_000, renderer="tiny", preview=6, progress=said)
    files = [path for path in (tmp_path / "d").rglob("*") if path.is_file()]
    assert made.made >= 3
    assert 100_000 < sum(path.stat().st_size for path in files if path.name != "preview.jpg") < 360_000
    assert verify(tmp_path / "d") == []
    assert any("as asked" in note for note in said.notes)
    assert said.lines
    sheet = cv2.imread(str(tmp_path / "d" / "preview.jpg"))
    assert sheet is not None
    assert sheet.shape[0] % 320 == 0
    again = render(small, tmp_path / "d", max_disk=300_000, renderer="tiny", progress=said)
    assert again.made == 0


def test_workers_make_the_same_frames(small: Path, tmp_path: Path) -> None:
    render(small, tmp_path / "one", frames=7, renderer="tiny")
    render(small, tmp_path / "two", frames=7, renderer="tiny", workers=2)
    one, two = (
        {p.relative_to(r): p.read_bytes() for p in sorted(r.rglob("*.png"))}
        for r in (tmp_path / "one", tmp_path / "two")
    )
    assert one == two
