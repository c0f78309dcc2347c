"""Surfaces of goods by name: glass, plastic, metal of cans, labels, timber, skins of fruit."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from seedbed.scenes.surfaces.fruit_skins import SKINS
from seedbed.scenes.surfaces.materials import Rgb, Rng, any_color, hsv
from seedbed.scenes.surfaces.prints import print_sheet
from seedbed.scenes.surfaces.timber import timber
from seedbed.scenes.view import Material

Kind = Callable[[Material, Rng], Material]

_WHITE: Rgb = (1.0, 1.0, 1.0)


def _one_of(rng: Rng, *colors: Rgb) -> Rgb:
    base = np.array(colors[int(rng.integers(len(colors)))])
    red, green, blue = np.clip(base * (1 + rng.normal(0, 0.08)) + rng.normal(0, 0.015, 3), 0, 1)
    return float(red), float(green), float(blue)


def _glass(own: Material, rng: Rng) -> Material:
    return Material(own.color, None, float(rng.uniform(0.03, 0.14)))


def _plastic(own: Material, rng: Rng) -> Material:
    return Material(own.color, None, float(rng.uniform(0.15, 0.45)))


def _any_plastic(own: Material, rng: Rng) -> Material:
    color = any_color(rng) if rng.uniform() < 0.6 else _one_of(rng, (0.93, 0.93, 0.92), (0.05, 0.05, 0.06))
    return Material(color, None, float(rng.uniform(0.2, 0.5)))


def _metal(own: Material, rng: Rng) -> Material:
    light = float(rng.uniform(0.68, 0.85))
    return Material((light, light, light * 0.99), None, float(rng.uniform(0.2, 0.45)), 0.85)


def _label(own: Material, rng: Rng) -> Material:
    return Material(_WHITE, print_sheet(rng, 144, 320), float(rng.uniform(0.25, 0.8)))


def _post(own: Material, rng: Rng) -> Material:
    return Material(_one_of(rng, *_POSTS), None, float(rng.uniform(0.3, 0.6)), 0.1)


def _crockery(own: Material, rng: Rng) -> Material:
    color = own.color if own.texture is None and rng.uniform() < 0.4 else _one_of(rng, (0.93, 0.92, 0.89))
    return Material(color, None, own.roughness)


def _timber(own: Material, rng: Rng) -> Material:
    return Material(_WHITE, timber(rng), float(rng.uniform(0.7, 1.0)))


def _skin(name: str) -> Kind:
    def make(own: Material, rng: Rng) -> Material:
        return Material(_WHITE, SKINS[name](rng), float(rng.uniform(0.3, 0.6)))

    return make


def _traffic(own: Material, rng: Rng) -> Material:
    return Material(_one_of(rng, (0.97, 0.38, 0.04)), None, own.roughness)


def _brown(own: Material, rng: Rng) -> Material:
    return Material(_one_of(rng, (0.28, 0.2, 0.1), (0.3, 0.33, 0.12)), None, 0.85)


GOODS_KINDS: Mapping[str, Kind] = {
    "glass": _glass,
    "plastic": _plastic,
    "cap": _any_plastic,
    "lid": _any_plastic,
    "can metal": _metal,
    "label": _label,
    "mug inside": _crockery,
    "shelf post": _post,
    "timber": _timber,
    "traffic orange": _traffic,
    "stem": _brown,
    "banana tip": _brown,
    **{f"skin {name}": _skin(name) for name in SKINS},
}
"""Name of a kind to a function of the thing's own material."""


def _bottle_color(rng: Rng) -> Rgb:
    """Green and brown glass, water, milk, and strong colours."""
    if rng.uniform() < 0.25:
        return hsv(rng.uniform(0, 360), rng.uniform(0.6, 1.0), rng.uniform(0.4, 0.95))
    return _one_of(
        rng, (0.04, 0.16, 0.07), (0.22, 0.09, 0.03), (0.05, 0.06, 0.05), (0.72, 0.82, 0.86), (0.9, 0.9, 0.88)
    )


_WHITE_OFF, _BLACK, _GREY = (0.93, 0.93, 0.92), (0.06, 0.06, 0.07), (0.5, 0.51, 0.52)
_BLUE, _RED, _GREEN = (0.1, 0.24, 0.58), (0.72, 0.1, 0.07), (0.1, 0.38, 0.2)
_YELLOW, _ORANGE = (0.95, 0.77, 0.06), (0.94, 0.4, 0.06)
_POSTS = (_BLUE, _GREY, _WHITE_OFF, _ORANGE, _BLACK)

GOODS_COLORS: Mapping[str, Callable[[Rng], Rgb]] = {
    "bottle": _bottle_color,
    "helmet": lambda rng: _one_of(rng, _YELLOW, _YELLOW, _WHITE_OFF, _WHITE_OFF, _ORANGE, _BLUE, _RED),
    "barrel": lambda rng: _one_of(rng, _BLUE, _BLUE, _BLACK, _RED, _GREEN, _GREY, _ORANGE),
    "crate": lambda rng: _one_of(rng, _BLUE, _GREEN, _RED, _GREY, _YELLOW, _BLACK),
    "pallet": lambda rng: _one_of(rng, _BLACK, _BLUE, _GREY),
    "shelf": lambda rng: _one_of(rng, _WHITE_OFF, _GREY, _BLACK, _ORANGE),
}
"""By shape: its colour where the scene file names none."""
