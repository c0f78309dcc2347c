"""How a text file of records is written: its encoding, delimiter, quote and header, found in its first bytes."""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO

from seedbed.core.errors import DataError, Reason
from seedbed.core.words import nearest_hint

SAMPLE = 1 << 20
"""Bytes that are looked at."""
DELIMITERS = (",", ";", "\t", "|")
_LINES = 200
_LONGEST_NAME = 200
_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_VALUE = re.compile(r"[-+]?[\d.,\s:/]*\d[\d.,\s:/%-]*")


@dataclass(frozen=True)
class Dialect:
    """How a file's records are written.

    Attributes:
        encoding: Python's name; a byte order mark is no part of it.
        bom: bytes of the byte order mark.
        delimiter: one ASCII character.
        quote: likewise.
        ending: what ends a line, a line feed or (old Macintosh files) a carriage return; CR LF counts as a line feed.
        header: whether the first record names the columns.
        names: of the source's columns, from the header, made distinct; or the book's, where there is none.
        notes: what had to be assumed, for a person.
    """

    encoding: str = "utf-8"
    bom: int = 0
    delimiter: str = ","
    quote: str = '"'
    ending: str = "\n"
    header: bool = True
    names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def open_bytes(path: Path) -> IO[bytes]:
    """A file's bytes; one that ends in `.gz` is unpacked."""
    return gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb")  # type: ignore[return-value]


def transcoded(chunks: Iterator[bytes], encoding: str) -> Iterator[bytes]:
    """Any encoding as UTF-8; bytes that are no text come out as bytes that are no UTF-8, and are found there.

    Args:
        chunks: of the file, without its byte order mark.
        encoding: Python's name.

    Yields:
        Chunks of UTF-8.
    """
    if encoding == "utf-8":
        yield from chunks
        return
    wide = encoding.startswith(("utf-16", "utf-32"))
    decoder = codecs.getincrementaldecoder(encoding)("surrogatepass" if wide else "surrogateescape")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "surrogatepass")
    if decoder.getstate()[0]:  # half a character at the very end
        yield b"\xff"


def find_dialect(
    path: Path, columns: Sequence[str], *, encoding: str | None = None, delimiter: str | None = None
) -> Dialect:
    """Looks at the start of a file.

    Args:
        path: of the file.
        columns: the book's names, which a header is recognised by.
        encoding: given by the person instead of found.
        delimiter: likewise.

    Returns:
        The dialect; `names` is empty where the file has no record.

    Raises:
        DataError: an unknown encoding, a delimiter of more than one character.
    """
    with open_bytes(path) as file:
        sample = file.read(SAMPLE)
        whole = not file.read(1)
    dialect = _encoded(sample, _known_encoding(encoding, path))
    content = b"".join(transcoded(iter([sample[dialect.bom :]]), dialect.encoding)).decode("utf-8", "replace")
    if "\n" not in content and "\r" in content:
        dialect = replace(dialect, ending="\r")
        content = content.replace("\r", "\n")
    if not whole and "\n" in content:
        content = content[: content.rindex("\n") + 1]
    if '"' not in content and re.search(r"(^|[,;\t|])'[^'\n]*'([,;\t|]|\r?$)", content, re.MULTILINE):
        dialect = replace(dialect, quote="'", notes=(*dialect.notes, "values are quoted with '"))
    if delimiter is not None:
        if len(delimiter) != 1 or not delimiter.isascii() or delimiter in '\r\n"\0':
            raise DataError(
                "a delimiter is one ASCII character",
                where="--delimiter",
                found=repr(delimiter),
                allowed="such as ';' or a tab",
                repair="give one character, or leave the option out: it is found in the file",
            )
        dialect = replace(dialect, delimiter=delimiter)
    else:
        dialect = replace(dialect, delimiter=_delimiter(content, dialect.quote, columns))
    return _named(dialect, content, columns)


def _known_encoding(encoding: str | None, path: Path) -> str | None:
    if encoding is None:
        return None
    try:
        name = codecs.lookup(encoding).name
        "".encode(name)
    except LookupError:
        common = ("utf-8", "utf-16", "cp1252", "latin-1", "iso8859-15", "cp850", "mac-roman", "shift_jis")
        raise DataError(
            f"unknown encoding{nearest_hint(encoding, common)}",
            reason=Reason.UNKNOWN_NAME,
            where=path,
            found=encoding,
            allowed=", ".join(common) + " ...",
            repair="give another --encoding, or leave the option out: it is found in the file",
        ) from None
    return name


