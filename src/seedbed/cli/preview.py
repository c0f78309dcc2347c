"""A rule book as one page: what its data would look like, from a sample, beside what the client said."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from seedbed.cli import charts
from seedbed.cli.diagram import Box, diagram
from seedbed.cli.page import card, facts, page, refuse_folder, table, text
from seedbed.cli.panels import panels
from seedbed.core.files import make_folder, write_atomic, writing

if TYPE_CHECKING:
    import polars as pl

    from seedbed.generators.samples import Sample
    from seedbed.rules import Book, Table

WIDEST = 12


def write_preview(book: Path, out: Path) -> None:
    """Writes the page of a rule book.

    Args:
        book: the rule book.
        out: the HTML file.

    Raises:
        DocumentError: the book has problems.
        DataError: its tables cannot be made as asked.
        EngineError: the page cannot be written.
    """
    from seedbed.generators import sample_book
    from seedbed.rules import load_book

    refuse_folder(out)
    document = load_book(book)
    samples = sample_book(document)
    body = [
        *_head(document.value, samples),
        *_diagram(document.value, samples),
        *_expectations(document.value, samples),
        *_tables(document.value, samples),
        *_scenarios(document.value),
        *_faults(document.value),
        _how_to_go_on(book),
    ]
    with writing(out.parent):
        make_folder(out.parent)
        write_atomic(out, page(f"{document.value.name}: what it would look like", body).encode())


def _head(book: Book, samples: Mapping[str, Sample]) -> Iterator[str]:
    yield f"<h1>{text(book.name)}</h1>"
    if book.about:
        yield f'<p class="lead">{text(book.about)}</p>'
    numbers = [
        (f"{len(book.tables)}", "tables" if len(book.tables) > 1 else "table"),
        (f"{sum(sample.rows for sample in samples.values()):,}", "rows in all"),
        (f"{sum(len(spec.columns) for spec in book.tables.values())}", "columns"),
    ]
    if book.period is not None:
        days = (book.period.end - book.period.start).days + 1
        numbers.append((f"{days:,}", f"days, {book.period.start} to {book.period.end}, {book.period.timezone}"))
    yield facts(numbers)
    yield (
        "<p>Nothing here is real: it is what your rules give. Look for what would surprise you in real data, change "
        "the book, and look again.</p>"
    )


def _diagram(book: Book, samples: Mapping[str, Sample]) -> Iterator[str]:
    boxes = [
        Box(
            name,
            f"{samples[name].rows:,} rows",
            [(column, _kind(body)) for column, body in spec.columns.items()],
            {column: reference.to for column, reference in spec.references.items()},
        )
        for name, spec in book.tables.items()
    ]
    yield "<h2>The tables, and what leads where</h2>"
    yield f'<div class="card">{diagram(boxes)}</div>'


def _kind(column: Any) -> str:
    if column.type == "reference":
        return f"→ {column.to}"
    unit = getattr(column, "unit", None)
    return f"{column.type}, {unit}" if unit else str(column.type)


def _expectations(book: Book, samples: Mapping[str, Sample]) -> Iterator[str]:
    from seedbed.generators import measure_samples
    from seedbed.rules import shown_number

    if not book.expect:
        return
    yield "<h2>What you would notice</h2>"
    rows = []
    for one in measure_samples(book, samples):
        low, high = (shown_number(bound) for bound in one.range)
        if one.met is None:
            got, verdict = "", f"known once all rows are made: {one.trouble}"
        else:
            got = "nothing" if one.value is None else shown_number(one.value)
            verdict = "✓ as expected" if one.met else "✗ not as expected"
        rows.append([one.name, f"{low} to {high}", got, verdict])
    yield table(["expectation", "you said", "the rules give", ""], rows)
    if not all(sample.whole for sample in samples.values()):
        yield "<p>Measured on a sample of the larger tables; <code>seedbed generate</code> measures all rows.</p>"


def _calendar(book: Book, name: str) -> Iterator[str]:
    """Pictures of the effects over the calendar of a table's columns."""
    from seedbed.generators import calendar_curves

    for column, model in book.tables[name].columns.items():
        for curves in calendar_curves(book, name, column):
            under = f"where {curves.when}" if curves.when else f"{model.about or model.type}, times its usual level"
            if curves.by_day:
                points = [
                    {"at": str(day), "factor": round(float(factor), 4)}
                    for day, factor in zip(curves.days, curves.day, strict=True)
                ]
                words = ", ".join(dict.fromkeys(key.partition(" ")[0] for key in curves.by_day))
                yield card(f"{column} over the days: {words}", under, charts.curve(points, temporal=True))
            if curves.by_hour:
                hours = [
                    {"at": minute / 60, "factor": round(float(factor), 4)}
                    for minute, factor in zip(curves.minutes, curves.hour, strict=True)
                ]
                hours.append({"at": 24, "factor": hours[0]["factor"]})
                ticks = [0, 4, 8, 12, 16, 20, 24]
                yield card(f"{column} over the hours", under, charts.curve(hours, temporal=False, ticks_at=ticks))


