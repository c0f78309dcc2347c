from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from seedbed.core.errors import DataError
from seedbed.scenes.capture.contact_sheet import sheet, sheet_png


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    for folder in ("images/train", "labels/train"):
        (tmp_path / folder).mkdir(parents=True)
    for frame in range(5):
        cv2.imwrite(str(tmp_path / f"images/train/{frame}.png"), np.full((50, 100, 3), 10 * frame, np.uint8))
    (tmp_path / "labels/train/0.txt").write_text("0 0.5 0.5 0.5 0.5\n")
    return tmp_path


def test_cells_and_boxes(dataset: Path) -> None:
    page = sheet(dataset, 5, cell=80)
    assert page.shape == (160, 240, 3)
    assert tuple(page[40, 20]) == (213, 94, 0), "the box's left edge"
    assert tuple(page[40, 40]) == (0, 0, 0), "its inside"
    assert tuple(page[159, 239]) == (255, 255, 255), "no sixth frame"


def test_png(dataset: Path) -> None:
    data = cv2.imdecode(np.frombuffer(sheet_png(dataset, 4, cell=40), np.uint8), cv2.IMREAD_COLOR)
    assert data.shape == (80, 80, 3)


def test_no_images(dataset: Path) -> None:
    with pytest.raises(DataError, match="val"):
        sheet(dataset, split="val")
