"""Telling people what a validation found, once per run, through Apprise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seedbed.core.messages import tell
from seedbed.core.progress import Progress

if TYPE_CHECKING:
    from seedbed.rules.book import Book

_REASONS = 3


def send(book: Book, report: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Sends the counts and the worst reasons to everyone in the book's `notify`.

    Args:
        book: with its recipients.
        report: of the run.
        progress: told what could not be sent.

    Returns:
        `{"recipients": how many, "sent": to how many, "notes": why not}` for the report.
    """
    title, body = message(report)
    return tell(book.notify, title, body, progress)


def message(report: Mapping[str, Any]) -> tuple[str, str]:
    """Title and text: the counts and the worst reasons. No value of the data is in them."""
    passed = report["verdict"]["passed"]
    name = report["book"]["name"]
    title = f"{name}: the data {'passes' if passed else 'does not pass'}"
    lines = [f"{report['data']['name']}, checked against {report['book']['file']}:"]
    counts = [f"{report[key]:,} {key}" for key in ("read", "accepted", "quarantined")]
    lines.append("records: " + ", ".join(counts))
    for words, count in worst(report):
        lines.append(f"- {words}" + (f" ({count:,} rows)" if count else ""))
    return title, "\n".join(lines)


def worst(report: Mapping[str, Any], most: int = _REASONS) -> list[tuple[str, int]]:
    """The reasons that concern most rows, then faults of whole tables, in words with their counts."""
    rules = [
        (f"{table}.{rule['column']}: {rule['words']}" if rule["column"] else f"{table}: {rule['words']}", rule["count"])
        for table, content in report["tables"].items()
        for rule in content["rules"]
        if rule["severity"] == "reject"
    ]
    rules.sort(key=lambda each: -each[1])
    rest = [(words, 0) for words in report["verdict"]["reasons"] if "quarantine" not in words]
    return [*rules[: most - min(1, len(rest))], *rest][:most]
