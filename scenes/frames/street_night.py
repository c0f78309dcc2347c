"""A street in the dark: lamps, headlights, tail lights and windows are lit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from seedbed.scenes.frames.lighting import blackbody, darkness
from seedbed.scenes.shapes.meshes import Array, Slot
from seedbed.scenes.surfaces.materials import Rng
from seedbed.scenes.view import Body, Lamp, Light, Material, Mesh
from seedbed.scenes.worlds.arrangement import Arrangement

_LIT = 0.5
"""Darkness from which on lamps are lit, as `lighting.darkness` tells it."""
_GLOW = {"street lamp": 2.5, "car headlight": 1.6, "car taillight": 0.8, "street amber": 1.5}
_WINDOWS = ("house windows", "house shop")


def lit(
    arrangement: Arrangement, bodies: tuple[Body, ...], light: Light, rng: Rng
) -> tuple[tuple[Body, ...], tuple[Lamp, ...]]:
    """Lights a street where it is dark.

    Args:
        arrangement: of a street; its pieces are the bodies', in order.
        bodies: as by day.
        light: of the frame.
        rng: of the frame; nothing is drawn from it by day.

    Returns:
        The bodies with what glows, and the light of the street lamps; by day as they were, and none.
    """
    if darkness(light) <= _LIT:
        return bodies, ()
    warm = np.sqrt(np.array(blackbody(float(rng.uniform(2400, 4500)))))
    strength = float(rng.uniform(0.5, 0.9))
    made, lamps = [], []
    for piece, body in zip(arrangement.pieces, bodies, strict=True):
        at_home = rng.uniform() < 0.55
        if len(body.parts) != len(piece.shape.slots):  # clutter wears one surface all over
            made.append(body)
            continue
        parts = tuple(
            (first, last, _glowing(slot.kind, material, at_home=at_home))
            for slot, (first, last, material) in zip(piece.shape.slots, body.parts, strict=True)
        )
        made.append(replace(body, parts=parts))
        for slot in piece.shape.slots:
            if slot.kind == "street lamp":
                for x, y, z in heads(body.mesh, slot):
                    place = body.pose[:3, :3] @ np.array([x, y, z - 0.15]) + body.pose[:3, 3]
                    # As bright on the ground below whatever the height.
                    red, green, blue = (float(v) for v in warm * strength * float(place[2]) ** 2)
                    at = (float(place[0]), float(place[1]), float(place[2]))
                    lamps.append(Lamp(at, (red, green, blue), 4.5 * float(place[2])))
    return tuple(made), tuple(lamps)


def heads(mesh: Mesh, slot: Slot) -> list[Array]:
    """Middles of a lamp's lights, in the mesh's frame: one, or one on either side of the post."""
    points = mesh.vertices[mesh.faces[slot.first : slot.last]].reshape(-1, 3).astype(float)
    if points[:, 0].min() > 0 or points[:, 0].max() < 0.5:
        return [points.mean(0)]
    return [points[points[:, 0] > 0].mean(0), points[points[:, 0] <= 0].mean(0)]


def _glowing(kind: str, material: Material, *, at_home: bool) -> Material:
    if kind in _WINDOWS:
        return replace(material, emission=0.7, color=(1.0, 0.86, 0.62)) if at_home else material
    return replace(material, emission=_GLOW[kind]) if kind in _GLOW else material
