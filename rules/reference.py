"""The reference of the rule book's language in Markdown, written from the models: the second part of the guide."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
MOST_LINKS = 12


def book_reference() -> str:
    """Every key of a rule book with what it means, its default and an example, as Markdown."""
    from seedbed.rules.schema import book_schema

    schema = book_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    columns = {name: body for name, body in definitions.items() if _is_column(body)}
    lines = ["## The book", "", *_keys(schema["properties"], schema.get("required", ()))]
    told = set(columns)
    queue: list[Schema] = [schema, *columns.values()]
    sections: list[str] = []
    while queue:
        for name in _named(queue.pop(0)):
            if name in told:
                continue
            told.add(name)
            body = definitions[name]
            queue.append(body)
            if body.get("properties") and not _is_branch(name) and not _told_by(columns, body):
                sections += ["", f"### {_title(name)}", "", _line(body.get("description", "")), ""]
                sections += _keys(body["properties"], body.get("required", ()))
    lines += ["", *_columns(columns), "", "## The parts", *sections]
    return "\n".join(lines) + "\n"


def _is_branch(name: str) -> bool:
    """Whether a model is a branch of `cases`: it has the keys of the source it holds, told once there."""
    return bool(re.search(r"^when(?!-effect)|-(otherwise|value|source|when)$", name))


def _told_by(columns: Mapping[str, Schema], body: Schema) -> bool:
    """Whether the columns' own tables say all of a model: a source, which a branch of `cases` may hold too."""
    keys = {(name, part.get("description")) for name, part in body["properties"].items()}
    return any(
        keys <= {(name, part.get("description")) for name, part in column["properties"].items()}
        for column in columns.values()
    )


def _is_column(body: Schema) -> bool:
    properties = body.get("properties", {})
    return "about" in properties and "const" in properties.get("type", {})


def _columns(columns: Mapping[str, Schema]) -> Iterator[str]:
    from seedbed.rules.columns import SOURCE_KEYS, SOURCES

    yield "## Columns"
    yield ""
    yield "A column has a `type` and one source of its values:"
    yield ""
    yield "| type | sources |"
    yield "|---|---|"
    for kind, sources in SOURCES.items():
        meaning = next(body["properties"]["type"]["description"] for body in columns.values() if _kind(body) == kind)
        words = ", ".join(f"`{source}`" for source in sources) or "none: it numbers the rows"
        yield f"| `{kind}`: {_line(meaning)} | {words} |"
    bodies = list(columns.values())
    ordinary = [body for body in bodies if _kind(body) not in {"id"}]
    common = [key for key in ordinary[0]["properties"] if all(key in body["properties"] for body in ordinary)]
    yield ""
    yield "### Keys of every column"
    yield ""
    yield from _keys({key: ordinary[0]["properties"][key] for key in common if key != "type"}, ())
    for source in SOURCE_KEYS:
        members = [body for body in bodies if _source(body, SOURCE_KEYS) == source]
        meanings = dict.fromkeys(body["properties"][source]["description"] for body in members)
        for meaning in meanings:
            alike = [body for body in members if body["properties"][source]["description"] == meaning]
            kinds = ", ".join(dict.fromkeys(f"`{_kind(body)}`" for body in alike))
            merged: dict[str, Any] = {}
            for body in alike:
                merged.update({key: part for key, part in body["properties"].items() if key not in (*common, "type")})
            yield ""
            yield f"### Source `{source}` of {kinds}"
            yield ""
            required = set.intersection(*(set(body.get("required", ())) for body in alike))
            yield from _keys({key: merged[key] for key in sorted(merged, key=lambda key: key != source)}, required)
    numbers = next(body for body in bodies if _kind(body) == "id")
    yield ""
    yield "### Type `id`"
    yield ""
    yield from _keys({key: value for key, value in numbers["properties"].items() if key not in (*common, "type")}, ())


def _kind(body: Schema) -> str:
    return str(body["properties"]["type"]["const"])


def _source(body: Schema, keys: Iterable[str]) -> str | None:
    return next((key for key in keys if key in body["properties"]), None)


def _keys(properties: Mapping[str, Schema], required: Iterable[str]) -> Iterator[str]:
    needed = set(required)
    yield "| key | what it is | example |"
    yield "|---|---|---|"
    for name, body in properties.items():
        words = _line(body.get("description", ""))
        if name in needed:
            words += " Required."
        elif body.get("default") not in (None, [], {}, ()):
            words += f" Default `{_value(body['default'])}`."
        examples = body.get("examples", [])
        example = f"`{_value(examples[0])}`" if examples else ""
        parts = [f"[{_title(part)}](#{_anchor(part)})" for part in _named(body) if not _is_branch(part)]
        words += f" See {', '.join(parts)}." if 0 < len(parts) <= MOST_LINKS else ""
        yield f"| `{name}` | {_cell(words)} | {_cell(example)} |"


def _named(schema: Any) -> Iterator[str]:
    """Names of the definitions a schema refers to, in order, each once."""
    seen: dict[str, None] = {}
    stack = [schema]
    while stack:
        part = stack.pop()
        if isinstance(part, Mapping):
            if "$ref" in part:
                seen.setdefault(str(part["$ref"]).rpartition("/")[2])
            skipped = {"$defs", "examples", "default", "discriminator"}
            stack += reversed([value for key, value in part.items() if key not in skipped])
        elif isinstance(part, list):
            stack += reversed(part)
    yield from seen


def _title(name: str) -> str:
    return name.replace("-", " ").capitalize()


def _anchor(name: str) -> str:
    return _title(name).lower().replace(" ", "-")


def _line(text: str) -> str:
    return " ".join(text.split())


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _value(value: Any) -> str:
    """A value as a person writes it in YAML, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {_value(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_value(part) for part in value) + "]"
    if isinstance(value, str):
        plain = value and not set(value) & set(",:{}[]#&*!|>'\"%@`") and value == value.strip()
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
