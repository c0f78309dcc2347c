"""Rule books that come with Seedbed."""

from __future__ import annotations

from pathlib import Path


def packs() -> dict[str, Path]:
    """The books by name."""
    return {path.stem: path for path in sorted((Path(__file__).parent / "packs").glob("*.yaml"))}


def pack(name: str) -> Path:
    """Path of one book.

    Args:
        name: as in `packs()`.

    Raises:
        SeedbedError: there is no such pack.
    """
    from seedbed.core.errors import Reason, SeedbedError
    from seedbed.core.words import nearest

    known = packs()
    if name not in known:
        close = nearest(name, known)
        raise SeedbedError(
            f"no rule book of the name {name!r}" + (f"; did you mean {close!r}?" if close else ""),
            reason=Reason.UNKNOWN_NAME,
            allowed=", ".join(known),
        )
    return known[name]
