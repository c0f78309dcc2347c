"""The rest of a book with broken parts, so that all problems of a file can be listed at once."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic

from seedbed.core.documents import MOST_PROBLEMS, Document
from seedbed.core.errors import DocumentError, Problem
from seedbed.core.yaml_tree import parse
from seedbed.rules.book import LAYOUTS, Book, Table
from seedbed.rules.columns import Column, Unread
from seedbed.rules.constraints import Constraint
from seedbed.rules.dependencies import Dependency
from seedbed.rules.expectations import Expectation
from seedbed.rules.faults import Fault
from seedbed.rules.periods import Period
from seedbed.rules.scenarios import Scenario
from seedbed.rules.scope import UNREAD

T = TypeVar("T")

_LAYOUT = (*LAYOUTS, "keep", "key")

_COLUMN: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Column)
_EXPECTATION: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Expectation)
_FAULT: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Fault)
_TABLE: pydantic.TypeAdapter[Table] = pydantic.TypeAdapter(Table)
_CONSTRAINTS: pydantic.TypeAdapter[tuple[Constraint, ...]] = pydantic.TypeAdapter(tuple[Constraint, ...])
_DEPENDS: pydantic.TypeAdapter[tuple[Dependency, ...]] = pydantic.TypeAdapter(tuple[Dependency, ...])
_SCENARIO: pydantic.TypeAdapter[Any] = pydantic.TypeAdapter(Scenario)
_PERIOD: pydantic.TypeAdapter[Period] = pydantic.TypeAdapter(Period)


def further_problems(error: DocumentError, text: str, path: Path) -> list[Problem]:
    """The problems found in a file's types, and those in what can be read beside them.

    Args:
        error: what loading the file raised.
        text: the file.
        path: its name.

    Returns:
        All problems by line and column, at most one for each place.
    """
    problems = list(error.problems)
    if len(problems) > MOST_PROBLEMS:
        return problems
    tree, _ = parse(text, str(path))
    if tree is None or not isinstance(tree.value, dict) or not isinstance(tree.value.get("tables"), dict):
        return problems
    from seedbed.rules.checks import find_problems

    more = find_problems(Document(_readable(tree.value), path, text, tree)).found
    places = {(problem.line, problem.column) for problem in problems}
    problems += [problem for problem in more if (problem.line, problem.column) not in places]
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _readable(raw: Mapping[str, Any]) -> Book:
    """A book of what can be read; `Unread` columns stand for the rest."""
    period = _valid(_PERIOD, raw["period"]) if raw.get("period") else None
    if period is None and "period" in raw:
        period = Period.model_construct()  # it has its own problem: columns that use it have none
    tables = {name: _table(table) for name, table in raw["tables"].items()}
    faults = tuple(_valid(_FAULT, one) for one in _listed(raw, "faults"))
    expect = tuple(_valid(_EXPECTATION, one) for one in _listed(raw, "expect"))
    scenarios = tuple(_valid(_SCENARIO, one) for one in _listed(raw, "scenarios"))
    return Book.model_construct(
        seedbed="book/1",
        name="",
        seed=0,
        period=period,
        tables=tables,
        expect=expect,
        scenarios=scenarios,
        faults=faults,
    )


def _listed(raw: Mapping[str, Any], key: str) -> tuple[Any, ...]:
    """The items of a list in the book, nothing where it is none."""
    return tuple(raw[key]) if isinstance(raw.get(key), list | tuple) else ()


def _table(raw: Any) -> Table:
    columns = raw.get("columns") if isinstance(raw, Mapping) else None
    if not isinstance(columns, Mapping):
        return Table.model_construct(rows=1, columns={UNREAD: Unread.model_construct(type="")})
    read = {name: _valid(_COLUMN, column) or _unread(column) for name, column in columns.items()}
    constraints = _valid(_CONSTRAINTS, raw["constraints"]) if raw.get("constraints") else None
    depends = _valid(_DEPENDS, raw["depends"]) if raw.get("depends") else None
    return Table.model_construct(**_layout(raw), columns=read, constraints=constraints or (), depends=depends or ())


def _layout(raw: Mapping[str, Any]) -> dict[str, Any]:
    """What says how many rows a table has; nothing where that cannot be read, so that no check asks for it."""
    probe = {"columns": {"x": {"type": "id"}}, **{key: raw[key] for key in _LAYOUT if key in raw}}
    table = _valid(_TABLE, probe)
    return {} if table is None else {key: getattr(table, key) for key in _LAYOUT}


def _unread(raw: Any) -> Unread:
    kind = raw.get("type") if isinstance(raw, Mapping) else None
    return Unread.model_construct(type=kind if isinstance(kind, str) else "")


def _valid(adapter: pydantic.TypeAdapter[T], raw: Any) -> T | None:
    try:
        return adapter.validate_python(raw)
    except pydantic.ValidationError:
        return None
