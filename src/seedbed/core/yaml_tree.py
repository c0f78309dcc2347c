"""Strict YAML 1.2: text -> plain values with the line and column of every key and value.

Built from ruamel.yaml's event stream with a stack of our own, so depth, size and aliases are refused before anything
is unfolded. Mapping keys stay the text the person wrote: a category named `2024` or `NO` is a name, not a number.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from seedbed.core.errors import Problem, Reason

MAX_BYTES = 1 << 20
MAX_DEPTH = 50
MAX_NODES = 20_000
MAX_DIGITS = 40

Loc = tuple[str | int, ...]
Position = tuple[int, int]
Value = Any
"""str, int, float, bool, None, date, datetime, dict[str, Value] or tuple[Value, ...]."""


@dataclass(frozen=True)
class Tree:
    """A parsed file.

    Attributes:
        value: plain values; sequences are tuples.
        values: line and column (from 1) of each value by its path.
        keys: line and column of each mapping key by its path.
    """

    value: Value
    values: dict[Loc, Position]
    keys: dict[Loc, Position]

    def position(self, loc: Loc) -> Position:
        """Where `loc` stands: its key if it has one, else its value, else its nearest ancestor's."""
        for end in range(len(loc), -1, -1):
            part = loc[:end]
            if part in self.keys:
                return self.keys[part]
            if part in self.values:
                return self.values[part]
        return (1, 1)

    def value_position(self, loc: Loc) -> Position:
        """Where the value at `loc` starts."""
        return self.values.get(loc) or self.position(loc)


@dataclass
class _Open:
    """A mapping or sequence still being read."""

    loc: Loc
    items: dict[str, Value] | list[Value]
    key: str | None = None
    seen: dict[str, Position] = field(default_factory=dict)


class _Refused(Exception):
    def __init__(self, problem: Problem) -> None:
        self.problem = problem


