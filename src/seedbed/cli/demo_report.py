"""The demo's report: one page, pictures first."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts
from seedbed.cli.page import card, facts, jpeg, page, table, text
from seedbed.cli.panels import panels
from seedbed.cli.shots import FOUND, line_of, mark, photograph
from seedbed.cli.summary import human_bytes
from seedbed.core.datasets import read_card
from seedbed.core.files import write_atomic, writing

if TYPE_CHECKING:
    from seedbed.cli.demo import Story
    from seedbed.training import TrainResult

SAMPLE = 200_000
SHEET = 18
SHOTS = 12
LEAST_SCORE = 0.25
_NAMES = {"real": "real photographs", "synthetic": "synthetic frames", "mixed": "the mix"}


def write_report(story: Story, result: TrainResult) -> None:
    """Writes the page.

    Args:
        story: where everything lies.
        result: of the training.

    Raises:
        EngineError: it cannot be written.
    """
    names = dict(_NAMES)
    if story.real is None:
        names["real"] = "stand-in camera"
    body = [
        *_head(story, result, names),
        *_tables(story),
        *_frames(story),
        *_training(result, names),
        *_detections(story, result),
        *_origin(story),
    ]
    with writing(story.root):
        write_atomic(story.report, page("Seedbed: the first dataset", body).encode())


def _head(story: Story, result: TrainResult, names: dict[str, str]) -> Iterator[str]:
    tables, frames = read_card(story.tables), read_card(story.frames)
    counts = frames["seedbed:quality"]
    test = result.seeds[0].test["real"]
    yield "<h1>From three text files to a first dataset</h1>"
    yield '<p class="lead">A rule book became tables, a scene became labelled frames, and a detector learned from '
    yield f"them while {'photographs' if story.real else 'a stand-in camera'} took over.</p>"
    if story.real is None:
        yield (
            '<p class="note"><b>There were no photographs on this machine.</b> What is called the <i>stand-in '
            "camera</i> below is a second simulation with another look, renderer and sensor. Its scores show the "
            "method at work; they say nothing about real photographs. With your own: "
            "<code>seedbed demo --real FOLDER</code></p>"
        )
    yield facts(
        [
            (f"{sum(tables['seedbed:quality'].get('rows', {}).values()):,}", "rows of data"),
            (f"{sum(counts['frames'].values()):,}", "labelled frames"),
            (f"{sum(counts['boxes'].values()):,}", "exact boxes"),
            (
                f"{len(result.seeds[0].real_labels):,}",
                f"labelled {'photographs' if story.real else 'camera frames'} learnt from",
            ),
            (f"{test['mAP50']:.0%}", f"mAP50, {names['real']}, test"),
            (f"{test['mAP50-95']:.0%}", f"mAP50-95, {names['real']}, test"),
        ]
    )


def _tables(story: Story) -> Iterator[str]:
    import polars as pl

    from seedbed.rules import load_book

    book = load_book(story.book).value
    frames = {
        name: pl.scan_parquet(sorted((story.tables / "tables" / name).glob("*.parquet"))).head(SAMPLE).collect()
        for name in book.tables
    }
    yield "<h2>The tables, beside what the client said</h2>"
    yield (
        '<p class="key"><i class="band" style="background:#e0a42640"></i>the range the client expects'
        '<i style="border-color:#c0563b;border-top-style:dashed"></i>what the client said: typical, or share'
        '<i class="band" style="background:#2f7d5b"></i>what was made</p>'
    )
    for name, group in itertools.groupby(panels(book, frames), key=lambda panel: panel.table):
        spec = book.tables[name]
        yield f"<h3>{text(name)}{': ' + text(spec.about) if spec.about else ''}</h3>"
        yield '<div class="grid">'
        for panel in group:
            yield card(panel.column, panel.said, panel.picture)
        yield "</div>"


def _frames(story: Story) -> Iterator[str]:
    import cv2

    from seedbed.scenes import sheet

    made = read_card(story.frames)
    yield "<h2>The frames, labelled as they were drawn</h2>"
    counts = made["seedbed:quality"]
    boxes = ", ".join(f"{count:,} of {name}" for name, count in counts["boxes"].items())
    yield f"<p>Boxes: {text(boxes)}. Every label was recomputed from the frame's mask before it was kept.</p>"
    yield jpeg(_encoded(sheet(story.frames, SHEET, cell=200, columns=6), cv2), "rendered frames with their boxes")
    who = "The stand-in camera" if story.real is None else "The real photographs"
    yield f"<h3>{who}, for comparison</h3>"
    yield jpeg(_encoded(sheet(story.camera, 6, cell=200, columns=6), cv2), f"{who} with labels")


def _encoded(picture: Any, cv2: Any, quality: int = 86) -> bytes:
    """(H, W, 3) sRGB as JPEG."""
    _, data = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    return bytes(data.tobytes())


def _training(result: TrainResult, names: dict[str, str]) -> Iterator[str]:
    yield "<h2>The synthetic share falls</h2>"
    yield "<p>Asked for by the plan, counted image by image; the partners in mosaics are counted too.</p>"
    share_points, metric_points = _points(result, names)
    colours = {"asked": charts.SUN, "in the batches": charts.LEAF, "of all images loaded": charts.SKY}
    score_colours = {names["real"]: charts.CLAY, names["synthetic"]: charts.LEAF, names["mixed"]: charts.SKY}
    yield '<div class="two">'
    share = charts.lines(share_points, "epoch", colours)
    yield f'<div class="wide">{card("Share of synthetic images", "per epoch", share)}</div>'
    metric = charts.lines(metric_points, "epoch", score_colours)
    under = f"mAP50-95 after each epoch; weights are chosen on {names['real']} alone"
    yield f'<div class="wide">{card("How well it detects", under, metric)}</div>'
    yield "</div>"
    rows = []
    for name in ("real", "synthetic", "mixed"):
        for seed in result.seeds:
            if name in seed.test:
                score = seed.test[name]
                per_class = ", ".join(f"{key} {each['mAP50']:.2f}" for key, each in score["classes"].items())
                rows.append(
                    [
                        names[name],
                        seed.seed,
                        score["images"],
                        f"{score['mAP50']:.3f}",
                        f"{score['mAP50-95']:.3f}",
                        per_class,
                    ]
                )
    yield "<h3>The test sets, never trained on</h3>"
    yield table(["set", "seed", "images", "mAP50", "mAP50-95", "mAP50 by class"], rows)


def _points(result: TrainResult, names: dict[str, str]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    share_points, metric_points = [], []
    columns = {"asked_share": "asked", "share": "in the batches", "load_share": "of all images loaded"}
    for seed in result.seeds:
        for row in seed.epochs:
            at = {"epoch": int(row["epoch"]), "seed": seed.seed}
            share_points += [{**at, "name": name, "value": float(row[column])} for column, name in columns.items()]
            for name, shown in names.items():
                value = row.get(f"{name}/mAP50-95")
                if value:
                    metric_points.append({**at, "name": shown, "value": float(value)})
    return share_points, metric_points


def _detections(story: Story, result: TrainResult) -> Iterator[str]:
    which = "stand-in test frames" if story.real is None else "real test photographs"
    yield f"<h2>What it sees on {which}</h2>"
    yield (
        '<p class="key"><i style="border-color:#2f9e5f"></i>found, with its score'
        '<i style="border-color:#fff;border-top-style:dashed;outline:4px solid #777"></i>labelled by hand'
        f" &nbsp; detections above {LEAST_SCORE:.0%}</p>".replace("by hand", "by hand" if story.real else "in the set")
    )
    yield '<div class="shots">'
    for shot in result.seeds[0].predictions[:SHOTS]:
        yield _shot(shot)
    yield "</div>"


def _shot(shot: dict[str, Any]) -> str:
    """A test image with what was found and what is there."""
    line = line_of(shot["width"], shot["height"])
    marks = [mark(each["box"], line, "#ffffff", dashed=True) for each in shot["truth"]]
    for box, name, score in zip(shot["boxes"], shot["classes"], shot["scores"], strict=True):
        if score >= LEAST_SCORE:
            marks.append(mark(box, line, FOUND, words=f"{name} {score:.0%}", room=shot["height"]))
    return photograph(Path(shot["image"]), shot["width"], shot["height"], marks)


def _size(folder: Path) -> int:
    """Bytes of a folder whose files no manifest counts: a run's."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _origin(story: Story) -> Iterator[str]:
    yield "<h2>Where everything came from</h2>"
    rows = []
    for name in (story.tables, story.frames, *([] if story.real else [story.camera]), story.run):
        made = read_card(name)
        lineage, content = made["seedbed:lineage"], made["seedbed:content"]
        parents = ", ".join(parent["name"] for parent in lineage["parents"])
        level = made["seedbed:quality"]["level"].replace("_", " ")
        rows.append(
            [
                f"{name.name}/",
                lineage["file"],
                lineage["seed"],
                parents or "no data",
                level,
                human_bytes(content["bytes"] or _size(name)),
            ]
        )
    yield table(["folder", "from", "seed", "and from", "quality", "size"], rows)
    folder = story.root
    commands = [
        f"seedbed generate {folder / 'book.yaml'} -o OTHER/tables --rows sale=200000",
        f"seedbed render {folder / 'scene.yaml'} -o OTHER/frames -n 600",
        f"seedbed train {folder / 'plan.yaml'} -o OTHER/run",
        f"seedbed card {folder / 'frames'} --verify",
    ]
    yield "<p>Change a line in one of the files and make your own:</p>"
    yield "<pre>" + text("\n".join(commands)) + "</pre>"