def _encoded(sample: bytes, given: str | None) -> Dialect:
    """The encoding: as given, by its mark, as UTF-8, as UTF-16 by its zeros, else Windows-1252."""
    for mark, name in _BOMS:
        if sample.startswith(mark):
            if given in {None, "utf-8-sig", "utf-16", name}:
                return Dialect(encoding=name, bom=len(mark))
            break
    if given is not None:
        plain = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "ascii": "utf-8"}.get(given, given)
        return Dialect(encoding=plain)
    even, odd = sample[0::2].count(0), sample[1::2].count(0)
    for zeros, name in ((odd, "utf-16-le"), (even, "utf-16-be")):
        if zeros > len(sample) * 0.2 and zeros > 4 * (even + odd - zeros):
            return Dialect(encoding=name, notes=(f"no byte order mark: read as {name} by its zero bytes",))
    good, bad = _multibyte(sample)
    if bad and not good:
        note = "not UTF-8: read as Windows-1252 (cp1252); --encoding says otherwise"
        return Dialect(encoding="cp1252", notes=(note,))
    return Dialect()


def _multibyte(sample: bytes) -> tuple[int, int]:
    """How many characters beyond ASCII are right UTF-8 in a sample, and how many bytes are none."""
    text = sample.decode("utf-8", "surrogateescape")
    beyond = re.findall(r"[^\x00-\x7f]", text)
    bad = sum("\udc80" <= each <= "\udcff" for each in beyond)
    if bad and len(beyond) <= 3 and all("\udc80" <= each <= "\udcff" for each in beyond[-3:]):
        # A character cut at the end of the sample is no fault.
        try:
            codecs.getincrementaldecoder("utf-8")().decode(sample)
            bad = 0
        except UnicodeDecodeError:
            pass
    return len(beyond) - bad, bad


def _rows(content: str, delimiter: str, quote: str) -> list[list[str]]:
    """First records, as the standard library reads them; good enough to find a dialect."""
    reader = csv.reader(io.StringIO(content[: 1 << 17], newline=""), delimiter=delimiter, quotechar=quote)
    rows: list[list[str]] = []
    try:
        for row in reader:
            if row:
                rows.append(row)
            if len(rows) == _LINES:
                break
    except csv.Error:
        pass
    return rows


def _delimiter(content: str, quote: str, columns: Sequence[str]) -> str:
    """The delimiter under which the first record names most columns and most records have as many fields."""
    known = {plain(name) for name in columns}

    def score(delimiter: str) -> tuple[int, float, int]:
        rows = _rows(content.replace("\0", " "), delimiter, quote)
        if not rows:
            return 0, 0.0, 0
        named = sum(plain(cell) in known for cell in rows[0])
        width, count = Counter(map(len, rows)).most_common(1)[0]
        return named, count / len(rows) if width > 1 else 0.0, width

    return max(DELIMITERS, key=score)


def plain(name: str) -> str:
    """A column's name without what writers of files differ in: case, spaces, punctuation."""
    return re.sub(r"[\W_]+", "_", name.strip().lower()).strip("_")


def _named(dialect: Dialect, content: str, columns: Sequence[str]) -> Dialect:
    rows = _rows(content, dialect.delimiter, dialect.quote)
    if not rows:
        return dialect
    first, known = rows[0], {plain(name) for name in columns}
    matched = any(plain(cell) in known for cell in first)
    if not matched and len(first) == len(columns) and any(_VALUE.fullmatch(cell.strip()) for cell in first):
        note = "the first line names no column: the columns are taken in the book's order"
        return replace(dialect, header=False, names=tuple(columns), notes=(*dialect.notes, note))
    names: dict[str, None] = {}
    notes = list(dialect.notes)
    for number, cell in enumerate(first, 1):
        name = re.sub(r"[\x00-\x1f]", "", cell.strip().strip("\ufeff"))[:_LONGEST_NAME] or f"column_{number}"
        if name in names:
            notes.append(f"two columns are named {name!r}: the second is {name}_{number} here")
            name = f"{name}_{number}"
        names[name] = None
    return replace(dialect, names=tuple(names), notes=tuple(notes))
