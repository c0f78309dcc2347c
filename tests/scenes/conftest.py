from __future__ import annotations

from pathlib import Path

import pytest
from small_scene import SMALL

for package in ("cv2", "pybullet"):
    pytest.importorskip(package, reason="the scenes extra is not installed")


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path
