"""The time the data covers: dates, moments, time zones and the book's period."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, ValidationInfo, WithJsonSchema, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model

FIRST_YEAR, LAST_YEAR = 1700, 2200


def _known_year(day: dt.date) -> dt.date:
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise PydanticCustomError("year", "the year is out of bounds", {"allowed": f"{FIRST_YEAR} to {LAST_YEAR}"})
    return day


def _local(value: Any) -> Any:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        raise PydanticCustomError(
            "offset", "times are local to the period's time zone", {"allowed": "a time without an offset"}
        )
    if isinstance(value, dt.date):
        return _known_year(value)
    return value


_DATE = r"\d{4}-\d{2}-\d{2}"
Day = Annotated[
    dt.date, BeforeValidator(_local), WithJsonSchema({"type": "string", "format": "date", "pattern": f"^{_DATE}$"})
]
"""A date."""
Moment = Annotated[
    Annotated[dt.date, Tag("a date")] | Annotated[dt.datetime, Tag("a datetime")],
    Discriminator(lambda value: "a datetime" if isinstance(value, dt.datetime) else "a date"),
    BeforeValidator(_local),
    WithJsonSchema({"type": "string", "pattern": rf"^{_DATE}([Tt ]+\d{{1,2}}:\d{{2}}:\d{{2}}(\.\d+)?)?$"}),
]
"""A date or a local date and time."""


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    """Every time zone there is; finding them reads a thousand files."""
    from zoneinfo import available_timezones

    return frozenset(available_timezones())


def known_zone(zone: str) -> str:
    """A time zone's name, refused where it is none.

    Raises:
        PydanticCustomError: for use inside validators.
    """
    zones = _zones()
    if zones and zone not in zones:
        cities = {name.rpartition("/")[2]: name for name in sorted(zones)}
        full = cities.get(zone.replace(" ", "_"))
        raise PydanticCustomError(
            "timezone",
            "unknown time zone",
            {"near": [full] if full else sorted(zones), "allowed": full or "an IANA name such as America/Montreal"},
        )
    return zone


class Period(Model):
    """The time the data covers."""

    start: Day = Field(examples=["2025-01-01"])
    """First day."""
    end: Day = Field(examples=["2026-12-31"])
    """Last day, included."""
    timezone: str = Field(default="UTC", examples=["America/Montreal"])
    """IANA name of the time zone all dates and times are local to."""
    holidays: str | None = Field(default=None, pattern=r"^[A-Z]{2}(-.{1,40})?$", examples=["CA-QC", "CA", "FR"])
    """Whose public holidays count: a country, or country and subdivision, by its ISO code (holidays package)."""

    @field_validator("end")
    @classmethod
    def _order(cls, end: dt.date, info: ValidationInfo) -> dt.date:
        if "start" in info.data and end < info.data["start"]:
            raise PydanticCustomError(
                "reversed", "the period ends before it starts", {"allowed": f"{info.data['start']} or later"}
            )
        return end

    @field_validator("timezone")
    @classmethod
    def _zone(cls, zone: str) -> str:
        return known_zone(zone)

    @field_validator("holidays", mode="before")
    @classmethod
    def _calendar(cls, code: Any) -> Any:
        from seedbed.rules.holiday_codes import unknown_code

        wrong = unknown_code(code) if isinstance(code, str) else None
        if wrong is not None:
            raise PydanticCustomError(
                "holidays", "{words}", {"words": wrong.message, "near": wrong.near, "allowed": wrong.allowed}
            )
        return code
