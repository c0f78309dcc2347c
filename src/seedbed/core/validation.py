"""Pydantic's error records -> problems in a person's words, at the right line and column."""

from __future__ import annotations

import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

import pydantic

from seedbed.core.errors import Problem, Reason
from seedbed.core.words import listed, nearest, shown
from seedbed.core.yaml_tree import Loc, Tree

_WORDS = {
    "int_type": "must be a whole number",
    "int_from_float": "must be a whole number",
    "float_type": "must be a number",
    "string_type": "must be text",
    "bool_type": "must be true or false",
    "dict_type": "must be a mapping (key: value)",
    "model_type": "must be a mapping (key: value)",
    "model_attributes_type": "must be a mapping (key: value)",
    "tuple_type": "must be a list, such as [1, 5]",
    "list_type": "must be a list, such as [1, 5]",
    "date_type": "must be a date, such as 2025-01-31",
    "datetime_type": "must be a date and time, such as 2025-01-31T08:00:00",
    "finite_number": "must be a finite number",
}


def problem_of(detail: Mapping[str, Any], kind: type[pydantic.BaseModel], tree: Tree, file: str) -> Problem:
    """One pydantic error as a problem.

    Args:
        detail: an item of `ValidationError.errors()`.
        kind: the model that was validated.
        tree: positions.
        file: name to show.

    Returns:
        The problem.
    """
    code: str = detail["type"]
    full: Loc = tuple(detail["loc"])
    context: dict[str, Any] = detail.get("ctx") or {}
    at_key = code in {"extra_forbidden", "missing"}
    loc = _in_tree(full[:-1] if at_key else full, tree)
    if code == "extra_forbidden":
        loc = (*loc, full[-1])
    line, column = tree.position(loc) if at_key else tree.value_position(loc)
    message = _WORDS.get(code, detail["msg"].removeprefix("Value error, "))
    # A value that may be a secret is not repeated, not even to its owner: problems end up in logs.
    found: str | None = None if context.get("unshown") else shown(detail["input"])
    allowed: str | None = None
    suggestion: str | None = None
    reason = Reason.INVALID
    if code == "extra_forbidden":
        names = _keys_of(kind, full[:-1])
        message, found, reason = f"unknown key {full[-1]!r}", None, Reason.UNKNOWN_KEY
        if detail["input"] is None and not str(full[-1]).isidentifier():
            message += " (text with a comma inside { } or [ ] goes in quotes)"
        allowed, suggestion = listed(names), nearest(str(full[-1]), names)
    elif code == "missing":
        message, found, reason = f"the key {full[-1]!r} is missing", None, Reason.MISSING_KEY
    elif code in {"literal_error", "enum", "union_tag_invalid"}:
        expected = str(context.get("expected") or context.get("expected_tags") or "")
        names = [part.strip(" '\"") for part in expected.replace(" or ", ", ").split(",")]
        given = str(context.get("tag", detail["input"]))
        message, allowed, suggestion = "not one of the known values", listed(names), nearest(given, names)
        reason = Reason.UNKNOWN_NAME
        if code == "union_tag_invalid":
            found = repr(given)
            discriminator = str(context.get("discriminator", "")).strip("'")
            if (*loc, discriminator) in tree.values:
                loc = (*loc, discriminator)
                line, column = tree.value_position(loc)
    elif code in {"greater_than", "greater_than_equal", "less_than", "less_than_equal"}:
        bound = context.get("gt", context.get("ge", context.get("lt", context.get("le"))))
        words = {"greater_than": "more than", "greater_than_equal": "at least", "less_than": "less than"}
        message, allowed = "out of bounds", f"{words.get(code, 'at most')} {bound}"
    elif "allowed" in context or "near" in context:
        near = [str(name) for name in context.get("near", ())]
        allowed = str(context.get("allowed") or listed(near))
        suggestion = nearest(str(detail["input"]), near)
    path = ".".join(map(str, loc if code != "missing" else (*loc, full[-1])))
    return Problem(file, line, column, message, reason, path, found, allowed, suggestion)


def _in_tree(loc: Loc, tree: Tree) -> Loc:
    """The part of a pydantic location that exists in the file.

    Pydantic puts the tags of unions between the real keys; a tag may even spell the same as a key. Of all ways to
    read the location as a path in the file, the one that matches the latest and the most elements is taken.
    """
    best: tuple[tuple[int, int], Loc] = ((-1, 0), ())

    def walk(index: int, path: Loc, last: int) -> None:
        nonlocal best
        if (last, len(path)) > best[0]:
            best = ((last, len(path)), path)
        if index == len(loc):
            return
        step = (*path, loc[index])
        if step in tree.values:
            walk(index + 1, step, index)
        walk(index + 1, path, last)

    walk(0, (), -1)
    return best[1]


def _keys_of(kind: type[pydantic.BaseModel], loc: Loc) -> list[str]:
    """Names of the fields of the model(s) that stand at a pydantic location."""
    current: list[tuple[Any, str | None]] = [(kind, None)]
    for element in loc:
        options = [option for annotation, tag in current for option in _options(annotation, tag)]
        tagged: list[tuple[Any, str | None]] = [
            (a, None) for a, tag in options if tag == element or _literal_tag(a, element)
        ]
        stepped = [step for annotation, _ in options for step in _step(annotation, element)]
        current = tagged or stepped or [(a, None) for a, _ in options]
    names: dict[str, None] = {}
    for annotation, tag in current:
        for option, _ in _options(annotation, tag):
            if isinstance(option, type) and issubclass(option, pydantic.BaseModel):
                names.update(dict.fromkeys(f.alias or name for name, f in option.model_fields.items()))
    return list(names)


def _options(annotation: Any, tag: str | None) -> Iterator[tuple[Any, str | None]]:
    """The members of a union, with the tag each carries."""
    if isinstance(annotation, typing.TypeAliasType if hasattr(typing, "TypeAliasType") else ()):
        annotation = annotation.__value__
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        inner, *metadata = typing.get_args(annotation)
        tags = [item.tag for item in metadata if isinstance(item, pydantic.Tag)]
        yield from _options(inner, tags[0] if tags else tag)
    elif origin in {typing.Union, types.UnionType}:
        for member in typing.get_args(annotation):
            yield from _options(member, None)
    else:
        yield annotation, tag


def _literal_tag(annotation: Any, element: str | int) -> bool:
    """Whether a model has a literal field (a discriminator) with this value."""
    if not (isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)):
        return False
    return any(
        typing.get_origin(field.annotation) is typing.Literal and element in typing.get_args(field.annotation)
        for field in annotation.model_fields.values()
    )


def _step(annotation: Any, element: str | int) -> Iterator[tuple[Any, str | None]]:
    """Goes one key or index down."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if isinstance(annotation, type) and origin is None and issubclass(annotation, pydantic.BaseModel):
        for name, field in annotation.model_fields.items():
            if element in {name, field.alias}:
                rebuilt: Any = field.annotation
                for item in field.metadata:
                    rebuilt = typing.Annotated[rebuilt, item]
                yield rebuilt, None
    elif origin is dict:
        yield arguments[1], None
    elif origin is tuple and isinstance(element, int):
        if len(arguments) == 2 and arguments[1] is Ellipsis:
            yield arguments[0], None
        elif element < len(arguments):
            yield arguments[element], None
