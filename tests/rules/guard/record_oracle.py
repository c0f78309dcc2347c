"""The rules by which text is cut into records, one byte at a time: slow, and short enough to be checked by eye."""

from __future__ import annotations

import re

from seedbed.rules.guard.codes import Code

MOST = 40

Record = tuple[bytes, int, int, str]
"""Text, line, fields, fault."""


def oracle(text: bytes, width: int, most: int = MOST) -> tuple[list[Record], int]:
    """The rules of the module's docstring, one byte at a time; with the blank lines."""
    records: list[Record] = []
    blanks, at, line = 0, 0, 1
    while at < len(text):
        ended = closed(text, at, most)
        feed = text.find(b"\n", at)
        first = len(text) if feed < 0 else feed
        if ended is None:
            code = Code.UNCLOSED_QUOTE if first - at <= most else Code.TOO_LONG
            content, fields, stop = text[at : min(first, at + most)], 0, first
        else:
            code, (fields, stop) = "", ended
            content = text[at:stop]
        if code != Code.TOO_LONG:
            content = content.removesuffix(b"\r")
        if not content and width > 1:
            blanks += 1
        else:
            records.append((content, line, fields, code))
        line += text.count(b"\n", at, stop + 1)
        at = stop + 1
    return records, blanks


def closed(text: bytes, start: int, most: int) -> tuple[int, int] | None:
    """Fields and end of the record that starts here, None where it cannot be read."""
    at, fields = start, 1
    while True:
        if text[at : at + 1] == b'"':
            at += 1
            while True:
                at = text.find(b'"', at)
                if at < 0:
                    return None
                if text[at + 1 : at + 2] != b'"':
                    break
                at += 2
            at += 1
            if not re.match(rb",|\r?\n|\r?\Z", text[at:]):
                return None
            at += text[at : at + 1] == b"\r"
        else:
            found = re.compile(rb"[^,\n]*").match(text, at)
            assert found
            at = found.end()
        if at >= len(text) or text[at] == 10:
            return None if at - start > most else (fields, at)
        at, fields = at + 1, fields + 1
