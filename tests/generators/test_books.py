"""Small books of every type and source: they generate, keep their promises, and do so again."""

from __future__ import annotations

import datetime as dt
import tempfile
from pathlib import Path

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from small_books import digests, read, table_of

from seedbed.generators import generate
from seedbed.rules.columns import SOURCES

HEAD = "period: {start: 2025-03-01, end: 2025-11-30, timezone: Europe/Paris}"


def number(low: int, high: int) -> st.SearchStrategy[tuple[int, int, int]]:
    return st.lists(st.integers(low, high), min_size=3, max_size=3).map(sorted).map(tuple)


@st.composite
def columns(draw: st.DrawFn) -> str:
    """One column `v` beside others that it may look at."""
    kind = draw(st.sampled_from(["integer", "number", "decimal", "boolean", "category", "text", "date", "datetime"]))
    source = draw(st.sampled_from([source for source in SOURCES[kind] if source not in {"part", "series"}]))
    missing = draw(st.sampled_from(["", ", missing: 0.2"]))
    places = f", places: {draw(st.integers(0, 4))}" if kind == "decimal" else ""
    low, typical, high = draw(number(-300, 300))
    effects = draw(
        st.sampled_from(
            [
                "",
                ", effects: [{when: {if: flag, factor: 2}}]",
                ", effects: [{weekday: {sat: 3}}, {season: {peak: 06-01, swing: 0.4}}]",
                ", effects: [{when: {if: n > 50 and flag, factor: 0.5}}, {weekday: {mon: 0}}]",
            ]
        )
    )
    ranges = {
        "integer": f"range: [{low}, {high}], typical: {typical}{effects}",
        "number": f"range: [{low}.5, {high}.5], typical: {typical}.5{effects}"
        if low >= 0
        else f"range: [{low}, {high}]",
        "decimal": f"range: [{low}, {high}], typical: {typical}{effects}",
        "date": draw(st.sampled_from(["range: period", "range: [2025-01-01, 2025-02-03], typical: 2025-01-20"])),
        "datetime": draw(
            st.sampled_from(
                [
                    "range: period",
                    "range: [2025-03-30T00:30:00, 2025-03-30T04:00:00], typical: 2025-03-30T03:00:00",
                    "range: period, typical: 2025-06-01, effects: [{weekday: {sun: 0}}]",
                ]
            )
        ),
    }
    own = {
        "boolean": "chance: 0.3",
        "category": "choices: {a: 1, b: 2.5, c: 0}",
        "text": "faker: name, locale: de_DE",
    }.get(kind) or ranges[kind]
    formulas = {
        "integer": "n * 3 - 1",
        "number": "n / (n - 50)",
        "decimal": "n * 0.125",
        "boolean": "n > 50 or flag",
        "category": "case when flag then 'x' else kind end",
        "text": "upper(kind) || '-' || n",
        "date": "day",
        "datetime": "moment",
    }
    values = {
        "integer": "7",
        "number": "0.5",
        "decimal": "1.25",
        "boolean": "true",
        "category": "z",
        "text": "'some text'",
        "date": "2025-05-05",
        "datetime": "2025-05-05T10:00:00",
    }
    body = {
        "formula": f'formula: "{formulas[kind]}"',
        "cases": f'cases: [{{when: flag, {own}}}, {{when: n > 90, formula: "{formulas[kind]}"}}, '
        f"{{when: n > 80, value: {values[kind]}}}, {{otherwise: {draw(st.sampled_from([values[kind], 'null']))}}}]",
    }.get(source, own)
    if source == "cases":
        body = body.replace(effects, "") if effects else body
    return (
        f"""
id: {{type: id}}
flag: {{type: boolean, chance: 0.4}}
n: {{type: integer, range: [0, 99]}}
kind: {{type: category, choices: {{p: 1, q: 1}}}}
day: {{type: date, range: period}}
moment: {{type: datetime, formula: "cast(day as timestamp)"}}
v: {{type: {kind}{places}, {body}{missing}}}
""".replace("{weekday: {sat: 3}}", "{weekday: {sat: 3}, by: day}")
        .replace("{season: {peak: 06-01, swing: 0.4}}", "{season: {peak: 06-01, swing: 0.4}, by: day}")
        .replace("{weekday: {mon: 0}}", "{weekday: {mon: 0}, by: day}")
    )


TYPES = {
    "integer": pl.Int64,
    "number": pl.Float64,
    "boolean": pl.Boolean,
    "category": pl.String,
    "text": pl.String,
    "date": pl.Date,
}


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(columns())
def test_any_column(text):
    document = table_of(text, 400, HEAD)
    column = document.value.tables["t"].columns["v"]
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        generate(document, root / "one")
        generate(document, root / "two", rows={"t": 399})
        rows, fewer = read(root / "one"), read(root / "two")
        assert digests(root / "one").keys() == digests(root / "two").keys()
    assert fewer.equals(rows.head(399))
    values = rows["v"]
    if column.type == "decimal":
        assert values.dtype == pl.Decimal(18, column.places)
    elif column.type == "datetime":
        assert values.dtype == pl.Datetime("ms", "Europe/Paris")
    else:
        assert values.dtype == TYPES[column.type]
    if column.source == "range":
        present = values.drop_nulls()
        low, high = column.range if column.range != "period" else (dt.date(2025, 3, 1), dt.date(2025, 11, 30))
        if column.type == "datetime":
            present, high = present.dt.replace_time_zone(None), dt.datetime(2025, 12, 1)
            low = dt.datetime(2025, 3, 1)
        assert present.is_between(low, high).all()
    if not column.missing and column.source not in {"formula", "cases"}:
        assert values.null_count() == 0


@pytest.mark.parametrize(("pack", "rows"), [("grocery", {"sale": 5000}), ("sensors", {"device": 2})])
def test_packs(tmp_path, pack, rows):
    from seedbed.rules import load_book
    from seedbed.rules import pack as path_of

    result = generate(load_book(path_of(pack)), tmp_path, rows=rows)
    assert result.undefined == {}
    assert all(len(read(tmp_path, name)) == count for name, count in result.rows.items())
