"""Checks of single values: distributions that fit their range and type, columns that a format names."""

from __future__ import annotations

from decimal import Decimal

from seedbed.core.documents import Problems
from seedbed.core.errors import Reason
from seedbed.rules.book import Book
from seedbed.rules.columns import Column
from seedbed.rules.distribution_names import name_of, shape_of
from seedbed.rules.distributions import Shape
from seedbed.rules.formats import TextFormat
from seedbed.rules.scope import kind_of, resolve, visible
from seedbed.rules.sources import Formatted, NumberRange

Loc = tuple[str | int, ...]

LEAST_SHARE = 1e-9
"""Least share of a distribution that must lie in the range."""


def check_value(book: Book, table: str, column: Column, source: object, here: Loc, problems: Problems) -> None:
    """Adds the problems of one source of one column that its model alone could not see.

    Args:
        book: the book.
        table: the column's table.
        column: the column.
        source: the column itself or a branch of its cases.
        here: where the source stands in the file.
        problems: where they go.
    """
    if isinstance(source, NumberRange) and source.distribution is not None:
        _check_distribution(column, source, (*here, "distribution"), problems)
    if isinstance(source, Formatted):
        _check_format(book, table, source, (*here, "format"), problems)


def _check_format(book: Book, table: str, source: Formatted, here: Loc, problems: Problems) -> None:
    for slot in TextFormat.parse(source.format).slots:
        seen = resolve(book, table, slot.path)
        if seen is None:
            near = tuple(visible(book, table))
            words = "unknown column in the format"
            problems.add(here, words, found=slot.path, near=near, reason=Reason.UNKNOWN_NAME, at_value=True)
        elif slot.digits and kind_of(book, seen.column) not in {"integer", None}:
            words = f"{{{slot.path}:0{slot.digits}d}} fills whole numbers with zeros"
            words += f"; {slot.path!r} is of type {seen.column.type}"
            problems.add(here, words, allowed=f"{{{slot.path}}}", at_value=True)


def _check_distribution(column: Column, source: NumberRange[float], here: Loc, problems: Problems) -> None:
    assert source.distribution is not None
    name, shape = name_of(source.distribution), shape_of(source.distribution)
    typical = None if source.typical is None else float(source.typical)
    low, high = map(float, source.range)
    if shape.discrete and column.type != "integer":
        words = f"{name} gives whole numbers, and the column is of type {column.type}"
        problems.add(here, words, allowed="type: integer, or another distribution", at_value=True)
        return
    if name == "uniform" and source.typical is not None:
        words = "with a uniform distribution no value is typical"
        problems.add(here, words, allowed="leave out 'typical' or the distribution", at_value=True)
        return
    if source.effects and not shape.moves:
        words = f"effects have nothing to multiply in a {name} distribution"
        problems.add(here, words, allowed="leave out the effects, or another distribution", at_value=True)
        return
    lacking = shape.lacks(typical)
    if lacking is not None:
        words = f"{name} needs its {lacking}"
        problems.add(here, words, allowed=f"'{lacking}' in the distribution, or 'typical'", at_value=True)
        return
    if shape.location == "mode" and name != "gumbel" and not low <= shape.where(typical) <= high:
        words = "the mode lies outside the range"
        problems.add(here, words, found=shape.where(typical), allowed=f"{low:g} to {high:g}", at_value=True)
        return
    _check_share(column, name, shape, typical, (low, high), here, problems)


def _check_share(
    column: Column,
    name: str,
    shape: Shape,
    typical: float | None,
    ends: tuple[float, float],
    here: Loc,
    problems: Problems,
) -> None:
    """Cutting to the range needs something to hold on to."""
    if ends[0] == ends[1] or name in {"uniform", "pert", "triangular", "beta"}:
        return
    half = {"integer": Decimal("0.5"), "decimal": Decimal("0.5").scaleb(-getattr(column, "places", 0))}
    step = float(half.get(column.type, Decimal(0)))
    low, high = ends[0] - step, ends[1] + step
    law = shape.law(typical, low, high)
    share = min(float(law.cdf(high) - law.cdf(low)) or float(law.sf(low) - law.sf(high)), 1.0)
    if not share >= LEAST_SHARE:
        middle = float(law.median())
        words = f"this distribution practically never gives a value in the range {ends[0]:g} to {ends[1]:g}"
        problems.add(here, words, allowed=f"a range around {middle:.4g}, or other parameters", at_value=True)
