"""Sources: where the values of a column come from. Columns and branches of `cases` are built from these.

Numbers keep the class a client wrote (`int` for integers, else `float`); a decimal is a `float` here and is rounded to
its places by the generator. Dates and times are local to the period's time zone and carry no offset.
"""

from __future__ import annotations

import datetime as dt
import string
from collections.abc import Mapping
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import Discriminator, Field, Tag, ValidationInfo, field_validator
from pydantic_core import PydanticCustomError

from seedbed.core.documents import Model
from seedbed.rules.distribution_names import Distribution
from seedbed.rules.effects import DateEffect, MomentEffect, NumberEffect
from seedbed.rules.formats import FormatError, TextFormat
from seedbed.rules.patterns import Pattern, PatternError
from seedbed.rules.periods import Day, Moment, Period

T = TypeVar("T")
DAY = dt.timedelta(days=1)
MOST_INTEGER = 2**53


def _ordered(low: Any, high: Any) -> None:
    if high < low:
        raise PydanticCustomError("reversed", "the range is reversed", {"allowed": f"[{high}, {low}]"})


def _inside(typical: Any, low: Any, high: Any) -> None:
    if typical < low or typical > high:
        raise PydanticCustomError("outside", "typical lies outside the range", {"allowed": f"{low} to {high}"})


def two(value: Any) -> Any:
    """Words for a range that has not two ends."""
    if isinstance(value, tuple | list) and len(value) != 2:
        words = "a range has two values, the smallest and the largest"
        raise PydanticCustomError("range", words, {"allowed": "such as [1, 50]"})
    return value


