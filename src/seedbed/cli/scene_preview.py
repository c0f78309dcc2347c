"""A scene as one page: some of its frames, labels drawn, and what is in them, before anything is committed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.cli.gap_panel import panel_section, seen_section
from seedbed.cli.page import facts, jpeg, page, refuse_folder, text
from seedbed.cli.summary import human_bytes
from seedbed.core.files import make_folder, write_atomic, writing

if TYPE_CHECKING:
    from seedbed.core.progress import Progress
    from seedbed.scenes import Rendered

FRAMES = 24
_SHOWN, _CELL = 12, 420


def write_scene_preview(
    scene: Path, out: Path, *, frames: int = FRAMES, beside: Path | None = None, progress: Progress | None = None
) -> None:
    """Draws the first frames of a scene in a folder of their own, then writes the page about them.

    Args:
        scene: the scene file.
        out: the HTML file.
        frames: how many to draw.
        beside: a real labelled set to compare them with, or None.
        progress: told of every frame.

    Raises:
        DocumentError: the scene has problems.
        RenderError: it cannot be drawn.
        EngineError: the page cannot be written.
    """
    from seedbed.scenes import load_scene, render

    refuse_folder(out)
    document = load_scene(scene)
    with tempfile.TemporaryDirectory(prefix="seedbed-preview-") as folder:
        root = Path(folder) / document.value.name.replace(" ", "_")
        began = time.process_time()
        made = render(document, root, frames=frames, progress=progress)
        seconds = time.process_time() - began
        body = [
            f"<h1>{text(document.value.name)}</h1>",
            f'<p class="lead">{text(document.value.about)}</p>' if document.value.about else "",
            *_numbers(root, made, seconds),
            *_pictures(root, document.value.classes),
            *_held(root, beside),
            "<h2>Next</h2>",
            f"<pre>seedbed render {text(scene)} -o frames -n 2000</pre>",
        ]
        with writing(out.parent):
            make_folder(out.parent)
            write_atomic(out, page(f"{document.value.name}: what it would look like", body).encode())


def _numbers(root: Path, made: Rendered, seconds: float) -> Iterator[str]:
    size = sum(path.stat().st_size for path in root.rglob("*") if path.is_file())
    count = sum(made.frames.values())
    yield facts(
        [
            (f"{count}", "frames drawn"),
            (f"{sum(made.boxes.values())}", "boxes in them"),
            (f"{1000 * seconds / count:.0f} ms", f"CPU time a frame, {made.renderer}"),
            (human_bytes(size / count * 1000), "for 1,000 frames"),
        ]
    )
    yield (
        "<p>These are the very frames a capture begins with. Look for what a real picture of the place would not show, "
        "and for what is missing; change the scene, and look again.</p>"
    )


def _pictures(root: Path, classes: tuple[str, ...]) -> Iterator[str]:
    import cv2
    import numpy as np

    from seedbed.scenes.capture.contact_sheet import labelled

    yield "<h2>Frames, labelled as they were drawn</h2>"
    yield '<div class="grid">'
    images = sorted((root / "images").rglob("*.*"), key=lambda path: path.stem)[:_SHOWN]
    for image in images:
        picture = labelled(image, root / "labels" / image.parent.name, _CELL, classes)
        done, data = cv2.imencode(".jpg", np.ascontiguousarray(picture[..., ::-1]), [cv2.IMWRITE_JPEG_QUALITY, 85])
        if done:
            yield f'<div class="shot">{jpeg(data.tobytes(), f"frame {int(image.stem)} with its boxes")}</div>'
    yield "</div>"


def _held(root: Path, beside: Path | None) -> Iterator[str]:
    from seedbed.training.sets.folders import read_set
    from seedbed.training.sets.gap import panel_of

    theirs = None if beside is None else panel_of(read_set(beside))
    yield from panel_section(
        panel_of(read_set(root)), theirs, "these frames", "" if beside is None else beside.resolve().name
    )
    yield from seen_section(root)
