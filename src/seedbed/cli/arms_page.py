"""The page of `seedbed train --arms`: does simulated data help, at how many labels, for a client."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import typer

from seedbed.cli import charts
from seedbed.cli.page import facts, page, table, text

if TYPE_CHECKING:
    from seedbed.training.judging.arms import Comparison, Labels
    from seedbed.training.judging.verdicts import Difference

PAGE = "arms.html"
COLOURS = {
    "real only": "#b4552d",
    "falling": "#2f7d4f",
    "constant": "#3f76a8",
    "staged": "#7a5aa6",
    "rising": "#a39a8a",
    "synthetic only": "#d6a21c",
}
_MEANING = {
    "real only": "photographs alone",
    "synthetic only": "simulated frames alone",
    "constant": "both, in the same proportion throughout",
    "falling": "both, the simulated share falling",
    "rising": "both, the simulated share rising (a control)",
    "staged": "simulated frames first, then photographs",
}


def labels_of(words: str | None) -> list[Labels] | None:
    """`4,8,all` as numbers.

    Raises:
        typer.BadParameter: something else.
    """
    if words is None:
        return None
    found: list[Labels] = []
    for word in (each.strip() for each in words.split(",")):
        if word == "all":
            found.append("all")
        elif word.isdigit() and int(word) > 0:
            found.append(int(word))
        else:
            raise typer.BadParameter(f"{word!r} is neither a number nor `all`", param_hint="--real-labels")
    return found


def write_arms(comparison: Comparison) -> None:
    """Writes arms.html beside the tables."""
    from seedbed.core.files import write_atomic, writing

    with writing(comparison.folder):
        write_atomic(comparison.folder / PAGE, page("Do simulated frames help?", _body(comparison)).encode())


def _body(comparison: Comparison) -> Iterator[str]:
    yield "<h1>Do simulated frames help?</h1>"
    for each in comparison.verdicts:
        kind = {"the mix wins": "good", "real alone wins": "bad"}.get(each.outcome, "")
        yield f'<div class="verdict {kind}"><b>{each.labels} labels: {text(each.outcome)}.</b> {text(each.words)}</div>'
    seeds = sorted({row.seed for row in comparison.rows})
    yield facts(
        [
            (f"{comparison.test_images:,}", "test photographs decide"),
            (str(len(seeds)), "repetitions, each with its own photographs"),
            (str(len({row.arm for row in comparison.rows})), "ways of training, the same number of images each"),
        ]
    )
    yield "<h2>Score (mAP50-95) over the number of labelled photographs</h2>"
    yield f'<div class="wide">{crossover(comparison)}</div>'
    yield (
        "<p>Each line is one way of training, each dot one repetition. Where the lines meet, simulated frames have "
        "done their job.</p>"
    )
    yield "<h2>Against photographs alone</h2>"
    yield _differences(comparison.differences)
    yield (
        "<p>The same photographs, the same number of images seen, the same test photographs, drawn anew 200 times. "
        "A difference counts as shown when the draws leave zero out and no repetition says the opposite.</p>"
    )
    if comparison.orders:
        yield "<h2>Does the order of the same images matter? Against a falling share</h2>"
        for line in order_lines(comparison):
            yield f"<p>{text(line)}</p>"
        yield _differences(comparison.orders)
    yield "<h2>What each gets wrong at the threshold it would work with</h2>"
    yield f'<div class="scroll">{table(*_mistakes(comparison))}</div>'


def _differences(differences: dict[tuple[int, str], Difference]) -> str:
    head = ["labels", "way of training", "points of mAP50-95", "95 % of the draws", "each repetition", "difference"]
    rows = [
        [
            labels,
            _MEANING[arm],
            f"{found.mean * 100:+.1f}",
            f"{found.low * 100:+.1f} to {found.high * 100:+.1f}",
            ", ".join(f"{value * 100:+.1f}" for value in found.seeds),
            {1: "better", -1: "worse", 0: "not shown"}[found.shown],
        ]
        for (labels, arm), found in differences.items()
    ]
    return f'<div class="scroll">{table(head, rows)}</div>'


def _mistakes(comparison: Comparison) -> tuple[list[str], list[list[Any]]]:
    head = ["labels", "way of training", "mAP50", "mAP50-95", "objects", "found", "false on background", "twice"]
    rows = []
    for labels, arm in dict.fromkeys((row.labels, row.arm) for row in comparison.rows):
        some = [row for row in comparison.rows if (row.labels, row.arm) == (labels, arm)]

        def mean(values: list[float]) -> float:
            return sum(values) / len(values)

        rows.append(
            [
                labels,
                _MEANING[arm],
                f"{mean([row.map50 for row in some]):.3f}",
                f"{mean([row.map50_95 for row in some]):.3f}",
                *(
                    f"{mean([row.mistakes[key] for row in some]):.0f}"
                    for key in ("objects", "found", "background", "duplicates")
                ),
            ]
        )
    return head, rows


def crossover(comparison: Comparison) -> str:
    """mAP50-95 over real labels, a line for each arm, as an `<svg>` element."""
    points = [{"labels": row.labels, "arm": row.arm, "value": row.map50_95} for row in comparison.rows]
    known = {point["arm"] for point in points}
    return charts.crossings(points, {arm: colour for arm, colour in COLOURS.items() if arm in known})


def order_lines(comparison: Comparison) -> Iterator[str]:
    """What the order of the same images brought, a sentence for each number of labels that says something."""
    for labels in dict.fromkeys(labels for labels, _ in comparison.orders):
        found = {arm: each.shown for (number, arm), each in comparison.orders.items() if number == labels}
        better, worse = ([arm for arm, shown in found.items() if shown == side] for side in (1, -1))
        if better:
            words = " and ".join(better)
            yield f"With {labels} labels {words} did better than falling: here the share need not fall within a run."
        if worse:
            yield f"With {labels} labels falling did better than {' and '.join(worse)}."


def arms_lines(comparison: Comparison) -> Iterator[str]:
    """The comparison in words, for the terminal."""
    _, rows = _mistakes(comparison)
    yield f"{'labels':>7}  {'arm':<16}" + "".join(f"{name:>12}" for name in ("mAP50", "mAP50-95", "found", "false"))
    names = list(dict.fromkeys((row.labels, row.arm) for row in comparison.rows))
    for (labels, arm), row in zip(names, rows, strict=True):
        yield f"{labels:>7}  {arm:<16}{row[2]:>12}{row[3]:>12}{row[5]:>12}{row[6]:>12}"
    for each in comparison.verdicts:
        yield f"{each.outcome}: {each.words}"
    yield from order_lines(comparison)
    yield str(comparison.folder / PAGE)
