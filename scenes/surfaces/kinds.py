"""Surfaces of a thing's parts by name: what `Slot.kind` of a shape means."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seedbed.scenes.models.thing import Color
from seedbed.scenes.surfaces.materials import Rgb, Rng, class_color
from seedbed.scenes.surfaces.street_kinds import OWN_COLORS, STREET_KINDS
from seedbed.scenes.view import Material


def _inside(own: Material, rng: Rng) -> Material:
    # A hollow sees little of the sky; thin plastic lets some light through, so how dark it is varies.
    dim = float(rng.uniform(0.6, 1.0))
    red, green, blue = own.color
    return Material((red * dim, green * dim * 0.97, blue * dim * 0.9), None, 0.8)


KINDS: Mapping[str, Callable[[Material, Rng], Material]] = {"inside": _inside, **STREET_KINDS}
"""Name of a kind to a function of the thing's own material, before any print on it."""


def part_material(kind: str, own: Material, rng: Rng) -> Material:
    """The surface of one part.

    Args:
        kind: key of `KINDS`.
        own: the thing's own surface.
        rng: of the view.
    """
    return KINDS[kind](own, rng)


def own_color(form: str, color: Color | None, rng: Rng) -> Rgb:
    """A thing's colour: from the person's range, else as things of its shape have it, else any.

    Args:
        form: name of the shape.
        color: what the scene file says.
        rng: of the view.
    """
    if color is None and form in OWN_COLORS:
        return OWN_COLORS[form](rng)
    return class_color(color, rng)
