"""Measures: known answers, and client text that can do nothing but measure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.core.documents import loads
from seedbed.rules import Book, ExpressionError, Measure, MeasureError, Measurer, check_book, measured
from seedbed.rules.local_times import local_time
from seedbed.rules.locked import locked
from seedbed.rules.periods import Period

TEXT = """\
seedbed: book/1
name: shop
period: {start: 2025-01-01, end: 2025-12-31, timezone: America/Montreal}
tables:
  region: {rows: 2, columns: {id: {type: id, format: "R{}"}, vat: {type: number, range: [0, 1]}}}
  store:
    rows: 3
    columns:
      id: {type: id}
      region: {type: reference, to: region}
      order: {type: integer, range: [1, 9]}
  sale:
    rows: 6
    columns:
      store: {type: reference, to: store, missing: 0.1}
      at: {type: datetime, range: period}
      day: {type: date, range: period}
      total: {type: decimal, places: 2, range: [1, 60]}
      quantity: {type: integer, range: [1, 50], typical: 3}
      promo: {type: boolean, chance: 0.5}
      group: {type: category, choices: {a: 1, b: 1}}
"""
SALE = {
    "store": [1, 1, 2, 3, None, 2],
    "total": [1.5, 2.5, 10.0, 4.0, 7.0, 5.0],
    "quantity": [1, 2, 3, 4, 5, 6],
    "promo": [True, False, None, True, False, True],
    "group": ["a", "a", "b", "b", "a", "b"],
    "day": [dt.date(2025, 1, 1), dt.date(2025, 2, 1), dt.date(2025, 12, 1), dt.date(2025, 12, 31), None, None],
}


@pytest.fixture(scope="module")
def book() -> Book:
    document = loads(TEXT, Book)
    check_book(document)
    return document.value


@pytest.fixture(scope="module")
def measurer(book: Book) -> Iterator[Measurer]:
    night = pl.Series("at", ["2025-01-31 23:30:00"] * 6).str.to_datetime(time_unit="ms", time_zone="America/Montreal")
    tables = {
        "region": pl.DataFrame({"id": ["R1", "R2"], "vat": [0.1, 0.3]}),
        "store": pl.DataFrame({"id": [1, 2, 3], "region": ["R1", "R2", "R2"], "order": [7, 8, 9]}),
        "sale": pl.DataFrame(SALE).with_columns(night, pl.col("total").cast(pl.Decimal(18, 2))),
    }
    with Measurer(book, {name: frame.to_arrow() for name, frame in tables.items()}, seconds=30) as measurer:
        yield measurer


KNOWN = [
    ("count(*)", "sale", None, 6),
    ("avg(total)", "sale", None, 5),
    ("sum(total)", "sale", "promo", 10.5),
    ("avg(case when promo then 1 else 0 end)", "sale", None, 0.5),
    ("avg(if(promo, 1.0, 0.0))", "sale", None, 0.5),
    ("count_if(promo) * 1.0 / count(*)", "sale", None, 0.5),
    ("sum(total) filter (where quantity between 2 and 4)", "sale", None, 16.5),
    ("median(total)", "sale", "store is not null", 4),
    ("quantile_cont(quantity, 0.5)", "sale", None, 3.5),
    ("count(distinct store)", "sale", None, 3),
    ("count(distinct store.region)", "sale", None, 2),
    ("avg(store.region.vat)", "sale", None, (0.1 * 2 + 0.3 * 3) / 5),
    ("count(*)", "sale", "store.region.vat > 0.2 and store.region.id = 'R2'", 3),
    ("max(store.order)", "sale", None, 9),
    ("sum(store.order)", "sale", "store.order = 7", 14),
    ("count(*)", "sale", "\"group\" = 'a'", 3),
    ("count(*)", "sale", "group in ('a', 'c')", 3),
    ("count(*)", "sale", "group like 'b%' and not promo", 0),
    ("count(*)", "sale", "month(day) = 12", 2),
    ("count(*)", "sale", "day >= date '2025-02-01' and day < date '2025-01-01' + interval 1 year", 3),
    ("min(month(at))", "sale", None, 1),  # local time: in UTC it is February
    ("max(hour(at))", "sale", None, 23),
    ("avg(date_diff('day', date '2025-01-01', day))", "sale", "quantity < 3", 15.5),
    ("corr(quantity, quantity)", "sale", None, 1),
    ("avg(total)", "sale", "quantity > 99", None),
    ("sum(1.0 / (quantity - 1))", "sale", "quantity = 1", None),
    ("(select count(*) from sale) * 1.0 / (select count(*) from store)", None, None, 2),
    ("(select max(n) from (select count(*) as n from sale group by store))", None, None, 2),
    ("(select avg(total) from sale join store on sale.store = store.id where store.order > 7)", None, None, 19 / 3),
    ("(select count(*) from store where not exists (select 1 from sale where sale.store = store.id))", None, None, 0),
    ("(select sum(t) from (select total as t from sale order by total desc limit 2))", None, None, 17),
    ("(select avg(s.order) from store s)", None, None, 8),
]


@pytest.mark.parametrize(("text", "of", "where", "answer"), KNOWN, ids=[f"{c[0]} {c[2] or ''}" for c in KNOWN])
def test_known_answers(measurer: Measurer, text: str, of: str | None, where: str | None, answer: float | None) -> None:
    assert measurer.value(Measure.parse(text, of=of, where=where)) == pytest.approx(answer)


@settings(max_examples=40, deadline=None)
@given(
    rows=st.lists(
        st.tuples(st.none() | st.integers(1, 3), st.none() | st.integers(-99, 99), st.booleans()), min_size=1
    ),
    threshold=st.integers(-99, 99),
)
def test_as_polars_says(book: Book, rows: list[tuple[int | None, int | None, bool]], threshold: int) -> None:
    sale = pl.DataFrame(rows, schema={"store": pl.Int64, "quantity": pl.Int64, "promo": pl.Boolean}, orient="row")
    store = pl.DataFrame({"id": [1, 2, 3], "region": [1, 1, 1], "order": [7, 8, 9]})
    joined = sale.join(store, left_on="store", right_on="id", how="left")
    held = joined.filter((pl.col("quantity") > threshold) | pl.col("promo"))
    with Measurer(book, {"sale": sale.to_arrow(), "store": store.to_arrow()}, threads=1) as measurer:
        for text, wanted in (
            ("count(*)", held.height),
            ("avg(quantity)", held["quantity"].mean()),
            ("max(store.order)", held["order"].max()),
            ("sum(quantity * store.order)", (held["quantity"] * held["order"]).drop_nulls()),
        ):
            measure = Measure.parse(text, of="sale", where=f"quantity > {threshold} or promo")
            if isinstance(wanted, pl.Series):
                wanted = wanted.sum() if wanted.len() else None
            assert measurer.value(measure) == (None if wanted is None else pytest.approx(wanted))


def test_files_are_read_without_being_held(book: Book, tmp_path: Path) -> None:
    frame = pl.DataFrame({"quantity": [1, 2, 3]})
    paths = [tmp_path / f"part-{number}'s.parquet" for number in range(3)]
    for path in paths:
        frame.write_parquet(path)
    with Measurer(book, {"sale": paths}) as measurer:
        assert measurer.value(Measure.parse("sum(quantity)", of="sale")) == 18


# What people try: other statements, files, settings, functions that read, what never ends, what fills the memory.
HOSTILE = [
    "copy sale to 'out.csv'",
    "(copy sale to 'out.csv')",
    "avg(total); copy (select 1) to 'out.csv'",
    "avg(total)); copy (select 1) to 'out.csv'; select (1",
    "1; drop table sale",
    "attach 'out.db'",
    "pragma version",
    "set threads = 99",
    "install httpfs",
    "load 'x.so'",
    "export database 'out'",
    "(select count(*) from 'secret.csv')",
    '(select count(*) from "secret.csv")',
    "(select count(*) from read_csv('secret.csv'))",
    "(select max(content) from read_text('secret.csv'))",
    "(select count(*) from read_parquet('*.parquet'))",
    "(select count(*) from glob('/*'))",
    "(select count(*) from duckdb_settings())",
    "(select count(*) from information_schema.tables)",
    "(select count(*) from main.sale)",
    "(select count(*) from pragma_table_info('sale'))",
    "getenv('HOME')",
    "length(getenv('HOME'))",
    "current_setting('memory_limit')",
    "count(*) + current_setting('threads')",
    "nextval('x')",
    "(select query('drop table sale'))",
    "(select count(*) from query('select 1'))",
    "(select count(*) from query_table('sale'))",
    "(select count(*) from range(1000000000000))",
    "(select count(*) from generate_series(1, 1000000000000))",
    "(select sum(unnest(range(1000000000))) from sale)",
    "(with recursive t as (select 1 as n union all select n + 1 from t) select max(n) from t)",
    "(select count(*) from sale a, sale b, sale c, sale d, sale e)",
    "(select count(*) from sale a cross join sale b)",
    "(select count(*) from sale a join sale b on true)",
    "(select count(*) from sale a join sale b on a.total = a.total)",
    "(select count(*) from sale a natural join sale b)",
    "(select count(*) from sale a positional join sale b)",
    "(select count(*) from sale, lateral (select 1))",
    "(select 1 union all select 2)",
    "(values (1))",
    "(from sale)",
    "(select * from sale)",
    "(select columns('.*') from sale)",
    "(select count(*) over () from sale)",
    "length(repeat('x', 1000000000))",
    "length(lpad('x', 1000000000, 'y'))",
    "length(replace(replace('aaaaaaaaaa', 'a', 'aaaaaaaaaa'), 'a', 'aaaaaaaaaa'))",
    "length(printf('%1000000000d', 1))",
    "regexp_matches('aaaaaaaaaaaaaaaaaaaaaaa', '(a+)+$')",
    "list_sum([1, 2])",
    "(select count(*) from sale tablesample 10%)",
    "(select count(*) from sale where rowid in (select rowid from duckdb_columns()))",
    "avg(total) -- and more",
    "avg(total) /* and more */",
    "avg(?)",
    "avg($1)",
    "random()",
    "now()",
    "count(*) + system.main.getenv('HOME')",
    "cast('sale' as regclass)",
    "(select count(*) from sale a join sale b using (store) join sale c using (store) join sale d using (store)"
    " join sale e using (store) join sale f using (store) join sale g using (store) join sale h using (store)"
    " join sale i using (store))",
    "(" * 100 + "1" + ")" * 100,
    "1" + " + 1" * 5000,
    "not " * 900 + "true",
    "x'00'",
    "\x00",
    "",
    " ",
    "💣",
    "'never closed",
    "e'\\x41' || $$x$$",
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("of", [None, "sale"])
def test_hostile_text_is_refused(
    measurer: Measurer, text: str, of: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "secret.csv").write_text("password\nxyzzy\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises((ExpressionError, MeasureError)) as refused:
        measurer.value(Measure.parse(text, of=of))
    assert "xyzzy" not in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]
    # As a condition it fares no better.
    with pytest.raises((ExpressionError, MeasureError)):
        measurer.value(Measure.parse("count(*)", of="sale", where=text))
    assert [path.name for path in tmp_path.iterdir()] == ["secret.csv"]


def test_what_takes_too_long_is_stopped(book: Book) -> None:
    many = pl.DataFrame({"store": [1] * 200_000, "total": [1.0] * 200_000}).to_arrow()
    text = "(select count(*) from sale a join sale b on a.store = b.store join sale c on b.store = c.store)"
    with Measurer(book, {"sale": many}, seconds=0.3) as measurer:
        with pytest.raises(MeasureError, match=r"more than 0\.3 seconds"):
            measurer.value(Measure.parse(text))
        assert measurer.value(Measure.parse("count(*)", of="sale")) == 200_000


def test_what_needs_too_much_memory_is_stopped(book: Book) -> None:
    many = pl.DataFrame({"total": pl.int_range(3_000_000, eager=True)}).to_arrow()
    with Measurer(book, {"sale": many}, memory_mb=24) as measurer, pytest.raises(MeasureError, match="memory"):
        measurer.value(Measure.parse("median(total)", of="sale"))


def test_all_expectations_of_a_book(book: Book) -> None:
    text = TEXT + (
        "expect:\n"
        "  - {name: met, of: sale, measure: avg(quantity), range: [1, 2]}\n"
        "  - {name: unmet, of: sale, measure: avg(quantity), range: [3, 4], severity: warn}\n"
        "  - {name: of nothing, of: sale, measure: avg(quantity), where: quantity > 50, range: [3, 4]}\n"
        "  - {name: absent, of: store, measure: count(*), range: [3, 4]}\n"
    )
    document = loads(text, Book)
    check_book(document)
    found = measured(document.value, {"sale": pl.DataFrame({"quantity": [1, 2]}).to_arrow()})
    assert [(one.value, one.met, one.severity) for one in found] == [
        (1.5, True, "reject"),
        (1.5, False, "warn"),
        (None, False, "reject"),
        (None, None, "reject"),
    ]
    assert found[0].words == "met: 1.5, as expected (1 to 2)"
    assert found[1].words == "unmet: 1.5, NOT as expected (3 to 4)"
    assert found[3].words == "absent: not measured, table store is not there"


@pytest.mark.parametrize("zone", ["America/Montreal", "Australia/Lord_Howe", "Asia/Kolkata", "Europe/Dublin", "UTC"])
def test_local_times_are_the_zones_in_the_period_and_outside(zone: str) -> None:
    period = Period(start=dt.date(2025, 3, 1), end=dt.date(2026, 10, 31), timezone=zone)
    hours = [dt.datetime(2023, 12, 30, tzinfo=dt.UTC) + dt.timedelta(minutes=30 * k) for k in range(2 * 24 * 366 * 4)]
    moments = pl.DataFrame({"moment": [*hours, None]}, schema={"moment": pl.Datetime("ms", "UTC")})
    connection = locked(memory_mb=200, threads=1)
    connection.register("moments", moments.to_arrow())
    rows = connection.execute(f"SELECT {local_time(period, 'moment')} FROM moments").fetchall()
    found = pl.Series([row[0] for row in rows])
    wanted = moments["moment"].dt.convert_time_zone(zone).dt.replace_time_zone(None)
    assert found.cast(wanted.dtype).equals(wanted, null_equal=True)
