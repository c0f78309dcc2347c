"""`seedbed runs`: the history of training runs. Heavy imports happen when a command runs."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli.guard import guarded

if TYPE_CHECKING:
    from seedbed.core.progress import Progress
    from seedbed.core.recipients import Recipient
    from seedbed.training.history.alerts import Rules
    from seedbed.training.history.tracking import Run

app = typer.Typer(no_args_is_help=True, help="The history of training runs, each held against those before it.")
METRIC = re.compile(r"^(real|synthetic|mixed)/mAP50(-95)?$")
ALERT = 3
"""Exit code when a score has fallen twice in a row."""

In = Annotated[Path, typer.Option("--in", help="Folder that holds the run folders and mlflow.db.")]
AsJson = Annotated[bool, typer.Option("--json", help="For programs.")]


def _metric(given: str) -> str:
    if not METRIC.match(given):
        raise typer.BadParameter(f"{given!r} is no score; such as real/mAP50-95, real/mAP50 or mixed/mAP50-95")
    return given


Metric = Annotated[str, typer.Option(help="Score that is compared.", callback=_metric)]


@app.command("list")
def listing(folder: In = Path("out"), metric: Metric = "real/mAP50-95", as_json: AsJson = False) -> None:
    """Say which runs there are, oldest first."""
    with guarded():
        from seedbed.training.history.comparable import when
        from seedbed.training.history.tracking import runs

        found = runs(folder)
        if as_json:
            typer.echo(json.dumps([asdict(run) for run in found], indent=1))
            return
        typer.echo(f"{'run':<10}{'when':<18}{'name':<28}{metric:>15}  family")
        for run in found:
            score = run.metrics.get(metric)
            told = "-" if score is None else f"{score:.4f}"
            typer.echo(f"{run.id[:8]:<10}{when(run.started):<18}{run.name:<28}{told:>15}  {run.family}")


@app.command()
def show(
    run: Annotated[str, typer.Argument(help="The first letters of a run's id, or its name.")],
    folder: In = Path("out"),
    as_json: AsJson = False,
) -> None:
    """Say all about a run."""
    with guarded():
        from seedbed.training.history.comparable import when
        from seedbed.training.history.tracking import runs

        found = _named(runs(folder), run)
        if as_json:
            typer.echo(json.dumps(asdict(found), indent=1))
            return
        typer.echo(f"{found.name}  {found.id}  {when(found.started)}\n{found.folder}")
        for name, value in sorted(found.metrics.items()):
            typer.echo(f"  {name:<24}{value:.4f}")
        for name, text in sorted(found.params.items()):
            typer.echo(f"  {name:<24}{text}")


@app.command()
def compare(
    one: Annotated[str | None, typer.Argument(help="A run; without it, the newest against the last ten.")] = None,
    two: Annotated[str | None, typer.Argument(help="Another run.")] = None,
    folder: In = Path("out"),
    metric: Metric = "real/mAP50-95",
    as_json: AsJson = False,
) -> None:
    """Hold two runs, or the newest and those before it, against each other, and say what changed."""
    with guarded():
        from seedbed.training.history.alerts import Rules
        from seedbed.training.history.tracking import runs

        every = runs(folder)
        if one is not None and two is not None:
            first, second = _named(every, one), _named(every, two)
            body = _pair(first, second, metric)
        else:
            newest = every[-1] if one is None else _named(every, one)
            body = against_history(every, newest, Rules(metric=metric))
        typer.echo(json.dumps(body, indent=1) if as_json else "\n".join(compare_lines(body)))
        if body.get("level") == "alert":
            raise typer.Exit(ALERT)


@app.command()
def report(
    run: Annotated[str | None, typer.Argument(help="A run; without it, the newest.")] = None,
    against: Annotated[str | None, typer.Option(help="Run to hold it against; else the comparable one before.")] = None,
    folder: In = Path("out"),
    metric: Metric = "real/mAP50-95",
) -> None:
    """Write report.html into a run's folder: what changed and why, the same photographs before and now."""
    with guarded():
        from seedbed.training.history.alerts import Rules
        from seedbed.training.history.tracking import runs

        every = runs(folder)
        newest = every[-1] if run is None else _named(every, run)
        other = None if against is None else _named(every, against)
        typer.echo(str(_report(every, newest, Rules(metric=metric), other)))


def _report(every: Sequence[Run], newest: Run, rules: Rules, other: Run | None = None) -> Path:
    """Writes the page of a run, held against another or the comparable one before it."""
    from seedbed.cli.run_report import write_run_report
    from seedbed.core.errors import DataError
    from seedbed.training.history.comparable import Training, trainings

    rules = _fitting(rules, newest)
    order = trainings(every, newest, rules.metric)
    if rules.metric not in newest.metrics:
        raise DataError("the run has no such score", found=rules.metric, allowed=", ".join(sorted(newest.metrics)))
    if other is not None and other.test != newest.test:
        raise DataError("the two runs were judged by different test images", where=newest.name, found=other.name)
    old = order[-2] if len(order) > 1 else None
    if other is not None:
        same = [each for each in order[:-1] if any(run.id == other.id for run in each.runs)]
        old = same[0] if same else Training((other,))
    return write_run_report(order, old, rules.metric, against_history(every, newest, rules))


