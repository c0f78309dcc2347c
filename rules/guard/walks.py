"""Rows that follow each other: children counted within their parent, states an entity walks through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.book import Table
from seedbed.rules.guard.branches import Switched
from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.known import Positions
from seedbed.rules.guard.rules import Anything, Exactly, Finding, Mask, OneOf, Outcome, Rule, Within
from seedbed.rules.layouts import SPANS, Process
from seedbed.rules.parts import bindings

if TYPE_CHECKING:
    from seedbed.rules.guard.views import View


def walk_rule(table: Table, column: Any) -> Rule:
    """The rule of a column that shows a part of children or of a process, as far as a row can tell alone."""
    process = table.process
    most = process.most if process is not None else table.children.count.range[1] if table.children is not None else 1
    match column.part:
        case "number":
            return Within(1, most, ("lies below 1, the first number", f"lies above {most}, the most there are"))
        case "state" if process is not None:
            return OneOf(tuple(process.states))
        case "time" if process is not None:
            owner = owner_of(table)
            start = frozenset({f"{owner}.{process.start}"}) if owner and process.start else frozenset()
            return Timed(start)
        case "stay" if process is not None:
            state = shown_by(table, "state")
            rules = {name: _stay_rule(process, name, column.unit) for name in process.states}
            return Anything() if state is None else Switched(state, rules, Optional(Anything()))
    return Anything()


def owner_of(table: Table) -> str | None:
    """The reference that leads to the parent or entity."""
    return next((name for name, part in bindings(table).items() if part.kind == "table"), None)


def shown_by(table: Table, kind: str) -> str | None:
    """The column that shows a part."""
    return next((name for name, part in bindings(table).items() if part.kind == kind), None)


def _stay_rule(process: Process, state: str, unit: str | None) -> Rule:
    stay = process.states[state].stay
    if stay is None:
        return Exactly(None, "nothing")
    low, high = (bound * SPANS[stay.unit] / SPANS.get(unit or "", 60) for bound in stay.range)
    words = f"lies below {low:g}, the shortest stay", f"lies above {high:g}, the longest stay"
    slack = 1e-9 * max(abs(low), abs(high))
    return Optional(Within(low - slack, high + slack, words))


@dataclass(frozen=True)
class Optional:
    """A rule for values that may be missing: the stay in the state where a walk was cut off."""

    rule: Rule

    @property
    def inputs(self) -> frozenset[str]:
        """Those of the rule."""
        return self.rule.inputs

    def judge(self, view: View, name: str) -> Outcome:
        """What the rule finds."""
        return Outcome(self.rule.judge(view, name).findings, True)


@dataclass(frozen=True)
class Timed:
    """The time of a state: missing where the start of the walk is.

    Attributes:
        inputs: path of the start, or nothing.
    """

    inputs: frozenset[str]

    def judge(self, view: View, name: str) -> Outcome:
        """Where a time may be missing."""
        nulls = view.nulls(self.inputs)
        spoiled = view.spoiled(self.inputs)
        if nulls is None or spoiled is None:
            both = nulls if spoiled is None else spoiled
        else:
            both = nulls | spoiled
        return Outcome(missing=False if both is None else both)


class Trail:
    """The last value of each entity."""

    def __init__(self) -> None:
        self._last = np.empty(0, np.int64)

    def before(self, entities: Positions, values: NDArray[np.int64], none: int) -> NDArray[np.int64]:
        """The value in the row before, of the same entity.

        Args:
            entities: (N,) row of each entity, in the order of the rows.
            values: (N,) whole numbers.
            none: for rows that are the first of their entity.
        """
        found = np.full(len(values), none, np.int64)
        if not entities.size:
            return found
        more = int(entities.max()) + 1 - len(self._last)
        if more > 0:
            # As many again, so that growing costs little.
            self._last = np.concatenate((self._last, np.full(more + len(self._last), none, np.int64)))
        order = np.argsort(entities, kind="stable")
        who, what = entities[order], values[order]
        first = np.ones(len(who), np.bool_)
        first[1:] = who[1:] != who[:-1]
        earlier = np.empty_like(what)
        earlier[1:] = what[:-1]
        earlier[first] = self._last[who[first]]
        last = np.append(first[1:], True)
        self._last[who[last]] = what[last]
        found[order] = earlier
        return found


class Walk:
    """The order of a process's rows: states that may follow each other, times that do not go back.

    Args:
        table: of a process.
        owner: reference to the entity.
    """

    def __init__(self, table: Table, owner: str) -> None:
        assert table.process is not None
        self._states: Mapping[str, Any] = table.process.states
        self._owner = owner
        self._state, self._time = shown_by(table, "state"), shown_by(table, "time")
        self._trails = (Trail(), Trail())
        numbers = {name: number for number, name in enumerate(self._states)}
        # The row after the last stands for the start of a walk: the first state alone comes then.
        self._allowed = np.zeros((len(numbers) + 1, len(numbers)), np.bool_)
        for name, state in self._states.items():
            for other, weight in (state.next or {}).items():
                self._allowed[numbers[name], numbers[other]] = weight > 0
        self._allowed[len(numbers), 0] = True

    def judge(self, view: View) -> list[tuple[str, Finding]]:
        """Rows out of order, with the column at fault; rows of unknown entities are left alone."""
        if not view.has_reference(self._owner) or not view.leads_somewhere(self._owner):
            return []
        entities = view.positions(self._owner)
        found: list[tuple[str, Finding]] = []
        if self._state is not None and view.has(self._state):
            states = self._numbers(view, self._state)
            rows = np.flatnonzero((entities >= 0) & (states >= 0))
            before = self._trails[0].before(entities[rows], states[rows], len(self._states))
            wrong = rows[~self._allowed[before, states[rows]]]
            found += _finding(self._state, "does not follow the state before it", wrong, view.rows)
        if self._time is not None and view.has(self._time):
            valid = view.valid(self._time)
            rows = np.flatnonzero(entities >= 0 if valid is None else (entities >= 0) & valid)
            times = view.numbers(self._time)[rows]
            before = self._trails[1].before(entities[rows], times, np.iinfo(np.int64).min)
            found += _finding(self._time, "lies before the row before it", rows[times < before], view.rows)
        return found

    def _numbers(self, view: View, name: str) -> NDArray[np.int64]:
        import polars as pl

        texts, names = view.column(name).cast(pl.String), list(self._states)
        numbers = texts.replace_strict(names, range(len(names)), default=-1, return_dtype=pl.Int64)
        return np.asarray(numbers.fill_null(-1).to_numpy())


def _finding(column: str, words: str, rows: NDArray[np.int64], count: int) -> list[tuple[str, Finding]]:
    if not rows.size:
        return []
    mask: Mask = np.zeros(count, np.bool_)
    mask[rows] = True
    return [(column, Finding(Code.NOT_IN_ORDER, words, mask))]
