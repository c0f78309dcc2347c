"""Reads a JSON file of any size piece by piece: the members of its top object or the elements of its top array."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TextIO

_BLOCK = 1 << 20
_EDGE = 64
"""A value cut at the window's edge fails no further from it than this: a word, a number or an escape."""
_SPACE = re.compile(r"[ \t\r\n]*")


class JsonError(ValueError):
    """What is wrong with a JSON text.

    Args:
        message: in words.
        line: where, from 1.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


def members(path: Path) -> Iterator[tuple[str, Any, int]]:
    """(key, value, line) of a file whose top is an object; an array's elements come one by one under its key.

    Raises:
        JsonError: not JSON, not an object, cut off.
        OSError, UnicodeDecodeError: the file cannot be read.
    """
    with open(path, encoding="utf-8-sig") as file:
        yield from _Text(file).members()


def elements(path: Path) -> Iterator[tuple[Any, int]]:
    """(value, line) of a file whose top is an array.

    Raises:
        JsonError: not JSON, not an array, cut off.
        OSError, UnicodeDecodeError: the file cannot be read.
    """
    with open(path, encoding="utf-8-sig") as file:
        yield from _Text(file).elements()


class _Text:
    """A window on a text that moves on as it is read; `_place` is where reading stands in it."""

    def __init__(self, file: TextIO) -> None:
        self._file, self._decoder = file, json.JSONDecoder()
        self._window, self._place, self._ended = "", 0, False
        self._line, self._counted = 1, 0

    def members(self) -> Iterator[tuple[str, Any, int]]:
        if self._next() != "{":
            raise self._wrong("the file's top is not an object")
        self._place += 1
        if self._next() == "}":
            self._place += 1
        else:
            yield from self._inside()
        if self._next():
            raise self._wrong("something follows the end of the object")

    def elements(self) -> Iterator[tuple[Any, int]]:
        if self._next() != "[":
            raise self._wrong("the file's top is not an array")
        yield from self._elements()
        if self._next():
            raise self._wrong("something follows the end of the array")

    def _inside(self) -> Iterator[tuple[str, Any, int]]:
        while True:
            if self._next() != '"':
                raise self._wrong("a key was expected")
            key = str(self._value())
            self._expect(":")
            if self._next() == "[":
                yield from ((key, value, line) for value, line in self._elements())
            else:
                line = self._lines()
                yield key, self._value(), line
            if self._expect(",}") == "}":
                return

    def _elements(self) -> Iterator[tuple[Any, int]]:
        self._expect("[")
        if self._next() == "]":
            self._place += 1
            return
        while True:
            self._next()
            line = self._lines()
            yield self._value(), line
            if self._expect(",]") == "]":
                return

    def _expect(self, allowed: str) -> str:
        found = self._next()
        if not found or found not in allowed:
            raise self._wrong(f"{' or '.join(allowed)} was expected" + ("" if found else ", but the file ends"))
        self._place += 1
        return found

    def _next(self) -> str:
        """The next character that is no space, or "" at the end; it is not taken."""
        while True:
            found = _SPACE.match(self._window, self._place)
            self._place = found.end() if found else self._place
            if self._place < len(self._window):
                return self._window[self._place]
            if not self._more():
                return ""

    def _more(self) -> bool:
        """Reads on; what was read before `_place` leaves the window."""
        block = "" if self._ended else self._file.read(_BLOCK)
        self._ended = self._ended or not block
        self._lines()
        self._window, self._place, self._counted = self._window[self._place :] + block, 0, 0
        return bool(block)

    def _value(self) -> Any:
        self._next()
        while True:
            try:
                value, end = self._decoder.raw_decode(self._window, self._place)
            except json.JSONDecodeError as error:
                # A value that is only cut at the window's edge fails there, or at a text whose end it never saw.
                early = error.pos < len(self._window) - _EDGE and not error.msg.startswith("Unterminated")
                if early or not self._more():
                    self._place = min(error.pos, len(self._window)) if early else len(self._window)
                    raise self._wrong(f"not JSON: {error.msg}") from None
                continue
            except RecursionError:
                raise self._wrong("nested too deeply") from None
            length = end - self._place
            if end >= len(self._window) - 2 and self._more():
                continue  # a number may go on: of 1.5 and 1e-5 a window may end before the 5
            self._place += length
            return value

    def _lines(self) -> int:
        """The line that `_place` stands in."""
        self._line += self._window.count("\n", self._counted, self._place)
        self._counted = self._place
        return self._line

    def _wrong(self, message: str) -> JsonError:
        return JsonError(message, self._lines())
