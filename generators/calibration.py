"""Calibration: what `typical` is multiplied by so that an expectation is met.

An expectation may name a column that follows it. Before anything is written the expectation is measured on a sample of
its table, made in memory, for several factors on that column's typical value, and the factor whose measure lies nearest
to the middle of the expected range is taken. Factors are powers of ten on a fixed grid (4096 to a decade), so what is
found depends on the book alone; neither row counts given on the command line nor scenarios and faults change it.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from seedbed.core import keys
from seedbed.core.errors import DataError, Reason
from seedbed.generators.blocks import Block

if TYPE_CHECKING:
    import polars as pl

    from seedbed.core.documents import Document
    from seedbed.rules import Book, Expectation, Measure, Measurer

SAMPLE = 1 << 17
"""Rows of the measured table that a factor is judged on; the whole table where it has no more."""
DECADE = 4096
_ENDS = 2 * DECADE
"""Factors go from a hundredth to a hundred."""
_STEP = DECADE // 16
_GRID = range(-_ENDS, _ENDS + 1, DECADE // 2)
_PASSES = 10
_CLOSE = 0.01
"""Share of the expected range by which a measure may miss its middle."""


Miss = Callable[[int], float | None]
"""How far a measure lies from the middle, for a factor at a place of the grid."""


@dataclass(frozen=True)
class Goal:
    """An expectation that a column follows.

    Attributes:
        expectation: of the book.
        measure: what is computed.
        column: as `table.column`.
    """

    expectation: Expectation
    measure: Measure
    column: str

    @property
    def middle(self) -> float:
        """What the measure is brought to."""
        low, high = self.expectation.range
        return low + (high - low) / 2

    @property
    def slack(self) -> float:
        """How far from the middle is good enough."""
        low, high = self.expectation.range
        return (high - low) * _CLOSE


def calibrated(document: Document[Book]) -> dict[str, float]:
    """The factor of every calibrated column, as `table.column`.

    Args:
        document: from `load_book`.

    Raises:
        DataError: no factor brings a measure into its range; says what is reachable.
    """
    goals = list(_goals(document.value))
    if not goals:
        return {}
    from seedbed.rules import Measurer

    plain = document.value.model_copy(update={"scenarios": (), "faults": ()})
    places = {goal.column: 0 for goal in goals}
    with Measurer(plain, {}, threads=1) as measurer:
        trial = _Trial(replace(document, value=plain), measurer)
        moves = dict.fromkeys(places, 0)
        for _ in range(_PASSES):
            before = dict(places)
            for goal in goals:
                move = _solve(trial, goal, places) - places[goal.column]
                if move * moves[goal.column] < 0:
                    move //= 2  # back where it came from: two columns chase each other
                places[goal.column] += move
                moves[goal.column] = move
            if len(goals) == 1 or places == before:
                break
        for goal in goals:
            value = trial.measure(goal, places)
            if value is None or not _inside(goal, value):
                raise _unmet(trial, goal, places, value, goals)
    return {column: factor_at(place) for column, place in places.items()}


def factor_at(place: int) -> float:
    """The factor at a place of the grid, six digits: the last bits of a machine's `pow` do not reach the data."""
    return float(f"{10.0 ** (place / DECADE):.6g}")


