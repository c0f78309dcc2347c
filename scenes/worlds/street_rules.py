"""Where things of each form go on a street.

Houses stand in rows, cars on lanes and in bays, people on sidewalks and crossings, lamps, signs and trees along the
kerb, what belongs to roadworks at the roadworks.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from seedbed.scenes.models.street_layout import StreetModel
from seedbed.scenes.shapes.meshes import Shape
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.worlds.street_plan import BAY, CROSS_STREET, SIDES, Side, Street

HEAP = (1.1, 0.55)
"""Radius and height of the heap of soil at roadworks, metres."""


@dataclass(frozen=True)
class Spot:
    """A proposed place: x, y, height of the ground, turn around +z in radians, and the space to keep, metres."""

    x: float
    y: float
    z: float
    turn: float
    margin: float = 0.1


def heap(street: Street) -> tuple[float, float]:
    """Middle (x, y) of the heap of soil at roadworks."""
    works = street.works
    if works is None:
        raise ValueError("the street has no roadworks")
    return works.low + 0.7 * (works.high - works.low), works.side * (works.inner + works.outer) / 2


def wears(shape: Shape, kind: str) -> bool:
    """Whether a shape has a part of a kind of surface."""
    return any(slot.kind == kind for slot in shape.slots)


@dataclass
class Rules:
    """Where things of each form go: a method gives, for each of their shapes, places to try."""

    street: Street
    model: StreetModel
    rng: Rng
    driven: bool = False

    def _side(self) -> Side:
        return SIDES[int(self.rng.integers(2))]

    def houses(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """Rows along both sides and across both ends."""
        street, rng = self.street, self.rng
        ends = 2 if len(shapes) >= 12 else 1 if len(shapes) >= 6 else 0
        spots: list[list[Spot]] = [[] for _ in shapes]
        at = 0
        for end in (-1, 1):
            mine = range(at, at + ends)
            at += ends
            y = -sum(_wide(shapes[i]) + 2.0 for i in mine) / 2 + float(rng.uniform(-2, 2))
            for i in mine:
                wide = _wide(shapes[i])
                x = end * (street.half + CROSS_STREET + 2.6 + float(rng.uniform(0, 0.4)) + _ahead(shapes[i]))
                spots[i].append(Spot(x, y + wide / 2, street.kerb, np.pi if end > 0 else 0.0))
                y += wide + 2.0
        rest = list(range(at, len(shapes)))
        for side, row in zip(SIDES, (rest[::2], rest[1::2]), strict=True):
            room = 2 * street.half - 2.0
            kept: list[int] = []
            for i in row:
                if room - _wide(shapes[i]) - 0.25 > 0:
                    room -= _wide(shapes[i]) + 0.25
                    kept.append(i)
            gaps = rng.dirichlet(np.full(len(kept) + 1, 0.8)) * room
            x = -street.half + 1.0
            for gap, i in zip(gaps, kept, strict=False):
                x += float(gap) + 0.125
                wide = _wide(shapes[i])
                front = street.front(side) + 0.1 + (float(rng.uniform(0, 0.5)) if street.setback(side) else 0.0)
                spots[i].append(
                    Spot(x + wide / 2, side * (front + _ahead(shapes[i])), street.kerb, -side * np.pi / 2, 0.02)
                )
                x += wide + 0.125
        return [iter(places) for places in spots]

    def lamps(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """Along the kerb at even distances, both sides in turn."""
        street, count = self.street, len(shapes)
        shift = float(self.rng.uniform(0, 1))
        step = 2 * street.half / max(count, 1)

        def places(index: int) -> Iterator[Spot]:
            side = SIDES[index % 2]
            for _ in range(8):
                x = -street.half + (index + shift) * step + float(self.rng.uniform(-0.5, 0.5))
                if abs(x) < street.half - 0.5:
                    yield Spot(x, side * self._pole(side), street.kerb, -side * np.pi / 2)

        return [places(index) for index in range(count)]

    def _pole(self, side: Side) -> float:
        """Distance of poles from the centre line."""
        return self.street.edge(side) + 0.16 + (0.42 if self.street.verge(side) < 0.9 else self.street.verge(side) / 2)

    def signs(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """At the kerb, facing the traffic of their side; those of roadworks ahead of the works."""
        street, rng = self.street, self.rng

        def places(shape: Shape) -> Iterator[Spot]:
            works = street.works
            while True:
                side = self._side()
                x = float(rng.uniform(-street.half + 1, street.half - 1))
                if wears(shape, "sign roadworks") and works is not None:
                    side, ahead = works.side, street.heading(works.side)
                    near = works.low if ahead > 0 else works.high
                    x = float(np.clip(near - ahead * rng.uniform(6, 26), -street.half + 1, street.half - 1))
                turn = (np.pi if street.heading(side) > 0 else 0.0) + float(rng.normal(0, 0.12))
                yield Spot(x, side * (self._pole(side) + float(rng.uniform(-0.05, 0.25))), street.kerb, turn)

        return [places(shape) for shape in shapes]

    def trees(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """Along the kerb, in front gardens and gaps, behind the houses."""
        street, rng = self.street, self.rng

        def places(shape: Shape) -> Iterator[Spot]:
            bush = float(np.ptp(shape.mesh.vertices[:, 2])) < 2.6
            while True:
                side, kind = self._side(), rng.uniform()
                x = float(rng.uniform(-street.half + 1, street.half - 1))
                inner, outer = street.walk(side)
                if kind < 0.5 and not bush and (street.verge(side) > 0 or outer - inner > 2.4):
                    y = self._pole(side)
                elif kind < 0.75 or bush:
                    y = float(rng.uniform(outer + 0.6, outer + max(street.setback(side), 1.5) + 3))
                else:
                    y = float(rng.uniform(street.front(side) + 12, street.front(side) + 26))
                    x *= 1.3
                yield Spot(x, side * y, street.kerb, float(rng.uniform(0, 2 * np.pi)), 0.05)

        return [places(shape) for shape in shapes]

    def cars(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """On lanes in the direction of traffic, and in parking bays."""
        street, rng = self.street, self.rng
        strips = [side for side in SIDES if street.bay(side) > 0]

        def parked() -> Iterator[Spot]:
            while True:
                side = strips[int(rng.integers(len(strips)))]
                number = int(rng.integers(1, int(2 * street.half / BAY) - 1))
                x = -street.half + (number + 0.5) * BAY + float(rng.uniform(-0.3, 0.3))
                if any(abs(x - other) < 5.5 for other in street.crossings) or self._closed(side, None, x, 4.0):
                    continue
                y = side * (street.carriage(side) + street.bay(side) / 2 + float(rng.uniform(-0.06, 0.06)))
                turn = (0.0 if street.heading(side) > 0 else np.pi) + float(rng.normal(0, 0.012))
                yield Spot(x, y, 0.0, turn + (np.pi if rng.uniform() < 0.08 else 0.0))

        def driving() -> Iterator[Spot]:
            while True:
                side = self._side()
                if not street.lanes_on(side):
                    continue
                index = int(rng.integers(street.lanes_on(side)))
                x = float(rng.uniform(-street.half - 1, street.half + 1))
                at_zebra = any(abs(x - other) < 4.6 for other in street.crossings)
                if self._closed(side, index, x, 9.0) or (at_zebra and rng.uniform() < 0.9):
                    continue
                room = max(0.0, (street.lane_width - 2.25) / 2)
                y = street.lane(side, index) + float(rng.uniform(-1, 1)) * min(0.25, room)
                turn = (0.0 if street.heading(side) > 0 else np.pi) + float(rng.normal(0, 0.008))
                yield Spot(x, y, 0.0, turn, 0.6)

        if self.driven:
            return [parked() if strips else iter(()) for _ in shapes]
        share = self.model.parked if strips else 0.0
        return [parked() if rng.uniform() < share else driving() for _ in shapes]

    def _closed(self, side: Side, lane: int | None, x: float, margin: float) -> bool:
        """Whether roadworks close a place on a lane (or in the bays) of a side."""
        works = self.street.works
        if works is None or works.side != side:
            return False
        outermost = lane is None or lane == self.street.lanes_on(side) - 1
        return outermost and works.low - margin < x < works.high + margin

    def people(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """On sidewalks and crossings; workers at the works."""
        street, rng = self.street, self.rng
        works = street.works

        def working() -> Iterator[Spot]:
            while works is not None:
                x = float(rng.uniform(works.low + 0.6, works.high - 0.6))
                y = works.side * float(rng.uniform(works.inner + 0.5, works.outer - 0.4))
                yield Spot(x, y, 0.0, float(rng.uniform(0, 2 * np.pi)), 0.05)

        def crossing() -> Iterator[Spot]:
            while True:
                x = street.crossings[int(rng.integers(len(street.crossings)))] + float(rng.uniform(-1.2, 1.2))
                y = float(rng.uniform(-street.edge(-1) + 0.3, street.edge(1) - 0.3))
                turn = float(rng.choice([-1, 1])) * np.pi / 2 + float(rng.normal(0, 0.1))
                yield Spot(x, y, 0.0, turn, 0.25)

        def walking() -> Iterator[Spot]:
            while True:
                side = self._side()
                inner, outer = street.walk(side)
                y = side * float(rng.uniform(inner + 0.3, outer - 0.3))
                x = float(rng.uniform(-street.half + 0.6, street.half - 0.6))
                turn = (0.0 if rng.uniform() < 0.5 else np.pi) + float(rng.normal(0, 0.12))
                yield Spot(x, y, street.kerb, turn, 0.08)

        def spots(shape: Shape) -> Iterator[Spot]:
            if wears(shape, "person helmet") or wears(shape, "person vest"):
                return working() if works is not None else iter(())
            if street.crossings and not self.driven and rng.uniform() < 0.2:
                return crossing()
            return walking()

        return [spots(shape) for shape in shapes]

    def _edge(self) -> list[tuple[float, float, float]]:
        """Places of cones and drums: x, y, along the works' outline, beginning with the taper ahead of them."""
        works = self.street.works
        if works is None:
            return []
        ahead = self.street.heading(works.side)
        start, stop = (works.low, works.high) if ahead > 0 else (works.high, works.low)
        taper = [(start - ahead * 10 * (1 - t), works.outer + (works.inner - works.outer) * t) for t in _steps(7)]
        along = [(start + (stop - start) * t, works.inner) for t in _steps(max(3, int(abs(stop - start) / 1.8)))]
        back = [(stop + ahead * 3 * t, works.inner + (works.outer - works.inner) * t) for t in _steps(3)[1:]]
        return [(x, works.side * y, 0.0) for x, y in (*taper, *along[1:], *back)]

    def markers(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """Cones and drums along the outline of the works, evenly; those over the number of places inside them."""
        rng, works = self.rng, self.street.works
        edge = self._edge()
        order = np.linspace(0, len(edge) - 1, min(len(shapes), len(edge))).round().astype(int).tolist()

        def places(index: int) -> Iterator[Spot]:
            if works is None:
                return
            if index < len(order):
                x, y, z = edge[order[index]]
                for _ in range(6):
                    turn = float(rng.uniform(0, 2 * np.pi))
                    yield Spot(x + float(rng.normal(0, 0.12)), y + float(rng.normal(0, 0.06)), z, turn, 0.03)
            while True:
                x = float(rng.uniform(works.low + 0.4, works.high - 0.4))
                y = works.side * float(rng.uniform(works.inner + 0.4, works.outer - 0.3))
                yield Spot(x, y, 0.0, float(rng.uniform(0, 2 * np.pi)), 0.03)

        return [places(index) for index in range(len(shapes))]

    def barriers(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """Across both ends of the works, then along their inner edge."""
        rng, works = self.rng, self.street.works

        def places(index: int) -> Iterator[Spot]:
            if works is None:
                return
            deep = works.outer - works.inner
            while True:
                if index < 4:
                    x = works.low if index % 2 == 0 else works.high
                    share = 0.3 if index < 2 else 0.75
                    y = works.inner + deep * share + float(rng.uniform(-0.3, 0.3))
                    turn = 0.0
                else:
                    x, y, turn = float(rng.uniform(works.low + 1.4, works.high - 1.4)), works.inner + 0.25, np.pi / 2
                yield Spot(x, works.side * y, 0.0, turn + float(rng.normal(0, 0.05)), 0.03)

        return [places(index) for index in range(len(shapes))]

    def others(self, shapes: list[Shape]) -> list[Iterator[Spot]]:
        """Anything else stands about on the sidewalks, towards the houses."""
        street, rng = self.street, self.rng

        def places() -> Iterator[Spot]:
            while True:
                side = self._side()
                inner, outer = street.walk(side)
                y = side * float(rng.uniform(max(inner, outer - 0.9), outer - 0.2))
                x = float(rng.uniform(-street.half + 1, street.half - 1))
                yield Spot(x, y, street.kerb, float(rng.uniform(0, 2 * np.pi)), 0.05)

        return [places() for _ in shapes]


def _steps(count: int) -> list[float]:
    return [index / (count - 1) for index in range(count)]


def _wide(shape: Shape) -> float:
    """Extent of a house along its street, metres."""
    return float(np.abs(shape.mesh.vertices[:, 1]).max()) * 2


def _ahead(shape: Shape) -> float:
    """From a house's origin to its foremost point."""
    return float(shape.mesh.vertices[:, 0].max())


# In the order in which they take their places.
RULES: dict[str, Callable[[Rules, list[Shape]], list[Iterator[Spot]]]] = {
    "house": Rules.houses,
    "lamp": Rules.lamps,
    "sign": Rules.signs,
    "barrier": Rules.barriers,
    "cone": Rules.markers,
    "drum": Rules.markers,
    "car": Rules.cars,
    "person": Rules.people,
    "tree": Rules.trees,
    "other": Rules.others,
}
