"""`seedbed preview PLAN`: what a training would do with its data, before an hour is spent on it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts
from seedbed.cli.gap_panel import panel_section
from seedbed.cli.page import card, facts, page, refuse_folder, table, text
from seedbed.core.files import write_atomic, writing

if TYPE_CHECKING:
    from seedbed.training.mix.share import Settled
    from seedbed.training.plan import Plan
    from seedbed.training.sets.inspection import Inspection
    from seedbed.training.sets.material import Material, Sources


def write_plan_preview(file: Path, out: Path) -> None:
    """Writes the page. Nothing is trained, and neither torch nor Ultralytics is needed.

    Args:
        file: the plan.
        out: the HTML file.

    Raises:
        DocumentError: the plan or label files have problems.
        DataError: a dataset does not fit.
        EngineError: the page cannot be written.
    """
    from seedbed.training.plan import load_plan
    from seedbed.training.sets.inspection import inspect
    from seedbed.training.sets.material import gather

    refuse_folder(out)
    document = load_plan(file)
    plan = document.value
    sources = gather(document)
    inspection = inspect(sources)
    material = sources.material(plan.seeds[0])
    settled = plan.share.settled(material.rarest, bool(material.synthetic))
    body = [
        *_head(plan, material),
        *_notes(sources, inspection, settled),
        *_course(plan, settled),
        *_labels(material),
    ]
    if inspection.synthetic is not None and inspection.real is not None:
        body += panel_section(inspection.synthetic, inspection.real, "synthetic images", "real images")
    with writing(out.parent):
        write_atomic(out, page(f"{plan.name}: before training", body).encode())


def _head(plan: Plan, material: Material) -> Iterator[str]:
    yield f"<h1>{text(plan.name)}: before training</h1>"
    if plan.about:
        yield f'<p class="lead">{text(plan.about)}</p>'
    test = sum(len(frames) for frames in material.test.values())
    yield facts(
        [
            (f"{len(material.synthetic):,}", "simulated frames to learn from"),
            (f"{len(material.real):,}", "photographs to learn from"),
            (f"{len(next(iter(material.val.values()), ())):,}", "images choose the best weights"),
            (f"{test:,}", "test images, never learnt from"),
            (f"{plan.epochs * plan.images_per_epoch:,}", f"images seen, {plan.epochs} epochs"),
        ]
    )


def _notes(sources: Sources, inspection: Inspection, settled: Settled) -> Iterator[str]:
    notes = [*sources.notes, *inspection.notes, *([settled.why] if settled.why else [])]
    if notes:
        yield "<h2>To know before it starts</h2>"
        yield "<ul>" + "".join(f"<li>{text(note)}</li>" for note in notes) + "</ul>"


def _course(plan: Plan, settled: Settled) -> Iterator[str]:
    yield "<h2>What it would do</h2>"
    shares, rates = settled.per_epoch(plan.epochs), settled.rates(plan.lr, plan.epochs)
    colours = {"of synthetic images": charts.LEAF}
    points: list[dict[str, Any]] = [
        {"epoch": number, "name": "of synthetic images", "seed": 0, "value": float(share)}
        for number, share in enumerate(shares, 1)
    ]
    if plan.test_share is not None:
        colours["in the mixed test"] = charts.SKY
        points += [
            {"epoch": number, "name": "in the mixed test", "seed": 0, "value": float(share)}
            for number, share in enumerate(plan.mixed_shares(shares), 1)
        ]
    yield '<div class="two">'
    if settled.adaptive:
        under = "as long as no plateau comes: it follows real validation"
    else:
        under = f"{settled.share.schedule}, mosaic and mixup partners alike"
    yield f'<div class="wide">{card("Share", under, charts.lines(points, "epoch", colours))}</div>'
    rate = [
        {"epoch": number, "name": "learning rate", "seed": 0, "value": float(part) * plan.lr}
        for number, part in enumerate(rates, 1)
    ]
    under = f"{plan.optimizer}, highest {plan.lr:g}; it rises over the first tenth"
    drawn = charts.lines(rate, "epoch", {"learning rate": charts.CLAY}, shares=False)
    yield f'<div class="wide">{card("Learning rate", under, drawn)}</div>'
    yield "</div>"


def _labels(material: Material) -> Iterator[str]:
    yield "<h2>Labels to learn from</h2>"
    rows = []
    for place, name in enumerate(material.names):
        counts = [
            sum(int((frame.classes == place).sum()) for frame in frames)
            for frames in (material.synthetic, material.real)
        ]
        rows.append([name, *(f"{count:,}" for count in counts)])
    yield table(["class", "on simulated frames", "on photographs"], rows)
