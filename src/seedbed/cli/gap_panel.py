"""What a data set of frames holds, beside another: the page `stats.html`, and the panel inside other pages."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from seedbed.cli import charts
from seedbed.cli.page import card, facts, page, table, text
from seedbed.core.files import writing

if TYPE_CHECKING:
    from seedbed.training.sets.gap import Feature, Panel
    from seedbed.training.sets.inspection import Inspection

STATS = "stats.html"
GAP = "gap.html"
_BINS = 24


def write_stats(dataset: Path, beside: Path | None, out: Path) -> None:
    """Writes the page of a data set.

    Args:
        dataset: in YOLO layout; frames of Seedbed also say what was hidden, and how much.
        beside: a real one to compare it with, or None.
        out: the HTML file.

    Raises:
        DataError: no data set there.
        DocumentError: label files have problems.
        EngineError: the page cannot be written.
    """
    from seedbed.core.files import write_atomic
    from seedbed.training.sets.folders import read_set
    from seedbed.training.sets.gap import panel_of

    ours = read_set(dataset)
    other = None if beside is None else read_set(beside)
    panel, theirs = panel_of(ours), None if other is None else panel_of(other)
    frames = {split: len(ours.split(split)) for split in ours.splits}
    body = [
        f"<h1>{text(dataset.resolve().name)}</h1>",
        facts(
            [
                *((f"{count:,}", f"{split} images") for split, count in frames.items()),
                (f"{sum(len(f.classes) for s in ours.splits for f in ours.split(s)):,}", "boxes"),
                (f"{len(ours.names)}", "classes"),
            ]
        ),
        *(panel_section(panel, theirs, dataset.resolve().name, "" if beside is None else beside.resolve().name)),
        *seen_section(dataset),
    ]
    with writing(out.parent):
        write_atomic(out, page(f"{dataset.resolve().name}: what it holds", body).encode())


def write_gap(out: Path, inspection: Inspection) -> None:
    """Writes `gap.html` of a run: what the synthetic images lack beside the real ones. Nothing where there is one kind.

    Args:
        out: the run folder.
        inspection: of the run's data.

    Raises:
        EngineError: the page cannot be written.
    """
    from seedbed.core.files import write_atomic

    if inspection.synthetic is None or inspection.real is None:
        return
    notes = "".join(f"<li>{text(note)}</li>" for note in inspection.notes)
    body = [
        "<h1>Synthetic beside real, before training</h1>",
        *([f"<h2>To know before it starts</h2><ul>{notes}</ul>"] if notes else []),
        *panel_section(inspection.synthetic, inspection.real, "synthetic images", "real images"),
    ]
    with writing(out):
        write_atomic(out / GAP, page("Synthetic beside real", body).encode())


def panel_section(ours: Panel, theirs: Panel | None, name: str, other: str) -> Iterator[str]:
    """Distributions of one set, or of two, one over the other, and what to change where they differ.

    Args:
        ours: the set's panel.
        theirs: the real one's, or None.
        name: of the set.
        other: of the real one.
    """
    from seedbed.training.sets.gap import FEATURES, gaps

    distance: dict[str, float] = {}
    if theirs is not None:
        found = gaps(ours, theirs)
        distance = {gap.feature.key: gap.distance for gap in found}
        clear = [gap for gap in found if gap.clear]
        yield "<h2>What the simulation lacks</h2>"
        if not clear:
            yield f"<p>Nothing stands out: in every picture below the two sets lie over each other ({other}).</p>"
        else:
            lines = "".join(
                f"<li><b>{text(gap.feature.title)}</b>: {gap.ours:.3g} here, {gap.theirs:.3g} there; "
                f"{text(gap.advice)}</li>"
                for gap in clear
            )
            yield f"<p>Medians of {ours.images:,} and {theirs.images:,} images, largest difference first.</p>"
            yield f"<ul>{lines}</ul>"
    yield "<h2>What is in the images</h2>"
    if theirs is not None:
        yield (
            f'<p class="key"><i class="band" style="background:{charts.LEAF}"></i>{text(name)}'
            f'<i style="border-color:{charts.CLAY}"></i>{text(other)}</p>'
        )
    yield '<div class="grid">'
    yield card("boxes per class", "share of all boxes", _classes(ours, theirs))
    ordered = sorted(FEATURES, key=lambda feature: -distance.get(feature.key, 0.0))
    for feature in ordered:
        if len(ours.values[feature.key]):
            under = f"apart by {distance[feature.key]:.2f} of 1" if feature.key in distance else f"per {feature.per}"
            yield card(feature.title, under, _distribution(feature, ours, theirs))
    yield "</div>"


def _classes(ours: Panel, theirs: Panel | None) -> str:
    from seedbed.training.sets.gap import balance

    rows = balance(ours, theirs if theirs is not None else ours)
    bars = [{"name": name, "got": one, "asked": None if theirs is None else two} for name, one, two in rows]
    bars.sort(key=lambda bar: -float(str(bar["got"])))
    return charts.shares(bars[:16], None if len(bars) <= 16 else f"and {len(bars) - 16} more classes")


def _distribution(feature: Feature, ours: Panel, theirs: Panel | None) -> str:
    one = ours.values[feature.key]
    two = theirs.values[feature.key] if theirs is not None else one[:0]
    both = np.concatenate([one, two])
    low, high = float(np.quantile(both, 0.002)), float(np.quantile(both, 0.998))
    if feature.key == "count":
        edges = np.arange(np.floor(low), np.ceil(high) + 2) - 0.5
    else:
        bars = max(6, min(_BINS, round(len(one) ** 0.5)))
        edges = np.linspace(low, max(high, low + 1e-6), bars + 1)
    return charts.beside(_bins(one, edges), _bins(two, edges) if len(two) else None)


def _bins(values: np.ndarray[Any, Any], edges: np.ndarray[Any, Any]) -> list[dict[str, Any]]:
    counts, _ = np.histogram(values, edges)
    return [
        {"from": float(a), "to": float(b), "share": int(count) / len(values)}
        for a, b, count in zip(edges[:-1], edges[1:], counts, strict=True)
    ]


def seen_section(dataset: Path) -> Iterator[str]:
    """What Seedbed's own frames know beyond boxes: how much of each thing was seen, and why some have no box."""
    visible: list[float] = []
    places: list[tuple[float, float]] = []
    dropped: Counter[str] = Counter()
    for path in sorted((dataset / "frames").rglob("*.jsonl")):
        for line in path.read_text(encoding="utf-8").splitlines():
            for body in json.loads(line)["bodies"]:
                if body["box"]:
                    visible.append(float(body.get("visible", body.get("share", 1.0))))
                    left, top, right, bottom = body["box"]
                    places.append(((left + right) / 2, (top + bottom) / 2))
                elif body["dropped"]:
                    dropped[str(body["dropped"])] += 1
    if not visible:
        return
    yield "<h2>How much is seen</h2>"
    yield '<div class="grid">'
    edges = np.linspace(0, 1, 21)
    yield card("visible share of labelled things", "per box", charts.beside(_bins(np.array(visible), edges), None))
    yield card("where boxes lie", "middles, the picture from above left", charts.places(places))
    yield "</div>"
    words = {
        "outside": "outside the picture",
        "hidden": "wholly behind something",
        "min_visible": "less seen than labels.min_visible",
        "min_pixels": "fewer pixels than labels.min_pixels",
    }
    if dropped:
        yield "<h3>Things of a class without a box</h3>"
        yield table(["why", "how many"], [[words.get(why, why), f"{count:,}"] for why, count in dropped.most_common()])
