"""epochs.csv: one row per epoch, whole at any moment."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seedbed.core.files import write_atomic, writing
from seedbed.training.mix.order import Counts, Parts, repeats
from seedbed.training.sets.labelled import Frame


@dataclass(frozen=True)
class Row:
    """An epoch.

    Attributes:
        epoch: from 1.
        asked_share: of synthetic images, by the schedule.
        share: among the images of the epoch, counted.
        load_share: among all images that were loaded, mosaic partners included, counted.
        synthetic_images: images of the epoch that are synthetic.
        real_images: images of the epoch that are real.
        loads: images loaded in all.
        synthetic_repeats: fewest and most times a synthetic image was loaded since the run began.
        real_repeats: the same of real images.
        lr: learning rate at the end of the epoch.
        seconds: spent learning, judging left out.
        images_per_second: images of the epoch over those seconds.
        scores: set -> mAP50, mAP50-95.
        losses: mean training losses.
        best: the weights of this epoch are the best so far.
        mixed_share: of synthetic images in the mixed set, where one is judged.
        sources: source -> images loaded since the run began, fewest and most times one of them was; empty where no
            kind has several sources.
    """

    epoch: int
    asked_share: float
    share: float
    load_share: float
    synthetic_images: int
    real_images: int
    loads: int
    synthetic_repeats: tuple[int, int]
    real_repeats: tuple[int, int]
    lr: float
    seconds: float
    images_per_second: float
    scores: dict[str, tuple[float, float]] = field(default_factory=dict)
    losses: dict[str, float] = field(default_factory=dict)
    best: bool = False
    mixed_share: float | None = None
    sources: dict[str, tuple[int, int, int]] = field(default_factory=dict)

    def cells(self) -> dict[str, str]:
        """Column -> text. Counts and shares to the digit, the rest to six."""
        cells = {
            "epoch": str(self.epoch),
            "asked_share": f"{self.asked_share:.6g}",
            "share": f"{self.share:.6g}",
            "load_share": f"{self.load_share:.6g}",
            "synthetic_images": str(self.synthetic_images),
            "real_images": str(self.real_images),
            "loads": str(self.loads),
            "synthetic_repeats_min": str(self.synthetic_repeats[0]),
            "synthetic_repeats_max": str(self.synthetic_repeats[1]),
            "real_repeats_min": str(self.real_repeats[0]),
            "real_repeats_max": str(self.real_repeats[1]),
        }
        for name, (loads, least, most) in self.sources.items():
            cells[f"{name}/loads"] = str(loads)
            cells[f"{name}/repeats_min"], cells[f"{name}/repeats_max"] = str(least), str(most)
        for name, (map50, map50_95) in self.scores.items():
            cells[f"{name}/mAP50"], cells[f"{name}/mAP50-95"] = f"{map50:.5f}", f"{map50_95:.5f}"
        if self.mixed_share is not None:
            cells["mixed_share"] = f"{self.mixed_share:.6g}"
        cells |= {f"loss/{name}": f"{value:.5f}" for name, value in self.losses.items()}
        return cells | {
            "lr": f"{self.lr:.6g}",
            "seconds": f"{self.seconds:.3f}",
            "images_per_second": f"{self.images_per_second:.2f}",
            "best": str(int(self.best)),
        }


def by_source(kind: str, frames: Sequence[Frame], parts: Parts, used: Counts) -> dict[str, tuple[int, int, int]]:
    """What was loaded of each source of a kind.

    Args:
        kind: `synthetic` or `real`.
        frames: to learn from; where there are several sources, names start with the source's.
        parts: (images, weight) of each source.
        used: (n,) times each frame was loaded.

    Returns:
        `kind/source` -> loads, fewest and most repeats; nothing for a single source.
    """
    if len(parts) < 2:
        return {}
    found, first = {}, 0
    for size, _ in parts:
        mine = used[first : first + size]
        label = frames[first].name.split("/", 1)[0]
        found[f"{kind}/{label}"] = (int(mine.sum()), *repeats(mine))
        first += size
    return found


class History:
    """The file.

    Args:
        path: of epochs.csv.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.rows = read_history(path)

    def keep(self, epochs: int) -> None:
        """Drops rows after an epoch: those of work that has to be done again."""
        self.rows = [row for row in self.rows if int(row["epoch"]) <= epochs]
        if self.path.exists():
            self._write()

    def add(self, row: Row) -> None:
        """Appends a row."""
        self.rows = [old for old in self.rows if int(old["epoch"]) < row.epoch] + [row.cells()]
        self._write()

    def _write(self) -> None:
        text = io.StringIO()
        if self.rows:
            writer = csv.DictWriter(text, list(self.rows[-1]), restval="", extrasaction="ignore", lineterminator="\n")
            writer.writeheader()
            writer.writerows(self.rows)
        with writing(self.path.parent):
            write_atomic(self.path, text.getvalue().encode())


def read_history(path: Path) -> list[dict[str, str]]:
    """Rows of an epochs.csv as text by column; empty where there is none."""
    if not path.exists():
        return []
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
