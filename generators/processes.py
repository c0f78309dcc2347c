"""Entities that walk from state to state: how many rows each walk has, and what stands in them.

All entities looked at take their first step together, then their second, and so on: a few array operations a step.
Step k of an entity has random cells of its own, so a walk is the same whichever rows are asked for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.layouts import TOGETHER, Rows, Runs, batched
from seedbed.generators.picks import Picker
from seedbed.generators.values import Values, Words

if TYPE_CHECKING:
    from seedbed.generators.blocks import Block, Maker, TableMaker

OWNER, NUMBER, STATE, TIME, STAY = range(5)


@dataclass(frozen=True)
class Stay:
    """How long an entity stays in a state, in whole seconds.

    Attributes:
        maker: of the numbers; a column of the entities' table in all but name.
        unit: seconds in one.
        low: least seconds.
        high: most seconds.
    """

    maker: Maker
    unit: int
    low: int
    high: int

    def milliseconds(self, block: Block) -> Rows:
        """(N,) one stay for each row of entities."""
        seconds = np.rint(np.asarray(self.maker.make(block).data, np.float64) * self.unit).astype(np.int64)
        return np.asarray(np.clip(seconds, self.low, self.high) * 1000)


@dataclass(frozen=True)
class State:
    """A state.

    Attributes:
        stay: how long entities stay, None where that is not said.
        picker: chooses among `following`, None where the walk ends.
        following: (K,) states by number.
    """

    stay: Stay | None
    picker: Picker | None
    following: NDArray[np.int16]


@dataclass(frozen=True)
class Walks:
    """The steps of some entities, each entity's after one another.

    Attributes:
        lengths: (E,) steps of each entity.
        owners: (N,) which of the E entities each step is of.
        states: (N,) number of the state.
        elapsed: (N,) ms since the entity's first state; empty where times were not asked for.
        stays: (N,) ms in the state, -1 where it has no stay; empty as above.
    """

    lengths: Rows
    owners: Rows
    states: NDArray[np.int16]
    elapsed: Rows
    stays: Rows


@dataclass(frozen=True)
class Process:
    """How entities walk.

    Attributes:
        entities: their table.
        key: of the choices.
        states: by number; every walk begins in the first.
        most: steps of a walk at most.
    """

    entities: TableMaker
    key: int
    states: tuple[State, ...]
    most: int

    def lengths(self, owners: Rows | range) -> Rows:
        """(E,) how many steps each entity's walk has."""
        found = np.zeros(len(owners), np.int64)
        for alive, _ in self._steps(_numbers(owners)):
            found[alive] += 1
        return found

    def walk(self, owners: Rows | range, timed: bool) -> Walks:
        """The walks of entities, a stretch of them or any.

        Args:
            owners: entities by row.
            timed: whether to say how long each stay is.
        """
        steps = list(self._steps(_numbers(owners)))
        lengths = np.zeros(len(owners), np.int64)
        for alive, _ in steps:
            lengths[alive] += 1
        first, count = np.cumsum(lengths) - lengths, int(lengths.sum())
        states = np.empty(count, np.int16)
        elapsed, stays = (np.empty(count if timed else 0, np.int64) for _ in range(2))
        clock = np.zeros(len(owners), np.int64)
        whole = _block(self.entities, owners)
        for number, (alive, here) in enumerate(steps):
            places = first[alive] + number
            states[places] = here
            if timed:
                stay = self._stays(whole, number, alive, here)
                elapsed[places], stays[places] = clock[alive], stay
                clock[alive] += np.maximum(stay, 0)
        return Walks(lengths, np.repeat(np.arange(len(owners)), lengths), states, elapsed, stays)

    def _steps(self, owners: Rows) -> Any:
        """For each step who takes it, as positions in `owners`, and the states they are in."""
        alive = np.arange(len(owners))
        here = np.zeros(len(owners), np.int16)
        for number in range(self.most):
            if not alive.size:
                return
            yield alive, here
            cells = keys.cells_at(keys.key(self.key, "next", number), owners[alive])
            following = np.full(len(alive), -1, np.int16)
            for state, positions in self._by_state(here):
                if state.picker is not None:
                    following[positions] = state.following[state.picker.pick(cells[positions])]
            goes_on = following >= 0
            alive, here = alive[goes_on], following[goes_on]

    def _stays(self, whole: Block, number: int, alive: Rows, here: NDArray[np.int16]) -> Rows:
        from seedbed.generators.blocks import Block

        found = np.full(len(alive), -1, np.int64)
        for state, positions in self._by_state(here):
            if state.stay is not None:
                at = alive[positions]
                # An entity comes back to a state as if it were drawn anew: each step has cells of its own.
                block = Block(self.entities, rows=whole.rows[at], base=(whole, at), attempt=number)
                found[positions] = state.stay.milliseconds(block)
        return found

    def _by_state(self, here: NDArray[np.int16]) -> Any:
        for number in np.flatnonzero(np.bincount(here, minlength=len(self.states))).tolist():
            yield self.states[number], np.flatnonzero(here == number)


