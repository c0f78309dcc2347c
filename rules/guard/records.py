"""Records of a delimited text file, read in constant memory: batches of text columns, and what cannot be read."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import polars as pl

from seedbed.rules.guard.codes import Code
from seedbed.rules.guard.dialects import Dialect, open_bytes, transcoded
from seedbed.rules.guard.tokenizer import Cut, Positions, Tokenizer

CHUNK = 1 << 23
"""Bytes read at a time."""


@dataclass(frozen=True)
class Unread:
    r"""A record that never became a row.

    Attributes:
        line: where it starts, from 1.
        code: why.
        words: the same for a person.
        raw: the record as it stands in the file; bytes that are no text as `\xe9`.
    """

    line: int
    code: Code
    words: str
    raw: str


@dataclass(frozen=True)
class Piece:
    """What one stretch of a source holds.

    Attributes:
        frame: rows that were read, under the source's own names.
        lines: (rows,) line or row number, from 1.
        unread: records that were not.
        blank: lines without a byte, which are no records.
    """

    frame: pl.DataFrame
    lines: Positions
    unread: Sequence[Unread] = ()
    blank: int = 0

    @property
    def records(self) -> int:
        """How many records the stretch holds."""
        return self.frame.height + len(self.unread)


def read_records(path: Path, dialect: Dialect, chunk_size: int = CHUNK) -> Iterator[Piece]:
    """Reads a file of delimited text.

    Args:
        path: of the file; `.gz` is unpacked.
        dialect: from `find_dialect`.
        chunk_size: bytes held at a time; changes memory and speed, never the records.

    Yields:
        Pieces, in the order of the file; every record is in exactly one.
    """
    tokenizer = Tokenizer(dialect.delimiter, dialect.quote, len(dialect.names))
    rest, line, header = b"", 1, dialect.header
    for chunk, last in _chunks(path, dialect, chunk_size):
        rest = rest + chunk if rest else chunk
        while True:
            cut = tokenizer.cut(rest, last)
            piece, header = _piece(rest, cut, dialect, line, header)
            line += cut.line_count
            rest = rest[cut.used :]
            if piece.records or piece.blank:
                yield piece
            if not cut.used or not rest:
                break


def _chunks(path: Path, dialect: Dialect, size: int) -> Iterator[tuple[bytes, bool]]:
    """Chunks of UTF-8 with line feeds, each with whether it is the last."""
    with open_bytes(path) as file:
        file.read(dialect.bom)
        held: bytes | None = None
        for chunk in transcoded(iter(lambda: file.read(size), b""), dialect.encoding):
            chunk = chunk.replace(b"\r", b"\n") if dialect.ending == "\r" else chunk
            if held is not None:
                yield held, False
            held = chunk
        yield held or b"", True


def _piece(chunk: bytes, cut: Cut, dialect: Dialect, line: int, header: bool) -> tuple[Piece, bool]:
    """Rows and unread records of a cut; with whether the header is still to come."""
    count, width = len(cut.starts), len(dialect.names)
    first = int(header and count > 0)
    faults: dict[int, tuple[Code, str]] = {index: (code, _words(code)) for index, code in cut.faults.items()}
    for index in np.flatnonzero(cut.widths != width):
        if (number := int(index)) not in faults:
            found = int(cut.widths[number])
            words = f"{found} field{'s' if found != 1 else ''} where the header names {width}"
            faults[number] = (Code.RAGGED_LINE, words)
    used = memoryview(chunk)[: cut.used]
    if b"\0" in chunk:
        for number in range(count):
            if number not in faults and 0 in used[cut.starts[number] : cut.stops[number]]:
                faults[number] = (Code.NUL_BYTE, _words(Code.NUL_BYTE))
    if not chunk.isascii():
        _find_undecodable(chunk, cut, faults, dialect)
    for number in range(first):
        faults.pop(number, None)
    good = np.ones(count, bool)
    good[:first] = False
    good[list(faults)] = False
    unread = [
        Unread(line + int(cut.lines[number]), code, words, _raw(used[cut.starts[number] : cut.stops[number]]))
        for number, (code, words) in sorted(faults.items())
    ]
    return Piece(_frame(chunk, cut, dialect, good), (cut.lines + line)[good], unread, cut.blank), header and not count


def _words(code: Code) -> str:
    return {
        Code.UNCLOSED_QUOTE: "a quoted field is not closed before the next one",
        Code.TOO_LONG: "longer than any record may be (1 MiB); its start is kept",
        Code.NUL_BYTE: "a NUL byte in the text",
    }[code]


def _raw(content: memoryview) -> str:
    return bytes(content).decode("utf-8", "backslashreplace")


def _find_undecodable(chunk: bytes, cut: Cut, faults: dict[int, tuple[Code, str]], dialect: Dialect) -> None:
    try:
        chunk[: cut.used].decode()
        return
    except UnicodeDecodeError:
        pass
    for number, (start, stop) in enumerate(zip(cut.starts.tolist(), cut.stops.tolist(), strict=True)):
        record = chunk[start:stop]
        if number in faults or record.isascii():
            continue
        try:
            record.decode()
        except UnicodeDecodeError:
            faults[number] = (Code.ENCODING, f"not text in {dialect.encoding}; another --encoding may read it")


def _frame(chunk: bytes, cut: Cut, dialect: Dialect, good: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> pl.DataFrame:
    """The good records as text columns."""
    names = list(dialect.names)
    numbers = np.flatnonzero(good[: cut.by_field])
    parts = [_parsed(chunk, cut, dialect, numbers)] if len(numbers) else []
    rows = [cut.fields[int(number)] for number in np.flatnonzero(good[cut.by_field :]) + cut.by_field]
    if rows:
        parts.append(_from_fields(rows, names))
    return pl.concat(parts) if parts else pl.DataFrame(schema=dict.fromkeys(names, pl.String))


def _from_fields(rows: Sequence[Sequence[bytes]], names: Sequence[str]) -> pl.DataFrame:
    columns = zip(*rows, strict=True)
    return pl.DataFrame(
        {
            name: pl.Series([each.decode() if each else None for each in column], dtype=pl.String)
            for name, column in zip(names, columns, strict=True)
        }
    )


def _parsed(chunk: bytes, cut: Cut, dialect: Dialect, numbers: Positions) -> pl.DataFrame:
    """Regular records by Polars' parser; by our own where it does not find as many."""
    starts, stops = cut.starts[numbers], cut.stops[numbers]
    if len(dialect.names) > 1:
        stretch = chunk[starts[0] : stops[-1]]
        regular = cut.blank == 0 and len(numbers) == numbers[-1] - numbers[0] + 1
        if regular and b"\r" in stretch:
            regular = dialect.quote.encode() not in stretch
            stretch = stretch.replace(b"\r\n", b"\n")
        if regular:
            text = stretch + b"\n"
        else:
            text = b"\n".join([chunk[a:b] for a, b in zip(starts.tolist(), stops.tolist(), strict=True)]) + b"\n"
        quoted = dialect.quote.encode() in text
        frame = pl.read_csv(
            io.BytesIO(text),
            has_header=False,
            new_columns=list(dialect.names),
            separator=dialect.delimiter,
            quote_char=dialect.quote if quoted else None,
            infer_schema=False,
        )
        if frame.height == len(numbers) and frame.width == len(dialect.names):
            return frame.with_columns(pl.all().replace("", None)) if quoted else frame
    tokenizer = Tokenizer(dialect.delimiter, dialect.quote, len(dialect.names))
    rows = [tokenizer.fields(chunk[a:b]) for a, b in zip(starts.tolist(), stops.tolist(), strict=True)]
    return _from_fields(rows, dialect.names)
