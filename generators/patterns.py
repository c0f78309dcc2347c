"""Texts of a pattern: drawn, or numbered so that all differ."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.permutations import Permutation
from seedbed.generators.picks import uniform
from seedbed.generators.values import Mask, Values, Words

Codes = NDArray[np.uint32]

MOST_NUMBERED = 1 << 62
_ENOUGH = 1 << 53


def written_out(texts: Any, valid: Mask | None = None) -> Values:
    """Values of texts that hardly repeat: each row has its own.

    Args:
        texts: (N,) Arrow strings without nulls.
        valid: where they are not missing.
    """
    return Values(np.arange(len(texts), dtype=np.int32), valid, Words(texts, fixed=False))


def strings_of(codes: Codes) -> Any:
    """Arrow strings of characters.

    Args:
        codes: (N, W) code points, 0 for none.
    """
    lengths = np.count_nonzero(codes, axis=1)
    letters = codes[codes > 0]
    if letters.size and int(letters.max()) >= 128:
        sizes = 1 + (codes >= 0x80).astype(np.int32) + (codes >= 0x800) + (codes >= 0x10000)
        lengths = (sizes * (codes > 0)).sum(axis=1)
        content = letters.astype("<u4").tobytes().decode("utf-32-le").encode()
    else:
        content = letters.astype(np.uint8).tobytes()
    offsets = np.zeros(len(codes) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.Array.from_buffers(pa.string(), len(codes), [None, pa.py_buffer(offsets), pa.py_buffer(content)])


@dataclass(frozen=True)
class Letter:
    """One of some characters."""

    codes: Codes


@dataclass(frozen=True)
class Several:
    """Parts one after the other, the first `least` always and the rest as far as drawn."""

    parts: tuple[Part, ...]
    least: int


@dataclass(frozen=True)
class OneOf:
    """One of several parts, equally likely."""

    parts: tuple[Part, ...]


Part = Letter | Several | OneOf


@dataclass(frozen=True)
class PatternMaker:
    """Texts drawn from a pattern: every character, branch and count of repeats equally likely where it is chosen.

    Attributes:
        key: of the draws; each place of the pattern has its own.
        part: the pattern.
        width: places for characters.
    """

    key: int
    part: Part
    width: int

    def make(self, block: Block) -> Values:
        """One text per row."""
        return written_out(strings_of(_Drawing(self, block).codes))


class _Drawing:
    """The characters of one block, filled place by place."""

    def __init__(self, maker: PatternMaker, block: Block) -> None:
        self._key, self._block, self._draws, self._column = maker.key, block, 0, 0
        self.codes = np.zeros((len(block), maker.width), np.uint32)
        self._fill(maker.part, None)

    def _choice(self, count: int) -> NDArray[np.int64]:
        self._draws += 1
        return uniform(self._block.cells(keys.key(self._key, "place", self._draws)), count)

    def _fill(self, part: Part, where: Mask | None) -> None:
        """Draws a part on the rows where it occurs."""
        match part:
            case Letter():
                if len(part.codes) == 1:
                    letters: Any = np.full(len(self.codes), part.codes[0], np.uint32)
                else:
                    letters = part.codes[self._choice(len(part.codes))]
                self.codes[:, self._column] = letters if where is None else np.where(where, letters, 0)
                self._column += 1
            case OneOf():
                chosen = self._choice(len(part.parts))
                for number, one in enumerate(part.parts):
                    here = chosen == number
                    self._fill(one, here if where is None else here & where)
            case Several():
                free = len(part.parts) - part.least
                times = self._choice(free + 1) if free else None
                for number, one in enumerate(part.parts):
                    here = where
                    if times is not None and number >= part.least:
                        reached = times > number - part.least
                        here = reached if where is None else reached & where
                    self._fill(one, here)


@dataclass(frozen=True)
class Place:
    """A state of a pattern's automaton, in numbers.

    Attributes:
        ends: whether the text may end here.
        codes: for each move its characters.
        leads: for each move the place it leads to.
        counts: for each move the texts from there on; as floats where they are more than 2**62.
        count: texts from here on, at most 2**62; 0 where they are more.
    """

    ends: bool
    codes: tuple[Codes, ...]
    leads: tuple[int, ...]
    counts: tuple[float, ...]
    count: int


@dataclass(frozen=True)
class DistinctPatternMaker:
    """Texts of a pattern that differ in all rows.

    The row's number goes through a permutation of all texts of the pattern. Where these are more than can be numbered,
    the first characters are drawn until few enough are left: rows that differ there differ anyway.

    Attributes:
        key: of permutation and draws.
        places: the automaton, the first one where texts begin.
        width: characters of the longest text.
    """

    key: int
    places: tuple[Place, ...]
    width: int
    _permutations: dict[int, Permutation] = field(default_factory=dict, compare=False, repr=False)

    def make(self, block: Block) -> Values:
        """One text per row."""
        rows = block.rows
        codes = np.zeros((len(rows), self.width), np.uint32)
        place = np.zeros(len(rows), np.int64)
        rank = np.full(len(rows), -1, np.int64)
        open_ = np.arange(len(rows))
        if not open_.size:
            return written_out(strings_of(codes))
        for column in range(self.width + 1):
            going = []
            before = place[open_]
            alone = before.min() == before.max()
            for number in [int(before[0])] if alone else np.unique(before).tolist():
                here = open_ if alone else open_[before == number]
                state = self.places[number]
                if state.count:
                    fresh = here[rank[here] < 0]
                    if fresh.size:
                        rank[fresh] = self._permutation(number, state.count).at(rows[fresh])
                    going.append(self._ranked(state, here, rank, place, codes, column))
                else:
                    cells = keys.cells_at(keys.key(self.key, "place", column), rows[here])
                    going.append(self._drawn(state, here, cells, place, codes, column))
            open_ = np.concatenate(going) if going else open_[:0]
            if not open_.size:
                break
        return written_out(strings_of(codes))

    def _permutation(self, number: int, count: int) -> Permutation:
        if number not in self._permutations:
            self._permutations[number] = Permutation(keys.key(self.key, "texts", number), count)
        return self._permutations[number]

    @staticmethod
    def _ranked(state: Place, here: Any, rank: Any, place: Any, codes: Codes, column: int) -> NDArray[np.int64]:
        """Takes the next character by rank; gives the rows that go on."""
        if state.ends:
            here = here[rank[here] > 0]
            rank[here] -= 1
        if not state.leads or not here.size:
            return np.empty(0, np.int64)
        counts = np.array(state.counts, np.int64)
        sizes = np.array([len(letters) for letters in state.codes], np.int64) * counts
        bounds = np.cumsum(sizes)
        move = np.searchsorted(bounds, rank[here], side="right") if len(sizes) > 1 else np.zeros(len(here), np.int64)
        inside = rank[here] - (bounds - sizes)[move]
        letter, rank[here] = np.divmod(inside, counts[move])
        starts = np.cumsum([0, *(len(letters) for letters in state.codes)])
        codes[here, column] = np.concatenate(state.codes)[starts[move] + letter]
        place[here] = np.array(state.leads, np.int64)[move]
        return np.asarray(here)

    @staticmethod
    def _drawn(state: Place, here: Any, cells: Any, place: Any, codes: Codes, column: int) -> NDArray[np.int64]:
        """Draws the next character among those after which enough texts are left."""
        sizes = np.array([len(letters) for letters in state.codes])
        weights = np.repeat(np.array(state.counts) * (np.array(state.counts) >= _ENOUGH), sizes)
        bounds = np.cumsum(weights / weights.sum())
        last = int(np.flatnonzero(weights)[-1])
        letter = np.minimum(np.searchsorted(bounds, keys.to_unit(cells), side="right"), last)
        codes[here, column] = np.concatenate(state.codes)[letter]
        place[here] = np.repeat(np.array(state.leads, np.int64), sizes)[letter]
        return np.asarray(here)
