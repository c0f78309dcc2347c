"""Numbers within a range: uniform or PERT, with effects on the typical value."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Any

import numpy as np
from numpy.typing import NDArray

from seedbed.core import keys
from seedbed.generators.blocks import Block
from seedbed.generators.draws import Draw
from seedbed.generators.effects import Effect
from seedbed.generators.forms import MOST_UNITS
from seedbed.generators.quantiles import Floats, pert_table, read_modes, read_one
from seedbed.generators.targets import Target
from seedbed.generators.values import Values


@dataclass(frozen=True)
class Scale:
    """A range as it is drawn from: steps (integers, or units of a decimal's last place) or a continuous stretch.

    Attributes:
        low: smallest value that can occur, in steps.
        high: largest value that can occur, in steps.
        step: size of one step in the person's numbers as a power of ten, None for a continuous stretch.
    """

    low: float
    high: float
    step: int | None

    @property
    def span(self) -> float:
        """Length drawn from: n steps take n steps' room, half a step beyond each end, so ends are full members."""
        return self.high - self.low + (0 if self.step is None else 1)

    def share(self, typical: Any) -> Any:
        """Where a typical value (number or array) lies in the span, in [0, 1]."""
        if self.step is None:
            return (typical - self.low) / self.span if self.span else 0.0
        return (typical * 10.0**self.step - self.low + 0.5) / self.span

    def values(self, quantiles: Floats) -> NDArray[Any]:
        """Quantiles in [0, 1] to int64 steps or float64 numbers, never outside the range."""
        quantiles *= self.span
        quantiles += self.low
        if self.step is None:
            return np.clip(quantiles, self.low, self.high, out=quantiles)
        if self.low < 0:
            np.floor(quantiles, out=quantiles)  # above 0 the conversion does the same
        # Beyond 2**52 a float's own steps are wider than one; the clip on whole numbers is exact again.
        return np.clip(quantiles.astype(np.int64), int(self.low), int(self.high))


def scale_of(target: Target, low: float, high: float) -> Scale:
    """The scale of a column's type for a range as written."""
    if target.type == "number":
        return Scale(float(low), float(high), None)
    places = target.places if target.type == "decimal" else 0
    first = int(_units(low, places).to_integral_value(ROUND_CEILING))
    last = int(_units(high, places).to_integral_value(ROUND_FLOOR))
    if first > last:
        raise target.refuse(
            f"no number of {places} places lies in the range", found=[low, high], repair="widen the range or add places"
        )
    if max(abs(first), abs(last)) > min(MOST_UNITS, 2**53):
        raise target.refuse(
            "the range has more digits than can be drawn exactly",
            found=[low, high],
            allowed="15 digits in all, decimal places included",
            repair="narrow the range or take fewer places",
        )
    return Scale(first, last, places)


def _units(number: float, places: int) -> Decimal:
    # repr, not the binary value: 0.05 means five hundredths.
    return Decimal(repr(number)).scaleb(places)


@dataclass(frozen=True)
class RangeMaker:
    """Numbers within a range.

    Attributes:
        draw: gives the random cells.
        scale: the range.
        typical: most likely value, None for equally likely values.
        effects: what multiplies it.
    """

    draw: Draw
    scale: Scale
    typical: float | None
    effects: tuple[Effect, ...]

    @property
    def factors(self) -> tuple[float, float]:
        """Least and largest factor that leaves the typical value inside the range."""
        if not self.typical:
            return -np.inf, np.inf
        unit = 1.0 if self.scale.step is None else 10.0**self.scale.step
        least, most = sorted((self.scale.low / unit / self.typical, self.scale.high / unit / self.typical))
        return least, most

    def make(self, block: Block) -> Values:
        """One number per row."""
        if self.typical is None or self.scale.low == self.scale.high:
            return Values(self.scale.values(keys.to_unit(self.draw.cells(block))))
        cells = self.draw.tails(block)
        if not self.effects:
            return Values(self.scale.values(read_one(pert_table(self._share(self.typical)), cells)))
        typical: Any = self.typical
        for effect in self.effects:
            typical = typical * effect.factors(block)
        modes = np.asarray(self._share(typical))
        return Values(self.scale.values(read_modes(modes, cells)))

    def _share(self, typical: Any) -> Any:
        low, high = self.scale.low, self.scale.high
        if self.scale.step is not None:
            low, high = low / 10.0**self.scale.step, high / 10.0**self.scale.step
        shares = self.scale.share(np.clip(typical, low, high))
        return shares if isinstance(shares, np.ndarray) else float(min(max(shares, 0.0), 1.0))
