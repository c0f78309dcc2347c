"""Names, addresses and the like from Faker, through pools.

Faker makes some ten thousand texts a second, Seedbed millions of rows: a column draws from a pool of texts instead.
Text k of a pool is what Faker, seeded with the key of (seed, locale, provider, k), says, so it does not matter which
process makes it, or in what order, or whether the rest of the pool is ever made.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.picks import uniform
from seedbed.generators.values import Values, Words, strings

SIZE = 20_000
"""Texts in a pool; repeats among them are as frequent as Faker's own."""


class Pool:
    """The texts of one (seed, locale, provider).

    Args:
        seed: the book's.
        locale: such as `fr_CA`.
        provider: name of a Faker method that needs no arguments.
    """

    def __init__(self, seed: int, locale: str, provider: str) -> None:
        self._seed, self._locale, self._provider = seed, locale, provider
        self._texts: dict[int, str] = {}
        self._faker: Any = None

    def texts(self, entries: NDArray[np.int64]) -> list[str]:
        """The texts of entries, made where they are not yet."""
        return [self._texts.get(k) or self._make(k) for k in entries.tolist()]

    def _make(self, entry: int) -> str:
        if self._faker is None:
            from faker import Faker

            # Weighted names are eight times slower to make, and a pool of 20,000 blurs their weights anyway.
            self._faker = Faker(self._locale, use_weighting=False)
        self._faker.seed_instance(keys.key(self._seed, "faker", self._locale, self._provider, entry))
        text = str(getattr(self._faker, self._provider)())
        self._texts[entry] = text
        return text


@dataclass(frozen=True)
class PoolMaker:
    """Texts drawn from a pool.

    Attributes:
        key: of the draws.
        pool: the pool.
    """

    key: int
    pool: Pool

    def make(self, block: Block) -> Values:
        """One text per row."""
        entries, codes = np.unique(uniform(block.cells(self.key), SIZE), return_inverse=True)
        words = Words(strings(self.pool.texts(entries)), fixed=False)
        return Values(codes.astype(np.int32), None, words)
