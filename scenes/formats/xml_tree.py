"""XML elements with their lines, which ElementTree does not tell; whole, or one kind of element at a time."""

from __future__ import annotations

import xml.sax
import xml.sax.handler
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from seedbed.scenes.formats.numbers import finite

_BLOCK = 1 << 16


@dataclass
class Node:
    """An XML element and its line."""

    name: str
    line: int
    attributes: dict[str, str] = field(default_factory=dict)
    text: str = ""
    children: list[Node] = field(default_factory=list)

    def child(self, name: str) -> Node:
        """The first child of a name.

        Raises:
            Wrong: there is none.
        """
        found = next((child for child in self.children if child.name == name), None)
        if found is None:
            raise Wrong(f"<{self.name}> without <{name}>", self.line)
        return found

    def number(self, name: str) -> float:
        """The number in a child."""
        node = self.child(name)
        try:
            return finite(node.text.strip())
        except ValueError:
            raise Wrong(f"<{name}> is not a number: {node.text.strip()[:40]!r}", node.line) from None

    def flag(self, name: str) -> bool:
        """Whether a child says 1; other tools also write words."""
        node = next((child for child in self.children if child.name == name), None)
        return node is not None and node.text.strip().lower() in ("1", "true", "yes")

    def attribute(self, name: str) -> str:
        """An attribute.

        Raises:
            Wrong: it is not there.
        """
        if name not in self.attributes:
            raise Wrong(f"<{self.name}> without {name}", self.line)
        return self.attributes[name]

    def measure(self, name: str) -> float:
        """The number in an attribute."""
        try:
            return finite(self.attribute(name))
        except ValueError:
            raise Wrong(f"{name} is not a number: {self.attributes[name][:40]!r}", self.line) from None


class Wrong(Exception):
    """What is wrong with a file.

    Args:
        message: in words.
        line: where, from 1; 0 for the file as a whole.
    """

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


class _Builder(xml.sax.handler.ContentHandler):
    """Builds elements; those called `kept` are handed out as they end and leave the tree."""

    def __init__(self, kept: frozenset[str] = frozenset()) -> None:
        super().__init__()
        self.top: Node | None = None
        self.ended: list[Node] = []
        self._kept = kept
        self._open: list[Node] = []

    def startElement(self, name: str, attrs: Any) -> None:
        given: Mapping[str, str] = attrs
        node = Node(name, self._locator.getLineNumber() or 0, dict(given.items()))  # type: ignore[attr-defined]
        if self._open:
            self._open[-1].children.append(node)
        else:
            self.top = node
        self._open.append(node)

    def endElement(self, name: str) -> None:
        node = self._open.pop()
        if name in self._kept and len(self._open) == 1:
            self.ended.append(node)
            self._open[-1].children.remove(node)

    def characters(self, content: str) -> None:
        self._open[-1].text += content


def parsed(path: Path, top: str, *, absent: str = "no such file") -> Node:
    """A small file as a tree.

    Args:
        path: of the file.
        top: what its top element has to be called.
        absent: what to say where it is not there.

    Raises:
        Wrong: it cannot be read, is not XML, or another thing.
    """
    builder = _Builder()
    for _ in _fed(path, builder, absent):
        pass
    if builder.top is None or builder.top.name != top:
        raise Wrong(f"the top element is not <{top}>", 1)
    return builder.top


def streamed(path: Path, top: str, kept: frozenset[str]) -> Iterator[Node]:
    """The elements of these names right below the top, one by one, however large the file.

    Raises:
        Wrong: as `parsed`.
    """
    builder = _Builder(kept)
    for _ in _fed(path, builder, "no such file"):
        if builder.top is not None and builder.top.name != top:
            raise Wrong(f"the top element is not <{top}>", builder.top.line)
        yield from builder.ended
        builder.ended.clear()


def _fed(path: Path, builder: _Builder, absent: str) -> Iterator[None]:
    parser: Any = xml.sax.make_parser()
    parser.setContentHandler(builder)
    builder.setDocumentLocator(parser)
    try:
        with open(path, "rb") as file:
            parser.feed(b"")  # an empty file is not XML either
            while block := file.read(_BLOCK):
                parser.feed(block)
                yield
        parser.close()
        yield
    except FileNotFoundError:
        raise Wrong(absent, 0) from None
    except xml.sax.SAXParseException as error:
        raise Wrong(f"not XML: {error.getMessage()}", error.getLineNumber() or 1) from None
    except (OSError, UnicodeDecodeError, ValueError) as error:
        raise Wrong(f"cannot be read: {error}", 1) from None
