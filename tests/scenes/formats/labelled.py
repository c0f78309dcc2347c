"""Small labelled datasets, written by hand so that no writer under test is needed to make them."""

from __future__ import annotations

import json
from pathlib import Path

from PIL import Image

Row = tuple[float, ...]


def picture(path: Path, size: tuple[int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (90, 120, 60)).save(path)


def yolo_set(
    root: Path, names: list[str], images: dict[str, tuple[tuple[int, int], list[Row]]], *, folder: str = "train"
) -> Path:
    """images: name -> size and rows of a class number and shares."""
    for name, (size, rows) in images.items():
        picture(root / "images" / folder / name, size)
        label = (root / "labels" / folder / name).with_suffix(".txt")
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("".join(" ".join(map(repr, row)) + "\n" for row in rows))
    listed = "".join(f"  {number}: {json.dumps(name)}\n" for number, name in enumerate(names))
    (root / "data.yaml").write_text(f"train: images/train\nval: images/{folder}\nnames:\n{listed}", encoding="utf-8")
    return root


def rows_of(root: Path, split: str = "train") -> dict[str, list[Row]]:
    """Rows of every label file of a YOLO split, by image name without suffix."""
    folder = root / "labels" / split
    return {
        path.relative_to(folder).with_suffix("").as_posix(): [
            tuple(map(float, line.split())) for line in path.read_text().splitlines()
        ]
        for path in sorted(folder.rglob("*.txt"))
    }
