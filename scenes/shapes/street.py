"""From what a scene says of a street's things to their shapes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from seedbed.scenes.models.street import Barrier, Car, Drum, House, Lamp, Person, Sign, Tree
from seedbed.scenes.shapes.car import car
from seedbed.scenes.shapes.house import Plan, house
from seedbed.scenes.shapes.meshes import Rng, Shape
from seedbed.scenes.shapes.person import Look, look_of, person
from seedbed.scenes.shapes.street_furniture import barrier, drum, lamp, sign
from seedbed.scenes.shapes.tree import tree
from seedbed.scenes.surfaces.materials import between

_BUSH = 0.2  # height of a bush over that of a tree


def _pick(names: tuple[str, ...], rng: Rng) -> str:
    return names[int(rng.integers(len(names)))]


def _house(thing: House, rng: Rng) -> Shape:
    width, depth = between(rng, thing.width), between(rng, thing.depth)
    storeys = int(rng.integers(thing.storeys[0], thing.storeys[1] + 1))
    plan = Plan(width, depth, storeys, _pick(thing.roofs, rng), f"house {_pick(thing.walls, rng)}")
    if rng.uniform() < thing.shops:
        plan = Plan(plan.width, plan.depth, plan.storeys, plan.roof, plan.walls, shop=True)
    return house(plan, rng)


def _tree(thing: Tree, rng: Rng) -> Shape:
    kind, height = _pick(thing.kinds, rng), between(rng, thing.height)
    return tree(kind, height * (_BUSH if kind == "bush" else 1.0), rng)


def _car(thing: Car, rng: Rng) -> Shape:
    return car(_pick(thing.kinds, rng), rng)


def _person(thing: Person, rng: Rng) -> Shape:
    height, look, phase = _someone(thing, rng)
    return person(height, look, rng, phase=phase)


def _someone(thing: Person, rng: Rng) -> tuple[float, Look, float | None]:
    """Height, clothes, and phase of the walk of someone; None for who stands."""
    height = between(rng, thing.height)
    walks, phase = rng.uniform() < thing.walking, float(rng.uniform())
    helmet, vest = rng.uniform(0, 1, 2) < (thing.helmet, thing.vest)
    return height, look_of(rng, helmet=bool(helmet), vest=bool(vest)), phase if walks else None


def gait(thing: Person, phases: int, state: Callable[[], Rng]) -> tuple[Shape, ...]:
    """The person that `shape_of` makes, at phases of the walking cycle; none for one who stands or works.

    Args:
        thing: what the scene says.
        phases: how many, evenly over two steps.
        state: gives the generator that `shape_of` was given, anew.
    """
    shapes = []
    for number in range(phases):
        rng = state()
        height, look, phase = _someone(thing, rng)
        if phase is None or look.helmet or look.vest:
            return ()
        shapes.append(person(height, look, rng, phase=number / phases))
    return tuple(shapes)


def _lamp(thing: Lamp, rng: Rng) -> Shape:
    return lamp(between(rng, thing.height), _pick(thing.styles, rng), rng)


def _sign(thing: Sign, rng: Rng) -> Shape:
    return sign(_pick(thing.signs, rng), between(rng, thing.size), between(rng, thing.height))


def _barrier(thing: Barrier, rng: Rng) -> Shape:
    return barrier(between(rng, thing.length), between(rng, thing.height), rng)


def _drum(thing: Drum, rng: Rng) -> Shape:
    return drum(between(rng, thing.height))


STREET_MAKERS: dict[str, Callable[[Any, Rng], Shape]] = {
    "house": _house,
    "tree": _tree,
    "car": _car,
    "person": _person,
    "lamp": _lamp,
    "sign": _sign,
    "barrier": _barrier,
    "drum": _drum,
}
"""By the name of `shape` in the scene file."""