class NumberRange(Model, Generic[T]):
    """Numbers within a hard expected range, by default PERT around the typical one."""

    range: tuple[T, T] = Field(examples=[[1, 50]])
    """Smallest and largest value that can occur, both included."""
    typical: T | None = Field(default=None, examples=[2])
    """The most likely value (a PERT distribution); without it all values of the range are equally likely."""
    distribution: Distribution | None = Field(default=None, examples=["poisson", {"normal": {"mean": 100, "sd": 15}}])
    """How the values spread inside the range, where not PERT around `typical`: a name or `{name: {parameters}}`."""
    effects: tuple[NumberEffect, ...] = Field(default=(), examples=[[{"when": {"if": "promo", "factor": 1.8}}]])
    """What multiplies the typical value; the result stays inside the range."""

    _pair = field_validator("range", mode="before")(two)

    @field_validator("range")
    @classmethod
    def _range_order(cls, value: tuple[Any, Any]) -> tuple[Any, Any]:
        _ordered(*value)
        if max(abs(value[0]), abs(value[1])) > MOST_INTEGER:
            raise PydanticCustomError("large", "the range is too large", {"allowed": "within -2^53 to 2^53"})
        return value

    @field_validator("typical")
    @classmethod
    def _typical_inside(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and "range" in info.data:
            _inside(value, *info.data["range"])
        return value

    @field_validator("effects")
    @classmethod
    def _needs_typical(cls, value: tuple[Any, ...], info: ValidationInfo) -> tuple[Any, ...]:
        if value and info.data.get("typical", 0) is None and info.data.get("distribution", 0) is None:
            raise PydanticCustomError("no_typical", "effects multiply the typical value: give 'typical' too")
        return value


def _span_tag(value: Any) -> str:
    return "whole period" if isinstance(value, str) else "from to"


DaySpan = Annotated[
    Annotated[tuple[Day, Day], Tag("from to")] | Annotated[Literal["period"], Tag("whole period")],
    Discriminator(_span_tag),
]
MomentSpan = Annotated[
    Annotated[tuple[Moment, Moment], Tag("from to")] | Annotated[Literal["period"], Tag("whole period")],
    Discriminator(_span_tag),
]
_DATE_EXAMPLES: list[Any] = ["period", ["2025-01-01", "2025-12-31"]]


class DateRange(Model):
    """Dates."""

    range: DaySpan = Field(examples=_DATE_EXAMPLES)
    """First and last day, both included, or `period` for the book's period."""
    typical: Day | None = Field(default=None, examples=["2025-06-01"])
    """The most likely day (a PERT distribution); without it all days are equally likely."""
    effects: tuple[DateEffect, ...] = Field(default=(), examples=[[{"weekday": {"sat": 1.35, "sun": 0.8}}]])
    """How dense the dates are: factors of days of the week, the season, holidays and growth."""

    def bounds(self, period: Period | None) -> tuple[dt.date, dt.date]:
        """First and last day, both included."""
        return _bounds(self.range, period)

    _pair = field_validator("range", mode="before")(two)

    @field_validator("range")
    @classmethod
    def _range_order(cls, value: Any) -> Any:
        if value != "period":
            _ordered(*value)
        return value

    @field_validator("typical")
    @classmethod
    def _typical_inside(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and isinstance(info.data.get("range"), tuple):
            _inside(value, *info.data["range"])
        return value

    @field_validator("effects")
    @classmethod
    def _no_by(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        return _own_dates(value)


class DatetimeRange(Model):
    """Moments."""

    range: MomentSpan = Field(examples=[*_DATE_EXAMPLES, ["2025-01-01T08:00:00", "2025-01-01T20:00:00"]])
    """From and to, or `period` for the book's period. A plain date stands for the whole day."""
    typical: Moment | None = Field(default=None, examples=["2025-06-01T12:00:00"])
    """The most likely moment (a PERT distribution); without it all moments are equally likely."""
    effects: tuple[MomentEffect, ...] = Field(
        default=(),
        examples=[[{"season": {"peak": "12-20", "swing": 0.25}}, {"hour": {"8": 0.4, "12": 1.2, "21": 0.3}}]],
    )
    """How dense the moments are: factors of days of the week, hours, the season, holidays and growth."""

    def bounds(self, period: Period | None) -> tuple[dt.datetime, dt.datetime]:
        """First moment, included, and last moment, excluded; a plain date stands for the whole day."""
        low, high = _bounds(self.range, period)
        return _moment(low), _moment(high if isinstance(high, dt.datetime) else high + DAY)

    @property
    def mode(self) -> dt.datetime | None:
        """The most likely moment; noon where only a day is given."""
        if self.typical is None or isinstance(self.typical, dt.datetime):
            return self.typical
        return _moment(self.typical) + DAY / 2

    _pair = field_validator("range", mode="before")(two)

    @field_validator("range")
    @classmethod
    def _range_order(cls, value: Any) -> Any:
        if value != "period":
            low, high = value
            stop = high if isinstance(high, dt.datetime) else _moment(high) + DAY
            if stop <= _moment(low):
                same = _moment(low) == stop
                message = "the range is empty" if same else "the range is reversed"
                raise PydanticCustomError("reversed", message, {"allowed": f"from {high} to {low}"})
        return value

    @field_validator("typical")
    @classmethod
    def _typical_inside(cls, value: Any, info: ValidationInfo) -> Any:
        if value is not None and isinstance(info.data.get("range"), tuple):
            low, high = info.data["range"]
            stop = high if isinstance(high, dt.datetime) else _moment(high) + DAY
            _inside(value if isinstance(value, dt.datetime) else _moment(value) + DAY / 2, _moment(low), stop)
        return value

    @field_validator("effects")
    @classmethod
    def _no_by(cls, value: tuple[Any, ...]) -> tuple[Any, ...]:
        return _own_dates(value)


def _own_dates(effects: tuple[Any, ...]) -> tuple[Any, ...]:
    if any(effect.by is not None for effect in effects):
        raise PydanticCustomError("by", "the effects of a date look at that date itself: leave out 'by'")
    return effects


def _moment(day: dt.date) -> dt.datetime:
    return day if isinstance(day, dt.datetime) else dt.datetime(day.year, day.month, day.day)


def _bounds(span: Any, period: Period | None) -> tuple[Any, Any]:
    if span != "period":
        return span[0], span[1]
    if period is None:
        raise ValueError("range: period, but the book has no period")
    return period.start, period.end


_MOST_LISTED = 2_000


def _or_a_list(schema: dict[str, Any]) -> None:
    """Lets editors take a list of values where a mapping to weights is meant."""
    mapping = {key: schema.pop(key) for key in ("type", "additionalProperties", "minProperties") if key in schema}
    schema["anyOf"] = [mapping, {"type": "array", "items": {"type": "string"}, "minItems": 1}]


class Choices(Model):
    """Weighted categories."""

    choices: dict[str, Annotated[float, Field(ge=0, le=1e12)]] = Field(
        examples=[{"card": 70, "cash": 22, "voucher": 8}, ["card", "cash", "voucher"]],
        min_length=1,
        json_schema_extra=_or_a_list,
    )
    """Each value and its weight; weights need not add up to 100. A list of values stands for equal weights."""

    @field_validator("choices", mode="before")
    @classmethod
    def _some_value(cls, value: Any) -> Any:
        if isinstance(value, tuple | list) and value and all(isinstance(one, str) for one in value):
            twice = sorted({one for one in value if list(value).count(one) > 1}) if len(value) <= _MOST_LISTED else []
            if twice:
                words = f"the choice {twice[0]!r} stands twice"
                raise PydanticCustomError("choices", words, {"allowed": f"weights, such as {{{twice[0]}: 2, ...}}"})
            return dict.fromkeys(value, 1.0)
        if isinstance(value, tuple | list | Mapping) and not (isinstance(value, Mapping) and value):
            words = "choices are a mapping of each value to its weight, or a list of values"
            raise PydanticCustomError("choices", words, {"allowed": "such as {card: 70, cash: 30} or [card, cash]"})
        return value

    @field_validator("choices")
    @classmethod
    def _some_weight(cls, value: dict[str, float]) -> dict[str, float]:
        if not any(value.values()):
            raise PydanticCustomError("no_weight", "the weights add up to 0", {"allowed": "at least one weight over 0"})
        return value


class Chance(Model):
    """True or false."""

    chance: float = Field(ge=0, le=1, examples=[0.12])
    """Probability of true."""


class Formula(Model):
    """Computed from this row and its parents."""

    formula: str = Field(min_length=1, max_length=4000, examples=["quantity * product.price * (1 - discount)"])
    """SQL expression over the columns of this row, and `reference_column.column` for those of a parent."""


class Faked(Model):
    """Names, addresses and the like from Faker."""

    faker: str = Field(examples=["name", "company", "city"])
    """Name of a Faker provider that gives text."""
    locale: str = Field(default="en_US", examples=["fr_CA"])
    """Language and country of the provider."""


class Patterned(Model):
    """Text of a form."""

    pattern: str = Field(min_length=1, max_length=500, examples=[r"[A-Z]{2}-\d{4}"])
    r"""The form of the text, and of real texts: letters, digits, `[A-Z0-9]`, `\d`, `\w`, `( | )`, `?`, `{4}`, `{2,5}`.
    Write it in single quotes: YAML reads backslashes inside double ones."""

    @field_validator("pattern")
    @classmethod
    def _readable_pattern(cls, text: str) -> str:
        try:
            Pattern.parse(text)
        except PatternError as error:
            words = f"{error} (at character {error.offset + 1})"
            allowed = error.allowed or "letters, digits, [A-Z0-9], \\d, \\w, ( | ), ?, {4}, {2,5}"
            raise PydanticCustomError("pattern", "{words}", {"words": words, "allowed": allowed}) from None
        return text


class Formatted(Model):
    """Text put together from columns."""

    format: str = Field(min_length=1, max_length=1000, examples=["{first}.{last}@{company.domain}", "R-{number:05d}"])
    """Text with columns of this row, or of its parents, in braces; `{number:05d}` fills a whole number with zeros."""

    @field_validator("format")
    @classmethod
    def _readable_format(cls, text: str) -> str:
        try:
            TextFormat.parse(text)
        except FormatError as error:
            words = f"{error} (at character {error.offset + 1})"
            allowed = error.allowed or "columns in braces"
            raise PydanticCustomError("format", "{words}", {"words": words, "allowed": allowed}) from None
        return text


class IdFormat(Model):
    """The parts of a format such as `S{:03d}`."""

    prefix: str
    """Text before the number."""
    width: int
    """Least number of digits, filled with zeros."""
    suffix: str
    """Text after the number."""

    def render(self, number: int) -> str:
        """The id of one number."""
        return f"{self.prefix}{number:0{self.width}d}{self.suffix}"

    @classmethod
    def parse(cls, text: str) -> IdFormat:
        """Reads a format.

        Args:
            text: Python format text with exactly one whole-number placeholder.

        Returns:
            Its parts.

        Raises:
            ValueError: anything else, in words for the person who wrote it.
        """
        allowed = "one {} or {:05d}"
        try:
            parts = list(string.Formatter().parse(text))
        except ValueError as error:
            raise ValueError(f"not a format: {error}") from None
        fields = [part for part in parts if part[1] is not None]
        if len(fields) != 1:
            raise ValueError(f"a format holds {allowed}; this one holds {len(fields) or 'none'}")
        _, name, spec, conversion = fields[0]
        digits = (spec or "").removesuffix("d")
        if name or conversion or (digits and not (digits.isdecimal() and digits.startswith("0") and len(digits) < 4)):
            placeholder = "{" + (name or "") + (f"!{conversion}" if conversion else "") + (f":{spec}" if spec else "")
            raise ValueError(f"wrong placeholder {placeholder}}}: an id is a whole number; write {allowed}")
        at = parts.index(fields[0])
        prefix = "".join(part[0] for part in parts[: at + 1])
        return cls(prefix=prefix, width=int(digits or 0), suffix="".join(part[0] for part in parts[at + 1 :]))


def source_key(value: Any, keys: tuple[str, ...]) -> str | None:
    """Which of `keys` a mapping or model has; None unless exactly one."""
    found = [key for key in keys if (key in value if isinstance(value, Mapping) else hasattr(value, key))]
    return found[0] if len(found) == 1 else None
