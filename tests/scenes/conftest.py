from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from small_scene import SMALL

# Without the scenes extra only the scene file itself can be tested.
if not all(find_spec(package) for package in ("cv2", "pybullet", "moderngl")):
    collect_ignore_glob = ["[!m]*/test_*.py"]


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path
