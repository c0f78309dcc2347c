"""`seedbed demo`: the whole story at small scale, from three files a person could have written to one page."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from seedbed.core.errors import DataError, Reason
from seedbed.core.files import make_folder, write_atomic, writing
from seedbed.core.progress import Progress

if TYPE_CHECKING:
    from seedbed.training import TrainResult

ROWS = {"sale": 200_000}
FRAMES = 600
CAMERA_FRAMES = 200
_REAL_LINE = "real: camera"


@dataclass(frozen=True)
class Story:
    """Where everything of a demo lies.

    Attributes:
        root: the folder of the demo.
        real: the photographs that were given, or None for the stand-in camera.
    """

    root: Path
    real: Path | None

    @property
    def book(self) -> Path:
        """The rule book."""
        return self.root / "book.yaml"

    @property
    def scene(self) -> Path:
        """The scene."""
        return self.root / "scene.yaml"

    @property
    def camera_scene(self) -> Path:
        """The scene behind the stand-in camera."""
        return self.root / "camera.yaml"

    @property
    def plan(self) -> Path:
        """The training plan."""
        return self.root / "plan.yaml"

    @property
    def tables(self) -> Path:
        """What `generate` writes."""
        return self.root / "tables"

    @property
    def frames(self) -> Path:
        """What `render` writes."""
        return self.root / "frames"

    @property
    def camera(self) -> Path:
        """Real photographs, or what stands in for them."""
        return self.real or self.root / "camera"

    @property
    def run(self) -> Path:
        """What `train` writes."""
        return self.root / "run"

    @property
    def report(self) -> Path:
        """The page."""
        return self.root / "report.html"


def run(root: Path, *, real: Path | None, workers: int, progress: Progress) -> Path:
    """Makes tables, frames, a detector and the report; finished steps are kept when run again.

    Args:
        root: the demo's folder.
        real: labelled photographs in YOLO layout with the classes cone and cube, or None.
        workers: processes.
        progress: told of every step.

    Returns:
        The report page.

    Raises:
        SeedbedError: a step failed; it says which file and how to repair it.
    """
    from seedbed.generators import generate
    from seedbed.scenes import render
    from seedbed.training import train

    story = Story(root, real.resolve() if real else None)
    if real is not None and not (real / "data.yaml").is_file():
        raise DataError(
            "no data.yaml here",
            reason=Reason.NOT_A_DATASET,
            where=real,
            repair="name a folder in YOLO layout: data.yaml, images/train, labels/train",
        )
    _write_files(story)
    progress.note("1/4 tables from the rule book")
    generate(story.book, story.tables, rows=ROWS, workers=workers, progress=progress)
    progress.note("2/4 labelled frames from the scene")
    render(story.scene, story.frames, frames=FRAMES, workers=workers, progress=progress)
    if real is None:
        _stand_in(story, workers, progress)
    progress.note("3/4 a detector, while the share of synthetic frames falls")
    result: TrainResult = train(story.plan, story.run, progress=progress)
    progress.note("4/4 the report")
    from seedbed.cli.demo_report import write_report

    write_report(story, result)
    return story.report


def _stand_in(story: Story, workers: int, progress: Progress) -> None:
    """Frames that play the part of a client's photographs: another look, another renderer, another sensor."""
    from seedbed.core.datasets import Quality
    from seedbed.scenes import render

    progress.note("    no real photographs given: a stand-in camera with another look, renderer and sensor")
    render(
        story.camera_scene,
        story.camera,
        frames=CAMERA_FRAMES,
        renderer="tiny",
        workers=workers,
        quality=Quality.STAND_IN,
        progress=progress,
    )


def _write_files(story: Story) -> None:
    """The files a person would write. One that was edited since is never overwritten.

    Raises:
        DataError: the folder holds something else, or an edited file.
    """
    plan = _pack("seedbed.training", "demo.yaml")
    if story.real is not None:
        if _REAL_LINE not in plan:
            raise AssertionError("the demo's plan has lost its line for real photographs")
        plan = plan.replace(_REAL_LINE, f"real: {_quoted(str(story.real))}")
    files = {
        story.book: _pack("seedbed.rules", "grocery.yaml"),
        story.scene: _pack("seedbed.scenes", "cones.yaml"),
        story.plan: plan,
    }
    if story.real is None:
        files[story.camera_scene] = _pack("seedbed.scenes", "cones_stand_in.yaml")
    with writing(story.root):
        make_folder(story.root)
        ours = any(path.exists() for path in files)
        if not ours and any(story.root.iterdir()):
            raise DataError(
                "the folder is not empty and holds no demo",
                reason=Reason.NOT_A_DATASET,
                where=story.root,
                repair="name a new or empty folder with -o",
            )
        for path, content in files.items():
            if not path.exists():
                write_atomic(path, content.encode())
            elif path.read_text(encoding="utf-8") != content:
                raise DataError(
                    "differs from what this demo writes: edited, made with other photographs, or by another version",
                    reason=Reason.OTHER_LOCK,
                    where=path,
                    repair="name another folder with -o; to run an edited file use generate, render or train on it",
                )


def _pack(room: str, name: str) -> str:
    return (resources.files(room) / "packs" / name).read_text(encoding="utf-8")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