@lru_cache(maxsize=2)
def parse(text: str, file: str) -> tuple[Tree | None, tuple[Problem, ...]]:
    """Reads YAML text; the last text's tree is kept, as checking a file asks for it several times.

    Args:
        text: the file's content.
        file: its name, for problems.

    Returns:
        The tree, or None where the text cannot be read at all, and the problems found.
    """
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    if len(text.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        return None, (
            Problem(file, 1, 1, "the file is too large", Reason.TOO_LARGE, allowed=f"at most {MAX_BYTES} bytes"),
        )
    reader = _Reader(file)
    try:
        for event in _events(text):
            reader.take(event)
    except _Refused as refused:
        return None, (*reader.problems, refused.problem)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        words = " ".join(str(part) for part in (error.context, error.problem) if part)
        if "escape character" in words:
            words += "; put text with backslashes in single quotes"
        return None, (Problem(file, line, column, f"not valid YAML: {words}", Reason.SYNTAX),)
    except (YAMLError, ValueError, RecursionError) as error:
        line, column = _reader_position(text, error)
        words = " ".join(str(error).split())[:200]
        return None, (Problem(file, line, column, f"not valid YAML: {words}", Reason.SYNTAX),)
    if reader.tree is None and not reader.problems:
        return None, (Problem(file, 1, 1, "the file is empty", Reason.SYNTAX),)
    return reader.tree, tuple(reader.problems)


def _events(text: str) -> Iterator[Any]:
    from ruamel.yaml import YAML

    yield from YAML(typ="safe", pure=True).parse(text)


def _reader_position(text: str, error: Exception) -> Position:
    at = getattr(error, "position", None)
    if not isinstance(at, int):
        return (1, 1)
    before = text[:at]
    return before.count("\n") + 1, at - (before.rfind("\n") + 1) + 1


class _Reader:
    """Turns events into a tree; collects what is wrong and goes on where it can."""

    def __init__(self, file: str) -> None:
        from ruamel.yaml import YAML

        self.file = file
        self.problems: list[Problem] = []
        self.tree: Tree | None = None
        self._stack: list[_Open] = []
        self._values: dict[Loc, Position] = {}
        self._keys: dict[Loc, Position] = {}
        self._nodes = 0
        self._documents = 0
        yaml = YAML(typ="safe", pure=True)
        self._resolver = yaml.resolver
        self._constructor = yaml.constructor

    def take(self, event: Any) -> None:
        """Handles one ruamel event."""
        name = type(event).__name__
        line, column = event.start_mark.line + 1, event.start_mark.column + 1
        if name == "DocumentStartEvent":
            self._documents += 1
            if self._documents > 1:
                self._refuse(line, column, "one document per file: a second one starts here")
        elif name == "AliasEvent":
            self._refuse(line, column, "aliases (*name) are not allowed: write the value out")
        elif name in {"ScalarEvent", "MappingStartEvent", "SequenceStartEvent"}:
            self._nodes += 1
            if self._nodes > MAX_NODES:
                self._refuse(line, column, f"more than {MAX_NODES} values", Reason.TOO_LARGE)
            if event.anchor:
                self._refuse(line, column, "anchors (&name) are not allowed: write the value out")
            if name == "ScalarEvent":
                self._scalar(event, (line, column))
            else:
                self._start(event, (line, column), {} if name == "MappingStartEvent" else [])
        elif name in {"MappingEndEvent", "SequenceEndEvent"}:
            self._end()

    def _refuse(self, line: int, column: int, message: str, reason: Reason = Reason.SYNTAX) -> None:
        raise _Refused(Problem(self.file, line, column, message, reason))

    def _child_loc(self, position: Position) -> Loc:
        if not self._stack:
            return ()
        top = self._stack[-1]
        if isinstance(top.items, list):
            return (*top.loc, len(top.items))
        if top.key is None:
            self._refuse(*position, "a mapping key must be plain text")
        return (*top.loc, top.key or "")

    def _start(self, event: Any, position: Position, items: dict[str, Value] | list[Value]) -> None:
        if event.tag is not None and not event.implicit:
            self._refuse(*position, f"tags ({event.tag}) are not allowed")
        if len(self._stack) >= MAX_DEPTH:
            self._refuse(*position, f"nested deeper than {MAX_DEPTH} levels", Reason.TOO_LARGE)
        loc = self._child_loc(position)
        self._values[loc] = position
        self._stack.append(_Open(loc, items))

    def _end(self) -> None:
        closed = self._stack.pop()
        self._put(tuple(closed.items) if isinstance(closed.items, list) else closed.items)

    def _put(self, value: Value) -> None:
        if not self._stack:
            self.tree = Tree(value, self._values, self._keys)
            return
        top = self._stack[-1]
        if isinstance(top.items, list):
            top.items.append(value)
        else:
            assert top.key is not None
            top.items[top.key] = value
            top.key = None

    def _scalar(self, event: Any, position: Position) -> None:
        plain = event.implicit[0]
        if event.tag is not None and not (event.implicit[0] or event.implicit[1]):
            self._refuse(*position, f"tags ({event.tag}) are not allowed")
        top = self._stack[-1] if self._stack else None
        if top is not None and isinstance(top.items, dict) and top.key is None:
            self._key(top, event.value, position)
            return
        loc = self._child_loc(position)
        self._values[loc] = position
        self._put(self._resolve(event.value, position, loc) if plain else event.value)

    def _key(self, top: _Open, text: str, position: Position) -> None:
        if text == "<<":
            self._refuse(*position, "merge keys (<<) are not allowed: write the keys out")
        if text in top.seen:
            first = top.seen[text]
            self.problems.append(
                Problem(
                    self.file,
                    *position,
                    f"the key {text!r} stands twice, first at line {first[0]}",
                    Reason.SYNTAX,
                    path=".".join(map(str, top.loc)),
                )
            )
        top.seen.setdefault(text, position)
        top.key = text
        self._keys[(*top.loc, text)] = position

    def _resolve(self, text: str, position: Position, loc: Loc) -> Value:
        """A plain scalar's value by YAML 1.2's core schema, dates included."""
        from ruamel.yaml.nodes import ScalarNode

        def problem(message: str, reason: Reason = Reason.INVALID) -> None:
            self.problems.append(
                Problem(self.file, *position, message, reason, path=".".join(map(str, loc)), found=text[:60])
            )

        tag = self._resolver.resolve(ScalarNode, text, (True, False))
        if str(tag).endswith(":int") and len(text) > MAX_DIGITS:
            problem(f"a number of more than {MAX_DIGITS} digits", Reason.TOO_LARGE)
            return 0
        try:
            value = self._constructor.construct_object(ScalarNode(tag, text), deep=True)
        except (ValueError, OverflowError, TypeError):
            problem("no such date or number")
            return None
        if isinstance(value, float) and not math.isfinite(value):
            problem("numbers must be finite", Reason.NOT_FINITE)
            return 0.0
        known = (str, int, float, bool, datetime.date, type(None))
        return value if isinstance(value, known) else text
