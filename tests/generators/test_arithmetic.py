"""Trees computed in numpy give what polars gives, bit for bit."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from seedbed.generators.arithmetic import computed
from seedbed.generators.blocks import Block, ColumnMaker, TableMaker
from seedbed.generators.calendars import Zone
from seedbed.generators.forms import Form
from seedbed.generators.formulas import Condition, Evaluator, FormulaMaker, from_result, from_series
from seedbed.generators.sources import RowMaker
from seedbed.generators.targets import Target
from seedbed.generators.values import Values, Words
from seedbed.rules import Expression
from seedbed.rules.arithmetic import tree_of

UTC = Zone("UTC")
ROWS = 40
NUMBERS = ("a", "b", "x", "y", "price")
TRUTHS = ("p", "q")


def block_of_all_types() -> Block:
    random = np.random.Generator(np.random.PCG64(3))
    valid = random.random(ROWS) < 0.8
    columns: dict[str, tuple[Form, Values]] = {
        "a": (Form("integer", UTC), Values(random.integers(-9, 10, ROWS))),
        "b": (Form("integer", UTC), Values(random.integers(-(2**62), 2**62, ROWS), valid)),
        "x": (Form("number", UTC), Values(random.normal(0, 10, ROWS), ~valid)),
        "y": (Form("number", UTC), Values(np.append(random.normal(0, 1e300, ROWS - 2), [0.0, -0.0]))),
        "price": (Form("decimal", UTC, places=2), Values(random.integers(-99, 10**6, ROWS), random.random(ROWS) < 0.7)),
        "p": (Form("boolean", UTC), Values(random.random(ROWS) < 0.5)),
        "q": (Form("boolean", UTC), Values(random.random(ROWS) < 0.5, valid)),
        "city": (Form("category", UTC), Values(random.integers(0, 2, ROWS), valid, Words.of(["Laval", "l'Ile"]))),
    }
    table = TableMaker("t", ROWS, {name: ColumnMaker(RowMaker(), form) for name, (form, _) in columns.items()})
    block = table.block(0, ROWS)
    block.fill({name: values for name, (_, values) in columns.items()})
    return block


BLOCK = block_of_all_types()
LITERALS = st.sampled_from(["0", "1", "3", "100", "3000000000", "0.1", "2.5", "1e308", "0.0", "7e-3"])


def numbers(depth: int) -> st.SearchStrategy[str]:
    leaf = st.one_of(st.sampled_from(NUMBERS), LITERALS)
    if not depth:
        return leaf
    below = numbers(depth - 1)
    joined = st.tuples(below, st.sampled_from("+-*/"), below).map(lambda parts: f"({' '.join(parts)})")
    return st.one_of(leaf, joined, below.map(lambda text: f"(- {text})"))


def truths(depth: int) -> st.SearchStrategy[str]:
    compared = st.tuples(numbers(1), st.sampled_from(["=", "<>", "!=", "<", "<=", ">", ">="]), numbers(1)).map(" ".join)
    city = st.sampled_from(["city = 'Laval'", "'l''Ile' <> city", "city = 'nowhere'", "city <> 'Laval'"])
    leaf = st.one_of(compared, city, st.sampled_from(TRUTHS), st.sampled_from(["x is null", "city is not null"]))
    if not depth:
        return leaf
    below = truths(depth - 1)
    joined = st.tuples(below, st.sampled_from(["and", "or"]), below).map(lambda parts: f"({' '.join(parts)})")
    return st.one_of(leaf, joined, below.map(lambda text: f"not ({text})"))


def bits(values: Values) -> tuple[Any, ...]:
    valid = np.ones(len(values), np.bool_) if values.valid is None else values.valid
    return values.data.dtype, np.where(valid, values.data, 0).tobytes(), valid.tobytes()


@settings(max_examples=300, deadline=None)
@given(numbers(3), st.sampled_from(["number", "integer", "decimal"]))
def test_numbers_are_those_of_polars(text: str, type: str) -> None:
    target = Target("t", "f", type, 2, UTC)
    evaluator = Evaluator(target, Expression.parse(text))
    found = evaluator.numbers(BLOCK)
    values = None if found is None else from_result(target, found)
    if values is not None:
        assert bits(values) == bits(from_series(target, evaluator.of(BLOCK))), text


@settings(max_examples=300, deadline=None)
@given(truths(2))
def test_truths_are_those_of_polars(text: str) -> None:
    target = Target("t", "f", "boolean", 0, UTC)
    evaluator = Evaluator(target, Expression.parse(text))
    found = evaluator.numbers(BLOCK)
    if found is not None:
        values = from_result(target, found)
        assert values is not None
        series = evaluator.of(BLOCK)
        assert bits(values) == bits(from_series(target, series)), text
        held = series.cast(pl.Boolean).fill_null(False).to_numpy()
        assert np.array_equal(Condition(evaluator, None).holds(BLOCK), held)


@pytest.mark.parametrize(
    "text",
    [
        "a * price * (1 - x)",
        "not p or price > 0",
        "a + 2 * x - price / 3",
        "a / price",
        "p and not q or x is not null",
        "city = 'Laval' and a > 3",
    ],
)
def test_usual_formulas_have_a_tree(text: str) -> None:
    tree = tree_of(text)
    assert tree is not None
    assert len(computed(tree, BLOCK).data) == ROWS


@pytest.mark.parametrize(
    "text",
    [
        "round(x)",
        "1 + 2",
        "a * (100000 * 100000)",
        "case when p then 1 else 0 end",
        "a in (1, 2)",
        "a between 1 and 2",
        "a % 3",
        "city || 'x'",
        "year(d)",
        "d > date '2025-01-31'",
        "city like 'L%'",
        "p = true",
        "'a' = 'b'",
    ],
)
def test_others_have_none(text: str) -> None:
    assert tree_of(text) is None


def test_a_formula_of_a_column_alone_is_not_written_over() -> None:
    before = BLOCK.get("y").data.copy()
    FormulaMaker(Evaluator(Target("t", "f", "decimal", 2, UTC), Expression.parse("y"))).make(BLOCK)
    assert np.array_equal(BLOCK.get("y").data, before)
