"""Surfaces of street things by name: paint, glass, rubber, skin, cloth, bark, leaves, roofs, plaster, signs."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from seedbed.scenes.surfaces.materials import Rgb, Rng, hsv
from seedbed.scenes.surfaces.sign_faces import SIGNS, sign_face
from seedbed.scenes.surfaces.street_textures import any_variant
from seedbed.scenes.view import Material

Kind = Callable[[Material, Rng], Material]

_WHITE: Rgb = (1.0, 1.0, 1.0)


def _one_of(rng: Rng, colors: tuple[Rgb, ...], weights: tuple[float, ...] | None = None) -> Rgb:
    share = None if weights is None else np.array(weights) / sum(weights)
    return _near(colors[int(rng.choice(len(colors), p=share))], rng, 0.03)


def _near(color: Rgb, rng: Rng, spread: float) -> Rgb:
    r, g, b = np.clip(np.array(color) * (1 + rng.normal(0, spread)) + rng.normal(0, spread * 0.4, 3), 0, 1)
    return float(r), float(g), float(b)


def _plain(color: Rgb, rough: float, metallic: float = 0.0, emission: float = 0.0, spread: float = 0.03) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        return Material(_near(color, rng, spread), None, rough, metallic, emission)

    return make


def _textured(name: str, rough: float, color: Callable[[Rng], Rgb] | None = None) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        return Material(_WHITE if color is None else color(rng), any_variant(name, rng), rough)

    return make


def car_color(rng: Rng) -> Rgb:
    """Paint as cars have it: white, grey and black two times in three (Axalta's yearly reports)."""
    colors: tuple[Rgb, ...] = (
        (0.92, 0.92, 0.91),
        (0.06, 0.06, 0.07),
        (0.33, 0.34, 0.36),
        (0.68, 0.69, 0.70),
        (0.08, 0.16, 0.42),
    )
    colors += ((0.55, 0.04, 0.05), (0.36, 0.28, 0.20), (0.10, 0.28, 0.18), (0.80, 0.55, 0.08), (0.20, 0.42, 0.62))
    return _one_of(rng, colors, (28, 20, 18, 12, 9, 6, 2, 2, 1, 2))


def wall_color(rng: Rng) -> Rgb:
    """A house's walls: white and cream, sand, grey, at times a stronger colour."""
    if rng.uniform() < 0.12:
        return hsv(rng.uniform(0, 250), rng.uniform(0.15, 0.38), rng.uniform(0.6, 0.9))
    colors: tuple[Rgb, ...] = (
        (0.93, 0.92, 0.89),
        (0.90, 0.85, 0.74),
        (0.83, 0.75, 0.60),
        (0.72, 0.71, 0.69),
        (0.86, 0.72, 0.58),
    )
    colors += ((0.78, 0.82, 0.80), (0.66, 0.50, 0.40))
    return _one_of(rng, colors)


def leaf_color(rng: Rng) -> Rgb:
    """Green, in one tree of eight with autumn in it."""
    if rng.uniform() < 0.12:
        return hsv(rng.uniform(22, 55), rng.uniform(0.6, 0.85), rng.uniform(0.6, 0.85))
    return hsv(rng.uniform(76, 122), rng.uniform(0.42, 0.68), rng.uniform(0.45, 0.72))


def cloth_color(rng: Rng) -> Rgb:
    """Clothes: dark and dull mostly, some bright."""
    if rng.uniform() < 0.35:
        return hsv(rng.uniform(0, 360), rng.uniform(0.4, 0.9), rng.uniform(0.35, 0.95))
    return hsv(rng.uniform(0, 360), rng.beta(1.5, 5), rng.uniform(0.06, 0.9))


def _trouser_color(rng: Rng) -> Rgb:
    colors: tuple[Rgb, ...] = (
        (0.10, 0.14, 0.25),
        (0.22, 0.30, 0.45),
        (0.06, 0.06, 0.07),
        (0.30, 0.30, 0.31),
        (0.60, 0.52, 0.40),
    )
    colors += ((0.28, 0.22, 0.16), (0.75, 0.73, 0.70))
    return _one_of(rng, colors, (3, 3, 4, 2, 1.5, 1, 0.5))


def _skin_color(rng: Rng) -> Rgb:
    """Along the line from light to dark skin (Fitzpatrick I to VI), evenly."""
    tones = np.array(
        [(0.96, 0.80, 0.71), (0.90, 0.70, 0.57), (0.79, 0.58, 0.43), (0.58, 0.39, 0.27), (0.30, 0.19, 0.13)]
    )
    at = rng.uniform(0, len(tones) - 1)
    r, g, b = (float(np.interp(at, np.arange(len(tones)), tones[:, k])) for k in range(3))
    return r, g, b


def _hair_color(rng: Rng) -> Rgb:
    colors: tuple[Rgb, ...] = (
        (0.05, 0.04, 0.035),
        (0.16, 0.10, 0.06),
        (0.34, 0.22, 0.12),
        (0.72, 0.57, 0.34),
        (0.62, 0.61, 0.60),
    )
    return _one_of(rng, (*colors, (0.40, 0.16, 0.07)), (4, 3, 2, 1.5, 1.5, 0.5))


def _helmet_color(rng: Rng) -> Rgb:
    colors: tuple[Rgb, ...] = (
        (0.96, 0.78, 0.05),
        (0.93, 0.93, 0.92),
        (0.92, 0.40, 0.05),
        (0.10, 0.25, 0.65),
        (0.75, 0.08, 0.06),
    )
    return _one_of(rng, colors, (4, 3, 2, 1, 1))


def _vest_color(rng: Rng) -> Rgb:
    return _one_of(rng, ((0.80, 0.95, 0.12), (1.0, 0.42, 0.05)), (3, 2))


def _roof_color(rng: Rng) -> Rgb:
    colors: tuple[Rgb, ...] = (
        (0.62, 0.27, 0.17),
        (0.50, 0.24, 0.18),
        (0.34, 0.33, 0.34),
        (0.24, 0.24, 0.26),
        (0.46, 0.36, 0.28),
    )
    return _near(_one_of(rng, colors, (3, 2, 2, 2, 1)), rng, 0.06)


def _brick_color(rng: Rng) -> Rgb:
    colors: tuple[Rgb, ...] = (
        (0.72, 0.36, 0.26),
        (0.60, 0.30, 0.23),
        (0.82, 0.66, 0.48),
        (0.78, 0.48, 0.36),
        (0.50, 0.38, 0.33),
    )
    return _one_of(rng, colors)


def _door_color(rng: Rng) -> Rgb:
    return hsv(rng.uniform(0, 360), rng.uniform(0.2, 0.8), rng.uniform(0.25, 0.95))


def _paint(own: Material, rng: Rng) -> Material:
    return Material(own.color, None, float(rng.uniform(0.18, 0.36)), 0.0)


def _cloth(own: Material, rng: Rng) -> Material:
    return Material(own.color, None, 0.92)


def _walls(name: str) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        return Material(own.color, any_variant(name, rng), 0.9)

    return make


def _foliage(name: str, dim: float) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        r, g, b = own.color
        return Material((r * dim, g * dim, b * dim), any_variant(name, rng), 0.85)

    return make


def _colored(color: Callable[[Rng], Rgb], rough: float, emission: float = 0.0) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        return Material(color(rng), None, rough, 0.0, emission)

    return make


def _face(name: str) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        return Material(_WHITE, sign_face(name, int(rng.integers(6))), 0.45)

    return make


STREET_KINDS: Mapping[str, Kind] = {
    "car paint": _paint,
    "car glass": _plain((0.06, 0.07, 0.08), 0.04),
    "car trim": _plain((0.045, 0.045, 0.05), 0.7),
    "car tyre": _plain((0.035, 0.035, 0.037), 0.9),
    "car rim": _textured("rim", 0.35),
    "car plate": _textured("plate", 0.5),
    "car headlight": _plain((0.90, 0.92, 0.95), 0.12),
    "car taillight": _plain((0.62, 0.02, 0.02), 0.2),
    "tree bark": _textured("bark", 0.95),
    "tree leaves": _foliage("leaves", 1.0),
    "tree needles": _foliage("needles", 0.62),
    "house plaster": _walls("plaster"),
    "house brick": _textured("brick", 0.92, _brick_color),
    "house boards": _walls("boards"),
    "house roof": _textured("roof", 0.85, _roof_color),
    "house stone": _textured("stone", 0.9),
    "house trim": _plain((0.86, 0.86, 0.84), 0.7),
    "house gutter": _plain((0.30, 0.31, 0.32), 0.5),
    "house windows": _textured("windows", 0.12),
    "house door": _textured("door", 0.5, _door_color),
    "house shop": _textured("shop", 0.25),
    "person skin": _colored(_skin_color, 0.6),
    "person hair": _colored(_hair_color, 0.55),
    "person shirt": _cloth,
    "person trousers": _colored(_trouser_color, 0.92),
    "person shoes": _colored(cloth_color, 0.6),
    "person bag": _colored(cloth_color, 0.8),
    "person helmet": _colored(_helmet_color, 0.3),
    "person vest": _colored(_vest_color, 0.7, 0.12),
    "street kerb": _textured("stone", 0.9),
    "street paving": _textured("paving", 0.9),
    "street grass": _textured("grass", 0.95),
    "street asphalt": _textured("asphalt", 0.9),
    "street patch": _textured("asphalt", 0.9, lambda rng: (0.62, 0.62, 0.64)),
    "street soil": _textured("soil", 0.97),
    "street marking": _textured("marking", 0.7),
    "street yellow": _textured("marking", 0.7, lambda rng: (0.95, 0.76, 0.12)),
    "street hedge": _textured("leaves", 0.9, lambda rng: hsv(rng.uniform(85, 120), 0.6, rng.uniform(0.4, 0.6))),
    "street fence": _textured("boards", 0.85, wall_color),
    "street iron": _plain((0.16, 0.16, 0.165), 0.6, 0.3),
    "street metal": _plain((0.46, 0.48, 0.49), 0.45, 0.6),
    "street paint": _paint,
    "street lamp": _plain((0.95, 0.94, 0.88), 0.3),
    "street amber": _plain((1.0, 0.55, 0.05), 0.3, emission=0.4),
    "street band": _plain((0.93, 0.93, 0.92), 0.4),
    "street concrete": _textured("stone", 0.9),
    "street stripes": _face("stripes"),
    **{f"sign {name}": _face(name) for name in SIGNS},
}
"""Name of a kind to a function of the thing's own material."""

OWN_COLORS: Mapping[str, Callable[[Rng], Rgb]] = {
    "car": car_color,
    "house": wall_color,
    "tree": leaf_color,
    "person": cloth_color,
    "lamp": lambda rng: _one_of(rng, ((0.16, 0.18, 0.18), (0.42, 0.44, 0.45), (0.10, 0.20, 0.15))),
    "sign": lambda rng: _near((0.5, 0.51, 0.52), rng, 0.05),
    "barrier": lambda rng: _near((0.93, 0.93, 0.92), rng, 0.02),
    "drum": lambda rng: _near((0.96, 0.38, 0.05), rng, 0.04),
}
"""By shape: its colour where the scene file names none."""
