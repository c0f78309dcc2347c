"""Telling people what a run found, through Apprise."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from typing import Any

from seedbed.core.progress import Progress
from seedbed.core.recipients import VARIABLE, Recipient, address


def tell(recipients: Sequence[str | Recipient], title: str, body: str, progress: Progress) -> dict[str, Any]:
    """Sends a message to everyone.

    A message that cannot be sent is a note, never a failure. Addresses are neither logged nor written.

    Args:
        recipients: addresses, variables not yet filled in.
        title: of the message.
        body: its text; no value of anybody's data belongs there.
        progress: told what could not be sent.

    Returns:
        `{"recipients": how many, "sent": to how many, "notes": why not}`.
    """
    addresses = [address(each) for each in recipients]
    outcome: dict[str, Any] = {"recipients": len(addresses), "sent": 0, "notes": []}
    if not addresses:
        return outcome
    try:
        import apprise
    except ImportError:
        outcome["notes"].append("nobody was told: the package apprise is absent; pip install 'seedbed[notify]'")
        progress.note(outcome["notes"][0])
        return outcome
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
