r"""Patterns of text: the part of regular expressions whose texts can be listed.

Letters and digits stand for themselves, as do other characters after a backslash; `[A-Z0-9_]` is one of several, `\d`
a digit and `\w` a letter, digit or underscore (of ASCII); `(...)` groups, `|` chooses, `?` makes optional, `{4}` and
`{2,5}` repeat. What has no end (`*`, `+`, `{2,}`) or no bounds (`.`, `[^...]`) is refused: a text cannot be drawn from
it, and a wrong one hardly told from a right one.
"""

from __future__ import annotations

import string
from dataclasses import dataclass
from functools import lru_cache

MOST_CHARACTERS = 500
"""Most characters of a text."""
MOST_SLOTS = 2000
"""Most places of a pattern where a character is chosen, all repeats and branches counted."""
DIGITS = string.digits
WORD = string.ascii_letters + string.digits + "_"
_SPECIAL = "\\[](){}|?*+.^$"


class PatternError(ValueError):
    """A text that is no usable pattern.

    Attributes:
        offset: character of the pattern where the trouble starts.
        allowed: what to write instead.
    """

    def __init__(self, message: str, offset: int, allowed: str = "") -> None:
        super().__init__(message)
        self.offset, self.allowed = offset, allowed


@dataclass(frozen=True)
class Letters:
    """One of some characters, each once, ascending."""

    characters: str


@dataclass(frozen=True)
class Chain:
    """One part after the other."""

    parts: tuple[Node, ...]


@dataclass(frozen=True)
class Either:
    """One of several parts."""

    options: tuple[Node, ...]


@dataclass(frozen=True)
class Repeat:
    """A part, so many times."""

    part: Node
    least: int
    most: int


Node = Letters | Chain | Either | Repeat


@dataclass(frozen=True)
class Pattern:
    """A checked pattern.

    Attributes:
        text: as written.
        node: what it says.
    """

    text: str
    node: Node

    @classmethod
    def parse(cls, text: str) -> Pattern:
        """Reads a pattern.

        Raises:
            PatternError: the text is no pattern, or one without end.
        """
        return _parsed(text)

    @property
    def longest(self) -> int:
        """Characters of the longest text."""
        return _longest(self.node)

    @property
    def characters(self) -> set[str]:
        """All characters that its texts can hold."""
        return _characters(self.node)

    @property
    def regex(self) -> str:
        """The same as a regular expression of Rust, and so of polars, that holds for the whole text."""
        return f"^(?:{_regex(self.node)})$"


