"""The gap panel: how a set of labelled images differs from another, in seconds and before anything is trained.

Sizes, shapes and light that the synthetic frames lack cost a detector more than any setting of its training; a look at
the numbers finds them (Kar et al. 2019, "Meta-Sim"; Torralba and Efros 2011, "Unbiased look at dataset bias").
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from seedbed.training.sets.labelled import Frame, LabelledSet

Array = NDArray[np.float64]

MOST = 400
"""Images looked at per set: more change no quantile by more than a bar's width."""

SIDE = 320
"""Longer side that pictures are reduced to before light and sharpness are measured: else resolution would count as
sharpness."""

CLEAR = 0.25
"""Kolmogorov-Smirnov distance from which a difference is worth a sentence: a quarter of the images or boxes would have
to change."""


UNBALANCED = 0.15
"""Difference of a class' shares of the boxes that is worth a sentence."""


@dataclass(frozen=True)
class Feature:
    """What is measured.

    Attributes:
        key: short name.
        title: for people.
        per: `box` or `image`.
        low: what to change in the scene where the synthetic values lie below the real ones.
        high: likewise above.
    """

    key: str
    title: str
    per: str
    low: str
    high: str


FEATURES = (
    Feature(
        "size",
        "size of boxes (root of the area, share of the picture)",
        "box",
        "boxes are too small: bring the camera nearer (camera.orbit.distance), or enlarge the objects' sizes",
        "boxes are too large: move the camera away (camera.orbit.distance), or check the objects' sizes",
    ),
    Feature(
        "aspect",
        "width to height of boxes",
        "box",
        "boxes are too slim: check the objects' proportions, how many lie down (upright), and camera.stretch",
        "boxes are too wide: check the objects' proportions, how many lie down (upright), and camera.stretch",
    ),
    Feature(
        "height",
        "height of boxes in the picture (0 top, 1 bottom)",
        "box",
        "boxes lie too high: look down more (camera.orbit.elevation)",
        "boxes lie too low: look down less (camera.orbit.elevation)",
    ),
    Feature(
        "count",
        "objects per image",
        "image",
        "too few objects per image: raise their count, or arrangement.cluster",
        "too many objects per image: lower their count",
    ),
    Feature(
        "brightness",
        "brightness",
        "image",
        "too dark: raise light.sun.strength, light.ambient or sensor.exposure",
        "too bright: lower light.sun.strength, light.ambient or sensor.exposure",
    ),
    Feature(
        "saturation",
        "colourfulness",
        "image",
        "too grey: raise sensor.saturation, or the saturation of floors and objects",
        "too colourful: lower sensor.saturation, or the saturation of floors and objects",
    ),
    Feature(
        "sharpness",
        "sharpness (log10 of the Laplacian's variance)",
        "image",
        "too blurred: lower sensor.motion_blur, or raise the detail of floors and backdrops",
        "too sharp: raise sensor.motion_blur, sensor.defocus or sensor.jpeg's loss",
    ),
)


@dataclass(frozen=True)
class Panel:
    """What was measured of one set.

    Attributes:
        images: looked at.
        values: feature to its values, one a box or an image.
        classes: boxes per class name.
    """

    images: int
    values: Mapping[str, Array] = field(repr=False)
    classes: Mapping[str, int]


@dataclass(frozen=True)
class Gap:
    """How far two sets are apart in one feature.

    Attributes:
        feature: which.
        distance: Kolmogorov-Smirnov distance, 0 alike to 1 apart.
        ours: median, or mean where the medians are the same.
        theirs: likewise.
    """

    feature: Feature
    distance: float
    ours: float
    theirs: float

    @property
    def clear(self) -> bool:
        """Whether it is worth a change of the scene."""
        return self.distance >= CLEAR

    @property
    def advice(self) -> str:
        """What to change in the scene."""
        return self.feature.low if self.ours < self.theirs else self.feature.high


