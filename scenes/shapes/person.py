"""People: jointed limbs in a standing or walking pose, head with hair, clothes, and for roadworks helmet and vest.

Segment lengths are shares of the height after Drillis and Contini (1966), as in Winter, "Biomechanics and Motor
Control of Human Movement", figure 4.1. A person faces +x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from seedbed.scenes.shapes.meshes import Array, Rng, Shape
from seedbed.scenes.shapes.patches import Patch, about_z, blob, block, build, capsule, tube

COCO_17 = (
    *("nose", "left_eye", "right_eye", "left_ear", "right_ear", "left_shoulder", "right_shoulder", "left_elbow"),
    *("right_elbow", "left_wrist", "right_wrist", "left_hip", "right_hip", "left_knee", "right_knee", "left_ankle"),
    "right_ankle",
)
"""Names of the keypoints, in COCO's order."""


@dataclass(frozen=True)
class Look:
    """What a person wears and how they are built.

    Attributes:
        build: width over that of an average body.
        legs: "trousers", "shorts" or "skirt".
        sleeves: whether the arms are covered.
        coat: whether the upper garment reaches down to the thighs.
        hair: "short", "long" or "bald".
        bag: whether a rucksack is worn.
        helmet: whether a safety helmet is worn.
        vest: whether a high-visibility vest is worn.
    """

    build: float = 1.0
    legs: str = "trousers"
    sleeves: bool = True
    coat: bool = False
    hair: str = "short"
    bag: bool = False
    helmet: bool = False
    vest: bool = False


def look_of(rng: Rng, *, helmet: bool = False, vest: bool = False) -> Look:
    """Clothes and build of someone, drawn."""
    work = helmet or vest
    return Look(
        build=float(np.clip(rng.normal(1.0, 0.09), 0.84, 1.28)),
        legs="trousers" if work else str(rng.choice(["trousers", "shorts", "skirt"], p=[0.72, 0.14, 0.14])),
        sleeves=bool(rng.uniform() < (0.7 if work else 0.6)),
        coat=not work and bool(rng.uniform() < 0.2),
        hair=str(rng.choice(["short", "long", "bald"], p=[0.55, 0.37, 0.08])),
        bag=not work and bool(rng.uniform() < 0.2),
        helmet=helmet,
        vest=vest,
    )


def person(height: float, look: Look, rng: Rng, *, phase: float | None = None) -> Shape:
    """A person.

    Args:
        height: metres, without helmet.
        look: clothes and build.
        rng: small differences of pose.
        phase: of the walking cycle, 0 to 1 is two steps; None stands.
    """
    joints = _pose(height, look, rng, phase)
    patches = [*_trunk(joints, height, look), *_legs(joints, height, look), *_arms(joints, height, look)]
    patches += _head(joints, height, look)
    ground = min(float(patch.corners[..., 2].min()) for patch in patches)
    points = {name: joints[name] for name in COCO_17}
    return build(patches, origin=(0.0, 0.0, 0.53 * height + ground), crease=60.0, keypoints=points)


def _swing(angle: float, length: float) -> Array:
    """A limb hanging down, swung forward by radians: from its upper end to its lower."""
    return np.array([np.sin(angle), 0.0, -np.cos(angle)]) * length


