"""Writes the references in docs/rule-books.md and docs/scenes.md anew, from the models: `make guide`."""

from __future__ import annotations

from pathlib import Path

from seedbed.rules.reference import book_reference
from seedbed.scenes.models.reference import scene_reference

DOCS = Path(__file__).resolve().parent.parent / "docs"
MARK = "# Reference\n"


def write(guide: Path, reference: str) -> None:
    """Keeps everything up to the first heading under the mark, and writes what follows."""
    words, _, rest = guide.read_text(encoding="utf-8").partition(MARK)
    said = rest.partition("\n## ")[0].rstrip("\n") + "\n"
    guide.write_text(words + MARK + said + "\n" + reference, encoding="utf-8")


if __name__ == "__main__":
    write(DOCS / "rule-books.md", book_reference())
    write(DOCS / "scenes.md", scene_reference())
