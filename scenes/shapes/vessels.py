"""Vessels: bottle, can, barrel, mug."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from seedbed.scenes.shapes.lathe import OWN, Profile, made, smooth, turned_patch
from seedbed.scenes.shapes.meshes import Array, Rng, Shape
from seedbed.scenes.shapes.patches import Patch, about_z, block, tube
from seedbed.scenes.surfaces.materials import picture_at

# (radius over the body's, height over the whole height) of the outer wall, foot to mouth.
BOTTLES: dict[str, tuple[float, Profile, tuple[float, float], str]] = {
    "wine": (
        0.125,
        ((0.0, 0.02), (0.8, 0.0), (1.0, 0.02), (1.0, 0.58), (0.94, 0.64), (0.55, 0.71), (0.38, 0.76), (0.36, 0.99)),
        (0.12, 0.5),
        "glass",
    ),
    "beer": (
        0.13,
        ((0.0, 0.02), (0.82, 0.0), (1.0, 0.025), (1.0, 0.54), (0.93, 0.61), (0.58, 0.74), (0.43, 0.84), (0.41, 0.97)),
        (0.14, 0.48),
        "glass",
    ),
    "water": (
        0.15,
        ((0.0, 0.03), (0.75, 0.0), (0.98, 0.03), (1.0, 0.6), (0.95, 0.7), (0.72, 0.8), (0.4, 0.88), (0.36, 0.95)),
        (0.34, 0.6),
        "plastic",
    ),
    "cola": (
        0.15,
        ((0.0, 0.03), (0.7, 0.0), (0.96, 0.05), (0.92, 0.2), (0.8, 0.34), (1.0, 0.5), (1.0, 0.64), (0.7, 0.78)),
        (0.5, 0.64),
        "plastic",
    ),
    "sauce": (
        0.17,
        ((0.0, 0.02), (0.9, 0.0), (1.0, 0.02), (1.0, 0.55), (0.9, 0.66), (0.6, 0.76), (0.34, 0.82), (0.32, 0.87)),
        (0.1, 0.5),
        "plastic",
    ),
    "jar": (
        0.28,
        ((0.0, 0.02), (0.9, 0.0), (1.0, 0.04), (1.0, 0.74), (0.97, 0.79), (0.84, 0.84), (0.82, 0.86), (0.82, 0.97)),
        (0.14, 0.68),
        "glass",
    ),
}
"""Kind of bottle: radius over height, profile, where the label is, what it is made of."""


def _wrapped(picture: Path | None, circumference: float, height: float) -> float:
    """How often a label's picture lies around: whole, and as little stretched as can be."""
    if picture is None:
        return 1.0
    rows, columns = picture_at(picture).shape[:2]
    return float(max(1, round(circumference / height * rows / columns)))


def bottle(kind: str, height: float, rng: Rng, *, labelled: bool = True, label: Path | None = None) -> Shape:
    """A bottle with a cap.

    Args:
        kind: key of `BOTTLES`.
        height: metres, cap included.
        rng: of the world.
        labelled: whether a label is around it.
        label: its picture; None is printed at random.
    """
    share, points, (low, high), stuff = BOTTLES[kind]
    radius = height * share * float(rng.uniform(0.93, 1.07))
    whole = smooth([(r, z) for r, z in points], 3)
    if kind == "cola":
        whole = np.concatenate([whole, [(0.42, 0.88), (0.38, 0.95)]])
    wall = whole * (radius, height)
    patches = [turned_patch(part, stuff, group="wall") for part in _without(wall, low * height, high * height)]
    if labelled:
        under = _between(wall, low * height, high * height)
        raised = under + np.array([0.004 * radius, 0.0])
        band = np.concatenate([under[:1], raised, under[-1:]])
        wrap = _wrapped(label, 2 * np.pi * radius, (high - low) * height)
        patches.append(turned_patch(band, "label", repeat=wrap))
    else:
        patches.append(turned_patch(_between(wall, low * height, high * height), stuff, group="wall"))
    mouth, top = float(wall[-1, 0]), float(wall[-1, 1])
    cap = mouth * (1.04 if kind == "wine" else 1.18)
    skirt = top - height * (0.16 if kind == "wine" else 0.05 if kind != "jar" else 0.09)
    lid = [(0.0, skirt), (cap, skirt), (cap, height * 0.995), (cap * 0.93, height), (0.0, height)]
    if kind == "sauce":  # a nozzle
        lid = [*lid[:2], (cap, height * 0.9), (cap * 0.9, height * 0.91), (cap * 0.3, height * 0.985), (0.0, height)]
    patches.append(turned_patch(lid, "cap"))
    centre = 0.42 if kind != "jar" else 0.48
    return made(patches, origin=(0, 0, centre * height), crease=38.0, pictures={"label": label})


