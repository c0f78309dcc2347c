"""The commands. Heavy imports happen inside the command that needs them."""

from __future__ import annotations

import json
import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from seedbed.cli import converting, exporting, labelling, runs, validating
from seedbed.cli.guard import DEBUG, guarded, say

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Grow the first dataset of a project that has no history: tables from a rule book, labelled frames from a "
    "scene, and a detector trained on both while real data arrives.",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Out = Annotated[
    Path, typer.Option("--out", "-o", help="Folder to write; the same command again goes on where it ended.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only problems.")]
Workers = Annotated[int | None, typer.Option("--workers", "-w", min=1, help="Processes; by default one per core.")]


class Kind(StrEnum):
    """Files a person writes."""

    book = "book"
    scene = "scene"
    plan = "plan"


class RendererName(StrEnum):
    """What draws frames."""

    auto = "auto"
    gl = "gl"
    tiny = "tiny"
    cycles = "cycles"


class TableFormat(StrEnum):
    """What tables are written as."""

    parquet = "parquet"
    csv = "csv"
    duckdb = "duckdb"


def _version(asked: bool) -> None:
    if asked:
        from seedbed import __version__

        typer.echo(f"seedbed {__version__}")
        raise typer.Exit


@app.callback()
def _everywhere(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Show it.")] = False,
) -> None:
    if debug:
        os.environ[DEBUG] = "1"


@app.command()
def init(folder: Annotated[Path, typer.Argument(help="A new or empty folder.")]) -> None:
    """Write a starter workspace: one book, one scene, one plan, commented."""
    from seedbed.cli.workspace import start

    with guarded():
        for path in start(folder):
            typer.echo(path)
        say(f"Next: cd {folder} && seedbed check *.yaml")


@app.command()
def check(files: Annotated[list[Path], typer.Argument(help="Books, scenes and plans.")]) -> None:
    """List every problem in books, scenes and plans."""
    from seedbed.cli.workspace import describe
    from seedbed.core.errors import DocumentError
    from seedbed.core.memory import rarely_collected

    with guarded(), rarely_collected():
        bad = 0
        for path in files:
            try:
                for line in describe(path):
                    typer.echo(f"{path}: {line}")
            except DocumentError as error:
                bad += len(error.problems)
                typer.echo(str(error))
        if bad:
            say(f"{bad} problem{'s' if bad != 1 else ''}")
            raise typer.Exit(1)


@app.command()
def schema(kind: Annotated[Kind, typer.Argument(help="Which file.")]) -> None:
    """Print the JSON Schema of a file, for editors."""
    with guarded():
        typer.echo(json.dumps(_schema(kind), indent=2))


def _schema(kind: Kind) -> dict[str, Any]:
    if kind is Kind.book:
        from seedbed.rules import book_schema

        book: dict[str, Any] = book_schema()
        return book
    if kind is Kind.scene:
        from seedbed.scenes import scene_schema

        return scene_schema()
    from seedbed.training import plan_schema

    return plan_schema()


def _rows(given: list[str]) -> dict[str, int]:
    """`--rows T=N` options.

    Raises:
        typer.BadParameter: not of this form.
    """
    rows: dict[str, int] = {}
    for item in given:
        table, equals, count = item.partition("=")
        digits = count.replace("_", "").replace(",", "")
        if not (table and equals and digits.isdigit()):
            raise typer.BadParameter(
                f"{item!r} is not of the form TABLE=ROWS, such as sale=100000", param_hint="--rows"
            )
        rows[table] = int(digits)
    return rows


