"""`seedbed convert`: labelled images in another format. Heavy imports happen when it runs."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from seedbed.cli.guard import guarded, say


class To(StrEnum):
    """Formats that are written."""

    yolo = "yolo"
    yolo_segment = "yolo-segment"
    yolo_obb = "yolo-obb"
    coco = "coco"
    voc = "voc"
    kitti = "kitti"
    mot = "mot"


class How(StrEnum):
    """What becomes of the images."""

    copy = "copy"
    link = "link"


def command(
    dataset: Annotated[
        Path,
        typer.Argument(
            help="A folder in any of these formats or of seedbed render, its data.yaml, a COCO file, or what CVAT or "
            "Label Studio exported."
        ),
    ],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write; the same command again goes on where it ended.")
    ],
    to: Annotated[To, typer.Option(help="Format to write.")],
    images: Annotated[How, typer.Option(help="Copy the images, or link them (hard links: no space).")] = How.copy,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only problems.")] = False,
) -> None:
    """Write the labels of a dataset in another format, and say what it cannot hold."""
    from seedbed.core.progress import progress_for

    with guarded(f"committed images stay in {out}; the same command goes on from there"):
        from seedbed.scenes import convert

        done = convert(dataset, out, to=to.value, images=images.value, progress=progress_for(quiet))
        if not quiet:
            splits = ", ".join(f"{split} {count:,}" for split, count in done.images.items())
            say(f"{done.source} to {to.value}: {splits} images, {sum(done.objects.values()):,} objects in {done.root}")
            for what, count in done.lost.items():
                say(f"  {count:,} {what}")
            if not done.lost:
                say("  nothing was lost")
