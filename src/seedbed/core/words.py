"""Values and names in sentences. Light: workers that only compute load this, not the document reader."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def shown(value: object) -> str:
    """A found value, short enough for one line."""
    if isinstance(value, dict):
        text = "a mapping with " + listed(map(str, value)) if value else "an empty mapping"
    elif isinstance(value, tuple | list):
        text = "[" + ", ".join(map(shown, value)) + "]"
    elif value is None:
        text = "nothing"
    else:
        text = repr(value) if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
    return text if len(text) <= 80 else text[:77] + "..."


def listed(names: Iterable[str], most: int = 14) -> str:
    """Names for a sentence, cut when there are many."""
    every = list(names)
    more = f", ... ({len(every)} in all)" if len(every) > most else ""
    return ", ".join(every[:most]) + more


def nearest(name: str, known: Iterable[str]) -> str | None:
    """The known name most like `name`, if any is alike enough to be meant."""
    names = list(known)
    lower = {candidate.lower(): candidate for candidate in names}
    close = difflib.get_close_matches(name.lower(), list(lower), n=1, cutoff=0.6)
    return lower[close[0]] if close and lower[close[0]] != name else None


def nearest_hint(name: str, known: Iterable[str]) -> str:
    """`; did you mean 'x'?`, or nothing where no known name is alike."""
    close = nearest(name, known)
    return f"; did you mean {close!r}?" if close else ""
