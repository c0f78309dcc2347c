"""The JSON Schema agrees with the models, and an editor finds words and an example for every key."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from seedbed.core.yaml_tree import parse
from seedbed.rules import book_schema, packs

BOOK = (Path(__file__).parent / "book.yaml").read_text(encoding="utf-8")
SCHEMA = book_schema()
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def _as_json(text: str) -> Any:
    """What an editor sees of a YAML text: dates are strings, sequences are arrays."""

    def plain(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: plain(one) for key, one in value.items()}
        if isinstance(value, tuple):
            return [plain(one) for one in value]
        return value.isoformat() if isinstance(value, dt.date) else value

    tree, _ = parse(text, "book.yaml")
    assert tree is not None
    return plain(tree.value)


def test_is_a_schema() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("name", sorted(packs()))
def test_packs_validate(name: str) -> None:
    VALIDATOR.validate(_as_json(packs()[name].read_text(encoding="utf-8")))


def _properties(node: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    if isinstance(node, dict):
        if node.get("type") == "object":
            for name, schema in node.get("properties", {}).items():
                yield (*path, name), schema
        for key, value in node.items():
            yield from _properties(value, (*path, key))
    elif isinstance(node, list):
        for value in node:
            yield from _properties(value, path)


def test_every_key_has_words_and_an_example_that_validates() -> None:
    count = 0
    for path, schema in _properties(SCHEMA):
        assert schema.get("description"), path
        assert schema.get("examples"), path
        count += 1
    assert count > 100


RIGHT = [
    ("range: period", "range: [2025-01-01, 2025-06-30]"),
    ("range: period", "range: [2025-01-01T08:00:00, 2025-06-30]"),
    ("{otherwise: 0}", "{otherwise: {range: [0, 1], typical: 0.5}}"),
    ("{otherwise: 0}", "{otherwise: {formula: quantity / 100}}"),
    ("{otherwise: 0}", "{otherwise: null}"),
    ("- when: {if: promo, factor: 1.8}", "- {season: {peak: 12-20, swing: 0.2}, by: sold_at}"),
    ("- season: {peak: 12-20, swing: 0.25}", '- hour: {8: 0.4, "17:30": 1.6}'),
    ("- season: {peak: 12-20, swing: 0.25}", "- holiday: {day: 0.1, before: {days: 3, factor: 1.5}}"),
    ("- when: {if: promo, factor: 1.8}", "- {trend: {per_year: 0.04}, by: sold_at}"),
    ("- when: {if: promo, factor: 1.8}", "- noise: {spread: 0.1}"),
    ("America/Montreal}", "America/Montreal, holidays: CA-QC}"),
    ("{type: id}", "{type: id, about: number of the receipt line}"),
]
WRONG = [
    ("seed: 7", "sead: 7"),
    ("rows: 87", "rows: many"),
    ("rows: 87", "rows: 0"),
    ("{type: integer, range", "{type: integr, range"),
    ("{type: integer, range", "{type: boolean, range"),
    ("typical: 1500", "typicl: 1500"),
    ("typical: 1500", "choices: {a: 1}"),
    ("[400, 6000]", "[400, 6000, 1]"),
    ("[400, 6000]", "[400.5, 6000]"),
    ("{card: 70, cash: 22, voucher: 8}", "[[card], cash]"),
    ("{card: 70, cash: 22, voucher: 8}", "{card: -1}"),
    ("range: period", "range: perod"),
    ("range: [1992-01-01", "range: [someday"),
    ("chance: 0.12", "chance: 12"),
    ("peak: 12-20", "peak: 20.12."),
    ("{otherwise: 0}", "{otherwise: free}"),
    ("- when: {if: promo, factor: 1.8}", "- hour: {8: 0.4, 24: 1}"),
    ("- season: {peak: 12-20, swing: 0.25}", "- noise: {spread: 0.1}"),
    ("- season: {peak: 12-20, swing: 0.25}", "- holiday: {before: {days: 0, factor: 1}}"),
    ("America/Montreal}", "America/Montreal, holidays: Quebec}"),
    ("      city:", "      my city:"),
    ("      promo:", "      trend: {per_year: 1}\n      promo:"),
]


@pytest.mark.parametrize(("old", "new"), RIGHT, ids=[new for _, new in RIGHT])
def test_right(old: str, new: str) -> None:
    assert old in BOOK
    VALIDATOR.validate(_as_json(BOOK.replace(old, new, 1)))


@pytest.mark.parametrize(("old", "new"), WRONG, ids=[new for _, new in WRONG])
def test_wrong(old: str, new: str) -> None:
    assert old in BOOK
    assert not VALIDATOR.is_valid(_as_json(BOOK.replace(old, new, 1)))


@pytest.mark.parametrize(("rows", "right"), [(10, True), ("10_000", True), ("10,000", False), ("many", False)])
def test_editors_take_underscores_in_numbers(rows: object, right: bool) -> None:
    # YAML 1.2 calls 10_000 text: that is what an editor validates.
    book = {"seedbed": "book/1", "name": "b", "tables": {"t": {"rows": rows, "columns": {"i": {"type": "id"}}}}}
    assert jsonschema.Draft202012Validator(book_schema()).is_valid(book) == right