@app.command()
def generate(
    book: Annotated[Path, typer.Argument(help="The rule book.")],
    out: Out,
    rows: Annotated[
        list[str] | None, typer.Option("--rows", metavar="T=N", help="Rows of a table; repeatable.")
    ] = None,
    scale: Annotated[
        float, typer.Option(min=0, help="Multiplies the rows of tables that no other table refers to.")
    ] = 1.0,
    only: Annotated[
        list[str] | None, typer.Option(metavar="T", help="Write this table, not the others; repeatable.")
    ] = None,
    format: Annotated[
        TableFormat, typer.Option(help="Files per table, or one DuckDB file that is ready to query.")
    ] = TableFormat.parquet,
    faults: Annotated[bool, typer.Option(help="Plant the book's faults: faulty tables beside the clean ones.")] = True,
    workers: Annotated[
        int | None,
        typer.Option("--workers", "-w", min=1, help="Processes; by default one per core, for few rows one alone."),
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Make tables from a rule book."""
    from seedbed.cli.summary import size_line
    from seedbed.core.memory import rarely_collected
    from seedbed.core.progress import progress_for

    asked = _rows(rows or [])
    with guarded(f"committed shards stay in {out}; the same command goes on from there"), rarely_collected():
        from seedbed.generators import generate as run

        run(
            book,
            out,
            rows=asked,
            scale=scale,
            only=only or (),
            format=format.value,
            faults=faults,
            workers=workers,
            progress=progress_for(quiet),
        )
        if not quiet:
            say(size_line(out))


@app.command()
def preview(
    file: Annotated[Path, typer.Argument(metavar="BOOK|SCENE|PLAN", help="A rule book, a scene or a training plan.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="The page to write, an HTML file.")] = Path("preview.html"),
    frames: Annotated[int, typer.Option("--frames", "-n", min=1, help="Of a scene: frames to draw.")] = 24,
    beside: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Of a scene: a real labelled set to compare the frames with.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Draw one page of what a rule book's data or a scene's frames would look like, or of what a plan would do."""
    from seedbed.core.memory import rarely_collected

    with guarded(), rarely_collected():
        from seedbed.core.documents import kind_of, read_text

        read_text(file)
        if kind_of(file) == "scene/1":
            from seedbed.cli.scene_preview import write_scene_preview
            from seedbed.core.progress import progress_for

            write_scene_preview(file, out, frames=frames, beside=beside, progress=progress_for(quiet))
        elif kind_of(file) == "plan/1":
            from seedbed.cli.plan_preview import write_plan_preview

            write_plan_preview(file, out)
        else:
            from seedbed.cli.preview import write_preview

            write_preview(file, out)
        typer.echo(out)


@app.command()
def stats(
    dataset: Annotated[Path, typer.Argument(help="Labelled frames, YOLO layout.")],
    beside: Annotated[Path | None, typer.Option(metavar="DIR", help="A real labelled set to compare with.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="The page to write; else stats.html in the data set.")
    ] = None,
) -> None:
    """Draw one page of what a set of labelled frames holds, beside a real one if named."""
    with guarded():
        from seedbed.cli.gap_panel import STATS, write_stats

        page = out or dataset / STATS
        write_stats(dataset, beside, page)
        typer.echo(page)


app.command("validate")(validating.command)


@app.command()
def render(
    scene: Annotated[Path, typer.Argument(help="The scene.")],
    out: Out,
    frames: Annotated[
        int | None, typer.Option("--frames", "-n", min=1, help="Frames in all; without it, until stopped.")
    ] = None,
    until: Annotated[
        str | None, typer.Option(metavar="TIME", help="Stop then: 06:00, 2026-12-01T06:00, 8h, 90min.")
    ] = None,
    max_disk: Annotated[
        str | None, typer.Option(metavar="SIZE", help="Stop when the folder takes so much: 500MB, 20GB.")
    ] = None,
    sheet: Annotated[
        int | None,
        typer.Option("--preview", metavar="N", min=1, help="Draw preview.jpg, the latest frames, every N frames."),
    ] = None,
    beside: Annotated[
        Path | None, typer.Option(metavar="DIR", help="A real labelled set that stats.html compares the frames with.")
    ] = None,
    renderer: Annotated[RendererName, typer.Option(help="What draws.")] = RendererName.auto,
    workers: Workers = None,
    quiet: Quiet = False,
) -> None:
    """Make labelled frames from a scene."""
    from seedbed.cli.summary import size_line
    from seedbed.core.progress import progress_for

    with guarded(f"committed frames stay in {out}; the same command goes on from there"):
        import datetime as dt

        from seedbed.core.engines import cores
        from seedbed.scenes import render as run
        from seedbed.scenes.capture.limits import moment_of, size_of

        run(
            scene,
            out,
            frames=frames,
            until=moment_of(until, dt.datetime.now()) if until else None,
            max_disk=size_of(max_disk) if max_disk else None,
            preview=sheet,
            renderer=renderer.value,
            workers=workers or cores(),
            progress=progress_for(quiet),
        )
        from seedbed.cli.gap_panel import STATS, write_stats

        write_stats(out, beside, out / STATS)
        if not quiet:
            say(size_line(out))


app.command("convert")(converting.command)
app.command("keyframes")(labelling.keyframes)
app.command("label")(labelling.label)
app.command("review")(labelling.review)
app.command("export")(exporting.command)
app.add_typer(runs.app, name="runs")


@app.command()
def train(
    plan: Annotated[Path, typer.Argument(help="The training plan.")],
    out: Out,
    arms: Annotated[
        bool,
        typer.Option("--arms", help="Train on real images alone, synthetic alone and mixes: which wins?"),
    ] = False,
    real_labels: Annotated[
        str | None, typer.Option(metavar="N,N,all", help="With --arms: so many real labelled images; else the plan's.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Train a detector while the share of synthetic images falls."""
    from seedbed.cli.arms_page import arms_lines, labels_of, write_arms
    from seedbed.cli.summary import train_lines
    from seedbed.core.progress import progress_for

    if real_labels is not None and not arms:
        raise typer.BadParameter("goes with --arms; in a plan it is `real_labels:`", param_hint="--real-labels")
    labels = labels_of(real_labels)
    with guarded(f"finished epochs stay in {out}; the same command goes on from there"):
        if arms:
            from seedbed.training import compare_arms

            comparison = compare_arms(plan, out, real_labels=labels, progress=progress_for(quiet))
            write_arms(comparison)
            typer.echo("\n".join(arms_lines(comparison)))
            return
        from seedbed.cli.gap_panel import write_gap
        from seedbed.training import load_plan
        from seedbed.training import train as run

        progress = progress_for(quiet)
        wanted = load_plan(plan).value
        exporting.check_packages(wanted.export)
        result = run(plan, out, progress=progress, before=write_gap)
        typer.echo("\n".join(train_lines(result)))
        code = runs.remember(out, progress, wanted.compare, wanted.notify)
        for form in wanted.export:
            code = max(code, exporting.one(out, form, progress=progress))
        if code:
            raise typer.Exit(code)


@app.command()
def card(
    dataset: Annotated[Path, typer.Argument(help="A folder that a Seedbed command wrote.")],
    as_json: Annotated[bool, typer.Option("--json", help="The card as it is on disk.")] = False,
    verify: Annotated[bool, typer.Option("--verify", help="Read every file and compare it with its hash.")] = False,
) -> None:
    """Say what a dataset is, where it came from and how good it is."""
    from seedbed.cli.summary import card_lines
    from seedbed.core.datasets import read_card
    from seedbed.core.shards import verify as damaged

    with guarded():
        content = read_card(dataset)
        typer.echo(json.dumps(content, indent=2) if as_json else "\n".join(card_lines(content)))
        if verify:
            faults = damaged(dataset)
            for line in faults:
                say(line)
            if faults:
                say(f"{len(faults)} damaged; delete their records in {dataset / 'manifest'} and run the command again")
                raise typer.Exit(1)
            say("every file is as it was written")


@app.command()
def demo(
    out: Out,
    real: Annotated[
        Path | None, typer.Option("--real", help="Real labelled photographs, YOLO layout; else a stand-in camera.")
    ] = None,
    quiet: Quiet = False,
) -> None:
    """Run the whole story at small scale; ends with one report page."""
    from seedbed.core.progress import progress_for

    with guarded(f"finished steps stay in {out}; the same command goes on from there"):
        from seedbed.cli.demo import run
        from seedbed.core.engines import cores

        report = run(out, real=real, workers=cores(), progress=progress_for(quiet))
        typer.echo(report)
