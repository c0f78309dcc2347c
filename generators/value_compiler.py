"""Compiling sources of single values: numbers by distribution."""

from __future__ import annotations

from typing import Any

from seedbed.generators.blocks import Maker
from seedbed.generators.distributions import distribution_maker
from seedbed.generators.draws import Draw
from seedbed.generators.effects import Effect
from seedbed.generators.ranges import RangeMaker, scale_of
from seedbed.generators.targets import Target
from seedbed.rules.distribution_names import shape_of
from seedbed.rules.distributions import Pert, Uniform


def number_maker(target: Target, draw: Draw, source: Any, effects: tuple[Effect, ...]) -> Maker:
    """Compiles a `NumberRange`.

    Args:
        target: the column.
        draw: gives the random cells.
        source: the model.
        effects: compiled.
    """
    scale = scale_of(target, *source.range)
    typical = None if source.typical is None else float(source.typical)
    shape = None if source.distribution is None else shape_of(source.distribution)
    match shape:
        case Uniform():
            return RangeMaker(draw, scale, None, ())
        case Pert(shape=4.0):
            return RangeMaker(draw, scale, shape.where(typical), effects)
    if shape is None or scale.low == scale.high:
        return RangeMaker(draw, scale, typical, effects)
    return distribution_maker(draw, scale, shape, typical, effects)
