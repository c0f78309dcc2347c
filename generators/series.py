"""State over time: what each entity's rows remember of those before.

A value is a sum of parts (a level, waves, a random walk, a mean-reverting process, jumps, noise), turned back at the
ends of the range. Each part of step t follows from the steps up to t alone, so a longer series begins as a shorter
one does; series are computed whole, many entities at once, and the long ones are kept for the next rows.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.core.zones import Zone
from seedbed.generators import calendars
from seedbed.generators.blocks import Block
from seedbed.generators.layouts import Rows, grouped
from seedbed.generators.picks import below
from seedbed.generators.quantiles import Floats, normal_quantile, rounded
from seedbed.generators.ranges import Scale
from seedbed.generators.values import Values

STEP_BITS = 24
MOST_STEPS = 1 << STEP_BITS
"""Steps of one entity's series at most."""
MOST_TOGETHER = 1 << 25
"""Values of all entities' series at most where the rows go through all entities at each step."""
KEPT = 1 << 22
"""Values of long series kept by a process, for each column."""
LONG = 1 << 12
"""Series of so many steps are kept; shorter ones are computed again where they are wanted."""
AT_ONCE = 1 << 20
"""Values computed at once."""
RUN = 1 << 10
"""Steps of a mean-reverting series between two that are carried on; part of the result by its last bits."""


@dataclass(frozen=True)
class Waves:
    """What comes back every day and every year, by the local clock.

    Attributes:
        first: moment (ms UTC) or day of the first step.
        step: ms, or 1 day.
        count: steps.
        zone: of the clock.
        daily: minutes since midnight of the peak, and the swing; or None.
        yearly: month, day and swing; or None.
    """

    first: int
    step: int
    count: int
    zone: Zone
    daily: tuple[int, float] | None
    yearly: tuple[int, int, float] | None

    @cached_property
    def values(self) -> Floats:
        """(count,) what they add to each step."""
        times = np.arange(self.count, dtype=np.int64) * self.step + self.first
        found = np.zeros(self.count)
        if self.step > 1:
            times = self.zone.to_local(times)
            if self.daily is not None:
                peak, swing = self.daily
                share = (times % calendars.DAY - peak * 60_000) / calendars.DAY
                found += rounded(swing * np.cos(2 * np.pi * share))
            times = times // calendars.DAY
        if self.yearly is not None:
            month, day, swing = self.yearly
            # The table of a season is 1 + cos: less 1, it is the wave itself.
            found += swing * (calendars.factor_of_days(calendars.season_factors(month, day, 1.0), times) - 1)
        return found

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "values"}


@dataclass(frozen=True)
class Motion:
    """What moves a series from step to step, in the column's unit.

    Attributes:
        typical: value all moves around, None for one of each entity's own in `bounds`.
        bounds: least and greatest value.
        walk: standard deviation of a step of the random walk, 0 for none.
        pull: share of a difference that is left after a step, of the mean-reverting part.
        spread: its standard deviation, 0 for none.
        chance: of a jump of the level at a step, 0 for none.
        jump: standard deviation of the levels.
        noise: standard deviation of each value's own part, 0 for none.
        waves: what comes back, None for nothing.
    """

    typical: float | None
    bounds: tuple[float, float]
    walk: float = 0.0
    pull: float = 0.0
    spread: float = 0.0
    chance: float = 0.0
    jump: float = 0.0
    noise: float = 0.0
    waves: Waves | None = None

    def values(self, key: int, entities: Rows, length: int) -> Floats:
        """The series of entities, not yet turned back into the range.

        Args:
            key: of the draws.
            entities: (E,) by number.
            length: steps, from the first.

        Returns:
            (E, length).
        """
        places = (entities[:, None] << STEP_BITS) + np.arange(length, dtype=np.int64)

        def normals(purpose: str) -> Floats:
            return normal_quantile(keys.unit_at(keys.key(key, purpose), places))

        total = np.zeros(places.shape)
        if self.walk:
            steps = normals("walk")
            steps *= self.walk
            steps[:, 0] = 0
            total += np.cumsum(steps, axis=1)
        if self.spread:
            kicks = normals("revert")
            kicks[:, 1:] *= self.spread * float(rounded(np.sqrt(np.array(1 - self.pull**2)), bits=50))
            kicks[:, 0] *= self.spread
            total += reverting(kicks, self.pull)
        if self.chance:
            total += self._levels(key, places)
        if self.noise:
            total += self.noise * normals("noise")
        if self.waves is not None:
            total += self.waves.values[:length]
        if self.typical is not None:
            total += self.typical
        else:
            low, high = self.bounds
            total += (low + (high - low) * keys.unit_at(keys.key(key, "level"), entities))[:, None]
        return rounded(total, bits=30)

    def _levels(self, key: int, places: Rows) -> Floats:
        jumps = below(keys.cells_at(keys.key(key, "shift"), places), self.chance)
        levels = np.zeros(places.shape)
        levels[jumps] = self.jump * normal_quantile(keys.unit_at(keys.key(key, "to"), places[jumps]))
        # Each step looks at the last jump up to it; before the first there is none.
        last = np.maximum.accumulate(np.where(jumps, np.arange(places.shape[1]), -1), axis=1)
        found: Floats = np.where(last >= 0, np.take_along_axis(levels, np.maximum(last, 0), axis=1), 0.0)
        return found


