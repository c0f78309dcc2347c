"""Choosing episodes before anything is made: where each begins, how long it lasts, which rows it covers.

Only windows of the table are looked at, so that a table of any size takes seconds; where rows are chosen by a condition
or an entity, an episode lies within one window.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.core.zones import Zone
from seedbed.generators.blocks import STRETCH, Block, TableMaker
from seedbed.generators.faults.selections import Days, Listed, Sieve, day_codes
from seedbed.generators.picks import uniform

Rows = NDArray[np.int64]

WINDOW = 1 << 22
"""Rows that are looked at to find the rows of one entity: all of a table that is no larger."""
_WINDOWS = 8
_TRIES = 16
_TRIED_PER_DAY = 64


@dataclass(frozen=True)
class Wanted:
    """What episodes are to be like.

    Attributes:
        key: of the draws.
        count: of episodes.
        shortest: rows at least.
        longest: rows at most.
        repeats: whether an episode repeats the values of its first row, which then is not befallen itself.
        entity: reference column; each episode befalls one entity's rows, in the order of `date`.
        date: path of the date that orders them, None for the order of the rows.
    """

    key: int
    count: int
    shortest: int
    longest: int
    repeats: bool
    entity: str | None
    date: str | None

    def draw(self, purpose: str, episode: int, attempt: int, count: int) -> int:
        """A whole number in [0, count)."""
        cell = keys.cells_at(keys.key(self.key, purpose), np.array([episode * _TRIES + attempt]))
        return int(uniform(cell, count)[0])

    def length(self, episode: int) -> int:
        """Rows of an episode, as drawn."""
        return self.shortest + self.draw("length", episode, 0, self.longest - self.shortest + 1)


def choose(table: TableMaker, wanted: Wanted, sieve: Sieve) -> Listed:
    """Chooses episodes.

    Args:
        table: compiled.
        wanted: what they are to be like.
        sieve: which rows may be befallen.

    Returns:
        Their rows. Fewer episodes where the table has not enough rows that fit; none befalls a row of another.
    """
    windows = _Windows(table, sieve, wanted.entity)
    if wanted.entity is not None:
        runs = _of_entities(windows, wanted)
    elif sieve.open:
        runs = [_straight(table.rows, wanted, episode) for episode in range(wanted.count)]
    else:
        runs = [_sifted(windows, wanted, episode) for episode in range(wanted.count)]
    first = 1 if wanted.repeats else 0
    rows = np.concatenate([run[first:] for run in runs]) if runs else np.zeros(0, np.int64)
    numbers = [np.full(max(len(run) - first, 0), number, np.int32) for number, run in enumerate(runs, start=1)]
    sources = [np.full(max(len(run) - first, 0), run[0] if len(run) else 0, np.int64) for run in runs]
    rows, index = np.unique(rows, return_index=True)
    return Listed(rows, np.concatenate(numbers)[index], np.concatenate(sources)[index])


def _stratum(rows: int, wanted: Wanted, episode: int) -> tuple[int, int]:
    """The part of the table an episode lies in: episodes do not overlap."""
    return rows * episode // wanted.count, rows * (episode + 1) // wanted.count


def _straight(rows: int, wanted: Wanted, episode: int) -> Rows:
    low, high = _stratum(rows, wanted, episode)
    # At least as many rows stay as they are, or a small table would be nothing but the fault.
    length = min(wanted.length(episode), (high - low) // 2) + wanted.repeats
    if length > high - low:
        return np.zeros(0, np.int64)
    start = low + wanted.draw("start", episode, 0, high - low - length + 1)
    return np.arange(start, start + length, dtype=np.int64)


def _sifted(windows: _Windows, wanted: Wanted, episode: int) -> Rows:
    low, high = _stratum(windows.table.rows, wanted, episode)
    for attempt in range(_TRIES):
        begin = low + wanted.draw("window", episode, attempt, max(high - low - WINDOW // 4, 1))
        fitting = windows.fitting(begin, min(begin + WINDOW // 4, high))
        if len(fitting):
            length = min(wanted.length(episode), max(len(fitting) // 2, 1)) + wanted.repeats
            start = wanted.draw("start", episode, 0, max(len(fitting) - length, 0) + 1)
            return fitting[start : start + length]
    return np.zeros(0, np.int64)


def _of_entities(windows: _Windows, wanted: Wanted) -> list[Rows]:
    """Each episode in one of a few windows; those of a window one after the other, so that it is looked at once."""
    rows, least = windows.table.rows, 1 + wanted.repeats
    runs = [np.zeros(0, np.int64)] * wanted.count
    for attempt in range(_TRIES):
        left = [episode for episode, run in enumerate(runs) if len(run) < least]
        places = {episode: wanted.draw("window", episode, attempt, _WINDOWS) for episode in left}
        for episode in sorted(left, key=places.__getitem__):
            begin = wanted.draw("begin", places[episode], 0, max(rows - WINDOW, 0) + 1)
            fitting = windows.fitting(begin, min(begin + WINDOW, rows))
            if len(fitting):
                start = int(fitting[wanted.draw("start", episode, attempt, len(fitting))])
                runs[episode] = _from(windows, wanted, begin, start)[: wanted.length(episode) + wanted.repeats]
    return [run if len(run) >= least else run[:0] for run in runs]


def _from(windows: _Windows, wanted: Wanted, begin: int, start: int) -> Rows:
    """The fitting rows of a row's entity from that row on, in the order of their date."""
    own = windows.own(begin, start)
    if wanted.date is not None:
        dates = Block(windows.table, rows=own).get(wanted.date)
        there = np.ones(len(own), np.bool_) if dates.valid is None else dates.valid
        own = own[np.lexsort((own, dates.data, ~there))]
    return own[int(np.flatnonzero(own == start)[0]) :]


