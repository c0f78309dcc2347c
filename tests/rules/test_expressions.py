"""Expressions: what they compute, what they refuse and where, and that rows never influence each other."""

from __future__ import annotations

import datetime as dt
import math
import pickle
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seedbed.core.errors import DataError
from seedbed.rules import Expression, ExpressionError
from seedbed.rules.functions import FUNCTIONS, REFUSED

FRAME = pl.DataFrame(
    {
        "quantity": pl.Series([1, 2, None, 12], dtype=pl.Int64),
        "product.price": [1.5, 0.0, 2.0, None],
        "promo": [True, False, None, True],
        "city": pl.Series(["Laval", "Quebec", None, "Laval"], dtype=pl.Categorical),
        "name": ["Ada B", "o'Neil", None, ""],
        "order": [1, 2, 3, 4],
        "date": [dt.date(2025, 1, 31), dt.date(2024, 2, 29), None, dt.date(2025, 12, 28)],
        "sold_at": [dt.datetime(2025, 1, 31, 9, 5), None, dt.datetime(2025, 6, 1), dt.datetime(2025, 12, 28, 23, 59)],
    }
)

VALUES: list[tuple[str, list[Any]]] = [
    ("quantity * product.price * (1 - 0.1)", [1.35, 0.0, None, None]),
    ("quantity + 1", [2, 3, None, 13]),
    ("quantity - - 1", [2, 3, None, 13]),
    ("-quantity * 2", [-2, -4, None, -24]),
    ("quantity / 4", [0.25, 0.5, None, 3.0]),
    ("quantity // 5", [0.0, 0.0, None, 2.0]),
    ("quantity % 5", [1, 2, None, 2]),
    # division by zero is missing, inside conditions too
    ("quantity / 0", [None] * 4),
    ("quantity % 0", [None] * 4),
    ("mod(quantity, 0)", [None] * 4),
    ("quantity // (order - order)", [None] * 4),
    ("1 / product.price > 0.1", [True, None, True, None]),
    ("sqrt(0 - order)", [None] * 4),
    ("ln(product.price)", [math.log(1.5), None, math.log(2.0), None]),
    # types that would wrap around in 8 or 32 bits
    ("month(date) * 100", [100, 200, None, 1200]),
    ("length(name) - 100", [-95, -94, None, -100]),
    ("extract(day from date) * 1000", [31000, 29000, None, 28000]),
    ("if(promo, 100000, 1) * 100000", [10**10, 100000, 100000, 10**10]),
    ("case when promo then 100000 else 1 end * 100000", [10**10, 100000, 100000, 10**10]),
    ("power(quantity, -1)", [1.0, 0.5, None, 1 / 12]),
    ("power(10, 12) * order", [1e12, 2e12, 3e12, 4e12]),
    # three-valued logic
    ("promo and quantity > 1", [False, False, None, True]),
    ("promo or true", [True] * 4),
    ("not promo", [False, True, None, False]),
    ("not not promo", [True, False, None, True]),
    ("promo is true", [True, False, False, True]),
    ("promo is not true", [False, True, True, False]),
    ("promo is false", [False, True, False, False]),
    ("promo is not false and quantity is not null", [True, False, False, True]),
    ("quantity is null", [False, False, True, False]),
    ("quantity in (1, 12)", [True, False, None, True]),
    ("quantity not in (1, 12)", [False, True, None, False]),
    ("quantity between 2 and 12", [False, True, None, True]),
    ("quantity not between 2 and 12", [True, False, None, False]),
    ("quantity <> 1", [False, True, None, True]),
    ("quantity != 1", [False, True, None, True]),
    ("quantity == 1", [True, False, None, False]),
    # categories behave as text
    ("city = 'Laval'", [True, False, None, True]),
    ("city = 'nowhere'", [False, False, None, False]),
    ("city > 'M'", [False, True, None, False]),
    ("upper(city) || '!'", ["LAVAL!", "QUEBEC!", None, "LAVAL!"]),
    ("city like 'L%'", [True, False, None, True]),
    ("city ilike 'l%'", [True, False, None, True]),
    ("city ~ '^[LM]'", [True, False, None, True]),
    ("city !~ '^[LM]'", [False, True, None, False]),
    ("coalesce(city, 'none')", ["Laval", "Quebec", "none", "Laval"]),
    ("case city when 'Laval' then 1 when 'Quebec' then 2 end", [1, 2, None, 1]),
    ("case when city = 'Laval' then 'L' else city end", ["L", "Quebec", None, "L"]),
    ("name = 'o''Neil'", [False, True, None, False]),
    ("lower(replace(name, ' ', '.')) || '@x.org'", ["ada.b@x.org", "o'neil@x.org", None, "@x.org"]),
    ("substr(name, 1, 2)", ["Ad", "o'", None, ""]),
    ("starts_with(name, 'A')", [True, False, None, False]),
    ("cast(quantity as text) || 'x'", ["1x", "2x", None, "12x"]),
    ("cast(name as integer)", [None] * 4),
    ("cast(product.price as integer)", [1, 0, 2, None]),
    # words of SQL as column names
    ("order * 2", [2, 4, 6, 8]),
    ('"order" * 2', [2, 4, 6, 8]),
    ("date", [dt.date(2025, 1, 31), dt.date(2024, 2, 29), None, dt.date(2025, 12, 28)]),
    # dates
    ("date + interval '1 month'", [dt.date(2025, 2, 28), dt.date(2024, 3, 29), None, dt.date(2026, 1, 28)]),
    ("date >= date '2025-01-31'", [True, False, None, True]),
    ("date >= date '20250131'", [True, False, None, True]),
    ("sold_at > timestamp '2025-06-01 00:00'", [False, None, False, True]),
    ("cast(sold_at as date)", [dt.date(2025, 1, 31), None, dt.date(2025, 6, 1), dt.date(2025, 12, 28)]),
    ("hour(sold_at) * 100 + minute(sold_at)", [905, None, 0, 2359]),
    ("dayofweek(date)", [5, 4, None, 0]),
    ("strftime(date, '%Y-%m')", ["2025-01", "2024-02", None, "2025-12"]),
    # no column at all
    ("1 + 1", [2] * 4),
    ("'a'", ["a"] * 4),
    ("null", [None] * 4),
    ("round(2.675, 2)", [2.68] * 4),
    ("round(pi(), 3)", [3.142] * 4),
    ("0.1 + 0.2", [0.1 + 0.2] * 4),
    ("1e400", [None] * 4),
    ("greatest(order, 2, 3)", [3, 3, 3, 4]),
    ("nullif(order, 2)", [1, None, 3, 4]),
    ("coalesce(1, quantity)", [1] * 4),
    ("coalesce(1, quantity) + order", [2, 3, 4, 5]),
    ("coalesce(null, quantity)", [1, 2, None, 12]),
    ("case when promo then null else 2 end", [None, 2, 2, None]),
]


