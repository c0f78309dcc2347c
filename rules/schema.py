"""The JSON Schema of a rule book, for editors that complete and underline."""

from __future__ import annotations

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
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}
