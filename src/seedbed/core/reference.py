"""References in Markdown, written from the JSON Schema of a file: every key with what it means, default and example."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

Schema = Mapping[str, Any]
MOST_LINKS = 12


def reference_of(schema: Schema, title: str) -> str:
    """Every key of a file and of all its parts.

    Args:
        schema: of the file.
        title: heading of the first table, the file's own keys.
    """
    definitions: dict[str, Schema] = schema.get("$defs", {})
    lines = [f"## {title}", "", *keys(schema["properties"], schema.get("required", ()))]
    told: set[str] = set()
    queue: list[Schema] = [schema]
    while queue:
        for name in named(queue.pop(0)):
            if name in told:
                continue
            told.add(name)
            body = definitions[name]
            queue.append(body)
            if body.get("properties"):
                lines += ["", f"### {title_of(name)}", "", line(body.get("description", "")), ""]
                lines += keys(body["properties"], body.get("required", ()))
    return "\n".join(lines) + "\n"


def keys(
    properties: Mapping[str, Schema], required: Iterable[str], *, linked: Callable[[str], bool] = lambda _: True
) -> Iterator[str]:
    """The table of some keys.

    Args:
        properties: key to its schema.
        required: keys that must be there.
        linked: whether a definition has a section of its own to lead to.
    """
    needed = set(required)
    yield "| key | what it is | example |"
    yield "|---|---|---|"
    for name, body in properties.items():
        words = line(body.get("description", ""))
        if name in needed:
            words += " Required."
        elif body.get("default") not in (None, [], {}, ()):
            words += f" Default `{value_of(body['default'])}`."
        examples = body.get("examples", [])
        example = f"`{value_of(examples[0])}`" if examples else ""
        parts = [f"[{title_of(part)}](#{anchor(part)})" for part in named(body) if linked(part)]
        words += f" See {', '.join(parts)}." if 0 < len(parts) <= MOST_LINKS else ""
        yield f"| `{name}` | {cell(words)} | {cell(example)} |"


def named(schema: Any) -> Iterator[str]:
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


def title_of(name: str) -> str:
    """The heading of a definition's section: `CameraModel` and `camera-model` are `Camera model`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", name).replace("-", " ")
    return words.capitalize()


def anchor(name: str) -> str:
    """Where that heading is found in the page."""
    return title_of(name).lower().replace(" ", "-")


def line(text: str) -> str:
    """Text on one line."""
    return " ".join(text.split())


def cell(text: str) -> str:
    """Text inside a table."""
    return text.replace("|", "\\|")


def value_of(value: Any) -> str:
    """A value as a person writes it in YAML, on one line."""
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{key}: {value_of(part)}" for key, part in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(value_of(part) for part in value) + "]"
    if isinstance(value, str):
        plain = value and not set(value) & set(",:{}[]#&*!|>'\"%@`") and value == value.strip()
        return value if plain else json.dumps(value, ensure_ascii=False)
    return json.dumps(value, ensure_ascii=False)