def _scenarios(book: Book) -> Iterator[str]:
    scenarios = getattr(book, "scenarios", ())
    if scenarios:
        yield "<h2>What could happen</h2>"
        yield "<ul>"
        for one in scenarios:
            when = f", {one.between[0]} to {one.between[1]}" if one.between else ""
            where = f", where {one.where}" if one.where else ""
            words = f": {one.of}{when}{where}; changes {', '.join(one.change)}"
            yield f"<li><b>{text(one.name)}</b>{text(words)}</li>"
        yield "</ul>"


def _faults(book: Book) -> Iterator[str]:
    if book.faults:
        yield "<h2>Planted faults</h2>"
        yield "<p>The tables above are clean. A second copy, <code>faulty/</code>, holds:</p><ul>"
        for one in book.faults:
            column = getattr(one, "column", None) or ", ".join(getattr(one, "columns", None) or ())
            where = f"{one.of}.{column}" if column else one.of
            yield f"<li><b>{text(one.kind.replace('_', ' '))}</b> in {text(where)}</li>"
        yield "</ul><p>and <code>truth/faults/</code> lists every cell and row that differs.</p>"


def _tables(book: Book, samples: Mapping[str, Sample]) -> Iterator[str]:
    yield "<h2>Column by column</h2>"
    yield (
        '<p class="key"><i class="band" style="background:#e0a42640"></i>the range you expect'
        '<i style="border-color:#c0563b;border-top-style:dashed"></i>what you said: typical, or share'
        '<i class="band" style="background:#2f7d5b"></i>what the rules make of it</p>'
    )
    for name, spec in book.tables.items():
        sample = samples[name]
        yield f'<h3 id="{text(name)}">{text(name)}{": " + text(spec.about) if spec.about else ""}</h3>'
        drawn = "" if sample.whole else f"; the pictures are drawn from {sample.frame.height:,} of them"
        yield f"<p>{sample.rows:,} rows{drawn}</p>"
        yield _first_rows(spec, sample.first)
        yield '<div class="grid">'
        for panel in panels(book, {name: sample.frame}, texts=True):
            about = spec.columns[panel.column].about
            yield card(panel.column, f"{about}. {panel.said}" if about else panel.said, panel.picture)
        yield from _calendar(book, name)
        yield "</div>"
        if spec.constraints:
            yield "<p>On every row: " + "; ".join(f"<b>{text(one.name)}</b>" for one in spec.constraints) + ".</p>"


def _first_rows(spec: Table, frame: pl.DataFrame) -> str:
    names = frame.columns[:WIDEST]
    rows = [[_cell(spec.columns[name], row[name]) for name in names] for row in frame.to_dicts()]
    more = ["…"] if len(frame.columns) > WIDEST else []
    return f'<div class="scroll">{table([*names, *more], [[*row, *more] for row in rows])}</div>'


def _cell(column: Any, value: object) -> str:
    if value is None:
        return ""
    if column.type == "decimal":
        return f"{value:,.{column.places}f}"
    if isinstance(value, float):
        return f"{value:,.4g}"
    return str(value)


def _how_to_go_on(book: Path) -> str:
    commands = [f"seedbed generate {book.name} -o data", f"seedbed validate {book.name} REAL_DATA -o checked"]
    return "<h2>Next</h2><pre>" + text("\n".join(commands)) + "</pre>"
