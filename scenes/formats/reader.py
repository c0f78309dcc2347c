"""What all readers share: problems are collected with file and line, and told all at once."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Self

from seedbed.core.errors import DataError, DocumentError, Problem, Reason
from seedbed.core.words import listed
from seedbed.scenes.formats.model import Format, Loss, Picture

MOST_PROBLEMS = 20
# What no text file or XML holds as part of a line.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufffe\uffff]")


class Reader(ABC):
    """A dataset on disk; a reader of a format adds `_read` and fills `classes`.

    Args:
        root: its folder.

    Attributes:
        classes: names in the dataset's order.
        facts: what holds for the whole set.
        notes: what the format itself leaves out, counted while reading.
    """

    format: Format

    def __init__(self, root: Path) -> None:
        self.root = root
        self.classes: tuple[str, ...] = ()
        self.facts: dict[str, Any] = {}
        self.notes = Loss()

    def pictures(self) -> Iterator[Picture]:
        """Every image, split after split.

        Raises:
            DocumentError: with the first problems found, each with its file and line.
            DataError: nothing is there.
        """
        problems: list[Problem] = []
        self.notes = Loss()
        count = 0
        for picture in self._read(problems):
            if len(problems) >= MOST_PROBLEMS:
                break
            count += 1
            yield picture
        if problems:
            raise DocumentError(problems[:MOST_PROBLEMS])
        if not count:
            raise DataError("no images", reason=Reason.NOT_A_DATASET, where=self.root, found=f"a {self.format} layout")

    @abstractmethod
    def _read(self, problems: list[Problem]) -> Iterator[Picture]:
        """The pictures; what is wrong with the files is added to `problems`."""

    def close(self) -> None:  # noqa: B027  # few readers have any
        """Takes temporary files away."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def checked_names(names: Iterable[object], where: Path) -> tuple[str, ...]:
    """Class names in order, each there once.

    Raises:
        DataError: none, an empty one, one that spans lines, or one twice.
    """
    found = tuple(str(name).strip() for name in names)
    twice = sorted({name for name in found if found.count(name) > 1})
    wrong = [name for name in found if not name or _CONTROL.search(name)]
    if not found or twice or wrong:
        raise DataError(
            "the class names do not hold" if found else "no class names",
            reason=Reason.NOT_A_DATASET,
            where=where,
            found=listed(map(repr, twice or wrong or found)),
            allowed="each class once, a name on one line, without control characters",
        )
    return found


def read_text(path: Path, problems: list[Problem]) -> str | None:
    """A label file's text; None, and a problem, where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        problems.append(Problem(str(path), 0, 0, f"cannot be read: {error}", Reason.DAMAGED))
        return None


def names_file(path: Path) -> tuple[str, ...] | None:
    """Class names of a file with one a line, or None where there is none.

    Raises:
        DataError: it cannot be read or its names do not hold.
    """
    if not path.is_file():
        return None
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError("cannot be read", reason=Reason.DAMAGED, where=path, found=error) from None
    return checked_names((line for line in text.split("\n") if line.strip()), path)