@pytest.mark.parametrize(("text", "expected"), VALUES, ids=[text for text, _ in VALUES])
def test_value(text: str, expected: list[Any]) -> None:
    found = Expression.parse(text).evaluate(FRAME).to_list()
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        assert one == (pytest.approx(other, rel=1e-12) if isinstance(other, float) else other)


REFUSALS: list[tuple[str, int, str]] = [
    # files, statements, other rows, other runs
    ("read_csv('/etc/passwd')", 0, "cannot read files"),
    ("1 + read_parquet('x')", 4, "cannot read files"),
    ("READ_CSV('/etc/passwd')", 0, "cannot read files"),
    ("quantity; drop table sale", 8, "second statement"),
    ("1;", 1, "second statement"),
    ("(select 1)", 1, "sub-queries"),
    ("select 1", 0, "sub-queries"),
    ("select * from read_csv('x')", 0, "sub-queries"),
    ("quantity in (select 1)", 13, "sub-queries"),
    ("exists(select 1)", 0, "sub-queries"),
    ("any(select 1)", 0, "sub-queries"),
    ("with x as (select 1) select 1", 0, "sub-queries"),
    ("copy sale to 'x'", 0, "sub-queries"),
    ("1 union all select 2", 2, "sub-queries"),
    ("1 from sale", 2, "expected an operator"),
    ("sum(quantity)", 0, "other rows"),
    ("quantity - avg(quantity)", 11, "other rows"),
    ("row_number() over (order by quantity)", 0, "other rows"),
    ("quantity over (partition by city)", 9, "other rows"),
    ("lag(quantity)", 0, "other rows"),
    ("unnest(quantity)", 0, "other rows"),
    ("columns('^a$')", 0, "other rows"),
    ("random()", 0, "another value"),
    ("now()", 0, "another value"),
    ("current_date", 0, "another value"),
    ("getenv('HOME')", 0, "cannot read files"),
    ("quantity -- comment", 9, "comments"),
    ("quantity /* comment */", 9, "comments"),
    # grammar
    ("", 0, "empty"),
    ("   ", 0, "empty"),
    ("quantity +", 10, "ends too early"),
    ("(quantity", 9, "ends too early"),
    ("quantity)", 8, "expected an operator"),
    ("quantity quantity", 9, "expected an operator"),
    ("quantity as x", 9, "expected an operator"),
    ("*", 0, "expected a value"),
    ("count(*)", 0, "other rows"),
    ("round(*)", 6, "names no column"),
    ("1 < quantity < 5", 13, "do not chain"),
    ("quantity = null", 9, "never holds"),
    ("null = quantity", 5, "never holds"),
    ("quantity ^ 2", 9, "expected an operator"),
    ("quantity ** 2", 9, "expected an operator"),
    ("quantity::int", 8, "expected an operator"),
    ("'open", 0, "never closed"),
    ('"open', 0, "never closed"),
    ("a $1", 2, "no place"),
    ("`a`", 0, "no place"),
    ("[1, 2]", 0, "no place"),
    ("{'a': 1}", 0, "no place"),
    ("é", 0, "no place"),
    ("a\x00b", 1, "no place"),
    ("(1, 2)", 2, "only after IN"),
    ("case end", 5, "expected a value"),
    ("case when promo then 1", 22, "ends too early"),
    ("case promo else 1 end", 11, "after CASE"),
    ("x'ab'", 1, "expected an operator"),
    ('"^.*$"', 0, "not a column's name"),
    ('"a b"', 0, "not a column's name"),
    ("a.", 1, "expected an operator"),
    (".a", 0, "expected a value"),
    # arguments
    ("rund(1)", 0, "did you mean 'round'"),
    ("lpad(name, 1000000000, 'x')", 0, "unknown function"),
    ("repeat(name, 1000000000)", 0, "unknown function"),
    ("left(name)", 0, "takes 2 arguments"),
    ("round()", 6, "expected a value"),
    ("round(1, 2, 3)", 0, "takes 1 to 2 arguments"),
    ("coalesce(1)", 0, "at least 2 arguments"),
    ("replace(name, 'a', 'aaaa')", 8, "not longer"),
    ("replace(name, '', '')", 8, "not longer"),
    ("replace(name, name, 'a')", 8, "not longer"),
    ("cast(1 as blob)", 10, "unknown type"),
    ("cast(1)", 6, "'AS'"),
    ("extract(dy from date)", 8, "unknown part"),
    ("date '2025-02-30'", 5, "not a date"),
    ("timestamp '2025-01-01T00:00:00Z'", 10, "not a timestamp"),
    ("interval '1 fortnight'", 9, "not an interval"),
    ("name ~ '['", 7, "not a regular expression"),
    ("name like city", 10, "a pattern in quotes"),
    ("99999999999999999999", 0, "too large"),
    ("(" * 40 + "1" + ")" * 40, 16, "too deeply"),
    ("1" + " + 1" * 400, 1200, "too long"),
    ("not " * 700 + "promo", 2400, "too long"),
]