def sample_rows(seed: int, table: str, rows: int, most: int = SAMPLE) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Rows of a table, spread over all of it: one from each of `most` equal stretches, where it has more.

    Args:
        seed: of the book.
        table: its name.
        rows: how many it has.
        most: rows at most.
    """
    if rows <= most:
        return np.arange(rows, dtype=np.int64)
    # One at random of each stretch: evenly spaced rows would meet only some hours of a table of hours.
    edges = np.arange(most + 1, dtype=np.int64) * rows // most
    within = keys.unit(keys.key(seed, table, "", "sample"), 0, most) * (edges[1:] - edges[:-1])
    return edges[:-1] + within.astype(np.int64)


def _goals(book: Book) -> Iterator[Goal]:
    from seedbed.rules import Measure
    from seedbed.rules.scope import resolve

    for expectation in book.expect:
        if expectation.calibrate is None or expectation.of is None:
            continue
        seen = resolve(book, expectation.of, expectation.calibrate)
        assert seen is not None
        measure = Measure.parse(expectation.measure, of=expectation.of, where=expectation.where)
        yield Goal(expectation, measure, f"{seen.table}.{seen.name}")


class _Trial:
    """Measures of a sample, by the factors on columns."""

    def __init__(self, document: Document[Book], measurer: Measurer) -> None:
        self._document, self._measurer = document, measurer
        self._kept: dict[tuple[object, ...], float | None] = {}
        self._shares: dict[str, float] = {}

    def measure(self, goal: Goal, places: Mapping[str, int]) -> float | None:
        """What the goal's measure is for factors at these places of the grid."""
        key = (goal.expectation.name, *sorted(places.items()))
        if key not in self._kept:
            rows, frame = self._sample(goal, places)
            value = self._over(frame, goal)
            if value is not None and frame.height < rows:
                value *= self._growth(goal, frame, rows, value)
            # Nine digits, as measures are reported: enough to choose by, the same on every machine.
            self._kept[key] = None if value is None else float(f"{value:.9g}")
        return self._kept[key]

    def _sample(self, goal: Goal, places: Mapping[str, int]) -> tuple[int, pl.DataFrame]:
        import polars as pl

        from seedbed.generators.compiler import compile_plan
        from seedbed.generators.plans import resolve

        factors = {column: factor_at(place) for column, place in places.items()}
        plan = resolve(self._document, {}, factors=factors)
        table = compile_plan(plan)[goal.measure.of or ""]
        block = Block(table, rows=sample_rows(plan.book.seed, table.name, table.rows))
        frame = pl.DataFrame([block.series(path) for path in goal.measure.paths])
        return table.rows, frame if goal.measure.paths else pl.DataFrame({"": np.zeros(len(block), np.int8)})

    def _over(self, frame: pl.DataFrame, goal: Goal) -> float | None:
        return self._measurer.over(frame.to_arrow(), goal.measure)

    def _growth(self, goal: Goal, frame: pl.DataFrame, rows: int, value: float) -> float:
        """What a measure of the sample is multiplied by for the whole table: 1 for an average, more for a sum.

        Found by measuring the sample taken twice.
        """
        import polars as pl

        name = goal.expectation.name
        if name not in self._shares:
            twice = self._over(pl.concat([frame, frame]), goal)
            ratio = 1.0 if twice == value else (twice or 0.0) / value if value else 1.0
            if abs(ratio - 1) < 1e-6:
                self._shares[name] = 1.0
            elif abs(ratio - 2) < 1e-6:
                self._shares[name] = rows / frame.height
            else:
                raise DataError(
                    "the measure depends on the number of rows in a way that a sample does not show",
                    where=f"expect: {name}",
                    found=goal.expectation.measure,
                    repair="measure an average or a share, or leave 'calibrate' out",
                )
        return self._shares[name]


def _solve(trial: _Trial, goal: Goal, places: Mapping[str, int]) -> int:
    """The place of the grid whose measure lies nearest to the middle, the other columns as they are."""
    missed: dict[int, float] = {}

    def miss(place: int) -> float | None:
        value = trial.measure(goal, {**places, goal.column: place})
        if value is not None:
            missed[place] = value - goal.middle
        return missed.get(place)

    here = places[goal.column]
    now = miss(here)
    if now is not None and abs(now) <= goal.slack:
        return here
    bracket = None if now is None else _bracket(miss, missed, here)
    if bracket is None:
        # Nothing between here and the ends: the measure may turn on its way, or have no value here.
        for place in _GRID:
            miss(place)
        tried = sorted(missed)
        found = [(low, high) for low, high in itertools.pairwise(tried) if missed[low] * missed[high] <= 0]
        # The crossing nearest to 1: the client's own typical value is the best guess.
        bracket = min(found, key=lambda ends: abs(ends[0] + ends[1]), default=None)
    if bracket is not None:
        _narrow(miss, missed, *bracket, goal.slack)
    best = min(missed, key=lambda place: (abs(missed[place]), abs(place)), default=None)
    return here if best is None else best


