"""Faults as a client writes them: short ones stand for sensible ones, units are known, the schema agrees."""

from __future__ import annotations

from pathlib import Path

import jsonschema
import pytest

from seedbed.core.documents import loads
from seedbed.core.errors import DocumentError
from seedbed.core.yaml_tree import parse
from seedbed.rules import Book, book_schema, check_book, load_book
from seedbed.rules.faults import KINDS
from seedbed.rules.reference import book_reference
from seedbed.rules.units import conversion, known_units, usual_other

BOOK = (Path(__file__).parent / "book.yaml").read_text(encoding="utf-8")
SCHEMA = book_schema()
MODELS = SCHEMA["properties"]["faults"]["items"]["discriminator"]["mapping"]
SHORT = {
    "stuck_value": "column: quantity, per: store",
    "frozen_clock": "column: sold_at",
    "heartbeat": "every: 500",
    "timezone_shift": "to: UTC",
    "dst_error": "",
    "late_arrival": "",
    "duplicate_rows": "",
    "missing_days": "days: 2, per: store",
    "missing_burst": "columns: [total, quantity]",
    "test_records": "",
    "mojibake": "of: store, column: manager, as: windows-1252",
    "unit_change": "column: total, factor: 100",
    "swapped_columns": "columns: [quantity, total]",
    "outlier": "column: total, where: promo and store.city = 'Laval'",
    "typo": "columns: [paid_by, quantity]",
    "truncated_text": "column: paid_by, length: 2",
    "category_drift": "column: paid_by, rename: {card: CARD}",
    "renamed_column": "column: quantity, to: qty",
}


def test_every_kind_has_a_short_form() -> None:
    assert set(SHORT) == set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_short_forms(kind: str) -> None:
    rest = SHORT[kind] if "of:" in SHORT[kind] else f"of: sale, {SHORT[kind]}"
    text = f"{BOOK}faults:\n  - {{kind: {kind}, {rest}}}\n"
    document = loads(text, Book)
    check_book(document)
    tree, _ = parse(text[text.index("faults:") :], "book.yaml")
    assert tree is not None
    schema = {"$ref": MODELS[kind], "$defs": SCHEMA["$defs"]}
    [fault] = tree.value["faults"]
    jsonschema.Draft202012Validator(schema).validate(
        {key: list(value) if isinstance(value, tuple) else value for key, value in fault.items()}
    )


def test_schema_tells_kinds_apart() -> None:
    assert set(MODELS) == set(KINDS)
    assert len(set(MODELS.values())) == len(KINDS)
    assert book_reference().count("\n| `kind` |") == len(KINDS)


def test_a_period_that_cannot_be_read_makes_no_further_problems(tmp_path: Path) -> None:
    (tmp_path / "book.yaml").write_text(
        BOOK.replace("end: 2026-12-31", "end: never")
        + "faults: [{kind: dst_error, of: sale}, {kind: timezone_shift, of: sale}, {kind: typo, of: sale}, 5]\n"
    )
    with pytest.raises(DocumentError) as caught:
        load_book(tmp_path / "book.yaml")
    assert [problem.path for problem in caught.value.problems] == ["period.end", "faults.2", "faults.3"]


def test_units() -> None:
    assert conversion("C", "fahrenheit") == (1.8, 32.0)
    factor, offset = conversion("°F", "°C") or (0, 0)
    assert 212 * factor + offset == pytest.approx(100)
    assert conversion("°C", "kg") is None
    assert usual_other("°C") == "°F"
    assert usual_other("lb") == "kg"
    assert usual_other("hats") is None
    for unit in known_units():
        there, back = conversion(unit, usual_other(unit) or ""), conversion(usual_other(unit) or "", unit)
        assert there is not None
        assert back is not None
        assert (7 * there[0] + there[1]) * back[0] + back[1] == pytest.approx(7)
