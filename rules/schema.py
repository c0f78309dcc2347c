"""The JSON Schema of a rule book, for editors that complete and underline."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any


def book_schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of a rule book; every key has a description and an example.

    It says what the types say. What needs other columns (unknown names, circles) only `seedbed check` finds.
    """
    from pydantic.json_schema import GenerateJsonSchema

    from seedbed.rules.book import Book

    class Schema(GenerateJsonSchema):
        def field_title_should_be_set(self, schema: Any) -> bool:
            return False  # a title that only repeats the key is noise in an editor

        def sort(self, value: Any, parent_key: str | None = None) -> Any:
            return value  # keys in the order a person writes them

        def dict_schema(self, schema: Any) -> dict[str, Any]:
            found = super().dict_schema(schema)
            # A name that does not match the pattern is as wrong as an unknown key.
            return {**found, "additionalProperties": False} if "patternProperties" in found else found

    schema = Book.model_json_schema(by_alias=True, schema_generator=Schema)
    renamed = _in_words(schema, {name: _words(name) for name in schema["$defs"]})
    return {"$schema": GenerateJsonSchema.schema_dialect, **renamed}


def _words(name: str) -> str:
    """`IntegerRange` as `integer-range`: editors show the names of definitions to the person who writes."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "-", name).lower()


def _in_words(part: Any, names: Mapping[str, str]) -> Any:
    """The schema with its definitions, their titles and what refers to them renamed."""
    if isinstance(part, Mapping):
        found = {}
        for key, value in part.items():
            if key == "$ref" and isinstance(value, str):
                value = "#/$defs/" + names[value.rpartition("/")[2]]
            elif key == "title" and value in names:
                value = names[value]
            elif key == "mapping":
                value = {tag: "#/$defs/" + names[ref.rpartition("/")[2]] for tag, ref in value.items()}
            elif key == "$defs":
                value = {names[name]: _in_words(body, names) for name, body in value.items()}
            elif key not in {"examples", "default"}:
                value = _in_words(value, names)
            found[key] = value
        return _underscored(found)
    if isinstance(part, list):
        return [_in_words(value, names) for value in part]
    return part


_NUMBERS = {"integer": "^[-+]?[0-9][0-9_]*$", "number": r"^[-+]?[0-9][0-9_]*(\.[0-9_]*)?([eE][-+]?[0-9]+)?$"}


def _underscored(part: dict[str, Any]) -> dict[str, Any]:
    """Lets a number be written `10_000`, which YAML 1.2 and so editors call text, and the reader takes as a number."""
    pattern = _NUMBERS.get(str(part.get("type")))
    if pattern is None or "const" in part:
        return part
    words = "must be a whole number" if part["type"] == "integer" else "must be a number"
    return {**part, "type": [part["type"], "string"], "pattern": pattern, "patternErrorMessage": words}
