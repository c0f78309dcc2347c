"""Countries and subdivisions whose public holidays the holidays package knows."""

from __future__ import annotations

import importlib
import importlib.util
import sys
import threading
from typing import Any, NamedTuple

from seedbed.core.words import listed


class Unknown(NamedTuple):
    """A code that names no calendar.

    Attributes:
        message: what is wrong.
        near: codes it may be meant for.
        allowed: what would be right, in words.
    """

    message: str
    near: tuple[str, ...]
    allowed: str


def unknown_code(code: str) -> Unknown | None:
    """What is wrong with a code such as `CA` or `CA-QC`; None where it is known.

    Args:
        code: ISO 3166 country, or country and subdivision joined by a hyphen.
    """
    countries = _countries()
    country, hyphen, part = code.partition("-")
    if country not in countries.values():
        name = code.strip().lower().replace(" ", "_")
        words = f"{countries[name]} for {code}" if name in countries else "an ISO code such as CA, CA-QC or FR"
        near = tuple(sorted(countries.values()))
        if country.upper() in near:
            near = (country.upper(), *(f"{country.upper()}-{one}" for one in _parts(country.upper())))
        return Unknown("unknown country", near, words)
    parts = _parts(country)
    if not hyphen or part in parts:
        return None
    if not parts:
        return Unknown(f"the holidays of {country} have no subdivisions", (country,), country)
    aliases: dict[str, str] = getattr(_country(country), "subdivisions_aliases", {})
    allowed = (
        f"{country}-{aliases[part]}" if part in aliases else listed((f"{country}-{one}" for one in parts), most=60)
    )
    return Unknown(f"unknown subdivision of {country}", tuple(f"{country}-{one}" for one in parts), allowed)


def _countries() -> dict[str, str]:
    """ISO codes by the country's name in small letters with underscores."""
    from holidays.registry import COUNTRIES

    return {name: names[1] for name, names in COUNTRIES.items()}


_PACKAGE = "holidays.countries"
_ALONE = threading.Lock()


def load_country(code: str) -> None:
    """Loads the holidays package's module of one country, for the package to find it loaded.

    Left to itself it loads all countries for the first one asked for: a tenth of a second, twice what all else of a
    calendar takes.

    Args:
        code: ISO 3166 country; nothing happens where it is unknown.
    """
    from holidays.registry import COUNTRIES

    module = next((name for name, names in COUNTRIES.items() if code in names[1:]), None)
    with _ALONE:
        if module is None or _PACKAGE in sys.modules:
            return
        found = importlib.util.find_spec(_PACKAGE)
        if found is None:
            return
        # The package with its place, but without what its file would load; gone again before anybody else looks.
        sys.modules[_PACKAGE] = importlib.util.module_from_spec(found)
        try:
            importlib.import_module(f"{_PACKAGE}.{module}")
        finally:
            del sys.modules[_PACKAGE]


def _country(code: str) -> Any:
    import holidays

    load_country(code)
    return getattr(holidays, code)


def _parts(code: str) -> tuple[str, ...]:
    return tuple(_country(code).subdivisions)
