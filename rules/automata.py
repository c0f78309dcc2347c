"""All texts of a pattern, each once: counted, and numbered so that a number leads straight to its text.

Two ways of reading a pattern may spell the same text (`a?a?`), so texts are counted on a deterministic automaton: its
states are sets of what may still follow (J. Brzozowski: Derivatives of regular expressions, JACM 11, 1964), and the
number of texts from a state on is the sum over its characters.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from graphlib import TopologicalSorter

from seedbed.rules.patterns import Chain, Either, Letters, Node, Pattern, Repeat

MOST_STATES = 20_000


class AmbiguousPattern(ValueError):
    """The pattern can be read in too many ways for its texts to be counted."""


@dataclass(frozen=True)
class State:
    """A place in a text.

    Attributes:
        ends: whether the text may end here.
        moves: characters that may follow, with the state each leads to; no character twice.
        count: texts from here on, each counted once.
    """

    ends: bool
    moves: tuple[tuple[str, int], ...]
    count: int


@lru_cache(maxsize=256)
def automaton(pattern: Pattern) -> tuple[State, ...]:
    """The states of a pattern, the first one where texts begin.

    Raises:
        AmbiguousPattern: more than `MOST_STATES` states.
    """
    builder = _Builder()
    first = frozenset(builder.opened(builder.link(pattern.node, 0)))
    numbers = {first: 0}
    waiting, moves = [first], {}
    while waiting:
        state = waiting.pop()
        found: list[tuple[str, int]] = []
        for characters, following in builder.moves(state):
            if following not in numbers:
                if len(numbers) >= MOST_STATES:
                    raise AmbiguousPattern(pattern.text)
                numbers[following] = len(numbers)
                waiting.append(following)
            found.append((characters, numbers[following]))
        moves[numbers[state]] = (0 in state, tuple(sorted(found)))
    counts: dict[int, int] = {}
    for number in TopologicalSorter({n: {to for _, to in moves[n][1]} for n in moves}).static_order():
        ends, leads = moves[number]
        counts[number] = ends + sum(len(characters) * counts[to] for characters, to in leads)
    return tuple(State(*moves[number], counts[number]) for number in range(len(moves)))


def count(pattern: Pattern) -> int:
    """How many different texts a pattern has.

    Raises:
        AmbiguousPattern: as `automaton`.
    """
    return automaton(pattern)[0].count


class _Builder:
    """Rests as numbers, so that sets of them are quick to compare; 0 is the end of the text."""

    def __init__(self) -> None:
        self._links: list[tuple[Node, int] | None] = [None]
        self._numbers: dict[tuple[int, int, int, int], int] = {}
        self._opened: dict[int, tuple[int, ...]] = {0: (0,)}
        self._kept: list[Node] = []

    def link(self, node: Node, rest: int) -> int:
        """The rest that starts with a node."""
        counts = (node.least, node.most) if isinstance(node, Repeat) else (0, 0)
        key = (id(node.part if isinstance(node, Repeat) else node), *counts, rest)
        if key not in self._numbers:
            self._kept.append(node)  # so that no other node takes its id
            self._numbers[key] = len(self._links)
            self._links.append((node, rest))
        return self._numbers[key]

    def opened(self, number: int) -> tuple[int, ...]:
        """The rests that start with a character, or end the text, and that this one can stand for."""
        found, seen, waiting = set(), set(), [number]
        while waiting:
            here = waiting.pop()
            if here in seen:
                continue
            seen.add(here)
            link = self._links[here]
            if link is None:
                found.add(0)
                continue
            node, rest = link
            match node:
                case Letters():
                    found.add(here)
                case Chain():
                    for part in reversed(node.parts):
                        rest = self.link(part, rest)
                    waiting.append(rest)
                case Either():
                    waiting.extend(self.link(option, rest) for option in node.options)
                case Repeat():
                    if node.least == 0:
                        waiting.append(rest)
                    if node.most:
                        after = self.link(Repeat(node.part, max(node.least - 1, 0), node.most - 1), rest)
                        waiting.append(self.link(node.part, after))
        return tuple(found)

    def moves(self, state: frozenset[int]) -> list[tuple[str, frozenset[int]]]:
        """Characters that may follow, those with the same future together, and that future."""
        futures: dict[str, set[int]] = {}
        for number in state:
            link = self._links[number]
            if link is None:
                continue
            node, rest = link
            assert isinstance(node, Letters)
            for character in node.characters:
                futures.setdefault(character, set()).add(rest)
        groups: dict[frozenset[int], list[str]] = {}
        for character, rests in futures.items():
            groups.setdefault(frozenset(rests), []).append(character)
        joined: dict[frozenset[int], list[str]] = {}
        for after, characters in groups.items():
            following = frozenset(one for rest in after for one in self._open(rest))
            joined.setdefault(following, []).extend(characters)
        return [("".join(sorted(characters)), following) for following, characters in joined.items()]

    def _open(self, rest: int) -> tuple[int, ...]:
        if rest not in self._opened:
            self._opened[rest] = self.opened(rest)
        return self._opened[rest]
