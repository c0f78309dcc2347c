"""Surfaces of a thing's parts by name: what `Slot.kind` of a shape means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from seedbed.scenes.models.thing import Color
from seedbed.scenes.shapes.meshes import Own, Slot
from seedbed.scenes.surfaces.goods_kinds import GOODS_COLORS, GOODS_KINDS
from seedbed.scenes.surfaces.materials import Rgb, Rng, class_color, picture_at
from seedbed.scenes.surfaces.prints import card_back, pips, print_sheet
from seedbed.scenes.surfaces.street_kinds import OWN_COLORS, STREET_KINDS
from seedbed.scenes.view import Material

WHITE = (1.0, 1.0, 1.0)


def _inside(own: Material, rng: Rng) -> Material:
    # A hollow sees little of the sky; thin plastic lets some light through, so how dark it is varies.
    dim = float(rng.uniform(0.6, 1.0))
    red, green, blue = own.color
    return Material((red * dim, green * dim * 0.97, blue * dim * 0.9), None, 0.8)


def _pips(own: Material, rng: Rng) -> Material:
    return Material(WHITE, pips(own.color, rng), float(rng.uniform(0.1, 0.5)))


def _face(own: Material, rng: Rng) -> Material:
    return Material(WHITE, print_sheet(rng), own.roughness)


def _back(own: Material, rng: Rng) -> Material:
    return Material(WHITE, card_back(rng), own.roughness)


def _paper(own: Material, rng: Rng) -> Material:
    white = float(rng.uniform(0.75, 0.97))
    return Material((white, white, white * float(rng.uniform(0.92, 1.0))), None, 0.8)


KINDS: Mapping[str, Callable[[Material, Rng], Material]] = {
    "inside": _inside,
    "pips": _pips,
    "face": _face,
    "back": _back,
    "paper": _paper,
    **GOODS_KINDS,
    **STREET_KINDS,
}
"""Name of a kind to a function of the thing's own material, before any print on it."""


def slot_material(slot: Slot, own: Material, rng: Rng) -> Material:
    """The surface of one part.

    Args:
        slot: the part; a picture of its own is worn as it is.
        own: the thing's own surface.
        rng: of the view.
    """
    if slot.picture is not None:
        return Material(WHITE, picture_at(slot.picture), own.roughness)
    return KINDS[slot.kind](own, rng)


def own_color(form: str, color: Color | None, rng: Rng) -> Rgb:
    """A thing's colour: from the person's range, else as things of its shape have it, else any.

    Args:
        form: name of the shape.
        color: what the scene file says.
        rng: of the view.
    """
    own = OWN_COLORS.get(form) or GOODS_COLORS.get(form)
    if color is None and own is not None:
        return own(rng)
    return class_color(color, rng)


def own_material(brought: Own, drawn: Material, *, tinted: bool) -> Material:
    """A surface that a mesh brings along, as it is in one frame.

    Args:
        brought: what the file says.
        drawn: colour, roughness and metal drawn for the thing.
        tinted: whether the scene gives the thing a colour: it multiplies textures and replaces plain colours.
    """
    material = brought.material
    if not brought.rough:
        material = replace(material, roughness=drawn.roughness, metallic=drawn.metallic)
    return replace(material, color=drawn.color) if tinted else material
