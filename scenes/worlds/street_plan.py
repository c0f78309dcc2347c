"""The plan of a street: where road, lanes, sidewalks, plots, crossings and roadworks lie.

The street runs along x, its centre line is y = 0. Lanes ahead lead along +x. Road and cross streets lie at z = 0,
everything beside them at the kerb's height.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.models.street_layout import StreetModel
from seedbed.scenes.surfaces.materials import Rng, between

Array = NDArray[np.float64]
Side = Literal[-1, 1]
SIDES: tuple[Side, Side] = (-1, 1)

CROSS_STREET = 6.5
"""Width of the streets at both ends, metres."""
KERB = 0.16
"""Width of the kerb stones, metres."""
BAY = 5.9
"""Length of a parking bay, metres."""
_BAY_WIDTH = 2.15


@dataclass(frozen=True, eq=False)
class Path:
    """A way that something may move along.

    Attributes:
        kind: what moves there.
        points: (N, 3) metres, on the ground, in the direction of travel.
        width: metres.
        both: whether it may be taken either way.
    """

    kind: Literal["lane", "sidewalk", "crossing"]
    points: Array
    width: float
    both: bool = False


@dataclass(frozen=True)
class Works:
    """A stretch of the outermost lane that is closed.

    Attributes:
        side: of the road.
        low: smallest x, metres.
        high: largest.
        inner: distance of its inner edge from the centre line, metres.
        outer: of its outer edge, at the kerb.
    """

    side: Side
    low: float
    high: float
    inner: float
    outer: float


@dataclass(frozen=True, eq=False)
class Street:
    """A street.

    Attributes:
        half: half its length between the cross streets, metres.
        hand: 1 where traffic keeps to the right, -1 where it keeps to the left.
        lanes: number ahead (+x) and back.
        lane_width: metres.
        bays: width of the parking strip on side -1 and +1, 0 for none.
        kerb: its height, metres.
        verges: widths of the grass strips on side -1 and +1.
        sidewalks: widths on side -1 and +1.
        setbacks: from sidewalk to houses on side -1 and +1.
        crossings: x of their middles.
        works: or None.
        number: of what is laid out by chance: markings, fences, patches.
    """

    half: float
    hand: int
    lanes: tuple[int, int]
    lane_width: float
    bays: tuple[float, float]
    kerb: float
    verges: tuple[float, float]
    sidewalks: tuple[float, float]
    setbacks: tuple[float, float]
    crossings: tuple[float, ...]
    works: Works | None
    number: int = 0

    def heading(self, side: Side) -> int:
        """The direction of traffic on a side of the centre line: 1 is +x."""
        return 1 if side == -self.hand else -1

    def lanes_on(self, side: Side) -> int:
        """Number of lanes on a side."""
        return self.lanes[0] if self.heading(side) == 1 else self.lanes[1]

    def lane(self, side: Side, index: int) -> float:
        """The y of a lane's middle; index 0 is next to the centre line."""
        return side * (index + 0.5) * self.lane_width

    def carriage(self, side: Side) -> float:
        """From the centre line to the outer edge of the lanes, metres."""
        return self.lanes_on(side) * self.lane_width

    def edge(self, side: Side) -> float:
        """From the centre line to the kerb."""
        return self.carriage(side) + _of(self.bays, side)

    def walk(self, side: Side) -> tuple[float, float]:
        """From the centre line to the sidewalk's inner and outer edge."""
        inner = self.edge(side) + KERB + _of(self.verges, side)
        return inner, inner + _of(self.sidewalks, side)

    def front(self, side: Side) -> float:
        """From the centre line to the fronts of the houses."""
        return self.walk(side)[1] + _of(self.setbacks, side)

    def verge(self, side: Side) -> float:
        """Width of the grass strip at the kerb."""
        return _of(self.verges, side)

    def setback(self, side: Side) -> float:
        """From the sidewalk to the houses."""
        return _of(self.setbacks, side)

    def bay(self, side: Side) -> float:
        """Width of the parking strip."""
        return _of(self.bays, side)

    def paths(self) -> tuple[Path, ...]:
        """Every lane, sidewalk and crossing, for things that move."""
        reach = self.half + CROSS_STREET
        paths: list[Path] = []
        for side in SIDES:
            ahead = self.heading(side)
            for index in range(self.lanes_on(side)):
                y = self.lane(side, index)
                points = np.array([(-ahead * reach, y, 0.0), (ahead * reach, y, 0.0)])
                paths.append(Path("lane", points, self.lane_width))
            inner, outer = self.walk(side)
            y = side * (inner + outer) / 2
            points = np.array([(-self.half, y, self.kerb), (self.half, y, self.kerb)])
            paths.append(Path("sidewalk", points, outer - inner, both=True))
        for x in self.crossings:
            points = np.array([(x, -self.edge(-1), 0.0), (x, self.edge(1), 0.0)])
            paths.append(Path("crossing", points, 3.0, both=True))
        return tuple(paths)


def _of(pair: tuple[float, float], side: Side) -> float:
    return pair[0] if side == -1 else pair[1]


def plan(model: StreetModel, rng: Rng) -> Street:
    """Draws a street from the ranges of a scene file."""
    half = between(rng, model.length) / 2
    count = int(rng.integers(model.lanes[0], model.lanes[1] + 1))
    lanes = ((count + 1) // 2, count // 2)
    width = between(rng, model.lane_width)
    bays = tuple(_BAY_WIDTH if rng.uniform() < model.parking else 0.0 for _ in SIDES)
    verges = tuple(_over(between(rng, model.verge), 0.5) for _ in SIDES)
    walks = tuple(between(rng, model.sidewalk) for _ in SIDES)
    setbacks = tuple(_over(between(rng, model.setback), 1.0) for _ in SIDES)
    crossings: list[float] = []
    for _ in range(int(rng.integers(model.crossings[0], model.crossings[1] + 1))):
        x = float(rng.uniform(-half + 6, half - 6))
        if all(abs(x - other) > 18 for other in crossings):
            crossings.append(x)
    hand = 1 if model.drive == "right" else -1
    street = Street(
        half=half,
        hand=hand,
        lanes=lanes,
        lane_width=width,
        bays=(bays[0], bays[1]),
        kerb=float(rng.uniform(0.09, 0.15)),
        verges=(verges[0], verges[1]),
        sidewalks=(walks[0], walks[1]),
        setbacks=(setbacks[0], setbacks[1]),
        crossings=tuple(crossings),
        works=None,
        number=int(rng.integers(2**31)),
    )
    if rng.uniform() >= model.roadworks:
        return street
    return _with_works(street, rng)


def _with_works(street: Street, rng: Rng) -> Street:
    """Closes a part of an outermost lane; crossings inside it go."""
    side: Side = 1 if street.lanes[1] > 0 and rng.uniform() < 0.5 else -1
    if not street.lanes_on(side):
        side = -1 if side == 1 else 1
    length = float(rng.uniform(9, 18))
    low = float(rng.uniform(-street.half * 0.6, street.half * 0.6 - length))
    inner = (street.lanes_on(side) - 1) * street.lane_width + 0.15
    works = Works(side, low, low + length, inner, street.edge(side) - 0.1)
    kept = tuple(x for x in street.crossings if not low - 16 < x < low + length + 16)
    return replace(street, crossings=kept, works=works)


def _over(value: float, least: float) -> float:
    return value if value >= least else 0.0
