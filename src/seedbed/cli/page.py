"""One self-contained HTML page: pictures first, few words, nothing loaded from elsewhere."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterable, Sequence
from importlib import resources
from pathlib import Path

from seedbed.core.errors import EngineError, Reason


def text(value: object) -> str:
    """Escaped for HTML."""
    return html.escape(str(value))


def facts(items: Iterable[tuple[str, str]]) -> str:
    """A row of large numbers, each (number, what it is)."""
    boxes = "".join(f'<div class="fact"><b>{text(number)}</b><span>{text(name)}</span></div>' for number, name in items)
    return f'<div class="facts">{boxes}</div>'


def card(title: str, under: str, picture: str) -> str:
    """A framed picture with a title."""
    return f'<div class="card"><b>{text(title)}</b><small>{text(under)}</small>{picture}</div>'


def jpeg(content: bytes, alt: str) -> str:
    """An embedded JPEG."""
    return f'<img alt="{text(alt)}" src="data:image/jpeg;base64,{base64.b64encode(content).decode()}">'


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A small table."""
    top = "".join(f"<th>{text(cell)}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{text(cell)}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table>"


def refuse_folder(out: Path) -> None:
    """A page is a file.

    Raises:
        EngineError: a folder has its name.
    """
    if out.is_dir():
        raise EngineError(
            "a folder has this name",
            reason=Reason.NOT_WRITABLE,
            where=out,
            repair="name a file with -o, such as preview.html",
        )


def page(title: str, body: Iterable[str]) -> str:
    """The whole page."""
    content = "\n".join(body)
    style = (resources.files("seedbed.cli") / "page.css").read_text(encoding="utf-8")
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{text(title)}</title>'
        f'<meta name="viewport" content="width=device-width, initial-scale=1"><style>{style}</style></head>\n'
        f"<body><main>\n{content}\n</main></body></html>\n"
    )
