"""`seedbed validate`: real data against its rule book. Heavy imports happen when it runs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from seedbed.cli.guard import guarded, say

if TYPE_CHECKING:
    from seedbed.core.documents import Document
    from seedbed.core.progress import Progress
    from seedbed.rules import Book
    from seedbed.rules.guard import Validated

_REASONS = 3


def validate(
    book: Path | str | Document[Book],
    data: Path | str,
    out: Path | str,
    *,
    maps: Mapping[str, str] | None = None,
    fail_over: float = 0.0,
    encoding: str | None = None,
    delimiter: str | None = None,
    against: Path | str | None = None,
    progress: Progress | None = None,
) -> Validated:
    """Checks real data against a rule book, parts the good rows from the bad, and writes the page about it.

    Args:
        book: path of the rule book, or one that is loaded.
        data: a CSV, Parquet or DuckDB file, or a folder of them.
        out: the result's folder, made where absent: `accepted/`, `quarantine/`, `remarks/`, `report.json`,
            `report.html`.
        maps: `table` -> file, folder or name in the data; `table.column` -> the source's column.
        fail_over: largest share of a table's records that may go to quarantine in data that passes.
        encoding: of text files, instead of the one found.
        delimiter: likewise.
        against: folder of the validation to tell schema drift against, instead of the last one in `out`.
        progress: told of records done.

    Returns:
        What was found; `.passed` says whether the data is as the book says.

    Raises:
        DocumentError: the book has problems.
        DataError: the data cannot be read, or holds no table of the book; `out` holds something else.
        EngineError: the disk is full, the folder read-only.
    """
    from seedbed.cli.guard_report import write_page
    from seedbed.rules.guard import validate as run

    result = run(
        book,
        data,
        out,
        maps=maps,
        fail_over=fail_over,
        encoding=encoding,
        delimiter=delimiter,
        against=against,
        progress=progress,
    )
    write_page(result)
    return result


def command(
    book: Annotated[Path, typer.Argument(help="The rule book.")],
    data: Annotated[Path, typer.Argument(help="A CSV, Parquet or DuckDB file, or a folder of them.")],
    out: Annotated[
        Path, typer.Option("--out", "-o", help="Folder to write; what an earlier validation left there is replaced.")
    ],
    maps: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            metavar="NAME=SOURCE",
            help="sale=till.csv: where a table is; sale.total=Amount: what a column is called there. Repeatable.",
        ),
    ] = None,
    fail_over: Annotated[
        str, typer.Option(metavar="SHARE", help="Share of a table's records that may go to quarantine, such as 2%.")
    ] = "0%",
    encoding: Annotated[str | None, typer.Option(help="Of text files, such as cp1252; else it is found.")] = None,
    delimiter: Annotated[str | None, typer.Option(help="Of text files, one character or 'tab'; else found.")] = None,
    against: Annotated[
        Path | None, typer.Option(help="An earlier validation to tell changes against; else the last one in --out.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="No progress, only problems.")] = False,
) -> None:
    """Check real data: good rows to accepted/, the others to quarantine/ with the reason."""
    from seedbed.core.memory import rarely_collected
    from seedbed.core.progress import progress_for

    share, given = _share(fail_over), _maps(maps or [])
    with guarded("the same command starts the validation again"), rarely_collected():
        result = validate(
            book,
            data,
            out,
            maps=given,
            fail_over=share,
            encoding=encoding,
            delimiter="\t" if delimiter in {"tab", "\\t"} else delimiter,
            against=against,
            progress=progress_for(quiet),
        )
        if not quiet:
            for line in lines(result.report):
                say(line)
            typer.echo(result.root / "report.html")
        if not result.passed:
            if quiet:
                for reason in result.report["verdict"]["reasons"]:
                    say(reason)
            raise typer.Exit(1)


def lines(report: Mapping[str, Any]) -> list[str]:
    """What the command says at its end: a line a table, the worst reasons, the verdict."""
    from seedbed.rules.guard.notices import worst

    found = [
        f"{name}: {table['read']:,} records, {table['accepted']:,} accepted, {table['quarantined']:,} in quarantine"
        for name, table in report["tables"].items()
    ]
    found += [f"note: {note}" for note in report["notes"]]
    found += [f"  {words} ({count:,} rows)" for words, count in worst(report, _REASONS) if count]
    found += [each["words"] for each in report["expectations"]]
    changes = report["drift"]["changes"]
    if changes:
        found.append(f"{len(changes)} change{'s' if len(changes) != 1 else ''} since the last validation")
    if report["verdict"]["passed"]:
        found.append("the data passes")
    else:
        found += ["the data does not pass:", *(f"  {reason}" for reason in report["verdict"]["reasons"])]
    return found


def _share(text: str) -> float:
    """`2%` or `0.02`.

    Raises:
        typer.BadParameter: anything else.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d*)?|\.\d+)\s*(%?)\s*", text)
    share = float(found[1]) / (100 if found[2] else 1) if found else 2.0
    if share > 1:
        raise typer.BadParameter(f"{text!r} is not a share, such as 2% or 0.02", param_hint="--fail-over")
    return share


def _maps(given: list[str]) -> dict[str, str]:
    """`--map` options.

    Raises:
        typer.BadParameter: not of this form.
    """
    maps: dict[str, str] = {}
    for item in given:
        name, equals, source = item.partition("=")
        if not (name and equals and source):
            words = f"{item!r} is not of the form TABLE=FILE or TABLE.COLUMN=NAME, such as sale=till.csv"
            raise typer.BadParameter(words, param_hint="--map")
        maps[name.strip()] = source.strip()
    return maps
