"""Numbers that follow a named distribution, cut to their range.

The quantile function of the cut distribution is worked out while a plan is compiled and tabulated at the knots of
`quantiles.TAILED`, as positions in the range's span; workers only read tables. Both tails end at the quantile of
probability 2**-60, which no row reaches. Whole-number distributions are exact: their probabilities themselves are the
weights of a choice, as long as no effects change them from row to row.

Effects choose between tables. Table t belongs to a factor of a grid with four points to each doubling; between two
tables quantiles are mixed linearly, which is exact for all families that a factor shifts or stretches.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from seedbed.generators.blocks import Block
from seedbed.generators.draws import Draw
from seedbed.generators.effects import Effect
from seedbed.generators.picks import Picker
from seedbed.generators.quantiles import TAILED, Cells, Floats, read_one, read_rows
from seedbed.generators.ranges import Scale
from seedbed.generators.values import Values

if TYPE_CHECKING:
    from seedbed.rules.distributions import Shape

_LEAST_SHARE = 1e-9
MOST_PICKED = 1 << 20
"""Most whole numbers with a probability of their own."""
_END = 2.0**-60
_BITS = 40
_FIRST_OCTAVE, _LAST_OCTAVE = -5, 10
_PER_OCTAVE_BITS = 2


@dataclass(frozen=True)
class Cut:
    """A distribution cut to a range.

    Attributes:
        law: of `Shape.law`.
        low: lower end of the range.
        high: upper end.
    """

    law: Any
    low: float
    high: float

    @property
    def share(self) -> float:
        """Share of the distribution that lies in the range."""
        return self._masses[2]

    @cached_property
    def _masses(self) -> tuple[float, float, float, float]:
        """Probability below the low end, above it, inside, above the high end; each without cancellation."""
        first = float(np.ceil(self.low)) - 1 if hasattr(self.law, "pmf") else self.low
        below, beyond = float(self.law.cdf(first)), float(self.law.sf(first))
        upto, above = float(self.law.cdf(self.high)), float(self.law.sf(self.high))
        return below, beyond, max(upto - below if below < 0.5 else beyond - above, 0.0), above

    def quantiles(self, tails: Floats, upper: bool) -> Floats:
        """Where the lower (or upper) tail of the cut distribution has the given probabilities, at most one half."""
        below, beyond, mass, above = self._masses
        if upper:
            left, right = above + (1 - tails) * mass, above + tails * mass
            left = 1 - right
        else:
            left, right = below + tails * mass, beyond - tails * mass
        x = np.where(left < 0.5, self.law.ppf(np.clip(left, 0, 1)), self.law.isf(np.clip(right, 0, 1)))
        return np.clip(np.where(np.isnan(x), self.low, x), self.low, self.high)


def table_of(cut: Cut) -> Floats:
    """The knots of a cut distribution as positions in its range, in [0, 1].

    Returns:
        (TAILED.width,) lower half rising from the lower tail, then upper half falling from the upper one.
    """
    tails = TAILED.tails
    tails[0] = _END
    lower = np.maximum.accumulate(cut.quantiles(tails, upper=False))
    upper = np.minimum.accumulate(cut.quantiles(tails, upper=True))
    both = np.concatenate([lower, np.maximum(upper, lower[-1])])
    return _cropped((both - cut.low) / (cut.high - cut.low))


def step_table_of(cut: Cut) -> Floats:
    """As `table_of` for whole numbers: each fills one unit of the range evenly, so that rounding gives it back.

    Args:
        cut: of a whole-number distribution, half a unit wider than the numbers at either end.
    """
    first, last = whole_ends(cut)
    if last - first >= MOST_PICKED:
        # So wide that its steps do not show.
        tails = [_bisected(cut, TAILED.tails, upper) for upper in (False, True)]
        lower, upper = tails[0].astype(np.float64), tails[1].astype(np.float64)
    else:
        numbers = np.arange(first, last + 1)
        weights = np.asarray(cut.law.pmf(numbers), dtype=np.float64)
        lower = first - 0.5 + _filled(weights)
        upper = last + 0.5 - _filled(weights[::-1])
    both = np.clip(np.concatenate([lower, np.maximum(upper, lower[-1])]), cut.low, cut.high)
    return _cropped((both - cut.low) / (cut.high - cut.low))


def _filled(weights: Floats) -> Floats:
    """How many numbers, counted from the outside, it takes to hold each tail probability."""
    sums = np.concatenate([[0.0], np.cumsum(weights)])
    wanted = TAILED.tails * sums[-1]
    number = np.minimum(np.searchsorted(sums, wanted) - 1, len(weights) - 1)
    return np.asarray(number + np.clip((wanted - sums[number]) / np.maximum(weights[number], 1e-300), 0, 1))


def whole_ends(cut: Cut) -> tuple[int, int]:
    """Least and largest whole number of a cut distribution that ever occur."""
    end = np.array([_END])
    return int(_bisected(cut, end, upper=False)[0]), int(_bisected(cut, end, upper=True)[0])


def _bisected(cut: Cut, tails: Floats, upper: bool) -> NDArray[np.int64]:
    """The whole numbers at which a tail reaches probabilities; scipy's own inverses fail far out in the tails."""
    below, beyond, mass, above = cut._masses
    wanted = tails * mass

    def tail(numbers: NDArray[np.int64]) -> Floats:
        if upper:
            before = numbers - 1
            sums = cut.law.sf(before) - above if above < 0.5 else (1 - above) - cut.law.cdf(before)
        else:
            sums = cut.law.cdf(numbers) - below if below < 0.5 else beyond - cut.law.sf(numbers)
        return np.asarray(sums)

    # Numbers are counted from the end the tail starts at: `few` of them do not reach what is wanted, `enough` do.
    start, stop = int(np.ceil(cut.low)), int(np.floor(cut.high))
    few, enough = np.full(len(tails), -1), np.full(len(tails), stop - start)
    while True:
        open_ = enough - few > 1
        if not open_.any():
            return stop - enough if upper else start + enough
        middle = np.where(open_, (few + enough) // 2, enough)
        reached = tail(stop - middle if upper else start + middle) >= wanted
        enough = np.where(open_ & reached, middle, enough)
        few = np.where(open_ & ~reached, middle, few)


def _cropped(values: Floats) -> Floats:
    """Values without their last bits, in which two machines' `exp` or `log` may differ."""
    mantissa, exponent = np.frexp(values)
    table = np.ldexp(np.rint(mantissa * 2.0**_BITS), exponent - _BITS)
    table.setflags(write=False)
    return np.asarray(table)


@dataclass(frozen=True)
class Bent:
    """A shape bound to its column: what the tables of all factors need.

    Attributes:
        shape: the distribution's parameters.
        typical: of the column.
        low: lower end drawn from: half a step below the range where values have steps.
        high: upper end, likewise.
    """

    shape: Shape
    typical: float | None
    low: float
    high: float

    @classmethod
    def of(cls, shape: Shape, typical: float | None, scale: Scale) -> Bent:
        """A shape on a range."""
        if scale.step is None:
            return cls(shape, typical, scale.low, scale.high)
        unit = 10.0**scale.step
        return cls(shape, typical, (scale.low - 0.5) / unit, (scale.high + 0.5) / unit)

    def cut(self, factor: float = 1.0) -> Cut:
        """The distribution under a factor."""
        return Cut(self.shape.law(self.typical, self.low, self.high, factor), self.low, self.high)

    @property
    def factors(self) -> tuple[float, float]:
        """Least and largest factor that counts: beyond, the centre would leave the range. One is always between."""
        centre = self.shape.centre(self.typical, self.low, self.high)
        if centre == 0:
            return 1.0, 1.0
        ends = sorted((self.low / centre, self.high / centre))
        return max(min(ends[0], 1.0), 0.0), min(max(ends[1], 1.0), 2.0**_LAST_OCTAVE)


@lru_cache(maxsize=256)
def single_table(bent: Bent) -> Floats:
    """The table of a distribution without effects."""
    return step_table_of(bent.cut()) if bent.shape.discrete else table_of(bent.cut())


@lru_cache(maxsize=64)
def factor_tables(bent: Bent) -> tuple[int, Floats]:
    """Tables of all factors that can count.

    Returns:
        Grid point of the first table, and the tables one after the other.
    """
    make = step_table_of if bent.shape.discrete else table_of
    ends = grid_points(np.array(bent.factors))
    first, last = int(np.floor(ends[0])), int(np.ceil(ends[1]))
    last = max(last, first + 1)
    tables: list[Floats] = []
    for point in range(first, last + 1):
        cut = bent.cut(grid_factor(point))
        if cut.share < _LEAST_SHARE and tables:
            tables.append(tables[-1])
        else:
            tables.append(make(cut))
    return first, np.concatenate(tables)


def grid_factor(point: int) -> float:
    """The factor of a point of the grid: 0, then 2**-5 and on, four to each doubling, evenly spaced in between."""
    if point == 0:
        return 0.0
    octave, step = divmod(point - 1, 1 << _PER_OCTAVE_BITS)
    return float(2.0 ** (octave + _FIRST_OCTAVE) * (1 + step / (1 << _PER_OCTAVE_BITS)))


def grid_points(factors: Floats) -> Floats:
    """Factors as points of the grid, fractions between two, straight from their bits.

    Args:
        factors: (N,) 0 or more.
    """
    fraction_bits = 52 - _PER_OCTAVE_BITS
    # Exponent and first bits of the fraction number the points, what is left is the way to the next.
    first = ((1023 + _FIRST_OCTAVE) << _PER_OCTAVE_BITS) - 1
    points = (np.ascontiguousarray(factors).view(np.int64) - np.int64(first << fraction_bits)).astype(np.float64)
    points *= 2.0**-fraction_bits
    if factors.size and factors.min() < 2.0**_FIRST_OCTAVE:
        points = np.where(factors < 2.0**_FIRST_OCTAVE, factors * 2.0**-_FIRST_OCTAVE, points)
    return points


@dataclass(frozen=True)
class DistributionMaker:
    """Numbers of a distribution, from tables.

    Attributes:
        draw: gives the random cells.
        scale: the range.
        tables: one table, or those of the factors from `first` on.
        first: grid point of the first table.
        factors: least and largest factor that counts.
        effects: what multiplies the location or the scale.
    """

    draw: Draw
    scale: Scale
    tables: Floats
    first: int = 0
    factors: tuple[float, float] = (1.0, 1.0)
    effects: tuple[Effect, ...] = ()

    def make(self, block: Block) -> Values:
        """One number per row."""
        cells = self.draw.tails(block)
        if not self.effects:
            return self.at(cells)
        factors: Any = self.effects[0].factors(block)
        for effect in self.effects[1:]:
            factors = factors * effect.factors(block)
        points = grid_points(np.clip(factors, *self.factors, out=factors))
        points -= self.first
        return Values(self.scale.values(read_rows(self.tables, points, cells, TAILED)))

    def at(self, cells: Cells) -> Values:
        """Numbers at cells, rising with them; without effects."""
        return Values(self.scale.values(read_one(self.tables, cells, TAILED)))


@dataclass(frozen=True)
class NumeralMaker:
    """Whole numbers, each with a probability of its own.

    Attributes:
        draw: gives the random cells.
        first: the number of the first weight.
        picker: over the numbers from it.
    """

    draw: Draw
    first: int
    picker: Picker

    def make(self, block: Block) -> Values:
        """One number per row."""
        return self.at(self.draw.cells(block))

    def at(self, cells: Cells) -> Values:
        """Numbers at cells, rising with them."""
        numbers = self.picker.pick(cells).astype(np.int64)
        numbers += self.first
        return Values(numbers)


def numerals(bent: Bent) -> tuple[int, Picker] | None:
    """The choice among the whole numbers of a range that ever occur; None where they are too many."""
    cut = bent.cut()
    first, last = whole_ends(cut)
    if last - first >= MOST_PICKED:
        return None
    weights = np.asarray(cut.law.pmf(np.arange(first, last + 1)), dtype=np.float64)
    return first, Picker(_cropped(weights / weights.max()))


def distribution_maker(
    draw: Draw, scale: Scale, shape: Shape, typical: float | None, effects: tuple[Effect, ...]
) -> DistributionMaker | NumeralMaker:
    """Compiles a distribution.

    Args:
        draw: gives the random cells.
        scale: of the range, with more than one value.
        shape: the distribution's parameters.
        typical: of the column, where the location is left out.
        effects: compiled.
    """
    bent = Bent.of(shape, typical, scale)
    if effects:
        first, tables = factor_tables(bent)
        return DistributionMaker(draw, scale, tables, first, bent.factors, effects)
    if shape.discrete:
        found = numerals(bent)
        if found is not None:
            return NumeralMaker(draw, *found)
    return DistributionMaker(draw, scale, single_table(bent))
