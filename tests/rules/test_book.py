"""Models, packs, and what the generators ask of a book."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

import seedbed.rules
from seedbed.core.documents import loads
from seedbed.core.errors import SeedbedError
from seedbed.rules import Book, IdFormat, Table, load_book, notes, pack, packs
from seedbed.rules.column_types import IdColumn
from seedbed.rules.computed_columns import DecimalCases
from seedbed.rules.drawn_columns import CategoryChoices, IntegerRange
from seedbed.rules.effects import PerEffect, WhenEffect
from seedbed.rules.fakers import gives_text, locales, providers
from seedbed.rules.periods import Period
from seedbed.rules.scope import circles, kind_of, order, resolve, sources_of
from seedbed.rules.sources import DateRange, DatetimeRange, NumberRange


@pytest.fixture(scope="module")
def grocery() -> Book:
    return load_book(pack("grocery")).value


def test_packs() -> None:
    assert list(packs()) == ["construction", "grocery", "sensors", "support"]
    for path in packs().values():
        document = load_book(path)
        assert document.value.name == path.stem
        assert notes(document) == []
    with pytest.raises(SeedbedError, match="did you mean 'grocery'"):
        pack("grocry")


def test_grocery_holds_the_sales_of_the_design(grocery: Book) -> None:
    rows = {name: table.rows for name, table in grocery.tables.items()}
    assert rows | {"store": 87, "product": 2000, "sale": 10_000_000} == rows
    sale = grocery.tables["sale"]
    wanted = ["sale_id", "store", "product", "sold_at", "promo", "quantity", "discount", "total", "paid_by"]
    assert [name for name in sale.columns if name in wanted] == wanted
    quantity = sale.columns["quantity"]
    assert isinstance(quantity, IntegerRange)
    assert isinstance(quantity, NumberRange)
    assert [type(effect) for effect in quantity.effects] == [WhenEffect, PerEffect]
    discount = sale.columns["discount"]
    assert isinstance(discount, DecimalCases)
    assert [place for place, _ in sources_of(discount)] == [("cases", 0), ("cases", 1, "otherwise")]


def test_order_follows_needs_and_keeps_the_clients_order(grocery: Book) -> None:
    sale = grocery.tables["sale"]
    assert order(sale) == tuple(sale.columns)
    backwards = Table(rows=1, columns=dict(reversed(sale.columns.items())))
    found = order(backwards)
    assert sorted(found) == sorted(sale.columns)
    places = {name: place for place, name in enumerate(found)}
    assert max(places["quantity"], places["product"], places["discount"]) < places["total"]
    assert max(places["promo"], places["store"]) < places["quantity"]
    assert places["promo"] < places["discount"]


def test_paths_and_kinds(grocery: Book) -> None:
    price = resolve(grocery, "sale", "product.price")
    assert price is not None
    assert (price.table, price.name, kind_of(grocery, price.column)) == ("product", "price", "number")
    assert resolve(grocery, "sale", "quantity.price") is None
    assert resolve(grocery, "sale", "product.prise") is None
    sale = grocery.tables["sale"]
    kinds = {name: kind_of(grocery, column) for name, column in sale.columns.items()}
    assert kinds["sale_id"] == "integer"
    assert kinds["store"] == "text"
    assert kinds["sold_at"] == "datetime"
    assert kinds["promo"] == "boolean"
    assert kinds["paid_by"] == "text"


@given(st.integers(0, 10**12), st.integers(0, 20), st.text("ab{}é ", max_size=4), st.text("ab{}é ", max_size=4))
def test_id_format_is_what_python_formats(number: int, width: int, prefix: str, suffix: str) -> None:
    double = str.maketrans({"{": "{{", "}": "}}"})
    text = prefix.translate(double) + (f"{{:0{width}d}}" if width else "{}") + suffix.translate(double)
    assert IdFormat.parse(text).render(number) == text.format(number)


@pytest.mark.parametrize("text", ["{:d}", "{:05}", "{:05d}", "{}", "a{{b}}{:d}"])
def test_id_format_takes(text: str) -> None:
    assert IdFormat.parse(text).render(42) == text.format(42)


@pytest.mark.parametrize(
    "text", ["", "{{}}", "{0}", "{x}", "{!r}", "{:x}", "{:5d}", "{:+d}", "{:,}", "{} {}", "}", "{:{}}"]
)
def test_id_format_refuses(text: str) -> None:
    with pytest.raises(ValueError, match="format|placeholder"):
        IdFormat.parse(text)


def test_notes_say_that_ids_outgrow_their_format() -> None:
    text = 'seedbed: book/1\nname: x\ntables: {t: {rows: 1200, columns: {id: {type: id, format: "S{:03d}"}}}}'
    document = loads(text, Book)
    assert isinstance(document.value.tables["t"].columns["id"], IdColumn)
    assert notes(document) == ["t.id: 'S{:03d}' has 3 digits and 1200 rows need 4; ids grow longer, up to 'S1200'"]


def test_bounds_of_dates() -> None:
    day, moment = dt.date, dt.datetime
    period = Period(start=day(2025, 1, 1), end=day(2025, 12, 31))
    assert DateRange(range="period").bounds(period) == (day(2025, 1, 1), day(2025, 12, 31))
    assert DatetimeRange(range="period").bounds(period) == (moment(2025, 1, 1), moment(2026, 1, 1))
    one_day = DatetimeRange(range=(day(2025, 3, 1), day(2025, 3, 1)), typical=day(2025, 3, 1))
    assert one_day.bounds(None) == (moment(2025, 3, 1), moment(2025, 3, 2))
    assert one_day.mode == moment(2025, 3, 1, 12)
    hours = DatetimeRange(range=(moment(2025, 3, 1, 8), moment(2025, 3, 1, 20)))
    assert hours.bounds(period) == (moment(2025, 3, 1, 8), moment(2025, 3, 1, 20))


def test_circles() -> None:
    assert circles({"a": "b", "b": "c", "c": ""}) == []
    assert circles({"a": "a", "b": ""}) == [["a"]]
    assert circles({"x": "a", "a": "b", "b": "c", "c": "a"}) == [["a", "b", "c"]]
    assert sorted(map(sorted, circles({"a": "b", "b": "a", "c": "d", "d": "c"}))) == [["a", "b"], ["c", "d"]]


@given(st.dictionaries(st.sampled_from("abcdef"), st.frozensets(st.sampled_from("abcdef")), max_size=6))
def test_circles_are_circles_and_breaking_them_leaves_none(graph: dict[str, frozenset[str]]) -> None:
    found = circles(graph, most=100)
    for circle in found:
        for one, next_one in zip(circle, [*circle[1:], circle[0]], strict=True):
            assert next_one in graph[one]
    left = {node: set(needs) for node, needs in graph.items()}
    for circle in found:
        left[circle[0]].discard(circle[1] if len(circle) > 1 else circle[0])
    assert circles(left) == []


def test_fakers() -> None:
    assert {"fr_CA", "en_US", "ja_JP"} <= set(locales())
    assert {"name", "company", "city", "email", "phone_number"} <= providers("fr_CA")
    refused = {"date", "pyint", "random_int", "seed_instance", "add_provider", "binary", "uuid1", "profile", "enum"}
    assert not providers("en_US") & refused
    assert gives_text("fr_CA", "name")
    assert not gives_text("en_US", "boolean")


def test_importing_the_room_imports_nothing_heavy() -> None:
    code = (
        "import sys, seedbed.rules; "
        "heavy = {'pydantic', 'polars', 'duckdb', 'faker', 'ruamel', 'numpy'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_checking_a_book_without_names_needs_no_faker() -> None:
    code = (
        "import sys\nfrom seedbed.core.documents import loads\nfrom seedbed.rules import Book, check_book\n"
        "check_book(loads('seedbed: book/1\\nname: x\\ntables: {t: {rows: 1, columns: {id: {type: id}}}}', Book))\n"
        "assert 'faker' not in sys.modules and 'polars' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_public_names() -> None:
    for name in seedbed.rules.__all__:
        assert getattr(seedbed.rules, name) is not None
    with pytest.raises(AttributeError):
        _ = seedbed.rules.nothing


def test_a_list_of_choices_has_equal_weights() -> None:
    text = "seedbed: book/1\nname: b\ntables: {t: {rows: 3, columns: {c: {type: category, choices: [a, b]}}}}\n"
    column = loads(text, Book).value.tables["t"].columns["c"]
    assert isinstance(column, CategoryChoices)
    assert column.choices == {"a": 1.0, "b": 1.0}
