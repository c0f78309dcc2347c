"""Formats of text: literal text with columns in it, such as `{first}.{last}@{company.domain}`.

`{name}` is a column of the row or, through a reference, of a parent; `{number:05d}` fills a whole number with zeros to
five digits; `{{` and `}}` are the braces themselves. Decimals keep their places, dates are written as 2025-01-31,
moments as 2025-01-31 08:00:00, truth values as true and false. Where a column is missing, so is the text.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

MOST_DIGITS = 18


class FormatError(ValueError):
    """A text that is no format.

    Attributes:
        offset: character of the text where the trouble starts.
        allowed: what to write instead.
    """

    def __init__(self, message: str, offset: int, allowed: str = "") -> None:
        super().__init__(message)
        self.offset, self.allowed = offset, allowed


@dataclass(frozen=True)
class Slot:
    """A column's place in a format.

    Attributes:
        path: the column's.
        digits: least number of digits of a whole number, filled with zeros; 0 for as many as it has.
        offset: character of the format where it starts.
    """

    path: str
    digits: int
    offset: int


@dataclass(frozen=True)
class TextFormat:
    """A checked format.

    Attributes:
        text: as written.
        parts: literal texts and slots in their order.
    """

    text: str
    parts: tuple[str | Slot, ...]

    @classmethod
    def parse(cls, text: str) -> TextFormat:
        """Reads a format.

        Raises:
            FormatError: the text is no format, or holds no column.
        """
        parts: list[str | Slot] = []
        at, literal = 0, ""
        while at < len(text):
            if text[at : at + 2] in ("{{", "}}"):
                literal, at = literal + text[at], at + 2
            elif text[at] == "{":
                end = text.find("}", at)
                if end < 0:
                    raise FormatError("a '{' without its '}'", at, "{{ for the character itself")
                if literal:
                    parts.append(literal)
                parts.append(_slot(text[at + 1 : end], at))
                literal, at = "", end + 1
            elif text[at] == "}":
                raise FormatError("a '}' without its '{'", at, "}} for the character itself")
            else:
                literal, at = literal + text[at], at + 1
        if literal:
            parts.append(literal)
        if not any(isinstance(part, Slot) for part in parts):
            raise FormatError("a format holds at least one column", 0, "such as {name}-{number:03d}")
        return cls(text, tuple(parts))

    @property
    def slots(self) -> tuple[Slot, ...]:
        """The columns, in their order."""
        return tuple(part for part in self.parts if isinstance(part, Slot))

    @property
    def paths(self) -> tuple[str, ...]:
        """Paths of the columns, each once."""
        return tuple(dict.fromkeys(slot.path for slot in self.slots))

    def expression(self, places: Mapping[str, int], moments: Collection[str]) -> pl.Expr:
        """The text as an expression over columns that literally bear the paths as names.

        Args:
            places: decimal places of the columns that are decimals (64-bit floats), by path.
            moments: paths of the columns that are local dates and times.

        Returns:
            Text; missing where one of the columns is.
        """
        import polars as pl

        parts = [
            pl.lit(part)
            if isinstance(part, str)
            else pl.col(part.path).dt.strftime("%Y-%m-%d %H:%M:%S")
            if part.path in moments
            else _spelled(part, places.get(part.path))
            for part in self.parts
        ]
        return pl.concat_str(parts, ignore_nulls=False)


def _slot(content: str, offset: int) -> Slot:
    path, colon, spec = content.partition(":")
    steps = path.split(".")
    if not all(step.isidentifier() and step.isascii() for step in steps):
        raise FormatError(f"{{{content}}} names no column", offset, "such as {name} or {store.city}")
    digits = spec.removesuffix("d")
    fits = spec.endswith("d") and digits.startswith("0") and digits.isdecimal() and 1 <= int(digits) <= MOST_DIGITS
    if colon and not fits:
        raise FormatError(f"{{{content}}}: unknown way to write a value", offset, f"{{{path}}} or {{{path}:05d}}")
    return Slot(path, int(digits or 0), offset)


def _spelled(slot: Slot, places: int | None) -> pl.Expr:
    """One column as text."""
    import polars as pl

    column = pl.col(slot.path)
    if slot.digits:
        return column.cast(pl.Int64).cast(pl.String).str.zfill(slot.digits)
    if places is not None:
        units = (column * 10.0**places).round().cast(pl.Int64)
        digits = units.abs().cast(pl.String).str.zfill(places + 1)
        sign = pl.when(units < 0).then(pl.lit("-")).otherwise(pl.lit(""))
        if not places:
            return pl.concat_str([sign, digits], ignore_nulls=False)
        whole = digits.str.head(-places)
        return pl.concat_str([sign, whole, pl.lit("."), digits.str.tail(places)], ignore_nulls=False)
    return column.cast(pl.String)
