"""Compiling columns with `unique: true`; refuses what cannot be, with the numbers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from seedbed.core.errors import DataError
from seedbed.generators.blocks import Maker
from seedbed.generators.calendars import day_number
from seedbed.generators.distinct import (
    MOST_CHOSEN,
    DistinctMaker,
    DistinctTableMaker,
    DistinctWordsMaker,
    Given,
    chosen_values,
)
from seedbed.generators.formats import FormatMaker
from seedbed.generators.pattern_compiler import distinct_pattern_maker
from seedbed.generators.permutations import Permutation
from seedbed.generators.pools import MOST_DISTINCT, Pool
from seedbed.generators.ranges import scale_of
from seedbed.generators.targets import Target
from seedbed.generators.value_compiler import number_maker
from seedbed.generators.values import Words
from seedbed.rules.automata import AmbiguousPattern, count
from seedbed.rules.formats import TextFormat
from seedbed.rules.patterns import Pattern
from seedbed.rules.sources import Choices, DateRange, DatetimeRange, Faked, Formatted, NumberRange, Patterned

if TYPE_CHECKING:
    from seedbed.generators.compiler import Spot


def distinct_maker(spot: Spot, column: Any, plain: Callable[[], Any]) -> Maker:
    """Compiles a column whose values differ in all rows.

    Args:
        spot: where it stands.
        column: its model, checked.
        plain: compiles dates and moments as if they could repeat.

    Raises:
        DataError: there are fewer values than rows.
    """
    target, rows, key = spot.target, spot.plan.rows[spot.target.table], spot.key("unique")
    if column.source == "reference":
        parents = spot.plan.rows[column.to]
        _enough(target, rows, parents, f"rows of {column.to}", f"give {column.to} more rows")
        return DistinctMaker(Permutation(key, max(parents, 1)))
    match column:
        case NumberRange():
            scale = scale_of(target, *column.range)
            low, size = int(scale.low), int(scale.high) - int(scale.low) + 1
            _enough(target, rows, size, "values in the range", "widen the range")
            if (column.typical is None and column.distribution is None) or column.distribution == "uniform":
                return DistinctMaker(Permutation(key, size), low)
            numbers = number_maker(target, Given(), column, ())
            return _spread(target, key, rows, size, numbers, low, 1)
        case DateRange():
            first, last = (day_number(day) for day in column.bounds(spot.plan.book.period))
            _enough(target, rows, last - first + 1, "days in the range", "widen the range")
            if column.typical is None:
                return DistinctMaker(Permutation(key, last - first + 1), first)
            return _spread(target, key, rows, last - first + 1, replace(plain(), draw=Given()), first, 1)
        case DatetimeRange():
            begin, end = (target.zone.moment(end) for end in column.bounds(spot.plan.book.period))
            seconds = max((end - begin) // 1000, 1)
            _enough(target, rows, seconds, "seconds in the range", "widen the range")
            if column.typical is None:
                return DistinctMaker(Permutation(key, seconds), begin, 1000)
            return _spread(target, key, rows, seconds, replace(plain(), draw=Given()), begin, 1000)
        case Choices():
            texts = [text for text, weight in column.choices.items() if weight > 0]
            _enough(target, rows, len(texts), "choices with a weight", "add choices")
            return DistinctWordsMaker(Words.of(texts), Permutation(key, len(texts)))
        case Faked():
            return _faked(spot, target, rows, column)
        case Patterned():
            pattern = Pattern.parse(column.pattern)
            try:
                texts_there_are = count(pattern)
            except AmbiguousPattern:
                raise target.refuse(
                    "the pattern can be read in too many ways to make its texts unique",
                    found=column.pattern,
                    repair="write it with fewer repeats and branches that look alike",
                ) from None
            _enough(target, rows, texts_there_are, "texts of the pattern", "lengthen the pattern")
            return distinct_pattern_maker(key, pattern)
        case Formatted():
            return FormatMaker(TextFormat.parse(column.format))
    raise TypeError(f"no unique values of {type(column).__name__}")


def _enough(target: Target, rows: int, there_are: int, what: str, repair: str) -> None:
    if rows > there_are:
        raise too_few(target, rows, f"{there_are:,} {what}", repair)


def too_few(target: Target, rows: int, there_are: str, repair: str) -> DataError:
    """The refusal of unique values that there are not enough of."""
    return target.refuse(
        "the values cannot all differ",
        found=f"{rows:,} rows and {there_are}",
        repair=f"{repair}, or leave 'unique' out, or ask for fewer rows",
    )


def _spread(target: Target, key: int, rows: int, size: int, maker: Any, first: int, step: int) -> Maker:
    """Values that are not equally likely: as many as rows, chosen beforehand."""
    if rows > MOST_CHOSEN:
        raise target.refuse(
            "too many rows for unique values that are not equally likely",
            found=f"{rows:,} rows",
            allowed=f"up to {MOST_CHOSEN:,}",
            repair="leave out 'typical' and 'distribution', or 'unique'",
        )
    if not rows:
        return DistinctMaker(Permutation(key, size), first, step)
    chosen = chosen_values(lambda cells: (maker.make(cells).data - first) // step, rows, size)
    return DistinctTableMaker(Permutation(key, rows), chosen, first, step)


def _faked(spot: Spot, target: Target, rows: int, column: Faked) -> Maker:
    if rows > MOST_DISTINCT:
        raise target.refuse(
            "too many rows for unique texts of Faker",
            found=f"{rows:,} rows",
            allowed=f"up to {MOST_DISTINCT:,}",
            repair="put them together with a number: a text column with a format such as '{name} {id}'",
        )
    texts = Pool(spot.plan.book.seed, column.locale, column.faker).distinct(rows)
    if len(texts) < rows:
        raise too_few(target, rows, f"about {len(texts):,} different texts of {column.faker}", "take another provider")
    # Faker's order is random already, and so row i has the same text whatever the number of rows.
    return DistinctWordsMaker(Words.of(texts or [""]))
