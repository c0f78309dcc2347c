"""Which Faker providers and locales a book may name."""

from __future__ import annotations

import inspect
from functools import lru_cache
from typing import Any

# Their values depend on the day they are made, which would break "the same file gives the same bytes".
_CLOCK = frozenset({"credit_card_expire", "credit_card_full", "uuid1", "uuid6", "uuid7", "unix_time"})
_OTHER_MODULES = (
    "faker.providers.date_time",
    "faker.providers.profile",
    "faker.providers.passport",
    "faker.providers.python",
)
# Files and structures rather than a text of one person or thing.
_BULKY = frozenset(
    {"binary", "csv", "dsv", "enum", "fixed_width", "image", "json", "json_bytes", "psv", "tar", "tsv", "xml", "zip"}
)


def locales() -> tuple[str, ...]:
    """Every locale Faker knows."""
    from faker.config import AVAILABLE_LOCALES

    return tuple(sorted(AVAILABLE_LOCALES))


@lru_cache(maxsize=32)
def providers(locale: str) -> frozenset[str]:
    """Names of the providers of a locale that a book may use: text, from nothing but randomness.

    Args:
        locale: one of `locales()`.
    """
    return frozenset(_candidates(locale))


@lru_cache(maxsize=256)
def is_provider(locale: str, name: str) -> bool:
    """Whether a name is in `providers(locale)`, without a look at all the others, which takes a tenth of a second."""
    return name in _candidates(locale, name)


@lru_cache(maxsize=256)
def gives_text(locale: str, provider: str) -> bool:
    """Whether a provider of `providers(locale)` gives text when called without arguments."""
    fake = _faker(locale)
    fake.seed_instance(0)
    try:
        return isinstance(getattr(fake, provider)(), str)
    except Exception:  # third-party code of any kind: whatever it raises, it does not give text
        return False


@lru_cache(maxsize=32)
def _faker(locale: str) -> Any:
    from faker import Faker

    return Faker(locale, use_weighting=False)


def _candidates(locale: str, only: str | None = None) -> set[str]:
    from faker.providers import BaseProvider

    found: set[str] = set()
    for provider in _faker(locale).get_providers():
        module = type(provider).__module__
        if module.startswith(_OTHER_MODULES):
            continue
        for name in dir(provider) if only is None else (only,):
            if not hasattr(provider, name):
                continue
            if name.startswith(("_", "random", "get_")) or name in _CLOCK or name in _BULKY or name in found:
                continue
            method = getattr(provider, name)
            if not inspect.isroutine(method) or (hasattr(BaseProvider, name) and name not in {"bothify"}):
                continue
            if all(parameter.default is not inspect.Parameter.empty for parameter in _required(method)):
                found.add(name)
    return found


def _required(method: Any) -> list[inspect.Parameter]:
    try:
        parameters = inspect.signature(method).parameters.values()
    except (TypeError, ValueError):
        return []
    variadic = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return [parameter for parameter in parameters if parameter.kind not in variadic]
