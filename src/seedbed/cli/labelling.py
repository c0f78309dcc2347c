"""`seedbed keyframes`, `label` and `review`: the way of a frame to a label. Heavy imports happen when they run."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from seedbed.cli.guard import guarded, say

if TYPE_CHECKING:
    from seedbed.training.labelling.reviewing import Doubt, Review

Out = Annotated[Path, typer.Option("--out", "-o", help="Folder to write.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only problems.")]
REVIEW = "review.html"
_SHOWN = 0.1
"""Part of a set's labels that the page shows: the worst tenth."""
_MOST = 400


def keyframes(
    feed: Annotated[Path, typer.Argument(help="A video, or a folder of videos and pictures.")],
    out: Out,
    count: Annotated[int, typer.Option("--frames", "-n", min=1, help="Frames to choose.")] = 50,
    run: Annotated[
        Path | None, typer.Option("--run", help="A finished run: frames it is unsure of come first.")
    ] = None,
    every: Annotated[float, typer.Option(min=0.0, help="Seconds between frames of a video that are looked at.")] = 0.5,
    quiet: Quiet = False,
) -> None:
    """Choose the frames of a feed that are worth labelling: sharp, different, and where the model is unsure."""
    from seedbed.core.progress import progress_for

    with guarded():
        from seedbed.training import keyframes as choose

        made = choose(feed, out, count=count, run=run, every=every, progress=progress_for(quiet))
        if len(made) < count:
            say(f"{len(made)} of {count}: the feed has no more frames that differ")
        typer.echo(out / "sheet.jpg")


def label(
    run: Annotated[Path, typer.Argument(help="A finished run.")],
    frames: Annotated[Path, typer.Argument(help="A folder of pictures.")],
    out: Out,
    threshold: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="Least confidence; else the run's working threshold."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Label frames with a trained model, for a person to correct in CVAT, Label Studio or any YOLO tool."""
    from seedbed.core.progress import progress_for

    with guarded():
        from seedbed.training import label as run_label

        done = run_label(run, frames, out, threshold=threshold, progress=progress_for(quiet))
        boxes = ", ".join(f"{name} {count:,}" for name, count in done.boxes.items())
        if not quiet:
            say(f"{done.images:,} images, {done.empty:,} without a box; {boxes}")
            say(f"  YOLO: {out}; CVAT: {out / 'cvat.xml'}; Label Studio: {out / 'label_studio.json'}")


def review(
    dataset: Annotated[Path, typer.Argument(help="Labelled images, YOLO layout.")],
    run: Annotated[Path, typer.Argument(help="A finished run, best one that has not learnt from them.")],
    out: Out,
    quiet: Quiet = False,
) -> None:
    """Rank labels by how likely they are wrong, the worst tenth as a page with pictures."""
    from seedbed.core.progress import progress_for

    with guarded():
        from seedbed.training import review as run_review

        done = run_review(dataset, run, out, progress=progress_for(quiet))
        write_review(done, out)
        for note in done.notes:
            say(note)
        typer.echo(out / REVIEW)


def write_review(done: Review, out: Path) -> None:
    """Writes review.html: crops of the most doubtful labels.

    Args:
        done: the review.
        out: its folder.
    """
    from seedbed.cli.page import card, facts, jpeg, page, text
    from seedbed.core.files import write_atomic

    shown = done.doubts[: min(_MOST, max(20, round(_SHOWN * done.labels)))]
    cards = [
        card(f"{rank}. {_words(each)}", f"{each.frame.name} · {each.suspicion.score:.2f}", jpeg(_crop(each), "crop"))
        for rank, each in enumerate(shown, 1)
    ]
    notes = "".join(f"<p>{text(note)}</p>" for note in done.notes)
    body = [
        "<h1>Labels to look at again</h1>",
        facts(
            [
                (f"{done.images:,}", "images"),
                (f"{done.labels:,}", "labels"),
                (f"{len(shown):,}", "most doubtful, shown"),
            ]
        ),
        notes,
        "<p>Green: the label. Red: what the detector sees. The first are the likeliest to be wrong; "
        "stop where ten in a row are right.</p>",
        f'<div class="shots">{"".join(cards)}</div>',
    ]
    write_atomic(out / REVIEW, page("Labels to look at again", body).encode())


def _words(each: Doubt) -> str:
    kind = each.suspicion.kind
    if kind == "missing":
        return f"no label: {each.seen}?"
    if kind == "class":
        return f"{each.label}, or {each.seen}?"
    return f"{each.label}: is there one?" if kind == "spurious" else f"{each.label}: box off?"


def _crop(each: Doubt) -> bytes:
    import cv2

    from seedbed.training.learning.loading import read_image

    picture = read_image(str(each.frame.path)).copy()
    height, width = picture.shape[:2]
    one = each.suspicion
    if one.proposed is not None:
        corners = [round(value) for value in one.proposed]
        cv2.rectangle(picture, corners[:2], corners[2:], (60, 60, 235), max(1, width // 320))
    if one.label is not None:
        corners = [round(value) for value in one.box]
        cv2.rectangle(picture, corners[:2], corners[2:], (80, 200, 60), max(1, width // 320))
    left, top, right, bottom = one.box
    reach = max(right - left, bottom - top, 0.12 * width)
    x, y = (left + right) / 2, (top + bottom) / 2
    part = picture[max(0, int(y - reach)) : min(height, int(y + reach)), max(0, int(x - reach)) : int(x + reach)]
    scale = 240 / max(part.shape[:2])
    part = cv2.resize(part, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC)
    return bytes(cv2.imencode(".jpg", part, [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes())
