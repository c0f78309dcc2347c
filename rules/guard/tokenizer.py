"""Records of delimited text, counted on the raw bytes: where each starts and ends, and which cannot be read.

The rules, exactly: a record ends at a line feed outside quotes. A field that starts with the quote ends at the next
quote that is not doubled, and a delimiter or the end of the record must follow; a quote elsewhere in a field is a
character. Where a quoted field is not closed like that (or not within `most` bytes), the line on which its record
starts is one unreadable record, and reading goes on with the next line: one forgotten quote never swallows what
follows. A line without a byte is no record, unless the table has a single column.

A chunk whose quotes are regular is cut with whole-array operations; from the first irregular one on, field by field.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from seedbed.rules.guard.codes import Code

MOST = 1 << 20
"""Bytes of the longest record."""
MOST_RECORDS = 1 << 17
"""Records cut at a time: memory stays bounded where lines are very short."""
_PATIENCE, _MOST_PATIENCE = 1 << 6, 1 << 14
"""Records cut field by field before whole arrays are tried again; doubled each time, so that neither is wasted."""

Positions = NDArray[np.int64]


@dataclass
class Cut:
    """Records of a chunk, in order.

    Attributes:
        starts: (records,) first byte.
        stops: one past the last byte, without the line's end.
        lines: line feeds before the record in the chunk.
        widths: fields; 0 where the record cannot be read.
        faults: number of a record -> why it cannot be read.
        fields: number of a record -> its fields, where it was cut field by field; those records come last.
        by_field: number of the first record that was cut field by field.
        blank: lines without a byte.
        used: bytes of the chunk that are done with; the rest starts an unfinished record.
        line_count: line feeds in the bytes that are done with.
    """

    starts: Positions
    stops: Positions
    lines: Positions
    widths: Positions
    faults: dict[int, Code] = field(default_factory=dict)
    fields: dict[int, list[bytes]] = field(default_factory=dict)
    by_field: int = 0
    blank: int = 0
    used: int = 0
    line_count: int = 0


class Tokenizer:
    """Cuts chunks of UTF-8 text.

    Args:
        delimiter: one ASCII character.
        quote: likewise.
        width: fields of a well-formed record.
        most: bytes of the longest record.
    """

    def __init__(self, delimiter: str, quote: str, width: int, most: int = MOST) -> None:
        self.delimiter, self.quote = ord(delimiter), ord(quote)
        self.width, self.most = width, most
        d, q = re.escape(delimiter.encode()), re.escape(quote.encode())
        self._field = re.compile(
            rb"(?:%(q)s([^%(q)s]*+(?:%(q)s%(q)s[^%(q)s]*+)*+)%(q)s(?=%(d)s|\r?\n|\r?\Z)|(?!%(q)s)([^%(d)s\n]*+))"
            rb"(%(d)s|\r?\n|\r?\Z)" % {b"d": d, b"q": q}
        )
        self._skipping = False
        self._patience = _PATIENCE

    def cut(self, chunk: bytes, last: bool) -> Cut:
        """Cuts a chunk that starts at the start of a record.

        Args:
            chunk: bytes; to tell an unclosed quote from a long record it must hold more than `most` unless `last`.
            last: whether the file ends here.

        Returns:
            The first records that are complete; there may be more: cut what is left again until `used` is 0 or all.
        """
        skipped = self._skipped(chunk)
        data = np.frombuffer(chunk, np.uint8)
        feeds = np.flatnonzero(data == 10)
        quotes = np.flatnonzero(data == self.quote) if bytes([self.quote]) in chunk else feeds[:0]
        quotes = quotes[quotes >= skipped]
        regular = self._regular(data, quotes, skipped) if len(quotes) else len(chunk)
        # A line feed ends a record where an even number of quotes stands before it.
        ends = feeds[(np.searchsorted(quotes, feeds) & 1) == 0] if len(quotes) else feeds
        ends = ends[(ends >= skipped) & (ends < regular)]
        whole = regular == len(chunk) and len(quotes) % 2 == 0
        if last and whole and (ends[-1] + 1 if len(ends) else skipped) < len(chunk):
            ends = np.append(ends, len(chunk))
        starts = np.concatenate([[skipped], ends[:-1] + 1]) if len(ends) else ends
        long = np.flatnonzero(ends - starts > self.most)
        if len(long):
            starts, ends = starts[: long[0]], ends[: long[0]]
        full = len(ends) > MOST_RECORDS
        starts, ends = starts[:MOST_RECORDS], ends[:MOST_RECORDS]
        stops = ends - ((ends > starts) & (data[np.maximum(ends, 1) - 1] == 13))
        cut = Cut(starts, stops, np.searchsorted(feeds, starts), self._widths(data, ends, quotes, skipped))
        cut.used = min(int(ends[-1]) + 1, len(chunk)) if len(ends) else skipped
        cut.line_count = int(np.searchsorted(feeds, cut.used))
        if self.width > 1 and (blank := stops == starts).any():
            cut.blank = int(blank.sum())
            cut.starts, cut.stops, cut.lines, cut.widths = (
                each[~blank] for each in (cut.starts, cut.stops, cut.lines, cut.widths)
            )
        cut.by_field = len(cut.starts)
        if cut.by_field >= _MOST_PATIENCE:
            self._patience = _PATIENCE
        irregular = regular < len(chunk) or len(long) or last or len(chunk) - cut.used > self.most
        if irregular and not full:
            self._by_field(chunk, cut, last)
        return cut

    def fields(self, record: bytes) -> list[bytes]:
        """The fields of one record that can be read, without its line's end."""
        return self._record(record, 0, last=True)[0]

    def _skipped(self, chunk: bytes) -> int:
        """Bytes at the start that belong to a line given up in an earlier chunk."""
        if not self._skipping:
            return 0
        feed = chunk.find(b"\n")
        self._skipping = feed < 0
        return len(chunk) if feed < 0 else feed + 1

    def _regular(self, data: NDArray[np.uint8], quotes: Positions, first: int) -> int:
        """Position of the first quote that stands where none belongs, or the chunk's length."""
        opening, closing = quotes[0::2], quotes[1::2]
        before = data[np.maximum(opening, 1) - 1]
        doubled = np.zeros(len(opening), bool)
        doubled[1:] = opening[1:] == closing[: len(opening) - 1] + 1
        right = (before == self.delimiter) | (before == 10) | (opening == first) | doubled
        wrong_open = opening[~right]
        after = data[np.minimum(closing + 1, len(data) - 1)]
        at_end = closing + 1 >= len(data)
        second = data[np.minimum(closing + 2, len(data) - 1)]
        line_end = (after == 10) | ((after == 13) & ((second == 10) | (closing + 2 >= len(data))))
        wrong_close = closing[~(at_end | (after == self.delimiter) | line_end | (after == self.quote))]
        return int(min([len(data), *wrong_open[:1], *wrong_close[:1]]))

    def _widths(self, data: NDArray[np.uint8], ends: Positions, quotes: Positions, first: int) -> Positions:
        """Fields of each record, by the delimiters outside quotes."""
        if not len(ends):
            return ends
        marks = np.flatnonzero(data[: ends[-1]] == self.delimiter)
        marks = marks[marks >= first] if first else marks
        if len(quotes):
            marks = marks[(np.searchsorted(quotes, marks) & 1) == 0]
        return np.diff(np.searchsorted(marks, ends), prepend=0) + 1

    def _by_field(self, chunk: bytes, cut: Cut, last: bool) -> None:
        """Goes on from `cut.used`, one record at a time, and adds to the cut."""
        starts, stops, lines, widths = ([] for _ in range(4))
        number = len(cut.starts)
        last_number = number + self._patience
        self._patience = min(2 * self._patience, _MOST_PATIENCE)
        while cut.used < len(chunk) and number < last_number:
            start = cut.used
            fields, stop, following, fault = self._record(chunk, start, last)
            if following is None:
                break
            if stop == start and self.width > 1:
                cut.blank += 1
            else:
                starts.append(start)
                stops.append(stop)
                lines.append(cut.line_count)
                widths.append(len(fields))
                if fault is not None:
                    cut.faults[number] = fault
                else:
                    cut.fields[number] = fields
                number += 1
            cut.line_count += chunk.count(b"\n", start, following)
            cut.used = following
        for name, more in (("starts", starts), ("stops", stops), ("lines", lines), ("widths", widths)):
            setattr(cut, name, np.concatenate([getattr(cut, name), np.array(more, np.int64)]))

    def _record(self, chunk: bytes, start: int, last: bool) -> tuple[list[bytes], int, int | None, Code | None]:
        """One record: its fields, its end, the start of the next (None: the chunk does not tell), its fault."""
        fields: list[bytes] = []
        at, limit, quote = start, start + self.most + 1, bytes([self.quote])
        while found := self._field.match(chunk, at, min(len(chunk), limit)):
            quoted, bare, mark = found.groups()
            closed = mark.endswith(b"\n") or (last and found.end() == len(chunk))
            if not closed and found.end() == len(chunk):
                return [], start, None, None
            fields.append(quoted.replace(quote + quote, quote) if quoted is not None else bare)
            if mark and mark[0] == self.delimiter:
                at = found.end()
                continue
            if not closed or found.end() - mark.endswith(b"\n") - start > self.most:
                break  # it is the limit that ends it
            stop = found.end() - len(mark)
            if quoted is None and fields[-1].endswith(b"\r"):
                fields[-1], stop = fields[-1][:-1], stop - 1
            return fields, stop, found.end(), None
        if not last and len(chunk) - start <= self.most:
            return [], start, None, None
        feed = chunk.find(b"\n", start)
        if feed < 0 and not last:
            self._skipping = True
        stop = len(chunk) if feed < 0 else feed
        if stop - start > self.most:
            return [], start + self.most, stop + (feed >= 0), Code.TOO_LONG
        return [], stop - (stop > start and chunk[stop - 1] == 13), stop + (feed >= 0), Code.UNCLOSED_QUOTE
