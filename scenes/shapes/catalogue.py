"""Every shape a scene may name, and how it is made from what the scene says of it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from seedbed.scenes.models.meshes import MeshThing
from seedbed.scenes.models.solids import Ball, Cone, Pillow
from seedbed.scenes.models.thing import Thing
from seedbed.scenes.shapes.cones import cone, dented
from seedbed.scenes.shapes.goods import GOODS
from seedbed.scenes.shapes.loaded import load_mesh, shape_of_mesh, up_of
from seedbed.scenes.shapes.meshes import Rng, Shape
from seedbed.scenes.shapes.solids import ball, pillow
from seedbed.scenes.shapes.street import STREET_MAKERS
from seedbed.scenes.surfaces.materials import between


def _cone(thing: Cone, rng: Rng) -> Shape:
    height = between(rng, thing.height)
    base = height * between(rng, thing.base)
    bands = int(rng.integers(thing.bands[0], thing.bands[1] + 1)) if thing.bands[1] else 0
    if thing.dented and rng.uniform() < thing.dented:
        return dented(cone(height, base, bands=bands, rings=10), height, rng)
    return cone(height, base, bands=bands)


def _pillow(thing: Pillow, rng: Rng) -> Shape:
    size = (between(rng, thing.size) * rng.uniform(0.94, 1.06, 3)).tolist()
    return pillow(size, float(rng.uniform(0.06, 0.2)), float(rng.uniform(0.01, 0.07)))


def _ball(thing: Ball, rng: Rng) -> Shape:
    return ball(between(rng, thing.size))


MAKERS: dict[str, Callable[[Any, Rng], Shape]] = {
    "cone": _cone,
    "pillow": _pillow,
    "ball": _ball,
    **STREET_MAKERS,
}
"""By the name of `shape` in the scene file; `goods.GOODS` holds those that read the user's pictures too."""


def shape_of(thing: Thing, rng: Rng, folder: Path = Path()) -> Shape:
    """One thing of a scene, its sizes drawn from the scene's ranges.

    Args:
        thing: what the scene says.
        rng: of the world.
        folder: what paths in the scene are relative to.
    """
    if thing.form in GOODS:
        return GOODS[thing.form](thing, rng, folder)
    if isinstance(thing, MeshThing):
        paths = thing.paths(folder)
        path, at = paths[rng.integers(len(paths))], rng.uniform()
        loaded = load_mesh(path)
        return shape_of_mesh(loaded, thing.scale_of(loaded, at), thing.up or up_of(path))
    return MAKERS[thing.form](thing, rng)