@pytest.mark.parametrize(("text", "offset", "words"), REFUSALS, ids=[text[:40] for text, _, _ in REFUSALS])
def test_refused_at_its_place(text: str, offset: int, words: str) -> None:
    with pytest.raises(ExpressionError) as refusal:
        Expression.parse(text)
    assert words in refusal.value.message
    assert refusal.value.offset == offset


def test_known_and_refused_functions_are_apart() -> None:
    assert not set(FUNCTIONS) & set(REFUSED)


@pytest.mark.parametrize("name", sorted(FUNCTIONS))
def test_every_function_runs(name: str) -> None:
    """Each function of the list is one that polars has, with its fewest and its most arguments."""
    samples: dict[str, tuple[str, ...]] = {
        "replace": ("name", "'a'", "'b'"),
        "strftime": ("date", "'%Y'"),
        "if": ("promo", "1", "2"),
    }
    text = {"upper", "lower", "trim", "ltrim", "rtrim", "initcap", "left", "right", "length", "substr", "substring"}
    both_text = {"starts_with", "ends_with", "strpos", "concat"}
    moments = {"year", "quarter", "month", "week", "day", "dayofweek", "dayofyear", "hour", "minute", "second"}
    function = FUNCTIONS[name]
    for count in {function.least, function.most or function.least}:
        if name in samples:
            arguments = samples[name]
        elif name in moments:
            arguments = ("sold_at",)
        elif name in both_text:
            arguments = ("name", "'a'")
        else:
            arguments = ("name" if name in text else "product.price", *["1"] * (count - 1))[:count]
        values = Expression.parse(f"{name}({', '.join(arguments)})").evaluate(FRAME)
        assert len(values) == FRAME.height


