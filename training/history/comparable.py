"""Trainings that may be held against each other: one family, one set of test images."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from seedbed.training.history.tracking import Run


@dataclass(frozen=True)
class Training:
    """One call of `train`: its seeds are one training, their mean counts.

    Attributes:
        runs: one for each seed.
    """

    runs: tuple[Run, ...]

    def score(self, metric: str) -> float:
        """Mean over seeds."""
        values = [run.metrics[metric] for run in self.runs if metric in run.metrics]
        return sum(values) / len(values)

    @property
    def first(self) -> Run:
        """The first seed's run."""
        return self.runs[0]

    @property
    def name(self) -> str:
        """Of the folder."""
        return self.first.name.partition(",")[0]

    @property
    def started(self) -> int:
        """Milliseconds since 1970."""
        return self.first.started

    @property
    def when(self) -> str:
        """Day and time, local."""
        return when(self.started)

    @property
    def folder(self) -> Path:
        """The folder that `train` wrote, or where it lay."""
        path = Path(self.first.folder)
        return path.parent if path.name == f"seed-{self.first.seed}" else path

    @property
    def inputs(self) -> dict[str, Any]:
        """From `inputs.inputs_of`; empty where none were recorded."""
        return self.first.inputs


def when(milliseconds: int) -> str:
    """A moment since 1970 as local day and time."""
    return dt.datetime.fromtimestamp(milliseconds / 1000).strftime("%Y-%m-%d %H:%M")


def trainings(every: Sequence[Run], newest: Run, metric: str) -> list[Training]:
    """The comparable trainings up to one run's, oldest first; that run's own is the last.

    Args:
        every: all recorded runs, oldest first.
        newest: the run.
        metric: score they must have.
    """
    groups: list[list[Run]] = []
    latest: dict[Path, list[Run]] = {}
    for run in every:
        if run.family != newest.family or run.test != newest.test or metric not in run.metrics:
            continue
        place = Training((run,)).folder
        group = latest.get(place)
        # A folder that was emptied and used again holds another training: its seeds come a second time.
        if group is None or any(each.seed == run.seed for each in group):
            group = latest[place] = []
            groups.append(group)
        group.append(run)
    mine = next((group for group in groups if any(run.id == newest.id for run in group)), [newest])
    before = [group for group in groups if group is not mine and group[0].started <= newest.started]
    return [Training(tuple(each)) for each in (*before, mine)]