def _between(wall: Array, low: float, high: float) -> Array:
    """The part of a profile between two heights, its ends cut exactly; the profile's heights rise after its foot."""
    foot = int(np.argmin(wall[:, 1]))
    rising = wall[foot:]
    inner = rising[(rising[:, 1] > low) & (rising[:, 1] < high)]
    ends = [(float(np.interp(z, rising[:, 1], rising[:, 0])), z) for z in (low, high)]
    return np.concatenate([[ends[0]], inner, [ends[1]]])


def _without(wall: Array, low: float, high: float) -> list[Array]:
    """The parts of a profile below and above two heights."""
    foot = int(np.argmin(wall[:, 1]))
    top = float(wall[-1, 1])
    lower = _between(wall, float(wall[foot, 1]), low)
    return [np.concatenate([wall[:foot], lower]), np.concatenate([_between(wall, high, top), [(0.0, top)]])]


CANS = {"drink": 0.55, "slim": 0.395, "food": 0.67, "spray": 0.3}
"""Kind of can: diameter over height."""


def can(kind: str, height: float, rng: Rng, *, label: Path | None = None) -> Shape:
    """A can: printed all around, ends of metal.

    Args:
        kind: key of `CANS`.
        height: metres.
        rng: of the world.
        label: the print; None is drawn at random.
    """
    h, r = height, height * CANS[kind] / 2 * float(rng.uniform(0.96, 1.04))
    drawn = kind in ("drink", "slim")  # deep-drawn aluminium: necked in at both ends
    if kind == "spray":
        low, high, top = 0.012 * h, 0.74 * h, 0.74 * h
    else:
        low, high, top = (0.07 * h, 0.9 * h, h) if drawn else (0.02 * h, 0.98 * h, h)
    wrap = _wrapped(label, 2 * np.pi * r, high - low)
    patches = [turned_patch([(r, low), (r, high)], "label", repeat=wrap, group="side")]
    if drawn:
        foot = [(0, 0.07 * h), (0.55 * r, 0.04 * h), (0.74 * r, 0.0), (0.8 * r, 0.0), (0.86 * r, 0.015 * h), (r, low)]
        neck = [
            (r, high),
            (0.93 * r, 0.95 * h),
            (0.83 * r, 0.97 * h),
            (0.84 * r, h),
            (0.8 * r, h),
            (0.78 * r, 0.972 * h),
            (0.0, 0.972 * h),
        ]
        patches += [turned_patch(foot, "can metal"), turned_patch(neck, "can metal")]
        tab, edge = 0.3 * r, 0.972 * h
        patches.append(block((-0.55 * tab, -tab, edge), (0.55 * tab, tab, edge + 0.01 * h), "can metal"))
    elif kind == "food":
        rim = 1.03 * r
        foot = [(0, 0.015 * h), (0.94 * r, 0.015 * h), (0.96 * r, 0.0), (rim, 0.0), (rim, 0.018 * h), (r, low)]
        lid = [(r, high), (rim, 0.983 * h), (rim, h), (0.96 * r, h), (0.94 * r, 0.985 * h), (0.6 * r, 0.985 * h)]
        lid += [(0.58 * r, 0.982 * h), (0.0, 0.982 * h)]
        patches += [turned_patch(foot, "can metal"), turned_patch(lid, "can metal")]
    else:
        foot = [(0, 0.0), (1.02 * r, 0.0), (1.02 * r, low), (r, low)]
        dome = [(r, high), (1.02 * r, high), (0.9 * r, 0.78 * h), (0.62 * r, 0.83 * h), (0.0, 0.835 * h)]
        lid = [(0.0, 0.79 * h), (0.86 * r, 0.79 * h), (0.86 * r, 0.98 * h), (0.8 * r, h), (0.0, h)]
        patches += [turned_patch(foot, "can metal"), turned_patch(dome, "can metal"), turned_patch(lid, "cap")]
    return made(patches, origin=(0, 0, top / 2), crease=35.0, pictures={"label": label})