def test_columns_and_their_places() -> None:
    expression = Expression.parse("quantity * product.price + store.region.vat * quantity")
    assert expression.columns == {"quantity", "product.price", "store.region.vat"}
    assert expression.offsets == {"quantity": 0, "product.price": 11, "store.region.vat": 27}


def test_crosses_processes() -> None:
    expression = pickle.loads(pickle.dumps(Expression.parse("quantity * 2")))
    assert expression == Expression.parse("quantity * 2")
    assert expression.evaluate(FRAME).to_list() == [2, 4, None, 24]


def test_a_column_that_is_absent_is_named() -> None:
    with pytest.raises(DataError, match="store.city"):
        Expression.parse("store.city").evaluate(FRAME)


def test_values_that_do_not_fit() -> None:
    with pytest.raises(DataError, match="does not fit"):
        Expression.parse("name * 2").evaluate(FRAME)


def test_condition_holds_only_where_true() -> None:
    assert Expression.parse("promo").holds(FRAME).to_list() == [True, False, False, True]


def test_empty_block() -> None:
    assert Expression.parse("quantity * 2").evaluate(FRAME.clear()).to_list() == []
    assert Expression.parse("1").evaluate(FRAME.clear()).to_list() == []


# A second, independent reading of the same grammar: DuckDB, locked, on the same rows.

NUMBERS = st.sampled_from(["a", "b", "p.x", "1", "2.5", "0", "7"])


def _joined(parts: tuple[str, str, str]) -> str:
    return f"{parts[0]} {parts[1]} {parts[2]}"


