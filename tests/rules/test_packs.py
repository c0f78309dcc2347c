"""The packs show the whole language: every key a client can write stands in one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from seedbed.core.yaml_tree import parse
from seedbed.rules import book_schema, packs

# Said for one and the same for its sisters: days and months, the parameters of distributions, and what a pack can only
# show as a remark, because an address of its own would be needed.
ALIKE = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"} | {
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"),
    *("notify", "url"),
}


def _said(value: Any) -> Iterator[str]:
    """Keys of a book, and names that stand as values where a key could: kinds of faults, bare distributions."""
    if isinstance(value, dict):
        for key, part in value.items():
            yield str(key)
            if key in {"kind", "distribution"} and isinstance(part, str):
                yield part
            yield from _said(part)
    elif isinstance(value, tuple | list):
        for part in value:
            yield from _said(part)


def test_every_key_is_shown_in_a_pack() -> None:
    said: set[str] = set()
    for path in packs().values():
        tree, _ = parse(path.read_text(encoding="utf-8"), str(path))
        assert tree is not None
        said.update(_said(tree.value))
    schema = book_schema()
    keys = set(schema["properties"])
    for body in schema["$defs"].values():
        keys.update(body.get("properties", {}))
        kind = body.get("properties", {}).get("kind", {}).get("const")
        keys.update([kind] if kind else [])
    assert keys - said - ALIKE == set()
