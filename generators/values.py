"""Values of a column on some rows, in the form they are computed in; `forms` turns them into Arrow and Polars."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

Mask = NDArray[np.bool_]


def strings(texts: Sequence[str]) -> Any:
    """Arrow strings, put together by hand: `pa.array` of a list imports pandas, a second of every process."""
    encoded = [text.encode() for text in texts]
    offsets = np.zeros(len(encoded) + 1, dtype=np.int32)
    np.cumsum([len(part) for part in encoded], out=offsets[1:])
    return pa.Array.from_buffers(
        pa.string(), len(encoded), [None, pa.py_buffer(offsets), pa.py_buffer(b"".join(encoded))]
    )


@dataclass(frozen=True)
class Words:
    """Texts that codes point to.

    Attributes:
        texts: Arrow strings.
        fixed: the same object on every block of rows, without repeats; else made for one block alone.
    """

    texts: Any
    fixed: bool

    @classmethod
    def of(cls, texts: Sequence[str]) -> Words:
        """Fixed words."""
        return cls(strings(texts), fixed=True)

    def __len__(self) -> int:
        return len(self.texts)


@dataclass(frozen=True, slots=True)
class Values:
    """Values on N rows.

    Attributes:
        data: (N,) int64 for whole numbers, decimals (units of their last place), days (since 1970-01-01), moments (ms
            UTC), ids (row from 0) and references (parent row from 0); float64 for numbers; bool; codes into `words`.
        valid: (N,) False where the value is missing, or None where none is.
        words: texts the codes point to, for categories and text.
    """

    data: NDArray[Any]
    valid: Mask | None = None
    words: Words | None = None

    def __len__(self) -> int:
        return len(self.data)

    def take(self, rows: NDArray[np.int64]) -> Values:
        """The values at positions."""
        return Values(self.data.take(rows), None if self.valid is None else self.valid.take(rows), self.words)

    def picked(self, rows: NDArray[np.int64]) -> Values:
        """As `take` for few of many rows: texts of a block that none of them has are left out."""
        if self.words is None or self.words.fixed:
            return self.take(rows)
        used, codes = np.unique(self.data[rows], return_inverse=True)
        texts = self.words.texts.take(
            pa.Array.from_buffers(pa.int64(), len(used), [None, pa.py_buffer(used.astype(np.int64))])
        )
        valid = None if self.valid is None else self.valid[rows]
        return Values(codes.astype(np.int32), valid, Words(texts if len(texts) else strings([""]), fixed=False))

    def masked(self, valid: Mask | None) -> Values:
        """The same with further values missing."""
        if valid is None:
            return self
        return Values(self.data, valid if self.valid is None else self.valid & valid, self.words)

    def nulls(self) -> int:
        """How many are missing."""
        return 0 if self.valid is None else int(len(self.valid) - np.count_nonzero(self.valid))

    def holds(self) -> Mask:
        """For truth values: where they are true; missing is not."""
        return self.data if self.valid is None else np.asarray(self.data & self.valid)


def concatenated(parts: Sequence[Values]) -> Values:
    """Values of several stretches of rows, one after the other."""
    if len(parts) == 1:
        return parts[0]
    valid = None
    if any(part.valid is not None for part in parts):
        valid = np.concatenate([np.ones(len(p), np.bool_) if p.valid is None else p.valid for p in parts])
    words = parts[0].words
    if words is None or all(part.words is words for part in parts):
        return Values(np.concatenate([part.data for part in parts]), valid, words)
    merged, codes, start = [], [], 0
    for part in parts:
        assert part.words is not None
        codes.append(part.data.astype(np.int32) + np.int32(start))
        merged.append(part.words.texts)
        start += len(part.words)
    return Values(np.concatenate(codes), valid, Words(pa.concat_arrays(merged), fixed=False))


def texts(array: Any) -> Values:
    """Values from Arrow strings (array or chunked), dictionary made in order of first appearance."""
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    encoded = array.cast(pa.string()).dictionary_encode()
    valid = None
    if encoded.indices.null_count:
        valid = np.asarray(encoded.indices.is_valid().to_numpy(zero_copy_only=False))
    codes = encoded.indices.fill_null(0).to_numpy()
    words = encoded.dictionary if len(encoded.dictionary) else strings([""])
    return Values(codes, valid, Words(words, fixed=False))


class IdText(NamedTuple):
    """Text around an id's number."""

    prefix: str
    width: int
    suffix: str


def id_texts(rows: NDArray[np.int64], parts: IdText) -> Any:
    """Ids of rows as Arrow strings: prefix, the number (row + 1) filled with zeros, suffix.

    Args:
        rows: (N,) from 0.
        parts: text around the number and its least digits.
    """
    numbers = rows + 1
    if numbers.size == 0:
        return strings([])
    digits = np.maximum(_digits(numbers), parts.width)
    head, tail = parts.prefix.encode(), parts.suffix.encode()
    most = int(digits.max())
    letters = np.empty((len(rows), len(head) + most + len(tail)), dtype=np.uint8)
    letters[:, : len(head)] = np.frombuffer(head, np.uint8)
    letters[:, len(head) + most :] = np.frombuffer(tail, np.uint8)
    rest = numbers
    for place in range(most):
        upper = rest // 10
        letters[:, len(head) + most - 1 - place] = (rest - upper * 10) + 48
        rest = upper
    lengths = digits + (len(head) + len(tail))
    if int(digits.min()) < most:
        column = np.arange(most)[None, :]
        keep = np.ones(letters.shape, np.bool_)
        keep[:, len(head) : len(head) + most] = column >= (most - digits)[:, None]
        content = letters[keep]
    else:
        content = letters.ravel()
    offsets = np.zeros(len(rows) + 1, dtype=np.int32)
    np.cumsum(lengths, out=offsets[1:])
    return pa.Array.from_buffers(pa.string(), len(rows), [None, pa.py_buffer(offsets), pa.py_buffer(content)])


_TENS = 10 ** np.arange(1, 19, dtype=np.int64)


def _digits(numbers: NDArray[np.int64]) -> NDArray[np.int64]:
    return np.searchsorted(_TENS, numbers, side="right") + 1
