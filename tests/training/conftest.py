"""Small labelled sets: coloured shapes on a noisy floor, drawn with OpenCV."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from seedbed.core import keys
from seedbed.core.documents import Document
from seedbed.training.plan import Plan, loads_plan

COLOURS = {"cone": (40, 200, 240), "cube": (200, 60, 120)}
SPLITS = {"train": 12, "val": 5, "test": 4}


def draw_set(
    root: Path,
    look: str,
    names: tuple[str, ...] = ("cone", "cube"),
    splits: dict[str, int] | None = None,
    size: int = 96,
) -> Path:
    """A YOLO set whose images hold one triangle (cone) and one square (cube)."""
    import cv2

    for split, count in (splits or SPLITS).items():
        (root / "images" / split).mkdir(parents=True)
        (root / "labels" / split).mkdir(parents=True)
        for number in range(count):
            draw = keys.generator(1, "test", look, split, number)
            image = draw.integers(90 if look == "real" else 0, 160, (size, size, 3), dtype=np.uint8)
            lines = []
            for kind in ("cone", "cube"):
                half = int(draw.integers(10, 18))
                x, y = (int(v) for v in draw.integers(half, size - half, 2))
                if kind == "cone":
                    points = np.array([[x, y - half], [x - half, y + half], [x + half, y + half]], dtype=np.int32)
                    cv2.fillPoly(image, [points], COLOURS[kind])
                else:
                    cv2.rectangle(image, (x - half, y - half), (x + half, y + half), COLOURS[kind], -1)
                if kind in names:
                    box = [x / size, y / size, 2 * half / size, 2 * half / size]
                    lines.append(f"{names.index(kind)} " + " ".join(f"{value:.6f}" for value in box))
            cv2.imwrite(str(root / "images" / split / f"{number:03d}.png"), image)
            (root / "labels" / split / f"{number:03d}.txt").write_text("\n".join(lines) + "\n")
    listed = "\n".join(f"  {i}: {name}" for i, name in enumerate(names))
    ways = "\n".join(f"{split}: images/{split}" for split in (splits or SPLITS))
    (root / "data.yaml").write_text(f"path: .\n{ways}\nnames:\n{listed}\n")
    return root


@pytest.fixture(scope="session")
def synthetic_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 + 5 + 4 synthetic images."""
    return draw_set(tmp_path_factory.mktemp("sets") / "synthetic", "synthetic")


@pytest.fixture(scope="session")
def real_set(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """12 + 5 + 4 images of another look, with the classes in the other order."""
    return draw_set(tmp_path_factory.mktemp("sets") / "real", "real", ("cube", "cone"))


TINY = """\
seedbed: plan/1
name: tiny
model: small.yaml
synthetic: {synthetic}
real: {real}
share: {share}
epochs: {epochs}
images_per_epoch: {images}
image_size: 64
batch: 4
mosaic_off: 0.4
workers: {workers}
"""

MakePlan = Callable[..., Document[Plan]]


@pytest.fixture(scope="session")
def draw_shapes() -> Callable[..., Path]:
    """`draw_set`."""
    return draw_set


@pytest.fixture(scope="session")
def tiny_plan(synthetic_set: Path, real_set: Path) -> MakePlan:
    """Makes plans of a few tiny epochs; further keyword arguments become further lines."""

    def make(
        *,
        share: str = "{start: 0.9, end: 0.1}",
        epochs: int = 3,
        images: int = 10,
        workers: int = 0,
        synthetic: object = synthetic_set,
        real: object = real_set,
        **lines: object,
    ) -> Document[Plan]:
        text = TINY.format(share=share, epochs=epochs, images=images, workers=workers, synthetic=synthetic, real=real)
        return loads_plan(text + "".join(f"{key}: {value}\n" for key, value in lines.items()), Path("tiny.yaml"))

    return make