@lru_cache(maxsize=1024)
def _parsed(text: str) -> Pattern:
    node = _Parser(text).run()
    if _slots(node) > MOST_SLOTS or _longest(node) > MOST_CHARACTERS:
        raise PatternError("the pattern gives too long texts", 0, f"at most {MOST_CHARACTERS} characters")
    return Pattern(text, node)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._depth = 0

    def run(self) -> Node:
        if self._peek() == "^":
            self._at += 1
        node = self._either()
        if self._at < len(self._text):
            raise PatternError("a ')' without its '('", self._at, "\\) for the character itself")
        return node

    def _peek(self) -> str:
        return self._text[self._at] if self._at < len(self._text) else ""

    def _either(self) -> Node:
        options = [self._chain()]
        while self._peek() == "|":
            self._at += 1
            options.append(self._chain())
        return options[0] if len(options) == 1 else Either(tuple(options))

    def _chain(self) -> Node:
        parts: list[Node] = []
        while (character := self._peek()) and character not in "|)":
            if character == "$" and self._at == len(self._text) - 1 and not self._depth:
                self._at += 1
                break
            parts.append(self._repeated(self._atom()))
        return parts[0] if len(parts) == 1 else Chain(tuple(parts))

    def _atom(self) -> Node:
        start, character = self._at, self._peek()
        self._at += 1
        match character:
            case "(":
                return self._group(start)
            case "[":
                return self._class(start)
            case "\\":
                return Letters("".join(sorted(self._escape(start))))
            case "*" | "+" | "?" | "{":
                raise PatternError(f"nothing to repeat before {character!r}", start, f"\\{character} for itself")
            case ".":
                raise PatternError("a dot stands for any character at all", start, "\\. for a dot, or [A-Za-z0-9]")
            case "^" | "$":
                words = "a pattern always holds for the whole text"
                raise PatternError(words, start, f"leave out {character!r}; \\{character} for the character itself")
            case "]" | "}":
                raise PatternError(f"a {character!r} without its beginning", start, f"\\{character} for itself")
        return Letters(character)

    def _group(self, start: int) -> Node:
        if self._peek() == "?":
            if not self._text.startswith("?:", self._at):
                raise PatternError("this kind of group is not known", start, "(...) or (?:...)")
            self._at += 2
        self._depth += 1
        if self._depth > 30:
            raise PatternError("groups are nested too deep", start)
        node = self._either()
        self._depth -= 1
        if self._peek() != ")":
            raise PatternError("a '(' without its ')'", start, "\\( for the character itself")
        self._at += 1
        return node

    def _class(self, start: int) -> Node:
        if self._peek() == "^":
            raise PatternError("'all characters but' has no bounds", start, "the characters wanted, such as [A-Za-z]")
        found: set[str] = set()
        while self._peek() != "]":
            if not self._peek():
                raise PatternError("a '[' without its ']'", start, "\\[ for the character itself")
            first = self._class_part()
            last = self._text[self._at + 1 : self._at + 2]
            if self._peek() == "-" and last and last != "]" and len(first) == 1:
                here = self._at
                self._at += 1
                end = self._class_part()
                if len(end) != 1 or end < first:
                    raise PatternError(f"the range {first}-{end} is reversed or no range", here, "such as A-Z")
                if ord(end) - ord(first) > 5000:
                    raise PatternError("the range holds too many characters", here, "at most 5000")
                found.update(map(chr, range(ord(first), ord(end) + 1)))
            else:
                found.update(first)
        self._at += 1
        if not found:
            raise PatternError("no character between '[' and ']'", start, "such as [A-Z]")
        if any(0xD800 <= ord(character) < 0xE000 for character in found):
            raise PatternError("the range holds halves of characters", start)
        return Letters("".join(sorted(found)))

    def _class_part(self) -> str:
        start, character = self._at, self._peek()
        self._at += 1
        return self._escape(start) if character == "\\" else character

    def _escape(self, start: int) -> str:
        character = self._peek()
        self._at += 1
        if character == "d":
            return DIGITS
        if character == "w":
            return WORD
        if not character or character.isalnum():
            words = f"\\{character} is not known here"
            raise PatternError(words, start, "\\d, \\w, or a backslash before a sign such as \\.")
        return character

    def _repeated(self, node: Node) -> Node:
        start, character = self._at, self._peek()
        if character in ("*", "+"):
            least = 0 if character == "*" else 1
            raise PatternError(f"{character!r} has no end", start, f"{{{least},8}} for at most eight times")
        if character not in ("?", "{") or not character:
            return node
        self._at += 1
        least, most = (0, 1) if character == "?" else self._counts(start)
        if self._peek() in ("?", "*", "+", "{") and self._peek():
            raise PatternError("two repeats in a row", self._at, "one of ?, {4} and {2,5}")
        return Repeat(node, least, most)

    def _counts(self, start: int) -> tuple[int, int]:
        end = self._text.find("}", self._at)
        parts = self._text[self._at : end].split(",") if end >= 0 else []
        if len(parts) == 2 and parts[0].strip().isdecimal() and not parts[1].strip():
            raise PatternError("a repeat without a most has no end", start, f"{{{parts[0].strip()},9}}")
        if not 1 <= len(parts) <= 2 or not all(part.strip().isdecimal() and len(part) < 6 for part in parts):
            raise PatternError("not a repeat", start, "{4} or {2,5}; \\{ for the character itself")
        least, most = int(parts[0]), int(parts[-1])
        if most < least:
            raise PatternError("the repeat is reversed", start, f"{{{most},{least}}}")
        if most > MOST_CHARACTERS:
            raise PatternError("too many repeats", start, f"at most {MOST_CHARACTERS}")
        self._at = end + 1
        return least, most


def _longest(node: Node) -> int:
    match node:
        case Letters():
            return 1
        case Chain():
            return sum(map(_longest, node.parts))
        case Either():
            return max(map(_longest, node.options))
        case Repeat():
            return node.most * _longest(node.part)


def _characters(node: Node) -> set[str]:
    match node:
        case Letters():
            return set(node.characters)
        case Chain():
            return set().union(*map(_characters, node.parts))
        case Either():
            return set().union(*map(_characters, node.options))
        case Repeat():
            return _characters(node.part)


def _slots(node: Node) -> int:
    match node:
        case Letters():
            return 1
        case Chain():
            return sum(map(_slots, node.parts))
        case Either():
            return sum(map(_slots, node.options))
        case Repeat():
            return node.most * _slots(node.part)


def _regex(node: Node) -> str:
    match node:
        case Letters():
            return _spelled(node.characters)
        case Chain():
            return "".join(f"(?:{_regex(part)})" if isinstance(part, Either) else _regex(part) for part in node.parts)
        case Either():
            return "|".join(map(_regex, node.options))
        case Repeat():
            part = _regex(node.part)
            return f"(?:{part}){{{node.least},{node.most}}}"


def _spelled(characters: str) -> str:
    """A class, runs of neighbours shortened; all but letters and digits by number, which needs no escape."""
    runs: list[list[str]] = []
    for character in characters:
        if runs and ord(character) == ord(runs[-1][-1]) + 1:
            runs[-1].append(character)
        else:
            runs.append([character])

    def one(character: str) -> str:
        return character if character.isascii() and character.isalnum() else f"\\x{{{ord(character):X}}}"

    parts = ["".join(map(one, run)) if len(run) < 3 else f"{one(run[0])}-{one(run[-1])}" for run in runs]
    return parts[0] if len(characters) == 1 else f"[{''.join(parts)}]"
