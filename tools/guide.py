"""Writes the second part of docs/rule-books.md anew, from the models: `make guide`."""

from __future__ import annotations

from pathlib import Path

from seedbed.rules.reference import book_reference

GUIDE = Path(__file__).resolve().parent.parent / "docs" / "rule-books.md"
MARK = "# Reference\n"


def main() -> None:
    """Keeps everything up to a line under the heading, and writes what follows."""
    words, _, rest = GUIDE.read_text(encoding="utf-8").partition(MARK)
    said = rest.partition("\n## ")[0]
    GUIDE.write_text(words + MARK + said + "\n" + book_reference(), encoding="utf-8")


if __name__ == "__main__":
    main()