def remember(out: Path, progress: Progress, rules: Rules, notify: Sequence[str | Recipient] = ()) -> int:
    """Records a finished run folder and holds it against the last ten comparable ones.

    Args:
        out: the run folder.
        progress: told what was found, or why nothing could be recorded.
        rules: the plan's.
        notify: who is told of a fall.

    Returns:
        The exit code: 0, or `ALERT`.
    """
    import os

    from seedbed.core.messages import tell
    from seedbed.training.history.tracking import SERVER, record, runs

    if os.environ.get("SEEDBED_HISTORY", "").lower() == "off":
        return 0
    try:
        identities = record(out)
        every = runs(out.resolve().parent)
    except Exception as error:  # a server may be away in any way; a finished training is finished
        progress.note(f"the run was not recorded ({os.environ.get(SERVER) or 'mlflow.db'}): {error}")
        return 0
    newest = next((run for run in reversed(every) if run.id in identities), None)
    if newest is None:
        return 0
    rules = _fitting(rules, newest)
    body = against_history(every, newest, rules)
    if rules.metric in newest.metrics:
        try:
            progress.note(f"what changed, as a page: {_report(every, newest, rules)}")
        except Exception as error:  # as above
            progress.note(f"the page of what changed was not written: {error}")
    if body["level"] != "fine":
        lines = list(compare_lines(body))
        for line in lines:
            progress.note(line)
        tell(notify, lines[0], "\n".join(lines[1:]), progress)
    return ALERT if body["level"] == "alert" else 0


def _fitting(rules: Rules, run: Run) -> Rules:
    """The rules with a score the run has: one of synthetic images where it saw no photograph."""
    other = rules.metric.replace("real/", "synthetic/")
    if rules.metric in run.metrics or other not in run.metrics:
        return rules
    return rules.model_copy(update={"metric": other})


def against_history(every: Sequence[Run], newest: Run, rules: Rules) -> dict[str, Any]:
    """A run beside the comparable ones before it: the same family, judged by the same test images.

    Seeds of one folder are one run: their mean counts.

    Args:
        every: all recorded runs, oldest first.
        newest: the one in question.
        rules: what is compared, and when a fall is one.

    Returns:
        JSON-able: `level`, the scores, and what changed since the last good run.
    """
    from seedbed.training.history.alerts import judge, level
    from seedbed.training.history.comparable import trainings
    from seedbed.training.history.inputs import changes

    metric = rules.metric
    order = trainings(every, newest, metric)
    scores = [each.score(metric) for each in order if metric in each.first.metrics]
    if not scores:
        return {"level": "fine", "run": newest.name, "metric": metric, "scores": [], "since": None, "changes": []}
    finding = judge(scores, rules)
    good = order[-2] if len(order) > 1 else None
    for place in range(len(order) - 2, -1, -1):
        if not judge(scores[: place + 1], rules).fallen:
            good = order[place]
            break
    found = changes(good.inputs, newest.inputs) if good and good.inputs and newest.inputs else []
    return {
        "level": level(scores, rules),
        "run": newest.name,
        "metric": metric,
        "scores": [round(score, 5) for score in scores[-rules.last - 1 :]],
        "outlier": finding.outlier,
        "trend": finding.trend,
        "since": good.first.name if good else None,
        "changes": [{"size": round(each.size, 3), "words": each.words} for each in found[:8]],
    }


def _pair(first: Run, second: Run, metric: str) -> dict[str, Any]:
    from seedbed.training.history.inputs import changes

    names = sorted({*first.metrics, *second.metrics})
    found = changes(first.inputs, second.inputs) if first.inputs and second.inputs else []
    return {
        "run": second.name,
        "since": first.name,
        "metric": metric,
        "comparable": first.test == second.test,
        "metrics": {name: [first.metrics.get(name), second.metrics.get(name)] for name in names},
        "changes": [{"size": round(each.size, 3), "words": each.words} for each in found],
    }


def compare_lines(body: dict[str, Any]) -> Iterator[str]:
    """A comparison in words."""
    if "metrics" in body:
        yield f"{body['since']}  ->  {body['run']}"
        if not body["comparable"]:
            yield "  WARNING: judged by different test images: the scores say nothing about each other"
        for name, (one, two) in body["metrics"].items():
            if one is None or two is None:
                yield f"  {name:<24}" + " -> ".join("-" if each is None else f"{each:.4f}" for each in (one, two))
            else:
                yield f"  {name:<24}{one:.4f} -> {two:.4f}  {100 * (two - one):+.1f} points"
    elif len(body["scores"]) < 2:
        yield f"{body['run']}: no comparable run before it"
    else:
        before = body["scores"][:-1]
        mean = sum(before) / len(before)
        head = {"fine": "fine", "warn": "WARNING", "alert": "ALERT, for the second time"}[body["level"]]
        last = body["scores"][-1]
        yield (
            f"{head}: {body['run']}: {body['metric']} {last:.4f}, {100 * (last - mean):+.1f} "
            f"points beside the mean of the last {len(before)} comparable"
            + (", far below what they foretell" if body["outlier"] else "")
            + (", falling for a while" if body["trend"] else "")
        )
    if body["changes"]:
        yield f"  what changed since {body['since']}, largest first:"
        yield from (f"    {each['words']}" for each in body["changes"])
    elif body.get("since"):
        yield f"  nothing in the inputs changed since {body['since']}"


def _named(every: Sequence[Run], word: str) -> Run:
    from seedbed.core.errors import DataError, Reason
    from seedbed.core.words import listed

    found = [run for run in every if run.id.startswith(word) or word in (run.name, run.name.partition(",")[0])]
    if not found:
        raise DataError(
            "no such run",
            reason=Reason.UNKNOWN_NAME,
            found=word,
            allowed=listed([f"{run.id[:8]} ({run.name})" for run in every], 6) or "none is recorded",
        )
    return found[-1]
