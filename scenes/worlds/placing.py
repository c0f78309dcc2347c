"""Starting poses: where each thing is let fall from, beside, on or half over another as the scene asks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from seedbed.scenes.models.arrangement import ArrangementModel
from seedbed.scenes.worlds.physics import Drop
from seedbed.scenes.worlds.turns import ANY, rotation, turned

if TYPE_CHECKING:
    from seedbed.scenes.shapes.meshes import Shape

Array = NDArray[np.float64]
Rng = np.random.Generator

_GAP = 0.03
"""Between starting poses, in radii of the smaller thing: those that touch at the start push each other apart."""


@dataclass(frozen=True, eq=False)
class Falling:
    """A thing to place.

    Attributes:
        shape: its mesh and hull.
        stands: whether it is dropped standing, else it tumbles.
        labelled: whether it is of a class.
        yaw: range of its turn around the vertical where it stands, degrees.
    """

    shape: Shape
    stands: bool
    labelled: bool
    yaw: tuple[float, float] = ANY


@dataclass(frozen=True, eq=False)
class _Placed:
    """A thing that has its place.

    Attributes:
        at: (2,) metres.
        points: (N, 3) its hull, turned, around its centre.
        reach: farthest point from the centre as seen from above.
        top: highest point.
    """

    at: Array
    points: Array
    reach: float
    top: float


def drops(
    things: Sequence[Falling], rules: ArrangementModel, rng: Rng, *, half: tuple[float, float], floor: float = 0.0
) -> list[Drop]:
    """Starting poses, none of which touches another: what would overlap seen from above starts higher.

    Args:
        things: in the order they fall.
        rules: chances of the arrangements.
        rng: of the world.
        half: half width and depth of the place, metres.
        floor: height of its ground.
    """
    bounds = np.array(half)
    middle = rng.uniform(-0.5, 0.5, 2) * bounds
    clustered = rng.uniform() < rules.cluster
    spread = 2.0 * float(np.mean([each.shape.radius for each in things])) if things else 0.0
    placed: list[_Placed] = []
    found: list[Drop] = []
    for each in things:
        quaternion = turned(rng, each.stands, each.yaw)
        points = each.shape.hull @ rotation(quaternion).T
        reach = float(np.hypot(points[:, 0], points[:, 1]).max())
        if clustered and (each.labelled or rng.uniform() < 0.3):
            at = middle + rng.normal(0, spread, 2)
        else:
            at = rng.uniform(-1, 1, 2) * bounds
        partner = placed[int(rng.integers(len(placed)))] if placed else None
        beside = _beside(partner, points, rules, rng)
        at = at if beside is None else beside
        at = np.clip(at, np.minimum(reach - bounds, 0.0), np.maximum(bounds - reach, 0.0))
        gap = 0.0 if each.shape.static else _GAP * each.shape.radius
        under = floor + gap
        for other in placed:
            if np.hypot(*(other.at - at)) < reach + other.reach and _meet(points, at, other):
                under = max(under, other.top + gap)
        z = under - float(points[:, 2].min())
        placed.append(_Placed(at, points, reach, z + float(points[:, 2].max())))
        mass = max(0.05, 60 * each.shape.radius**3)
        found.append(
            Drop(
                each.shape.hull,
                (float(at[0]), float(at[1]), z),
                quaternion,
                mass,
                float(rng.uniform(0.4, 0.9)),
                each.shape.solids,
                each.shape.static,
            )
        )
    return found


def _beside(partner: _Placed | None, points: Array, rules: ArrangementModel, rng: Rng) -> Array | None:
    """Where a thing goes that lies on, half over or against another; None where it goes its own way."""
    chance, turn, slide = rng.uniform(), rng.uniform(0, 2 * np.pi), rng.uniform()
    if partner is None:
        return None
    way = np.array([np.cos(turn), np.sin(turn)])
    against = float((partner.points[:, :2] @ way).max() - (points[:, :2] @ way).min())
    if chance < rules.stacked:
        return np.asarray(partner.at + way * against * 0.12 * slide)
    if chance < rules.stacked + rules.overlapping:
        return np.asarray(partner.at + way * against * (0.25 + 0.6 * slide))
    if chance < rules.stacked + rules.overlapping + rules.touching:
        return np.asarray(partner.at + way * against * 1.002)
    return None


def _meet(points: Array, at: Array, other: _Placed) -> bool:
    """Whether two hulls may overlap seen from above: no line along one of eight directions parts them."""
    angle = np.arange(8) * np.pi / 8
    ways = np.stack([np.cos(angle), np.sin(angle)])
    mine, theirs = (points[:, :2] + at) @ ways, (other.points[:, :2] + other.at) @ ways
    return not bool(((mine.min(0) > theirs.max(0)) | (mine.max(0) < theirs.min(0))).any())
