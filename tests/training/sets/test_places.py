"""Places of images: sub-folders or a table."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedbed.core.errors import DataError
from seedbed.training.sets.labelled import Frame
from seedbed.training.sets.places import places_of, read_places


def frame(name: str) -> Frame:
    return Frame(Path(name), name, np.zeros(0, np.int64), np.zeros((0, 4), np.float32))


def test_sub_folders_say_it() -> None:
    frames = [frame(f"images/test/{name}") for name in ("hall/1.jpg", "yard/2.jpg", "yard/gate/3.jpg")]
    assert places_of(frames) == ["hall", "yard", "yard/gate"]


def test_one_folder_is_no_place() -> None:
    assert places_of([frame("images/test/1.jpg"), frame("images/test/2.jpg")]) == ["", ""]
    assert places_of([]) == []


def test_a_table_says_it(tmp_path: Path) -> None:
    file = tmp_path / "places.csv"
    file.write_text("\ufeffimage,place\n1.jpg,hall\nimages/test/2.jpg,yard\n", encoding="utf-8")
    frames = [frame(f"images/test/{name}") for name in ("1.jpg", "2.jpg", "3.jpg")]
    assert places_of(frames, read_places(file)) == ["hall", "yard", ""]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image,plaace\n1.jpg,hall\n", "no column place"),
        ("", "no column image"),
        ("image,place\n1.jpg,hall\n1.jpg,yard\n", "two places"),
    ],
)
def test_a_wrong_table_is_refused(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "places.csv"
    file.write_text(text)
    with pytest.raises(DataError, match=said):
        read_places(file)


def test_no_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_places(tmp_path / "none.csv")
