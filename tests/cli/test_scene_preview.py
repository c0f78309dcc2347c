"""The page of a scene and that of a data set are whole, show every class, and name what differs from real images."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

pytest.importorskip("pybullet")
from seedbed.cli.app import app

SCENE = """\
seedbed: scene/1
name: small hall
seed: 5
image: {size: [96, 80], format: png}
camera: {fov: [50, 60], orbit: {distance: [0.8, 2.0], elevation: [15, 50]}, views: 3}
world: {size: 2}
objects:
  - {class: cone, shape: cone, height: [0.28, 0.36], count: [1, 2]}
  - {class: cube, shape: pillow, size: [0.2, 0.26], count: [1, 2]}
labels: {min_pixels: 8}
"""


def test_preview_and_stats_of_a_scene(tmp_path: Path, real_data: Path) -> None:
    scene, page = tmp_path / "scene.yaml", tmp_path / "p" / "page.html"
    scene.write_text(SCENE)
    real = real_data / "frc_cone_cube"
    run = CliRunner()
    done = run.invoke(app, ["preview", str(scene), "-o", str(page), "-n", "6", "--beside", str(real), "--quiet"])
    assert done.exit_code == 0, done.output
    html = page.read_text()
    assert html.count("<img") == 6
    assert "What the simulation lacks" in html
    assert "largest difference first" in html
    assert not re.search(r'(src|href)="(?!data:)', html)
    frames = tmp_path / "frames"
    done = run.invoke(app, ["render", str(scene), "-o", str(frames), "-n", "6", "--renderer", "tiny", "-w", "1", "-q"])
    assert done.exit_code == 0, done.output
    html = (frames / "stats.html").read_text()
    assert "visible share" in html
    assert "cone" in html
    again = run.invoke(app, ["stats", str(frames), "--beside", str(real), "-o", str(tmp_path / "s.html")])
    assert again.exit_code == 0, again.output
    assert "frc_cone_cube" in (tmp_path / "s.html").read_text()


def test_a_broken_scene_writes_no_page(tmp_path: Path) -> None:
    scene = tmp_path / "scene.yaml"
    scene.write_text(SCENE.replace("shape: cone", "shape: conee"))
    done = CliRunner().invoke(app, ["preview", str(scene), "-o", str(tmp_path / "page.html")])
    assert done.exit_code == 1
    assert not (tmp_path / "page.html").exists()