def panel_of(given: LabelledSet, splits: Iterable[str] = ("train", "val", "test"), *, most: int = MOST) -> Panel:
    """Measures a set.

    Args:
        given: the set.
        splits: which of its parts.
        most: images looked at, spread evenly; labels are counted on the same ones.

    Returns:
        The panel; images that cannot be read are left out.
    """
    frames = [frame for split in splits for frame in given.split(split)]
    picked = [frames[int(place)] for place in np.linspace(0, len(frames) - 1, min(most, len(frames)))] if frames else []
    rows: dict[str, list[float]] = {feature.key: [] for feature in FEATURES}
    classes: Counter[str] = Counter()
    images = 0
    with ThreadPoolExecutor(max(2, min(8, os.cpu_count() or 2))) as pool:
        lights = list(pool.map(_light, [frame.path for frame in picked]))
    for frame, light in zip(picked, lights, strict=True):
        if light is None:
            continue
        images += 1
        ratio = light.pop("ratio")
        for key, value in (light | {"count": float(len(frame.classes))}).items():
            rows[key].append(value)
        _boxes(frame, ratio, rows)
        classes.update(given.names[int(kind)] for kind in frame.classes)
    values = {key: np.array(found) for key, found in rows.items()}
    return Panel(images, values, {name: classes[name] for name in given.names})


def gaps(ours: Panel, theirs: Panel) -> list[Gap]:
    """Compares two panels.

    Args:
        ours: of the synthetic set.
        theirs: of the real one.

    Returns:
        One for each feature that both have values of, largest distance first.
    """
    found = []
    for feature in FEATURES:
        a, b = ours.values[feature.key], theirs.values[feature.key]
        if len(a) and len(b):
            # Counts often share a median: their means then say which way they are apart.
            middle = np.mean if np.median(a) == np.median(b) else np.median
            found.append(Gap(feature, ks_distance(a, b), float(middle(a)), float(middle(b))))
    return sorted(found, key=lambda gap: -gap.distance)


def balance(ours: Panel, theirs: Panel) -> list[tuple[str, float, float]]:
    """Shares of the boxes by class name, (name, ours, theirs), in our order and then theirs."""
    names = dict.fromkeys([*ours.classes, *theirs.classes])
    one, two = max(1, sum(ours.classes.values())), max(1, sum(theirs.classes.values()))
    return [(name, ours.classes.get(name, 0) / one, theirs.classes.get(name, 0) / two) for name in names]


def balance_advice(ours: Panel, theirs: Panel) -> list[str]:
    """A sentence about the class whose part of the boxes differs most, where that is much."""
    rows = balance(ours, theirs)
    if not rows or not sum(ours.classes.values()) or not sum(theirs.classes.values()):
        return []
    name, one, two = max(rows, key=lambda row: abs(row[1] - row[2]))
    if abs(one - two) < UNBALANCED:
        return []
    return [
        f"gap in class balance: {name} is {one:.0%} of the synthetic boxes and {two:.0%} of the real ones; "
        f"{'raise' if one < two else 'lower'} its count in the scene (objects: class {name}, count)"
    ]


def ks_distance(one: Sequence[float] | Array, two: Sequence[float] | Array) -> float:
    """The two-sample Kolmogorov-Smirnov statistic: the largest distance of the distribution functions."""
    from scipy.stats import ks_2samp

    # The exact p-value, which nobody asks for here, would be tried first, and warned of where it fails.
    return float(ks_2samp(one, two, method="asymp").statistic)


def _boxes(frame: Frame, ratio: float, rows: dict[str, list[float]]) -> None:
    wide, high = frame.boxes[:, 2].astype(float), frame.boxes[:, 3].astype(float)
    rows["size"].extend(np.sqrt(wide * high))
    rows["aspect"].extend(wide * ratio / np.maximum(high, 1e-6))
    rows["height"].extend(frame.boxes[:, 1].astype(float))


def _light(path: Path) -> dict[str, float] | None:
    """Light of a picture, and its width to height as `ratio`; None where it cannot be read."""
    import cv2

    picture = cv2.imread(str(path), cv2.IMREAD_COLOR)
    if picture is None:
        return None
    height, width = picture.shape[:2]
    scale = SIDE / max(height, width)
    if scale < 1:
        picture = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    grey = cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY)
    colour = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV)
    return {
        "ratio": width / height,
        "brightness": float(grey.mean()) / 255,
        "saturation": float(colour[..., 1].mean()) / 255,
        "sharpness": float(np.log10(max(cv2.Laplacian(grey, cv2.CV_64F).var(), 1e-3))),
    }