def barrel(kind: str, height: float, rng: Rng) -> Shape:
    """A barrel of 200 litres at 0.88 m: ribs, rims, bungs.

    Args:
        kind: "steel" with two rolling hoops, or "plastic", rounder and with a wide lid ring.
        height: metres.
        rng: of the world.
    """
    h, r = height, height * 0.325 * float(rng.uniform(0.95, 1.05))
    if kind == "steel":
        rib = 0.028 * r + 0.035 * r
        outer = [(0.0, 0.02 * h), (0.96 * r, 0.02 * h), (0.96 * r, 0.0), (1.02 * r, 0.0), (1.02 * r, 0.022 * h)]
        outer.append((r, 0.028 * h))
        for at in (0.345, 0.655):
            outer += [
                (r, (at - 0.02) * h),
                (r + rib, (at - 0.008) * h),
                (r + rib, (at + 0.008) * h),
                (r, (at + 0.02) * h),
            ]
        outer += [(r, 0.972 * h), (1.02 * r, 0.978 * h), (1.02 * r, h), (0.96 * r, h), (0.96 * r, 0.98 * h)]
        outer.append((0.0, 0.98 * h))
        patches = [turned_patch(outer, OWN, around=28)]
        top = 0.98 * h
    else:
        body = [(0.0, 0.01 * h), (0.85 * r, 0.0), (0.97 * r, 0.03 * h), (1.0 * r, 0.1 * h), (1.02 * r, 0.3 * h)]
        body += [(1.02 * r, 0.62 * h), (1.0 * r, 0.8 * h), (0.96 * r, 0.88 * h), (0.88 * r, 0.92 * h)]
        body = [*smooth(body, 2).tolist(), (0.0, 0.92 * h)]
        low, high = 0.9 * h, 0.955 * h
        ring = [(0.88 * r, low), (0.95 * r, low), (0.95 * r, high), (0.88 * r, high), (0.88 * r, low)]
        lid = [(0.0, 0.95 * h), (0.9 * r, 0.95 * h), (0.9 * r, h), (0.8 * r, h), (0.78 * r, 0.985 * h)]
        lid.append((0.0, 0.985 * h))
        patches = [
            turned_patch(body, OWN, around=28),
            turned_patch(ring, "can metal", around=28),
            turned_patch(lid, "lid", around=28),
        ]
        top = 0.985 * h
    for x, size in ((0.62 * r, 0.11 * r), (-0.66 * r, 0.06 * r)):
        head = top + 0.012 * h
        bung = turned_patch([(0.0, top), (size, top), (size, head), (0.0, head)], "can metal", around=10)
        patches.append(bung.moved((x, 0, 0)))
    return made(patches, origin=(0, 0, h / 2), crease=32.0)


def mug(height: float, rng: Rng, *, label: Path | None = None, printed: bool = False) -> Shape:
    """A mug: hollow, with a handle towards +x.

    Args:
        height: metres.
        rng: of the world.
        label: a picture printed around it.
        printed: whether it has a print at all.
    """
    h, r = height, height * float(rng.uniform(0.4, 0.48))
    wall, taper = 0.045 * h, float(rng.uniform(0.82, 1.04))
    side = [(taper * r, 0.03 * h), (r * (0.3 * taper + 0.7), 0.5 * h), (r, 0.97 * h)]
    kind = "label" if printed or label is not None else OWN
    wrap = _wrapped(label, 2 * np.pi * r, 0.94 * h)
    foot = [(0.0, 0.03 * h), (0.7 * taper * r, 0.03 * h), (0.72 * taper * r, 0.0), (0.9 * taper * r, 0.0)]
    lip = [(r, 0.97 * h), (r - 0.2 * wall, h), (r - 0.8 * wall, h), (r - wall, 0.97 * h)]
    inner = [(r - wall, 0.97 * h), (taper * r - wall, 0.12 * h), (0.8 * (taper * r - wall), 0.06 * h), (0.0, 0.06 * h)]
    patches: list[Patch] = [
        turned_patch([*foot, side[0]], OWN, group="mug"),
        turned_patch(side, kind, group="mug", repeat=wrap),
        turned_patch(lip, OWN, group="mug"),
        turned_patch(inner, "mug inside"),
    ]
    # Bent in the plane of y and z, where a tube's rings keep their turn, then brought to +x.
    angle = np.linspace(-0.5, 0.5, 11) * np.pi
    reach, tall = 0.32 * h, float(rng.uniform(0.26, 0.32)) * h
    path = np.stack([np.zeros(11), np.cos(angle) * reach + 0.94 * r, np.sin(angle) * tall + 0.52 * h], axis=1)
    handle = tube(path, np.full((11, 2), (0.045 * h, 0.07 * h)), OWN, around=10)
    patches.append(handle.turned(about_z(-np.pi / 2)))
    points = {"handle": (0.94 * r + reach, 0.0, 0.52 * h), "rim": (0.0, 0.0, h)}
    return made(patches, origin=(0.03 * h, 0, 0.45 * h), crease=50.0, keypoints=points, pictures={"label": label})