@dataclass
class _Windows:
    """Parts of a table, looked at once."""

    table: TableMaker
    sieve: Sieve
    entity: str | None
    _begin: int = -1
    _fitting: Rows = field(default_factory=lambda: np.zeros(0, np.int64))
    _entities: Rows = field(default_factory=lambda: np.zeros(0, np.int64))

    def fitting(self, begin: int, end: int) -> Rows:
        """The rows of [begin, end) that the sieve lets through and that have an entity, where one is asked for."""
        if begin != self._begin:
            rows, entities = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
            for start in range(begin, end, STRETCH):
                block = self.table.block(start, min(start + STRETCH, end))
                through = self.sieve.lets(block)
                if self.entity is not None:
                    references = block.get(self.entity)
                    through = through if references.valid is None else through & references.valid
                    entities.append(references.data[through].astype(np.int64))
                rows.append(block.rows[through])
            self._begin, self._fitting, self._entities = begin, np.concatenate(rows), np.concatenate(entities)
        return self._fitting

    def own(self, begin: int, row: int) -> Rows:
        """The fitting rows of a window that belong to a row's entity."""
        assert begin == self._begin
        entity = self._entities[np.searchsorted(self._fitting, row)]
        own: Rows = self._fitting[self._entities == entity]
        return own


def choose_days(
    table: TableMaker, key: int, count: int, date: str, zone: Zone | None, entity: str | None, sieve: Sieve
) -> Days:
    """Chooses days on which the table has rows, the more rows the likelier.

    Args:
        table: compiled.
        key: of the draws.
        count: days, or days of an entity.
        date: path of the date.
        zone: of the date, None for one without a time.
        entity: reference column, or None.
        sieve: which rows may be befallen.
    """
    tried = np.arange(_TRIED_PER_DAY * count + 1024)
    rows = uniform(keys.cells_at(key, tried), max(table.rows, 1))
    if table.rows <= len(tried):
        # Every row once, in an order of its own.
        rows = np.argsort(keys.cells(key, 0, table.rows), kind="stable").astype(np.int64)
    block = Block(table, rows=rows)
    codes, there = day_codes(block, date, zone, entity)
    codes = codes[there & sieve.lets(block)]
    found, first = np.unique(codes, return_index=True)
    chosen = np.sort(np.argsort(first, kind="stable")[:count])
    episodes = np.argsort(np.argsort(first[chosen], kind="stable"), kind="stable").astype(np.int32) + 1
    return Days(found[chosen], episodes, date, zone, entity, sieve)