def _numbers(owners: Rows | range) -> Rows:
    return np.arange(owners.start, owners.stop, dtype=np.int64) if isinstance(owners, range) else owners


def _block(table: TableMaker, owners: Rows | range) -> Block:
    from seedbed.generators.blocks import Block

    return table.block(owners.start, owners.stop) if isinstance(owners, range) else Block(table, rows=owners)


@dataclass(frozen=True)
class ProcessLayout:
    """One row for each state that each entity comes to, entities after one another.

    Attributes:
        process: how they walk.
        runs: lengths of the walks, added up.
        words: names of the states.
        start: column of the entities that says when they come to the first state, or None.
        first: ms UTC at which all of them do where there is no such column.
        timed: whether any column shows a time or a stay.
        unit: seconds in one of the numbers that stays are shown in.
    """

    process: Process
    runs: Runs
    words: Words
    start: str | None
    first: int
    timed: bool
    unit: int

    def part(self, place: int, block: Block) -> Values:
        """A part of each of the block's rows: entity, number from 1, state, time or stay."""
        if "walked" not in block.placed:
            block.placed["walked"] = self._walked(block.rows)
        owners, numbers, states, elapsed, stays = block.placed["walked"]
        if place == OWNER:
            return Values(owners)
        if place == NUMBER:
            return Values(numbers + 1)
        if place == STATE:
            return Values(states, None, self.words)
        if place == TIME:
            return self._times(owners, elapsed)
        unsaid = stays < 0
        return Values(stays / (1000.0 * self.unit), ~unsaid if unsaid.any() else None)

    def places(self, block: Block) -> tuple[Rows, Rows]:
        """Whose each row is, and how many of the same entity come before."""
        return self.part(OWNER, block).data, self.part(NUMBER, block).data - 1

    def _walked(self, rows: Rows) -> tuple[Rows, Rows, NDArray[np.int16], Rows, Rows]:
        owners, numbers = np.empty(len(rows), np.int64), np.empty(len(rows), np.int64)
        states = np.empty(len(rows), np.int16)
        elapsed, stays = (np.empty(len(rows) if self.timed else 0, np.int64) for _ in range(2))
        runs = self.runs
        mean = max(int(runs.before[-1]) // max(runs.owners, 1), 1)
        for chunks, positions in batched(runs.chunks(rows), max((TOGETHER // mean) >> runs.bits, 1)):
            members = ((chunks << runs.bits)[:, None] + np.arange(1 << runs.bits)).ravel()
            members = members[members < runs.owners]
            walks = self.process.walk(members, self.timed)
            starts = np.cumsum(walks.lengths) - walks.lengths
            heads = starts[np.flatnonzero(members & ((1 << runs.bits) - 1) == 0)]
            which = np.searchsorted(chunks, runs.chunks(rows[positions]))
            at = heads[which] + rows[positions] - runs.before[chunks][which]
            of = walks.owners[at]
            owners[positions], numbers[positions], states[positions] = members[of], at - starts[of], walks.states[at]
            if self.timed:
                elapsed[positions], stays[positions] = walks.elapsed[at], walks.stays[at]
        return owners, numbers, states, elapsed, stays

    def _times(self, owners: Rows, elapsed: Rows) -> Values:
        from seedbed.generators.blocks import Block
        from seedbed.generators.calendars import DAY

        if self.start is None:
            return Values(elapsed + self.first)
        entities = self.process.entities
        distinct, which = np.unique(owners, return_inverse=True)
        values, form = Block(entities, rows=distinct).get(self.start), entities.form(self.start)
        moments = form.zone.to_utc(values.data.astype(np.int64) * DAY) if form.type == "date" else values.data
        valid = None if values.valid is None else values.valid[which]
        return Values(moments[which] + elapsed, valid)
