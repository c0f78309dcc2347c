"""What trays and shelves are made of."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from seedbed.scenes.models.thing import Color
from seedbed.scenes.surfaces.materials import Rgb, Rng, class_color, floor_color
from seedbed.scenes.surfaces.textures import texture
from seedbed.scenes.view import Material


def _felt(color: Rgb, rng: Rng) -> Material:
    return Material(_pale(color), texture("fabric", rng), 1.0)


def _wood(color: Rgb, rng: Rng) -> Material:
    return Material((1.0, 1.0, 1.0), texture("wood", rng), float(rng.uniform(0.3, 0.8)))


def _plastic(color: Rgb, rng: Rng) -> Material:
    return Material(color, None, float(rng.uniform(0.2, 0.7)))


def _metal(color: Rgb, rng: Rng) -> Material:
    # Painted sheet more often than bare.
    bare = rng.uniform() < 0.3
    shade = float(rng.uniform(0.4, 0.85))
    return Material((shade, shade, shade) if bare else color, None, float(rng.uniform(0.3, 0.7)), 0.9 if bare else 0.0)


def _strip(color: Rgb, rng: Rng) -> Material:
    return Material((1.0, 1.0, 1.0), None, float(rng.uniform(0.2, 0.5)))


def _rubber(color: Rgb, rng: Rng) -> Material:
    shade = float(rng.uniform(0.04, 0.3))
    return Material((shade, shade, float(shade * rng.uniform(1.0, 1.15))), None, float(rng.uniform(0.5, 0.95)))


def _pale(color: Rgb) -> Rgb:
    """Nearer to white: it multiplies a texture that has a colour of its own."""
    red, green, blue = color
    return (red + 1) / 2, (green + 1) / 2, (blue + 1) / 2


_KINDS: Mapping[str, Callable[[Rgb, Rng], Material]] = {
    "felt": _felt,
    "wood": _wood,
    "plastic": _plastic,
    "metal": _metal,
    "rim": _plastic,
    "strip": _strip,
    "back": _metal,
    "belt": _rubber,
}


def fixture_material(kind: str, color: Color | None, rng: Rng) -> Material:
    """One surface.

    Args:
        kind: of a fixture.
        color: the scene's range, or None for any as floors and walls have it.
        rng: of the view.
    """
    return _KINDS[kind](floor_color(rng) if color is None else class_color(color, rng), rng)