def _pose(height: float, look: Look, rng: Rng, phase: float | None) -> dict[str, Array]:
    """Places of the joints; the pelvis is at its height with both legs straight."""
    h = height
    joints: dict[str, Array] = {}
    walking = phase is not None
    lean = float(rng.uniform(0.03, 0.08)) if walking else float(rng.uniform(-0.02, 0.03))
    hips = np.array([0.0, 0.0, 0.53 * h])
    chest = hips + np.array([np.sin(lean), 0.0, np.cos(lean)]) * 0.288 * h
    joints["hips"], joints["chest"] = hips, chest
    arm_out = 0.10 + 0.12 * (look.build - 0.9)
    for side, name in ((1.0, "left"), (-1.0, "right")):
        if walking:
            turn = 2 * np.pi * (float(phase or 0.0) + (0.0 if side > 0 else 0.5))
            thigh = 0.42 * float(np.sin(turn)) + 0.06
            # The knee bends most while the leg swings forward.
            knee = 0.08 + 0.95 * max(0.0, float(np.cos(turn - 0.35))) ** 2 * float(np.cos(turn) > -0.2)
            arm, elbow = -0.42 * float(np.sin(turn)), 0.28 + 0.18 * max(0.0, -float(np.sin(turn)))
        else:
            thigh, knee = float(rng.normal(0.0, 0.03)), 0.02
            arm, elbow = float(rng.normal(0.03, 0.07)), float(abs(rng.normal(0.15, 0.12)))
            if rng.uniform() < 0.15:  # one hand up: a telephone, a tool
                arm, elbow = float(rng.uniform(0.2, 0.5)), float(rng.uniform(1.2, 2.2))
        hip = hips + np.array([0.0, side * 0.052 * h * look.build, 0.0])
        low = hip + _swing(thigh, 0.245 * h)
        ankle = low + _swing(thigh - knee, 0.246 * h)
        shoulder = chest + np.array([0.0, side * 0.108 * h * (0.5 + 0.5 * look.build), 0.0])
        out = np.array([0.0, side * np.sin(arm_out), 0.0])
        joint = shoulder + _swing(arm, 0.172 * h) + out * 0.172 * h
        wrist = joint + _swing(arm + elbow, 0.152 * h) + out * 0.06 * h
        joints |= {f"{name}_hip": hip, f"{name}_knee": low, f"{name}_ankle": ankle}
        joints |= {f"{name}_shoulder": shoulder, f"{name}_elbow": joint, f"{name}_wrist": wrist}
        joints[f"{name}_hand"] = wrist + _swing(arm + elbow, 0.055 * h)
        joints[f"{name}_toe"] = np.array([np.cos(thigh - knee), 0.0, np.sin(thigh - knee) * 0.9])
    neck = chest + np.array([0.012, 0.0, 0.052]) * h
    head = neck + np.array([0.012, 0.0, 0.066]) * h
    look_aside = about_z(float(rng.normal(0, 0.22)))
    joints["neck"], joints["head"] = neck, head
    places = {"nose": (0.062, 0, -0.008), "left_eye": (0.05, 0.018, 0.012), "right_eye": (0.05, -0.018, 0.012)}
    places |= {"left_ear": (0.0, 0.044, 0.0), "right_ear": (0.0, -0.044, 0.0)}
    joints |= {name: head + look_aside @ np.array(place) * h for name, place in places.items()}
    joints["facing"] = look_aside @ np.array([1.0, 0.0, 0.0])
    return joints


def _trunk(joints: dict[str, Array], height: float, look: Look) -> list[Patch]:
    h, b = height, look.build
    hips, chest = joints["hips"], joints["chest"]
    up = chest - hips
    low = -0.22 if look.coat else -0.04
    at = np.array([low, 0.0, 0.3, 0.62, 0.86, 1.0, 1.10, 1.15])
    wide = np.array([0.098, 0.097, 0.086, 0.098, 0.107, 0.100, 0.052, 0.034]) * h
    deep = np.array([0.070, 0.068, 0.058, 0.066, 0.066, 0.056, 0.040, 0.034]) * h * b
    belly = np.array([1.0, 1.0, 1.0, 0.6, 0.3, 0.1, 0.0, 0.0])
    wide = wide * (1 + (b - 1) * (0.6 + 0.4 * belly))
    path = hips + at[:, None] * up
    patches = [tube(path, np.column_stack([wide, deep]), "person shirt", around=12)]
    if look.legs != "skirt":
        seat = np.array([-0.34, -0.22, 0.02])
        patches.append(
            tube(
                hips + seat[:, None] * np.array([0, 0, 0.288 * h]),
                np.column_stack([np.array([0.06, 0.092, 0.096]) * h * b, np.array([0.05, 0.064, 0.066]) * h * b]),
                "person trousers",
                around=12,
            )
        )
    if look.vest:
        mine = slice(1, 6)
        shell = np.column_stack([wide[mine], deep[mine]]) + 0.012
        patches.append(tube(path[mine], shell, "person vest", around=12))
    if look.bag:
        middle = hips + 0.68 * up + np.array([-deep[3] - 0.055, 0.0, 0.0])
        patches.append(blob(middle, (0.085, 0.14, 0.22), "person bag", detail=1))
    neck = joints["neck"]
    patches.append(capsule(neck - [0, 0, 0.03 * h], neck + np.array([0.004, 0, 0.03 * h]), 0.034 * h, 0.031 * h, _SKIN))
    return patches


_SKIN = "person skin"