NUMERIC = st.recursive(
    NUMBERS,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*", "/"]), inner).map(_joined),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"- ({text})"),
        inner.map(lambda text: f"abs({text})"),
        st.tuples(inner, inner).map(lambda pair: f"coalesce({pair[0]}, {pair[1]})"),
    ),
    max_leaves=6,
)
COMPARED = st.one_of(
    st.tuples(NUMERIC, st.sampled_from(["=", "<>", "<", "<=", ">", ">="]), NUMERIC).map(_joined),
    NUMERIC.map(lambda text: f"{text} is null"),
    NUMERIC.map(lambda text: f"{text} is not null"),
    st.tuples(NUMERIC, NUMBERS, NUMBERS).map(lambda t: f"{t[0]} between {t[1]} and {t[2]}"),
    st.tuples(NUMERIC, NUMBERS, NUMBERS).map(lambda t: f"{t[0]} not in ({t[1]}, {t[2]})"),
    st.sampled_from(["t", "s = 'x'", "s like 'x%'", "s || 'y' = 'xy'"]),
)
LOGICAL = st.recursive(
    COMPARED,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["and", "or"]), inner).map(_joined),
        inner.map(lambda text: f"({text})"),
        inner.map(lambda text: f"not {text}"),
    ),
    max_leaves=5,
)
CASES = st.tuples(LOGICAL, NUMERIC, NUMERIC).map(lambda t: f"case when {t[0]} then {t[1]} else {t[2]} end")

ROWS = pl.DataFrame(
    {
        "a": pl.Series([1, 2, None, -3, 0, 5], dtype=pl.Int64),
        "b": [0.5, None, 2.5, -1.0, 0.0, 7.0],
        "p.x": [2.0, 1.0, None, 0.0, -2.5, 7.0],
        "t": [True, None, False, True, False, None],
        "s": ["x", "xy", None, "", "y", "x"],
    }
)


@pytest.fixture(scope="module")
def duck() -> Any:
    import duckdb

    connection = duckdb.connect()
    connection.execute("create table p (a bigint, b double, x double, t boolean, s varchar)")
    connection.executemany("insert into p values (?, ?, ?, ?, ?)", ROWS.rows())
    connection.execute("set ieee_floating_point_ops = false; set error_on_division_by_zero = false")
    connection.execute("set enable_external_access = false; set lock_configuration = true")
    return connection


@settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.one_of(NUMERIC, LOGICAL, CASES))
def test_agrees_with_duckdb(text: str, duck: Any) -> None:
    # DuckDB reads 2.5 as a decimal and overflows on its digits; as a double it is what we compute.
    found = Expression.parse(text).evaluate(ROWS).to_list()
    rows = duck.execute(f"select {text.replace('2.5', '2.5e0')} from p").fetchall()
    for one, (other,) in zip(found, rows, strict=True):
        if other is None or (isinstance(other, float) and not math.isfinite(other)):
            assert one is None
        elif isinstance(other, bool):
            assert one is other
        else:
            assert one == pytest.approx(float(other), rel=1e-9, abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(text=st.one_of(NUMERIC, LOGICAL, CASES), cut=st.integers(0, 600))
def test_block_size_does_not_matter(text: str, cut: int) -> None:
    expression = Expression.parse(text)
    frame = pl.concat([ROWS] * 100)
    whole = expression.evaluate(frame)
    parts = [expression.evaluate(frame[:cut]), expression.evaluate(frame[cut:])]
    joined = pl.concat([part.cast(whole.dtype) for part in parts])
    assert joined.equals(whole, null_equal=True)


PIECES = """
a b p.x 1 2.5 'x' ( ) , + - * / // % = < > <> and or not case when then else end in is null like between select from
sum( round( read_csv( ; -- /* . ~ || cast( as integer interval date
"""


@settings(max_examples=200, deadline=None)
@given(st.lists(st.sampled_from(PIECES.split()), max_size=12).map(" ".join))
def test_any_text_is_an_expression_or_refused(text: str) -> None:
    try:
        expression = Expression.parse(text)
    except ExpressionError as error:
        assert 0 <= error.offset <= len(text)
        return
    try:
        if expression.columns <= set(ROWS.columns):
            assert len(expression.evaluate(ROWS)) == ROWS.height
    except DataError:
        pass
