"""Faults of text, and of digits typed in the wrong order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.faults.arrivals import Arrivals
from seedbed.generators.faults.selections import Picked
from seedbed.generators.forms import MOST_UNITS
from seedbed.generators.values import Values, Words, strings

Rows = NDArray[np.int64]

_BESIDE = dict(
    zip(
        "abcdefghijklmnopqrstuvwxyz0123456789",
        "snvfrghjoklknmiowtdyibecux" + "9234567890",
        strict=True,
    )
)
"""A key beside each on a keyboard."""


@dataclass(frozen=True)
class Rewording:
    """Each text becomes another that depends on itself alone.

    Attributes:
        columns: of text.
        word: what a text becomes.
    """

    columns: tuple[str, ...]
    word: Callable[[str], str]

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        found = {}
        for name in self.columns:
            values = arrivals.get(name).take(rows)
            texts, codes = used(values)
            words = Words(strings([self.word(text) for text in texts]), fixed=False)
            found[name] = Values(codes, values.valid, words)
        return found


@dataclass(frozen=True)
class Misreading:
    """What a text becomes when it is read in the wrong encoding.

    Attributes:
        encoding: it is read in.
    """

    encoding: str

    def __call__(self, text: str) -> str:
        """The misread text."""
        if self.encoding == "ascii":
            return text.encode("ascii", "replace").decode("ascii")
        return text.encode().decode(self.encoding, "replace")


@dataclass(frozen=True)
class Cut:
    """The first letters of a text.

    Attributes:
        length: how many.
    """

    length: int

    def __call__(self, text: str) -> str:
        """The text cut off."""
        return text[: self.length]


@dataclass(frozen=True)
class Respelling:
    """The new spelling of a category.

    Attributes:
        names: by category, those left out stay; None where every one turns to capitals, or to small letters.
    """

    names: Mapping[str, str] | None

    def __call__(self, text: str) -> str:
        """The category as it is spelt now."""
        if self.names is not None:
            return self.names.get(text, text)
        other = text.upper() if text.upper() != text else text.lower()
        return other if other != text else text + " "


@dataclass(frozen=True)
class Mistyping:
    """Each text or number is typed wrong in one place.

    Attributes:
        columns: of text, whole numbers or decimals.
        key: of the draws.
    """

    columns: tuple[str, ...]
    key: int

    def values(self, arrivals: Arrivals, rows: Rows, picked: Picked) -> Mapping[str, Values]:
        """New values, by column."""
        found = {}
        clean = arrivals.clean.rows[picked.positions]
        for name in self.columns:
            values = arrivals.get(name).take(rows)
            cells = keys.cells_at(keys.key(self.key, name), clean).tolist()
            if values.words is None:
                numbers = [swapped_digits(n, cell) for n, cell in zip(values.data.tolist(), cells, strict=True)]
                found[name] = Values(np.array(numbers, np.int64), values.valid)
                continue
            texts, codes = used(values)
            typed = [mistyped(texts[code], cell) for code, cell in zip(codes.tolist(), cells, strict=True)]
            words = Words(strings(typed), fixed=False)
            found[name] = Values(np.arange(len(typed), dtype=np.int32), values.valid, words)
        return found


def used(values: Values) -> tuple[list[str], NDArray[np.int32]]:
    """The texts that occur, and (N,) which of them each value is."""
    assert values.words is not None
    entries, codes = np.unique(values.data, return_inverse=True)
    return [values.words.texts[code].as_py() for code in entries.tolist()], codes.astype(np.int32)


def mistyped(text: str, cell: int) -> str:
    """A text with one mistake, another than before unless it is empty.

    Args:
        text: as it should be.
        cell: 64 random bits.
    """
    if not text:
        return text
    kind, place = cell & 3, (cell >> 2) % len(text)
    letter, rest = text[place], text[place + 1 :]
    if kind == 0 and rest and rest[0] != letter:
        return text[:place] + rest[0] + letter + rest[1:]
    if kind == 1 and len(text) > 1:
        return text[:place] + rest
    if kind == 2 and letter.lower() in _BESIDE:
        beside = _BESIDE[letter.lower()]
        return text[:place] + (beside if letter.islower() or letter.isdigit() else beside.upper()) + rest
    return text[:place] + letter + letter + rest


def swapped_digits(number: int, cell: int) -> int:
    """A whole number with two neighbouring digits in the wrong order, or its last digit twice where all are alike.

    Args:
        number: as it should be.
        cell: random bits.
    """
    digits = str(abs(number))
    places = [place for place in range(len(digits) - 1) if digits[place] != digits[place + 1]]
    if places:
        place = places[cell % len(places)]
        digits = digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :]
    else:
        digits += digits[-1]
    typed = int(digits) if number >= 0 else -int(digits)
    return typed if abs(typed) <= MOST_UNITS else number