def _legs(joints: dict[str, Array], height: float, look: Look) -> list[Patch]:
    h, b = height, look.build
    patches: list[Patch] = []
    upper = _SKIN if look.legs == "skirt" else "person trousers"
    lower = "person trousers" if look.legs == "trousers" else _SKIN
    for name in ("left", "right"):
        hip, knee, ankle = joints[f"{name}_hip"], joints[f"{name}_knee"], joints[f"{name}_ankle"]
        loose = 1.12 if look.legs == "trousers" else 1.0
        patches.append(capsule(hip, knee, 0.050 * h * b, 0.036 * h * loose, upper))
        path = np.stack([knee + (ankle - knee) * t for t in (-0.08, 0.0, 0.35, 0.85, 1.0)])
        thick = np.array([0.020, 0.034, 0.034 if loose > 1 else 0.036, 0.027 if loose > 1 else 0.020, 0.024]) * h
        patches.append(tube(path, thick * (0.75 + 0.25 * b), lower))
        toe = joints[f"{name}_toe"]
        side = np.cross([0.0, 0.0, 1.0], toe)
        middle = ankle + toe * 0.042 * h - np.array([0, 0, 0.016 * h])
        shoe = blob((0, 0, 0), (0.079 * h, 0.028 * h, 0.026 * h), "person shoes", detail=1)
        corners = shoe.corners.copy()
        corners[..., 2] = np.maximum(corners[..., 2], -0.018 * h)  # a flat sole
        frame = np.stack([toe, side / np.linalg.norm(side), np.cross(toe, side)], axis=1)
        patches.append(Patch(corners @ frame.T + middle, shoe.uvs, shoe.kind))
    if look.legs == "skirt":
        hips = joints["hips"]
        spread = float(abs(joints["left_knee"][0] - joints["right_knee"][0])) / 2
        at = np.array([0.05, -0.05, -0.16, -0.24])
        wide = np.array([0.088, 0.100, 0.112, 0.118]) * h * b
        deep = np.array([0.060, 0.072, 0.085, 0.092]) * h * b + spread * np.array([0, 0.1, 0.45, 0.8])
        path = hips + at[:, None] * np.array([0.0, 0.0, h])
        patches.append(tube(path[::-1], np.column_stack([wide, deep])[::-1], "person trousers", around=12))
    return patches


def _arms(joints: dict[str, Array], height: float, look: Look) -> list[Patch]:
    h, b = height, 0.6 + 0.4 * look.build
    patches: list[Patch] = []
    for name in ("left", "right"):
        shoulder, elbow, wrist = (joints[f"{name}_{part}"] for part in ("shoulder", "elbow", "wrist"))
        if look.sleeves:
            patches.append(capsule(shoulder, elbow, 0.034 * h * b, 0.026 * h * b, "person shirt"))
            patches.append(capsule(elbow, wrist, 0.026 * h * b, 0.019 * h * b, "person shirt"))
        else:
            half = shoulder + (elbow - shoulder) * 0.55
            patches.append(capsule(shoulder, half, 0.034 * h * b, 0.031 * h * b, "person shirt"))
            patches.append(capsule(shoulder + (elbow - shoulder) * 0.4, elbow, 0.026 * h * b, 0.022 * h * b, _SKIN))
            patches.append(capsule(elbow, wrist, 0.023 * h * b, 0.015 * h * b, _SKIN))
        hand = joints[f"{name}_hand"]
        patches.append(capsule(wrist + (hand - wrist) * 0.2, hand, 0.017 * h, 0.016 * h, _SKIN, around=6))
    return patches


def _head(joints: dict[str, Array], height: float, look: Look) -> list[Patch]:
    h, head, facing = height, joints["head"], joints["facing"]
    turn = np.stack([facing, np.cross([0.0, 0.0, 1.0], facing), [0.0, 0.0, 1.0]], axis=1)
    parts = [blob((0, 0, 0), (0.055 * h, 0.044 * h, 0.066 * h), _SKIN, detail=2)]
    parts.append(blob((0.055 * h, 0, -0.008 * h), (0.008 * h, 0.008 * h, 0.014 * h), _SKIN, detail=0))
    for side in (-1.0, 1.0):
        parts.append(blob((0.0, side * 0.044 * h, 0.0), (0.011 * h, 0.006 * h, 0.018 * h), _SKIN, detail=0))
        eye = (0.0475 * h, side * 0.018 * h, 0.012 * h)
        parts.append(blob(eye, (0.004 * h, 0.006 * h, 0.003 * h), "person hair", detail=0))
    if look.hair != "bald":
        parts.append(blob((-0.013 * h, 0, 0.017 * h), (0.054 * h, 0.049 * h, 0.058 * h), "person hair", detail=1))
    if look.hair == "long":
        parts.append(blob((-0.032 * h, 0, -0.05 * h), (0.028 * h, 0.046 * h, 0.075 * h), "person hair", detail=1))
    if look.helmet:
        dome = blob((0, 0, 0), (0.074 * h, 0.062 * h, 0.062 * h), "person helmet", detail=2)
        corners = dome.corners.copy()
        corners[..., 2] = np.maximum(corners[..., 2], -0.004 * h)
        parts.append(Patch(corners + np.array([-0.004 * h, 0, 0.025 * h]), dome.uvs, dome.kind))
        brim = (0.03 * h, -0.04 * h, 0.018 * h), (0.092 * h, 0.04 * h, 0.026 * h)
        parts.append(block(*brim, "person helmet"))
    return [part.turned(turn).moved(head) for part in parts]
