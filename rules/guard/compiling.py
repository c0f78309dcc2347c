"""From a book to rules: the one place of the guard that reads the models of sources."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

from seedbed.core.zones import Zone, day_number
from seedbed.rules.book import Book
from seedbed.rules.column_types import IdColumn, ReferenceColumn
from seedbed.rules.columns import Column
from seedbed.rules.computed_columns import DecimalSeries, IntegerSeries, NumberSeries
from seedbed.rules.expressions import Expression
from seedbed.rules.formats import TextFormat
from seedbed.rules.guard.branches import AllOf, Branch, Cases, Switched
from seedbed.rules.guard.computed import Computed, Joined
from seedbed.rules.guard.parsing import Spec
from seedbed.rules.guard.rules import Anything, Exactly, Matches, OneOf, OnStep, Rule, Within
from seedbed.rules.guard.walks import walk_rule
from seedbed.rules.layouts import step_minutes
from seedbed.rules.patterns import Pattern
from seedbed.rules.scope import kind_of, resolve, sources_of
from seedbed.rules.sources import (
    Chance,
    Choices,
    DateRange,
    DatetimeRange,
    Faked,
    Formatted,
    Formula,
    NumberRange,
    Patterned,
)
from seedbed.rules.switches import switch_of

_SOURCES = (NumberRange, DateRange, DatetimeRange, Choices, Chance, Faked, Patterned, Formatted, Formula)


def zone_of(book: Book) -> Zone:
    """The time zone all moments of a book are local to."""
    return Zone(book.period.timezone if book.period else "UTC")


def spec_of(book: Book, column: Column) -> Spec:
    """The type that a column's values have; a reference has that of the id it leads to."""
    zone = zone_of(book)
    if isinstance(column, ReferenceColumn):
        target = book.tables[column.to]
        name = target.id_column
        spec = spec_of(book, target.columns[name]) if name is not None else Spec("text", zone)
        return replace(spec, nothing=column.missing_as)
    if isinstance(column, IdColumn):
        return Spec("integer" if column.format is None else "text", zone)
    kind, nothing = column.type, column.missing_as
    if kind in {"category", "text"}:
        return Spec("text", zone, free=kind == "text" or _blanks_count(column), nothing=nothing)
    return Spec(kind, zone, getattr(column, "places", 0), nothing=nothing)


def _blanks_count(column: Any) -> bool:
    """Whether some category may start or end with blanks, so that they are no slip of a writer."""
    for _, source in sources_of(column):
        if isinstance(source, Formula):
            return True
        texts = source.choices if isinstance(source, Choices) else (getattr(source, "value", source),)
        if any(isinstance(text, str) and text != text.strip() for text in texts):
            return True
    return False


def inputs_of(book: Book, table: str) -> frozenset[str]:
    """The columns and paths that the rules of a table look at."""
    found: set[str] = set()
    for column in book.tables[table].columns.values():
        found |= rule_of(book, table, column).inputs
    for constraint in book.tables[table].constraints:
        found |= Expression.parse(constraint.check).columns
    return frozenset(found)


def rule_of(book: Book, table: str, column: Column) -> Rule:
    """The rule of a column's source."""
    if isinstance(column, IdColumn | ReferenceColumn):
        return Anything()
    if column.source == "part":
        return part_rule(book, table, column)
    if isinstance(column, IntegerSeries | NumberSeries | DecimalSeries):
        return number_rule(column, *column.series.range)
    cases = getattr(column, "cases", None)
    if cases is None:
        plain, switch = source_rule(book, table, column, column), switch_of(column)
        if switch is None:
            return plain
        rules = {value: source_rule(book, table, column, source) for value, source in switch.sources.items()}
        seen = resolve(book, table, switch.path)
        if seen is not None and kind_of(book, seen.column) == "integer":
            # As whole numbers are written: `by: {level: {01: ...}}` means 1.
            rules = {str(int(value)): rule for value, rule in rules.items()}
        return Switched(switch.path, rules, plain)
    branches = []
    for case in cases:
        when = Expression.parse(case.when) if hasattr(case, "when") else None
        source = case.otherwise if hasattr(case, "otherwise") else case
        if isinstance(source, _SOURCES):
            branches.append(Branch(when, source_rule(book, table, column, source)))
        else:
            branches.append(Branch(when, constant_rule(book, column, getattr(source, "value", source))))
    return Cases(tuple(branches))


