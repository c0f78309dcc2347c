"""Compiling patterns: from what a person wrote to parts that are drawn and places that are numbered."""

from __future__ import annotations

import numpy as np

from seedbed.generators.patterns import (
    MOST_NUMBERED,
    Codes,
    DistinctPatternMaker,
    Letter,
    OneOf,
    Part,
    PatternMaker,
    Place,
    Several,
)
from seedbed.rules.automata import State, automaton
from seedbed.rules.patterns import Chain, Either, Letters, Node, Pattern, Repeat


def pattern_maker(key: int, pattern: Pattern) -> PatternMaker:
    """Compiles a pattern whose texts may repeat."""
    part = _part(pattern.node)
    return PatternMaker(key, part, _width(part))


def distinct_pattern_maker(key: int, pattern: Pattern) -> DistinctPatternMaker:
    """Compiles a pattern whose texts all differ."""
    places = tuple(_place(state, automaton(pattern)) for state in automaton(pattern))
    return DistinctPatternMaker(key, places, pattern.longest)


def _codes(characters: str) -> Codes:
    return np.array([ord(character) for character in characters], np.uint32)


def _part(node: Node) -> Part:
    match node:
        case Letters():
            return Letter(_codes(node.characters))
        case Chain():
            return Several(tuple(map(_part, node.parts)), len(node.parts))
        case Either():
            return OneOf(tuple(map(_part, node.options)))
        case Repeat():
            return Several((_part(node.part),) * node.most, node.least)


def _width(part: Part) -> int:
    return 1 if isinstance(part, Letter) else sum(map(_width, part.parts))


def _place(state: State, states: tuple[State, ...]) -> Place:
    counts = tuple(states[to].count for _, to in state.moves)
    few = state.count <= MOST_NUMBERED
    return Place(
        ends=state.ends,
        codes=tuple(_codes(characters) for characters, _ in state.moves),
        leads=tuple(to for _, to in state.moves),
        counts=counts if few else tuple(float(min(count, 10**300)) for count in counts),
        count=state.count if few else 0,
    )
