"""report.html of a training: what changed since the last one and why, for a person who doubts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts
from seedbed.cli.page import facts, page, table, text
from seedbed.cli.shots import FALSE, FOUND, MISSED, line_of, mark, photograph
from seedbed.core.datasets import read_card
from seedbed.core.errors import SeedbedError
from seedbed.core.files import json_of, write_atomic, writing

if TYPE_CHECKING:
    from seedbed.training.history.comparable import Training
    from seedbed.training.judging.against import Look, Seen
    from seedbed.training.judging.verdicts import Difference

PAGE = "report.html"
SHOWN = 12
"""Photographs on which both models are shown."""
STEPS = 10
"""Trainings in the table of what changed."""
_SIZES = {
    "tiny": "under 16 pixels",
    "small": "16 to 32 pixels",
    "medium": "32 to 96 pixels",
    "large": "96 pixels and more",
}


@dataclass(frozen=True)
class Story:
    """Two trainings and those before them.

    Attributes:
        order: comparable trainings, oldest first, the new one last.
        old: the one it is held against, or None.
        metric: score that is compared.
        names: class names.
        kind: set that is judged by, `real` or `synthetic`.
        results: results.json of the new training's first seed.
        before: likewise of the old one; empty where there is none or it is gone.
        looks: each test photograph under both models.
        found: the difference of scores, new minus old, paired by seed; None where it cannot be drawn.
        scores: old and new score over those seeds.
        body: what `against_history` found.
    """

    order: tuple[Training, ...]
    old: Training | None
    metric: str
    names: tuple[str, ...]
    kind: str
    results: dict[str, Any] = field(repr=False)
    before: dict[str, Any] = field(repr=False)
    looks: tuple[Look, ...] = field(repr=False)
    found: Difference | None
    scores: tuple[float, float]
    body: dict[str, Any] = field(repr=False)

    @property
    def new(self) -> Training:
        """The training the page is about."""
        return self.order[-1]


def write_run_report(order: Sequence[Training], old: Training | None, metric: str, body: dict[str, Any]) -> Path:
    """Writes report.html into a training's folder.

    Args:
        order: comparable trainings, oldest first, the new one last.
        old: the one to hold it against; None for none.
        metric: score that is compared.
        body: from `runs.against_history`.

    Returns:
        The file.

    Raises:
        EngineError: it cannot be written.
        DataError: the run's own files are damaged.
    """
    story = _story(order, old, metric, body)
    parts = (_head, _course, _pictures, _parts, _share, _data)
    out = story.new.folder / PAGE
    title = f"{story.new.name}: what changed"
    with writing(out.parent):
        write_atomic(out, page(title, [line for part in parts for line in part(story)]).encode())
    return out


def _story(order: Sequence[Training], old: Training | None, metric: str, body: dict[str, Any]) -> Story:
    from seedbed.training.judging.against import looks
    from seedbed.training.judging.records import FILE, load_records
    from seedbed.training.judging.verdicts import difference, drawn_scores

    new = order[-1]
    kind = metric.partition("/")[0]
    results = json_of(Path(new.first.folder) / "results.json")
    records = load_records(Path(new.first.folder) / FILE)
    names = _names(new)
    before: dict[str, Any] = {}
    known = found = None
    scores = (old.score(metric) if old else 0.0, new.score(metric))
    if old is not None:
        before = json_of(Path(old.first.folder) / "results.json")
        seeds = {run.seed: run for run in old.runs}
        pairs = [(run, seeds[run.seed]) for run in new.runs if run.seed in seeds] or [(new.first, old.first)]
        try:
            known = load_records(Path(old.first.folder) / FILE)
            drawn = [[drawn_scores(load_records(Path(run.folder) / FILE), names) for run in pair] for pair in pairs]
            found = difference([pair[0] for pair in drawn], [pair[1] for pair in drawn])
            before_score, now = (sum(float(pair[side][0]) for pair in drawn) / len(drawn) for side in (1, 0))
            scores = (before_score, now)
        except (SeedbedError, ValueError):  # an old folder may be gone, or be of another version
            known = found = None
    every = looks(records, float(results["threshold"]), known, float(before.get("threshold", 0.25)))
    return Story(tuple(order), old, metric, names, kind, results, before, tuple(every), found, scores, body)


def _names(training: Training) -> tuple[str, ...]:
    from ruamel.yaml import YAML

    plan = YAML(typ="safe", pure=True).load((training.folder / "plan.yaml").read_text(encoding="utf-8"))
    return tuple(str(name) for name in plan["classes"])


def _head(story: Story) -> Iterator[str]:
    yield f"<h1>{text(story.new.name)}: what changed, and why</h1>"
    what = "photographs" if story.kind == "real" else "images"
    against = f", held against {story.old.name} of {story.old.when}" if story.old else ""
    judged = "Both were judged by the same" if story.old else "It was judged by"
    count = f"{story.results['test'][story.kind]['images']:,}"
    yield f'<p class="lead">Trained {story.new.when}{text(against)}. {judged} {count} test {what}.</p>'
    kind, words = _verdict(story)
    yield f'<div class="verdict {kind}">{words}</div>'
    if story.body.get("level") in ("warn", "alert"):
        word = "for the second time in a row" if story.body["level"] == "alert" else "for the first time"
        yield f'<p class="note"><b>The score has fallen out of its history, {word}.</b> See below what changed.</p>'
    mine, theirs = story.results["mistakes"].get(story.kind, {}), story.before.get("mistakes", {}).get(story.kind, {})
    if mine:
        rows = [("found", f"of {mine['objects']:,} things found"), ("background", "false alarms on nothing")]
        rows += [
            ("wrong_class", "taken for another class"),
            ("duplicates", "seen twice"),
            ("misplaced", "badly placed"),
        ]
        yield facts((f"{mine[key]:,}", name + (f" (before: {theirs[key]:,})" if theirs else "")) for key, name in rows)


def _verdict(story: Story) -> tuple[str, str]:
    score = story.new.score(story.metric)
    if story.old is None:
        return "", f"<b>The first training of its kind.</b> Its score is {score:.1%}; the next one is held against it."
    before, now = story.scores
    change = f"{100 * (now - before):+.1f} points, from {before:.1%} to {now:.1%}"
    if len(story.new.runs) != len(story.old.runs):
        change += ", the same seeds beside each other"
    if story.found is None:
        return "", f"<b>{change}.</b> What the old model saw is no longer on this machine, so nothing more can be told."
    between = (
        f"between {100 * story.found.low:+.1f} and {100 * story.found.high:+.1f} if other photographs had been taken"
    )
    cause = story.body.get("changes") or []
    why = f" The largest change in what it learned from: {text(cause[0]['words'])}." if cause else ""
    if story.found.shown > 0:
        return "good", f"<b>The new model is better: {change}</b> ({between}).{why}"
    if story.found.shown < 0:
        return "bad", f"<b>The new model is worse: {change}</b> ({between}).{why}"
    return "", f"<b>No difference is shown: {change}</b> ({between}).{why}"


def _course(story: Story) -> Iterator[str]:
    yield "<h2>The score over all trainings</h2>"
    yield (
        f"<p>{text(story.metric.partition('/')[2])}: 100 % would be every thing found, its box placed to the pixel, "
        "and no false alarm before it.</p>"
    )
    points = [
        {"at": number, "name": each.name, "value": each.score(story.metric), "new": each is story.new}
        for number, each in enumerate(story.order, 1)
    ]
    seeds = [
        {"at": number, "value": run.metrics[story.metric]}
        for number, each in enumerate(story.order, 1)
        for run in each.runs
        if story.metric in run.metrics
    ]
    if len(points) > 1:
        yield f'<div class="wide">{charts.course(points, seeds, "training")}</div>'
    from seedbed.training.history.inputs import changes

    rows = []
    for number in range(max(0, len(story.order) - STEPS), len(story.order)):
        each, last = story.order[number], story.order[number - 1] if number else None
        score = each.score(story.metric)
        step = f"{100 * (score - last.score(story.metric)):+.1f}" if last else ""
        found = changes(last.inputs, each.inputs) if last and last.inputs and each.inputs else []
        words = "; ".join(one.words for one in found[:3]) or ("nothing in the inputs" if last else "the first")
        rows.append([number + 1, each.name, each.when, f"{score:.1%}", step, words])
    yield table(["", "training", "when", "score", "points", "what changed, largest first"], reversed(rows))


def _pictures(story: Story) -> Iterator[str]:
    from seedbed.training.judging.against import telling

    wins, losses, same = telling(story.looks, SHOWN)
    yield "<h2>The same photographs, before and now</h2>" if story.old else "<h2>What it sees</h2>"
    yield (
        f'<p class="key"><i style="border-color:{FOUND}"></i>found, with its confidence'
        f'<i style="border-color:{FALSE}"></i>false alarm'
        f'<i style="border-color:{MISSED};border-top-style:dashed"></i>missed</p>'
    )
    gained, lost = (sum(getattr(each, key) for each in story.looks) for key in ("gained", "lost"))
    if story.found is not None:
        yield (
            f"<p>Of all {len(story.looks):,} test photographs, the new model finds {gained:,} things that the old one "
            f"missed, and misses {lost:,} that the old one found. Shown are the largest wins and the largest losses, "
            "as many of each as there are.</p>"
        )
    groups = (("Better now", wins), ("Worse now", losses), ("Alike" if story.found is not None else "", same))
    for title, group in groups:
        if group:
            yield f"<h3>{title}</h3>" if title else ""
            room = "pairs" if group[0].old is not None else "shots"
            yield f'<div class="{room}">' + "".join(_pair(each, story.names) for each in group) + "</div>"


def _pair(look: Look, names: Sequence[str]) -> str:
    sides = [_shot(look, look.new, names)]
    if look.old is not None:
        sides.insert(0, _shot(look, look.old, names))
    heads = ("before", "now") if look.old is not None else ("",)
    cells = "".join(
        f"<figure>{side}<figcaption>{head}</figcaption></figure>" for head, side in zip(heads, sides, strict=True)
    )
    return f'<div class="pair">{cells}</div>'


def _shot(look: Look, what: Seen, names: Sequence[str]) -> str:
    width, height = look.width, look.height
    line = line_of(width, height)
    marks = [
        mark(box, line * 1.4, MISSED, dashed=True)
        for box, found in zip(look.truth, what.found, strict=True)
        if not found
    ]
    for box, kind, score, right in zip(what.boxes, what.classes, what.scores, what.right, strict=True):
        colour = FOUND if right else FALSE
        marks.append(mark(box, line, colour, words=f"{names[int(kind)]} {score:.0%}", room=height))
    return photograph(look.path, width, height, marks)


def _parts(story: Story) -> Iterator[str]:
    mine, theirs = story.results["test"][story.kind], story.before.get("test", {}).get(story.kind, {})
    yield "<h2>Class by class, size by size</h2>"
    groups = [("class", "classes", {}), ("size, as the model sees it", "sizes", _SIZES), ("place", "places", {})]
    yield '<div class="two">'
    for title, key, meaning in groups:
        rows = []
        for name, one in mine.get(key, {}).items():
            two = theirs.get(key, {}).get(name)
            label = f"{name} ({meaning[name]})" if name in meaning else name
            cells = [f"{two['mAP50-95']:.1%}" if two else "", f"{one['mAP50-95']:.1%}"]
            cells.append(f"{100 * (one['mAP50-95'] - two['mAP50-95']):+.1f}" if two else "")
            counts = f"{one['found']:,} of {one['objects']:,}" if "found" in one else ""
            rows.append([label, *cells, *([counts] if key != "classes" else [])])
        if rows:
            head = [title, "before", "now", "points", *(["found now"] if key != "classes" else [])]
            yield f'<div class="scroll">{table(head, rows)}</div>'
    yield "</div>"


def _share(story: Story) -> Iterator[str]:
    from seedbed.training.learning.epochs import read_history

    yield "<h2>How much of what it learned from was simulated</h2>"
    points, means = [], []
    for training, name in ((story.old, "before"), (story.new, "now")):
        for run in training.runs if training else ():
            rows = read_history(Path(run.folder) / "epochs.csv")
            points += [
                {"epoch": int(row["epoch"]), "seed": run.seed, "name": name, "value": float(row["share"])}
                for row in rows
            ]
            if rows:
                means.append((name, sum(float(row["share"]) for row in rows) / len(rows)))
    colours = {name: colour for name, colour in (("before", charts.SOIL), ("now", charts.LEAF)) if name in dict(means)}
    told = ", ".join(f"{share:.0%} {name}" for name, share in dict(means).items())
    yield f"<p>Counted image by image. Over the whole training: {told}.</p>"
    yield f'<div class="wide">{charts.lines(points, "epoch", colours, height=150)}</div>'


def _data(story: Story) -> Iterator[str]:
    yield "<h2>What it learned from</h2>"
    now, old = story.new.inputs, story.old.inputs if story.old else {}
    rows: list[list[object]] = []
    for kind, name in (("real", "photographs"), ("synthetic", "simulated frames")):
        one, two = now.get(kind), old.get(kind)
        if one is None:
            continue
        rows.append([name, f"{two['images']:,}" if two else "", f"{one['images']:,}"])
        for each, count in one["classes"].items():
            before = two["classes"].get(each) if two else None
            rows.append([f"labels of {each} on {name}", f"{before:,}" if before is not None else "", f"{count:,}"])
    yield table(["", "before", "now"], rows)
    found = story.body.get("changes") or []
    if found:
        yield f"<h3>All that changed since {text(story.body['since'])}, largest first</h3>"
        yield "<ul>" + "".join(f"<li>{text(each['words'])}</li>" for each in found) + "</ul>"
    try:
        card = read_card(story.new.folder)
    except SeedbedError:
        return
    parents = [
        [each["name"], each.get("role", ""), str(each["quality"]).replace("_", " "), each["digest"][:12]]
        for each in card["seedbed:lineage"]["parents"]
    ]
    if parents:
        yield "<h3>Where it came from</h3>"
        yield table(["data set", "", "quality", "digest"], parents)
