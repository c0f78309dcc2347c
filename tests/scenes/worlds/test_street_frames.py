from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from seedbed.core.documents import DocumentError
from seedbed.scenes import load_scene, packs, render

SMALL = {"size: [1280, 720]": "size: [480, 270]", "min_pixels: 60": "min_pixels: 12"}
SMALL_PACKS = ("street", "roadworks")


def pack(name: str, folder: Path) -> Path:
    text = packs()[name].read_text(encoding="utf-8")
    for before, after in SMALL.items():
        assert before in text
        text = text.replace(before, after)
    path = folder / f"{name}.yaml"
    path.write_text(text, encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("name", "renderer", "frames"),
    [
        ("street", "gl", 4),
        *(pytest.param(name, kind, 20, marks=pytest.mark.slow) for name in SMALL_PACKS for kind in ("gl", "tiny")),
    ],
)
def test_labels_of_streets_are_proven(name: str, renderer: str, frames: int, tmp_path: Path) -> None:
    # Every frame is proven before it is committed; one that fails would end the run.
    done = render(pack(name, tmp_path), tmp_path / "out", frames=frames, renderer=renderer)  # type: ignore[arg-type]
    assert sum(done.frames.values()) == frames
    assert min(done.boxes.values()) > 0
    assert sum(done.boxes.values()) > 5 * frames


@pytest.mark.slow
def test_both_renderers_see_the_same_street(tmp_path: Path) -> None:
    from seedbed.scenes.frames.dressing import Dresser
    from seedbed.scenes.renderers.choice import open_renderer
    from seedbed.scenes.worlds.arrangement import arrange
    from seedbed.scenes.worlds.physics import Physics

    document = load_scene(pack("street", tmp_path))
    physics, renderers = Physics(), [open_renderer("gl"), open_renderer("tiny")]
    for frame in range(0, 8, 2):
        view = Dresser(document.value, tmp_path).view(frame, arrange(document.value, frame // 2, physics))
        one, two = (renderer.draw(view).ids for renderer in renderers)
        # Far leaves and poles thinner than a pixel fall on either side of its centre.
        assert np.mean(one != two) < 0.002
    physics.close()
    for renderer in renderers:
        renderer.close()


def test_a_street_without_any_camera_is_told(tmp_path: Path) -> None:
    path = pack("street", tmp_path)
    text = path.read_text(encoding="utf-8").replace(
        "{vehicle: 3, cctv: 1, pedestrian: 1,", "{vehicle: 0, cctv: 0, pedestrian: 0,"
    )
    path.write_text(text, encoding="utf-8")
    with pytest.raises(DocumentError, match="no camera stands anywhere"):
        load_scene(path)
