"""A hard hat: shell, ridges, brim with a peak."""

from __future__ import annotations

import numpy as np

from seedbed.scenes.shapes.lathe import OWN, made
from seedbed.scenes.shapes.meshes import Array, Rng, Shape
from seedbed.scenes.shapes.patches import net


def helmet(length: float, rng: Rng) -> Shape:
    """A hard hat; its peak looks along +x.

    Args:
        length: metres from the peak to the nape.
        rng: of the world.
    """
    around, rows = 32, 9
    angle = np.linspace(0, 2 * np.pi, around + 1)
    ahead = np.maximum(np.cos(angle), 0.0)
    peak = float(rng.uniform(0.28, 0.38)) * ahead**2.5
    brim = 0.05 + peak + (0.05 if rng.uniform() < 0.3 else 0.0)  # some have a brim all around
    half = 0.5 / (1.0 + float(brim.max() + brim[around // 2]) / 2)
    wide, tall = half * float(rng.uniform(0.78, 0.86)), half * float(rng.uniform(1.0, 1.15))
    ridges = int(rng.integers(1, 4))

    def shell(shrink: float) -> Array:
        up = np.linspace(0, np.pi / 2, rows)
        level, height = np.cos(up)[:, None], np.sin(up)[:, None]
        level = level**0.8
        level[-1] = 0.0
        x, y = np.cos(angle) * half * level * shrink, np.sin(angle) * wide * level * shrink
        across = y / wide
        bump = sum(np.exp(-(((across - at) / 0.11) ** 2)) for at in np.linspace(-0.3, 0.3, ridges + 2)[1:-1])
        z = height * tall * shrink * (1 + 0.045 * bump * height * (shrink == 1))
        return np.stack([x, y, np.broadcast_to(z, x.shape)], axis=2)

    outer, inner = shell(1.0), shell(0.96)
    foot = outer[0]
    droop = -0.06 * half * (1 + ahead)
    edge = np.stack([foot[:, 0] * (1 + brim * 1.0), foot[:, 1] * (1 + brim), droop], axis=1)
    under = edge * (0.99, 0.99, 1.0) - (0, 0, 0.012 * half)
    patches = [
        net(outer, OWN, group="shell"),
        net(np.stack([edge, foot]), OWN),
        net(np.stack([under, edge]), OWN),
        net(np.stack([inner[0], under]), "inside"),
        net(inner[::-1], "inside"),
    ]
    scale = length / float(np.ptp(np.concatenate([edge, foot])[:, 0]))
    patches = [type(patch)(patch.corners * scale, patch.uvs, patch.kind, patch.group) for patch in patches]
    points = {"peak": edge[0] * scale, "nape": edge[around // 2] * scale, "top": (0.0, 0.0, tall * scale)}
    return made(patches, origin=(0, 0, 0.35 * tall * scale), crease=50.0, keypoints=points)