def reverting(kicks: Floats, pull: float) -> Floats:
    """The recursion x[t] = pull x[t - 1] + kicks[t], x[0] = kicks[0], along each row.

    All runs of `RUN` steps are worked through side by side from nothing, then each takes what is left of the one
    before it: about eight nanoseconds a value, without a loop over the steps of each.

    Args:
        kicks: (E, T).
        pull: in [0, 1).

    Returns:
        (E, T).
    """
    entities, length = kicks.shape
    runs = -(-length // RUN)
    if runs > 1:
        padded = np.zeros((entities, runs * RUN))
        padded[:, :length] = kicks
        side = np.ascontiguousarray(padded.reshape(entities * runs, RUN).T)
    else:
        side = np.ascontiguousarray(kicks.T)
    for step in range(1, len(side)):
        side[step] += pull * side[step - 1]
    if runs == 1:
        return side.T
    carried = side.reshape(RUN, entities, runs)
    left = np.cumprod(np.full(RUN, pull))[:, None]
    for run in range(1, runs):
        carried[:, :, run] += left * carried[-1, :, run - 1]
    return side.T.reshape(entities, runs * RUN)[:, :length]


@dataclass
class SeriesMaker:
    """Numbers of a series in their range.

    Attributes:
        key: of the draws.
        scale: the range.
        motion: what moves it.
        length: steps of every entity, None where entities have steps of their own number.
        inner: entities that the rows go through at each step; 1 where an entity's steps follow each other.
    """

    key: int
    scale: Scale
    motion: Motion
    length: int | None
    inner: int = 1
    _kept: OrderedDict[int, NDArray[Any]] = field(default_factory=OrderedDict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_kept": OrderedDict()}

    def make(self, block: Block) -> Values:
        """One number per row."""
        layout = block.table.layout
        assert layout is not None
        entities, steps = layout.places(block)
        found = np.empty(len(entities), np.float64 if self.scale.step is None else np.int64)
        if self.inner > 1:
            assert self.length is not None
            for outer, positions in grouped(entities // self.inner):
                all_of = np.arange(outer * self.inner, (outer + 1) * self.inner, dtype=np.int64)
                series = self._long(outer, all_of, self.length)
                found[positions] = series[entities[positions] - outer * self.inner, steps[positions]]
            return Values(found)
        distinct, which, lengths = self._distinct(entities, steps)
        for length, rows in grouped(lengths[which]):
            # Which of the entities of this length each row is of, some of them at a time.
            members = np.flatnonzero(lengths == length)
            order = np.searchsorted(members, which[rows])
            together = 1 if length >= LONG else max(AT_ONCE // length, 1)
            place = np.arange(len(entities))[rows]
            for number, positions in grouped(order // together):
                some = distinct[members[number * together : (number + 1) * together]]
                series = self._series(some, length) if length < LONG else self._long(int(some[0]), some, length)
                at = place[positions]
                found[at] = series[order[positions] - number * together, steps[at]]
        return Values(found)

    def _distinct(self, entities: Rows, steps: Rows) -> tuple[Rows, Rows, Rows]:
        """The entities, which of them each row is of, and the steps to compute for each: a power of 2 if of its own."""
        if len(entities) and np.all(entities[1:] >= entities[:-1]):
            starts = np.append(True, entities[1:] != entities[:-1])
            distinct, which = entities[starts], np.cumsum(starts) - 1
        else:
            distinct, which = np.unique(entities, return_inverse=True)
        if self.length is not None:
            return distinct, which, np.full(len(distinct), self.length)
        longest = np.zeros(len(distinct), np.int64)
        np.maximum.at(longest, which, steps)
        return distinct, which, np.int64(1) << np.ceil(np.log2(longest + 1)).astype(np.int64)

    def _long(self, name: int, entities: Rows, length: int) -> NDArray[Any]:
        """Series that are kept: those last asked for, as long as they fit."""
        kept = self._kept.get(name)
        if kept is None or kept.shape[1] < length:
            kept = self._series(entities, length)
            self._kept[name] = kept
            while len(self._kept) > 1 and sum(one.size for one in self._kept.values()) > KEPT:
                self._kept.popitem(last=False)
        self._kept.move_to_end(name)
        return kept

    def _series(self, entities: Rows, length: int) -> NDArray[Any]:
        """(E, length) values in the range, as small as they can be kept."""
        step, low, high = self.scale.step, self.scale.low, self.scale.high
        small = max(abs(low), abs(high)) < 2**31
        found = np.empty((len(entities), length), np.float64 if step is None else np.int32 if small else np.int64)
        together = max(AT_ONCE // length, 1)
        for start in range(0, len(entities), together):
            some = slice(start, start + together)
            values = self.motion.values(self.key, entities[some], length)
            if step is None:
                found[some] = np.clip(turned_back(values, low, high), low, high)
                continue
            values *= 10.0**step
            # The two ends have room of their own, half a step beyond, so that they are as likely as their neighbours.
            values = np.rint(turned_back(values, low - 0.5, high + 0.5))
            found[some] = np.clip(values, low, high)
        return found


def turned_back(values: Floats, low: float, high: float) -> Floats:
    """Values mirrored at the ends of a range as often as needed: nothing heaps up at an end."""
    beyond = (values < low) | (values > high)
    if beyond.any():
        width = high - low
        rest = np.mod(values[beyond] - low, 2 * width)
        values[beyond] = low + np.where(rest > width, 2 * width - rest, rest)
    return values