def _bracket(miss: Miss, missed: Mapping[int, float], here: int) -> tuple[int, int] | None:
    """Two places between which the measure passes the middle, the nearer the better; both sides in growing steps."""
    last, step = {-1: here, 1: here}, _STEP
    # Most measures grow with the column.
    sides = (1, -1) if missed[here] < 0 else (-1, 1)
    while any(abs(place) < _ENDS for place in last.values()):
        for side in sides:
            before = last[side]
            place = max(min(before + side * step, _ENDS), -_ENDS)
            if place == before or miss(place) is None:
                continue
            last[side] = place
            if missed[before] * missed[place] <= 0:
                return min(before, place), max(before, place)
        step *= 3
        if step > 8 * _ENDS:
            break
    return None


def _narrow(miss: Miss, missed: Mapping[int, float], low: int, high: int, slack: float) -> None:
    """Narrows a bracket, by straight lines between its ends and by halves in turn."""
    for step in range(2 * DECADE.bit_length()):
        if high - low <= 1 or min(abs(missed[low]), abs(missed[high])) <= slack:
            return
        middle = (low + high) // 2
        if step % 2 == 0 and missed[low] != missed[high]:
            share = missed[low] / (missed[low] - missed[high])
            middle = min(max(low + round(share * (high - low)), low + 1), high - 1)
        if miss(middle) is None:
            return
        if missed[low] * missed[middle] <= 0:
            high = middle
        else:
            low = middle


def _unmet(trial: _Trial, goal: Goal, places: Mapping[str, int], value: float | None, goals: list[Goal]) -> DataError:
    """What is said of a goal that is not reached: alone out of reach, or only together with the others."""
    reached = [trial.measure(goal, {**places, goal.column: place}) for place in (*_GRID, places[goal.column])]
    known = [one for one in reached if one is not None]
    low, high = goal.expectation.range
    if not known or max(known) < low or min(known) > high or len(goals) == 1:
        return _unreachable(goal, known)
    return _against_each_other(goal, value, goals)


def _inside(goal: Goal, value: float) -> bool:
    low, high = goal.expectation.range
    return low <= value <= high


def _unreachable(goal: Goal, values: list[float]) -> DataError:
    from seedbed.rules.measures import shown_number

    low, high = (shown_number(bound) for bound in goal.expectation.range)
    reach = f"{shown_number(min(values))} to {shown_number(max(values))}" if values else "no value at all"
    return DataError(
        f"no factor on the typical value of {goal.column} brings the measure into its range",
        reason=Reason.INVALID,
        where=f"expect: {goal.expectation.name}",
        found=f"{reach}, with factors from 0.01 to 100",
        allowed=f"{low} to {high}",
        repair=f"widen the range of the expectation or that of {goal.column}, or calibrate another column",
    )


def _against_each_other(goal: Goal, value: float | None, goals: list[Goal]) -> DataError:
    from seedbed.rules.measures import shown_number

    low, high = (shown_number(bound) for bound in goal.expectation.range)
    others = ", ".join(repr(other.expectation.name) for other in goals if other is not goal)
    return DataError(
        "the calibrated expectations pull against each other",
        reason=Reason.INVALID,
        where=f"expect: {goal.expectation.name}",
        found="no value" if value is None else f"{shown_number(value)} once {others} are met too",
        allowed=f"{low} to {high}",
        repair="calibrate fewer of them, other columns, or widen a range",
    )
