"""Telling people what a validation found, once per run, through Apprise."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from seedbed.core.progress import Progress
from seedbed.rules.notify import VARIABLE, address

if TYPE_CHECKING:
    from seedbed.rules.book import Book

_REASONS = 3


def send(book: Book, report: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
    """Sends the counts and the worst reasons to everyone in the book's `notify`.

    A message that cannot be sent is a note, never a failure. Addresses are neither logged nor written.

    Args:
        book: with its recipients.
        report: of the run.
        progress: told what could not be sent.

    Returns:
        `{"recipients": how many, "sent": to how many, "notes": why not}` for the report.
    """
    addresses = [address(each) for each in book.notify]
    outcome: dict[str, Any] = {"recipients": len(addresses), "sent": 0, "notes": []}
    if not addresses:
        return outcome
    try:
        import apprise
    except ImportError:
        outcome["notes"].append("nobody was told: the package apprise is absent; pip install 'seedbed[notify]'")
        progress.note(outcome["notes"][0])
        return outcome
    title, body = message(report)
    for number, text in enumerate(addresses, 1):
        missing = [name for name in VARIABLE.findall(text) if not os.environ.get(name)]
        if missing:
            trouble = f"the environment variable {', '.join(missing)} is not set"
        elif _delivered(apprise, VARIABLE.sub(lambda found: os.environ[found[1]], text), title, body):
            outcome["sent"] += 1
            continue
        else:
            trouble = "the message could not be sent"
        outcome["notes"].append(f"notify, recipient {number}: {trouble}")
        progress.note(outcome["notes"][-1])
    return outcome


def _delivered(apprise: Any, url: str, title: str, body: str) -> bool:
    """Whether a message went out. Apprise logs addresses when it fails: its log is off meanwhile."""
    log = logging.getLogger("apprise")
    before = log.disabled
    log.disabled = True
    try:
        sender = apprise.Apprise()
        return bool(sender.add(url)) and bool(sender.notify(title=title, body=body))
    except Exception:  # a plugin may fail in any way, and its words may hold the address
        return False
    finally:
        log.disabled = before


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
