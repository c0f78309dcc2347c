"""Albumentations per domain: what is done to synthetic images, to real ones and to all, image by image.

Each loaded image is changed before it enters a mosaic, so a synthetic-only step never touches a real partner. The
random numbers belong to (seed, epoch, place, load): loading processes and resuming change nothing.
"""

from __future__ import annotations

import importlib.util
import inspect
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, Literal

import numpy as np

from seedbed.core import keys
from seedbed.core.documents import Model, Problems
from seedbed.core.errors import Reason, TrainingError

Domain = Literal["synthetic", "real", "all"]
DOMAINS: tuple[Domain, ...] = ("synthetic", "real", "all")

Step = str | dict[str, dict[str, Any]]

LEAST_VISIBLE = 0.1
"""Part of a box that must be left after a step; below it the label goes."""

PROBE = (48, 64)
"""Height and width of the picture that each step is tried on."""

UNFIT = frozenset({"Lambda", "NoOp", "Transform3D", "ToTensor3D"})
"""Steps that pass the trial and make no sense in a plan."""


class Augment(Model):
    """Changes to images while they are learnt from: Albumentations by name.

    Such as `motion_blur` or `{gauss_noise: {std_range: [0.01, 0.05]}}`; `p:` is the chance of a step, 0.5 unless said.
    """

    synthetic: tuple[Step, ...] = ()
    """For synthetic images only."""
    real: tuple[Step, ...] = ()
    """For real images only."""
    all: tuple[Step, ...] = ()
    """For every image, after the steps of its own kind."""

    def steps(self, synthetic: bool) -> tuple[Step, ...]:
        """The steps an image goes through."""
        return (*(self.synthetic if synthetic else self.real), *self.all)


class Augmenter:
    """The steps of one kind of image.

    Args:
        steps: as in the plan, already checked.

    Raises:
        TrainingError: Albumentations is not installed.
    """

    def __init__(self, steps: Sequence[Step]) -> None:
        library = _library()
        parts = [_known()[_spelt(name)](**parameters) for name, parameters in map(_parts, steps)]
        # Only where a step moves things: half of the time goes into the boxes.
        self.moves = any(isinstance(part, library.DualTransform) for part in parts)
        boxes = library.BboxParams(
            format="yolo", label_fields=["places"], clip=True, min_visibility=LEAST_VISIBLE, filter_invalid_bboxes=True
        )
        self.compose = library.Compose(parts, bbox_params=boxes if self.moves else None)

    def __call__(self, image: Any, boxes: Any, key: int) -> tuple[Any, Any, Any]:
        """Changes one image.

        Args:
            image: (h, w, 3) uint8 BGR; left as it is.
            boxes: (n, 4) float32, centre, width and height as fractions.
            key: of the random numbers.

        Returns:
            The image, the boxes that are left, and which of the given ones these are.
        """
        self.compose.set_random_seed(key & 0xFFFFFFFF)
        given = {"image": np.ascontiguousarray(image[..., ::-1])}
        if self.moves:
            given |= {"bboxes": boxes.astype(np.float64), "places": np.arange(len(boxes))}
        done = self.compose(**given)
        changed = np.ascontiguousarray(done["image"][..., ::-1])
        if not self.moves:
            return changed, boxes, np.arange(len(boxes))
        left = np.asarray(done["bboxes"], dtype=np.float32).reshape(-1, 4)
        return changed, left, np.asarray(done["places"], dtype=np.int64)


def augmenters(augment: Augment) -> dict[bool, Augmenter]:
    """What is done to synthetic (True) and to real (False) images; without an entry, nothing."""
    return {kind: Augmenter(augment.steps(kind)) for kind in (True, False) if augment.steps(kind)}


def place_key(seed: int, epoch: int, place: int, load: int) -> int:
    """The random numbers of one load: the `load`-th image that goes into a place."""
    return keys.key(seed, "training", "albumentations", epoch, place, load)


