"""`seedbed preview PLAN`: a page before anything is trained, without torch."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from seedbed.cli.plan_preview import write_plan_preview
from seedbed.core.errors import EngineError


@pytest.fixture
def plan(tmp_path: Path, tiny_plan: Callable) -> Path:
    file = tmp_path / "tiny.yaml"
    file.write_text(tiny_plan(epochs=5, real_labels=6, test_share="{start: 0.8, end: 0.2}").text)
    return file


def test_the_page(plan: Path, tmp_path: Path) -> None:
    write_plan_preview(plan, tmp_path / "look.html")
    page = (tmp_path / "look.html").read_text()
    assert ">6</b><span>photographs to learn from" in page
    assert ">12</b><span>simulated frames to learn from" in page
    assert "in the mixed test" in page
    assert "What the simulation lacks" in page
    assert ">50</b><span>images seen, 5 epochs" in page


def test_it_loads_neither_torch_nor_ultralytics(plan: Path, tmp_path: Path) -> None:
    code = (
        "import sys\nfrom pathlib import Path\nfrom seedbed.cli.plan_preview import write_plan_preview\n"
        f"write_plan_preview(Path({str(plan)!r}), Path({str(tmp_path / 'look.html')!r}))\n"
        "assert not {'torch', 'ultralytics', 'mlflow'} & set(sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "look.html").is_file()


def test_a_folder_of_that_name_is_refused(plan: Path, tmp_path: Path) -> None:
    (tmp_path / "look").mkdir()
    with pytest.raises(EngineError):
        write_plan_preview(plan, tmp_path / "look")
