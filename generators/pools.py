"""Names, addresses and the like from Faker, through pools.

Faker makes some fifty thousand texts a second, Seedbed millions of rows: a column draws from a pool of texts instead.
A pool is made in batches: batch b is what Faker, seeded with the key of (seed, locale, provider, b), says first,
second, third ..., so it does not matter which process makes it, or in what order, or whether the rest is ever made.

Tables with many rows carry the whole pool, made once and sent to the workers with its codes worked out; tables with
few make the batches their rows meet.
"""

from __future__ import annotations

import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.values import Values, Words, strings

SIZE_BITS = 13
SIZE = 1 << SIZE_BITS
"""Texts in a pool; repeats among them are as frequent as Faker's own."""
BATCH = 8
"""Texts made from one seed: seeding costs as much as a short text."""
MOST_DISTINCT = 200_000
"""Most rows of a column of unique texts: Faker takes some seconds to say so many."""
_PATIENCE = 512


class Pool:
    """The texts of one (seed, locale, provider).

    Args:
        seed: the book's.
        locale: such as `fr_CA`.
        provider: name of a Faker method that needs no arguments.
    """

    def __init__(self, seed: int, locale: str, provider: str) -> None:
        self._seed, self._locale, self._provider = seed, locale, provider
        self._batches: dict[int, list[str]] = {}

    def texts(self, entries: NDArray[np.int64]) -> list[str]:
        """The texts of entries, made where they are not yet."""
        return [self.batch(entry // BATCH)[entry % BATCH] for entry in entries.tolist()]

    def batch(self, number: int) -> list[str]:
        """The texts of one batch; there is no end of batches."""
        if number not in self._batches:
            faker = self._faker
            faker.seed_instance(keys.key(self._seed, "faker", self._locale, self._provider, number))
            say = getattr(faker, self._provider)
            self._batches[number] = [str(say()) for _ in range(BATCH)]
        return self._batches[number]

    @cached_property
    def whole(self) -> tuple[Words, NDArray[np.int32]]:
        """All texts of the pool without repeats, and the code of every entry."""
        codes: dict[str, int] = {}
        entries = [codes.setdefault(text, len(codes)) for number in range(SIZE // BATCH) for text in self.batch(number)]
        return Words.of(list(codes)), np.array(entries, np.int32)

    def distinct(self, count: int) -> list[str]:
        """The first so many different texts; fewer where Faker hardly says anything new any more."""
        found: dict[str, None] = {}
        number, before = 0, 0
        while len(found) < count:
            found.update(dict.fromkeys(self.batch(number)))
            number += 1
            if number % _PATIENCE == 0:
                if len(found) - before < _PATIENCE * BATCH // 100:
                    break
                before = len(found)
        return list(found)[:count]

    @cached_property
    def _faker(self) -> Any:
        from faker import Faker

        # Weighted names are eight times slower to make, and a pool of some thousands blurs their weights anyway.
        faker = Faker(self._locale, use_weighting=False)
        _hasten(faker.factories[0])
        return faker

    def __getstate__(self) -> dict[str, Any]:
        # Workers make their own Faker, which is large, and the batches they meet; the whole pool they are given.
        return {name: value for name, value in self.__dict__.items() if name != "_faker"} | {"_batches": {}}


_TOKEN = re.compile(r"\{\{\s*(\w+)\s*\}\}")
_DIGITS, _DIGITS_FROM_ONE = tuple(range(10)), tuple(range(1, 10))
_MOST_TEMPLATES = 4096


def _hasten(generator: Any) -> None:
    """Puts short ways in the place of what Faker's texts spend most time on; they draw the same and say the same."""
    known: dict[str, list[str]] = {}
    general_parse = generator.parse

    def quick_parse(text: str) -> Any:
        parts = known.get(text)
        if parts is None:
            if ":" in text or len(known) >= _MOST_TEMPLATES:
                return general_parse(text)
            parts = known[text] = _TOKEN.split(text)
        return "".join(str(getattr(generator, part)()) if place % 2 else part for place, part in enumerate(parts))

    generator.parse = quick_parse
    for provider in generator.providers:
        provider.random_element = _quick_element(generator, provider.random_element)
        provider.random_digit = lambda: generator.random.choice(_DIGITS)
        provider.random_digit_not_null = lambda: generator.random.choice(_DIGITS_FROM_ONE)


def _quick_element(generator: Any, general: Callable[..., Any]) -> Callable[..., Any]:
    def random_element(elements: Any = ("a", "b", "c")) -> Any:
        if type(elements) is OrderedDict:
            if not hasattr(elements, "_key_cache"):
                elements._key_cache = tuple(elements)  # type: ignore[attr-defined]
            elements = elements._key_cache  # type: ignore[attr-defined]
        if (type(elements) is tuple or type(elements) is list) and elements:
            return generator.random.choice(elements)
        return general(elements)

    return random_element


@dataclass(frozen=True)
class PoolMaker:
    """Texts drawn from a pool.

    Attributes:
        key: of the draws.
        pool: the pool.
        many: whether the whole pool is made, because the column is asked for on many rows; the values are the same
            either way.
    """

    key: int
    pool: Pool
    many: bool = False

    def make(self, block: Block) -> Values:
        """One text per row."""
        drawn = (block.cells(self.key) >> np.uint64(64 - SIZE_BITS)).view(np.int64)
        if self.many:
            words, codes = self.pool.whole
            return Values(codes[drawn], None, words)
        entries, places = np.unique(drawn, return_inverse=True)
        words = Words(strings(self.pool.texts(entries)), fixed=False)
        return Values(places.astype(np.int32), None, words)

    def __getstate__(self) -> dict[str, Any]:
        if self.many:
            _ = self.pool.whole  # made here, once, and not by each worker
        return dict(self.__dict__)
