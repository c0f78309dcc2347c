"""A person's file: strict YAML -> frozen pydantic model, every problem at once with its place.

A room defines its kind as a `File` with a `kind` such as `"book/1"`, then calls `load`. Checks that need more than
types go through `Document.problems()`, which finds line and column from the path in the file.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import itertools
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Generic, TypeVar

import pydantic
from pydantic_core import CoreSchema

from seedbed.core.errors import DocumentError, Problem, Reason
from seedbed.core.validation import problem_of
from seedbed.core.words import listed, nearest, shown
from seedbed.core.yaml_tree import MAX_BYTES, Loc, Tree, parse

MOST_PROBLEMS = 200
"""Problems of types told at once: a person repairs these before reading on, and telling is slower than finding."""


class Model(pydantic.BaseModel):
    """Base of everything a person writes: no unknown keys, no silent conversions, finite numbers, frozen.

    Most commands need few of the models: each builds its checks when it is first used.
    """

    model_config = pydantic.ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False, defer_build=True)

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: pydantic.GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """The JSON Schema, with the text under each field as its description.

        Read from the source only when a schema is asked for: pydantic's own `use_attribute_docstrings` reads it
        whenever a model is defined, which is a third of the time a rule book takes to load.
        """
        schema = handler(core_schema)
        properties = handler.resolve_ref_schema(schema).get("properties", {})
        for name, text in attribute_docstrings(cls).items():
            field = properties.get(cls.model_fields[name].alias or name) if name in cls.model_fields else None
            if field is not None:
                field.setdefault("description", text)
        return schema


class File(Model):
    """Base of a whole file: what its first key, `seedbed`, must say."""

    kind: ClassVar[str]


M = TypeVar("M", bound=File)


def attribute_docstrings(cls: type[pydantic.BaseModel]) -> dict[str, str]:
    """The text under each annotated attribute of a class and its bases, by name; nearer classes win."""
    found: dict[str, str] = {}
    for base in reversed(cls.__mro__):
        generic = getattr(base, "__pydantic_generic_metadata__", {}).get("origin")
        if generic is None and issubclass(base, pydantic.BaseModel) and base is not pydantic.BaseModel:
            found.update(_own_docstrings(base))
    return found


@functools.cache
def _own_docstrings(cls: type) -> dict[str, str]:
    [definition] = ast.parse(textwrap.dedent(inspect.getsource(cls))).body
    assert isinstance(definition, ast.ClassDef)
    found = {}
    for line, after in itertools.pairwise(definition.body):
        if not (isinstance(line, ast.AnnAssign) and isinstance(line.target, ast.Name)):
            continue
        if isinstance(after, ast.Expr) and isinstance(after.value, ast.Constant):
            found[line.target.id] = inspect.cleandoc(str(after.value.value))
    return found


@dataclass(frozen=True)
class Document(Generic[M]):
    """A loaded file.

    Attributes:
        value: the checked model.
        path: the file, as the person named it.
        text: its content.
        tree: positions of its keys and values.
    """

    value: M
    path: Path
    text: str = field(repr=False)
    tree: Tree = field(repr=False)

    @property
    def folder(self) -> Path:
        """Folder that paths inside the file are relative to."""
        return self.path.parent

    @property
    def digest(self) -> str:
        """BLAKE2b of the text, hex."""
        return hashlib.blake2b(self.text.encode(), digest_size=16).hexdigest()

    def problems(self) -> Problems:
        """An empty list to add semantic problems to."""
        return Problems(str(self.path), self.tree)


class Problems:
    """Problems of one file, collected to be raised together."""

    def __init__(self, file: str, tree: Tree) -> None:
        self._file = file
        self._tree = tree
        self.found: list[Problem] = []

    def add(
        self,
        loc: Loc,
        message: str,
        *,
        found: object = None,
        allowed: str | Iterable[str] | None = None,
        near: Iterable[str] = (),
        reason: Reason = Reason.INVALID,
        at_value: bool = False,
        offset: int = 0,
    ) -> None:
        """Adds one problem.

        Args:
            loc: path in the file, keys and list indices.
            message: what is wrong.
            found: the value found.
            allowed: what would be right, words or a list of names.
            near: known names, to suggest the one nearest to `found`.
            reason: code.
            at_value: point at the value instead of its key.
            offset: characters into the value, for a place inside an expression on one line.
        """
        line, column = self._tree.value_position(loc) if at_value or offset else self._tree.position(loc)
        names = tuple(near)
        if allowed is None and names:
            allowed = names
        self.found.append(
            Problem(
                self._file,
                line,
                column + offset,
                message,
                reason,
                path=".".join(map(str, loc)),
                found=None if found is None else shown(found),
                allowed=allowed if isinstance(allowed, str) or allowed is None else listed(allowed),
                suggestion=nearest(str(found), names) if found is not None else None,
            )
        )

    def __bool__(self) -> bool:
        return bool(self.found)

    def raise_if_any(self) -> None:
        """Raises everything collected.

        Raises:
            DocumentError: at least one problem was added.
        """
        if self.found:
            raise DocumentError(sorted(self.found, key=lambda problem: (problem.line, problem.column)))


def read_text(path: Path) -> str:
    """A person's file as text.

    Raises:
        DocumentError: absent, a folder, too large, or not UTF-8.
    """

    def refuse(message: str, reason: Reason, line: int = 1, column: int = 1) -> DocumentError:
        return DocumentError([Problem(str(path), line, column, message, reason)])

    try:
        with open(path, "rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except FileNotFoundError:
        folder = path.parent if path.parent.is_dir() else None
        names = [entry.name for entry in folder.glob("*.y*ml")] if folder else []
        close = nearest(path.name, names)
        raise refuse("no such file" + (f"; did you mean {close!r}?" if close else ""), Reason.NOT_FOUND) from None
    except OSError as error:
        raise refuse(f"cannot be read: {error.strerror}", Reason.NOT_FOUND) from None
    if len(raw) > MAX_BYTES:
        raise refuse(f"the file is too large; allowed: at most {MAX_BYTES} bytes", Reason.TOO_LARGE)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, error.start - (before.rfind(b"\n") + 1) + 1
        raise refuse("not UTF-8 text; save the file as UTF-8", Reason.SYNTAX, line, column) from None


def load(path: Path | str, kind: type[M]) -> Document[M]:
    """Reads and validates a file.

    Args:
        path: the YAML file.
        kind: its model.

    Returns:
        The document.

    Raises:
        DocumentError: with every problem found.
    """
    return loads(read_text(Path(path)), kind, Path(path))


def loads(text: str, kind: type[M], path: Path = Path("<text>")) -> Document[M]:
    """As `load`, from text."""
    tree, found = parse(text, str(path))
    if tree is None:
        raise DocumentError(found)
    problems = list(found)
    if not isinstance(tree.value, dict):
        allowed = f"a mapping that starts with 'seedbed: {kind.kind}'"
        problems.append(Problem(str(path), 1, 1, "not a Seedbed file", found=shown(tree.value), allowed=allowed))
        raise DocumentError(problems)
    given = tree.value.get("seedbed")
    if given != kind.kind:
        line, column = tree.value_position(("seedbed",)) if "seedbed" in tree.value else (1, 1)
        missing = "seedbed" not in tree.value
        problems.append(
            Problem(
                str(path),
                line,
                column,
                "the first key must say what the file is" if missing else "another kind of file",
                Reason.MISSING_KEY if missing else Reason.INVALID,
                path="seedbed",
                found=None if missing else shown(given),
                allowed=f"seedbed: {kind.kind}",
            )
        )
        raise DocumentError(problems)
    try:
        value = kind.model_validate(tree.value)
    except pydantic.ValidationError as error:
        known = {(problem.line, problem.column) for problem in problems}
        told = {(problem.line, problem.column, problem.message) for problem in problems}
        details = error.errors(include_url=False)
        for detail in details[:MOST_PROBLEMS]:
            problem = problem_of(detail, kind, tree, str(path))
            place = (problem.line, problem.column)
            if (*place, problem.message) not in told and not (place in known and problem.reason is Reason.INVALID):
                told.add((*place, problem.message))
                problems.append(problem)
        problems.sort(key=lambda problem: (problem.line, problem.column))
        if len(details) > MOST_PROBLEMS:
            words = f"there are {len(details) - MOST_PROBLEMS:,} more problems; repair these first"
            problems.append(replace(problems[-1], message=words, path="", found=None, allowed=None, suggestion=None))
        raise DocumentError(problems) from None
    if problems:
        raise DocumentError(problems)
    return Document(value, path, text, tree)


def kind_of(path: Path | str) -> str | None:
    """What a file says it is, such as `book/1`, or None.

    Raises:
        DocumentError: the file cannot be read as YAML.
    """
    text = read_text(Path(path))
    tree, problems = parse(text, str(path))
    if tree is None:
        raise DocumentError(problems)
    given: Any = tree.value.get("seedbed") if isinstance(tree.value, dict) else None
    return given if isinstance(given, str) else None
