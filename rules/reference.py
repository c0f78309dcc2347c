"""The reference of the rule book's language in Markdown, written from the models: the second part of the guide."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from seedbed.core.reference import Schema, keys, line, named, title_of


def book_reference() -> str:
    """Every key of a rule book with what it means, its default and an example, as Markdown."""
    from seedbed.rules.schema import book_schema

    schema = book_schema()
    definitions: dict[str, Schema] = schema["$defs"]
    columns = {name: body for name, body in definitions.items() if _is_column(body)}
    lines = ["## The book", "", *keys(schema["properties"], schema.get("required", ()), linked=_has_section)]
    told = set(columns)
    queue: list[Schema] = [schema, *columns.values()]
    sections: list[str] = []
    while queue:
        for name in named(queue.pop(0)):
            if name in told:
                continue
            told.add(name)
            body = definitions[name]
            queue.append(body)
            if body.get("properties") and not _is_branch(name) and not _told_by(columns, body):
                sections += ["", f"### {title_of(name)}", "", line(body.get("description", "")), ""]
                sections += keys(body["properties"], body.get("required", ()), linked=_has_section)
    lines += ["", *_columns(columns), "", "## The parts", *sections]
    return "\n".join(lines) + "\n"


def _has_section(name: str) -> bool:
    return not _is_branch(name)


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
        yield f"| `{kind}`: {line(meaning)} | {words} |"
    bodies = list(columns.values())
    ordinary = [body for body in bodies if _kind(body) not in {"id"}]
    common = [key for key in ordinary[0]["properties"] if all(key in body["properties"] for body in ordinary)]
    yield ""
    yield "### Keys of every column"
    yield ""
    yield from keys({key: ordinary[0]["properties"][key] for key in common if key != "type"}, (), linked=_has_section)
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
            yield from keys(
                {key: merged[key] for key in sorted(merged, key=lambda key: key != source)},
                required,
                linked=_has_section,
            )
    numbers = next(body for body in bodies if _kind(body) == "id")
    yield ""
    yield "### Type `id`"
    yield ""
    yield from keys(
        {key: value for key, value in numbers["properties"].items() if key not in (*common, "type")},
        (),
        linked=_has_section,
    )


def _kind(body: Schema) -> str:
    return str(body["properties"]["type"]["const"])


def _source(body: Schema, keys: Iterable[str]) -> str | None:
    return next((key for key in keys if key in body["properties"]), None)
