"""Who is told what a run found: addresses as Apprise writes them, with every secret in the environment."""

from __future__ import annotations

import re
from typing import Annotated, Any
from urllib.parse import parse_qsl, urlsplit

from pydantic import BeforeValidator, Discriminator, Field, Tag
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model

PLAIN = frozenset({"json", "jsons", "xml", "xmls", "form", "forms", "mailto", "mailtos", "syslog"})
"""Services whose addresses need no secret; all others carry one in the address itself."""
VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
_SECRET_WORD = re.compile(r"pass|pwd|token|secret|key|auth|bearer|credential|signature|cookie", re.IGNORECASE)
_ALLOWED = "the name of an environment variable in its place, such as ${SLACK_URL}"


def _without_secrets(url: Any) -> Any:
    """Refuses an address that holds a secret in plain sight; the words never repeat it."""
    if not isinstance(url, str):
        raise PydanticCustomError("address", "an address is text", {"allowed": "such as ${SLACK_URL}"})
    bare = VARIABLE.sub("", url)
    if "${" in bare or "$" in bare:
        allowed = "${NAME}: letters, digits and _ in braces"
        raise _refused("variable", "not the name of an environment variable", allowed)
    if not bare.strip():
        return url
    scheme, colon, rest = bare.partition("://")
    if not colon:
        allowed = "an Apprise address, such as ${SLACK_URL}, mailto://... or json://host/path"
        raise _refused("address", "not an address", allowed)
    if scheme.lower() not in PLAIN and re.search(r"[A-Za-z0-9]", rest):
        words = "addresses of this service hold a secret, and a file that is passed on is no place for one"
        raise _refused("secret", words, _ALLOWED)
    if _shows_secret(bare):
        words = "the address holds a password or token, and a file that is passed on is no place for one"
        raise _refused("secret", words, _ALLOWED)
    return url


def _refused(kind: str, words: str, allowed: str) -> PydanticCustomError:
    """A problem that does not show what was found: it may be a secret."""
    return PydanticCustomError(kind, words, {"allowed": allowed, "unshown": True})


def _shows_secret(url: str) -> bool:
    try:
        parts = urlsplit(url)
        password, query = parts.password, parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return True
    if password:
        return True
    if any(value and _SECRET_WORD.search(name) for name, value in query):
        return True
    segments = re.split(r"[/?&=]", f"{parts.path}?{parts.query}")
    return any(len(each) >= 16 and re.search(r"\d", each) and re.search(r"[A-Za-z]", each) for each in segments)


Url = Annotated[str, Field(max_length=2000), BeforeValidator(_without_secrets)]


class Recipient(Model):
    """Someone who is told."""

    url: Url = Field(examples=["${SLACK_URL}"])
    """Apprise address; `${NAME}` stands for an environment variable, which is where passwords and tokens belong."""


def _tag(value: Any) -> str:
    return "a recipient" if isinstance(value, dict | Recipient) else "an address"


Notify = Annotated[
    Annotated[Url, Tag("an address")] | Annotated[Recipient, Tag("a recipient")],
    Discriminator(_tag),
]
"""An address, or a mapping with one."""


def address(recipient: str | Recipient) -> str:
    """The address as it is written, its variables not yet filled in."""
    return recipient if isinstance(recipient, str) else recipient.url