def check_augment(problems: Problems, augment: Augment) -> None:
    """Names, parameters and their values, each tried on a small picture. Nothing without Albumentations installed."""
    if not any(getattr(augment, domain) for domain in DOMAINS) or not importlib.util.find_spec("albumentations"):
        return
    for domain in DOMAINS:
        for index, step in enumerate(getattr(augment, domain)):
            _check_step(problems, ("augment", domain, index), step)


def _check_step(problems: Problems, place: tuple[str | int, ...], step: Step) -> None:
    if not isinstance(step, str) and len(step) != 1:
        problems.add(place, "one step has one name", found=step, allowed="`- name`, or `- name: {parameter: value}`")
        return
    name, parameters = _parts(step)
    kind = _known().get(_spelt(name))
    where = place if isinstance(step, str) else (*place, name)
    if kind is None:
        problems.add(
            where,
            "no such step in Albumentations, or none for single pictures",
            found=name,
            near=sorted(map(_snake, (each.__name__ for each in _known().values()))),
            reason=Reason.UNKNOWN_NAME,
            at_value=isinstance(step, str),
        )
        return
    able = [key for key in inspect.signature(kind.__init__).parameters if key not in {"self", "always_apply"}]
    unknown = [key for key in parameters if key not in able]
    for key in unknown:
        problems.add((*where, key), f"{name} has no such parameter", found=key, near=able, reason=Reason.UNKNOWN_KEY)
    if unknown:
        return
    for key, fault in _faults(kind, parameters):
        problems.add(
            (*where, key) if key in parameters else where,
            f"{name}: {fault}" if key in parameters or not key else f"{name}: {key}: {fault}",
            found=parameters.get(key),
            allowed=f"a step with {', '.join(able)}" if key not in parameters else None,
        )


def _faults(kind: Any, parameters: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """(parameter or nothing, what is wrong) of a step."""
    library = _library()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            part = kind(**{**parameters, "p": parameters.get("p", 1.0)})
            part.p = 1.0
            picture = np.random.default_rng(0).integers(0, 256, (*PROBE, 3), dtype=np.uint8)
            boxes = library.BboxParams(format="yolo", label_fields=["places"], clip=True)
            trial = library.Compose([part], bbox_params=boxes)
            for seed in range(3):
                trial.set_random_seed(seed)
                done = trial(image=picture, bboxes=np.array([[0.5, 0.5, 0.3, 0.3]]), places=np.array([0]))["image"]
                if done.shape != picture.shape or done.dtype != np.uint8:
                    yield "", "changes the size or the number format of the picture, which is set by image_size"
                    return
    except Exception as error:  # whatever a library of a hundred steps raises for a wrong value
        told = re.findall(r"^(\w+)\n  (.+?)(?: \[type=.*)?$", str(error), re.MULTILINE)
        if told:
            yield from ((key, words.removeprefix("Value error, ")) for key, words in told)
        else:
            yield "", str(error).split("\n", 1)[0] or type(error).__name__


def _parts(step: Step) -> tuple[str, dict[str, Any]]:
    if isinstance(step, str):
        return step, {}
    (pair,) = step.items()
    return pair


def _spelt(name: str) -> str:
    """`gauss_noise`, `GaussNoise` and `gaussnoise` are one."""
    return name.replace("_", "").lower()


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name).lower()


@lru_cache(maxsize=1)
def _known() -> dict[str, Any]:
    """Steps of Albumentations by their bare spelling."""
    library = _library()
    bases = (library.DualTransform, library.ImageOnlyTransform)
    found = (getattr(library, name) for name in dir(library) if name not in UNFIT)
    return {
        _spelt(each.__name__): each
        for each in found
        if isinstance(each, type) and issubclass(each, bases) and each not in bases and "3D" not in each.__name__
    }


def _library() -> Any:
    # Else it asks the network for a newer version of itself.
    os.environ["NO_ALBUMENTATIONS_UPDATE"] = "1"
    try:
        import albumentations
    except ImportError:
        raise TrainingError(
            "the plan's `augment` needs Albumentations, which is not installed",
            reason=Reason.MISSING_PACKAGE,
            repair="pip install 'seedbed[train]'",
        ) from None
    return albumentations
