"""What a column looks like outside: its Arrow type, its Parquet encoding, and its shape in a formula.

Encodings were measured on the grocery sale table (pyarrow 25, ns per row and bytes per row): whole numbers, moments
and decimals as 64-bit DELTA_BINARY_PACKED, categories as dictionary codes, fractions BYTE_STREAM_SPLIT, all zstd level
1, except drawn moments and numbers of parents, which are noise that zstd only spends time on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from seedbed.generators.values import IdText, Mask, Values, Words, id_texts

if TYPE_CHECKING:
    import polars as pl

    from seedbed.generators.calendars import Zone

DIGITS = 18
"""Digits of a decimal column: the most that fit 64 bits."""
MOST_UNITS = 10**DIGITS - 1
MOST_ID_WORDS = 1 << 14
"""Up to so many formatted ids of a parent are kept as a dictionary; above, each is written out."""

_SCHEMA_ORG = {
    "integer": "Integer",
    "number": "Float",
    "decimal": "Float",
    "boolean": "Boolean",
    "date": "Date",
    "datetime": "DateTime",
}


@dataclass(frozen=True)
class Form:
    """How one column is written and read.

    Attributes:
        type: the rule book's column type.
        zone: the book's time zone.
        places: of a decimal.
        parts: text around the number, for ids and references to ids with a format.
        ids: the parent's ids as words, where they are few.
        drawn: whether values are random draws (else computed, which may repeat and compress).
        spelled: whether texts hardly repeat, so that each is written out.
    """

    type: str
    zone: Zone
    places: int = 0
    parts: IdText | None = None
    ids: Words | None = None
    drawn: bool = False
    spelled: bool = False
    metadata: dict[str, str] = field(default_factory=dict)

    @property
    def written(self) -> Any:
        """Arrow type handed to the Parquet writer."""
        match self.type:
            case "id" | "reference":
                if self.ids is not None:
                    return pa.dictionary(pa.int32(), pa.string())
                return pa.int64() if self.parts is None else pa.string()
            case "integer":
                return pa.int64()
            case "number":
                return pa.float64()
            case "decimal":
                return pa.decimal64(DIGITS, self.places)
            case "boolean":
                return pa.bool_()
            case "date":
                return pa.date32()
            case "datetime":
                return pa.timestamp("ms", self.zone.name)
            case _:
                return pa.string() if self.spelled else pa.dictionary(pa.int32(), pa.string())

    @property
    def read(self) -> Any:
        """Arrow type that readers are told: what is written, without the dictionary or the narrow decimal."""
        written = self.written
        if pa.types.is_dictionary(written):
            return pa.string()
        return pa.decimal128(DIGITS, self.places) if self.type == "decimal" else written

    @property
    def schema_org(self) -> str:
        """Type in the dataset's card."""
        if self.type in {"id", "reference"} and self.parts is None:
            return "Integer"
        return _SCHEMA_ORG.get(self.type, "Text")

    @property
    def encoding(self) -> str | None:
        """Parquet encoding, None for the dictionary, and for booleans, which have one only."""
        if pa.types.is_dictionary(self.written) or self.type == "boolean":
            return None
        if self.type == "number":
            return "BYTE_STREAM_SPLIT"
        if self.written == pa.string():
            return "DELTA_BYTE_ARRAY" if self.type == "id" else "PLAIN"
        return "DELTA_BINARY_PACKED"

    @property
    def compression(self) -> str:
        """Parquet codec; none for moments and numbered parents at random, which are noise once packed."""
        noise = self.type == "reference" and self.parts is None
        return "NONE" if noise or (self.type == "datetime" and self.drawn) else "ZSTD"

    def array(self, values: Values) -> Any:
        """Values as an Arrow array of type `written`."""
        bits = _bitmap(values.valid)
        if values.words is not None:
            if self.spelled:
                return _spelled(values.words, values.data, bits)
            return _dictionary(values.words, values.data, bits)
        if self.ids is not None:
            return _dictionary(self.ids, values.data, bits)
        if self.parts is not None:
            array = id_texts(values.data, self.parts)
            return pa.Array.from_buffers(pa.string(), len(array), [bits, *array.buffers()[1:]])
        data = values.data
        match self.type:
            case "id" | "reference":
                data = data + 1
            case "boolean":
                data = np.packbits(data, bitorder="little")
            case "date":
                data = data.astype(np.int32)
        return pa.Array.from_buffers(self.written, len(values), [bits, pa.py_buffer(np.ascontiguousarray(data))])

    def series(self, name: str, values: Values) -> pl.Series:
        """Values as formulas see them.

        Decimals come as float64, moments as local time without an offset (milliseconds), ids and references as the id.
        """
        import polars as pl

        words, data = values.words or self.ids, values.data
        if words is not None:
            series = pl.Series(name, words.texts, dtype=pl.String).gather(pl.Series(data.astype(np.uint32)))
        elif self.parts is not None:
            text = id_texts(data, self.parts)
            series = pl.Series(name, text, dtype=pl.String)
        elif self.type in {"id", "reference"}:
            series = pl.Series(name, data + 1)
        elif self.type == "decimal":
            series = pl.Series(name, self.numbers(values))
        elif self.type == "date":
            series = pl.Series(name, data.astype(np.int32)).cast(pl.Date)
        elif self.type == "datetime":
            series = pl.Series(name, self.zone.to_local(data)).cast(pl.Datetime("ms"))
        else:
            series = pl.Series(name, data)
        if values.valid is not None:
            series = series.zip_with(pl.Series(values.valid), pl.Series(name, [None], dtype=series.dtype))
        return series

    def numbers(self, values: Values) -> NDArray[np.float64]:
        """Numeric values as float64, without their mask."""
        if self.type == "decimal":
            return np.asarray(values.data / np.float64(10**self.places))
        return values.data.astype(np.float64)


def _bitmap(valid: Mask | None) -> Any:
    return None if valid is None else pa.py_buffer(np.packbits(valid, bitorder="little"))


def _spelled(words: Words, codes: NDArray[Any], bits: Any) -> Any:
    codes = np.ascontiguousarray(codes, dtype=np.int32)
    texts = words.texts
    # A drawn text is mostly its own row's: nothing to look up.
    own = len(texts) == len(codes) and not texts.offset and np.array_equal(codes, np.arange(len(codes)))
    if not own:
        texts = texts.take(pa.Array.from_buffers(pa.int32(), len(codes), [None, pa.py_buffer(codes)]))
    return pa.Array.from_buffers(pa.string(), len(codes), [bits, *texts.buffers()[1:]])


def _dictionary(words: Words, codes: NDArray[Any], bits: Any) -> Any:
    codes = np.ascontiguousarray(codes, dtype=np.int32)
    indices = pa.Array.from_buffers(pa.int32(), len(codes), [bits, pa.py_buffer(codes)])
    if words.fixed:
        return pa.DictionaryArray.from_arrays(indices, words.texts)
    # Words of a block are not part of the result: only those in use, in order of first appearance, may be written.
    return words.texts.take(indices).dictionary_encode()
