"""Each tour runs from top to bottom."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

TOURS = sorted((Path(__file__).resolve().parent.parent / "notebooks").glob("*.ipynb"))


SLOW = {"vision_engineer"}


@pytest.mark.parametrize(
    "tour",
    [pytest.param(path, marks=pytest.mark.slow if path.stem in SLOW else ()) for path in TOURS],
    ids=lambda path: path.stem,
)
def test_tour_runs(tour: Path) -> None:
    cells = [cell for cell in json.loads(tour.read_text())["cells"] if cell["cell_type"] == "code"]
    assert cells
    assert all(cell["outputs"] == [] for cell in cells), "committed tours hold no outputs"
    space: dict[str, object] = {}
    for cell in cells:
        exec(compile("".join(cell["source"]), str(tour), "exec"), space)  # noqa: S102 - our own file
