"""`seedbed export`: a trained model for a device. Heavy imports happen when it runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli.guard import guarded, say

if TYPE_CHECKING:
    from seedbed.core.progress import Progress
    from seedbed.training.exporting.export import Exported

WORSE = 3
"""Exit code when the exported model is worse by more than a point of mAP50."""


def command(
    run: Annotated[Path, typer.Argument(help="A finished run.")],
    form: Annotated[str, typer.Option("--format", help="onnx, openvino, ncnn or torchscript.")] = "onnx",
    int8: Annotated[bool, typer.Option("--int8", help="Whole numbers, a quarter the size: onnx, openvino.")] = False,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="Folder to write; else export/FORMAT in the run.")
    ] = None,
    real: Annotated[
        Path | None, typer.Option(help="Photographs to judge by, where those of the run have moved.")
    ] = None,
    check: Annotated[
        bool, typer.Option("--check/--no-check", help="Judge both on the run's test images, size and time besides.")
    ] = True,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only problems.")] = False,
) -> None:
    """Write a run's model for a device: checked, with labels, steps before and after, and an example that runs."""
    from seedbed.core.progress import progress_for

    with guarded():
        word = form + ("-int8" if int8 else "")
        code = one(run, word, out=out, real=real, check=check, progress=progress_for(quiet))
        if code:
            raise typer.Exit(code)


def check_packages(words: Sequence[str]) -> None:
    """Says what a plan's `export` lacks before hours are spent on training.

    Args:
        words: such as `onnx-int8`.

    Raises:
        TrainingError: packages are absent.
    """
    from seedbed.training.exporting.formats import asked, form_of

    for word in words:
        form_of(*asked(word))


def one(
    run: Path,
    word: str,
    *,
    progress: Progress,
    out: Path | None = None,
    real: Path | None = None,
    check: bool = True,
) -> int:
    """Exports, tells what was measured, and adds it to the run's history.

    Args:
        run: a finished run.
        word: such as `onnx-int8`.
        progress: told of steps.
        out: folder to write.
        real: photographs to judge by.
        check: whether to judge.

    Returns:
        The exit code: 0, or `WORSE`.
    """
    import os

    from seedbed.training.exporting.export import FILE, MOST_LOST, export
    from seedbed.training.exporting.formats import asked
    from seedbed.training.labelling.detector import seed_folder

    form, int8 = asked(word)
    done = export(run, form, int8=int8, out=out, real=real, check=check, progress=progress)
    for line in _lines(done):
        say(line)
    if os.environ.get("SEEDBED_HISTORY", "").lower() != "off":
        try:
            from seedbed.training.history.tracking import record_export

            record_export(seed_folder(run.resolve()), done.folder / FILE)
        except Exception as error:  # a server may be away in any way; the model is written
            progress.note(f"what the exported model reached was not recorded: {error}")
    if not done.within:
        lost, most = 100 * done.lost, 100 * MOST_LOST
        say(f"WARNING: {lost:.1f} points of mAP50 were lost, more than {most:.0f}; the files stay")
        return WORSE
    return 0


def _lines(done: Exported) -> list[str]:
    if done.before is None or done.after is None:
        return [f"{done.folder}  (not checked)"]
    lines = [f"{'':<10}{'mAP50':>9}{'mAP50-95':>11}{'found':>8}{'false':>8}{'MB':>9}{'ms, one core':>15}"]
    for name, each in (("run", done.before), ("exported", done.after)):
        lines.append(
            f"{name:<10}{each.map50:>9.3f}{each.map50_95:>11.3f}{each.found:>8,}{each.false:>8,}"
            f"{each.megabytes:>9.1f}{each.milliseconds:>15.1f}"
        )
    return [*lines, str(done.folder)]
