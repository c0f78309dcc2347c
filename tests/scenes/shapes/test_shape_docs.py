"""docs/shapes.md shows what there is."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import cv2
import pytest

from seedbed.scenes.models.surfaces import TextureName
from seedbed.scenes.shapes.catalogue import MAKERS
from seedbed.scenes.shapes.goods import GOODS
from seedbed.scenes.surfaces.textures import TEXTURES

DOCS = Path(__file__).parents[3] / "docs"


@pytest.mark.parametrize("name", sorted({*MAKERS, *GOODS, "clutter"}))
def test_every_shape_has_a_line_and_a_small_picture(name: str) -> None:
    assert f"| `{name}` | ![{name}](pictures/{name}.jpg) |" in (DOCS / "shapes.md").read_text(encoding="utf-8")
    picture = DOCS / "pictures" / f"{name}.jpg"
    assert picture.stat().st_size < 25_000
    assert cv2.imread(str(picture)).shape == (200, 320, 3)


def test_every_texture_may_be_named() -> None:
    assert set(get_args(TextureName)) == set(TEXTURES)