def source_rule(book: Book, table: str, column: Any, source: Any) -> Rule:
    """The rule of a source: the column itself, or of a branch."""
    match source:
        case NumberRange():
            return number_rule(column, *source.range)
        case DatetimeRange():
            return moment_rule(book, source)
        case DateRange():
            low, high = source.bounds(book.period)
            return Within(day_number(low), day_number(high), _bounds(f"{low}", f"{high}"))
        case Choices():
            return OneOf(tuple(source.choices))
        case Formula():
            return Computed(column.type, getattr(column, "places", 0), Expression.parse(source.formula))
        case Patterned():
            return Matches(Pattern.parse(source.pattern).regex, source.pattern)
        case Formatted():
            return joined_rule(book, table, TextFormat.parse(source.format))
    return Anything()


def joined_rule(book: Book, table: str, form: TextFormat) -> Joined:
    """The rule of a text put together from columns."""
    seen = {path: found.column for path in form.paths if (found := resolve(book, table, path)) is not None}
    places: dict[str, int] = {path: column.places for path, column in seen.items() if column.type == "decimal"}  # type: ignore[union-attr]
    times = frozenset(path for path, column in seen.items() if column.type == "datetime")
    return Joined("text", 0, form, places, times)


def part_rule(book: Book, table: str, column: Any) -> Rule:
    """The rule of a column that shows what its table's rows are made from."""
    zone, period = zone_of(book), book.period
    minutes = step_minutes(column.part)
    if column.part == "day" and period is not None:
        words = _bounds(f"{period.start}", f"{period.end}")
        return Within(day_number(period.start), day_number(period.end), words)
    if minutes is not None and period is not None:
        begin = zone.moment(_midnight(period.start))
        end = zone.moment(_midnight(period.end + dt.timedelta(days=1)))
        words = _bounds(f"{period.start}", f"the end of {period.end}")
        return AllOf((Within(begin, end - 1, words, moments=True), OnStep(begin, minutes * 60_000, column.part)))
    return walk_rule(book.tables[table], column)


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def _bounds(low: str, high: str) -> tuple[str, str]:
    return f"lies below {low}, the smallest expected", f"lies above {high}, the largest expected"


def number_rule(column: Any, low: float, high: float) -> Within:
    """Bounds of numbers, in units of the column's last place."""
    if column.type == "number":
        return Within(low, high, _bounds(f"{low:g}", f"{high:g}"))
    places = getattr(column, "places", 0) if column.type == "decimal" else 0
    # repr, not the binary value: 0.05 means five hundredths.
    first, last = (Decimal(repr(bound)).scaleb(places) for bound in (low, high))
    words = _bounds(f"{low:.{places}f}", f"{high:.{places}f}")
    return Within(int(first.to_integral_value(ROUND_CEILING)), int(last.to_integral_value(ROUND_FLOOR)), words)


def moment_rule(book: Book, source: Any) -> Within:
    """Bounds of moments: from the first, included, to the end, excluded."""
    zone = zone_of(book)
    low, high = source.bounds(book.period)
    begin, end = zone.moment(low), max(zone.moment(high), zone.moment(low) + 1)
    return Within(begin, end - 1, _bounds(_shown(low), f"{_shown(high)} (excluded)"), moments=True)


def _shown(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d}" if moment.time() == dt.time() else moment.isoformat(" ")


def constant_rule(book: Book, column: Any, value: Any) -> Exactly:
    """One value, in the units its column is compared in."""
    if value is None or isinstance(value, str | bool):
        return Exactly(value, repr(value) if isinstance(value, str) else str(value).lower())
    if column.type == "decimal":
        scaled = float(value) * 10.0**column.places
        return Exactly(int(scaled + (0.5 if scaled >= 0 else -0.5)), f"{value:.{column.places}f}")
    if column.type == "date":
        return Exactly(day_number(value), f"{value}")
    if column.type == "datetime":
        moment = value if isinstance(value, dt.datetime) else dt.datetime.combine(value, dt.time())
        return Exactly(zone_of(book).moment(moment), _shown(moment), moments=True)
    return Exactly(value, f"{value}")
